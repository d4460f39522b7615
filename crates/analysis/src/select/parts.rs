//! The parts of a `SELECT`, computed step by step: sessions, aggregates, aliases and windows, generators, the output.

use std::collections::{HashMap, HashSet};

use datafusion_common::Column as EngineColumn;
use datafusion_expr::expr::Sort;
use datafusion_expr::{Expr, LogicalPlan};
use functions::Typed;

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::expression::window::SortKey;
use crate::expression::{has_aggregate, has_window};
use crate::planned::Planned;
use crate::relation::set_operation::check_no_map;
use crate::scope::Column;
use crate::select::aggregation::{Aggregation, outer_reference};
use crate::select::computed_columns::ComputedColumns;
use crate::select::grouping::Grouped;
use crate::select::lateral::{
    Lateral, check_window_and_having, laterals_in_subqueries, laterals_of, with_values,
};
use crate::select::order::check_sort_key;
use crate::select::select_list::Generated;
use crate::select::time_window::is_session_window;
use crate::subquery::lift::has_correlated_value;

/// The expressions of a `SELECT`, resolved.
pub(crate) struct Parts {
    pub items: Vec<Typed>,
    pub generated: Vec<Generated>,
    pub laterals: Vec<Lateral>,
    pub has_group_by: bool,
    /// The keys as columns of the result, where they are such.
    pub kept: Vec<Typed>,
    /// The keys of `GROUP BY`.
    pub grouped: Grouped,
    pub having: Option<Typed>,
    pub qualify: Option<Typed>,
    pub keys: Vec<SortKey>,
}

impl Parts {
    /// Whether the rows are aggregated.
    pub(crate) fn is_aggregated(&self) -> bool {
        let arrays = self.generated.iter().map(|generated| &generated.array);
        let keys = self.keys.iter().map(|key| &key.value);
        let mut all = self
            .items
            .iter()
            .chain(arrays)
            .chain(keys)
            .chain(&self.qualify);
        self.has_group_by || self.having.is_some() || all.any(|typed| has_aggregate(&typed.expr))
    }

    /// What is computed over the rows that are left by `HAVING`.
    fn values_mut(&mut self) -> impl Iterator<Item = &mut Typed> {
        let arrays = self.generated.iter_mut();
        let keys = self.keys.iter_mut();
        (self.items.iter_mut())
            .chain(&mut self.qualify)
            .chain(arrays.map(|generated| &mut generated.array))
            .chain(keys.map(|key| &mut key.value))
    }
}

impl Analyser {
    /// The windows of rows that are near each other, if a key is `session_window(..)`. The parts name their column then.
    fn merge_sessions(&self, parts: &mut Parts, plan: LogicalPlan) -> Result<LogicalPlan> {
        let keys = &parts.grouped.keys;
        let Some(at) = keys.iter().position(is_session_window) else {
            return Ok(plan);
        };
        let others = [&keys[..at], &keys[at + 1..]].concat();
        let (merged, session) = self.session(plan, &keys[at], &others)?;
        let replace = |typed: &mut Typed| -> Result<()> {
            typed.expr = session.replace(typed.expr.clone())?;
            Ok(())
        };
        parts.grouped.keys.iter_mut().try_for_each(replace)?;
        parts.kept.iter_mut().try_for_each(replace)?;
        parts.having.iter_mut().try_for_each(replace)?;
        parts.values_mut().try_for_each(replace)?;
        Ok(merged)
    }

    /// The aggregation of a `SELECT`, and its `HAVING`. The other parts name keys and aggregates then.
    pub(crate) fn aggregate_parts(
        &self,
        parts: &mut Parts,
        input: &[Column],
        plan: LogicalPlan,
    ) -> Result<LogicalPlan> {
        self.check_place(&plan)?;
        let plan = self.merge_sessions(parts, plan)?;
        let Grouped { keys, sets, .. } = std::mem::take(&mut parts.grouped);
        let aggregation = Aggregation::new(self, keys, sets, parts.has_group_by);
        let columns = parts
            .generated
            .iter()
            .flat_map(|generated| &generated.columns);
        let of_generator: Vec<Expr> = columns.map(Column::expr).collect();
        let is_generated = |item: &Typed| of_generator.contains(&item.expr);
        for item in &mut parts.items {
            if !is_generated(item) {
                let after = aggregation.after(item.clone());
                *item =
                    after.map_err(|error| check_grouped_subquery(item).err().unwrap_or(error))?;
                // An item that names another one is computed after the aggregation.
                if item.expr.contains_outer() && laterals_of(&item.expr).is_empty() {
                    return Err(outer_reference(&item.name));
                }
            }
            check_grouped_subquery(item)?;
        }
        // Beside keys and aggregates, these see the items only.
        let after = |typed: &Typed| {
            aggregation.after(typed.clone()).map_err(|error| {
                match error.condition() == "MISSING_AGGREGATION" {
                    true => aggregation.unresolved(typed, input, &parts.items),
                    false => error,
                }
            })
        };
        if let Some(condition) = &mut parts.having {
            *condition = after(condition)?;
        }
        if let Some(condition) = &mut parts.qualify {
            *condition = after(condition)?;
        }
        for key in &mut parts.keys {
            if !is_generated(&key.value) {
                key.value = after(&key.value)?;
                key.sort.expr = key.value.expr.clone();
            }
        }
        for generated in &mut parts.generated {
            generated.array = aggregation.after(generated.array.clone())?;
        }
        for key in &mut parts.kept {
            *key = aggregation.after(key.clone())?;
        }
        aggregation.build(plan)
    }

