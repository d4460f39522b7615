//! Readers: from a format, options and a schema to a DataFrame.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::LogicalPlanBuilder;

use crate::dataframe::DataFrame;
use crate::dialect;
use crate::error::Result;
use crate::options::Options;
use crate::plan::{BoundedTable, StreamTable};
use crate::session::Session;
use crate::source::file::{FileFormat, Use, check_options};
use crate::source::{MemoryStream, SourceSpec};

/// What both kinds of reader are told.
#[derive(Clone, Debug)]
struct Request {
    format: Option<String>,
    schema: Option<Result<SchemaRef>>,
    options: Options,
}

impl Request {
    fn new() -> Request {
        Request {
            format: None,
            schema: None,
            options: Options::new(),
        }
    }

    fn schema(&self) -> Result<Option<SchemaRef>> {
        self.schema.clone().transpose()
    }
}

/// Reads a stream: `session.read_stream().format("kafka").option(..).load()`.
#[derive(Clone, Debug)]
pub struct DataStreamReader {
    session: Session,
    request: Request,
}

impl DataStreamReader {
    pub(crate) fn new(session: Session) -> DataStreamReader {
        DataStreamReader {
            session,
            request: Request::new(),
        }
    }

    /// The format: `kafka`, `json`, `csv`, `parquet`, `text`, `rate` or `rate-micro-batch`.
    pub fn format(mut self, format: &str) -> DataStreamReader {
        self.request.format = Some(format.to_owned());
        self
    }

    /// The columns, as text such as `id BIGINT, at TIMESTAMP`. A mistake is reported by `load`.
    pub fn schema(mut self, ddl: &str) -> DataStreamReader {
        self.request.schema = Some(dialect::parse_schema(ddl));
        self
    }

    /// The columns, as an Arrow schema.
    pub fn arrow_schema(mut self, schema: SchemaRef) -> DataStreamReader {
        self.request.schema = Some(Ok(schema));
        self
    }

    /// Sets an option of the source.
    pub fn option(mut self, name: &str, value: impl ToString) -> DataStreamReader {
        self.request.options.set(name, value.to_string());
        self
    }

    /// Sets options of the source.
    pub fn options<N: Into<String>, V: Into<String>>(
        mut self,
        options: impl IntoIterator<Item = (N, V)>,
    ) -> DataStreamReader {
        for (name, value) in options {
            self.request.options.set(name, value);
        }
        self
    }

    /// The stream. Nothing is read yet.
    ///
    /// # Errors
    /// `DATA_SOURCE_NOT_FOUND`, a schema that is no schema, options that make no sense.
    pub fn load(self) -> Result<DataFrame> {
        let format = self.session.format_name(self.request.format.as_deref());
        let schema = self.request.schema()?;
        let options = self.session.with_defaults(&self.request.options);
        check_read_options(&format, &self.request.options)?;
        let (io, memory) = (self.session.io(), self.session.memory());
        let spec = SourceSpec::for_stream(io, &memory, &format, &options, schema)?;
        stream_of(&self.session, spec)
    }

    /// The stream of the files in directory `path`.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_path(self, path: &str) -> Result<DataFrame> {
        self.option("path", path).load()
    }

    /// [`load_path`](Self::load_path) of JSON files.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn json(self, path: &str) -> Result<DataFrame> {
        self.format("json").load_path(path)
    }

    /// [`load_path`](Self::load_path) of CSV files.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn csv(self, path: &str) -> Result<DataFrame> {
        self.format("csv").load_path(path)
    }

    /// [`load_path`](Self::load_path) of Parquet files.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parquet(self, path: &str) -> Result<DataFrame> {
        self.format("parquet").load_path(path)
    }

    /// The stream of the rows added to `stream` by hand.
    ///
    /// # Errors
    /// If the engine refuses the schema.
    pub fn memory(self, stream: &MemoryStream) -> Result<DataFrame> {
        stream_of(&self.session, SourceSpec::Memory(stream.clone()))
    }
}

