//! Correlated queries, decorrelated: they no longer refer to columns of the outer query.
//!
//! A row of such a query exists for certain values of the outer columns only. The decorrelated plan has these values as
//! columns of its own, its *keys*; a join with the outer rows by the keys takes the place of the subquery. Where the query
//! compares its columns with outer ones by `=`, these columns are the keys. Else the distinct values of the outer columns
//! are joined into the plan where it needs them.

use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_common::{Column as EngineColumn, ExprSchema, NullEquality, ScalarValue};
use datafusion_expr::utils::split_conjunction;
use datafusion_expr::{
    Aggregate, BinaryExpr, Expr, Join, JoinType, LogicalPlan, LogicalPlanBuilder, Operator,
    Projection, lit,
};

use crate::analyser::Analyser;
use crate::error::Result;
use crate::planned::{all_columns, projection};
use crate::scope::engine_name;
use crate::subquery::decorrelate_node::{aggregate_with, project_with, rejoin, unsupported};

/// A plan that names no outer column.
#[derive(Debug)]
pub(crate) struct Decorrelated {
    /// The plan, with its keys among its columns.
    pub plan: LogicalPlan,
    /// What must be equal for a row to belong to an outer row.
    pub keys: Vec<Key>,
    /// The values of the plan's columns where no row has the outer row's keys; none if there is no row then. An aggregate
    /// without groups has a row for no input: `count(*)` is 0.
    pub without_rows: Option<Vec<(EngineColumn, Expr)>>,
}

/// A pair that must be equal.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// An expression over the outer columns.
    pub outer: Expr,
    /// A column of the decorrelated plan.
    pub inner: EngineColumn,
    /// Whether NULL is equal to NULL.
    pub nulls: NullEquality,
}

impl Key {
    /// A pair in which NULL is equal to nothing.
    pub(crate) fn equal(outer: Expr, inner: EngineColumn) -> Key {
        Key {
            outer,
            inner,
            nulls: NullEquality::NullEqualsNothing,
        }
    }

    /// The column of the decorrelated plan.
    pub(crate) fn inner(&self) -> Expr {
        Expr::Column(self.inner.clone())
    }
}

/// The outer columns that a query names, and the plan that has them.
struct Outer<'a> {
    plan: &'a LogicalPlan,
    columns: Vec<EngineColumn>,
}

impl Outer<'_> {
    fn is_named_in(&self, expr: &Expr) -> bool {
        let names = |expr: &Expr| matches!(expr, Expr::OuterReferenceColumn(_, column) if self.columns.contains(column));
        expr.exists(|expr| Ok(names(expr))).unwrap_or(true)
    }

    fn is_named_by(&self, plan: &LogicalPlan) -> bool {
        plan.expressions().iter().any(|expr| self.is_named_in(expr))
    }

    fn is_named_within(&self, plan: &LogicalPlan) -> bool {
        self.is_named_by(plan)
            || plan
                .inputs()
                .iter()
                .any(|input| self.is_named_within(input))
    }
}

