//! Subqueries as expressions.
//!
//! `x IN (query)` is true if a row is equal to `x`. Else it is NULL if `x` or a row is NULL, and false if not. DataFusion's
//! `InSubquery` is only true or false here. Where NULL is told from false, `EXISTS` asks for rows that are NULL
//! ([`maybe_in`]). `lift` takes the subqueries out of their expressions.

pub(crate) mod decorrelate;
pub(crate) mod decorrelate_node;
pub(crate) mod lift;

use std::sync::Arc;

use datafusion_common::Spans;
use datafusion_expr::expr::{Exists, InSubquery};
use datafusion_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Subquery, lit, when};
use functions::coerce::comparison_type;
use functions::{Typed, cast};
use sql::{DataType, Expression, Relation};

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::planned::Planned;
use crate::scope::{Column, Scope};
use crate::subquery::decorrelate::outer_columns;
use crate::subquery::lift::{gives_one_row, is_correlated};

impl Analyser {
    /// The query, which may name columns of `scope`.
    fn inner_query(&self, query: &Relation, scope: &Scope<'_>) -> Result<Planned> {
        let around = std::iter::successors(Some(scope), |scope| scope.outer);
        crate::extent::check_subqueries(around.count())?;
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
        let mut plan = planned.plan;
        let name = format!("scalarsubquery({})", outer_names(&plan, scope));
        if !is_correlated(&plan) && !gives_one_row(&plan) {
            plan = self.single_row(plan, &column)?;
        }
        let is_of_run = self.is_of_run(&plan)?;
        let mut query = subquery(plan);
        if is_of_run {
            // DataFusion would compute it once, and not in each run. As a query of outer columns it becomes a join.
            query.outer_ref_columns.push(lit(true));
        }
        let expr = Expr::ScalarSubquery(query);
        Ok(Typed::new(expr, column.data_type, true, name))
    }