/// Warns of options of files that have no effect, and refuses those that cannot be honoured.
pub(crate) fn check_read_options(format: &str, options: &Options) -> Result<()> {
    match FileFormat::named(&format.to_ascii_lowercase()) {
        Some(format) => check_options(format, Use::Read, options),
        None => Ok(()),
    }
}

/// A DataFrame over a source as a stream.
pub(crate) fn stream_of(session: &Session, spec: SourceSpec) -> Result<DataFrame> {
    let schema = spec.schema();
    let table = provider_as_source(Arc::new(StreamTable::new(spec, schema)));
    let plan = LogicalPlanBuilder::scan(session.next_read_name(), table, None)?.build()?;
    DataFrame::of_plan(session, plan)
}

/// Reads what is there now: `session.read().format("csv").option(..).load()`.
#[derive(Clone, Debug)]
pub struct DataFrameReader {
    session: Session,
    request: Request,
}

impl DataFrameReader {
    pub(crate) fn new(session: Session) -> DataFrameReader {
        DataFrameReader {
            session,
            request: Request::new(),
        }
    }

    /// The format: `kafka`, `json`, `csv`, `parquet` or `text`.
    pub fn format(mut self, format: &str) -> DataFrameReader {
        self.request.format = Some(format.to_owned());
        self
    }

    /// The columns, as text such as `id BIGINT, at TIMESTAMP`. A mistake is reported by `load`.
    pub fn schema(mut self, ddl: &str) -> DataFrameReader {
        self.request.schema = Some(dialect::parse_schema(ddl));
        self
    }

    /// The columns, as an Arrow schema.
    pub fn arrow_schema(mut self, schema: SchemaRef) -> DataFrameReader {
        self.request.schema = Some(Ok(schema));
        self
    }

    /// Sets an option of the source.
    pub fn option(mut self, name: &str, value: impl ToString) -> DataFrameReader {
        self.request.options.set(name, value.to_string());
        self
    }

    /// Sets options of the source.
    pub fn options<N: Into<String>, V: Into<String>>(
        mut self,
        options: impl IntoIterator<Item = (N, V)>,
    ) -> DataFrameReader {
        for (name, value) in options {
            self.request.options.set(name, value);
        }
        self
    }

    /// The table. Files may be looked at for their schema; rows are read when they are needed.
    ///
    /// # Errors
    /// `DATA_SOURCE_NOT_FOUND`, `PATH_NOT_FOUND`, a schema that is no schema, options that make
    /// no sense.
    pub fn load(self) -> Result<DataFrame> {
        let format = self.session.format_name(self.request.format.as_deref());
        let schema = self.request.schema()?;
        let options = self.session.with_defaults(&self.request.options);
        check_read_options(&format, &self.request.options)?;
        let (io, memory) = (self.session.io(), self.session.memory());
        let spec = SourceSpec::for_batch(io, &memory, &format, &options, schema)?;
        table_of(&self.session, spec)
    }

    /// The rows of the file or directory `path`.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_path(self, path: &str) -> Result<DataFrame> {
        self.option("path", path).load()
    }

    /// [`load_path`](Self::load_path) of JSON files.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn json(self, path: &str) -> Result<DataFrame> {
        self.format("json").load_path(path)
    }

    /// [`load_path`](Self::load_path) of CSV files.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn csv(self, path: &str) -> Result<DataFrame> {
        self.format("csv").load_path(path)
    }

    /// [`load_path`](Self::load_path) of Parquet files.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parquet(self, path: &str) -> Result<DataFrame> {
        self.format("parquet").load_path(path)
    }
}

/// A DataFrame over a source as it is now.
pub(crate) fn table_of(session: &Session, spec: SourceSpec) -> Result<DataFrame> {
    let table = BoundedTable::new(spec, None);
    let source = provider_as_source(Arc::new(table));
    let plan = LogicalPlanBuilder::scan(session.next_read_name(), source, None)?.build()?;
    DataFrame::of_plan(session, plan)
}
