//! A query block: `SELECT`, with what groups, filters, deduplicates and sorts its rows.

use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_expr::expr::Sort;
use datafusion_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use functions::Typed;
use sql::{
    DataType, Expression, ExpressionKind, GroupingKind, Literal, Relation, RelationKind, SortOrder,
};

use crate::aggregation::Aggregation;
use crate::analyser::Analyser;
use crate::environment::Environment;
use crate::error::{Error, Result, not_supported};
use crate::expression::has_aggregate;
use crate::planned::{Planned, all_columns};
use crate::relation::number_of_aliases;
use crate::scope::{Column, Scope};
use crate::window::SortKey;

/// The parts of a block, from the outside in.
pub(crate) struct Block<'r> {
    order: Option<&'r [SortOrder]>,
    /// The keys of `DISTRIBUTE BY`. They have no effect: a relation has one partition.
    distribute: Option<&'r [Expression]>,
    is_distinct: bool,
    qualify: Option<&'r Expression>,
    having: Option<&'r Expression>,
    environment: Environment,
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
                RelationKind::Hints { input, .. } => block.core = input,
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

/// The rows of a generator in `SELECT`.
struct Generated {
    array: Typed,
    is_outer: bool,
    columns: Vec<Column>,
}

impl Analyser {
    /// Analyses a query block.
    pub(crate) fn block(
        &self,
        relation: &Relation,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let block = Block::of(relation, environment);
        match &block.core.kind {
            RelationKind::Project { input, expressions } => {
                let input = self.relation(input, &block.environment, outer)?;
                self.select(&block, input, expressions, None, outer)
            }
            RelationKind::Aggregate {
                input,
                grouping,
                kind,
                expressions,
                keeps_grouping,
            } => {
                let input = self.relation(input, &block.environment, outer)?;
                let group_by = GroupBy {
                    grouping,
                    kind,
                    keeps_grouping: *keeps_grouping,
                };
                self.select(&block, input, expressions, Some(group_by), outer)
            }
            _ => self.organized(&block, outer),
        }
    }

    /// What sorts and deduplicates the rows of another relation than a `SELECT`.
    fn organized(&self, block: &Block<'_>, outer: Option<&Scope<'_>>) -> Result<Planned> {
        let mut planned = self.relation(block.core, &block.environment, outer)?;
        if let Some(condition) = block.having.or(block.qualify) {
            let scope = self.scope(&planned, &block.environment, outer);
            let condition = self.condition(condition, &scope, "HAVING")?;
            planned = planned.filter(condition)?;
        }
        if block.is_distinct {
            planned = planned.visible()?.map(|plan| plan.distinct())?;
        }
        if let Some(keys) = block.distribute {
            let scope = self.scope(&planned, &block.environment, outer);
            for key in keys {
                self.resolve(key, &scope)?;
            }
        }
        if let Some(order) = block.order {
            let outputs: Vec<Typed> = planned
                .columns
                .iter()
                .map(|column| column.typed(&column.name))
                .collect();
            let scope = self.scope(&planned, &block.environment, outer);
            let mut keys = Vec::with_capacity(order.len());
            for order in order {
                for key in self.order_key(order, &outputs, &scope)? {
                    keys.push(key.sort);
                }
            }
            planned = planned.sort(keys)?;
        }
        Ok(planned)
    }

    pub(crate) fn select(
        &self,
        block: &Block<'_>,
        input: Planned,
        expressions: &[Expression],
        group_by: Option<GroupBy<'_>>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let mut scope = self.scope(&input, &block.environment, outer);
        let known = [input.columns.as_slice(), &input.hidden].concat();
        // `window(..)` in `GROUP BY` is a column of that name, as in Spark (`TimeWindowing`).
        let keys = group_by.iter().flat_map(|group_by| group_by.grouping);
        let window = match keys.chain(expressions).find_map(time_window) {
            Some(call) => Some(("window".to_owned(), self.resolve(call, &scope)?)),
            None => None,
        };
        scope.aliases.extend(window.clone());
        let (mut items, mut generated) = self.items(expressions, &mut scope)?;

        // Everything is resolved over the input first.
        let grouped = match &group_by {
            Some(group_by) => {
                Some(self.grouping(group_by.grouping, group_by.kind, &items, &scope)?)
            }
            None => None,
        };
        scope.aliases = items
            .iter()
            .map(|item| (item.column_name().to_owned(), item.clone()))
            .collect();
        if let Some((name, _)) = &window
            && !scope
                .aliases
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            scope.aliases.extend(window);
        }
        scope.prefers_aliases = true;
        let later = |expression: &Expression| -> Result<Typed> {
            match self.resolve(expression, &scope) {
                // `HAVING sum(x)` where `x` is also the name of an aggregate.
                Err(error) if error.condition() == "NESTED_AGGREGATE_FUNCTION" => {
                    let over_input = self.scope(&input, &block.environment, outer);
                    self.resolve(expression, &over_input).map_err(|_| error)
                }
                other => other,
            }
        };
        let having = block.having.map(later).transpose()?;
        let qualify = block.qualify.map(later).transpose()?;
        for key in block.distribute.unwrap_or_default() {
            later(key)?;
        }
        let mut keys: Vec<SortKey> = Vec::new();
        for order in block.order.unwrap_or_default() {
            let found = match self.order_key(order, &items, &scope) {
                Err(error) if error.condition() == "NESTED_AGGREGATE_FUNCTION" => {
                    let over_input = self.scope(&input, &block.environment, outer);
                    self.order_key(order, &items, &over_input)
                        .map_err(|_| error)?
                }
                other => other?,
            };
            keys.extend(found);
        }

