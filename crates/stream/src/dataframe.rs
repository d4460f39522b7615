//! DataFrames: rows to come, described by a plan.
//!
//! Every operation checks names and types at once and runs nothing. Rows are computed by
//! [`collect`](DataFrame::collect) and its kin for tables, by a streaming query for streams.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use analysis::Planned;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column as ColumnName, ScalarValue};
use datafusion::logical_expr::{
    Expr, Extension, JoinType as EngineJoin, LogicalPlan, LogicalPlanBuilder, SubqueryAlias, lit,
};
use datafusion::physical_plan::{displayable, execute_stream};
use datafusion::prelude::coalesce;
use functions::types::{TYPE_METADATA, type_metadata};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};

use crate::column::Column;
use crate::dialect;
use crate::error::{Error, ErrorKind, Result};
use crate::frame_writer::DataFrameWriter;
use crate::grouped::GroupedData;
use crate::options::parse_duration;
use crate::plan::{self, WatermarkNode, is_streaming};
use crate::session::Session;
use crate::source::Lane;
use crate::writer::DataStreamWriter;

/// Rows to come: a table, or a stream.
#[derive(Clone)]
pub struct DataFrame {
    session: Session,
    plan: LogicalPlan,
    /// The columns, if they are called otherwise in the plan, where no two have the same name.
    output: Option<SchemaRef>,
}

/// Which rows a join keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinType {
    /// Pairs only.
    Inner,
    /// Pairs, and rows of the left side without a partner.
    LeftOuter,
    /// Pairs, and rows of the right side without a partner.
    RightOuter,
    /// Pairs, and rows of both sides without a partner.
    FullOuter,
    /// Rows of the left side that have a partner.
    LeftSemi,
    /// Rows of the left side that have none.
    LeftAnti,
}

impl JoinType {
    /// The join that Spark calls `name`: `inner`, `left`, `left_outer`, `leftsemi`, …
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn parse(name: &str) -> Result<JoinType> {
        Ok(match name.to_lowercase().replace('_', "").as_str() {
            "inner" => JoinType::Inner,
            "left" | "leftouter" => JoinType::LeftOuter,
            "right" | "rightouter" => JoinType::RightOuter,
            "full" | "outer" | "fullouter" => JoinType::FullOuter,
            "semi" | "leftsemi" => JoinType::LeftSemi,
            "anti" | "leftanti" => JoinType::LeftAnti,
            _ => {
                return Err(Error::analysis(
                    "UNSUPPORTED_JOIN_TYPE",
                    format!("Unsupported join type '{name}'."),
                ));
            }
        })
    }

    fn engine(self) -> EngineJoin {
        match self {
            JoinType::Inner => EngineJoin::Inner,
            JoinType::LeftOuter => EngineJoin::Left,
            JoinType::RightOuter => EngineJoin::Right,
            JoinType::FullOuter => EngineJoin::Full,
            JoinType::LeftSemi => EngineJoin::LeftSemi,
            JoinType::LeftAnti => EngineJoin::LeftAnti,
        }
    }
}

impl DataFrame {
    pub(crate) fn new(session: Session, plan: LogicalPlan) -> DataFrame {
        DataFrame {
            session,
            plan,
            output: None,
        }
    }

    /// The rows of an analysed query. Its columns get the names that a user sees.
    pub(crate) fn of_planned(session: &Session, planned: Planned) -> Result<DataFrame> {
        let mut seen = HashSet::new();
        let mut has_duplicates = false;
        let mut exprs = Vec::with_capacity(planned.columns.len());
        for column in &planned.columns {
            let mut name = column.name.clone();
            while !seen.insert(name.clone()) {
                has_duplicates = true;
                // No name that can be written ends so.
                name.push('\0');
            }
            let expr = Expr::Column(ColumnName::new_unqualified(column.engine_name()));
            exprs.push(match type_metadata(&column.data_type) {
                Some(metadata) => {
                    let metadata = HashMap::from([(TYPE_METADATA.to_owned(), metadata)]);
                    expr.alias_with_metadata(name, Some(metadata.into()))
                }
                None => expr.alias(name),
            });
        }
        let plan = LogicalPlanBuilder::from(planned.plan)
            .project(exprs)?
            .build()?;
        let plan = plan::resolve_time_windows(plan)?;
        let output = has_duplicates.then(|| {
            let fields = plan.schema().fields().iter().zip(&planned.columns);
            let fields = fields
                .map(|(field, column)| Arc::new(field.as_ref().clone().with_name(&column.name)));
            Arc::new(Schema::new(fields.collect::<Vec<_>>()))
        });
        Ok(DataFrame {
            session: session.clone(),
            plan,
            output,
        })
    }

