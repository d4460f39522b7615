//! Subqueries in expressions, lifted out into joins.
//!
//! DataFusion computes a scalar subquery that names no outer column. Everything else becomes a join below the expression:
//! a semi or anti join for a condition of `WHERE`, else a left join whose columns the expression names.

use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_common::{Column as EngineColumn, ExprSchema, NullEquality};
use datafusion_expr::expr::{BinaryExpr, Exists, InSubquery};
use datafusion_expr::utils::split_conjunction_owned;
use datafusion_expr::{Expr, JoinType, LogicalPlan, LogicalPlanBuilder, Operator, lit, when};
use functions::Typed;
use sql::DataType;

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::planned::{all_columns, projection};
use crate::scope::engine_name;
use crate::subquery::decorrelate::{Decorrelated, Key, outer_columns, replace_outer};

impl Analyser {
    /// The rows of `plan` for which `condition` holds.
    pub(crate) fn filtered(&self, plan: LogicalPlan, condition: Expr) -> Result<LogicalPlan> {
        if !has_subquery(&condition) {
            return Ok(LogicalPlanBuilder::from(plan).filter(condition)?.build()?);
        }
        let columns = all_columns(&plan);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut semi_joins = Vec::new();
        for part in split_conjunction_owned(condition) {
            match SemiJoin::of(&part) {
                _ if !has_subquery(&part) => before.push(part),
                Some(semi_join) => semi_joins.push(semi_join),
                None => after.push(part),
            }
        }
        let mut plan = plan;
        if let Some(condition) = before.into_iter().reduce(Expr::and) {
            plan = LogicalPlanBuilder::from(plan).filter(condition)?.build()?;
        }
        for semi_join in semi_joins {
            plan = self.semi_join(plan, semi_join)?;
        }
        if let Some(mut condition) = after.into_iter().reduce(Expr::and) {
            plan = self.lift(plan, [&mut condition])?;
            plan = LogicalPlanBuilder::from(plan).filter(condition)?.build()?;
        }
        projection(plan, columns)
    }