    /// `EXISTS (query)`.
    pub(crate) fn exists(&self, query: &Relation, scope: &Scope<'_>) -> Result<Typed> {
        let planned = self.inner_query(query, scope)?;
        let name = format!("exists({})", outer_names(&planned.plan, scope));
        if gives_one_row(&planned.plan) {
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
        unknown: Unknown,
    ) -> Result<Typed> {
        let (planned, extent) = self.measured(|| self.inner_query(query, scope))?;
        self.add_copy(extent)?;
        let names: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
        let listquery = format!("listquery({})", outer_names(&planned.plan, scope));
        let name = if names.len() == 1 {
            format!("({} IN ({listquery}))", names[0])
        } else {
            format!("(named_struct({}) IN ({listquery}))", names.join(", "))
        };
        if values.len() != planned.columns.len() {
            let quoted = |names: Vec<&str>| {
                let quoted = names.into_iter().map(|name| format!("\"{name}\""));
                quoted.collect::<Vec<_>>().join(", ")
            };
            let columns = planned.columns.iter();
            let columns = columns.map(|column| column.name.as_str()).collect();
            return Err(Error::analysis(
                "DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH",
                format!(
                    "Cannot resolve \"{name}\" due to data type mismatch: The number of columns in the left hand side of an \
                     IN subquery does not match the number of columns in the output of subquery. Left hand side columns(length: \
                     {}): [{}], right hand side columns(length: {}): [{}].",
                    values.len(),
                    quoted(names),
                    planned.columns.len(),
                    quoted(columns)
                ),
            ));
        }
        if gives_one_row(&planned.plan) && values.len() == 1 {
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
            right.push(cast(column.as_item(), &common, &self.settings, None)?);
        }
        let right = self.project(planned.plan, &right)?;
        let nullable = left.iter().any(|value| value.nullable)
            || right.columns.iter().any(|column| column.nullable);
        let has_unknown = nullable && unknown != Unknown::False;
        let is_in = match left.as_slice() {
            [value] => Expr::InSubquery(InSubquery::new(
                Box::new(value.expr.clone()),
                subquery(right.plan.clone()),
                false,
            )),
            _ => self.row_in(&left, &right, scope)?,
        };
        let mut expr = is_in;
        if has_unknown {
            let maybe = match left.as_slice() {
                [value] => maybe_in(value, &right)?,
                _ => vec![self.row_maybe_in(&left, &right, scope)?],
            };
            for _ in &maybe {
                self.add_copy(extent)?;
            }
            let maybe = maybe.into_iter().reduce(Expr::or).unwrap_or(lit(false));
            expr = match unknown {
                Unknown::Null => {
                    let null = Typed::null(DataType::Boolean).expr;
                    when(expr, lit(true))
                        .when(maybe, null)
                        .otherwise(lit(false))?
                }
                _ => expr.or(maybe),
            };
        }
        let nullable = has_unknown && unknown == Unknown::Null;
        Ok(Typed::new(expr, DataType::Boolean, nullable, name))
    }

    /// Whether a row is equal to `(a, b)`.
    fn row_in(&self, left: &[Typed], right: &Planned, scope: &Scope<'_>) -> Result<Expr> {
        let mut equal = lit(true);
        for (value, column) in left.iter().zip(&right.columns) {
            let outer = scope.as_outer(value.clone())?;
            equal = equal.and(self.call("==", vec![column.typed(""), outer])?.expr);
        }
        exists_where(&right.plan, equal)
    }

    /// Whether a row is equal to `(a, b)`, or may be because of NULLs.
    fn row_maybe_in(&self, left: &[Typed], right: &Planned, scope: &Scope<'_>) -> Result<Expr> {
        let mut maybe = lit(true);
        for (value, column) in left.iter().zip(&right.columns) {
            let outer = scope.as_outer(value.clone())?;
            let same = self.call("==", vec![column.typed(""), outer.clone()])?.expr;
            let unknown = column.expr().is_null().or(outer.expr.is_null());
            maybe = maybe.and(same.or(unknown));
        }
        exists_where(&right.plan, maybe)
    }

    /// One row: the value of the query, or NULL. More rows are an error when it runs.
    fn single_row(&self, plan: LogicalPlan, column: &Column) -> Result<LogicalPlan> {
        let mut first = self.call("first", vec![column.typed("")])?;
        first.nullable = true;
        let count = self.call("count", vec![Typed::int(1)])?;
        let one = self.aggregate(
            Planned::new(plan, Vec::new()),
            Vec::new(),
            vec![first, count],
        )?;
        let columns = one.columns.iter().map(|column| column.typed(""));
        let value = self.call("__single", columns.collect())?;
        Ok(self.project(one.plan, &[value])?.plan)
    }
}

/// What `x IN (query)` is where no row is equal to `x` and `x` or a row is NULL. Spark tells NULL from false only where it
/// evaluates a condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// NULL: within a condition.
    Null,
    /// False: `IN` that is a condition, or a value.
    #[default]
    False,
    /// True: the `IN` of a `NOT IN` that is a value.
    True,
}

/// Conditions of which one holds if the value or a row of the query is NULL, and the query has rows. Each has a copy of the
/// query.
fn maybe_in(value: &Typed, query: &Planned) -> Result<Vec<Expr>> {
    let mut maybe = Vec::new();
    if value.nullable {
        let exists = exists_where(&query.plan, lit(true))?;
        maybe.push(value.expr.clone().is_null().and(exists));
    }
    if let [column] = query.columns.as_slice()
        && column.nullable
    {
        maybe.push(exists_where(&query.plan, column.expr().is_null())?);
    }
    Ok(maybe)
}

/// Whether a row of the plan meets the condition.
fn exists_where(plan: &LogicalPlan, condition: Expr) -> Result<Expr> {
    let plan = LogicalPlanBuilder::from(plan.clone())
        .filter(condition)?
        .build()?;
    Ok(Expr::Exists(Exists::new(subquery(plan), false)))
}

/// A plan as DataFusion's subquery.
fn subquery(plan: LogicalPlan) -> Subquery {
    Subquery {
        outer_ref_columns: plan.all_out_ref_exprs(),
        subquery: Arc::new(plan),
        spans: Spans::new(),
    }
}

/// The names of the columns of `scope` that a query names, as Spark shows them.
fn outer_names(query: &LogicalPlan, scope: &Scope<'_>) -> String {
    let columns = outer_columns(query);
    let names = columns.iter().filter_map(|outer| {
        let mut all = scope.columns.iter().chain(&scope.hidden);
        let column = all.find(|column| column.engine_name() == outer.name)?;
        Some(column.name.as_str())
    });
    names.collect::<Vec<_>>().join(", ")
}