    pub(crate) fn plan(&self) -> &LogicalPlan {
        &self.plan
    }

    /// The session it was made in.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The columns.
    pub fn schema(&self) -> SchemaRef {
        match &self.output {
            Some(output) => Arc::clone(output),
            None => Arc::clone(self.plan.schema().inner()),
        }
    }

    /// Begins to write a table.
    pub fn write(&self) -> DataFrameWriter {
        DataFrameWriter::new(self.clone())
    }

    /// Begins to write a stream.
    pub fn write_stream(&self) -> DataStreamWriter {
        DataStreamWriter::new(self.clone())
    }

    /// That no two columns have the same name, whatever the case: files and views need that.
    ///
    /// # Errors
    /// `COLUMN_ALREADY_EXISTS`.
    pub(crate) fn check_column_names(&self) -> Result<()> {
        let mut seen = HashSet::new();
        for field in self.schema().fields() {
            if !seen.insert(field.name().to_lowercase()) {
                return Err(Error::analysis(
                    "COLUMN_ALREADY_EXISTS",
                    format!(
                        "The column `{}` already exists. Choose another name or rename the existing column.",
                        field.name().to_lowercase()
                    ),
                ));
            }
        }
        Ok(())
    }

    /// The columns as Spark prints them: `struct<id:bigint,at:timestamp>`.
    pub fn schema_string(&self) -> String {
        let schema = self.schema();
        let fields = schema.fields().iter().map(|field| {
            let data_type = dialect::field_type_name(field);
            format!("{}:{data_type}", field.name())
        });
        format!("struct<{}>", fields.collect::<Vec<_>>().join(","))
    }

    /// Whether the rows never end.
    pub fn is_streaming(&self) -> bool {
        is_streaming(&self.plan)
    }

    /// The column called `name`, told apart from columns of other DataFrames in a join.
    ///
    /// # Errors
    /// `UNRESOLVED_COLUMN` or `AMBIGUOUS_REFERENCE`.
    pub fn col(&self, name: &str) -> Result<Column> {
        let column = Expr::Column(ColumnName::from_name(name));
        Ok(Column::new(dialect::resolve(column, self.plan.schema())?))
    }

    /// The given columns; `*` stands for all.
    ///
    /// # Errors
    /// `UNRESOLVED_COLUMN`, `AMBIGUOUS_REFERENCE`, or types that do not fit.
    pub fn select<C: Into<Column>>(
        &self,
        columns: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        let exprs = columns
            .into_iter()
            .map(|column| column.into().expr)
            .collect();
        self.project(dialect::resolve_all(exprs, self.plan.schema())?)
    }

