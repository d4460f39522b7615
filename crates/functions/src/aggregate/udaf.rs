//! An aggregate of the registry as a function that DataFusion calls.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType as ArrowType, Field, FieldRef};
use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_common::{Result as EngineResult, ScalarValue};
use datafusion_expr::expr::{
    AggregateFunction as AggregateCall, NullTreatment, Sort, WindowFunction,
};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::AggregateOrderSensitivity;
use datafusion_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Expr, GroupsAccumulator, ReversedUDAF, Signature,
    Volatility, WindowFrame, WindowFunctionDefinition, WindowUDF,
};

use crate::aggregate::adapters::{Make, Many, Moving, One};
use crate::aggregate::distinct::Distinct;
use crate::aggregate::spec::Spec;
use crate::error::{Error, Result};
use crate::function::{Kernel, find};
use crate::typed::Typed;
use crate::udf::any_arguments;

/// An aggregate function, resolved: its types, constants and settings are fixed.
#[derive(Debug)]
pub struct AggregateFunction {
    /// What was resolved.
    pub spec: Spec,
    name: String,
    signature: Signature,
}

impl AggregateFunction {
    /// The aggregate of what was resolved.
    pub fn new(spec: Spec) -> AggregateFunction {
        // What is not among the arguments is part of the name: DataFusion tells columns apart by it.
        let mut name = spec.function.name.to_owned();
        if !spec.constants.is_empty() || !spec.orders.is_empty() || spec.ignore_nulls {
            name = format!(
                "{name}{:?}{:?}{}",
                spec.constants, spec.orders, spec.ignore_nulls
            );
        }
        AggregateFunction {
            spec,
            name,
            signature: any_arguments(Volatility::Immutable),
        }
    }

    fn make(&self, is_distinct: bool, ignore_nulls: bool) -> EngineResult<Make> {
        let Kernel::Aggregate(kernel) = self.spec.function.kernel else {
            return Err(Error::internal(format!("{} is no aggregate", self.name)).into());
        };
        let mut spec = self.spec.clone();
        spec.ignore_nulls |= ignore_nulls;
        if !is_distinct || ignores_distinct(spec.function.name) {
            return Ok(Arc::new(move || kernel(&spec)));
        }
        Ok(Arc::new(move || {
            let types = (0..spec.arguments.len()).map(|index| spec.argument(index));
            let spec = spec.clone();
            Ok(Box::new(Distinct::new(
                types.collect(),
                Box::new(move || kernel(&spec)),
            )?))
        }))
    }
}

/// Whether a value counts once even without `DISTINCT`.
fn ignores_distinct(name: &str) -> bool {
    matches!(
        name,
        "min"
            | "max"
            | "bool_and"
            | "bool_or"
            | "every"
            | "some"
            | "any"
            | "bit_and"
            | "bit_or"
            | "collect_set"
            | "approx_count_distinct"
    )
}

impl PartialEq for AggregateFunction {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec
    }
}

impl Eq for AggregateFunction {}

impl Hash for AggregateFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.spec.hash(state);
    }
}

