//! A call that is being resolved.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{Field, FieldRef};
use datafusion_common::ScalarValue;
use datafusion_expr::expr::{AggregateFunction, HigherOrderFunction, Lambda, WindowFunction};
use datafusion_expr::{AggregateUDF, Expr, HigherOrderUDF, ScalarUDF, WindowFunctionDefinition};
use sql::{DataType, NullTreatment};

use crate::aggregate;
use crate::bytes_of_text;
use crate::coerce::{implicit_cast, widest_type};
use crate::error::{Error, Place, Result};
use crate::extent::check_nodes;
use crate::function::{Function, Kernel, Kind, find};
use crate::settings::Settings;
use crate::typed::Typed;
use crate::types::{Accepts, to_arrow};
use crate::udf::{LambdaFunction, Resolved, ScalarFunction};

/// A call of a function with typed arguments.
pub struct Call<'a> {
    /// The function.
    pub function: &'static Function,
    /// The arguments. In place of a lambda stands NULL; [`Call::lambda`] resolves it.
    pub arguments: Vec<Typed>,
    /// The session's settings.
    pub settings: &'a Arc<Settings>,
    /// Where the call is.
    pub place: Option<Arc<Place>>,
    /// The lambdas among the arguments.
    pub lambdas: &'a mut dyn Lambdas,
    /// What stands within or behind the parentheses besides the arguments.
    pub clauses: Clauses,
    /// The parameters of the lambdas that were resolved, by the index of the argument.
    pub(crate) parameters: BTreeMap<usize, Vec<FieldRef>>,
}

/// What a call of an aggregate or a window function says besides its arguments.
#[derive(Clone, Debug, Default)]
pub struct Clauses {
    /// `f(DISTINCT ..)`.
    pub is_distinct: bool,
    /// `IGNORE NULLS` or `RESPECT NULLS`.
    pub nulls: Option<NullTreatment>,
    /// `WITHIN GROUP (ORDER BY ..)`.
    pub within_group: Vec<SortKey>,
    /// Whether there is a `FILTER (WHERE ..)`; see [`crate::filtered`].
    pub has_filter: bool,
}

/// A key of `WITHIN GROUP (ORDER BY ..)`.
#[derive(Clone, Debug)]
pub struct SortKey {
    /// The key.
    pub key: Typed,
    /// `ASC`.
    pub is_ascending: bool,
    /// `NULLS FIRST`.
    pub nulls_first: bool,
}

/// What of an aggregate is not among the values of its rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct AggregateParts {
    /// The constant arguments.
    pub constants: Vec<ScalarValue>,
    /// The directions of the last arguments, which are keys: whether ascending, and whether NULL comes first.
    pub orders: Vec<(bool, bool)>,
    /// Whether NULL is passed over where it would count.
    pub ignore_nulls: bool,
}

/// Resolves the lambdas of a call.
pub trait Lambdas {
    /// How many arguments the lambda at `index` of the call's arguments has; none if that argument is no lambda.
    fn arity(&self, index: usize) -> Option<usize>;

    /// Resolves the lambda at `index` with parameters of these types and nullability. The expression of the result is an
    /// [`Expr::Lambda`], its type is that of the body.
    ///
    /// # Errors
    /// If the body cannot be resolved.
    fn resolve(&mut self, index: usize, parameters: &[(DataType, bool)]) -> Result<Typed>;
}

/// A call without lambdas.
#[derive(Debug)]
pub struct NoLambdas;

impl Lambdas for NoLambdas {
    fn arity(&self, _: usize) -> Option<usize> {
        None
    }

    fn resolve(&mut self, _: usize, _: &[(DataType, bool)]) -> Result<Typed> {
        Err(Error::internal("a lambda where none is"))
    }
}

