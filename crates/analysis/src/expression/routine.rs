//! SQL functions: the body of a function, with its arguments, in the place of a call.

use std::sync::Arc;

use datafusion_common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion_expr::Expr;
use functions::{Place, Typed, explicit_cast};
use sql::{
    Argument, ArgumentValue, DataType, Expression, FunctionBody, Relation, StructField,
    quote_if_needed,
};

use crate::analyser::Analyser;
use crate::error::{Error, Result, not_supported};
use crate::expression::argument::places;
use crate::planned::Planned;
use crate::scope::{Column, Scope};

/// A SQL function (`CREATE FUNCTION .. RETURN ..`).
#[derive(Clone, Debug, PartialEq)]
pub struct Routine {
    /// The full name: `system.session.f` for a temporary function.
    pub name: Vec<String>,
    /// The parameters, in their order.
    pub parameters: Vec<RoutineParameter>,
    /// What it gives.
    pub result: RoutineResult,
    /// The text after `RETURN`: an expression or a query.
    pub body: String,
    /// Whether the body was written for ANSI mode; none if it means that of the caller.
    pub ansi: Option<bool>,
}

/// A parameter of a SQL function.
#[derive(Clone, Debug, PartialEq)]
pub struct RoutineParameter {
    /// The name.
    pub name: String,
    /// The type.
    pub data_type: DataType,
    /// The text after `DEFAULT`: an expression without columns.
    pub default: Option<String>,
    /// The text after `COMMENT`.
    pub comment: Option<String>,
}

/// What a SQL function gives.
#[derive(Clone, Debug, PartialEq)]
pub enum RoutineResult {
    /// A value of this type.
    Value(DataType),
    /// A table of these columns.
    Table(Vec<StructField>),
}

impl Routine {
    /// The name as a user calls it: its last part.
    pub fn plain_name(&self) -> &str {
        self.name.last().map_or("", String::as_str)
    }

    /// The name as messages have it.
    fn quoted_name(&self) -> String {
        crate::error::quoted_name(&self.name)
    }

    /// The values of the parameters: the arguments by position and by name, then the defaults.
    fn bind<'e>(
        &self,
        arguments: &'e [Argument],
    ) -> Result<Vec<(&RoutineParameter, Option<&'e Expression>)>> {
        if arguments.len() > self.parameters.len() {
            return Err(self.wrong_number(arguments.len()));
        }
        let names: Vec<&str> = self.parameters.iter().map(|p| p.name.as_str()).collect();
        let places = places(&self.quoted_name(), &names, arguments)?;
        let mut bound: Vec<(&RoutineParameter, Option<&Expression>)> = self
            .parameters
            .iter()
            .map(|parameter| (parameter, None))
            .collect();
        for (index, (argument, place)) in arguments.iter().zip(places).enumerate() {
            let ArgumentValue::Expression(value) = &argument.value else {
                return Err(not_supported("A table as an argument of a SQL function"));
            };
            bound[place.unwrap_or(index)].1 = Some(value);
        }
        Ok(bound)
    }

    fn wrong_number(&self, given: usize) -> Error {
        let expected = self.parameters.len();
        Error::analysis(
            "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
            format!(
                "The {} requires {expected} parameters but the actual number is {given}. Please, refer to \
                 'https://spark.apache.org/docs/latest/sql-ref-functions.html' for a fix.",
                self.quoted_name()
            ),
        )
    }
}

impl Analyser {
    /// A call of a SQL function of one value at a place. `resolve` resolves an argument over the columns of `scope`.
    pub(crate) fn routine_value(
        &self,
        routine: &Routine,
        arguments: &[Argument],
        scope: &Scope<'_>,
        place: &Arc<Place>,
        resolve: &dyn Fn(&Expression) -> Result<Typed>,
    ) -> Result<Typed> {
        let RoutineResult::Value(data_type) = &routine.result else {
            return Err(Error::analysis(
                "NOT_A_SCALAR_FUNCTION",
                format!(
                    "{} appears as a scalar expression here, but the function was defined as a table function. Please \
                     update the query to move the function call into the FROM clause, or redefine {} as a scalar function \
                     instead.",
                    routine.quoted_name(),
                    routine.quoted_name()
                ),
            ));
        };
        let values = self.routine_arguments(routine, arguments, Some(place), resolve)?;
        let given = routine.bind(arguments)?;
        let shown = given.iter().rposition(|(_, value)| value.is_some());
        let shown = values.iter().take(shown.map_or(0, |last| last + 1));
        let shown: Vec<&str> = shown.map(|(_, value)| value.name.as_str()).collect();
        let name: Vec<String> = routine
            .name
            .iter()
            .map(|part| quote_if_needed(part))
            .collect();
        let name = format!("{}({})", name.join("."), shown.join(", "));
        let volatile: Vec<Expr> = (values.iter())
            .filter(|(_, value)| value.expr.is_volatile())
            .map(|(_, value)| value.expr.clone())
            .collect();
        let value = self.routine_body(routine, values, scope)?;
        check_copies(&value.expr, &volatile)?;
        let value = explicit_cast(value, data_type, &self.settings, None, false)?;
        Ok(Typed {
            alias: None,
            ..value.named(name)
        })
    }