        // Then over the aggregation, if there is one.
        let is_aggregated = grouped.is_some()
            || having.is_some()
            || items.iter().any(|item| has_aggregate(&item.expr))
            || generated
                .iter()
                .any(|generated| has_aggregate(&generated.array.expr))
            || keys.iter().any(|key| has_aggregate(&key.value.expr))
            || qualify
                .iter()
                .any(|condition| has_aggregate(&condition.expr));
        let (mut having, mut qualify) = (having, qualify);
        let mut plan = input.plan.clone();
        if is_aggregated {
            let has_group_by = grouped.is_some();
            let (group_keys, sets) = grouped.unwrap_or_default();
            let aggregation = Aggregation::new(self, group_keys, sets, has_group_by);
            let columns = generated.iter().flat_map(|generated| &generated.columns);
            let of_generator: Vec<Expr> = columns.map(Column::expr).collect();
            let is_generated = |item: &Typed| of_generator.contains(&item.expr);
            for item in &mut items {
                if !is_generated(item) {
                    *item = aggregation.after(item.clone())?;
                }
            }
            for generated in &mut generated {
                generated.array = aggregation.after(generated.array.clone())?;
            }
            having = having
                .map(|condition| aggregation.after(condition))
                .transpose()?;
            qualify = qualify
                .map(|condition| aggregation.after(condition))
                .transpose()?;
            for key in &mut keys {
                if !is_generated(&key.value) {
                    key.value = aggregation.after(key.value.clone())?;
                    key.sort.expr = key.value.expr.clone();
                }
            }
            if group_by
                .as_ref()
                .is_some_and(|group_by| group_by.keeps_grouping)
            {
                items.splice(0..0, aggregation.key_values());
            }
            plan = aggregation.build(plan)?;
            if let Some(condition) = having {
                let condition = self.boolean(condition)?;
                plan = LogicalPlanBuilder::from(plan).filter(condition)?.build()?;
            }
        }

