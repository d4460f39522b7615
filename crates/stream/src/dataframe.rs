//! DataFrames: rows to come, described by a plan.
//!
//! Every operation checks names and types at once and runs nothing. Rows are computed by
//! [`collect`](DataFrame::collect) and its kin for tables, by a streaming query for streams.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use analysis::{Planned, Table, projection};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column as ColumnName, ScalarValue};
use datafusion::logical_expr::{Expr, LogicalPlan, lit};
use datafusion::physical_plan::execute_stream;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};
use sql::{
    Expression, GroupingKind, IntervalUnit, JoinCriteria, Literal, Relation, RelationKind,
    SetOperator, SortOrder, Span, TableAlias,
};
use values::types::{TYPE_METADATA, type_metadata};

use crate::column::{Column, parts_of};
use crate::dialect;
use crate::error::{Error, ErrorKind, Result};
use crate::executor::StreamingPlan;
use crate::explain::{self, ExplainMode};
use crate::frame_writer::DataFrameWriter;
use crate::grouped::GroupedData;
use crate::options::parse_duration;
use crate::plan::{self, is_streaming};
use crate::session::Session;
use crate::sink::OutputMode;
use crate::source::Lane;
use crate::writer::DataStreamWriter;

/// Rows to come: a table, or a stream.
#[derive(Clone)]
pub struct DataFrame {
    session: Session,
    /// The rows as the analyser knows them, for what is made of this.
    planned: Arc<Planned>,
    /// The plan whose columns have the names that a user sees.
    plan: LogicalPlan,
    /// How it was selected, for a sort by a column that was not.
    selection: Option<Arc<Selection>>,
    /// The columns, if they are called otherwise in the plan, where no two have the same name.
    output: Option<SchemaRef>,
}

/// A `SELECT` that a sort may be a part of.
struct Selection {
    input: Planned,
    text: String,
    kind: RelationKind,
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

    fn unresolved(self) -> sql::JoinType {
        match self {
            JoinType::Inner => sql::JoinType::Inner,
            JoinType::LeftOuter => sql::JoinType::LeftOuter,
            JoinType::RightOuter => sql::JoinType::RightOuter,
            JoinType::FullOuter => sql::JoinType::FullOuter,
            JoinType::LeftSemi => sql::JoinType::LeftSemi,
            JoinType::LeftAnti => sql::JoinType::LeftAnti,
        }
    }
}

/// The DataFrame that an operation is called on, as the input of a relation.
pub(crate) fn this() -> Box<Relation> {
    analysed(0)
}

/// One of the DataFrames of an operation.
fn analysed(index: usize) -> Box<Relation> {
    Box::new(Relation::new(
        RelationKind::Analysed(index),
        Span::default(),
    ))
}

impl DataFrame {
    /// The rows of a plan.
    pub(crate) fn of_plan(session: &Session, plan: LogicalPlan) -> Result<DataFrame> {
        let table = Table::of_plan(Vec::new(), plan)?;
        DataFrame::of_planned(session, session.analyser("").read(table)?)
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
        let plan = projection(planned.plan.clone(), exprs)?;
        let plan = plan::resolve_time_windows(plan)?;
        let output = has_duplicates.then(|| {
            let fields = plan.schema().fields().iter().zip(&planned.columns);
            let fields = fields
                .map(|(field, column)| Arc::new(field.as_ref().clone().with_name(&column.name)));
            Arc::new(Schema::new(fields.collect::<Vec<_>>()))
        });
        Ok(DataFrame {
            session: session.clone(),
            planned: Arc::new(planned),
            plan,
            selection: None,
            output,
        })
    }

    /// The rows that a relation over this DataFrame has.
    pub(crate) fn derive(&self, kind: RelationKind) -> Result<DataFrame> {
        self.derive_text("", kind)
    }

    /// The rows of a relation over several DataFrames, whose expressions stand in `text`.
    fn derive_with(
        &self,
        text: &str,
        inputs: Vec<Planned>,
        kind: RelationKind,
    ) -> Result<DataFrame> {
        let analyser = self.session.analyser(text).with_analysed(inputs);
        let planned = analyser.query(&Relation::new(kind, Span::default()))?;
        DataFrame::of_planned(&self.session, planned)
    }

