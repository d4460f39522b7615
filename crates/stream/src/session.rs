//! A session: configuration, functions, views, and the way to DataFrames.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use analysis::Analyser;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::datasource::{MemTable, ViewTable, provider_as_source};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use engine::Runtime;
use io::Io;

use crate::conf::Conf;
use crate::dataframe::DataFrame;
use crate::dialect::FunctionCodec;
use crate::error::{Error, Result};
use crate::memory::BUDGET;
use crate::options::Options;
use crate::query::StreamingQueryManager;
use crate::reader::{DataFrameReader, DataStreamReader};
use crate::sql::SessionCatalog;

/// Where DataFrames are made, and what they share. Clones are the same session.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Runtime,
    streams: StreamingQueryManager,
    /// Numbers the sources read, so that each can be told from the others.
    reads: AtomicU64,
    /// Numbers the columns of plans.
    columns: Arc<AtomicUsize>,
}

/// Makes a [`Session`].
#[derive(Debug)]
pub struct SessionBuilder {
    io: Io,
    conf: Conf,
}

impl SessionBuilder {
    /// Sets a configuration value, such as `spark.sql.shuffle.partitions`.
    pub fn config(self, name: &str, value: &str) -> SessionBuilder {
        self.conf.set(name, value);
        self
    }

    /// Limits the memory of the session's queries, in bytes: their state, what their sources have
    /// read ahead, sorts, joins and aggregations. The same as setting `vltava.memory.budget`.
    pub fn memory_limit(self, bytes: usize) -> SessionBuilder {
        self.config(BUDGET, &bytes.to_string())
    }

    /// The session.
    ///
    /// # Errors
    /// If the engine underneath cannot be set up.
    pub fn build(self) -> Result<Session> {
        let streams = StreamingQueryManager::new(self.io.clock.clone());
        let inner = Inner {
            runtime: Runtime::new(self.io, self.conf, Arc::new(FunctionCodec))?,
            streams,
            reads: AtomicU64::new(0),
            columns: Arc::default(),
        };
        Ok(Session {
            inner: Arc::new(inner),
        })
    }
}

impl Session {
    /// Begins to make a session that reaches the world through `io`.
    pub fn builder(io: Io) -> SessionBuilder {
        SessionBuilder {
            io,
            conf: Conf::default(),
        }
    }

    /// Configuration of the session; changes hold for what is started after them.
    pub fn conf(&self) -> &Conf {
        self.inner.runtime.conf()
    }

    /// The outside world.
    pub fn io(&self) -> &Io {
        self.inner.runtime.io()
    }

    /// The session's streaming queries.
    pub fn streams(&self) -> &StreamingQueryManager {
        &self.inner.streams
    }

    /// Begins to read a stream.
    pub fn read_stream(&self) -> DataStreamReader {
        DataStreamReader::new(self.clone())
    }

    /// Begins to read what is there now.
    pub fn read(&self) -> DataFrameReader {
        DataFrameReader::new(self.clone())
    }

    /// The table or view called `name`.
    ///
    /// # Errors
    /// `TABLE_OR_VIEW_NOT_FOUND`.
    pub fn table(&self, name: &str) -> Result<DataFrame> {
        let provider = self
            .find_table(name)?
            .ok_or_else(|| table_not_found(name))?;
        let plan = LogicalPlanBuilder::scan(name, provider_as_source(provider), None)?.build()?;
        DataFrame::of_plan(self, plan)
    }

    /// A table of rows in memory.
    ///
    /// # Errors
    /// If the batches are not of the schema.
    pub fn create_data_frame(
        &self,
        schema: SchemaRef,
        batches: Vec<RecordBatch>,
    ) -> Result<DataFrame> {
        let table = MemTable::try_new(schema, vec![batches])?;
        let source = provider_as_source(Arc::new(table));
        let plan = LogicalPlanBuilder::scan(self.next_read_name(), source, None)?.build()?;
        DataFrame::of_plan(self, plan)
    }

    /// Names of all views, sorted.
    pub fn view_names(&self) -> Vec<String> {
        let schema = self
            .inner
            .runtime
            .context()
            .catalog("datafusion")
            .and_then(|c| c.schema("public"));
        let mut names = schema
            .map(|schema| schema.table_names())
            .unwrap_or_default();
        names.sort();
        names
    }

