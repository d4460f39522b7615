//! Subqueries as expressions.
//!
//! `x IN (query)` is three-valued: NULL if no row is equal to `x` and `x` or a row is NULL. DataFusion's own `IN` is used
//! where NULL cannot occur; else the rule is written out with `EXISTS`.

use datafusion_common::Spans;
use datafusion_expr::expr::{Exists, InSubquery};
use datafusion_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Subquery, lit, when};
use functions::coerce::comparison_type;
use functions::{Typed, cast};
use sql::{DataType, Expression, Relation, RelationKind};

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::planned::{Planned, shared};
use crate::scope::Scope;

impl Analyser {
    /// The query, which may name columns of `scope`.
    fn inner_query(&self, query: &Relation, scope: &Scope<'_>) -> Result<Planned> {
        self.relation(query, &scope.environment.inner(), Some(scope))?
            .visible()
    }

    /// `(query)`: one value; NULL if there is no row.
    pub(crate) fn scalar_subquery(
        &self,
        query: &Relation,
        scope: &Scope<'_>,
        whole: &Expression,
    ) -> Result<Typed> {
        let planned = self.inner_query(query, scope)?;
        let [column] = planned.columns.as_slice() else {
            let error = Error::analysis(
                "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN",
                format!(
                    "Invalid subquery: Scalar subquery must return only one column, but got {}.",
                    planned.columns.len()
                ),
            );
            return Err(error.at(Some(&self.place(whole.span))));
        };
        let column = column.clone();
        let expr = Expr::ScalarSubquery(subquery(planned.plan));
        Ok(Typed::new(expr, column.data_type, true, "scalarsubquery()"))
    }

    /// `EXISTS (query)`.
    pub(crate) fn exists(&self, query: &Relation, scope: &Scope<'_>) -> Result<Typed> {
        let name = "exists()".to_owned();
        let planned = self.inner_query(query, scope)?;
        if gives_one_row(query) {
            return Ok(Typed::boolean(true).named(name));
        }
        let exists = Exists::new(subquery(planned.plan), false);
        Ok(Typed::new(
            Expr::Exists(exists),
            DataType::Boolean,
            false,
            name,
        ))
    }

    /// `values IN (query)`.
    pub(crate) fn in_subquery(
        &self,
        values: Vec<Typed>,
        query: &Relation,
        scope: &Scope<'_>,
    ) -> Result<Typed> {
        let planned = self.inner_query(query, scope)?;
        let names: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
        let name = if names.len() == 1 {
            format!("({} IN (listquery()))", names[0])
        } else {
            format!("(named_struct({}) IN (listquery()))", names.join(", "))
        };
        if values.len() != planned.columns.len() {
            return Err(Error::analysis(
                "DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH",
                format!(
                    "Cannot resolve \"{name}\" due to data type mismatch: The number of columns in the left hand side of an \
                     IN subquery does not match the number of columns in the output of subquery. Left hand side columns(length: \
                     {}), right hand side columns(length: {}).",
                    values.len(),
                    planned.columns.len()
                ),
            ));
        }
        if gives_one_row(query) && values.len() == 1 {
            // One row: a comparison.
            let column = &planned.columns[0];
            let value = Typed::new(
                Expr::ScalarSubquery(subquery(planned.plan)),
                column.data_type.clone(),
                true,
                "",
            );
            let left = values.into_iter().next();
            let Some(left) = left else {
                return Err(Error::internal("IN without a value"));
            };
            return Ok(self.call("==", vec![left, value])?.named(name));
        }
        let mut left = Vec::with_capacity(values.len());
        let mut right = Vec::with_capacity(values.len());
        for (value, column) in values.into_iter().zip(&planned.columns) {
            let common = comparison_type(&value.data_type, &column.data_type, self.settings.ansi);
            let Some(common) = common else {
                return Err(Error::analysis(
                    "DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH",
                    format!(
                        "Cannot resolve \"{name}\" due to data type mismatch: The data type of one or more elements in the \
                         left hand side of an IN subquery is not compatible with the data type of the output of the subquery. \
                         Mismatched columns: [], left side: [\"{}\"], right side: [\"{}\"].",
                        value.data_type.sql(),
                        column.data_type.sql()
                    ),
                ));
            };
            left.push(cast(value, &common, &self.settings, None)?);
            right.push(cast(
                column.typed(&column.name),
                &common,
                &self.settings,
                None,
            )?);
        }
        let right = self.project(planned.plan, &right)?;
        let nullable = left.iter().any(|value| value.nullable)
            || right.columns.iter().any(|column| column.nullable);
        if let ([value], false) = (left.as_slice(), nullable) {
            let expr = Expr::InSubquery(InSubquery::new(
                Box::new(value.expr.clone()),
                subquery(right.plan),
                false,
            ));
            return Ok(Typed::new(expr, DataType::Boolean, false, name));
        }
        self.three_valued_in(&left, &right, name, scope)
    }