        // Then over the windows and the generator.
        let mut windows = Windows {
            analyser: self,
            found: Vec::new(),
        };
        for typed in items
            .iter_mut()
            .chain(&mut qualify)
            .chain(generated.iter_mut().map(|g| &mut g.array))
        {
            windows.replace(typed)?;
        }
        for key in &mut keys {
            windows.replace(&mut key.value)?;
            key.sort.expr = key.value.expr.clone();
        }
        // A window is over the rows that the generator gives, unless the generator is over a window.
        let is_over_window = generated
            .iter()
            .any(|generated| windows.is_in(&generated.array));
        let generate = |plan: LogicalPlan| -> Result<LogicalPlan> {
            let mut planned = Planned::new(plan, Vec::new());
            for row in &generated {
                planned = self.generate_as(planned, &row.array, row.is_outer, &row.columns)?;
            }
            Ok(planned.plan)
        };
        plan = match is_over_window {
            true => generate(windows.build(plan)?)?,
            false => windows.build(generate(plan)?)?,
        };
        if let Some(condition) = qualify {
            let condition = self.boolean(condition)?;
            plan = LogicalPlanBuilder::from(plan).filter(condition)?.build()?;
        }
        let planned = self.output(plan, items, keys, block.is_distinct)?;
        Ok(planned.qualified_as(&known))
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
                None if is_distinct => {
                    return Err(Error::analysis(
                        "UNRESOLVED_COLUMN.WITH_SUGGESTION",
                        format!(
                            "A column, variable, or function parameter with name `{}` cannot be resolved. Did you mean one of \
                             the following? [{}].",
                            key.value.column_name(),
                            values
                                .iter()
                                .map(|value| format!("`{}`", value.column_name()))
                                .collect::<Vec<_>>()
                                .join(", ")
                        ),
                    ));
                }
                None => {
                    values.push(key.value);
                    values.len() - 1
                }
            };
            sorts.push((at, key.sort));
        }
        let mut planned = self.project(plan, &values)?;
        if is_distinct {
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

    /// The expressions of `SELECT`: stars are expanded, and rows of generators get columns.
    fn items(
        &self,
        expressions: &[Expression],
        scope: &mut Scope<'_>,
    ) -> Result<(Vec<Typed>, Vec<Generated>)> {
        let mut items = Vec::with_capacity(expressions.len());
        let mut generated: Vec<Generated> = Vec::new();
        for expression in expressions {
            if let ExpressionKind::UnresolvedStar { target, except } = &expression.kind {
                let star = self.star(target.as_deref(), except, scope);
                items.extend(star.map_err(|error| error.at(Some(&self.place(expression.span))))?);
                continue;
            }
            let (child, names) = match &expression.kind {
                ExpressionKind::Alias { child, names } => (child.as_ref(), names.as_slice()),
                _ => (expression, [].as_slice()),
            };
            if let Some(generator) = self.generator(child, scope)? {
                if !generated.is_empty() {
                    return Err(Error::analysis(
                        "UNSUPPORTED_GENERATOR.MULTI_GENERATOR",
                        "The generator is not supported: only one generator allowed per SELECT clause but found 2.",
                    ));
                }
                let mut columns = self.generated_columns(&generator.array, generator.is_outer)?;
                if !names.is_empty() {
                    if names.len() != columns.len() {
                        return Err(number_of_aliases(names.len(), columns.len()));
                    }
                    for (column, name) in columns.iter_mut().zip(names) {
                        column.name.clone_from(name);
                    }
                }
                for column in &columns {
                    let value = column.typed(&column.name);
                    scope.aliases.push((column.name.clone(), value.clone()));
                    items.push(value);
                }
                generated.push(Generated {
                    array: generator.array,
                    is_outer: generator.is_outer,
                    columns,
                });
                continue;
            }
            let mut item = self.resolve(child, scope)?;
            match names {
                [] => {
                    // The cast of a column is called as the column.
                    if let ExpressionKind::Cast { child, .. } = &child.kind
                        && let ExpressionKind::UnresolvedAttribute { parts, .. } = &child.kind
                    {
                        item.alias = parts.last().cloned();
                    }
                }
                [name] => {
                    item.alias = Some(name.clone());
                    scope.aliases.push((name.clone(), item.clone()));
                }
                _ => return Err(not_supported("More than one name for an expression")),
            }
            items.push(item);
        }
        Ok((items, generated))
    }

    /// `*`, `t.*` or `struct.*`, without the names after `EXCEPT`.
    pub(crate) fn star(
        &self,
        target: Option<&[String]>,
        except: &[Vec<String>],
        scope: &Scope<'_>,
    ) -> Result<Vec<Typed>> {
        let columns = scope.star(target);
        let mut values: Vec<Typed> = columns
            .iter()
            .map(|column| column.typed(&column.name))
            .collect();
        if let (true, Some(target)) = (values.is_empty(), target) {
            let expression = Expression {
                kind: ExpressionKind::UnresolvedAttribute {
                    parts: target.to_vec(),
                    plan_id: None,
                },
                span: sql::Span::default(),
            };
            let base = self.resolve(&expression, scope).map_err(|_| {
                let tables: Vec<String> = scope.columns.iter().map(|column| column.name.clone()).collect();
                Error::analysis(
                    "CANNOT_RESOLVE_STAR_EXPAND",
                    format!(
                        "Cannot resolve {}.* given input columns {}. Please check that the specified table or struct exists \
                         and is accessible in the input columns.",
                        crate::error::quoted_name(target),
                        tables.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                    ),
                )
            })?;
            let DataType::Struct(fields) = base.data_type.clone() else {
                return Err(Error::analysis(
                    "CANNOT_RESOLVE_STAR_EXPAND",
                    format!(
                        "Cannot resolve {}.*: it is no struct.",
                        crate::error::quoted_name(target)
                    ),
                ));
            };
            for field in &fields {
                let mut value =
                    self.call("__field", vec![base.clone(), Typed::string(&field.name)])?;
                value.alias = Some(field.name.clone());
                values.push(value);
            }
        }
        for name in except {
            let Some(last) = name.last() else { continue };
            let before = values.len();
            values.retain(|value| !value.column_name().eq_ignore_ascii_case(last));
            if values.len() == before {
                return Err(scope.unresolved(name));
            }
        }
        Ok(values)
    }

    /// A key of `ORDER BY`: a place in `SELECT`, all columns of it, a column of it, or an expression over the input.
    fn order_key(
        &self,
        order: &SortOrder,
        outputs: &[Typed],
        scope: &Scope<'_>,
    ) -> Result<Vec<SortKey>> {
        let as_key = |value: &Typed| -> SortKey {
            let ascending = order.direction == sql::SortDirection::Ascending;
            SortKey {
                sort: value.expr.clone().sort(ascending, order.nulls_first),
                name: value.name.clone(),
                value: value.clone(),
            }
        };
        match &order.child.kind {
            ExpressionKind::Literal(Literal::Integer(position)) => {
                let at = usize::try_from(*position)
                    .ok()
                    .and_then(|at| at.checked_sub(1));
                match at.and_then(|at| outputs.get(at)) {
                    Some(output) => Ok(vec![as_key(output)]),
                    None => {
                        let error = Error::analysis(
                            "ORDER_BY_POS_OUT_OF_RANGE",
                            format!(
                                "ORDER BY position {position} is not in select list (valid range is [1, {}]).",
                                outputs.len()
                            ),
                        );
                        Err(error.at(Some(&self.place(order.child.span))))
                    }
                }
            }
            ExpressionKind::UnresolvedAttribute { parts, .. }
                if parts.len() == 1
                    && parts[0].eq_ignore_ascii_case("all")
                    && !outputs
                        .iter()
                        .any(|output| output.column_name().eq_ignore_ascii_case("all")) =>
            {
                Ok(outputs.iter().map(as_key).collect())
            }
            _ => Ok(vec![self.sort_key(order, scope)?]),
        }
    }
}