impl AggregateUDFImpl for AggregateFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[ArrowType]) -> EngineResult<ArrowType> {
        Ok(self.spec.return_type())
    }

    fn return_field(&self, _: &[FieldRef]) -> EngineResult<FieldRef> {
        let (data_type, nullable) = (self.spec.return_type(), self.spec.nullable);
        Ok(Arc::new(Field::new(
            self.spec.function.name,
            data_type,
            nullable,
        )))
    }

    fn is_nullable(&self) -> bool {
        self.spec.nullable
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> EngineResult<Box<dyn Accumulator>> {
        let make = self.make(args.is_distinct, args.ignore_nulls)?;
        Ok(Box::new(One::new(&make, self.spec.place.clone())?))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> EngineResult<Vec<FieldRef>> {
        let fold = self.make(args.is_distinct, false)?()?;
        let types = fold.state_types().into_iter().enumerate();
        let fields = types.map(|(index, data_type)| {
            let name = format!("{}[{index}]", args.name);
            Arc::new(Field::new(name, data_type, true))
        });
        Ok(fields.collect())
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> EngineResult<Box<dyn GroupsAccumulator>> {
        let make = self.make(args.is_distinct, args.ignore_nulls)?;
        Ok(Box::new(Many::new(make, self.spec.place.clone())?))
    }

    fn create_sliding_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> EngineResult<Box<dyn Accumulator>> {
        let make = self.make(args.is_distinct, args.ignore_nulls)?;
        let one = One::new(&make, self.spec.place.clone())?;
        if one.supports_retract_batch() {
            return Ok(Box::new(one));
        }
        Ok(Box::new(Moving::new(make, self.spec.place.clone())))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        let reversed = match self.spec.function.name {
            "count" | "count_if" | "min" | "max" | "bool_and" | "every" | "bool_or" | "some"
            | "any" | "bit_and" | "bit_or" | "bit_xor" | "regr_count" => {
                return ReversedUDAF::Identical;
            }
            // Sums of DOUBLE depend on the order.
            "sum" | "try_sum" if !crate::types::is_floating(&self.spec.result) => {
                return ReversedUDAF::Identical;
            }
            "first" | "first_value" | "any_value" => "last",
            "last" | "last_value" => "first",
            _ => return ReversedUDAF::NotSupported,
        };
        let Some(function) = find(reversed) else {
            return ReversedUDAF::NotSupported;
        };
        let spec = Spec {
            function,
            ..self.spec.clone()
        };
        ReversedUDAF::Reversed(Arc::new(AggregateUDF::new_from_impl(
            AggregateFunction::new(spec),
        )))
    }

    fn default_value(&self, _: &ArrowType) -> EngineResult<ScalarValue> {
        let mut fold = self.make(false, false)?()?;
        fold.grow(1);
        ScalarValue::try_from_array(&fold.results(1)?, 0)
    }

    fn supports_null_handling_clause(&self) -> bool {
        true
    }
}

/// `call FILTER (WHERE filter)`: the filter holds for every aggregate in the expression. The name stays.
///
/// # Errors
/// If the expression cannot be walked.
pub fn filtered(mut call: Typed, filter: &Expr) -> Result<Typed> {
    let expr = call.expr.transform_down(|expr| {
        Ok(match expr {
            Expr::AggregateFunction(mut aggregate) => {
                aggregate.params.filter = Some(Box::new(filter.clone()));
                jump(Expr::AggregateFunction(aggregate))
            }
            Expr::WindowFunction(mut function) => {
                function.params.filter = Some(Box::new(filter.clone()));
                jump(Expr::WindowFunction(function))
            }
            other => Transformed::no(other),
        })
    })?;
    call.expr = expr.data;
    Ok(call)
}

/// An expression whose own parts stay as they are: aggregates in the arguments of an aggregate are others.
fn jump(expr: Expr) -> Transformed<Expr> {
    Transformed::new(expr, true, TreeNodeRecursion::Jump)
}

/// The window function that gives the same as the first or the last value of a frame, and whether it passes over NULL;
/// it need not look at all rows of the frame.
fn position_in_frame(aggregate: &AggregateCall) -> Option<(Arc<WindowUDF>, bool)> {
    let function = aggregate.func.inner().downcast_ref::<AggregateFunction>()?;
    let is_last = match function.spec.function.name {
        "first" | "first_value" | "any_value" => false,
        "last" | "last_value" => true,
        _ => return None,
    };
    if aggregate.params.filter.is_some() || aggregate.params.distinct {
        return None;
    }
    let udwf = crate::family::window::position_in_frame(is_last, &function.spec.result);
    Some((udwf, function.spec.ignore_nulls))
}

fn covers_all_rows(frame: &WindowFrame) -> bool {
    use datafusion_expr::WindowFrameBound::{Following, Preceding};
    let (start, end) = (&frame.start_bound, &frame.end_bound);
    matches!((start, end), (Preceding(start), Following(end)) if start.is_null() && end.is_null())
}

/// Refuses the percentiles, which are over all rows of a partition.
fn check_order(aggregate: &AggregateCall) -> Result<()> {
    let function = aggregate.func.inner().downcast_ref::<AggregateFunction>();
    let name = function.map_or("", |function| function.spec.function.name);
    if !matches!(name, "median" | "percentile_cont" | "percentile_disc") {
        return Ok(());
    }
    Err(Error::analysis(
        "INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC",
        format!("Cannot specify ORDER BY or a window frame for `{name}`."),
    ))
}

/// `call OVER (PARTITION BY .. ORDER BY .. frame)`: every aggregate and window function in the expression is computed
/// over this window. The name stays.
///
/// # Errors
/// If the expression cannot be walked.
pub fn over(
    mut call: Typed,
    partition_by: &[Expr],
    order_by: &[Sort],
    frame: &WindowFrame,
) -> Result<Typed> {
    let is_whole = order_by.is_empty() && covers_all_rows(frame);
    let expr = call.expr.transform_down(|expr| {
        let mut function = match expr {
            Expr::AggregateFunction(aggregate) => {
                if !is_whole {
                    check_order(&aggregate)?;
                }
                let (definition, ignore_nulls) = match position_in_frame(&aggregate) {
                    Some((udwf, ignore_nulls)) => {
                        (WindowFunctionDefinition::WindowUDF(udwf), ignore_nulls)
                    }
                    None => (
                        WindowFunctionDefinition::AggregateUDF(aggregate.func),
                        false,
                    ),
                };
                let mut function = WindowFunction::new(definition, aggregate.params.args);
                function.params.filter = aggregate.params.filter;
                function.params.null_treatment = ignore_nulls.then_some(NullTreatment::IgnoreNulls);
                function.params.distinct = aggregate.params.distinct;
                function
            }
            Expr::WindowFunction(function) => *function,
            other => return Ok(Transformed::no(other)),
        };
        function.params.partition_by = partition_by.to_vec();
        function.params.order_by = order_by.to_vec();
        function.params.window_frame = frame.clone();
        Ok(jump(Expr::from(function)))
    })?;
    call.expr = expr.data;
    Ok(call)
}
