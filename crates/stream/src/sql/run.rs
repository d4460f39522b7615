//! Statements, run.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use futures::FutureExt;
use futures::future::BoxFuture;
use sql::{
    CreateStreamingQuery, ExplainMode, InsertInto, InsertTarget, ObjectName, Property, Relation,
    ShowStatement, Span, Statement, StatementKind, StreamingTrigger, StructField,
};

use super::variable;
use crate::dataframe::DataFrame;
use crate::dialect;
use crate::error::{Error, Result};
use crate::options::Options;
use crate::plan::{BoundedTable, StreamTable};
use crate::query::StreamingQuery;
use crate::session::{Session, table_not_found};
use crate::sink::{OutputMode, SaveMode};
use crate::source::SourceSpec;
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
            run(&session, &text, statement).await
        }
        .boxed()
    }
}

/// Runs a statement of `text`.
async fn run(session: &Session, text: &str, statement: Statement) -> Result<SqlResult> {
    match statement.kind {
        StatementKind::Query(query) => Ok(SqlResult::Rows(plan_query(session, text, &query)?)),
        StatementKind::CreateView {
            name,
            columns,
            replace,
            if_not_exists: false,
            is_temporary: true,
            is_global: false,
            query,
            ..
        } if columns.is_empty() => {
            let frame = plan_query(session, text, &query)?;
            frame.check_column_names()?;
            session.register_view(&view_name(&name)?, frame.plan().clone(), replace)?;
            Ok(SqlResult::Done)
        }
        StatementKind::CreateTemporaryViewUsing {
            name,
            schema,
            replace,
            is_global: false,
            provider,
            options,
        } => {
            let options = session.zoned(&key_values(options).collect());
            let name = name.join(".");
            create_source_view(session, &name, replace, &schema, &provider, &options)?;
            Ok(SqlResult::Done)
        }
        StatementKind::CreateStreamingQuery(new) => start_query(session, text, *new).await,
        StatementKind::Insert(insert) => overwrite_directory(session, text, *insert).await,
        StatementKind::DropView { name, if_exists } => {
            let name = view_name(&name)?;
            if !session.drop_view(&name)? && !if_exists {
                return Err(table_not_found(&name));
            }
            Ok(SqlResult::Done)
        }
        StatementKind::SetConfiguration { key, value } => set(session, key, value),
        StatementKind::ResetConfiguration(Some(key)) => {
            session.conf().unset(&key);
            Ok(SqlResult::Done)
        }
        StatementKind::Show(ShowStatement::Tables {
            namespace: None,
            pattern: None,
        })
        | StatementKind::Show(ShowStatement::Views {
            namespace: None,
            pattern: None,
        }) => show_tables(session),
        StatementKind::DescribeTable {
            name,
            is_extended: false,
            as_json: false,
            column,
        } if column.is_empty() => describe(&session.table(&view_name(&name)?)?),
        StatementKind::Show(ShowStatement::Functions {
            scope: None,
            pattern,
        }) => show_functions(session, pattern.as_deref()),
        StatementKind::Show(ShowStatement::Namespaces { pattern }) => {
            let all = vec!["default".to_owned()];
            rows(
                session,
                &[("namespace", strings(matching(all, pattern.as_deref())))],
            )
        }
        StatementKind::Show(ShowStatement::Columns(name)) => {
            let frame = session.table(&view_name(&name)?)?;
            let schema = frame.schema();
            let names = schema.fields().iter().map(|field| field.name().clone());
            rows(session, &[("col_name", strings(names))])
        }
        StatementKind::DescribeQuery(query) => describe(&plan_query(session, text, &query)?),
        StatementKind::DescribeFunction { name, is_extended } => {
            describe_function(session, &name, is_extended)
        }
        StatementKind::Explain {
            mode: mode @ (ExplainMode::Simple | ExplainMode::Extended),
            statement,
        } => {
            let StatementKind::Query(query) = &statement.kind else {
                return Err(not_supported(text, statement.span));
            };
            let frame = plan_query(session, text, query)?;
            let plan = frame.explain(mode == ExplainMode::Extended).await?;
            rows(session, &[("plan", strings([plan]))])
        }
        _ => Err(not_supported(text, statement.span)),
    }
}

/// The error for a statement of the grammar that this engine does not run.
fn not_supported(text: &str, span: Span) -> Error {
    let shown: String = span.of(text).chars().take(60).collect();
    Error::unsupported(format!("This statement is not supported: {shown}"))
}

/// The name of a view.
fn view_name(name: &ObjectName) -> Result<String> {
    match name {
        ObjectName::Parts(parts) => Ok(parts.join(".")),
        ObjectName::Computed(_) => Err(Error::unsupported("IDENTIFIER(..) is not supported")),
    }
}

fn key_values(properties: Vec<Property>) -> impl Iterator<Item = (String, String)> {
    properties
        .into_iter()
        .map(|property| (property.key, property.value.unwrap_or_default()))
}