    /// Puts columns in the places of subqueries. The plan that is returned has these columns, after those of `plan`.
    pub(crate) fn lift<'e>(
        &self,
        plan: LogicalPlan,
        exprs: impl IntoIterator<Item = &'e mut Expr>,
    ) -> Result<LogicalPlan> {
        let mut plan = plan;
        let mut known: Vec<(Expr, Expr)> = Vec::new();
        for expr in exprs {
            if !has_subquery(expr) {
                continue;
            }
            let mut lifted = std::mem::take(&mut plan);
            let replaced = std::mem::take(expr).transform_down(|expr| {
                if let Some((_, column)) = known.iter().find(|(known, _)| *known == expr) {
                    return Ok(Transformed::new(
                        column.clone(),
                        true,
                        TreeNodeRecursion::Jump,
                    ));
                }
                let value = match &expr {
                    Expr::ScalarSubquery(query) if !query.outer_ref_columns.is_empty() => {
                        self.value_column(&mut lifted, &query.subquery)?
                    }
                    Expr::Exists(Exists { subquery, negated }) => {
                        let exists = self.exists_column(&mut lifted, &subquery.subquery)?;
                        match negated {
                            true => exists.is_null(),
                            false => exists.is_not_null(),
                        }
                    }
                    Expr::InSubquery(in_query) => {
                        let exists = self.in_column(&mut lifted, in_query)?;
                        match in_query.negated {
                            true => exists.is_null(),
                            false => exists.is_not_null(),
                        }
                    }
                    _ => return Ok(Transformed::no(expr)),
                };
                known.push((expr, value.clone()));
                Ok(Transformed::new(value, true, TreeNodeRecursion::Jump))
            })?;
            plan = lifted;
            *expr = replaced.data;
        }
        Ok(plan)
    }

    fn semi_join(&self, plan: LogicalPlan, semi_join: SemiJoin) -> Result<LogicalPlan> {
        if let Some((rows, condition)) = semi_join.compared_rows(&plan)? {
            let builder = LogicalPlanBuilder::from(plan);
            return Ok(builder.join_on(rows, semi_join.kind, condition)?.build()?);
        }
        let mut decorrelated = self.decorrelated_rows(&plan, &semi_join.query)?;
        if let Some((value, column)) = semi_join.value {
            decorrelated.keys.push(Key::equal(value, column));
        }
        let keys = self.rename_keys(&mut decorrelated);
        decorrelated.plan = projection(decorrelated.plan, keys)?;
        self.join_by_keys(plan, semi_join.kind, decorrelated, None)
    }

    /// A column that is not NULL where the query has a row.
    fn exists_column(&self, plan: &mut LogicalPlan, query: &LogicalPlan) -> Result<Expr> {
        let decorrelated = self.decorrelated_rows(plan, query)?;
        self.marker(plan, decorrelated)
    }

    fn in_column(&self, plan: &mut LogicalPlan, in_query: &InSubquery) -> Result<Expr> {
        let query = &in_query.subquery.subquery;
        let column = query.schema().columns().swap_remove(0);
        let mut decorrelated = self.decorrelated_rows(plan, query)?;
        let value = in_query.expr.as_ref().clone();
        decorrelated.keys.push(Key::equal(value, column));
        self.marker(plan, decorrelated)
    }

    /// Joins a column that is not NULL where `decorrelated` has a row.
    fn marker(&self, plan: &mut LogicalPlan, mut decorrelated: Decorrelated) -> Result<Expr> {
        let name = engine_name(self.next_id());
        let keys = self.rename_keys(&mut decorrelated);
        let mut builder = LogicalPlanBuilder::from(decorrelated.plan);
        builder = match keys.is_empty() {
            true => builder.limit(0, Some(1))?,
            false => builder.project(keys)?.distinct()?,
        };
        let mut exprs: Vec<Expr> = decorrelated.keys.iter().map(Key::inner).collect();
        exprs.push(lit(true).alias(&name));
        decorrelated.plan = builder.project(exprs)?.build()?;
        *plan = self.join_by_keys(std::mem::take(plan), JoinType::Left, decorrelated, None)?;
        Ok(Expr::Column(EngineColumn::new_unqualified(name)))
    }

    /// Joins the one value of the query.
    fn value_column(&self, plan: &mut LogicalPlan, query: &LogicalPlan) -> Result<Expr> {
        if let Some(value) = value_of_one_row(query) {
            return Ok(value);
        }
        let column = query.schema().columns().swap_remove(0);
        let data_type = {
            let field = query.schema().field_from_column(&column)?;
            values::types::field_type(field).unwrap_or(DataType::Void)
        };
        let mut decorrelated = self.decorrelated(plan, query)?;
        let without_rows = decorrelated.without_rows.take().and_then(|values| {
            let found = values.into_iter().find(|(known, _)| *known == column);
            found.map(|(_, value)| value)
        });
        let keys = self.rename_keys(&mut decorrelated);
        let name = engine_name(self.next_id());
        let value = Typed::new(Expr::Column(column), data_type, true, "");
        let renamed = Expr::Column(EngineColumn::new_unqualified(&name));
        let mut exprs = keys;
        exprs.push(value.expr.clone().alias(&name));
        let builder = LogicalPlanBuilder::from(decorrelated.plan.clone()).project(exprs)?;
        let value = match (without_rows, decorrelated.keys.first()) {
            (Some(otherwise), Some(key)) => {
                decorrelated.plan = builder.build()?;
                when(key.inner().is_null(), otherwise).otherwise(renamed)?
            }
            _ if gives_one_row(query) => {
                decorrelated.plan = builder.build()?;
                renamed
            }
            _ => {
                let value = Typed {
                    expr: renamed,
                    ..value
                };
                self.checked_value(&mut decorrelated, builder, value)?
            }
        };
        *plan = self.join_by_keys(std::mem::take(plan), JoinType::Left, decorrelated, None)?;
        Ok(value)
    }

    /// One row for each value of the keys, and the value of it, which fails where there were more rows.
    fn checked_value(
        &self,
        decorrelated: &mut Decorrelated,
        rows: LogicalPlanBuilder,
        value: Typed,
    ) -> Result<Expr> {
        let keys: Vec<Expr> = decorrelated.keys.iter().map(Key::inner).collect();
        let data_type = value.data_type.clone();
        let (value_name, count_name) = (engine_name(self.next_id()), engine_name(self.next_id()));
        let first = self.call("first", vec![value])?.expr.alias(&value_name);
        let count = self
            .call("count", vec![Typed::int(1)])?
            .expr
            .alias(&count_name);
        decorrelated.plan = rows.aggregate(keys, [first, count])?.build()?;
        let column = |name| Expr::Column(EngineColumn::new_unqualified(name));
        let value = Typed::new(column(value_name), data_type, true, "");
        let count = Typed::new(column(count_name), DataType::Long, true, "");
        Ok(self.call("__single", vec![value, count])?.expr)
    }

    /// Gives the keys new names: a query can be joined to the same plan twice. Returns the columns under their new names.
    pub(crate) fn rename_keys(&self, decorrelated: &mut Decorrelated) -> Vec<Expr> {
        let keys = decorrelated.keys.iter_mut();
        let renamed = keys.map(|key| {
            let name = engine_name(self.next_id());
            let column = key.inner().alias(&name);
            key.inner = EngineColumn::new_unqualified(name);
            column
        });
        renamed.collect()
    }

    /// Joins a decorrelated plan to the rows whose columns its keys are equal to.
    pub(crate) fn join_by_keys(
        &self,
        plan: LogicalPlan,
        kind: JoinType,
        decorrelated: Decorrelated,
        condition: Option<Expr>,
    ) -> Result<LogicalPlan> {
        let is_null_equal = |key: &Key| key.nulls == NullEquality::NullEqualsNull;
        let (null_equal, equal): (Vec<Key>, Vec<Key>) =
            decorrelated.keys.into_iter().partition(is_null_equal);
        let has_null_equal = !null_equal.is_empty();
        let mut keys = (Vec::new(), Vec::new());
        for key in null_equal {
            let Expr::Column(outer) = key.outer else {
                return Err(Error::internal("a key that is equal for NULL is a column"));
            };
            keys.0.push(outer);
            keys.1.push(key.inner);
        }
        let equal = equal.into_iter().map(|key| {
            let inner = key.inner();
            key.outer.eq(inner)
        });
        let mut condition = equal.chain(condition).reduce(Expr::and);
        let mut nulls = NullEquality::NullEqualsNothing;
        if has_null_equal {
            nulls = NullEquality::NullEqualsNull;
            condition = condition.map(own_condition);
        }
        let builder = LogicalPlanBuilder::from(plan);
        if keys.0.is_empty() && condition.is_none() {
            return Ok(match kind {
                JoinType::Inner => builder.cross_join(decorrelated.plan)?,
                kind => builder.join_on(decorrelated.plan, kind, [lit(true)])?,
            }
            .build()?);
        }
        Ok(builder
            .join_detailed(decorrelated.plan, kind, keys, condition, nulls)?
            .build()?)
    }
}

