//! A query block: `SELECT`, with what groups, filters, deduplicates and sorts its rows.

use datafusion_expr::expr::Sort;
use datafusion_expr::{Expr, LogicalPlan};
use functions::Typed;
use sql::{Expression, ExpressionKind, GroupingKind, Hint, Relation, RelationKind, SortOrder};

use crate::aggregation::Aggregation;
use crate::analyser::Analyser;
use crate::condition::window_not_allowed;
use crate::environment::Environment;
use crate::error::{Error, Result, not_supported};
use crate::expression::{has_aggregate, has_window};
use crate::grouping::Grouped;
use crate::lift::has_correlated_value;
use crate::order::check_sort_key;
use crate::pipe::PipeClause;
use crate::planned::Planned;
use crate::scope::{Column, Scope};
use crate::select_list::Generated;
use crate::session_window::{is_session_window, time_window};
use crate::set_operation::check_no_map;
use crate::subquery::Unknown;
use crate::window::SortKey;
use crate::window_columns::WindowColumns;

/// The parts of a block, from the outside in.
pub(crate) struct Block<'r> {
    pub order: Option<&'r [SortOrder]>,
    /// The keys of `DISTRIBUTE BY`. They have no effect: a relation has one partition.
    pub distribute: Option<&'r [Expression]>,
    is_distinct: bool,
    qualify: Option<&'r Expression>,
    having: Option<&'r Expression>,
    hints: Vec<&'r Hint>,
    /// The pipe operator that this is, if it is one.
    pub pipe: Option<PipeClause>,
    pub environment: Environment,
    core: &'r Relation,
}

impl<'r> Block<'r> {
    pub(crate) fn of(relation: &'r Relation, environment: &Environment) -> Block<'r> {
        let mut block = Block {
            order: None,
            distribute: None,
            is_distinct: false,
            qualify: None,
            having: None,
            hints: Vec::new(),
            pipe: None,
            environment: environment.clone(),
            core: relation,
        };
        loop {
            // A part belongs to the block as long as the parts around it may.
            let is_outermost =
                !block.is_distinct && block.qualify.is_none() && block.having.is_none();
            match &block.core.kind {
                RelationKind::Sort { input, order, .. }
                    if is_outermost && block.order.is_none() =>
                {
                    block.order = Some(order);
                    block.core = input;
                }
                RelationKind::Repartition { input, by } if is_outermost => {
                    block.distribute = Some(by);
                    block.core = input;
                }
                RelationKind::WithWindows { input, windows } => {
                    block.environment = block.environment.with_windows(windows);
                    block.core = input;
                }
                RelationKind::Hints { input, hints } => {
                    block.hints.extend(hints);
                    block.core = input;
                }
                RelationKind::Distinct(input) if is_outermost => {
                    block.is_distinct = true;
                    block.core = input;
                }
                RelationKind::Qualify { input, condition }
                    if block.having.is_none() && block.qualify.is_none() =>
                {
                    block.qualify = Some(condition);
                    block.core = input;
                }
                RelationKind::Having { input, condition } if block.having.is_none() => {
                    block.having = Some(condition);
                    block.core = input;
                }
                _ => return block,
            }
        }
    }
}

/// The expressions of a `SELECT`, resolved.
struct Parts {
    items: Vec<Typed>,
    generated: Vec<Generated>,
    has_group_by: bool,
    /// The keys as columns of the result, where they are such.
    kept: Vec<Typed>,
    /// The keys of `GROUP BY`.
    grouped: Grouped,
    having: Option<Typed>,
    qualify: Option<Typed>,
    keys: Vec<SortKey>,
}

impl Parts {
    /// Whether the rows are aggregated.
    fn is_aggregated(&self) -> bool {
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
}

impl Analyser {
    /// Analyses a query block.
    pub(crate) fn block(&self, block: &Block<'_>, outer: Option<&Scope<'_>>) -> Result<Planned> {
        let (input, expressions, group_by) = match &block.core.kind {
            RelationKind::Project { input, expressions } => (input, expressions, None),
            RelationKind::Aggregate {
                input,
                grouping,
                kind,
                expressions,
                keeps_grouping,
            } => {
                let group_by = GroupBy {
                    grouping,
                    kind,
                    keeps_grouping: *keeps_grouping,
                };
                (input, expressions, Some(group_by))
            }
            _ => return self.organized(block, outer),
        };
        let input = self.relation(input, &block.environment, outer)?;
        let planned = self.select(block, input, expressions, group_by, outer)?;
        let scope = self.scope(&planned, &block.environment, outer);
        self.check_hints(block.hints.iter().copied(), &scope)?;
        match block.is_distinct {
            // What sorts distinct rows sees these rows only.
            true => self.arranged(planned, block, outer),
            false => Ok(planned),
        }
    }