impl<'a> Call<'a> {
    /// A call of `function` that is not resolved yet.
    pub fn new(
        function: &'static Function,
        arguments: Vec<Typed>,
        settings: &'a Arc<Settings>,
        place: Option<Arc<Place>>,
        lambdas: &'a mut dyn Lambdas,
    ) -> Call<'a> {
        Call {
            function,
            arguments,
            settings,
            place,
            lambdas,
            clauses: Clauses::default(),
            parameters: BTreeMap::new(),
        }
    }

    /// The call with what it says besides its arguments.
    #[must_use]
    pub fn with_clauses(mut self, clauses: Clauses) -> Call<'a> {
        self.clauses = clauses;
        self
    }

    /// Resolves the lambda at `index` with parameters of these types and nullability, and puts it in its place.
    ///
    /// # Errors
    /// If the argument is no lambda of as many parameters, or its body cannot be resolved.
    pub(crate) fn lambda(&mut self, index: usize, parameters: &[(DataType, bool)]) -> Result<()> {
        let lambda = match self.lambdas.arity(index) {
            Some(arity) if arity == parameters.len() => self.lambdas.resolve(index, parameters)?,
            Some(arity) => {
                return Err(Error::analysis(
                    "INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
                    format!(
                        "Invalid lambda function call. A higher order function expects {arity} arguments, but got {}.",
                        parameters.len()
                    ),
                ));
            }
            // A value is a lambda that gives it for all elements.
            None => constant_lambda(self.arguments[index].clone(), parameters.len()),
        };
        let Expr::Lambda(resolved) = &lambda.expr else {
            return Err(Error::internal("a lambda was not resolved to one"));
        };
        let fields = resolved.params.iter().zip(parameters);
        let fields = fields.map(|(name, (data_type, nullable))| {
            Arc::new(Field::new(name, to_arrow(data_type), *nullable))
        });
        self.parameters.insert(index, fields.collect());
        self.arguments[index] = lambda;
        Ok(())
    }

    /// Resolves the call.
    ///
    /// # Errors
    /// `WRONG_NUM_ARGS`, `DATATYPE_MISMATCH` and what else the function says.
    pub fn resolve(mut self) -> Result<Typed> {
        bytes_of_text::put_into(self.function.name, &mut self.arguments);
        let (function, place) = (self.function, self.place.clone());
        let (fewest, most) = function.arity;
        let actual = self.arguments.len();
        let takes_lambdas = matches!(function.kernel, Kernel::HigherOrder(_));
        let result = if let Some(error) = self.unsupported_clause() {
            Err(error)
        } else if !takes_lambdas && (0..actual).any(|at| self.lambdas.arity(at).is_some()) {
            Err(Error::analysis(
                "INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION",
                format!(
                    "Invalid lambda function call. A lambda function should only be used in a higher order function. However, its class is {}, which is not a higher order function.",
                    function.name
                ),
            ))
        } else if actual < fewest || actual > most {
            Err(self.wrong_number())
        } else {
            (function.resolve)(self)
        };
        // `AND` and `OR` choose the smaller side as the one that they name twice, so a chain of them may be long.
        if let (Ok(typed), Kernel::Rewritten) = (&result, &function.kernel)
            && !matches!(function.name, "and" | "or")
        {
            check_nodes(&typed.expr)?;
        }
        result.map_err(|error| error.at(place.as_ref()))
    }

    /// The error for a clause that the function does not take.
    fn unsupported_clause(&self) -> Option<Error> {
        let is_aggregate = self.function.kind == Kind::Aggregate;
        let name = self.function.name;
        let clause = if self.clauses.is_distinct && !is_aggregate {
            "DISTINCT"
        } else if self.clauses.has_filter && !is_aggregate {
            "FILTER CLAUSE"
        } else if !self.clauses.within_group.is_empty() && !aggregate::takes_within_group(name) {
            "WITHIN GROUP (ORDER BY ...)"
        } else {
            match self.clauses.nulls {
                Some(NullTreatment::Ignore) if !aggregate::takes_nulls(name) => "IGNORE NULLS",
                Some(NullTreatment::Respect) if !aggregate::takes_nulls(name) => "RESPECT NULLS",
                _ => return None,
            }
        };
        Some(Error::analysis(
            "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
            format!("Invalid SQL syntax: The function `{name}` does not support {clause}."),
        ))
    }

    /// `WRONG_NUM_ARGS`.
    pub(crate) fn wrong_number(&self) -> Error {
        let (fewest, most) = self.function.arity;
        let expected = if most == usize::MAX {
            format!("> {}", fewest.saturating_sub(1))
        } else if fewest == most {
            fewest.to_string()
        } else {
            let counts: Vec<String> = (fewest..=most).map(|count| count.to_string()).collect();
            format!("[{}]", counts.join(", "))
        };
        Error::analysis(
            "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
            format!(
                "The `{}` requires {expected} parameters but the actual number is {}. Please, refer to \
                 'https://spark.apache.org/docs/latest/sql-ref-functions.html' for a fix.",
                self.function.name,
                self.arguments.len()
            ),
        )
    }

    /// The type of an argument.
    pub(crate) fn type_of(&self, index: usize) -> &DataType {
        &self.arguments[index].data_type
    }

    /// Casts the arguments to what is accepted; the last entry holds for all arguments after it.
    ///
    /// # Errors
    /// `DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE`.
    pub(crate) fn accept(mut self, accepted: &[Accepts]) -> Result<Call<'a>> {
        for index in 0..self.arguments.len() {
            let accepts = accepted[index.min(accepted.len() - 1)];
            self.accept_one(index, accepts)?;
        }
        Ok(self)
    }

    /// Casts one argument to what is accepted.
    ///
    /// # Errors
    /// `DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE`.
    pub(crate) fn accept_one(&mut self, index: usize, accepts: Accepts) -> Result<()> {
        let argument = &self.arguments[index];
        match implicit_cast(&argument.data_type, accepts, self.settings.ansi) {
            Some(to) => self.cast_argument(index, &to),
            None => Err(self.unexpected_type(index, &accepts.name())),
        }
    }

    /// Casts all arguments to the one type that all fit in, and gives the type.
    ///
    /// # Errors
    /// `DATATYPE_MISMATCH.DATA_DIFF_TYPES`.
    pub(crate) fn unify(&mut self, indices: impl IntoIterator<Item = usize>) -> Result<DataType> {
        let indices: Vec<usize> = indices.into_iter().collect();
        let types = indices.iter().map(|index| self.type_of(*index));
        let Some(common) = widest_type(types, self.settings.ansi) else {
            let types = indices
                .iter()
                .map(|index| format!("\"{}\"", self.type_of(*index).sql()));
            let types = types.collect::<Vec<_>>().join(" or ");
            return Err(self.mismatch(
                "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                format!(
                    "Input to `{}` should all be the same type, but it's ({types}).",
                    self.function.name
                ),
            ));
        };
        for index in indices {
            self.cast_argument(index, &common)?;
        }
        Ok(common)
    }

    /// Casts one argument; its name stays, as implicit casts are not shown.
    ///
    /// # Errors
    /// If there is no such cast.
    pub(crate) fn cast_argument(&mut self, index: usize, to: &DataType) -> Result<()> {
        if self.arguments[index].data_type != *to {
            let argument = self.arguments[index].clone();
            self.arguments[index] = self.cast(argument, to)?;
        }
        Ok(())
    }

    /// `argument` as `to`, under its own name.
    ///
    /// # Errors
    /// If there is no such cast.
    pub(crate) fn cast(&self, argument: Typed, to: &DataType) -> Result<Typed> {
        cast(argument, to, self.settings, self.place.as_ref())
    }

    /// The error for an argument whose type is not accepted.
    pub(crate) fn unexpected_type(&self, index: usize, required: &str) -> Error {
        let argument = &self.arguments[index];
        let place = ordinal(index);
        self.mismatch(
            "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
            format!(
                "The {place} parameter requires the {required} type, however \"{}\" has the type \"{}\".",
                argument.name,
                argument.data_type.sql()
            ),
        )
    }

    /// The error for the condition of a `CASE`, which Spark counts by branches.
    pub(crate) fn unexpected_type_at(&self, place: usize, index: usize, required: &str) -> Error {
        let argument = &self.arguments[index];
        self.mismatch(
            "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
            format!(
                "The {} parameter requires the {required} type, however \"{}\" has the type \"{}\".",
                ordinal(place),
                argument.name,
                argument.data_type.sql()
            ),
        )
    }

    /// `DATATYPE_MISMATCH.DATA_DIFF_TYPES` of arguments that have no type in common, as operators show it.
    pub(crate) fn list_of_types(
        &self,
        name: &str,
        indices: impl IntoIterator<Item = usize>,
    ) -> Error {
        let types = indices
            .into_iter()
            .map(|index| format!("\"{}\"", self.type_of(index).sql()));
        let types = types.collect::<Vec<_>>().join(", ");
        self.mismatch(
            "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
            format!("Input to `{name}` should all be the same type, but it's [{types}]."),
        )
    }

    /// `DATATYPE_MISMATCH` of this call.
    pub(crate) fn mismatch(&self, condition: &'static str, message: impl AsRef<str>) -> Error {
        Error::analysis(
            condition,
            format!(
                "Cannot resolve \"{}\" due to data type mismatch: {}",
                self.text(),
                message.as_ref()
            ),
        )
    }

    /// The constant value of an argument.
    ///
    /// # Errors
    /// `DATATYPE_MISMATCH.NON_FOLDABLE_INPUT` if it is none, or the error of computing it.
    pub(crate) fn constant(&self, index: usize) -> Result<ScalarValue> {
        let argument = &self.arguments[index];
        if let Some(value) = argument.literal() {
            return Ok(value.clone());
        }
        if !argument.is_foldable() {
            let input = self.function.parameters.get(index).copied();
            return Err(self.mismatch(
                "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                format!(
                    "the input `{}` should be a foldable \"{}\" expression; however, got \"{}\".",
                    input.unwrap_or("argument"),
                    argument.data_type.sql(),
                    argument.name
                ),
            ));
        }
        fold(&argument.expr)
    }

    /// The constant text of an argument; none if it is NULL.
    ///
    /// # Errors
    /// As [`Call::constant`].
    pub(crate) fn constant_string(&self, index: usize) -> Result<Option<String>> {
        match self.constant(index)? {
            ScalarValue::Utf8(value) => Ok(value),
            _ => Ok(None),
        }
    }

    /// Whether any argument can be NULL.
    pub(crate) fn any_nullable(&self) -> bool {
        self.arguments.iter().any(|argument| argument.nullable)
    }

    /// The call as Spark shows it: `upper(a)`, `(a + b)`.
    pub(crate) fn text(&self) -> String {
        let names: Vec<&str> = self.arguments.iter().map(|a| a.name.as_str()).collect();
        let text = crate::text::call(self.function.name, &names);
        if !self.clauses.is_distinct {
            return text;
        }
        text.replacen('(', "(DISTINCT ", 1)
    }

    /// The call as an expression that runs the function's own kernel; NULL can come out where NULL can go in.
    ///
    /// # Errors
    /// If the function has no scalar kernel.
    pub(crate) fn invoke(self, data_type: DataType) -> Result<Typed> {
        let nullable = self.any_nullable();
        self.invoke_nullable(data_type, nullable)
    }

    /// [`Call::invoke`] that says whether NULL can come out.
    ///
    /// # Errors
    /// If the function has no scalar kernel.
    pub(crate) fn invoke_nullable(self, data_type: DataType, nullable: bool) -> Result<Typed> {
        let name = self.text();
        let function = self.function;
        if !matches!(
            function.kernel,
            Kernel::Scalar(_) | Kernel::Volatile(_) | Kernel::Stateful(_)
        ) {
            return Err(Error::internal(format!("{} has no kernel", function.name)));
        }
        let udf = ScalarUDF::new_from_impl(ScalarFunction::new(Resolved {
            function,
            return_type: to_arrow(&data_type),
            settings: Arc::clone(self.settings),
            place: self.place,
        }));
        let arguments = self.arguments.into_iter().map(|argument| argument.expr);
        Ok(Typed::new(
            udf.call(arguments.collect()),
            data_type,
            nullable,
            name,
        ))
    }

    /// The call of a function with lambdas. The lambdas among the arguments must have been resolved and put in their
    /// places.
    ///
    /// # Errors
    /// If the function has no such kernel.
    pub(crate) fn invoke_higher_order(self, data_type: DataType, nullable: bool) -> Result<Typed> {
        let name = self.text();
        let resolved = Resolved {
            function: self.function,
            return_type: to_arrow(&data_type),
            settings: Arc::clone(self.settings),
            place: self.place,
        };
        let parameters = self.parameters.into_values().collect();
        let udf = HigherOrderUDF::new_from_impl(LambdaFunction::new(resolved, parameters));
        let arguments = self.arguments.into_iter().map(|argument| argument.expr);
        let call = HigherOrderFunction::new(Arc::new(udf), arguments.collect());
        let expr = Expr::HigherOrderFunction(call);
        Ok(Typed::new(expr, data_type, nullable, name))
    }

    /// The call of an aggregate: one value for many rows.
    ///
    /// # Errors
    /// If the function has no aggregate kernel.
    pub(crate) fn aggregate(self, data_type: DataType, nullable: bool) -> Result<Typed> {
        let name = self.text();
        self.aggregate_of(AggregateParts::default(), data_type, nullable, name)
    }

    /// [`Call::aggregate`] with constants and keys, shown as `name`. The arguments must be the values of a row.
    ///
    /// # Errors
    /// If the function has no aggregate kernel.
    pub(crate) fn aggregate_of(
        self,
        parts: AggregateParts,
        data_type: DataType,
        nullable: bool,
        name: impl Into<String>,
    ) -> Result<Typed> {
        if !matches!(self.function.kernel, Kernel::Aggregate(_)) {
            return Err(Error::internal(format!(
                "{} is no aggregate",
                self.function.name
            )));
        }
        let arguments = self
            .arguments
            .iter()
            .map(|argument| argument.data_type.clone());
        let spec = aggregate::Spec {
            function: self.function,
            arguments: arguments.collect(),
            result: data_type.clone(),
            nullable,
            constants: parts.constants,
            orders: parts.orders,
            ignore_nulls: parts.ignore_nulls,
            settings: Arc::clone(self.settings),
            // Spark shows the place for decimals only.
            place: self
                .place
                .filter(|_| matches!(data_type, DataType::Decimal(..))),
        };
        let udaf = AggregateUDF::new_from_impl(aggregate::AggregateFunction::new(spec));
        let arguments = self.arguments.into_iter().map(|argument| argument.expr);
        let expr = Expr::AggregateFunction(AggregateFunction::new_udf(
            Arc::new(udaf),
            arguments.collect(),
            self.clauses.is_distinct,
            None,
            Vec::new(),
            None,
        ));
        Ok(Typed::new(expr, data_type, nullable, name))
    }

    /// The call of a function over windows; the analyser adds the window.
    ///
    /// # Errors
    /// If the function has no window kernel.
    pub(crate) fn window(self, data_type: DataType, nullable: bool) -> Result<Typed> {
        let Kernel::Window(make) = self.function.kernel else {
            return Err(Error::internal(format!(
                "{} needs no window",
                self.function.name
            )));
        };
        let types: Vec<DataType> = self.arguments.iter().map(|a| a.data_type.clone()).collect();
        let udwf = make(&types, &data_type);
        let name = self.text();
        let arguments = self.arguments.into_iter().map(|argument| argument.expr);
        let definition = WindowFunctionDefinition::WindowUDF(udwf);
        let expr = Expr::from(WindowFunction::new(
            definition,
            arguments.collect::<Vec<_>>(),
        ));
        Ok(Typed::new(expr, data_type, nullable, name))
    }

    /// Resolves another function in place of this one, and shows it as `text`.
    ///
    /// # Errors
    /// What that function says.
    pub(crate) fn call(&self, name: &str, arguments: Vec<Typed>) -> Result<Typed> {
        let Some(function) = find(name) else {
            return Err(Error::internal(format!("there is no function {name}")));
        };
        let mut lambdas = NoLambdas;
        let place = self.place.clone();
        Call::new(function, arguments, self.settings, place, &mut lambdas).resolve()
    }

    /// Resolves another function with this call's arguments, shown under this function's name (Spark:
    /// `RuntimeReplaceable`).
    ///
    /// # Errors
    /// What that function says.
    pub(crate) fn replace_by(self, name: &str) -> Result<Typed> {
        let text = self.text();
        let arguments = self.arguments.clone();
        let Some(function) = find(name) else {
            return Err(Error::internal(format!("there is no function {name}")));
        };
        let mut lambdas = NoLambdas;
        let call = Call::new(
            function,
            arguments,
            self.settings,
            self.place.clone(),
            &mut lambdas,
        );
        Ok(call.with_clauses(self.clauses).resolve()?.named(text))
    }
}