/// `INSERT OVERWRITE DIRECTORY`.
async fn overwrite_directory(
    session: &Session,
    text: &str,
    insert: InsertInto,
) -> Result<SqlResult> {
    let InsertTarget::Directory {
        path,
        provider,
        options,
    } = insert.target
    else {
        return Err(Error::unsupported("INSERT into a table is not supported"));
    };
    let path = path.map(|path| ("path".to_owned(), path));
    let frame = plan_query(session, text, &insert.query)?;
    let writer = frame.write().format(&provider);
    let writer = writer.options(key_values(options).chain(path));
    writer.mode(SaveMode::Overwrite).save().await?;
    Ok(SqlResult::Done)
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
fn plan_query(session: &Session, text: &str, query: &Relation) -> Result<DataFrame> {
    DataFrame::of_planned(session, session.analyser(text)?.query(query)?)
}

/// A view over a source, as a table and as a stream, whichever it can be.
fn create_source_view(
    session: &Session,
    name: &str,
    replace: bool,
    schema: &[StructField],
    format: &str,
    options: &Options,
) -> Result<()> {
    if !replace && session.find_table(name)?.is_some() {
        return Err(crate::session::view_exists(name));
    }
    let schema = match schema {
        [] => None,
        columns => {
            let fields = format::schema::fields(columns).map_err(dialect::schema_error)?;
            Some(Arc::new(Schema::new(fields)))
        }
    };
    let bounded = SourceSpec::for_batch(session.io(), format, options, schema.clone());
    // A stream of files needs a schema; if none is given, what the files say is taken.
    let inferred = match (&schema, &bounded) {
        (None, Ok(spec @ SourceSpec::File(_))) => Some(spec.schema()),
        _ => schema,
    };
    let stream = SourceSpec::for_stream(format, options, inferred);
    match (bounded, stream) {
        (Ok(bounded), stream) => {
            let table = BoundedTable::new(bounded, stream.ok());
            session.register_table(name, Arc::new(table))
        }
        (Err(_), Ok(stream)) => {
            let schema = stream.schema();
            session.register_table(name, Arc::new(StreamTable::new(stream, schema)))
        }
        (Err(error), Err(_)) => Err(error),
    }
}

fn set(session: &Session, name: Option<String>, value: Option<String>) -> Result<SqlResult> {
    let shown: Vec<(String, String)> = match (name, value) {
        (Some(name), Some(value)) => {
            session.conf().set(&name, &value);
            vec![(name, value)]
        }
        (Some(name), None) => {
            let value = session
                .conf()
                .get(&name)
                .unwrap_or_else(|| "<undefined>".to_owned());
            vec![(name, value)]
        }
        (None, _) => session.conf().all().into_iter().collect(),
    };
    let (names, values): (Vec<_>, Vec<_>) = shown.into_iter().unzip();
    rows(
        session,
        &[("key", strings(names)), ("value", strings(values))],
    )
}

fn show_tables(session: &Session) -> Result<SqlResult> {
    let names = session.view_names();
    let none = strings(names.iter().map(|_| String::new()));
    let temporary: ArrayRef = Arc::new(BooleanArray::from(vec![true; names.len()]));
    rows(
        session,
        &[
            ("namespace", none),
            ("tableName", strings(names)),
            ("isTemporary", temporary),
        ],
    )
}

/// The names that a pattern of `SHOW` matches: `*` stands for any characters, `|` divides alternatives.
fn matching(names: Vec<String>, pattern: Option<&str>) -> Vec<String> {
    let Some(pattern) = pattern else {
        return names;
    };
    let alternatives = pattern.split('|').map(|alternative| {
        let parts = alternative.trim().split('*').map(regex::escape);
        format!("(?i)^(?:{})$", parts.collect::<Vec<_>>().join(".*"))
    });
    let patterns: Vec<_> = alternatives
        .filter_map(|pattern| regex::Regex::new(&pattern).ok())
        .collect();
    let is_matched = |name: &String| patterns.iter().any(|pattern| pattern.is_match(name));
    names.into_iter().filter(is_matched).collect()
}

/// `SHOW FUNCTIONS`.
fn show_functions(session: &Session, pattern: Option<&str>) -> Result<SqlResult> {
    let names = functions::all()
        .into_iter()
        .map(|function| function.name.to_owned());
    let names = matching(names.collect(), pattern);
    rows(session, &[("function", strings(names))])
}

/// `DESCRIBE FUNCTION`.
fn describe_function(session: &Session, name: &ObjectName, is_extended: bool) -> Result<SqlResult> {
    let name = view_name(name)?;
    let found = functions::find(&name).filter(|function| function.is_public());
    let Some(function) = found else {
        return Err(Error::analysis(
            "UNRESOLVED_ROUTINE",
            format!(
                "Cannot resolve routine `{name}` on search path [`system`.`builtin`, \
                 `system`.`session`, `spark_catalog`.`default`]."
            ),
        ));
    };
    let mut lines = vec![
        format!("Function: {}", function.name),
        format!("Usage: {}", function.usage),
    ];
    if is_extended {
        lines.push(format!("Group: {:?}", function.group));
    }
    rows(session, &[("function_desc", strings(lines))])
}

fn describe(frame: &DataFrame) -> Result<SqlResult> {
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

fn strings(values: impl IntoIterator<Item = String>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

/// Rows that are known already.
fn rows(session: &Session, columns: &[(&str, ArrayRef)]) -> Result<SqlResult> {
    let fields = columns.iter().map(|(name, values)| {
        let is_text = *values.data_type() == DataType::Utf8;
        Field::new(*name, values.data_type().clone(), is_text)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let values = columns
        .iter()
        .map(|(_, values)| Arc::clone(values))
        .collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), values)?;
    Ok(SqlResult::Rows(
        session.create_data_frame(schema, vec![batch])?,
    ))
}
