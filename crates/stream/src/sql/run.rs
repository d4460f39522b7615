//! Statements, run.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::Schema;
use datafusion::catalog::TableProvider;
use futures::FutureExt;
use futures::future::BoxFuture;
use sql::{
    CreateStreamingQuery, Parameters, Relation, Span, Statement, StatementKind, StreamingTrigger,
    StructField,
};

use super::answer::{rows, strings};
use super::catalog::SessionCatalog;
use super::database::key_values;
use super::insert::insert_all;
use super::session_statement::session_statement;
use super::view::temporary_name;
use super::{objects, variable};
use crate::dataframe::DataFrame;
use crate::dialect;
use crate::error::{Error, Result};
use crate::options::Options;
use crate::plan::{BoundedTable, StreamTable};
use crate::query::StreamingQuery;
use crate::reader::check_read_options;
use crate::session::Session;
use crate::sink::OutputMode;
use crate::source::SourceSpec;
use crate::tables::error::temporary_exists;
use crate::trigger::Trigger;

/// What a statement gives.
#[derive(Debug)]
pub enum SqlResult {
    /// Rows to come: a table, or a stream that nobody reads yet.
    Rows(DataFrame),
    /// A streaming query that runs.
    Query(StreamingQuery),
    /// Nothing; it is done.
    Done,
}

impl Session {
    /// Runs one SQL statement. A query is planned, not computed.
    ///
    /// # Errors
    /// `PARSE_SYNTAX_ERROR`, names that mean nothing, types that do not fit.
    pub fn sql(&self, text: &str) -> BoxFuture<'static, Result<SqlResult>> {
        let (session, text) = (self.clone(), text.to_owned());
        async move {
            let text = variable::substitute(&text, session.conf());
            let statement = sql::parse_statement(&text)?;
            run(&session, &text, statement, 0).await
        }
        .boxed()
    }

    /// Runs one SQL statement with values for its parameters, `:name` or `?`.
    ///
    /// # Errors
    /// `UNBOUND_SQL_PARAMETER`, `INVALID_QUERY_MIXED_QUERY_PARAMETERS`, `INVALID_SQL_ARG`, and as [`sql`](Self::sql).
    pub fn sql_with(
        &self,
        text: &str,
        parameters: &Parameters,
    ) -> BoxFuture<'static, Result<SqlResult>> {
        let text = variable::substitute(text, self.conf());
        let bound = sql::bind_parameters(&text, parameters).map(|bound| bound.into_owned());
        let session = self.clone();
        async move {
            let text = bound?;
            let statement = sql::parse_statement(&text)?;
            run(&session, &text, statement, 0).await
        }
        .boxed()
    }
}

/// Runs a statement of `text`, which `depth` statements have executed one within the other.
pub(super) async fn run(
    session: &Session,
    text: &str,
    statement: Statement,
    depth: usize,
) -> Result<SqlResult> {
    let statement = match session_statement(session, text, statement, depth).await? {
        Ok(result) => return Ok(result),
        Err(statement) => statement,
    };
    match statement.kind {
        StatementKind::Query(query) => Ok(SqlResult::Rows(plan_query(session, text, &query)?)),
        StatementKind::CreateTemporaryViewUsing {
            name,
            schema,
            replace,
            is_global,
            provider,
            options,
        } => {
            let options: Options = key_values(options).collect();
            check_read_options(&provider, &options)?;
            let options = session.with_defaults(&options);
            let name = temporary_name(&name, is_global)?;
            if !replace && session.has_temporary(&name, is_global) {
                return Err(temporary_exists(&name));
            }
            let table = source_table(session, &schema, &provider, &options)?;
            session.put_temporary(&name, is_global, table);
            Ok(SqlResult::Done)
        }
        StatementKind::CreateStreamingQuery(new) => start_query(session, text, *new).await,
        StatementKind::Insert(insert) => insert_all(session, text, vec![*insert]).await,
        StatementKind::MultiInsert(inserts) => insert_all(session, text, inserts).await,
        kind => {
            let span = statement.span;
            objects::run(session, text, Statement { kind, span }).await
        }
    }
}