    /// `IN` written out: true if a row is equal, NULL if a row might be, else false.
    fn three_valued_in(
        &self,
        left: &[Typed],
        right: &Planned,
        name: String,
        scope: &Scope<'_>,
    ) -> Result<Typed> {
        let mut equal = lit(true);
        let mut maybe = lit(true);
        for (value, column) in left.iter().zip(&right.columns) {
            let outer = scope.as_outer(value.clone())?;
            let same = self.call("==", vec![column.typed(""), outer.clone()])?.expr;
            equal = equal.and(same.clone());
            let unknown = column.expr().is_null().or(outer.expr.is_null());
            maybe = maybe.and(same.or(unknown));
        }
        let exists = |condition: Expr| -> Result<Expr> {
            let plan = LogicalPlanBuilder::from(right.plan.clone())
                .filter(condition)?
                .build()?;
            Ok(Expr::Exists(Exists::new(subquery(plan), false)))
        };
        let null = Typed::null(DataType::Boolean).expr;
        let expr = when(exists(equal)?, lit(true))
            .when(exists(maybe)?, null)
            .otherwise(lit(false))?;
        Ok(Typed::new(expr, DataType::Boolean, true, name))
    }
}

/// A plan as DataFusion's subquery.
fn subquery(plan: LogicalPlan) -> Subquery {
    Subquery {
        outer_ref_columns: plan.all_out_ref_exprs(),
        subquery: shared(plan),
        spans: Spans::new(),
    }
}

/// Whether a query gives one row, whatever its input: an aggregate without groups.
fn gives_one_row(query: &Relation) -> bool {
    match &query.kind {
        RelationKind::Project { expressions, .. } => {
            expressions.iter().any(calls_aggregate) && !expressions.iter().any(is_generator)
        }
        RelationKind::Distinct(input) => gives_one_row(input),
        RelationKind::Sort { input, .. } | RelationKind::Hints { input, .. } => {
            gives_one_row(input)
        }
        _ => false,
    }
}

/// Whether an expression is a call of a generator.
fn is_generator(expression: &Expression) -> bool {
    use sql::ExpressionKind;
    match &expression.kind {
        ExpressionKind::UnresolvedFunction(call) => crate::expression::lookup(&call.name)
            .is_ok_and(|function| function.kind == functions::Kind::Generator),
        ExpressionKind::Alias { child, .. } => is_generator(child),
        _ => false,
    }
}

/// Whether an expression calls an aggregate outside of a window.
fn calls_aggregate(expression: &Expression) -> bool {
    use sql::{ArgumentValue, ExpressionKind};
    match &expression.kind {
        ExpressionKind::UnresolvedFunction(call) => {
            let is_aggregate = call.over.is_none()
                && crate::expression::lookup(&call.name)
                    .is_ok_and(|function| function.kind == functions::Kind::Aggregate);
            is_aggregate
                || call.arguments.iter().any(|argument| match &argument.value {
                    ArgumentValue::Expression(value) => calls_aggregate(value),
                    ArgumentValue::Table { .. } => false,
                })
        }
        ExpressionKind::Cast { child, .. } | ExpressionKind::Alias { child, .. } => {
            calls_aggregate(child)
        }
        _ => false,
    }
}
