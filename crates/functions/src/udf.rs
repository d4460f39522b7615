//! Functions of the registry as functions that DataFusion calls.

use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, StringArray, UInt32Array, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::{DataType as ArrowType, Field, FieldRef};
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_common::{Result as EngineResult, ScalarValue, internal_err};
use datafusion_expr::{
    ColumnarValue, Expr, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature,
    HigherOrderUDFImpl, LambdaArgument, LambdaParametersProgress, LogicalPlan, ReturnFieldArgs,
    ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, ValueOrLambda,
    Volatility,
};

use crate::error::{Error, Place, Result};
use crate::function::{Function, Kernel};
use crate::settings::Settings;

/// A call that was resolved: all that its result depends on but the arguments.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The function.
    pub function: &'static Function,
    /// The type of the result.
    pub return_type: ArrowType,
    /// The session's settings.
    pub settings: Arc<Settings>,
    /// Where the call is, for errors.
    pub place: Option<Arc<Place>>,
}

/// Two calls are the same if they compute the same, wherever they are.
impl PartialEq for Resolved {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name
            && self.return_type == other.return_type
            && self.settings == other.settings
    }
}

impl Eq for Resolved {}

impl Resolved {
    /// The field of the result, for DataFusion. It can be NULL: grouping sets and outer joins give NULL to arguments that had
    /// none when the call was resolved.
    fn field(&self) -> FieldRef {
        Arc::new(Field::new(
            self.function.name,
            self.return_type.clone(),
            true,
        ))
    }
}

impl Hash for Resolved {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
        self.return_type.hash(state);
    }
}

/// A scalar function, resolved: its types and settings are fixed.
#[derive(Debug)]
pub struct ScalarFunction {
    /// What was resolved.
    pub resolved: Resolved,
    /// Whether a row with an error gives NULL.
    pub is_try: bool,
    /// What a stateful function keeps between batches.
    state: Mutex<State>,
    signature: Signature,
}

/// What a stateful function keeps between batches; none before the first.
pub type State = Option<Box<dyn Any + Send>>;

impl ScalarFunction {
    /// The function with what was resolved.
    pub fn new(resolved: Resolved) -> ScalarFunction {
        let volatility = match resolved.function.kernel {
            Kernel::Volatile(_) | Kernel::Stateful(_) => Volatility::Volatile,
            _ => Volatility::Immutable,
        };
        ScalarFunction {
            resolved,
            is_try: false,
            state: Mutex::new(None),
            signature: any_arguments(volatility),
        }
    }

    /// The function with NULL for each row that has an error.
    pub fn tried(&self) -> ScalarFunction {
        let resolved = Resolved {
            place: None,
            ..self.resolved.clone()
        };
        ScalarFunction {
            is_try: true,
            ..ScalarFunction::new(resolved)
        }
    }

    fn is_stateful(&self) -> bool {
        matches!(self.resolved.function.kernel, Kernel::Stateful(_))
    }
}

/// The plan with functions that have not run: a plan that runs twice, also at the same time, gives the same rows twice.
///
/// # Errors
/// If a node cannot be made with new expressions.
pub fn with_new_states(plan: LogicalPlan) -> EngineResult<LogicalPlan> {
    let renewed = plan.transform_up_with_subqueries(|plan| {
        plan.map_expressions(|expr| {
            expr.transform_up(|expr| {
                if let Expr::ScalarFunction(call) = &expr
                    && let Some(function) = call.func.inner().downcast_ref::<ScalarFunction>()
                    && function.is_stateful()
                {
                    let new =
                        ScalarUDF::new_from_impl(ScalarFunction::new(function.resolved.clone()));
                    return Ok(Transformed::yes(new.call(call.args.clone())));
                }
                Ok(Transformed::no(expr))
            })
        })
    })?;
    Ok(renewed.data)
}

/// Two calls are the same if they compute the same, wherever they are.
impl PartialEq for ScalarFunction {
    fn eq(&self, other: &Self) -> bool {
        self.resolved == other.resolved && self.is_try == other.is_try
    }
}

impl Eq for ScalarFunction {}

impl Hash for ScalarFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.resolved.hash(state);
    }
}