/// `argument` as `to`, under its own name: an implicit cast.
///
/// # Errors
/// `DATATYPE_MISMATCH` if there is no such cast.
pub fn cast(
    argument: Typed,
    to: &DataType,
    settings: &Arc<Settings>,
    place: Option<&Arc<Place>>,
) -> Result<Typed> {
    let (name, alias) = (argument.name.clone(), argument.alias.clone());
    let mut cast = crate::family::cast::cast(argument, to, settings, place, false)?.named(name);
    cast.alias = alias;
    Ok(cast)
}

/// A lambda of so many parameters that gives a value whatever they are.
fn constant_lambda(value: Typed, arity: usize) -> Typed {
    let names: Vec<String> = (0..arity).map(|index| format!("unused#{index}")).collect();
    let shown = vec!["namedlambdavariable()"; arity].join(", ");
    let name = format!("lambdafunction({}, {shown})", value.name);
    let expr = Expr::Lambda(Lambda::new(names, value.expr));
    Typed::new(expr, value.data_type, value.nullable, name)
}

/// The value of an expression without columns.
///
/// # Errors
/// The error of computing it.
pub fn fold(expr: &Expr) -> Result<ScalarValue> {
    use arrow::array::{RecordBatch, RecordBatchOptions};
    use arrow::datatypes::Schema;
    use datafusion_common::DFSchema;
    use datafusion_expr::execution_props::ExecutionProps;
    use datafusion_expr::physical_planning_context::PhysicalPlanningContext;

    let physical = datafusion_physical_expr::create_physical_expr(
        expr,
        &DFSchema::empty(),
        &ExecutionProps::new(),
        &PhysicalPlanningContext::default(),
    )?;
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let one_row =
        RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options)?;
    match physical.evaluate(&one_row)? {
        datafusion_expr::ColumnarValue::Scalar(value) => Ok(value),
        datafusion_expr::ColumnarValue::Array(array) => Ok(ScalarValue::try_from_array(&array, 0)?),
    }
}

/// The word for a place, from 0: `first`.
pub fn ordinal(index: usize) -> String {
    const NAMES: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ];
    match NAMES.get(index) {
        Some(name) => (*name).to_owned(),
        None => format!("{}th", index + 1),
    }
}
