//! Calls of functions: their arguments, their lambdas and the clauses after them.

use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion_common::tree_node::TreeNode;
use datafusion_expr::Expr;
use datafusion_expr::expr::{Lambda, LambdaVariable, TryCast};
use functions::{Call, Clauses, Function, Kind, Lambdas, Typed, find};
use sql::{ArgumentValue, DataType, Expression, ExpressionKind, FunctionCall, SortDirection};
use values::types::to_arrow;

use crate::error::{Error, Result, not_supported};
use crate::expression::argument::{default_of, places_of};
use crate::expression::identifier::identifier_clause;
use crate::expression::routine::Routine;
use crate::expression::{Parameter, Resolver, has_aggregate, has_window, lookup};
use crate::subquery::Unknown;

impl Resolver<'_> {
    /// A call of a function.
    pub(crate) fn function(&self, call: &FunctionCall, whole: &Expression) -> Result<Typed> {
        if let Some(computed) = &call.computed_name {
            let call = FunctionCall {
                name: self.analyser.computed_name(computed, self.scope)?,
                computed_name: None,
                ..call.clone()
            };
            return self.function(&call, whole);
        }
        if let Some(computed) = identifier_clause(call) {
            let parts = self.analyser.computed_name(computed, self.scope)?;
            return self.attribute(&parts);
        }
        let function = match lookup(&call.name) {
            Some(function) => function,
            None => {
                let missing = || self.analyser.unresolved_routine(&call.name);
                let found = self.analyser.catalog().routine(&call.name)?;
                let found = found.ok_or_else(missing)?;
                return self.routine(&found, call, whole);
            }
        };
        if function.kind == Kind::Generator {
            return Err(Error::analysis(
                "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS",
                format!(
                    "The generator is not supported: nested in expressions \"{}\".",
                    function.name
                ),
            ));
        }
        if let Some(not_in) = self.not_in(call)? {
            return Ok(not_in);
        }
        // The arguments of an aggregate name columns of the input before items of `SELECT`.
        let input;
        let arguments = match function.kind == Kind::Aggregate && self.scope.prefers_aliases {
            true => {
                input = self.scope.of_input();
                let inner = Resolver {
                    scope: &input,
                    lambdas: self.lambdas.clone(),
                    ..*self
                };
                inner.arguments(function, call)?
            }
            false => self.arguments(function, call)?,
        };
        let mut values = Vec::with_capacity(arguments.len());
        let mut lambdas = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            match argument {
                Given::Typed(typed) => values.push(typed.clone()),
                Given::Lambda(expression) => {
                    lambdas.push((index, *expression));
                    values.push(Typed::null(DataType::Void));
                }
            }
        }
        let mut lambdas = QueryLambdas {
            resolver: self,
            lambdas,
        };
        let place = self.analyser.place(whole.span);
        let settings = &self.analyser.settings;
        // A row in parentheses: Spark shows the names of its fields.
        let is_row = call.name == ["struct"]
            && place
                .text
                .get(place.start..)
                .is_some_and(|text| text.starts_with('('));
        let shown: Vec<String> = values.iter().map(|value| value.name.clone()).collect();
        let clauses = self.clauses(call)?;
        let resolved = Call::new(function, values, settings, Some(place), &mut lambdas);
        let mut typed = resolved.with_clauses(clauses).resolve()?;
        if is_row && let DataType::Struct(fields) = &typed.data_type {
            let fields = fields.iter().zip(&shown);
            let fields: Vec<String> = fields
                .map(|(field, shown)| format!("{}, {shown}", field.name))
                .collect();
            typed.name = format!("named_struct({})", fields.join(", "));
        }
        self.with_clauses(function, typed, call)
    }

    /// A call of a SQL function.
    fn routine(&self, routine: &Routine, call: &FunctionCall, whole: &Expression) -> Result<Typed> {
        let has_clauses = call.is_distinct
            || call.filter.is_some()
            || call.over.is_some()
            || call.nulls.is_some()
            || !call.within_group.is_empty();
        if has_clauses {
            return Err(not_supported("A clause of an aggregate at a SQL function"));
        }
        let resolve = |argument: &Expression| self.resolve(argument);
        let place = self.analyser.place(whole.span);
        self.analyser
            .routine_value(routine, &call.arguments, self.scope, &place, &resolve)
    }

    /// `DISTINCT`, `WITHIN GROUP`, `IGNORE NULLS` and whether there is a `FILTER`.
    fn clauses(&self, call: &FunctionCall) -> Result<Clauses> {
        let mut within_group = Vec::with_capacity(call.within_group.len());
        for order in &call.within_group {
            within_group.push(functions::SortKey {
                key: self.resolve(&order.child)?,
                is_ascending: order.direction == SortDirection::Ascending,
                nulls_first: order.nulls_first,
            });
        }
        Ok(Clauses {
            is_distinct: call.is_distinct,
            nulls: call.nulls,
            within_group,
            has_filter: call.filter.is_some(),
        })
    }

    /// `NOT IN (query)` as a value: false where it is unknown.
    fn not_in(&self, call: &FunctionCall) -> Result<Option<Typed>> {
        let ([name], [argument]) = (call.name.as_slice(), call.arguments.as_slice()) else {
            return Ok(None);
        };
        let ArgumentValue::Expression(inner) = &argument.value else {
            return Ok(None);
        };
        let ExpressionKind::InSubquery { values, query } = &inner.kind else {
            return Ok(None);
        };
        if name != "not" || self.scope.unknown != Unknown::False {
            return Ok(None);
        }
        let values = self.resolve_all(values)?;
        let is_in = self
            .analyser
            .in_subquery(values, query, self.scope, Unknown::True)?;
        self.call_named("not", vec![is_in]).map(Some)
    }

    /// Adds `FILTER` and `OVER` to what was resolved.
    fn with_clauses(
        &self,
        function: &Function,
        mut typed: Typed,
        call: &FunctionCall,
    ) -> Result<Typed> {
        if let Some(filter) = &call.filter {
            let condition = self.resolve(filter)?;
            check_filter(&condition)?;
            let name = format!("{} FILTER (WHERE {})", typed.name, condition.name);
            typed = functions::filtered(typed, &condition.expr)?.named(name);
        }
        match (&call.over, function.kind) {
            (Some(over), Kind::Aggregate | Kind::Window) => {
                self.analyser.over(typed, over, self.scope)
            }
            (Some(_), _) => Err(Error::analysis(
                "UNSUPPORTED_EXPR_FOR_WINDOW",
                format!(
                    "Expression \"{}\" not supported within a window function.",
                    typed.name
                ),
            )),
            (None, Kind::Window) => Err(Error::analysis(
                "WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE",
                format!(
                    "Window function \"{}\" requires an OVER clause.",
                    typed.name
                ),
            )),
            (None, Kind::Aggregate) if has_nested_aggregate(&typed.expr) => Err(Error::analysis(
                "NESTED_AGGREGATE_FUNCTION",
                "It is not allowed to use an aggregate function in the argument of another aggregate function. Please use \
                 the inner aggregate function in a sub-query.",
            )),
            (None, _) => Ok(typed),
        }
    }

    /// The arguments by position. `*` stands for all columns, and for 1 in `count(*)`.
    pub(crate) fn arguments<'e>(
        &self,
        function: &Function,
        call: &'e FunctionCall,
    ) -> Result<Vec<Given<'e>>> {
        let mut given: Vec<Option<Given<'e>>> = Vec::with_capacity(call.arguments.len());
        let places = places_of(function, &call.arguments)?;
        for (argument, place) in call.arguments.iter().zip(places) {
            let ArgumentValue::Expression(expression) = &argument.value else {
                return Err(not_supported("A table as an argument"));
            };
            let index = place.unwrap_or(given.len());
            let value = match &expression.kind {
                ExpressionKind::UnresolvedStar {
                    target: Some(target),
                    ..
                } if function.name == "count" => {
                    return Err(Error::analysis(
                        "INVALID_USAGE_OF_STAR_WITH_TABLE_IDENTIFIER_IN_COUNT",
                        format!(
                            "`count({}.*)` is not allowed. Please use `count(*)` or expand the columns manually.",
                            target.join(".")
                        ),
                    ));
                }
                ExpressionKind::UnresolvedStar {
                    target: None,
                    except,
                } if function.name == "count"
                    && !call.is_distinct
                    && except.is_empty()
                    && call.arguments.len() == 1 =>
                {
                    Given::Typed(Typed::int(1))
                }
                ExpressionKind::UnresolvedStar { target, except } => {
                    let columns = self.analyser.star(target.as_deref(), except, self.scope)?;
                    given.extend(columns.into_iter().map(|column| Some(Given::Typed(column))));
                    continue;
                }
                ExpressionKind::Lambda { .. } => Given::Lambda(expression),
                _ => Given::Typed(self.resolve(expression)?),
            };
            if given.len() <= index {
                given.resize_with(index + 1, || None);
            }
            given[index] = Some(value);
        }
        let filled = given.into_iter().enumerate();
        filled
            .map(|(index, given)| match given {
                Some(given) => Ok(given),
                None => default_of(function, index).map(Given::Typed),
            })
            .collect()
    }

    /// Resolves a function of the registry by name.
    pub(crate) fn call_named(&self, name: &str, arguments: Vec<Typed>) -> Result<Typed> {
        match find(name) {
            Some(function) => self.call(function, arguments, None),
            None => Err(self.analyser.unresolved_routine(&[name.to_owned()])),
        }
    }

    pub(crate) fn call(
        &self,
        function: &'static Function,
        arguments: Vec<Typed>,
        at: Option<&Expression>,
    ) -> Result<Typed> {
        let mut lambdas = QueryLambdas {
            resolver: self,
            lambdas: Vec::new(),
        };
        let place = at.map(|expression| self.analyser.place(expression.span));
        Call::new(
            function,
            arguments,
            &self.analyser.settings,
            place,
            &mut lambdas,
        )
        .resolve()
    }
}