impl ScalarUDFImpl for ScalarFunction {
    fn name(&self) -> &str {
        self.resolved.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[ArrowType]) -> EngineResult<ArrowType> {
        Ok(self.resolved.return_type.clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> EngineResult<FieldRef> {
        Ok(self.resolved.field())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> EngineResult<ColumnarValue> {
        let is_volatile = self.signature.volatility == Volatility::Volatile;
        let is_constant = !is_volatile
            && args
                .args
                .iter()
                .all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let arguments = Arguments {
            values: &args.args,
            rows: if is_constant { 1 } else { args.number_rows },
            return_type: &self.resolved.return_type,
            settings: &self.resolved.settings,
        };
        let result = match self.resolved.function.kernel {
            Kernel::Scalar(kernel) | Kernel::Volatile(kernel) => match kernel(&arguments) {
                Err(_) if self.is_try => each_row(kernel, &arguments),
                result => result,
            },
            Kernel::Stateful(kernel) => {
                let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                kernel(&arguments, &mut state)
            }
            _ => return internal_err!("{} has no kernel", self.resolved.function.name),
        };
        let result = result.map_err(|error| error.at(self.resolved.place.as_ref()))?;
        if is_constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                &result, 0,
            )?));
        }
        Ok(ColumnarValue::Array(result))
    }
}

/// Runs a kernel for each row alone; a row with an error gives NULL.
fn each_row(
    kernel: fn(&Arguments<'_>) -> Result<ArrayRef>,
    arguments: &Arguments<'_>,
) -> Result<ArrayRef> {
    let null = new_null_array(arguments.return_type, 1);
    let results: Vec<ArrayRef> = (0..arguments.rows)
        .map(|row| {
            let values: Vec<ColumnarValue> = arguments
                .values
                .iter()
                .map(|value| match value {
                    ColumnarValue::Array(array) => ColumnarValue::Array(array.slice(row, 1)),
                    ColumnarValue::Scalar(_) => value.clone(),
                })
                .collect();
            let one = Arguments {
                values: &values,
                rows: 1,
                ..*arguments
            };
            kernel(&one).unwrap_or_else(|_| Arc::clone(&null))
        })
        .collect();
    let results: Vec<&dyn Array> = results.iter().map(AsRef::as_ref).collect();
    Ok(match results.is_empty() {
        true => new_null_array(arguments.return_type, 0),
        false => concat(&results)?,
    })
}

/// The signature of a function whose arguments are checked when it is resolved.
pub(crate) fn any_arguments(volatility: Volatility) -> Signature {
    let any = vec![TypeSignature::Nullary, TypeSignature::VariadicAny];
    Signature::one_of(any, volatility)
}

/// The arguments of a kernel: as many rows of each.
#[derive(Debug)]
pub struct Arguments<'a> {
    /// The values; a scalar stands for every row.
    pub values: &'a [ColumnarValue],
    /// How many rows the result has.
    pub rows: usize,
    /// The type of the result.
    pub return_type: &'a ArrowType,
    /// The session's settings.
    pub settings: &'a Settings,
}

impl Arguments<'_> {
    /// How many arguments there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// An argument with a value for each row.
    ///
    /// # Errors
    /// If a scalar cannot be repeated.
    pub fn array(&self, index: usize) -> Result<ArrayRef> {
        Ok(self.values[index].to_array(self.rows)?)
    }

    /// An argument as text.
    ///
    /// # Errors
    /// If it is no text.
    pub fn strings(&self, index: usize) -> Result<StringArray> {
        let array = self.array(index)?;
        match array.as_any().downcast_ref::<StringArray>() {
            Some(strings) => Ok(strings.clone()),
            None => Err(Error::internal(format!(
                "argument {index} is {}, no text",
                array.data_type()
            ))),
        }
    }

    /// The value that an argument has in every row; none if it has one for each.
    pub fn scalar(&self, index: usize) -> Option<&ScalarValue> {
        match &self.values[index] {
            ColumnarValue::Scalar(value) => Some(value),
            ColumnarValue::Array(_) => None,
        }
    }

    /// The Arrow type of an argument.
    pub fn data_type(&self, index: usize) -> ArrowType {
        self.values[index].data_type()
    }
}

/// A function with lambdas, resolved.
#[derive(Debug)]
pub struct LambdaFunction {
    /// What was resolved.
    pub resolved: Resolved,
    /// The parameters of each lambda, in the order of the arguments.
    pub parameters: Vec<Vec<FieldRef>>,
    signature: HigherOrderSignature,
}

