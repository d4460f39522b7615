//! Relations: tables, joins, set operations and what stands between them.

use datafusion_common::{JoinType as EngineJoin, ScalarValue};
use datafusion_expr::{Expr, LogicalPlanBuilder, lit};
use functions::coerce::{wider_type, widest_type};
use functions::{Kind, Typed, cast};
use sql::{
    ArgumentValue, CommonTable, DataType, Expression, ExpressionKind, JoinCriteria, JoinType,
    ObjectName, Relation, RelationKind, SampleMethod, SetOperator, TableAlias,
};

use crate::analyser::Analyser;
use crate::block::Block;
use crate::catalog::Table;
use crate::environment::Environment;
use crate::error::{Error, Result, not_supported, quoted_name};
use crate::expression::lookup;
use crate::frame::{deduplicated, renamed, without};
use crate::planned::{Planned, all_columns};
use crate::scope::{Column, Scope};

impl Analyser {
    /// Analyses a query.
    ///
    /// # Errors
    /// Names that stand for nothing, types that do not fit, and what is not supported, with Spark's conditions.
    pub fn query(&self, relation: &Relation) -> Result<Planned> {
        self.relation(relation, &Environment::default(), None)
    }

    /// Analyses a relation that may name columns of `outer`.
    pub(crate) fn relation(
        &self,
        relation: &Relation,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let place = self.place(relation.span);
        let planned = stacker::maybe_grow(128 << 10, 2 << 20, || {
            self.relation_kind(relation, environment, outer)
        });
        planned.map_err(|error| {
            if error.is_analysis() {
                error.at(Some(&place))
            } else {
                error
            }
        })
    }