/// The columns of the query around that a plan names.
pub(crate) fn outer_columns(plan: &LogicalPlan) -> Vec<EngineColumn> {
    let mut columns: Vec<EngineColumn> = Vec::new();
    let named = plan
        .all_out_ref_exprs()
        .into_iter()
        .filter_map(|expr| match expr {
            Expr::OuterReferenceColumn(_, column) => Some(column),
            _ => None,
        });
    for column in named {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns
}

/// Puts `to` of each outer column in its place.
pub(crate) fn replace_outer(
    expr: Expr,
    mut to: impl FnMut(&Arc<Field>, &EngineColumn) -> Option<Expr>,
) -> datafusion_common::Result<Transformed<Expr>> {
    expr.transform(|expr| {
        Ok(match &expr {
            Expr::OuterReferenceColumn(field, column) => match to(field, column) {
                Some(other) => Transformed::yes(other),
                None => Transformed::no(expr),
            },
            _ => Transformed::no(expr),
        })
    })
}

impl Analyser {
    /// Decorrelates `query` from the rows of `outer`, whose columns it refers to.
    ///
    /// # Errors
    /// If the query has a part that cannot be.
    pub(crate) fn decorrelated(
        &self,
        outer: &LogicalPlan,
        query: &LogicalPlan,
    ) -> Result<Decorrelated> {
        let outer = Outer {
            plan: outer,
            columns: outer_columns(query),
        };
        if outer.columns.is_empty() {
            return Ok(Decorrelated {
                plan: query.clone(),
                keys: Vec::new(),
                without_rows: None,
            });
        }
        if let Some(pulled) = self.pull_up(query, &outer)? {
            return Ok(pulled);
        }
        self.decorrelated_by_values(&outer, query)
    }

    /// As [`Analyser::decorrelated`], but the plan has a row wherever the query has one.
    pub(crate) fn decorrelated_rows(
        &self,
        outer: &LogicalPlan,
        query: &LogicalPlan,
    ) -> Result<Decorrelated> {
        let decorrelated = self.decorrelated(outer, query)?;
        if decorrelated.without_rows.is_none() {
            return Ok(decorrelated);
        }
        let outer = Outer {
            plan: outer,
            columns: outer_columns(query),
        };
        self.decorrelated_by_values(&outer, query)
    }

    fn decorrelated_by_values(
        &self,
        outer: &Outer<'_>,
        query: &LogicalPlan,
    ) -> Result<Decorrelated> {
        let (plan, columns) = self.push_down(query, outer)?;
        let keys = outer.columns.iter().zip(columns).map(|(outer, inner)| Key {
            outer: Expr::Column(outer.clone()),
            inner,
            nulls: NullEquality::NullEqualsNull,
        });
        Ok(Decorrelated {
            plan,
            keys: keys.collect(),
            without_rows: None,
        })
    }

    fn new_column(&self) -> EngineColumn {
        EngineColumn::new_unqualified(engine_name(self.next_id()))
    }

    /// The plan with its comparisons `column = outer` taken out; none if outer columns are named in another way.
    fn pull_up(&self, plan: &LogicalPlan, outer: &Outer<'_>) -> Result<Option<Decorrelated>> {
        if !outer.is_named_within(plan) {
            return Ok(Some(Decorrelated {
                plan: plan.clone(),
                keys: Vec::new(),
                without_rows: None,
            }));
        }
        if outer.is_named_by(plan) && !matches!(plan, LogicalPlan::Filter(_)) {
            return Ok(None);
        }
        if let LogicalPlan::Join(join) = plan {
            return self.pull_up_join(join, outer);
        }
        let [input] = plan.inputs()[..] else {
            return Ok(None);
        };
        let Some(mut pulled) = self.pull_up(input, outer)? else {
            return Ok(None);
        };
        let is_projection = matches!(plan, LogicalPlan::Projection(_));
        if pulled.without_rows.is_some() && !is_projection {
            return Ok(None);
        }
        let keys: Vec<EngineColumn> = pulled.keys.iter().map(|key| key.inner.clone()).collect();
        match plan {
            LogicalPlan::Filter(filter) => {
                return self.pull_up_filter(&filter.predicate, pulled, outer);
            }
            LogicalPlan::Projection(projection) => {
                if let Some(values) = pulled.without_rows.take() {
                    pulled.without_rows = Some(projected(&projection.expr, &values)?);
                }
                pulled.plan = project_with(projection, pulled.plan, &keys)?;
            }
            LogicalPlan::Aggregate(aggregate) => {
                if aggregate.group_expr.is_empty() {
                    let Some(values) = empty_values(aggregate)? else {
                        return Ok(None);
                    };
                    pulled.without_rows = Some(values);
                }
                let Some(plan) = aggregate_with(aggregate, pulled.plan, &keys)? else {
                    return Ok(None);
                };
                pulled.plan = plan;
            }
            _ => match self.keep_keys(plan, pulled.plan, &keys)? {
                Some(plan) => pulled.plan = plan,
                None => return Ok(None),
            },
        }
        Ok(Some(pulled))
    }

    fn pull_up_join(&self, join: &Join, outer: &Outer<'_>) -> Result<Option<Decorrelated>> {
        let (left, mut right) = match (
            self.pull_up(&join.left, outer)?,
            self.pull_up(&join.right, outer)?,
        ) {
            (Some(left), Some(right)) => (left, right),
            _ => return Ok(None),
        };
        let only_left = right.keys.is_empty();
        let is_kept = match join.join_type {
            JoinType::Inner => true,
            JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti => only_left,
            _ => false,
        };
        if !is_kept || left.without_rows.is_some() || right.without_rows.is_some() {
            return Ok(None);
        }
        // Both sides may be the same table of `WITH`, with the same keys.
        let is_shared = |key: &Key| left.keys.iter().any(|other| other.inner == key.inner);
        if right.keys.iter().any(is_shared) {
            let is_old = |expr: &Expr| right.keys.iter().any(|key| key.inner() == *expr);
            let mut exprs = all_columns(&right.plan);
            exprs.retain(|expr| !is_old(expr));
            exprs.extend(self.rename_keys(&mut right));
            right.plan = projection(right.plan, exprs)?;
        }
        Ok(Some(Decorrelated {
            plan: rejoin(join, left.plan, right.plan, Vec::new(), Ok)?,
            keys: [left.keys, right.keys].concat(),
            without_rows: None,
        }))
    }

    fn pull_up_filter(
        &self,
        predicate: &Expr,
        mut pulled: Decorrelated,
        outer: &Outer<'_>,
    ) -> Result<Option<Decorrelated>> {
        let mut kept: Option<Expr> = None;
        let mut computed: Vec<(Expr, EngineColumn)> = Vec::new();
        for part in split_conjunction(predicate) {
            if !outer.is_named_in(part) {
                kept = Some(match kept {
                    Some(before) => before.and(part.clone()),
                    None => part.clone(),
                });
                continue;
            }
            let Some((own, outer_side)) = equality(part, outer) else {
                return Ok(None);
            };
            let outer_side = replace_outer(outer_side, |_, column| {
                outer
                    .columns
                    .contains(column)
                    .then(|| Expr::Column(column.clone()))
            })?;
            let key = match own {
                Expr::Column(column) => column,
                other => {
                    let column = self.new_column();
                    computed.push((other, column.clone()));
                    column
                }
            };
            pulled.keys.push(Key::equal(outer_side.data, key));
        }
        let mut builder = LogicalPlanBuilder::from(pulled.plan);
        if let Some(kept) = kept {
            builder = builder.filter(kept)?;
        }
        pulled.plan = builder.build()?;
        if !computed.is_empty() {
            let mut exprs = all_columns(&pulled.plan);
            exprs.extend(
                computed
                    .into_iter()
                    .map(|(expr, column)| expr.alias(column.name)),
            );
            pulled.plan = projection(pulled.plan, exprs)?;
        }
        Ok(Some(pulled))
    }

    /// The plan over another input, which has the columns of the outer values too. Returns the plan and these columns.
    fn push_down(
        &self,
        plan: &LogicalPlan,
        outer: &Outer<'_>,
    ) -> Result<(LogicalPlan, Vec<EngineColumn>)> {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.push_down_kind(plan, outer))
    }

    fn push_down_kind(
        &self,
        plan: &LogicalPlan,
        outer: &Outer<'_>,
    ) -> Result<(LogicalPlan, Vec<EngineColumn>)> {
        if !outer.is_named_within(plan) {
            let (values, columns) = self.outer_values(outer)?;
            let is_one_row = matches!(plan, LogicalPlan::EmptyRelation(empty) if empty.produce_one_row
                && empty.schema.fields().is_empty());
            if is_one_row {
                return Ok((values, columns));
            }
            let crossed = LogicalPlanBuilder::from(values)
                .cross_join(plan.clone())?
                .build()?;
            return Ok((crossed, columns));
        }
        match plan {
            LogicalPlan::Join(join) => return self.push_down_join(join, outer),
            LogicalPlan::Union(union) => return self.push_down_union(union, outer),
            _ => {}
        }
        let [input] = plan.inputs()[..] else {
            return Err(unsupported());
        };
        let (input, columns) = self.push_down(input, outer)?;
        let bind = |expr: Expr| bound(expr, outer, &columns);
        let pushed = match plan {
            LogicalPlan::Filter(filter) => {
                let predicate = bind(filter.predicate.clone())?;
                LogicalPlanBuilder::from(input).filter(predicate)?.build()?
            }
            LogicalPlan::Projection(projection) => {
                let exprs = projection.expr.iter().cloned().map(bind);
                let exprs = exprs.collect::<Result<Vec<_>>>()?;
                let projection = Projection::try_new(exprs, Arc::new(input.clone()))?;
                project_with(&projection, input, &columns)?
            }
            LogicalPlan::Aggregate(aggregate) => {
                if outer.is_named_by(plan) {
                    return Err(unsupported());
                }
                if aggregate.group_expr.is_empty() {
                    return self.push_down_total(aggregate, input, &columns, outer);
                }
                aggregate_with(aggregate, input, &columns)?.ok_or_else(unsupported)?
            }
            _ if outer.is_named_by(plan) => return Err(unsupported()),
            _ => self
                .keep_keys(plan, input, &columns)?
                .ok_or_else(unsupported)?,
        };
        Ok((pushed, columns))
    }

    /// An aggregate without groups: it has a row for outer values without input.
    fn push_down_total(
        &self,
        aggregate: &Aggregate,
        input: LogicalPlan,
        columns: &[EngineColumn],
        outer: &Outer<'_>,
    ) -> Result<(LogicalPlan, Vec<EngineColumn>)> {
        let marker = self.new_column();
        let mut exprs = all_columns(&input);
        exprs.push(lit(true).alias(&marker.name));
        let marked = projection(input, exprs)?;
        let (values, all) = self.outer_values(outer)?;
        let keys = (all.clone(), columns.to_vec());
        let joined = LogicalPlanBuilder::from(values)
            .join_detailed(
                marked,
                JoinType::Left,
                keys,
                None,
                NullEquality::NullEqualsNull,
            )?
            .build()?;
        let is_row = Expr::Column(marker).is_not_null();
        let filtered = aggregate.aggr_expr.iter().cloned().map(|expr| {
            let filtered = expr.transform(|expr| {
                Ok(match expr {
                    Expr::AggregateFunction(mut call) => {
                        call.params.filter = Some(Box::new(match call.params.filter.take() {
                            Some(filter) => is_row.clone().and(*filter),
                            None => is_row.clone(),
                        }));
                        Transformed::yes(Expr::AggregateFunction(call))
                    }
                    other => Transformed::no(other),
                })
            })?;
            Ok(filtered.data)
        });
        let filtered = filtered.collect::<Result<Vec<_>>>()?;
        let groups = all.iter().cloned().map(Expr::Column).collect();
        let plan = Aggregate::try_new(Arc::new(joined), groups, filtered)?;
        Ok((LogicalPlan::Aggregate(plan), all))
    }

    fn push_down_join(
        &self,
        join: &Join,
        outer: &Outer<'_>,
    ) -> Result<(LogicalPlan, Vec<EngineColumn>)> {
        let in_left = outer.is_named_within(&join.left);
        let in_right = outer.is_named_within(&join.right);
        let only_right = in_right && !in_left;
        let keeps_left = matches!(
            join.join_type,
            JoinType::Inner | JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti
        );
        let keeps_right = matches!(join.join_type, JoinType::Inner | JoinType::Right);
        if keeps_right && only_right {
            let (right, columns) = self.push_down(&join.right, outer)?;
            let bind = |expr| bound(expr, outer, &columns);
            let left = join.left.as_ref().clone();
            return Ok((rejoin(join, left, right, Vec::new(), bind)?, columns));
        }
        if !keeps_left {
            return Err(unsupported());
        }
        let (left, columns) = self.push_down(&join.left, outer)?;
        let bind = |expr| bound(expr, outer, &columns);
        if !in_right {
            let right = join.right.as_ref().clone();
            return Ok((rejoin(join, left, right, Vec::new(), bind)?, columns));
        }
        let (right, right_columns) = self.push_down(&join.right, outer)?;
        let pairs = columns.iter().cloned().zip(right_columns).collect();
        Ok((rejoin(join, left, right, pairs, bind)?, columns))
    }

    fn push_down_union(
        &self,
        union: &datafusion_expr::Union,
        outer: &Outer<'_>,
    ) -> Result<(LogicalPlan, Vec<EngineColumn>)> {
        let columns: Vec<EngineColumn> = outer.columns.iter().map(|_| self.new_column()).collect();
        let mut united: Option<LogicalPlan> = None;
        for input in &union.inputs {
            let (pushed, own) = self.push_down(input, outer)?;
            let mut exprs = all_columns(&pushed);
            exprs.retain(|expr| !matches!(expr, Expr::Column(column) if own.contains(column)));
            for (from, to) in own.into_iter().zip(&columns) {
                exprs.push(Expr::Column(from).alias(&to.name));
            }
            let pushed = projection(pushed, exprs)?;
            united = Some(match united {
                None => pushed,
                Some(before) => LogicalPlanBuilder::from(before).union(pushed)?.build()?,
            });
        }
        let Some(united) = united else {
            return Err(unsupported());
        };
        Ok((united, columns))
    }

    /// The distinct values of the outer columns, under new names.
    fn outer_values(&self, outer: &Outer<'_>) -> Result<(LogicalPlan, Vec<EngineColumn>)> {
        let columns: Vec<EngineColumn> = outer.columns.iter().map(|_| self.new_column()).collect();
        let exprs = outer.columns.iter().zip(&columns);
        let exprs = exprs.map(|(from, to)| Expr::Column(from.clone()).alias(&to.name));
        let plan = LogicalPlanBuilder::from(outer.plan.clone())
            .project(exprs.collect::<Vec<_>>())?
            .distinct()?
            .build()?;
        Ok((plan, columns))
    }
}