    /// The columns that SQL expressions give, such as `delay / 60 AS hours`.
    ///
    /// # Errors
    /// `PARSE_SYNTAX_ERROR`, and as [`select`](Self::select).
    pub fn select_expr<'a>(&self, exprs: impl IntoIterator<Item = &'a str>) -> Result<DataFrame> {
        let mut columns = Vec::new();
        for text in exprs {
            columns.extend(self.parse(text)?);
        }
        self.project(columns)
    }

    /// The rows for which `condition` holds.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn filter(&self, condition: impl Into<Column>) -> Result<DataFrame> {
        let condition = dialect::resolve(condition.into().expr, self.plan.schema())?;
        self.with(
            LogicalPlanBuilder::from(self.plan.clone())
                .filter(condition)?
                .build()?,
        )
    }

    /// The rows for which a SQL condition holds, such as `delay > 60 AND origin = 'JFK'`.
    ///
    /// # Errors
    /// `PARSE_SYNTAX_ERROR`, and as [`filter`](Self::filter).
    pub fn where_(&self, condition: &str) -> Result<DataFrame> {
        let mut parsed = self.parse(condition)?;
        match (parsed.pop(), parsed.is_empty()) {
            (Some(condition), true) => self.filter(Column::new(condition.unalias())),
            _ => Err(Error::new(
                ErrorKind::Parse,
                format!("one condition is needed: {condition}"),
            )),
        }
    }

    /// All columns, and `column` as `name`, in place of what was called so.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn with_column(&self, name: &str, column: impl Into<Column>) -> Result<DataFrame> {
        let schema = self.plan.schema();
        let new = dialect::resolve(column.into().expr, schema)?.alias(name);
        let mut exprs = Vec::new();
        let mut replaced = false;
        for column in schema.columns() {
            if column.name.eq_ignore_ascii_case(name) {
                replaced = true;
                exprs.push(new.clone());
            } else {
                exprs.push(Expr::Column(column));
            }
        }
        if !replaced {
            exprs.push(new);
        }
        self.project(exprs)
    }

    /// All columns, `old` under the name `new`. Nothing happens if there is no `old`.
    ///
    /// # Errors
    /// If the engine refuses the result.
    pub fn with_column_renamed(&self, old: &str, new: &str) -> Result<DataFrame> {
        let exprs = self.plan.schema().columns().into_iter().map(|column| {
            if column.name.eq_ignore_ascii_case(old) {
                Expr::Column(column).alias(new)
            } else {
                Expr::Column(column)
            }
        });
        self.project(exprs.collect())
    }

    /// All columns but those called so. Names that mean nothing are passed over.
    ///
    /// # Errors
    /// If the engine refuses the result.
    pub fn drop<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<DataFrame> {
        let names: Vec<&str> = names.into_iter().collect();
        let kept = self.plan.schema().columns().into_iter().filter(|column| {
            !names
                .iter()
                .any(|name| column.name.eq_ignore_ascii_case(name))
        });
        self.project(kept.map(Expr::Column).collect())
    }

    /// The same rows under a name that columns can be told apart by.
    ///
    /// # Errors
    /// If the engine refuses the name.
    pub fn alias(&self, name: &str) -> Result<DataFrame> {
        self.with(
            LogicalPlanBuilder::from(self.plan.clone())
                .alias(name)?
                .build()?,
        )
    }

    /// Pairs of rows of this and `other` for which `condition` holds, and what `kind` adds.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn join(
        &self,
        other: &DataFrame,
        condition: impl Into<Column>,
        kind: JoinType,
    ) -> Result<DataFrame> {
        let (left, right) = self.distinguished(other)?;
        let both = left.schema().join(right.schema())?;
        let condition = dialect::resolve(condition.into().expr, &both)?;
        let joined = LogicalPlanBuilder::from(left)
            .join_on(right, kind.engine(), [condition])?
            .build()?;
        self.with(joined)
    }

    /// Pairs of rows of this and `other` that are equal in the columns called `names`, which come
    /// once and first in the result.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn join_using<'a>(
        &self,
        other: &DataFrame,
        names: impl IntoIterator<Item = &'a str>,
        kind: JoinType,
    ) -> Result<DataFrame> {
        let right = self.renamed(&other.plan)?;
        let left = match shares_unqualified_name(&self.plan, &right) {
            true => self.renamed(&self.plan)?,
            false => self.plan.clone(),
        };
        let mut keys = Vec::new();
        for name in names {
            let key = |plan: &LogicalPlan| -> Result<ColumnName> {
                let name = Expr::Column(ColumnName::from_name(name));
                match dialect::resolve(name, plan.schema())? {
                    Expr::Column(column) => Ok(column),
                    other => Err(Error::unsupported(format!("a join on {other}"))),
                }
            };
            keys.push((key(&left)?, key(&right)?));
        }
        let (left_keys, right_keys): (Vec<ColumnName>, Vec<ColumnName>) =
            keys.iter().cloned().unzip();
        let joined = LogicalPlanBuilder::from(left.clone())
            .join(
                right.clone(),
                kind.engine(),
                (left_keys.clone(), right_keys.clone()),
                None,
            )?
            .build()?;
        if matches!(kind, JoinType::LeftSemi | JoinType::LeftAnti) {
            return self.with(joined);
        }
        let mut exprs = Vec::new();
        for (left, right) in keys {
            let name = left.name.clone();
            let (left_key, right_key) = (Expr::Column(left), Expr::Column(right));
            exprs.push(match kind {
                JoinType::RightOuter => right_key.alias(name),
                JoinType::FullOuter => coalesce(vec![left_key, right_key]).alias(name),
                _ => left_key,
            });
        }
        let rest = |plan: &LogicalPlan, keys: &[ColumnName]| -> Vec<Expr> {
            let columns = plan.schema().columns().into_iter();
            columns
                .filter(|column| !keys.contains(column))
                .map(Expr::Column)
                .collect()
        };
        exprs.extend(rest(&left, &left_keys));
        exprs.extend(rest(&right, &right_keys));
        self.with(LogicalPlanBuilder::from(joined).project(exprs)?.build()?)
    }

    /// The rows of both, column by column; columns are matched by place, not by name.
    ///
    /// # Errors
    /// If there are not as many columns, or of types that do not fit.
    pub fn union(&self, other: &DataFrame) -> Result<DataFrame> {
        let (left, right) = (
            self.plan.schema().fields().len(),
            other.plan.schema().fields().len(),
        );
        if left != right {
            return Err(Error::analysis(
                "NUM_COLUMNS_MISMATCH",
                format!(
                    "UNION can only be performed on inputs with the same number of columns, but \
                     the first input has {left} columns and the second input has {right} columns."
                ),
            ));
        }
        let union = LogicalPlanBuilder::from(self.plan.clone()).union(other.plan.clone())?;
        self.with(union.build()?)
    }

    /// Groups of rows that have the same values in `keys`; all rows are one group if there are
    /// none.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn group_by<C: Into<Column>>(
        &self,
        keys: impl IntoIterator<Item = C>,
    ) -> Result<GroupedData> {
        let keys = keys.into_iter().map(|key| key.into().expr).collect();
        let keys = dialect::resolve_all(keys, self.plan.schema())?;
        Ok(GroupedData::new(self.clone(), keys))
    }

    /// One row: `aggregates` over all rows.
    ///
    /// # Errors
    /// As [`GroupedData::agg`].
    pub fn agg<C: Into<Column>>(
        &self,
        aggregates: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        GroupedData::new(self.clone(), Vec::new()).agg(aggregates)
    }

    /// Every row once.
    ///
    /// # Errors
    /// If the engine cannot compare rows of these types.
    pub fn distinct(&self) -> Result<DataFrame> {
        self.with(
            LogicalPlanBuilder::from(self.plan.clone())
                .distinct()?
                .build()?,
        )
    }

    /// One row of those that are equal in the columns called `names`; of all columns if there are
    /// none.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn drop_duplicates<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<DataFrame> {
        let on: Vec<Expr> = names
            .into_iter()
            .map(|n| Expr::Column(ColumnName::from_name(n)))
            .collect();
        if on.is_empty() {
            return self.distinct();
        }
        let on = dialect::resolve_all(on, self.plan.schema())?;
        let all = self
            .plan
            .schema()
            .columns()
            .into_iter()
            .map(Expr::Column)
            .collect();
        let distinct = LogicalPlanBuilder::from(self.plan.clone()).distinct_on(on, all, None)?;
        self.with(distinct.build()?)
    }

    /// The rows sorted by `columns`, each `asc()` unless it says `desc()`.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn order_by<C: Into<Column>>(
        &self,
        columns: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        let mut sorts = Vec::new();
        for column in columns {
            let mut sort = column.into().into_sort();
            sort.expr = dialect::resolve(sort.expr, self.plan.schema())?;
            sorts.push(sort);
        }
        self.with(
            LogicalPlanBuilder::from(self.plan.clone())
                .sort(sorts)?
                .build()?,
        )
    }

    /// The first `rows` rows.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn limit(&self, rows: usize) -> Result<DataFrame> {
        // A plan's limit is a signed number.
        let rows = rows.min(i64::MAX as usize);
        self.with(
            LogicalPlanBuilder::from(self.plan.clone())
                .limit(0, Some(rows))?
                .build()?,
        )
    }

    /// Says that `column` is the time of each row, and that rows more than `delay` (such as
    /// `10 minutes`) behind the newest may be dropped.
    ///
    /// # Errors
    /// `EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE`, `UNRESOLVED_COLUMN`, or a delay that is no time.
    pub fn with_watermark(&self, column: &str, delay: &str) -> Result<DataFrame> {
        let Some(delay) = parse_duration(delay) else {
            return Err(Error::analysis(
                "CANNOT_PARSE_INTERVAL",
                format!(
                    "Unable to parse '{delay}'. Please ensure that the value is an interval such as '10 seconds'."
                ),
            ));
        };
        let name = Expr::Column(ColumnName::from_name(column));
        let Expr::Column(column) = dialect::resolve(name, self.plan.schema())? else {
            return Err(Error::analysis(
                "EVENT_TIME_MUST_BE_TOP_LEVEL_COLUMN",
                format!("The event time {column} must be a top-level column."),
            ));
        };
        let node = WatermarkNode::try_new(self.plan.clone(), column, delay.as_millis() as i64)?;
        self.with(LogicalPlan::Extension(Extension {
            node: Arc::new(node),
        }))
    }

    /// Makes these rows known to SQL as `name`, in place of what was called so.
    ///
    /// # Errors
    /// If the engine refuses the name.
    pub fn create_or_replace_temp_view(&self, name: &str) -> Result<()> {
        self.check_column_names()?;
        self.session.register_view(name, self.plan.clone(), true)
    }

    /// Makes these rows known to SQL as `name`.
    ///
    /// # Errors
    /// `TEMP_TABLE_OR_VIEW_ALREADY_EXISTS`.
    pub fn create_temp_view(&self, name: &str) -> Result<()> {
        self.check_column_names()?;
        self.session.register_view(name, self.plan.clone(), false)
    }

    /// All rows.
    ///
    /// # Errors
    /// If this is a stream, or the rows cannot be computed.
    pub fn collect(&self) -> BoxFuture<'static, Result<Vec<RecordBatch>>> {
        let frame = self.clone();
        async move { frame.rows().await?.try_collect().await }.boxed()
    }

    /// All rows, as they are computed.
    pub(crate) async fn rows(&self) -> Result<Lane> {
        let state = self.session.state();
        let physical = state.create_physical_plan(&self.bounded_plan()?).await?;
        let rows = execute_stream(physical, state.task_ctx())?;
        let Some(output) = self.output.clone() else {
            return Ok(rows.map_err(Error::from).boxed());
        };
        let renamed = rows.map(move |batch| {
            let columns = batch?.columns().to_vec();
            Ok(RecordBatch::try_new(Arc::clone(&output), columns)?)
        });
        Ok(renamed.boxed())
    }

    /// The first `rows` rows as a table of text, as Spark's `show` prints it; values longer than
    /// `truncate` characters are cut, 0 cuts none.
    ///
    /// # Errors
    /// As [`collect`](Self::collect).
    pub fn show_string(&self, rows: usize, truncate: usize) -> BoxFuture<'static, Result<String>> {
        let frame = self.clone();
        async move {
            let batches = frame.limit(rows.saturating_add(1))?.collect().await?;
            let zone = frame.session.settings().zone();
            dialect::show_string(&frame.schema(), &batches, rows, truncate, zone)
        }
        .boxed()
    }

    /// All rows as JSON objects; fields that are null are left out.
    ///
    /// # Errors
    /// As [`collect`](Self::collect).
    pub fn to_json(&self) -> BoxFuture<'static, Result<Vec<String>>> {
        let frame = self.clone();
        async move {
            let zone = frame
                .session
                .conf()
                .get("spark.sql.session.timeZone")
                .unwrap_or_default();
            let mut rows = Vec::new();
            for batch in frame.collect().await? {
                rows.extend(dialect::json_lines(&batch, &zone)?);
            }
            Ok(rows)
        }
        .boxed()
    }

    /// How the rows would be computed; `extended` adds the logical plans.
    ///
    /// # Errors
    /// If the rows cannot be planned.
    pub fn explain(&self, extended: bool) -> BoxFuture<'static, Result<String>> {
        let frame = self.clone();
        async move {
            let state = frame.session.state();
            let mut text = String::new();
            if extended {
                text += &format!(
                    "== Analyzed Logical Plan ==\n{}\n",
                    frame.plan.display_indent()
                );
            }
            if frame.is_streaming() {
                return Ok(
                    text + &format!("== Streaming Plan ==\n{}\n", frame.plan.display_indent())
                );
            }
            let optimized = state.optimize(&frame.bounded_plan()?)?;
            if extended {
                text += &format!(
                    "== Optimized Logical Plan ==\n{}\n",
                    optimized.display_indent()
                );
            }
            let physical = state
                .query_planner()
                .create_physical_plan(&optimized, &state)
                .await?;
            let physical = displayable(physical.as_ref()).indent(false);
            Ok(text + &format!("== Physical Plan ==\n{physical}"))
        }
        .boxed()
    }

    /// The plan of a query that ends, with `current_timestamp()` a constant.
    fn bounded_plan(&self) -> Result<LogicalPlan> {
        if self.is_streaming() {
            return Err(Error::new(
                ErrorKind::Analysis,
                "Queries with streaming sources must be executed with writeStream.start()",
            ));
        }
        let now_us = self.session.io().clock.now_ms() * 1000;
        let now = lit(ScalarValue::TimestampMicrosecond(
            Some(now_us),
            Some("UTC".into()),
        ));
        let plan = self.plan.clone().transform_up_with_subqueries(|node| {
            let names = datafusion::logical_expr::expr_rewriter::NamePreserver::new(&node);
            node.map_expressions(|expr| {
                let name = names.save(&expr);
                let replaced = expr.transform_up(|e| {
                    Ok(match dialect::is_current_timestamp(&e) {
                        true => Transformed::yes(now.clone()),
                        false => Transformed::no(e),
                    })
                })?;
                Ok(replaced.update_data(|expr| name.restore(expr)))
            })
        })?;
        Ok(plan.data)
    }

    fn parse(&self, text: &str) -> Result<Vec<Expr>> {
        dialect::parse_expressions(self.session.settings(), text, self.plan.schema())
    }

    fn project(&self, exprs: Vec<Expr>) -> Result<DataFrame> {
        let projected = LogicalPlanBuilder::from(self.plan.clone())
            .project(exprs)?
            .build()?;
        self.with(plan::resolve_time_windows(projected)?)
    }

    /// This and `other`'s plan, renamed as far as columns of the two could not be told apart.
    fn distinguished(&self, other: &DataFrame) -> Result<(LogicalPlan, LogicalPlan)> {
        let mine = self.plan.schema().columns();
        let same = other
            .plan
            .schema()
            .columns()
            .iter()
            .any(|column| mine.contains(column));
        let right = match same || shares_unqualified_name(&other.plan, &self.plan) {
            true => self.renamed(&other.plan)?,
            false => other.plan.clone(),
        };
        let left = match shares_unqualified_name(&self.plan, &right) {
            true => self.renamed(&self.plan)?,
            false => self.plan.clone(),
        };
        Ok((left, right))
    }

    /// `plan` with its columns under a table name of their own.
    fn renamed(&self, plan: &LogicalPlan) -> Result<LogicalPlan> {
        let alias = SubqueryAlias::try_new(Arc::new(plan.clone()), self.session.next_read_name())?;
        Ok(LogicalPlan::SubqueryAlias(alias))
    }

    fn with(&self, plan: LogicalPlan) -> Result<DataFrame> {
        Ok(DataFrame::new(self.session.clone(), plan))
    }
}

/// Whether a column of `plan` that belongs to no table is called as one of `other`.
fn shares_unqualified_name(plan: &LogicalPlan, other: &LogicalPlan) -> bool {
    let names: Vec<_> = other
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    plan.schema()
        .columns()
        .iter()
        .any(|column| column.relation.is_none() && names.contains(&column.name.as_str()))
}

impl fmt::Debug for DataFrame {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let columns = self.plan.schema().fields().iter();
        let columns: Vec<_> = columns
            .map(|field| {
                format!(
                    "{}: {}",
                    field.name(),
                    dialect::type_name(field.data_type())
                )
            })
            .collect();
        write!(f, "DataFrame[{}]", columns.join(", "))
    }
}