    fn relation_kind(
        &self,
        relation: &Relation,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let inner = |input: &Relation| self.relation(input, environment, outer);
        match &relation.kind {
            RelationKind::Analysed(index) => self.analysed(*index),
            RelationKind::OneRow => {
                let plan = LogicalPlanBuilder::empty(true).build()?;
                Ok(Planned::new(plan, Vec::new()))
            }
            RelationKind::Table {
                name,
                options,
                is_streaming,
            } => self.table(name, options, *is_streaming, environment),
            RelationKind::Values { rows } => self.values(rows, environment, outer),
            RelationKind::TableFunction { name, arguments } => {
                let ObjectName::Parts(name) = name else {
                    return Err(not_supported("IDENTIFIER(..)"));
                };
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    let ArgumentValue::Expression(value) = &argument.value else {
                        return Err(not_supported("A table as an argument"));
                    };
                    values.push(value.clone());
                }
                self.table_function(name, &values, relation, environment, outer)
            }
            RelationKind::SubqueryAlias { input, alias } => {
                let planned = self.relation(input, &environment.inner(), outer)?;
                self.aliased(planned, alias.as_ref())
            }
            RelationKind::Watermark {
                input,
                column,
                delay,
            } => self.watermark(inner(input)?, column, delay),
            RelationKind::Filter { input, condition } => {
                let planned = inner(input)?;
                let scope = self.scope(&planned, environment, outer);
                let condition = self.condition(condition, &scope, "WHERE")?;
                planned.filter(condition)
            }
            RelationKind::Join {
                left,
                right,
                join_type,
                criteria,
                is_lateral,
            } => {
                let left = inner(left)?;
                let right = if *is_lateral {
                    let scope = self.scope(&left, environment, outer);
                    self.relation(right, &environment.inner(), Some(&scope))?
                } else {
                    self.apart(&left, inner(right)?)?
                };
                self.join(
                    left,
                    right,
                    *join_type,
                    criteria,
                    *is_lateral,
                    environment,
                    outer,
                )
            }
            RelationKind::SetOperation {
                left,
                right,
                operator,
                is_all,
            } => {
                let left = inner(left)?;
                let right = self.apart(&left, inner(right)?)?;
                self.set_operation(left, right, *operator, *is_all)
            }
            RelationKind::LateralView {
                input,
                generator,
                is_outer,
                table,
                columns,
            } => {
                let planned = inner(input)?;
                let scope = self.scope(&planned, environment, outer);
                let call = self.generator(generator, &scope)?;
                let Some(call) = call else {
                    return Err(Error::analysis(
                        "UNSUPPORTED_GENERATOR.NOT_GENERATOR",
                        "The generator is not supported: a generator is expected in LATERAL VIEW.",
                    ));
                };
                let (mut planned, mut new) =
                    self.generate(planned, &call.array, call.is_outer || *is_outer)?;
                if !columns.is_empty() {
                    if columns.len() != new.len() {
                        return Err(number_of_aliases(columns.len(), new.len()));
                    }
                    for (column, name) in new.iter_mut().zip(columns) {
                        column.name.clone_from(name);
                    }
                }
                for column in &mut new {
                    column.qualifier = vec![table.clone()];
                }
                planned.columns.extend(new);
                Ok(planned)
            }
            RelationKind::Pivot { input, pivot } => {
                let planned = inner(input)?;
                self.pivot(planned, pivot, environment, outer)
            }
            RelationKind::Unpivot { input, unpivot } => {
                let planned = inner(input)?;
                self.unpivot(planned, unpivot, environment, outer)
            }
            RelationKind::Sample {
                input,
                method,
                seed,
            } => self.sample(inner(input)?, method, *seed),
            RelationKind::Hints { input, .. } => inner(input),
            RelationKind::WithWindows { input, windows } => {
                self.relation(input, &environment.with_windows(windows), outer)
            }
            RelationKind::Limit { input, limit } => {
                let planned = inner(input)?;
                let rows = self.row_count(limit, "limit")?;
                planned.map(|plan| plan.limit(0, Some(rows)))
            }
            RelationKind::Offset { input, offset } => {
                let planned = inner(input)?;
                let rows = self.row_count(offset, "offset")?;
                planned.map(|plan| plan.limit(rows, None))
            }
            RelationKind::With {
                tables,
                is_recursive,
                input,
            } => {
                let environment = self.with_tables(tables, *is_recursive, environment)?;
                self.relation(input, &environment, outer)
            }
            RelationKind::SetColumns { input, columns } => {
                let planned = inner(input)?;
                let scope = self.scope(&planned, environment, outer);
                let mut values: Vec<Typed> = planned
                    .columns
                    .iter()
                    .map(|column| column.typed(&column.name))
                    .collect();
                for (name, value) in columns {
                    let Some(at) = values
                        .iter()
                        .position(|typed| typed.column_name().eq_ignore_ascii_case(name))
                    else {
                        return Err(scope.unresolved(std::slice::from_ref(name)));
                    };
                    let mut value = self.resolve(value, &scope)?;
                    value.alias = Some(values[at].column_name().to_owned());
                    values[at] = value;
                }
                self.project(planned.plan, &values)
            }
            RelationKind::DropColumns { input, columns } => {
                let mut planned = inner(input)?.visible()?;
                let scope = self.scope(&planned, environment, outer);
                let mut dropped = Vec::new();
                for name in columns {
                    let expression = Expression {
                        kind: ExpressionKind::UnresolvedAttribute {
                            parts: name.clone(),
                            plan_id: None,
                        },
                        span: relation.span,
                    };
                    dropped.push(self.resolve(&expression, &scope)?.expr);
                }
                drop(scope);
                planned
                    .columns
                    .retain(|column| !dropped.contains(&column.expr()));
                planned.visible()
            }
            RelationKind::WithColumns { input, columns } => {
                let input = inner(input)?;
                let block = Block::of(relation, environment);
                self.with_columns(input, columns, &block)
            }
            RelationKind::WithColumnsRenamed { input, renames } => {
                Ok(renamed(inner(input)?, renames))
            }
            RelationKind::Drop { input, names } => without(inner(input)?, names),
            RelationKind::Deduplicate { input, names } => deduplicated(inner(input)?, names),
            RelationKind::Project { .. }
            | RelationKind::Aggregate { .. }
            | RelationKind::Distinct(_)
            | RelationKind::Having { .. }
            | RelationKind::Qualify { .. }
            | RelationKind::Repartition { .. }
            | RelationKind::Sort { .. } => self.block(relation, environment, outer),
        }
    }

    /// The scope of expressions over a relation.
    pub(crate) fn scope<'a>(
        &self,
        planned: &Planned,
        environment: &Environment,
        outer: Option<&'a Scope<'a>>,
    ) -> Scope<'a> {
        Scope {
            hidden: planned.hidden.clone(),
            outer,
            environment: environment.clone(),
            ..Scope::of(&planned.columns)
        }
    }

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
        for part in parts {
            let expr = self.one_condition(part, scope, clause)?;
            match functions::can_fail(&expr) {
                true => risky.push(Typed::new(expr, DataType::Boolean, true, "")),
                false => safe.push(expr),
            }
        }
        let mut risky = risky.into_iter();
        let mut all_risky = risky.next();
        for next in risky {
            if let Some(before) = all_risky.take() {
                // `and` of the registry computes the right side only where the left one does not decide.
                all_risky = Some(self.call("and", vec![before, next])?);
            }
        }
        // Conditions that can fail are computed only where the others hold, which DataFusion can push down.
        Ok(match (safe.into_iter().reduce(Expr::and), all_risky) {
            (Some(safe), Some(risky)) => {
                let guarded = functions::where_true(safe.clone(), risky.expr, lit(false));
                safe.and(guarded)
            }
            (Some(safe), None) => safe,
            (None, Some(risky)) => risky.expr,
            (None, None) => lit(true),
        })
    }

    /// One of the conditions that `AND` connects.
    fn one_condition(
        &self,
        condition: &Expression,
        scope: &Scope<'_>,
        clause: &str,
    ) -> Result<Expr> {
        let typed = self.resolve(condition, scope)?;
        let place = self.place(condition.span);
        if crate::expression::has_aggregate(&typed.expr) && clause == "WHERE" {
            let error = Error::analysis(
                "INVALID_WHERE_CONDITION",
                format!(
                    "The WHERE condition \"{}\" contains invalid expressions: {}. Rewrite the query to avoid window \
                     functions, aggregate functions, and generator functions in the WHERE clause.",
                    typed.name, typed.name
                ),
            );
            return Err(error.at(Some(&place)));
        }
        self.boolean(typed).map_err(|error| error.at(Some(&place)))
    }

    /// A value as a condition.
    pub(crate) fn boolean(&self, typed: Typed) -> Result<Expr> {
        match typed.data_type {
            DataType::Boolean => Ok(typed.expr),
            DataType::Void => Ok(cast(typed, &DataType::Boolean, &self.settings, None)?.expr),
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

    fn table(
        &self,
        name: &ObjectName,
        options: &[sql::Property],
        is_streaming: bool,
        environment: &Environment,
    ) -> Result<Planned> {
        let ObjectName::Parts(parts) = name else {
            return Err(not_supported("IDENTIFIER(..)"));
        };
        if let [name] = parts.as_slice()
            && let Some((table, seen)) = environment.table(name)
        {
            return self.common_table(&table, &seen);
        }
        let Some(table) = self.catalog().table(parts, options, is_streaming)? else {
            return Err(Error::analysis(
                "TABLE_OR_VIEW_NOT_FOUND",
                format!(
                    "The table or view {} cannot be found. Verify the spelling and correctness of the schema and \
                     catalog.\nIf you did not qualify the name with a schema, verify the current_schema() output, or \
                     qualify the name with the correct schema and catalog.\nTo tolerate the error on drop use DROP VIEW \
                     IF EXISTS or DROP TABLE IF EXISTS.",
                    quoted_name(parts)
                ),
            ));
        };
        self.read(table)
    }

    /// The relation that reads a table: its columns are new.
    ///
    /// # Errors
    /// If DataFusion refuses the plan.
    pub fn read(&self, table: Table) -> Result<Planned> {
        let exprs = all_columns(&table.plan);
        let values: Vec<Typed> = exprs
            .into_iter()
            .zip(&table.columns)
            .map(|(expr, column)| {
                let mut typed = Typed::new(
                    expr,
                    column.data_type.clone(),
                    column.nullable,
                    &column.name,
                );
                typed.alias = Some(column.name.clone());
                typed
            })
            .collect();
        let mut planned = self.project_new(table.plan, &values)?;
        for column in &mut planned.columns {
            column.qualifier.clone_from(&table.name);
        }
        Ok(planned)
    }

    /// A table of `WITH`. Its rows are computed at each place that names it.
    fn common_table(&self, table: &CommonTable, seen: &Environment) -> Result<Planned> {
        self.enter()?;
        let planned = self.relation(&table.query, seen, None);
        self.leave();
        let alias = TableAlias {
            name: table.name.clone(),
            columns: table.columns.clone(),
        };
        self.aliased(planned?.visible()?, Some(&alias))
    }

    fn with_tables(
        &self,
        tables: &[CommonTable],
        is_recursive: bool,
        environment: &Environment,
    ) -> Result<Environment> {
        if is_recursive {
            return Err(not_supported("WITH RECURSIVE"));
        }
        let mut environment = environment.clone();
        for (index, table) in tables.iter().enumerate() {
            let is_duplicate = |other: &CommonTable| other.name.eq_ignore_ascii_case(&table.name);
            if tables[..index].iter().any(is_duplicate) {
                return Err(Error::analysis(
                    "DUPLICATED_CTE_NAMES",
                    format!(
                        "CTE definition can't have duplicate names: `{}`.",
                        table.name
                    ),
                ));
            }
            environment = environment.with_table(table);
            // A table that nobody names must be right too.
            if let Some((table, seen)) = environment.table(&table.name) {
                self.common_table(&table, &seen)?;
            }
        }
        Ok(environment)
    }

    /// The relation under another name.
    fn aliased(&self, planned: Planned, alias: Option<&TableAlias>) -> Result<Planned> {
        let mut planned = planned.visible()?;
        let Some(alias) = alias else {
            for column in &mut planned.columns {
                column.qualifier = vec!["__auto_generated_subquery_name".to_owned()];
            }
            return Ok(planned);
        };
        if !alias.columns.is_empty() && alias.columns.len() != planned.columns.len() {
            return Err(Error::analysis(
                "ASSIGNMENT_ARITY_MISMATCH",
                format!(
                    "Number of column aliases does not match number of columns. Number of column aliases: {}; number of \
                     columns: {}.",
                    alias.columns.len(),
                    planned.columns.len()
                ),
            ));
        }
        for (index, column) in planned.columns.iter_mut().enumerate() {
            column.qualifier = vec![alias.name.clone()];
            if let Some(name) = alias.columns.get(index) {
                column.name.clone_from(name);
            }
        }
        Ok(planned)
    }

    /// `VALUES`: every column has the type that all its values fit in.
    fn values(
        &self,
        rows: &[Expression],
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let scope = Scope {
            outer,
            environment: environment.clone(),
            ..Scope::default()
        };
        let mut table: Vec<Vec<Typed>> = Vec::with_capacity(rows.len());
        for row in rows {
            let values = match &row.kind {
                // The parser gives a row in parentheses as a call of `struct`.
                ExpressionKind::UnresolvedFunction(call)
                    if call.name == ["struct"] && row.span.of(&self.text).starts_with('(') =>
                {
                    let values = call.arguments.iter().map(|argument| match &argument.value {
                        ArgumentValue::Expression(value) => self.resolve(value, &scope),
                        ArgumentValue::Table { .. } => Err(not_supported("A table as an argument")),
                    });
                    values.collect::<Result<Vec<_>>>()?
                }
                _ => vec![self.resolve(row, &scope)?],
            };
            if table
                .first()
                .is_some_and(|first| first.len() != values.len())
            {
                let error = Error::analysis(
                    "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
                    format!(
                        "Invalid inline table. Inline table expected {} columns but found {} columns in row {}.",
                        table[0].len(),
                        values.len(),
                        table.len()
                    ),
                );
                return Err(error.at(Some(&self.place(row.span))));
            }
            table.push(values);
        }
        let width = table.first().map_or(0, Vec::len);
        let mut columns = Vec::with_capacity(width);
        for index in 0..width {
            let types = table.iter().map(|row| &row[index].data_type);
            let Some(common) = widest_type(types, self.settings.ansi) else {
                return Err(Error::analysis(
                    "INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE",
                    format!(
                        "Invalid inline table. Found incompatible types in the column `col{}` for inline table.",
                        index + 1
                    ),
                ));
            };
            for row in &mut table {
                row[index] = cast(row[index].clone(), &common, &self.settings, None)?;
            }
            columns.push(Column {
                id: self.next_id(),
                origin: None,
                name: format!("col{}", index + 1),
                qualifier: Vec::new(),
                data_type: common,
                nullable: table.iter().any(|row| row[index].nullable),
            });
        }
        let exprs = table
            .into_iter()
            .map(|row| row.into_iter().map(|value| value.expr).collect());
        let plan = LogicalPlanBuilder::values(exprs.collect())?.build()?;
        let renamed = all_columns(&plan)
            .into_iter()
            .zip(&columns)
            .map(|(expr, column)| expr.alias(column.engine_name()));
        let plan = LogicalPlanBuilder::from(plan)
            .project(renamed.collect::<Vec<_>>())?
            .build()?;
        Ok(Planned::new(plan, columns))
    }

    /// `range(..)`, or a generator in `FROM`.
    fn table_function(
        &self,
        name: &[String],
        arguments: &[Expression],
        relation: &Relation,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let scope = Scope {
            outer,
            environment: environment.clone(),
            ..Scope::default()
        };
        let one_row = Planned::new(LogicalPlanBuilder::empty(true).build()?, Vec::new());
        if let [name] = name
            && name.eq_ignore_ascii_case("range")
        {
            let mut bounds = Vec::new();
            for argument in arguments {
                let value = self.resolve(argument, &scope)?;
                bounds.push(cast(value, &DataType::Long, &self.settings, None)?);
            }
            let (start, end, step) = match bounds.as_slice() {
                [end] => (Typed::long(0), end.clone(), Typed::long(1)),
                [start, end] => (start.clone(), end.clone(), Typed::long(1)),
                [start, end, step] | [start, end, step, _] => {
                    (start.clone(), end.clone(), step.clone())
                }
                _ => {
                    return Err(Error::analysis(
                        "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                        format!(
                            "The `range` requires [1, 2, 3, 4] parameters but the actual number is {}.",
                            arguments.len()
                        ),
                    ));
                }
            };
            let mut numbers = [0; 3];
            for (number, bound) in numbers.iter_mut().zip([start, end, step]) {
                match crate::expression::fold(&bound)? {
                    ScalarValue::Int64(Some(value)) => *number = value,
                    _ => {
                        return Err(Error::analysis(
                            "UNEXPECTED_INPUT_TYPE",
                            "The parameters of the function `range` must not be NULL.",
                        ));
                    }
                }
            }
            let [start, end, step] = numbers;
            if step == 0 {
                return Err(Error::analysis(
                    "INVALID_PARAMETER_VALUE",
                    "The value of the parameter `step` in `range` is invalid: it must not be 0.",
                ));
            }
            let plan = self.catalog().range(start, end, step)?;
            let values: Vec<Typed> = all_columns(&plan)
                .into_iter()
                .map(|expr| Typed::new(expr, DataType::Long, false, "id"))
                .collect();
            return self.project(plan, &values);
        }
        let function = lookup(name)
            .ok()
            .filter(|function| function.kind == Kind::Generator);
        let Some(function) = function else {
            return Err(Error::analysis(
                "UNRESOLVABLE_TABLE_VALUED_FUNCTION",
                format!(
                    "Could not resolve {} to a table-valued function. Please make sure that {} is defined as a \
                     table-valued function and that all required parameters are provided correctly.",
                    quoted_name(name),
                    quoted_name(name)
                ),
            ));
        };
        let values = arguments
            .iter()
            .map(|argument| self.resolve(argument, &scope));
        let call = self.function(function.name, values.collect::<Result<_>>()?, relation.span)?;
        let (mut planned, new) =
            self.generate(one_row, &call, function.name.ends_with("_outer"))?;
        planned.columns = new;
        planned.visible()
    }

    fn watermark(
        &self,
        planned: Planned,
        column: &Expression,
        delay: &Expression,
    ) -> Result<Planned> {
        let scope = Scope::of(&planned.columns);
        let column = self.resolve(column, &scope)?;
        let delay = crate::expression::fold(&self.constant(delay)?)?;
        let delay_us = match delay {
            ScalarValue::DurationMicrosecond(Some(micros)) => micros,
            ScalarValue::IntervalMonthDayNano(Some(interval)) if interval.months == 0 => {
                i64::from(interval.days) * 86_400_000_000 + interval.nanoseconds / 1000
            }
            other => {
                return Err(Error::analysis(
                    "CANNOT_PARSE_INTERVAL",
                    format!(
                        "Unable to parse {other}. Please ensure that the value provided is in a valid format for defining an interval."
                    ),
                ));
            }
        };
        let Expr::Column(engine) = &column.expr else {
            return Err(not_supported("A watermark on an expression"));
        };
        let engine = engine.clone();
        let columns = planned.columns;
        let plan = self.catalog().watermark(planned.plan, &engine, delay_us)?;
        Ok(Planned::new(plan, columns))
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of a join")]
    fn join(
        &self,
        left: Planned,
        right: Planned,
        join_type: JoinType,
        criteria: &JoinCriteria,
        is_lateral: bool,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let kind = match join_type {
            JoinType::Inner | JoinType::Cross => EngineJoin::Inner,
            JoinType::LeftOuter => EngineJoin::Left,
            JoinType::RightOuter => EngineJoin::Right,
            JoinType::FullOuter => EngineJoin::Full,
            JoinType::LeftSemi => EngineJoin::LeftSemi,
            JoinType::LeftAnti => EngineJoin::LeftAnti,
        };
        let keys: Vec<String> = match criteria {
            JoinCriteria::Using(names) => names.clone(),
            JoinCriteria::Natural => {
                let has = |name: &str| {
                    right
                        .columns
                        .iter()
                        .any(|other| other.name.eq_ignore_ascii_case(name))
                };
                let names = left.columns.iter().map(|column| column.name.clone());
                names.filter(|name| has(name)).collect()
            }
            _ => Vec::new(),
        };
        let mut condition: Option<Typed> = None;
        let mut pairs = Vec::with_capacity(keys.len());
        for key in &keys {
            let a = key_column(&left, key, "left")?;
            let b = key_column(&right, key, "right")?;
            let equal = self.call("==", vec![a.typed(key), b.typed(key)])?;
            condition = Some(match condition {
                None => equal,
                Some(before) => self.call("and", vec![before, equal])?,
            });
            pairs.push((a, b));
        }
        let mut all = left.columns.clone();
        all.extend(right.columns.iter().cloned());
        if let JoinCriteria::On(on) = criteria {
            let scope = Scope {
                hidden: [left.hidden.clone(), right.hidden.clone()].concat(),
                outer,
                environment: environment.clone(),
                ..Scope::of(&all)
            };
            let expr = self.condition(on, &scope, "JOIN")?;
            condition = Some(Typed::new(expr, DataType::Boolean, true, ""));
        }
        let right_plan = if is_lateral {
            let outer_columns = right.plan.all_out_ref_exprs();
            if outer_columns.is_empty() {
                right.plan
            } else {
                datafusion_expr::LogicalPlan::Subquery(datafusion_expr::Subquery {
                    subquery: crate::planned::shared(right.plan),
                    outer_ref_columns: outer_columns,
                    spans: datafusion_common::Spans::new(),
                })
            }
        } else {
            right.plan
        };
        let builder = LogicalPlanBuilder::from(left.plan);
        let builder = match condition {
            Some(condition) => builder.join_on(right_plan, kind, [condition.expr])?,
            None if kind == EngineJoin::Inner => builder.cross_join(right_plan)?,
            None => builder.join_on(right_plan, kind, [lit(true)])?,
        };
        let plan = builder.build()?;
        if matches!(kind, EngineJoin::LeftSemi | EngineJoin::LeftAnti) {
            return Ok(Planned {
                plan,
                columns: left.columns,
                hidden: left.hidden,
            });
        }
        let nullable = |columns: &[Column]| -> Vec<Column> {
            let columns = columns.iter().map(|column| Column {
                nullable: true,
                ..column.clone()
            });
            columns.collect()
        };
        let left_columns = match kind {
            EngineJoin::Right | EngineJoin::Full => nullable(&left.columns),
            _ => left.columns,
        };
        let right_columns = match kind {
            EngineJoin::Left | EngineJoin::Full => nullable(&right.columns),
            _ => right.columns,
        };
        let mut planned = Planned {
            plan,
            columns: Vec::new(),
            hidden: match kind {
                EngineJoin::Inner => [left.hidden, right.hidden].concat(),
                _ => nullable(&[left.hidden, right.hidden].concat()),
            },
        };
        if kind != EngineJoin::Inner {
            for (a, b) in &mut pairs {
                a.nullable |= kind != EngineJoin::Left;
                b.nullable |= kind != EngineJoin::Right;
            }
        }
        let mut merged = Vec::with_capacity(pairs.len());
        for (key, (a, b)) in keys.iter().zip(&pairs) {
            let column = match kind {
                EngineJoin::Right => {
                    planned.hidden.push(a.clone());
                    b.clone()
                }
                EngineJoin::Full => {
                    planned.hidden.extend([a.clone(), b.clone()]);
                    let both = vec![a.typed(key), b.typed(key)];
                    let mut value = self.call("coalesce", both)?;
                    value.alias = Some(a.name.clone());
                    let (extended, column) = self.extend(planned, &value)?;
                    planned = extended;
                    column
                }
                _ => {
                    planned.hidden.push(b.clone());
                    a.clone()
                }
            };
            merged.push(column);
        }
        let is_key = |column: &Column| {
            pairs
                .iter()
                .any(|(a, b)| a.id == column.id || b.id == column.id)
        };
        let rest = left_columns.into_iter().chain(right_columns);
        merged.extend(rest.filter(|column| !is_key(column)));
        planned.columns = merged;
        Ok(planned)
    }

    fn set_operation(
        &self,
        left: Planned,
        right: Planned,
        operator: SetOperator,
        is_all: bool,
    ) -> Result<Planned> {
        let name = match operator {
            SetOperator::Union => "UNION",
            SetOperator::Intersect => "INTERSECT",
            SetOperator::Except => "EXCEPT",
        };
        let name = if is_all && operator != SetOperator::Union {
            format!("{name} ALL")
        } else {
            name.to_owned()
        };
        let (left, right) = (left.visible()?, right.visible()?);
        if left.columns.len() != right.columns.len() {
            return Err(Error::analysis(
                "NUM_COLUMNS_MISMATCH",
                format!(
                    "{name} can only be performed on inputs with the same number of columns, but the first input has {} \
                     columns and the second input has {} columns.",
                    left.columns.len(),
                    right.columns.len()
                ),
            ));
        }
        let mut types = Vec::with_capacity(left.columns.len());
        for (index, (a, b)) in left.columns.iter().zip(&right.columns).enumerate() {
            let Some(common) = wider_type(&a.data_type, &b.data_type, self.settings.ansi) else {
                return Err(Error::analysis(
                    "INCOMPATIBLE_COLUMN_TYPE",
                    format!(
                        "{name} can only be performed on tables with compatible column types. The {} column of the second \
                         table is \"{}\" type which is not compatible with \"{}\" at the same column of the first table.",
                        functions::ordinal(index),
                        b.data_type.sql(),
                        a.data_type.sql()
                    ),
                ));
            };
            types.push(common);
        }
        let left_columns = left.columns.clone();
        let right_nullable: Vec<bool> =
            right.columns.iter().map(|column| column.nullable).collect();
        let mut left = self.cast_all(left, &types)?;
        let mut right = self.cast_all(right, &types)?;
        if operator == SetOperator::Union {
            // Both sides have the same names in the plan.
            let renamed = right
                .columns
                .iter()
                .zip(&left.columns)
                .map(|(from, to)| from.expr().alias(to.engine_name()));
            let right = LogicalPlanBuilder::from(right.plan)
                .project(renamed.collect::<Vec<_>>())?
                .build()?;
            for (column, nullable) in left.columns.iter_mut().zip(right_nullable) {
                column.nullable |= nullable;
            }
            let mut united = left.map(|plan| plan.union(right))?;
            let renamed = united.columns.iter().map(|column| {
                datafusion_expr::col(datafusion_common::Column::new_unqualified(
                    column.engine_name(),
                ))
            });
            let renamed: Vec<Expr> = renamed.collect();
            united = united.map(|plan| plan.project(renamed))?;
            return if is_all {
                Ok(united)
            } else {
                united.map(|plan| plan.distinct())
            };
        }
        if is_all {
            // The n-th of equal rows on one side belongs to the n-th on the other.
            left = self.numbered(left)?;
            right = self.numbered(right)?;
        } else {
            left = left.map(|plan| plan.distinct())?;
        }
        let kind = if operator == SetOperator::Intersect {
            EngineJoin::LeftSemi
        } else {
            EngineJoin::LeftAnti
        };
        let mut kept = self.keep_equal(left, right, kind)?;
        kept.columns.truncate(left_columns.len());
        kept.visible()
    }

    /// The relation with its columns cast to these types.
    fn cast_all(&self, planned: Planned, types: &[DataType]) -> Result<Planned> {
        let mut values = Vec::with_capacity(types.len());
        for (column, to) in planned.columns.iter().zip(types) {
            values.push(cast(column.typed(&column.name), to, &self.settings, None)?);
        }
        self.project(planned.plan, &values)
    }

    /// The relation with one more column: the number of each row among the rows that are equal to it.
    fn numbered(&self, planned: Planned) -> Result<Planned> {
        let keys: Vec<Expr> = planned.columns.iter().map(Column::expr).collect();
        let mut number = self.call("row_number", Vec::new())?;
        if let Expr::WindowFunction(window) = &mut number.expr {
            window.params.partition_by.clone_from(&keys);
            window.params.order_by = keys.into_iter().map(|key| key.sort(true, true)).collect();
        }
        let column = self.column_of(&number);
        let plan = LogicalPlanBuilder::window_plan(planned.plan, [number.expr])?;
        let mut exprs = all_columns(&plan);
        if let Some(last) = exprs.pop() {
            exprs.push(last.alias(column.engine_name()));
        }
        let plan = LogicalPlanBuilder::from(plan).project(exprs)?.build()?;
        let mut columns = planned.columns;
        columns.push(column);
        Ok(Planned::new(plan, columns))
    }

    fn sample(
        &self,
        planned: Planned,
        method: &SampleMethod,
        seed: Option<i64>,
    ) -> Result<Planned> {
        let number = |text: &str| {
            text.parse::<f64>().map_err(|_| {
                Error::analysis(
                    "PARSE_SYNTAX_ERROR",
                    format!("Syntax error at or near '{text}'."),
                )
            })
        };
        let fraction = match method {
            SampleMethod::Rows(rows) => {
                let rows = self.row_count(rows, "limit")?;
                return planned.map(|plan| plan.limit(0, Some(rows)));
            }
            SampleMethod::Percent(percent) => number(percent)? / 100.0,
            SampleMethod::Bucket(x, y) => number(x)? / number(y)?,
        };
        if !(0.0..=1.0).contains(&fraction) {
            return Err(Error::analysis(
                "_LEGACY_ERROR_TEMP_0064",
                format!("Sampling fraction ({fraction}) must be on interval [0, 1]."),
            ));
        }
        let seed = seed.map(Typed::long).into_iter().collect();
        let random = self.call("rand", seed)?;
        let limit = Typed::constant(ScalarValue::from(fraction), DataType::Double, "");
        let condition = self.call("<", vec![random, limit])?;
        planned.filter(condition.expr)
    }

    /// The number of rows of `LIMIT` and `OFFSET`.
    fn row_count(&self, expression: &Expression, clause: &str) -> Result<usize> {
        let place = self.place(expression.span);
        let typed = self
            .resolve(expression, &Scope::default())
            .map_err(|error| match error.condition() {
                "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION" => invalid_count(
                    clause,
                    "IS_UNFOLDABLE",
                    "the expression must evaluate to a constant value",
                ),
                _ => error,
            })?;
        if !functions::types::is_integral(&typed.data_type) && typed.data_type != DataType::Void {
            let why = format!(
                "the data type must be integer type, but got \"{}\"",
                typed.data_type.sql()
            );
            return Err(invalid_count(clause, "DATA_TYPE", &why).at(Some(&place)));
        }
        let value = crate::expression::fold(&cast(typed, &DataType::Long, &self.settings, None)?)?;
        match value {
            ScalarValue::Int64(Some(rows)) if (0..=i64::from(i32::MAX)).contains(&rows) => {
                Ok(rows as usize)
            }
            ScalarValue::Int64(Some(rows)) => {
                let why =
                    format!("the expression must be equal to or greater than 0, but got {rows}");
                Err(invalid_count(clause, "IS_NEGATIVE", &why).at(Some(&place)))
            }
            _ => Err(invalid_count(
                clause,
                "IS_NULL",
                "the evaluated expression must not be null",
            )
            .at(Some(&place))),
        }
    }
}

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

fn invalid_count(clause: &str, kind: &str, why: &str) -> Error {
    let condition = match kind {
        "IS_UNFOLDABLE" => "INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE",
        "DATA_TYPE" => "INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE",
        "IS_NEGATIVE" => "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE",
        _ => "INVALID_LIMIT_LIKE_EXPRESSION.IS_NULL",
    };
    Error::analysis(
        condition,
        format!("The limit like expression of the {clause} clause is invalid: {why}."),
    )
}

/// The one column of a side of `USING` of this name.
fn key_column(planned: &Planned, name: &str, side: &str) -> Result<Column> {
    let mut found = planned
        .columns
        .iter()
        .filter(|column| column.name.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (Some(column), None) => Ok(column.clone()),
        (None, _) => {
            let known: Vec<String> = planned
                .columns
                .iter()
                .map(|column| format!("`{}`", column.name))
                .collect();
            Err(Error::analysis(
                "UNRESOLVED_USING_COLUMN_FOR_JOIN",
                format!(
                    "USING column `{name}` cannot be resolved on the {side} side of the join. The {side}-side columns: [{}].",
                    known.join(", ")
                ),
            ))
        }
        _ => Err(crate::error::ambiguous(
            &[name.to_owned()],
            &[format!("`{name}`"), format!("`{name}`")],
        )),
    }
}

/// The error for a generator with another number of names than columns.
pub(crate) fn number_of_aliases(given: usize, needed: usize) -> Error {
    Error::analysis(
        "UDTF_ALIAS_NUMBER_MISMATCH",
        format!(
            "The number of aliases supplied in the AS clause does not match the number of columns output by the UDTF. \
             Expected {needed} aliases, but got {given}. Please ensure that the number of aliases provided matches the \
             number of columns output by the UDTF."
        ),
    )
}