/// A condition that DataFusion must not make keys of: in keys of this join NULL is equal to NULL.
pub(crate) fn own_condition(condition: Expr) -> Expr {
    Expr::IsTrue(Box::new(condition))
}

/// A condition that a semi or anti join decides.
struct SemiJoin {
    query: LogicalPlan,
    kind: JoinType,
    /// The value of `value IN (query)`, and the query's column.
    value: Option<(Expr, EngineColumn)>,
}

impl SemiJoin {
    /// The condition that a part of `WHERE` is, if it is one.
    fn of(part: &Expr) -> Option<SemiJoin> {
        let (expr, is_negated) = match part {
            Expr::Not(inner) => (inner.as_ref(), true),
            other => (other, false),
        };
        let kind = |negated: bool| match negated != is_negated {
            true => JoinType::LeftAnti,
            false => JoinType::LeftSemi,
        };
        match expr {
            Expr::Exists(Exists { subquery, negated }) => {
                let has_keys = !subquery.outer_ref_columns.is_empty();
                has_keys.then(|| SemiJoin {
                    query: subquery.subquery.as_ref().clone(),
                    kind: kind(*negated),
                    value: None,
                })
            }
            Expr::InSubquery(InSubquery {
                expr,
                subquery,
                negated,
            }) if !has_subquery(expr) => {
                let query = subquery.subquery.as_ref().clone();
                let column = query.schema().columns().swap_remove(0);
                Some(SemiJoin {
                    query,
                    kind: kind(*negated),
                    value: Some((expr.as_ref().clone(), column)),
                })
            }
            _ => None,
        }
    }