/// An argument as it was given.
pub(crate) enum Given<'e> {
    Typed(Typed),
    Lambda(&'e Expression),
}

/// The lambdas among the arguments of a call.
struct QueryLambdas<'a> {
    resolver: &'a Resolver<'a>,
    lambdas: Vec<(usize, &'a Expression)>,
}

impl Lambdas for QueryLambdas<'_> {
    fn arity(&self, index: usize) -> Option<usize> {
        let (_, lambda) = self.lambdas.iter().find(|(at, _)| *at == index)?;
        match &lambda.kind {
            ExpressionKind::Lambda { arguments, .. } => Some(arguments.len()),
            _ => None,
        }
    }

    fn resolve(&mut self, index: usize, parameters: &[(DataType, bool)]) -> Result<Typed> {
        let found = self.lambdas.iter().find(|(at, _)| *at == index);
        let Some((
            _,
            Expression {
                kind: ExpressionKind::Lambda { arguments, body },
                ..
            },
        )) = found
        else {
            return Err(Error::internal("there is no lambda at this place"));
        };
        let is_same = |a: &str, b: &str| self.resolver.scope.same(a, b);
        let twice = arguments
            .iter()
            .enumerate()
            .any(|(at, name)| arguments[..at].iter().any(|earlier| is_same(earlier, name)));
        if twice {
            let names: Vec<String> = arguments.iter().map(|name| format!("`{name}`")).collect();
            return Err(Error::analysis(
                "INVALID_LAMBDA_FUNCTION_CALL.DUPLICATE_ARG_NAMES",
                format!(
                    "Invalid lambda function call. The lambda function has duplicate arguments {}. Please, consider to rename the argument names or set \"spark.sql.caseSensitive\" to \"true\".",
                    names.join(", ")
                ),
            ));
        }
        let mut lambdas = self.resolver.lambdas.clone();
        let mut names = Vec::with_capacity(arguments.len());
        for (name, (data_type, nullable)) in arguments.iter().zip(parameters) {
            let unique = format!("{name}#{}", self.resolver.analyser.next_id());
            let field = Arc::new(Field::new(&unique, to_arrow(data_type), *nullable));
            let variable = Expr::LambdaVariable(LambdaVariable::new(unique.clone(), Some(field)));
            names.push(unique);
            let mut variable = Typed::new(
                variable,
                data_type.clone(),
                *nullable,
                "namedlambdavariable()",
            );
            variable.alias = Some(name.clone());
            lambdas.push(Parameter {
                name: name.clone(),
                variable,
            });
        }
        let inner = Resolver {
            analyser: self.resolver.analyser,
            scope: self.resolver.scope,
            lambdas,
        };
        let body = inner.resolve(body)?;
        let parameters = vec!["namedlambdavariable()"; names.len()].join(", ");
        let name = format!("lambdafunction({}, {parameters})", body.name);
        let (data_type, nullable) = (body.data_type.clone(), body.nullable);
        let expr = Expr::Lambda(Lambda::new(names, with_known_type(body)?));
        Ok(Typed::new(expr, data_type, nullable, name))
    }
}