/// The call of `window(..)` that an expression is, or is a part of.
fn time_window(expression: &Expression) -> Option<&Expression> {
    match &expression.kind {
        ExpressionKind::UnresolvedFunction(call) => {
            let is_window = call.over.is_none()
                && matches!(call.name.as_slice(), [name] if name.eq_ignore_ascii_case("window"));
            if is_window {
                return Some(expression);
            }
            call.arguments
                .iter()
                .find_map(|argument| match &argument.value {
                    sql::ArgumentValue::Expression(value) => time_window(value),
                    sql::ArgumentValue::Table { .. } => None,
                })
        }
        ExpressionKind::Alias { child, .. } | ExpressionKind::Cast { child, .. } => {
            time_window(child)
        }
        ExpressionKind::UnresolvedExtractValue { base, .. } => time_window(base),
        _ => None,
    }
}

/// `GROUP BY`.
pub(crate) struct GroupBy<'r> {
    grouping: &'r [Expression],
    kind: &'r GroupingKind,
    keeps_grouping: bool,
}

/// The window functions of a block, each computed once.
struct Windows<'a> {
    analyser: &'a Analyser,
    found: Vec<(Expr, Column)>,
}

impl Windows<'_> {
    /// Puts columns in the places of window functions.
    fn replace(&mut self, typed: &mut Typed) -> Result<()> {
        let expr = typed.expr.clone().transform_down(|expr| {
            if !matches!(expr, Expr::WindowFunction(_)) {
                return Ok(Transformed::no(expr));
            }
            let column = match self.found.iter().find(|(known, _)| *known == expr) {
                Some((_, column)) => column.clone(),
                None => {
                    let column = self.analyser.column_of(&Typed::null(DataType::Void));
                    self.found.push((expr, column.clone()));
                    column
                }
            };
            Ok(Transformed::new(
                column.expr(),
                true,
                TreeNodeRecursion::Jump,
            ))
        })?;
        typed.expr = expr.data;
        Ok(())
    }

    /// Whether an expression names a window function's column.
    fn is_in(&self, typed: &Typed) -> bool {
        let is_window = |expr: &Expr| self.found.iter().any(|(_, column)| column.expr() == *expr);
        typed
            .expr
            .exists(|expr| Ok(is_window(expr)))
            .unwrap_or(true)
    }

    /// `plan` with a column for each window function.
    fn build(self, plan: LogicalPlan) -> Result<LogicalPlan> {
        if self.found.is_empty() {
            return Ok(plan);
        }
        let before = all_columns(&plan);
        let exprs: Vec<Expr> = self.found.iter().map(|(expr, _)| expr.clone()).collect();
        let plan = LogicalPlanBuilder::window_plan(plan, exprs)?;
        let mut projected = before;
        for (expr, column) in &self.found {
            let computed =
                datafusion_common::Column::new_unqualified(expr.schema_name().to_string());
            projected.push(Expr::Column(computed).alias(column.engine_name()));
        }
        Ok(LogicalPlanBuilder::from(plan).project(projected)?.build()?)
    }
}