    /// The rows of an `EXISTS` before its filter, and the filter as the condition of a join with `outer`. None if something
    /// below the filter names outer columns, and if the filter only compares by `=`: then the join has keys.
    fn compared_rows(&self, outer: &LogicalPlan) -> Result<Option<(LogicalPlan, Vec<Expr>)>> {
        let mut query = &self.query;
        while let LogicalPlan::Projection(projection) = query {
            query = projection.input.as_ref();
        }
        let LogicalPlan::Filter(filter) = query else {
            return Ok(None);
        };
        let parts = split_conjunction_owned(filter.predicate.clone());
        let is_by_keys = |part: &Expr| !part.contains_outer() || is_equality(part);
        let is_known = |column: &EngineColumn| outer.schema().has_column(column);
        if self.value.is_some()
            || has_subquery(&filter.predicate)
            || is_correlated(&filter.input)
            || parts.iter().all(is_by_keys)
            || !outer_columns(query).iter().all(is_known)
        {
            return Ok(None);
        }
        let condition = parts.into_iter().map(|part| {
            let part = replace_outer(part, |_, column| Some(Expr::Column(column.clone())))?;
            Ok(part.data)
        });
        let rows = filter.input.as_ref().clone();
        Ok(Some((rows, condition.collect::<Result<_>>()?)))
    }
}

fn is_equality(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::BinaryExpr(BinaryExpr {
            op: Operator::Eq,
            ..
        })
    )
}

/// The value of a query without input; outer columns are columns in it.
fn value_of_one_row(query: &LogicalPlan) -> Option<Expr> {
    let LogicalPlan::Projection(projection) = query else {
        return None;
    };
    let LogicalPlan::EmptyRelation(empty) = projection.input.as_ref() else {
        return None;
    };
    let [value] = projection.expr.as_slice() else {
        return None;
    };
    if !empty.produce_one_row || has_subquery(value) {
        return None;
    }
    let value = replace_outer(value.clone().unalias(), |_, column| {
        Some(Expr::Column(column.clone()))
    });
    value.ok().map(|value| value.data)
}

/// Whether a query has one row, whatever its input.
pub(crate) fn gives_one_row(query: &LogicalPlan) -> bool {
    match query {
        LogicalPlan::Projection(projection) => gives_one_row(&projection.input),
        LogicalPlan::Sort(sort) => gives_one_row(&sort.input),
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        LogicalPlan::EmptyRelation(empty) => empty.produce_one_row,
        _ => false,
    }
}

/// Whether an expression has a subquery that must be lifted out of it.
pub(crate) fn has_subquery(expr: &Expr) -> bool {
    let found = expr.exists(|expr| {
        Ok(match expr {
            Expr::Exists(_) | Expr::InSubquery(_) => true,
            Expr::ScalarSubquery(query) => !query.outer_ref_columns.is_empty(),
            _ => false,
        })
    });
    found.unwrap_or(true)
}

/// Whether a query names outer columns.
pub(crate) fn is_correlated(query: &LogicalPlan) -> bool {
    !outer_columns(query).is_empty()
}

/// Whether an expression has a scalar subquery that names outer columns.
pub(crate) fn has_correlated_value(expr: &Expr) -> bool {
    let found = expr.exists(|expr| {
        Ok(matches!(expr, Expr::ScalarSubquery(query) if !query.outer_ref_columns.is_empty()))
    });
    found.unwrap_or(true)
}