    /// What sorts and deduplicates the rows of another relation than a `SELECT`.
    fn organized(&self, block: &Block<'_>, outer: Option<&Scope<'_>>) -> Result<Planned> {
        let mut planned = self.relation(block.core, &block.environment, outer)?;
        if let Some(condition) = block.having.or(block.qualify) {
            let scope = self.scope(&planned, &block.environment, outer);
            let condition = self.condition(condition, &scope, "HAVING")?;
            planned = self.filter(planned, condition)?;
        }
        if block.is_distinct {
            check_no_map(&planned.columns)?;
            planned = planned.visible()?.map(|plan| plan.distinct())?;
        }
        self.arranged(planned, block, outer)
    }

    /// A `SELECT`: resolved over its input, then computed step by step.
    pub(crate) fn select(
        &self,
        block: &Block<'_>,
        input: Planned,
        expressions: &[Expression],
        group_by: Option<GroupBy<'_>>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let known = [input.columns.as_slice(), &input.hidden].concat();
        let mut parts = self.resolve_parts(block, &input, expressions, group_by.as_ref(), outer)?;
        let mut plan = input.plan;
        if parts.is_aggregated() {
            plan = self.aggregate_parts(&mut parts, &input.columns, plan)?;
        }
        plan = self.compute_windows(&mut parts, plan)?;
        if let Some(condition) = parts.qualify {
            plan = self.filtered(plan, self.as_boolean(condition)?)?;
        }
        let planned = self.output(plan, parts.items, parts.keys, block.is_distinct)?;
        Ok(planned.qualified_as(&known, block.environment.names))
    }

    /// Everything that a `SELECT` names, over its input.
    fn resolve_parts(
        &self,
        block: &Block<'_>,
        input: &Planned,
        expressions: &[Expression],
        group_by: Option<&GroupBy<'_>>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Parts> {
        let mut scope = self.scope(input, &block.environment, outer);
        // `window(..)` in `GROUP BY` is a column of that name, as in Spark (`TimeWindowing`).
        let keys = group_by.iter().flat_map(|group_by| group_by.grouping);
        let window = match keys.chain(expressions).find_map(time_window) {
            Some((name, call)) => Some((name.to_owned(), self.resolve(call, &scope)?)),
            None => None,
        };
        scope.aliases.extend(window.clone());
        if let Some(pipe) = block.pipe {
            pipe.check_stars(expressions)?;
        }
        let (items, generated) = self.items(expressions, &mut scope)?;
        if let Some(pipe) = block.pipe {
            let is_generated = |item: &&Typed| {
                let mut columns = generated.iter().flat_map(|row| &row.columns);
                columns.any(|column| column.expr() == item.expr)
            };
            let computed = items.iter().filter(|item| !is_generated(item));
            pipe.check_items(computed)?;
        }
        let is_pipe_aggregate = block.pipe == Some(PipeClause::Aggregate);
        if !self.rules.group_by_aliases || is_pipe_aggregate {
            scope.aliases = window.iter().cloned().collect();
        }
        // Positions of `|> AGGREGATE .. GROUP BY` are those of the input.
        let of_input: Vec<Typed> = input.columns.iter().map(Column::as_item).collect();
        let positions = match is_pipe_aggregate {
            true => &of_input,
            false => &items,
        };
        let (mut grouped, mut kept) = (None, Vec::new());
        if let Some(group_by) = group_by {
            let found = self.grouping(group_by.grouping, group_by.kind, positions, &scope)?;
            if group_by.keeps_grouping {
                kept.clone_from(&found.listed);
                if kept.len() != group_by.grouping.len() {
                    return Err(not_supported(
                        "ROLLUP (..) and the like among the keys of a DataFrame",
                    ));
                }
            }
            grouped = Some(found);
        }
        // What follows sees the items by their names.
        scope.aliases = items
            .iter()
            .map(|item| (item.column_name().to_owned(), item.clone()))
            .collect();
        let is_known = |name: &str| {
            let mut aliases = scope.aliases.iter();
            aliases.any(|(known, _)| scope.same(known, name))
        };
        if let Some((name, call)) = window
            && !is_known(&name)
        {
            scope.aliases.push((name, call));
        }
        scope.prefers_aliases = true;
        let having = block.having.map(|condition| self.having(condition, &scope));
        let having = having.transpose()?;
        let qualify = block
            .qualify
            .map(|condition| self.resolve(condition, &scope));
        let qualify = qualify.transpose()?;
        let has_window = |typed: &Typed| has_window(&typed.expr);
        if let Some(condition) = &qualify
            && !has_window(condition)
            && !items.iter().any(has_window)
        {
            return Err(Error::analysis(
                "QUALIFY_REQUIRES_WINDOW_FUNCTION",
                "QUALIFY requires at least one window function in the SELECT list or the QUALIFY clause.",
            ));
        }
        let mut keys: Vec<SortKey> = Vec::new();
        if !block.is_distinct {
            for key in block.distribute.unwrap_or_default() {
                self.resolve(key, &scope)?;
            }
            for order in block.order.unwrap_or_default() {
                keys.extend(self.order_key(order, &items, &scope)?);
            }
        }
        let parts = Parts {
            items,
            generated,
            has_group_by: grouped.is_some(),
            kept,
            grouped: grouped.unwrap_or_default(),
            having,
            qualify,
            keys,
        };
        check_sort_keys(&parts)?;
        Ok(parts)
    }

