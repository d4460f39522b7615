//! DataFrames: rows to come, described by a plan.
//!
//! Every operation checks names and types at once and runs nothing. Rows are computed by
//! [`collect`](DataFrame::collect) and its kin for tables, by a streaming query for streams.

mod action;
mod join_type;
mod operation;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use analysis::{Planned, Table, projection};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::Column as ColumnName;
use datafusion::logical_expr::{Expr, LogicalPlan};
use futures::future::BoxFuture;
use sql::{Relation, RelationKind, Span};
use values::types::{TYPE_METADATA, type_metadata};

use crate::column::{Column, parts_of};
use crate::dialect;
use crate::error::{Error, Result};
use crate::executor::StreamingPlan;
use crate::frame_writer::DataFrameWriter;
use crate::plan::{self, is_streaming};
use crate::session::Session;
use crate::sink::OutputMode;
use crate::writer::DataStreamWriter;

pub use join_type::JoinType;
pub(crate) use operation::this;

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