/// The error for a statement of the grammar that this engine does not run.
pub(super) fn not_supported(text: &str, span: Span) -> Error {
    let shown: String = span.of(text).chars().take(60).collect();
    Error::unsupported(format!("This statement is not supported: {shown}"))
}

async fn start_query(
    session: &Session,
    text: &str,
    new: CreateStreamingQuery,
) -> Result<SqlResult> {
    let frame = plan_query(session, text, &new.query)?;
    let mode = match new.output_mode {
        sql::OutputMode::Append => OutputMode::Append,
        sql::OutputMode::Update => OutputMode::Update,
        sql::OutputMode::Complete => OutputMode::Complete,
    };
    let trigger = match new.trigger {
        StreamingTrigger::Default => Trigger::Default,
        StreamingTrigger::ProcessingTime(interval) => Trigger::processing_time(&interval)?,
        StreamingTrigger::AvailableNow => Trigger::AvailableNow,
        StreamingTrigger::Once => Trigger::Once,
    };
    let mut writer = frame
        .write_stream()
        .format(&new.provider)
        .output_mode(mode)
        .trigger(trigger)
        .options(key_values(new.options));
    if let Some(name) = &new.name {
        writer = writer.query_name(name);
    }
    if !new.partition_by.is_empty() {
        writer = writer.partition_by(new.partition_by.iter().map(String::as_str));
    }
    Ok(SqlResult::Query(writer.start().await?))
}

/// The DataFrame of a query of `text`.
pub(super) fn plan_query(session: &Session, text: &str, query: &Relation) -> Result<DataFrame> {
    plan_with(session, text, query, SessionCatalog::new(session))
}

/// The DataFrame of a query of `text` that can name the tables of `catalog`.
pub(super) fn plan_with(
    session: &Session,
    text: &str,
    query: &Relation,
    catalog: SessionCatalog,
) -> Result<DataFrame> {
    let analyser = session.analyser_with(text, catalog);
    DataFrame::of_planned(session, analyser.query(query)?)
}

/// A table over a source, as a table and as a stream, whichever it can be.
fn source_table(
    session: &Session,
    schema: &[StructField],
    format: &str,
    options: &Options,
) -> Result<Arc<dyn TableProvider>> {
    let schema = match schema {
        [] => None,
        columns => {
            let fields = format::schema::fields(columns).map_err(dialect::schema_error)?;
            Some(Arc::new(Schema::new(fields)))
        }
    };
    let (io, memory) = (session.io(), session.memory());
    let bounded = SourceSpec::for_batch(io, &memory, format, options, schema.clone());
    // A stream of files needs a schema; if none is given, what the files say is taken.
    let inferred = match (&schema, &bounded) {
        (None, Ok(spec @ SourceSpec::File(_))) => Some(spec.schema()),
        _ => schema,
    };
    let stream = SourceSpec::for_stream(io, &memory, format, options, inferred);
    match (bounded, stream) {
        (Ok(bounded), stream) => {
            let table = BoundedTable::new(bounded, stream.ok());
            Ok(Arc::new(table))
        }
        (Err(error), Ok(SourceSpec::File(_))) => Err(error),
        (Err(_), Ok(stream)) => {
            let schema = stream.schema();
            Ok(Arc::new(StreamTable::new(stream, schema)))
        }
        (Err(error), Err(_)) => Err(error),
    }
}

pub(super) fn describe(frame: &DataFrame) -> Result<SqlResult> {
    let schema = frame.schema();
    let names = schema.fields().iter().map(|field| field.name().clone());
    let types = schema
        .fields()
        .iter()
        .map(|field| dialect::field_type_name(field));
    let comments: ArrayRef = Arc::new(StringArray::new_null(schema.fields().len()));
    rows(
        frame.session(),
        &[
            ("col_name", strings(names)),
            ("data_type", strings(types)),
            ("comment", comments),
        ],
    )
}