/// The body of a lambda. If it has lambdas in it, it is a cast to its own type.
///
/// A call of a function with lambdas asks their bodies for the type and for whether it can be NULL. Calls in the bodies ask
/// their lambdas for both again, so that the time doubles with each level. A cast answers without asking. A cast to the same
/// type is none in the physical plan.
fn with_known_type(body: Typed) -> Result<Expr> {
    let has_lambda = body
        .expr
        .exists(|expr| Ok(matches!(expr, Expr::Lambda(_))))?;
    Ok(match has_lambda {
        true => {
            let data_type = to_arrow(&body.data_type);
            Expr::TryCast(TryCast::new(Box::new(body.expr), data_type))
        }
        false => body.expr,
    })
}

/// Checks the condition of `FILTER`.
fn check_filter(condition: &Typed) -> Result<()> {
    let (condition_name, rest) = if condition.data_type != DataType::Boolean {
        (
            "INVALID_AGGREGATE_FILTER.NOT_BOOLEAN",
            "Expected a FILTER expression of the BOOLEAN type.",
        )
    } else if has_aggregate(&condition.expr) {
        (
            "INVALID_AGGREGATE_FILTER.CONTAINS_AGGREGATE",
            "Expected a FILTER expression without an aggregation.",
        )
    } else if has_window(&condition.expr) {
        (
            "INVALID_AGGREGATE_FILTER.CONTAINS_WINDOW_FUNCTION",
            "Expected a FILTER expression without a window function.",
        )
    } else if condition.expr.is_volatile() {
        (
            "INVALID_AGGREGATE_FILTER.NON_DETERMINISTIC",
            "Expected a deterministic FILTER expression.",
        )
    } else {
        return Ok(());
    };
    Err(Error::analysis(
        condition_name,
        format!(
            "The FILTER expression \"{}\" in an aggregate function is invalid. {rest}",
            condition.name
        ),
    ))
}

/// Whether an aggregate has another one in its arguments.
fn has_nested_aggregate(expr: &Expr) -> bool {
    let nested = expr.exists(|expr| {
        Ok(match expr {
            Expr::AggregateFunction(aggregate) => {
                let params = &aggregate.params;
                params
                    .args
                    .iter()
                    .chain(params.filter.as_deref())
                    .any(has_aggregate)
            }
            _ => false,
        })
    });
    nested.unwrap_or(false)
}