    /// A call of a SQL function of a table.
    pub(crate) fn routine_table(
        &self,
        routine: &Routine,
        arguments: &[Argument],
        scope: &Scope<'_>,
    ) -> Result<Planned> {
        let RoutineResult::Table(columns) = &routine.result else {
            return Err(Error::analysis(
                "NOT_A_TABLE_FUNCTION",
                format!(
                    "{} appears as a table function here, but the function was defined as a scalar function. Please update \
                     the query to move the function call outside the FROM clause, or redefine {} as a table function \
                     instead.",
                    routine.quoted_name(),
                    routine.quoted_name()
                ),
            ));
        };
        let resolve = |expression: &Expression| self.resolve(expression, scope);
        let values = self.routine_arguments(routine, arguments, None, &resolve)?;
        let planned = self.routine_query(routine, values, scope)?;
        if planned.columns.len() != columns.len() {
            return Err(columns_mismatch(
                routine,
                columns.len(),
                planned.columns.len(),
            ));
        }
        let mut outputs = Vec::with_capacity(columns.len());
        for (column, field) in planned.columns.iter().zip(columns) {
            let to = self.data_type(&field.data_type);
            let value = column.as_item();
            let mut value = explicit_cast(value, &to, &self.settings, None, false)?;
            value.alias = Some(field.name.clone());
            outputs.push(value);
        }
        let mut planned = self.project(planned.plan, &outputs)?;
        for column in &mut planned.columns {
            column.qualifier = vec![routine.plain_name().to_owned()];
        }
        Ok(planned)
    }

    /// The SQL function that a call in `FROM` names, unless it is a built-in one.
    pub(crate) fn table_routine(&self, name: &[String]) -> Result<Option<Arc<Routine>>> {
        let is_builtin = matches!(name, [name] if name.eq_ignore_ascii_case("range"))
            || crate::expression::lookup(name).is_some();
        match is_builtin {
            true => Ok(None),
            false => self.catalog().routine(name),
        }
    }

    /// The parameters with their values, cast to their types.
    fn routine_arguments(
        &self,
        routine: &Routine,
        arguments: &[Argument],
        place: Option<&Arc<Place>>,
        resolve: &dyn Fn(&Expression) -> Result<Typed>,
    ) -> Result<Vec<(String, Typed)>> {
        let bound = routine.bind(arguments)?;
        let mut values = Vec::with_capacity(bound.len());
        for (parameter, given) in bound {
            let value = match (given, &parameter.default) {
                (Some(value), _) => resolve(value)?,
                (None, Some(text)) => self.within(text).default_value(text)?,
                (None, None) => return Err(routine.wrong_number(arguments.len())),
            };
            let to = self.data_type(&parameter.data_type);
            let shown = value.name.clone();
            let value = explicit_cast(value, &to, &self.settings, place, false)?.named(shown);
            values.push((parameter.name.clone(), value));
        }
        Ok(values)
    }

    /// The value of a default, whose text is that of this analyser.
    fn default_value(&self, text: &str) -> Result<Typed> {
        let default = sql::parse_expression(text)
            .map_err(|error| Error::analysis(error.condition(), error.message()))?;
        self.constant(&default)
    }

    /// The body of a function of one value.
    fn routine_body(
        &self,
        routine: &Routine,
        values: Vec<(String, Typed)>,
        scope: &Scope<'_>,
    ) -> Result<Typed> {
        let body = within_body(routine)?;
        let inner = self.within_routine(routine);
        let scope = inner.body_scope(routine, values, scope);
        self.in_routine(routine, || match &body {
            FunctionBody::Expression(expression) => inner.resolve(expression, &scope),
            FunctionBody::Query(query) => inner.resolve(&query_as_expression(query), &scope),
        })
    }

    /// The rows of the body of a table function.
    fn routine_query(
        &self,
        routine: &Routine,
        values: Vec<(String, Typed)>,
        scope: &Scope<'_>,
    ) -> Result<Planned> {
        let FunctionBody::Query(query) = within_body(routine)? else {
            return Err(not_supported(
                "An expression as the body of a table function",
            ));
        };
        let inner = self.within_routine(routine);
        let scope = inner.body_scope(routine, values, scope);
        self.in_routine(routine, || {
            inner
                .relation(&query, &self.environment(), Some(&scope))?
                .visible()
        })
    }

    /// An analyser of the body, under the settings that it was written for.
    fn within_routine(&self, routine: &Routine) -> Analyser {
        let mut inner = self.within(&routine.body);
        if let Some(ansi) = routine.ansi {
            Arc::make_mut(&mut inner.settings).ansi = ansi;
        }
        inner
    }