    /// What a `SELECT` computes below its items: aliases that others name, window functions, generators; and its `HAVING`.
    /// The parts name columns then.
    pub(crate) fn compute(&self, parts: &mut Parts, plan: LogicalPlan) -> Result<LogicalPlan> {
        if parts.having.is_some() && parts.items.iter().any(|item| has_window(&item.expr)) {
            check_window_and_having(&parts.items, &parts.laterals)?;
        }
        let mut columns = ComputedColumns::new(self);
        self.compute_aliases(parts, &mut columns)?;
        for typed in parts.values_mut() {
            columns.replace_windows(&mut typed.expr)?;
        }
        let mut plan = plan;
        if let Some(condition) = parts.having.take() {
            plan = columns.build_for([&condition.expr], plan)?;
            plan = self.filtered(plan, self.as_boolean(condition)?)?;
        }
        // A window is over the rows that the generator gives, unless the generator is over a window.
        let arrays = parts.generated.iter();
        plan = columns.build_for(arrays.map(|generated| &generated.array.expr), plan)?;
        let mut planned = Planned::new(plan, Vec::new());
        for row in &parts.generated {
            planned = self.generate_as(planned, &row.array, row.is_outer, &row.columns)?;
        }
        plan = columns.build(planned.plan)?;
        for key in &mut parts.keys {
            key.sort.expr = key.value.expr.clone();
        }
        Ok(plan)
    }

    /// Makes columns of the items that others name. A column and a literal are put in the places of their names.
    fn compute_aliases(&self, parts: &mut Parts, columns: &mut ComputedColumns<'_>) -> Result<()> {
        let mut named: HashSet<String> = HashSet::new();
        let mut in_subqueries: HashSet<String> = HashSet::new();
        let mut note = |expr: &Expr| {
            named.extend(laterals_of(expr));
            in_subqueries.extend(laterals_in_subqueries(expr));
        };
        for typed in parts.values_mut() {
            note(&typed.expr);
        }
        if let Some(having) = &parts.having {
            note(&having.expr);
        }
        if named.is_empty() {
            return Ok(());
        }
        let columns_of: HashMap<usize, EngineColumn> = std::mem::take(&mut parts.laterals)
            .into_iter()
            .filter(|lateral| named.contains(&lateral.column.name))
            .map(|lateral| (lateral.item, lateral.column))
            .collect();
        // An item names those before it only.
        let mut plain: HashMap<String, Expr> = HashMap::new();
        for (at, item) in parts.items.iter_mut().enumerate() {
            let value = with_values(std::mem::take(&mut item.expr), &plain)?;
            item.expr = match columns_of.get(&at) {
                None => value,
                // A subquery keeps the name.
                Some(column)
                    if matches!(value, Expr::Column(_) | Expr::Literal(..))
                        && !in_subqueries.contains(&column.name) =>
                {
                    plain.insert(column.name.clone(), value.clone());
                    value
                }
                Some(column) => {
                    columns.add(value, column.clone())?;
                    Expr::Column(column.clone())
                }
            };
        }
        for typed in parts.values_mut() {
            typed.expr = with_values(std::mem::take(&mut typed.expr), &plain)?;
        }
        if let Some(having) = &mut parts.having {
            having.expr = with_values(std::mem::take(&mut having.expr), &plain)?;
        }
        Ok(())
    }

    /// The columns of the result; those that only the sort needs are dropped again.
    pub(crate) fn output(
        &self,
        plan: LogicalPlan,
        items: Vec<Typed>,
        keys: Vec<SortKey>,
        is_distinct: bool,
    ) -> Result<Planned> {
        let visible = items.len();
        let mut values = items;
        let mut sorts: Vec<(usize, Sort)> = Vec::with_capacity(keys.len());
        for key in keys {
            let at = match values.iter().position(|value| value.expr == key.value.expr) {
                Some(at) => at,
                None => {
                    values.push(key.value);
                    values.len() - 1
                }
            };
            sorts.push((at, key.sort));
        }
        let mut planned = self.project(plan, &values)?;
        if is_distinct {
            check_no_map(&planned.columns)?;
            planned = planned.map(|plan| plan.distinct())?;
        }
        if !sorts.is_empty() {
            self.check_place(&planned.plan)?;
            let sorts = sorts.into_iter().map(|(at, sort)| Sort {
                expr: planned.columns[at].expr(),
                ..sort
            });
            let sorts = sorts.collect();
            planned = planned.sort(sorts)?;
        }
        planned.columns.truncate(visible);
        planned.visible()
    }
}

/// A scalar subquery of an aggregation that names outer columns must be a key, or within an aggregate.
fn check_grouped_subquery(item: &Typed) -> Result<()> {
    if !has_correlated_value(&item.expr) {
        return Ok(());
    }
    Err(Error::analysis(
        "SCALAR_SUBQUERY_IS_IN_GROUP_BY_OR_AGGREGATE_FUNCTION",
        format!(
            "The correlated scalar subquery '\"{}\"' is neither present in GROUP BY, nor in an aggregate function. Add it to \
             GROUP BY using ordinal position or wrap it in `first()` (or `first_value`) if you do not care which value you get.",
            item.name
        ),
    ))
}

/// Checks the keys of a sort that are no items of `SELECT`.
pub(crate) fn check_sort_keys(parts: &Parts) -> Result<()> {
    let is_item = |key: &SortKey| parts.items.iter().any(|item| item.expr == key.value.expr);
    let is_aggregated = parts.has_group_by
        || parts.having.is_some()
        || parts.items.iter().any(|item| has_aggregate(&item.expr));
    let mut others = parts.keys.iter().filter(|key| !is_item(key));
    others.try_for_each(|key| check_sort_key(key, is_aggregated))
}
