//! A rule of our own: few lambdas are within each other in an expression that DataFusion sees.
//!
//! Each time a lambda of DataFusion's physical plan is made anew, all lambdas within it are made anew twice, so the time
//! doubles with each level. A call that has several levels of lambdas below it becomes a function of the variables and
//! columns that it names. Such a function makes its physical expression when it runs for the first time, and exists only in
//! this process.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::{DataType, Field, FieldRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, DFSchemaRef, Result};
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::expr::{Lambda, LambdaVariable, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, LogicalPlan, ReturnFieldArgs, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};

/// The most lambdas within each other that are left as they are.
const LEVELS_MAX: usize = 4;

/// Makes functions of calls with many levels of lambdas.
#[derive(Debug)]
pub(crate) struct LambdaDepth;

impl OptimizerRule for LambdaDepth {
    fn name(&self) -> &str {
        "LambdaDepth"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let schema = match plan.inputs().as_slice() {
            [] => plan.schema().as_ref().clone(),
            inputs => merge_schema(inputs),
        };
        let names = NamePreserver::new(&plan);
        plan.map_expressions(|expr| {
            if levels(&expr) <= LEVELS_MAX {
                return Ok(Transformed::no(expr));
            }
            let name = names.save(&expr);
            Ok(flattened(expr, &schema)?.update_data(|expr| name.restore(expr)))
        })
    }
}

/// How many lambdas are within each other.
fn levels(expr: &Expr) -> usize {
    let mut deepest = 0;
    // The closure does not fail.
    let _ = expr.apply_children(|child| {
        deepest = deepest.max(levels(child));
        Ok(TreeNodeRecursion::Continue)
    });
    deepest + usize::from(matches!(expr, Expr::Lambda(_)))
}

/// The expression with functions for the calls in the bodies of its lambdas that have [`LEVELS_MAX`] levels below them.
fn flattened(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    expr.transform_down(|expr| {
        let Expr::Lambda(Lambda { params, body }) = expr else {
            return Ok(Transformed::no(expr));
        };
        let body = body.transform_up(|expr| match &expr {
            Expr::HigherOrderFunction(_) if levels(&expr) >= LEVELS_MAX => enclosed(expr, schema),
            _ => Ok(Transformed::no(expr)),
        })?;
        Ok(Transformed::new(
            Expr::Lambda(Lambda::new(params, body.data)),
            body.transformed,
            TreeNodeRecursion::Jump,
        ))
    })
}

/// A call of a function that computes the expression from the variables of lambdas around it and the columns that it names.
fn enclosed(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let mut bound = Vec::new();
    expr.apply(|part| {
        if let Expr::Lambda(lambda) = part {
            bound.extend(lambda.params.iter().cloned());
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let return_field = expr.to_field(schema)?.1;
    let volatility = match expr.is_volatile() {
        true => Volatility::Volatile,
        false => Volatility::Immutable,
    };
    let (mut arguments, mut fields) = (Vec::new(), Vec::new());
    let body = expr.transform_up(|part| {
        let is_free = match &part {
            Expr::LambdaVariable(LambdaVariable { name, .. }) => !bound.contains(name),
            Expr::Column(_) => true,
            _ => false,
        };
        if !is_free {
            return Ok(Transformed::no(part));
        }
        let place = match arguments.iter().position(|known| *known == part) {
            Some(place) => place,
            None => {
                let field = part.to_field(schema)?.1;
                let name = format!("#{}", arguments.len());
                fields.push(Field::clone(&field).with_name(name));
                arguments.push(part);
                arguments.len() - 1
            }
        };
        let column = Column::new_unqualified(format!("#{place}"));
        Ok(Transformed::yes(Expr::Column(column)))
    })?;
    let schema = DFSchema::from_unqualified_fields(fields.into(), Default::default())?;
    let any = vec![TypeSignature::Nullary, TypeSignature::VariadicAny];
    let function = ScalarUDF::new_from_impl(Enclosed {
        body: body.data,
        schema: Arc::new(schema),
        return_field,
        signature: Signature::one_of(any, volatility),
        physical: Mutex::new(None),
    });
    let call = ScalarFunction::new_udf(Arc::new(function), arguments);
    Ok(Transformed::yes(Expr::ScalarFunction(call)))
}

/// A function that computes an expression over its arguments, which are the columns `#0`, `#1` ...
#[derive(Debug)]
struct Enclosed {
    body: Expr,
    schema: DFSchemaRef,
    return_field: FieldRef,
    signature: Signature,
    /// What computes the body; none before the first call.
    physical: Mutex<Option<Arc<dyn PhysicalExpr>>>,
}

impl Enclosed {
    fn physical(&self) -> Result<Arc<dyn PhysicalExpr>> {
        let mut physical = self.physical.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = physical.as_ref() {
            return Ok(Arc::clone(known));
        }
        let (properties, context) = (ExecutionProps::new(), PhysicalPlanningContext::default());
        let new = create_physical_expr(&self.body, &self.schema, &properties, &context)?;
        Ok(Arc::clone(physical.insert(new)))
    }
}

impl PartialEq for Enclosed {
    fn eq(&self, other: &Self) -> bool {
        self.body == other.body && self.schema == other.schema
    }
}

impl Eq for Enclosed {}

impl Hash for Enclosed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.body.hash(state);
    }
}

impl ScalarUDFImpl for Enclosed {
    fn name(&self) -> &str {
        "lambdas"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.return_field.data_type().clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::clone(&self.return_field))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let columns = args.args.iter().map(|value| value.to_array(rows));
        let batch = RecordBatch::try_new_with_options(
            Arc::clone(self.schema.inner()),
            columns.collect::<Result<_>>()?,
            &RecordBatchOptions::new().with_row_count(Some(rows)),
        )?;
        self.physical()?.evaluate(&batch)
    }
}