impl LambdaFunction {
    /// The function with what was resolved.
    pub fn new(resolved: Resolved, parameters: Vec<Vec<FieldRef>>) -> LambdaFunction {
        LambdaFunction {
            resolved,
            parameters,
            signature: HigherOrderSignature::variadic_any(Volatility::Immutable),
        }
    }
}

impl PartialEq for LambdaFunction {
    fn eq(&self, other: &Self) -> bool {
        // The names of parameters are of no account.
        let types = |function: &LambdaFunction| -> Vec<Vec<(ArrowType, bool)>> {
            let lambdas = function.parameters.iter();
            let type_of = |field: &FieldRef| (field.data_type().clone(), field.is_nullable());
            lambdas
                .map(|fields| fields.iter().map(type_of).collect())
                .collect()
        };
        self.resolved == other.resolved && types(self) == types(other)
    }
}

impl Eq for LambdaFunction {}

impl Hash for LambdaFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.resolved.hash(state);
    }
}

impl HigherOrderUDFImpl for LambdaFunction {
    fn name(&self) -> &str {
        self.resolved.function.name
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn lambda_parameters(
        &self,
        _: usize,
        _: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> EngineResult<LambdaParametersProgress> {
        Ok(LambdaParametersProgress::Complete(self.parameters.clone()))
    }

    fn return_field_from_args(&self, _: HigherOrderReturnFieldArgs) -> EngineResult<FieldRef> {
        Ok(self.resolved.field())
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> EngineResult<ColumnarValue> {
        let Kernel::HigherOrder(kernel) = self.resolved.function.kernel else {
            return internal_err!("{} takes no lambda", self.resolved.function.name);
        };
        let arguments = LambdaArguments {
            values: &args.args,
            parameters: &self.parameters,
            rows: args.number_rows,
            return_type: &self.resolved.return_type,
            settings: &self.resolved.settings,
        };
        let result = kernel(&arguments).map_err(|error| error.at(self.resolved.place.as_ref()))?;
        Ok(ColumnarValue::Array(result))
    }
}

/// The arguments of a kernel with lambdas.
#[derive(Debug)]
pub struct LambdaArguments<'a> {
    values: &'a [ValueOrLambda<ColumnarValue, LambdaArgument>],
    /// The parameters of each lambda, in the order of the arguments.
    parameters: &'a [Vec<FieldRef>],
    /// How many rows the result has.
    pub rows: usize,
    /// The type of the result.
    pub return_type: &'a ArrowType,
    /// The session's settings.
    pub settings: &'a Settings,
}

impl LambdaArguments<'_> {
    /// How many arguments there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// How many parameters the lambda at `index` has; 0 for a value.
    pub fn arity(&self, index: usize) -> usize {
        let is_lambda = |value: &ValueOrLambda<_, _>| matches!(value, ValueOrLambda::Lambda(_));
        if !is_lambda(&self.values[index]) {
            return 0;
        }
        let before = self.values[..index]
            .iter()
            .filter(|value| is_lambda(value))
            .count();
        self.parameters.get(before).map_or(0, Vec::len)
    }

    /// A value with one entry for each row.
    ///
    /// # Errors
    /// If the argument is a lambda.
    pub fn array(&self, index: usize) -> Result<ArrayRef> {
        match &self.values[index] {
            ValueOrLambda::Value(value) => Ok(value.to_array(self.rows)?),
            ValueOrLambda::Lambda(_) => Err(Error::internal("a lambda where a value is needed")),
        }
    }

    /// What the lambda at `index` gives for `count` sets of arguments; `rows[i]` is the row that set `i` belongs to, whose
    /// columns the lambda may use.
    ///
    /// # Errors
    /// What the body of the lambda says.
    pub fn evaluate(
        &self,
        index: usize,
        arguments: &[ArrayRef],
        rows: &UInt32Array,
    ) -> Result<ArrayRef> {
        let ValueOrLambda::Lambda(lambda) = &self.values[index] else {
            return Err(Error::internal("a value where a lambda is needed"));
        };
        let columns: Vec<_> = arguments
            .iter()
            .map(|argument| move || Ok(Arc::clone(argument)))
            .collect();
        let columns: Vec<&dyn Fn() -> EngineResult<ArrayRef>> =
            columns.iter().map(|column| column as _).collect();
        let result = lambda.evaluate(&columns, |captured| {
            Ok(arrow::compute::take_arrays(captured, rows, None)?)
        })?;
        Ok(result.into_array(rows.len())?)
    }
}