    /// The rows of a relation over this DataFrame and `other`.
    fn derive_both(&self, other: &DataFrame, kind: RelationKind) -> Result<DataFrame> {
        let inputs = [&self.planned, &other.planned].map(|planned| Planned::clone(planned));
        self.derive_with("", inputs.into(), kind)
    }

    /// The rows of a relation over this DataFrame whose expressions stand in `text`.
    fn derive_text(&self, text: &str, kind: RelationKind) -> Result<DataFrame> {
        let input = Planned::clone(&self.planned);
        let mut frame = self.derive_with(text, vec![input.clone()], kind.clone())?;
        if let RelationKind::Project { .. } | RelationKind::Aggregate { .. } = kind {
            frame.selection = Some(Arc::new(Selection {
                input,
                text: text.to_owned(),
                kind,
            }));
        }
        Ok(frame)
    }

    pub(crate) fn plan(&self) -> &LogicalPlan {
        &self.plan
    }

    /// The plan that every micro-batch of a streaming query runs.
    ///
    /// # Errors
    /// As [`StreamingPlan::compile`].
    pub fn streaming_plan(&self, mode: OutputMode) -> BoxFuture<'_, Result<StreamingPlan>> {
        StreamingPlan::compile(self.session.runtime(), &self.plan, mode)
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