    /// Forgets the view called `name`; says whether there was one.
    ///
    /// # Errors
    /// If the catalog refuses.
    pub fn drop_view(&self, name: &str) -> Result<bool> {
        Ok(self
            .inner
            .runtime
            .context()
            .deregister_table(view_name(name))?
            .is_some())
    }

    /// What the engine needs of the session to run its queries.
    pub fn runtime(&self) -> &Runtime {
        &self.inner.runtime
    }

    /// DataFusion's state, for planning with the configuration as it is now.
    pub(crate) fn state(&self) -> SessionState {
        self.inner.runtime.state()
    }

    /// An analyser of `text` that knows the session's tables.
    ///
    /// # Errors
    /// For settings that are not supported.
    pub(crate) fn analyser(&self, text: &str) -> Result<Analyser> {
        let settings = self.settings();
        if settings.case_sensitive {
            return Err(Error::unsupported(
                "spark.sql.caseSensitive=true is not supported",
            ));
        }
        let catalog = Arc::new(SessionCatalog::new(self));
        let analyser = Analyser::new(text, settings).with_catalog(catalog);
        Ok(analyser.with_ids(Arc::clone(&self.inner.columns)))
    }

    /// The settings that the meaning of a query depends on.
    pub(crate) fn settings(&self) -> functions::Settings {
        let is_on = |name: &str, default: bool| match self.conf().get(name) {
            Some(value) => value.eq_ignore_ascii_case("true"),
            None => default,
        };
        functions::Settings {
            ansi: is_on("spark.sql.ansi.enabled", true),
            time_zone: self
                .conf()
                .get("spark.sql.session.timeZone")
                .unwrap_or_else(|| "UTC".to_owned()),
            case_sensitive: is_on("spark.sql.caseSensitive", false),
            now: self.io().clock.now_ms() * 1000,
            ..functions::Settings::default()
        }
    }

    /// The name of a format, or of the one that is meant where none is named.
    pub(crate) fn format_name(&self, named: Option<&str>) -> String {
        let default = || self.conf().get("spark.sql.sources.default");
        let named = named.map(str::to_owned);
        named.or_else(default).unwrap_or_default()
    }

    /// Options of a source or sink, with the session's zone for times that say none.
    pub(crate) fn zoned(&self, options: &Options) -> Options {
        let mut options = options.clone();
        if let Some(zone) = self.conf().get("spark.sql.session.timeZone") {
            options.set_default("timeZone", &zone);
        }
        options
    }

    /// A name that no other read of the session has.
    pub(crate) fn next_read_name(&self) -> String {
        format!(
            "__read_{}",
            self.inner.reads.fetch_add(1, Ordering::Relaxed)
        )
    }

    /// Makes `table` known as `name`, in place of what was called so.
    pub(crate) fn register_table(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<()> {
        let name = view_name(name);
        self.inner
            .runtime
            .context()
            .deregister_table(name.as_str())?;
        self.inner.runtime.context().register_table(name, table)?;
        Ok(())
    }

    /// Makes `plan` known as `name`.
    pub(crate) fn register_view(&self, name: &str, plan: LogicalPlan, replace: bool) -> Result<()> {
        if !replace && self.find_table(name)?.is_some() {
            return Err(view_exists(name));
        }
        self.register_table(name, Arc::new(ViewTable::new(plan, None)))
    }

    /// The table or view called `name`, whatever the case.
    pub(crate) fn find_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(schema) = self
            .inner
            .runtime
            .context()
            .catalog("datafusion")
            .and_then(|c| c.schema("public"))
        else {
            return Ok(None);
        };
        // The catalog is in memory: asking it never waits.
        let found = futures::executor::block_on(schema.table(&view_name(name)))?;
        Ok(found)
    }
}

/// Views are found in any case, as in Spark.
pub(crate) fn view_name(name: &str) -> String {
    name.trim_matches('`').to_lowercase()
}

/// The error for a name that nothing is called by.
pub(crate) fn table_not_found(name: &str) -> Error {
    Error::analysis(
        "TABLE_OR_VIEW_NOT_FOUND",
        format!(
            "The table or view `{name}` cannot be found. Verify the spelling and correctness of \
             the schema and catalog."
        ),
    )
}

/// The error for a name that a view is called by already.
pub(crate) fn view_exists(name: &str) -> Error {
    Error::analysis(
        "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS",
        format!(
            "Cannot create the temporary view `{name}` because it already exists. Choose a \
             different name, drop or replace the existing view."
        ),
    )
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Session")
            .field("conf", self.conf())
            .finish_non_exhaustive()
    }
}