/// The values of an aggregate without groups where there is no input; none if a function's is not known here.
fn empty_values(aggregate: &Aggregate) -> Result<Option<Vec<(EngineColumn, Expr)>>> {
    let mut values = Vec::with_capacity(aggregate.aggr_expr.len());
    for (expr, column) in aggregate.aggr_expr.iter().zip(aggregate.schema.columns()) {
        let inner = match expr {
            Expr::Alias(alias) => alias.expr.as_ref(),
            other => other,
        };
        let Expr::AggregateFunction(call) = inner else {
            return Ok(None);
        };
        let data_type = aggregate.schema.field_from_column(&column)?.data_type();
        let value = match call.func.name() {
            "count" | "count_if" | "regr_count" | "approx_count_distinct" => {
                ScalarValue::Int64(Some(0)).cast_to(data_type)?
            }
            name if name.starts_with("collect_")
                || name.starts_with("array_")
                || name.starts_with("bitmap_") =>
            {
                return Ok(None);
            }
            _ => ScalarValue::try_from(data_type)?,
        };
        values.push((column, lit(value)));
    }
    Ok(Some(values))
}

/// The values of expressions over columns with these values.
fn projected(exprs: &[Expr], values: &[(EngineColumn, Expr)]) -> Result<Vec<(EngineColumn, Expr)>> {
    let mut projected = Vec::with_capacity(exprs.len());
    for expr in exprs {
        let name = EngineColumn::new_unqualified(expr.schema_name().to_string());
        let value = expr.clone().unalias().transform(|expr| {
            let known = match &expr {
                Expr::Column(column) => values.iter().find(|(known, _)| known == column),
                _ => None,
            };
            Ok(match known {
                Some((_, value)) => Transformed::yes(value.clone()),
                None => Transformed::no(expr),
            })
        })?;
        projected.push((name, value.data));
    }
    Ok(projected)
}

/// An expression with columns in the places of the outer ones.
fn bound(expr: Expr, outer: &Outer<'_>, columns: &[EngineColumn]) -> Result<Expr> {
    let bound = replace_outer(expr, |_, column| {
        let at = outer.columns.iter().position(|known| known == column)?;
        columns.get(at).cloned().map(Expr::Column)
    })?;
    Ok(bound.data)
}

/// The two sides of a comparison of an expression over own columns with one over outer columns.
fn equality(expr: &Expr, outer: &Outer<'_>) -> Option<(Expr, Expr)> {
    let Expr::BinaryExpr(BinaryExpr {
        left,
        op: Operator::Eq,
        right,
    }) = expr
    else {
        return None;
    };
    let is_outer = |expr: &Expr| outer.is_named_in(expr) && expr.column_refs().is_empty();
    if is_outer(left) && !outer.is_named_in(right) {
        Some((right.as_ref().clone(), left.as_ref().clone()))
    } else if is_outer(right) && !outer.is_named_in(left) {
        Some((left.as_ref().clone(), right.as_ref().clone()))
    } else {
        None
    }
}