    /// That no two columns have the same name: files and views need that.
    ///
    /// # Errors
    /// `COLUMN_ALREADY_EXISTS`.
    pub(crate) fn check_column_names(&self) -> Result<()> {
        let mut seen = HashSet::new();
        let names = self.session().names();
        for field in self.schema().fields() {
            if !seen.insert(names.key(field.name())) {
                return Err(Error::analysis(
                    "COLUMN_ALREADY_EXISTS",
                    format!(
                        "The column `{}` already exists. Choose another name or rename the existing column.",
                        names.key(field.name())
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

    /// The column called `name` of this DataFrame, told apart from columns of others in a join.
    ///
    /// # Errors
    /// `UNRESOLVED_COLUMN` or `AMBIGUOUS_REFERENCE`.
    pub fn col(&self, name: &str) -> Result<Column> {
        Ok(Column::new(self.planned.reference(&parts_of(name))?))
    }

    /// The given columns; `*` stands for all. Aggregates without a key give one row.
    ///
    /// # Errors
    /// `UNRESOLVED_COLUMN`, `AMBIGUOUS_REFERENCE`, or types that do not fit.
    pub fn select<C: Into<Column>>(
        &self,
        columns: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        self.derive(RelationKind::Project {
            input: this(),
            expressions: expressions(columns),
        })
    }

    /// The columns that SQL expressions give, such as `delay / 60 AS hours`.
    ///
    /// # Errors
    /// `PARSE_SYNTAX_ERROR`, and as [`select`](Self::select).
    pub fn select_expr<'a>(&self, exprs: impl IntoIterator<Item = &'a str>) -> Result<DataFrame> {
        let text = exprs.into_iter().collect::<Vec<_>>().join(", ");
        let kind = RelationKind::Project {
            input: this(),
            expressions: sql::parse_expressions(&text)?,
        };
        self.derive_text(&text, kind)
    }

    /// The rows for which `condition` holds.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn filter(&self, condition: impl Into<Column>) -> Result<DataFrame> {
        self.derive(RelationKind::Filter {
            input: this(),
            condition: condition.into().into_expression(),
        })
    }

    /// The rows for which a SQL condition holds, such as `delay > 60 AND origin = 'JFK'`.
    ///
    /// # Errors
    /// `PARSE_SYNTAX_ERROR`, and as [`filter`](Self::filter).
    pub fn where_(&self, condition: &str) -> Result<DataFrame> {
        let kind = RelationKind::Filter {
            input: this(),
            condition: sql::parse_expression(condition)?,
        };
        self.derive_text(condition, kind)
    }

    /// All columns, and `column` as `name`, in place of what was called so.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn with_column(&self, name: &str, column: impl Into<Column>) -> Result<DataFrame> {
        self.derive(RelationKind::WithColumns {
            input: this(),
            columns: vec![(name.to_owned(), column.into().into_expression())],
        })
    }

    /// All columns, `old` under the name `new`. Nothing happens if there is no `old`.
    ///
    /// # Errors
    /// If the engine refuses the result.
    pub fn with_column_renamed(&self, old: &str, new: &str) -> Result<DataFrame> {
        self.derive(RelationKind::WithColumnsRenamed {
            input: this(),
            renames: vec![(old.to_owned(), new.to_owned())],
        })
    }

    /// All columns but those called so. Names that mean nothing are passed over.
    ///
    /// # Errors
    /// If the engine refuses the result.
    pub fn drop<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<DataFrame> {
        self.derive(RelationKind::Drop {
            input: this(),
            names: owned(names),
        })
    }

    /// The same rows under a name that columns can be told apart by.
    ///
    /// # Errors
    /// If the engine refuses the name.
    pub fn alias(&self, name: &str) -> Result<DataFrame> {
        self.derive(RelationKind::SubqueryAlias {
            input: this(),
            alias: Some(TableAlias {
                name: name.to_owned(),
                columns: Vec::new(),
            }),
        })
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
        let condition = condition.into().into_expression();
        self.join_by(other, JoinCriteria::On(Box::new(condition)), kind)
    }

    /// Pairs of rows of this and `other` that are equal in the columns called `names`, which come once and first in the
    /// result.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn join_using<'a>(
        &self,
        other: &DataFrame,
        names: impl IntoIterator<Item = &'a str>,
        kind: JoinType,
    ) -> Result<DataFrame> {
        self.join_by(other, JoinCriteria::Using(owned(names)), kind)
    }

    fn join_by(
        &self,
        other: &DataFrame,
        criteria: JoinCriteria,
        kind: JoinType,
    ) -> Result<DataFrame> {
        let join = RelationKind::Join {
            left: this(),
            right: analysed(1),
            join_type: kind.unresolved(),
            criteria,
            is_lateral: false,
        };
        self.derive_both(other, join)
    }

    /// The rows of both, column by column; columns are matched by place, not by name.
    ///
    /// # Errors
    /// If there are not as many columns, or of types that do not fit.
    pub fn union(&self, other: &DataFrame) -> Result<DataFrame> {
        let union = RelationKind::SetOperation {
            left: this(),
            right: analysed(1),
            operator: SetOperator::Union,
            is_all: true,
        };
        self.derive_both(other, union)
    }

    /// Groups of rows that have the same values in `keys`; all rows are one group if there are none.
    ///
    /// # Errors
    /// `UNRESOLVED_COLUMN` or `AMBIGUOUS_REFERENCE`.
    pub fn group_by<C: Into<Column>>(
        &self,
        keys: impl IntoIterator<Item = C>,
    ) -> Result<GroupedData> {
        self.group(keys, GroupingKind::GroupBy)
    }

    /// [`group_by`](Self::group_by) of all `keys`, of all but the last, and so on: subtotals.
    ///
    /// # Errors
    /// As [`group_by`](Self::group_by).
    pub fn rollup<C: Into<Column>>(
        &self,
        keys: impl IntoIterator<Item = C>,
    ) -> Result<GroupedData> {
        self.group(keys, GroupingKind::Rollup)
    }

    /// [`group_by`](Self::group_by) of every subset of `keys`.
    ///
    /// # Errors
    /// As [`group_by`](Self::group_by).
    pub fn cube<C: Into<Column>>(&self, keys: impl IntoIterator<Item = C>) -> Result<GroupedData> {
        self.group(keys, GroupingKind::Cube)
    }

    fn group<C: Into<Column>>(
        &self,
        keys: impl IntoIterator<Item = C>,
        kind: GroupingKind,
    ) -> Result<GroupedData> {
        let keys = expressions(keys);
        // A key that is wrong is refused here, not by `agg`.
        if !keys.is_empty() {
            self.derive(RelationKind::Project {
                input: this(),
                expressions: keys.clone(),
            })?;
        }
        Ok(GroupedData::new(self.clone(), keys, kind))
    }

    /// One row: `aggregates` over all rows.
    ///
    /// # Errors
    /// As [`GroupedData::agg`].
    pub fn agg<C: Into<Column>>(
        &self,
        aggregates: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        GroupedData::new(self.clone(), Vec::new(), GroupingKind::GroupBy).agg(aggregates)
    }

    /// Every row once.
    ///
    /// # Errors
    /// If the engine cannot compare rows of these types.
    pub fn distinct(&self) -> Result<DataFrame> {
        self.derive(RelationKind::Distinct(this()))
    }

    /// One row of those that are equal in the columns called `names`; of all columns if there are none.
    ///
    /// # Errors
    /// `UNRESOLVED_COLUMN_AMONG_FIELD_NAMES`.
    pub fn drop_duplicates<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<DataFrame> {
        self.derive(RelationKind::Deduplicate {
            input: this(),
            names: owned(names),
        })
    }

    /// The rows sorted by `columns`, each `asc()` unless it says `desc()`. Columns that the last `select` left out can be
    /// named too.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn order_by<C: Into<Column>>(
        &self,
        columns: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        let order = columns.into_iter().map(|column| column.into().into_sort());
        let order: Vec<SortOrder> = order.collect();
        let sort = |input| RelationKind::Sort {
            input,
            order: order.clone(),
            is_global: true,
        };
        let sorted = self.derive(sort(this()));
        match (&sorted, &self.selection) {
            (Err(error), Some(selection)) if is_missing_column(error) => {
                let select = Relation::new(selection.kind.clone(), Span::default());
                let input = vec![selection.input.clone()];
                self.derive_with(&selection.text, input, sort(Box::new(select)))
                    .or(sorted)
            }
            _ => sorted,
        }
    }

    /// The first `rows` rows.
    ///
    /// # Errors
    /// If `rows` does not fit a Java `int`.
    pub fn limit(&self, rows: usize) -> Result<DataFrame> {
        // Spark counts rows in an `INT`.
        let rows = i32::try_from(rows).unwrap_or(i32::MAX);
        self.derive(RelationKind::Limit {
            input: this(),
            limit: Box::new(Column::literal(rows.into()).into_expression()),
        })
    }

    /// Says that `column` is the time of each row, and that rows more than `delay` (such as `10 minutes`) behind the
    /// newest may be dropped.
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
        let micros = delay.as_micros().to_string();
        let delay = Literal::IntervalUnits(vec![(micros, IntervalUnit::Microsecond)]);
        self.derive(RelationKind::Watermark {
            input: this(),
            column: Column::named(column).into_expression(),
            delay: Box::new(Column::literal(delay).into_expression()),
        })
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
            // One more row than is shown tells whether there are more. A limit is a Java `int`.
            let limit = rows.saturating_add(1).min(i32::MAX as usize);
            let batches = frame.limit(limit)?.collect().await?;
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

    /// How the rows would be computed: the physical plan; `extended` adds the logical plans.
    ///
    /// # Errors
    /// If the rows cannot be planned.
    pub fn explain(&self, extended: bool) -> BoxFuture<'static, Result<String>> {
        self.explain_mode(match extended {
            true => ExplainMode::Extended,
            false => ExplainMode::Simple,
        })
    }

    /// How the rows would be computed, as `EXPLAIN` shows it.
    ///
    /// # Errors
    /// If the rows cannot be planned.
    pub fn explain_mode(&self, mode: ExplainMode) -> BoxFuture<'static, Result<String>> {
        let frame = self.clone();
        async move { explain::explain(&frame, mode, None).await }.boxed()
    }

    /// The plan of a query that ends, with `current_timestamp()` a constant, for one run.
    pub(crate) fn bounded_plan(&self) -> Result<LogicalPlan> {
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
                    Ok(match plan::is_current_timestamp(&e) {
                        true => Transformed::yes(now.clone()),
                        false => Transformed::no(e),
                    })
                })?;
                Ok(replaced.update_data(|expr| name.restore(expr)))
            })
        })?;
        Ok(functions::with_new_states(plan.data)?)
    }
}

/// Whether an error says that a column is not there.
fn is_missing_column(error: &Error) -> bool {
    let condition = error.condition().unwrap_or_default();
    condition.starts_with("UNRESOLVED_COLUMN") || condition.starts_with("MISSING_ATTRIBUTES")
}

fn expressions<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> Vec<Expression> {
    let columns = columns.into_iter().map(Into::into);
    columns.map(Column::into_expression).collect()
}

fn owned<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
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
