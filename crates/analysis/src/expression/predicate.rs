//! Conditions of `WHERE`, `HAVING` and `ON`.

use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_common::{Column, DFSchema};
use datafusion_expr::{Expr, ExprSchemable, lit};
use functions::{Kind, Typed, explicit_cast};
use sql::{ArgumentValue, DataType, Expression, ExpressionKind, balanced};

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::expression::{has_aggregate, has_window, lookup};
use crate::scope::{Scope, engine_name};
use crate::subquery::Unknown;
use crate::subquery::decorrelate::replace_outer;
use crate::subquery::lift::has_subquery;

impl Analyser {
    /// A condition of type `BOOLEAN`.
    pub(crate) fn condition(
        &self,
        condition: &Expression,
        scope: &Scope<'_>,
        clause: &str,
    ) -> Result<Expr> {
        let mut parts = Vec::new();
        conjuncts(condition, &mut parts);
        let (mut safe, mut risky) = (Vec::new(), Vec::new());
        let mut has_aggregates = false;
        for part in parts {
            let expr = self.one_condition(part, scope, clause)?;
            has_aggregates |= has_aggregate(&expr);
            match functions::can_fail(&expr) {
                true => risky.push(expr),
                false => safe.push(expr),
            }
        }
        if has_aggregates && clause == "WHERE" {
            return Err(self.aggregate_in_where(condition, scope)?);
        }
        // A row for which one is false or NULL is dropped: the next ones are not computed for it.
        let in_turn = |first, second| functions::where_true(first, second, lit(false));
        // Conditions that can fail are computed only where the others hold, which DataFusion can push down.
        // Subqueries become joins, which other conditions must not wait for.
        let is_guard = |part: &&Expr| !has_subquery(part) && !part.contains_outer();
        let rest = safe.split_off(safe.len().min(APART_MAX));
        let (mut rest, others): (Vec<Expr>, Vec<Expr>) =
            rest.into_iter().partition(|part| is_guard(&part));
        safe.extend(others);
        let second = rest.split_off(rest.len() / 2);
        match (balanced(rest, Expr::and), balanced(second, Expr::and)) {
            (Some(first), Some(second)) => {
                safe.push(in_turn(first, second));
            }
            (first, second) => safe.extend(first.or(second)),
        }
        let guards = safe.iter().filter(is_guard).cloned();
        let risky = match (guards.reduce(Expr::and), balanced(risky, in_turn)) {
            (Some(guards), Some(risky)) => Some(in_turn(guards, risky)),
            (_, risky) => risky,
        };
        let all = safe.into_iter().chain(risky).reduce(Expr::and);
        Ok(all.unwrap_or_else(|| lit(true)))
    }

    /// One of the conditions that `AND` connects.
    fn one_condition(
        &self,
        condition: &Expression,
        scope: &Scope<'_>,
        clause: &str,
    ) -> Result<Expr> {
        let place = self.place(condition.span);
        let typed = match &condition.kind {
            ExpressionKind::InSubquery { values, query } => {
                let values = values.iter().map(|value| self.resolve(value, scope));
                let values = values.collect::<Result<Vec<_>>>()?;
                self.in_subquery(values, query, scope, Unknown::False)
                    .map_err(|error| error.at(Some(&place)))?
            }
            _ => self
                .resolve(condition, &scope.of_condition())
                .map_err(outside_select)?,
        };
        let typed = Typed {
            expr: self.with_outer_aggregates(typed.expr)?,
            ..typed
        };
        if clause == "JOIN" && (has_aggregate(&typed.expr) || has_window(&typed.expr)) {
            return Err(unsupported_in("Join", &typed.name));
        }
        if has_window(&typed.expr) {
            return Err(window_not_allowed(clause).at(Some(&place)));
        }
        let name = typed.name.clone();
        let data_type = typed.data_type.clone();
        let condition = self.boolean(typed).map_err(|error| match clause {
            "JOIN" => Error::analysis(
                "JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE",
                format!(
                    "The join condition \"{name}\" has the invalid type \"{}\", expected \"BOOLEAN\".",
                    data_type.sql()
                ),
            ),
            _ => error,
        });
        // Spark names the query as the place of a condition of `WHERE`.
        condition.map_err(|error| match clause {
            "WHERE" => error,
            _ => error.at(Some(&place)),
        })
    }