    /// What the body can name: the parameters. Columns of the caller are there for the values only.
    fn body_scope<'a>(
        &self,
        routine: &Routine,
        values: Vec<(String, Typed)>,
        caller: &Scope<'_>,
    ) -> Scope<'a> {
        let columns = caller.columns.iter().chain(&caller.hidden);
        let nameless = columns.map(|column| Column {
            qualifier: Vec::new(),
            ..column.clone()
        });
        Scope {
            hidden: nameless.collect(),
            aliases: values,
            prefers_aliases: true,
            routine: Some(routine.plain_name().to_owned()),
            environment: self.environment(),
            ..Scope::default()
        }
    }

    /// Checks a new function, and gives it with the type that its body has where none is written.
    ///
    /// # Errors
    /// What is wrong in the body: names, types, aggregates outside of queries.
    pub fn check_routine(&self, routine: Routine, infers_result: bool) -> Result<Routine> {
        let mut values = Vec::with_capacity(routine.parameters.len());
        let mut columns = Vec::with_capacity(routine.parameters.len());
        for parameter in &routine.parameters {
            let to = self.data_type(&parameter.data_type);
            if let Some(text) = &parameter.default {
                let default = self.within(text).default_value(text)?;
                explicit_cast(default, &to, &self.settings, None, false)?;
            }
            // The body is checked for values that are not known.
            let column = self.column_of(&Typed::null(to).named(&parameter.name));
            values.push((parameter.name.clone(), column.typed(&parameter.name)));
            columns.push(column);
        }
        let scope = Scope::of(&columns);
        let result = match &routine.result {
            RoutineResult::Value(declared) => {
                let value = self.routine_body(&routine, values, &scope)?;
                refuse_in_body(&value)?;
                match infers_result {
                    true => RoutineResult::Value(value.data_type),
                    false => {
                        let to = self.data_type(declared);
                        explicit_cast(value, &to, &self.settings, None, false)?;
                        RoutineResult::Value(to)
                    }
                }
            }
            RoutineResult::Table(declared) => {
                let planned = self.routine_query(&routine, values, &scope)?;
                if infers_result {
                    let columns = planned.columns.iter().map(|column| StructField {
                        name: column.name.clone(),
                        data_type: column.data_type.clone(),
                        nullable: column.nullable,
                        comment: None,
                    });
                    RoutineResult::Table(columns.collect())
                } else if declared.len() != planned.columns.len() {
                    return Err(columns_mismatch(
                        &routine,
                        declared.len(),
                        planned.columns.len(),
                    ));
                } else {
                    RoutineResult::Table(declared.clone())
                }
            }
        };
        Ok(Routine { result, ..routine })
    }
}

/// The body, parsed.
fn within_body(routine: &Routine) -> Result<FunctionBody> {
    sql::parse_function_body(&routine.body)
        .map_err(|error| Error::analysis(error.condition(), error.message()))
}

fn query_as_expression(query: &Relation) -> Expression {
    Expression {
        kind: sql::ExpressionKind::ScalarSubquery(Box::new(query.clone())),
        span: query.span,
    }
}

/// Checks the copies of arguments in a body: how large it is with them, and that an argument which gives another value each
/// time is computed once.
fn check_copies(body: &Expr, volatile: &[Expr]) -> Result<()> {
    functions::check_nodes(body)?;
    for argument in volatile {
        let mut uses = 0;
        body.apply(|expr| {
            uses += usize::from(expr == argument);
            Ok(TreeNodeRecursion::Continue)
        })?;
        if uses > 1 {
            return Err(not_supported(
                "An argument that gives another value each time and that the SQL function uses more than once",
            ));
        }
    }
    Ok(())
}

/// A body computes one value of one row.
fn refuse_in_body(value: &Typed) -> Result<()> {
    let found = value.expr.exists(|expr| {
        Ok(matches!(
            expr,
            Expr::AggregateFunction(_) | Expr::WindowFunction(_)
        ))
    })?;
    match found {
        true => Err(Error::analysis(
            "USER_DEFINED_FUNCTIONS.CANNOT_CONTAIN_COMPLEX_FUNCTIONS",
            format!(
                "User defined function is invalid: SQL scalar function cannot contain aggregate/window/generate functions: {}",
                value.name
            ),
        )),
        false => Ok(()),
    }
}

fn columns_mismatch(routine: &Routine, declared: usize, given: usize) -> Error {
    Error::analysis(
        "USER_DEFINED_FUNCTIONS.RETURN_COLUMN_COUNT_MISMATCH",
        format!(
            "User defined function is invalid: The number of columns produced by the RETURN clause (num: `{given}`) does not \
             match the number of column names specified by the RETURNS clause (num: `{declared}`) \
             of {}.",
            routine.name.join(".")
        ),
    )
}