    /// The condition of `HAVING`.
    fn having(&self, condition: &Expression, scope: &Scope<'_>) -> Result<Typed> {
        let typed = match &condition.kind {
            ExpressionKind::InSubquery { values, query } => {
                let values = values.iter().map(|value| self.resolve(value, scope));
                let values = values.collect::<Result<Vec<_>>>()?;
                self.in_subquery(values, query, scope, Unknown::False)?
            }
            _ => self.resolve(condition, &scope.of_condition())?,
        };
        match has_window(&typed.expr) {
            true => Err(window_not_allowed("HAVING").at(Some(&self.place(condition.span)))),
            false => Ok(typed),
        }
    }

    /// The windows of rows that are near each other, if a key is `session_window(..)`. The parts name their column then.
    fn merge_sessions(&self, parts: &mut Parts, plan: LogicalPlan) -> Result<LogicalPlan> {
        let keys = &parts.grouped.keys;
        let Some(at) = keys.iter().position(is_session_window) else {
            return Ok(plan);
        };
        let others = [&keys[..at], &keys[at + 1..]].concat();
        let (merged, session) = self.session(plan, &keys[at], &others)?;
        let arrays = parts.generated.iter_mut();
        let all = (parts.grouped.keys.iter_mut())
            .chain(&mut parts.kept)
            .chain(&mut parts.items)
            .chain(arrays.map(|generated| &mut generated.array))
            .chain(&mut parts.having)
            .chain(&mut parts.qualify)
            .chain(parts.keys.iter_mut().map(|key| &mut key.value));
        for typed in all {
            typed.expr = session.replace(typed.expr.clone())?;
        }
        Ok(merged)
    }

    /// The aggregation of a `SELECT`, and its `HAVING`. The other parts name keys and aggregates then.
    fn aggregate_parts(
        &self,
        parts: &mut Parts,
        input: &[Column],
        plan: LogicalPlan,
    ) -> Result<LogicalPlan> {
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
        let having = parts.having.take().map(|condition| after(&condition));
        let having = having.transpose()?;
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
        let kept = std::mem::take(&mut parts.kept).into_iter();
        let kept = kept.map(|key| aggregation.after(key));
        parts.items.splice(0..0, kept.collect::<Result<Vec<_>>>()?);
        let plan = aggregation.build(plan)?;
        match having {
            Some(condition) => self.filtered(plan, self.as_boolean(condition)?),
            None => Ok(plan),
        }
    }

    /// The window functions and the generators of a `SELECT`. The parts name their columns then.
    fn compute_windows(&self, parts: &mut Parts, plan: LogicalPlan) -> Result<LogicalPlan> {
        let mut windows = WindowColumns::new(self);
        let arrays = parts
            .generated
            .iter_mut()
            .map(|generated| &mut generated.array);
        for typed in parts
            .items
            .iter_mut()
            .chain(&mut parts.qualify)
            .chain(arrays)
        {
            windows.replace(typed)?;
        }
        for key in &mut parts.keys {
            windows.replace(&mut key.value)?;
            key.sort.expr = key.value.expr.clone();
        }
        // A window is over the rows that the generator gives, unless the generator is over a window.
        let is_over_window = parts
            .generated
            .iter()
            .any(|generated| windows.is_in(&generated.array));
        let generate = |plan: LogicalPlan| -> Result<LogicalPlan> {
            let mut planned = Planned::new(plan, Vec::new());
            for row in &parts.generated {
                planned = self.generate_as(planned, &row.array, row.is_outer, &row.columns)?;
            }
            Ok(planned.plan)
        };
        match is_over_window {
            true => generate(windows.build(plan)?),
            false => windows.build(generate(plan)?),
        }
    }

    /// The columns of the result; those that only the sort needs are dropped again.
    fn output(
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
fn check_sort_keys(parts: &Parts) -> Result<()> {
    let is_item = |key: &SortKey| parts.items.iter().any(|item| item.expr == key.value.expr);
    let is_aggregated = parts.has_group_by
        || parts.having.is_some()
        || parts.items.iter().any(|item| has_aggregate(&item.expr));
    let mut others = parts.keys.iter().filter(|key| !is_item(key));
    others.try_for_each(|key| check_sort_key(key, is_aggregated))
}

/// `GROUP BY`.
pub(crate) struct GroupBy<'r> {
    grouping: &'r [Expression],
    kind: &'r GroupingKind,
    keeps_grouping: bool,
}