    /// The error for a condition of `WHERE` that has aggregates in it.
    fn aggregate_in_where(&self, condition: &Expression, scope: &Scope<'_>) -> Result<Error> {
        let scope = scope.of_condition();
        let mut aggregates = Vec::new();
        aggregates_in(condition, &mut aggregates);
        let names = aggregates.into_iter().map(|aggregate| {
            let typed = self.resolve(aggregate, &scope)?;
            Ok(typed.name)
        });
        let names = names.collect::<Result<Vec<String>>>()?;
        Ok(Error::analysis(
            "INVALID_WHERE_CONDITION",
            format!(
                "The WHERE condition \"{}\" contains invalid expressions: {}.\nRewrite the query to avoid window functions, \
                 aggregate functions, and generator functions in the WHERE clause.",
                self.resolve(condition, &scope)?.name,
                names.join(", ")
            ),
        ))
    }

    /// The expression with columns of the query around in the places of its aggregates.
    fn with_outer_aggregates(&self, expr: Expr) -> Result<Expr> {
        let replaced = expr.transform_down(|expr| {
            let is_outer = matches!(expr, Expr::AggregateFunction(_))
                && expr.contains_outer()
                && expr.column_refs().is_empty();
            if !is_outer {
                return Ok(Transformed::no(expr));
            }
            let data_type = expr.get_type(&DFSchema::empty())?;
            let over_outer = replace_outer(expr, |_, column| Some(Expr::Column(column.clone())))?;
            let name = engine_name(self.name_outer_aggregate(over_outer.data));
            let field = Arc::new(Field::new(&name, data_type, true));
            let column = Expr::OuterReferenceColumn(field, Column::new_unqualified(name));
            Ok(Transformed::new(column, true, TreeNodeRecursion::Jump))
        })?;
        Ok(replaced.data)
    }

    /// The condition of `HAVING` or `QUALIFY`. Spark casts it to BOOLEAN.
    pub(crate) fn as_boolean(&self, typed: Typed) -> Result<Expr> {
        let to = DataType::Boolean;
        Ok(explicit_cast(typed, &to, &self.settings, None, false)?.expr)
    }

    /// A value as a condition.
    pub(crate) fn boolean(&self, typed: Typed) -> Result<Expr> {
        match typed.data_type {
            DataType::Boolean => Ok(typed.expr),
            _ => Err(Error::analysis(
                "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN",
                format!(
                    "Cannot resolve \"{}\" due to data type mismatch: Filter expression \"{}\" of type \"{}\" is not a boolean.",
                    typed.name,
                    typed.name,
                    typed.data_type.sql()
                ),
            )),
        }
    }
}

/// How many conditions DataFusion sees one by one. It compares each with all before it, and nests them as deep as they are
/// many; more are one condition to it.
const APART_MAX: usize = 256;

/// The conditions that `AND` connects, from left to right.
fn conjuncts<'e>(condition: &'e Expression, parts: &mut Vec<&'e Expression>) {
    if let ExpressionKind::UnresolvedFunction(call) = &condition.kind
        && call.name == ["and"]
        && let [left, right] = call.arguments.as_slice()
        && let (ArgumentValue::Expression(left), ArgumentValue::Expression(right)) =
            (&left.value, &right.value)
    {
        stacker::maybe_grow(64 << 10, 1 << 20, || {
            conjuncts(left, parts);
            conjuncts(right, parts);
        });
        return;
    }
    parts.push(condition);
}

/// The aggregates among the functions of an expression.
fn aggregates_in<'e>(expression: &'e Expression, found: &mut Vec<&'e Expression>) {
    match &expression.kind {
        ExpressionKind::UnresolvedFunction(call) => {
            if lookup(&call.name).is_some_and(|function| function.kind == Kind::Aggregate) {
                found.push(expression);
                return;
            }
            for argument in &call.arguments {
                if let ArgumentValue::Expression(argument) = &argument.value {
                    aggregates_in(argument, found);
                }
            }
        }
        ExpressionKind::Cast { child, .. } => aggregates_in(child, found),
        _ => {}
    }
}

/// The error for a window function in a clause that comes before windows are computed.
pub(crate) fn window_not_allowed(clause: &str) -> Error {
    Error::analysis(
        "WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE",
        format!("It is not allowed to use window functions inside {clause} clause."),
    )
}

/// The error for an aggregate or a window function where an operator cannot have one.
pub(crate) fn unsupported_in(operator: &str, name: &str) -> Error {
    Error::analysis(
        "UNSUPPORTED_EXPR_FOR_OPERATOR",
        format!(
            "The query operator {operator} contains one or more unsupported expressions. Consider to rewrite it to avoid window \
             functions, aggregate functions, and generator functions. Invalid expressions: [\"{name}\"]"
        ),
    )
}

/// A generator in a condition is not in `SELECT`.
fn outside_select(error: Error) -> Error {
    match error.condition() {
        "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS" => Error::analysis(
            "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT",
            "The generator is not supported: outside the SELECT clause, found: Filter.",
        ),
        _ => error,
    }
}
