//! A query block: `SELECT`, with what groups, filters, deduplicates and sorts its rows.

use functions::Typed;
use sql::{Expression, ExpressionKind, GroupingKind, Hint, Relation, RelationKind, SortOrder};

use crate::analyser::Analyser;
use crate::environment::Environment;
use crate::error::{Error, Result, not_supported};
use crate::expression::has_window;
use crate::expression::predicate::window_not_allowed;
use crate::expression::window::SortKey;
use crate::planned::Planned;
use crate::relation::set_operation::check_no_map;
use crate::scope::{Column, Scope};
use crate::select::parts::{Parts, check_sort_keys};
use crate::select::pipe::PipeClause;
use crate::select::select_list::SelectList;
use crate::select::time_window::time_window;
use crate::subquery::Unknown;

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

impl Analyser {
    /// Analyses a query block.
    pub(crate) fn block(&self, block: &Block<'_>, outer: Option<&Scope<'_>>) -> Result<Planned> {
        self.check_hints(&block.hints)?;
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
        self.check_hinted_relations(&block.hints, &input);
        let planned = self.select(block, input, expressions, group_by, outer)?;
        let scope = self.scope(&planned, &block.environment, outer);
        self.check_hinted_columns(&block.hints, &scope)?;
        match block.is_distinct {
            // What sorts distinct rows sees these rows only.
            true => self.arranged(planned, block, outer),
            false => Ok(planned),
        }
    }

    /// What sorts and deduplicates the rows of another relation than a `SELECT`.
    fn organized(&self, block: &Block<'_>, outer: Option<&Scope<'_>>) -> Result<Planned> {
        let mut planned = self.relation(block.core, &block.environment, outer)?;
        self.check_hinted_relations(&block.hints, &planned);
        let scope = self.scope(&planned, &block.environment, outer);
        self.check_hinted_columns(&block.hints, &scope)?;
        for (condition, clause) in [(block.having, "HAVING"), (block.qualify, "QUALIFY")] {
            let Some(condition) = condition else { continue };
            let scope = self.scope(&planned, &block.environment, outer);
            let condition = self.condition(condition, &scope, clause)?;
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
        plan = self.compute(&mut parts, plan)?;
        if let Some(condition) = parts.qualify {
            plan = self.filtered(plan, self.as_boolean(condition)?)?;
        }
        parts.items.splice(0..0, parts.kept);
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
        let mut list = self.items(expressions, &mut scope)?;
        if let Some(pipe) = block.pipe {
            let is_generated = |item: &&Typed| {
                let mut columns = list.generated.iter().flat_map(|row| &row.columns);
                columns.any(|column| column.expr() == item.expr)
            };
            let computed = list.items.iter().filter(|item| !is_generated(item));
            pipe.check_items(computed)?;
        }
        let is_pipe_aggregate = block.pipe == Some(PipeClause::Aggregate);
        scope.aliases = match !self.rules.group_by_aliases || is_pipe_aggregate {
            true => window.iter().cloned().collect(),
            false => list.aliases(&scope),
        };
        // Positions of `|> AGGREGATE .. GROUP BY` are those of the input.
        let of_input: Vec<Typed> = input.columns.iter().map(Column::as_item).collect();
        let positions = match is_pipe_aggregate {
            true => &of_input,
            false => &list.items,
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
        list.name_outputs(&mut scope, self);
        let SelectList {
            items,
            generated,
            laterals,
        } = list;
        let is_known = |name: &str| {
            let mut aliases = scope.aliases.iter();
            aliases.any(|(known, _)| scope.same(known, name))
        };
        if let Some((name, call)) = window
            && !is_known(&name)
        {
            scope.aliases.push((name.clone(), call.clone()));
            scope
                .aliases_within
                .get_or_insert_default()
                .push((name, call));
        }
        scope.prefers_aliases = true;
        let having = block.having.map(|condition| {
            // It is computed before window functions are.
            let mut scope = scope.clone();
            let within = scope.aliases_within.as_mut();
            for aliases in within.into_iter().chain([&mut scope.aliases]) {
                let mut items = items.iter();
                aliases.retain(|_| items.next().is_none_or(|item| !has_window(&item.expr)));
            }
            self.having(condition, &scope)
        });
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
            laterals,
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
}

/// `GROUP BY`.
pub(crate) struct GroupBy<'r> {
    grouping: &'r [Expression],
    kind: &'r GroupingKind,
    keeps_grouping: bool,
}
