//! A session: configuration, functions, views, and the way to DataFrames.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use analysis::{Analyser, Names, Rules};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use engine::Runtime;
use io::Io;

use crate::conf::Conf;
use crate::dataframe::DataFrame;
use crate::dialect::FunctionCodec;
use crate::error::Result;
use crate::memory::{BUDGET, Memory};
use crate::options::{Options, SESSION_DEFAULTS};
use crate::query::StreamingQueryManager;
use crate::reader::{DataFrameReader, DataStreamReader};
use crate::sql::{Objects, SessionCatalog};
use crate::tables::Tables;
use crate::tables::error::temporary_exists;

/// Where DataFrames are made, and what they share. Clones are the same session.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Runtime,
    /// The configuration at the start, which `RESET` restores.
    first_conf: Conf,
    objects: Objects,
    streams: StreamingQueryManager,
    tables: Tables,
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
            first_conf: self.conf.snapshot(),
            runtime: Runtime::new(self.io, self.conf, Arc::new(FunctionCodec))?,
            objects: Objects::default(),
            streams,
            tables: Tables::default(),
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

    /// The configuration that the session began with.
    pub(crate) fn first_conf(&self) -> &Conf {
        &self.inner.first_conf
    }

    /// The session's variables and SQL functions.
    pub(crate) fn objects(&self) -> &Objects {
        &self.inner.objects
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

    /// What the session knows of tables.
    pub(crate) fn tables(&self) -> &Tables {
        &self.inner.tables
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

    /// Names of all temporary views, sorted.
    pub fn view_names(&self) -> Vec<String> {
        self.tables().temporary().read().keys().cloned().collect()
    }

    /// Forgets the temporary view called `name`; says whether there was one.
    ///
    /// # Errors
    /// If `name` is no name.
    pub fn drop_view(&self, name: &str) -> Result<bool> {
        self.drop_temporary(&sql::parse_name(name)?)
    }

    /// What the engine needs of the session to run its queries.
    pub fn runtime(&self) -> &Runtime {
        &self.inner.runtime
    }

    /// The memory that the session's queries share.
    pub(crate) fn memory(&self) -> Memory {
        self.inner.runtime.memory()
    }

    /// DataFusion's state, for planning with the configuration as it is now.
    pub(crate) fn state(&self) -> SessionState {
        self.inner.runtime.state()
    }

    /// An analyser of `text` that knows the session's tables.
    pub(crate) fn analyser(&self, text: &str) -> Analyser {
        self.analyser_with(text, SessionCatalog::new(self))
    }

    /// An analyser of `text` that knows the tables of `catalog`.
    pub(crate) fn analyser_with(&self, text: &str, catalog: SessionCatalog) -> Analyser {
        let is_on = |name: &str| self.conf().is_true(name);
        let rules = Rules {
            group_by_ordinal: is_on("spark.sql.groupByOrdinal"),
            order_by_ordinal: is_on("spark.sql.orderByOrdinal"),
            group_by_aliases: is_on("spark.sql.groupByAliases"),
        };
        let analyser = Analyser::new(text, catalog.settings()).with_rules(rules);
        let analyser = analyser.with_catalog(Arc::new(catalog));
        analyser.with_ids(Arc::clone(&self.inner.columns))
    }

    /// When two names of columns are the same.
    pub(crate) fn names(&self) -> Names {
        Names {
            case_sensitive: self.conf().is_true("spark.sql.caseSensitive"),
        }
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
            database: self.tables().database(),
            ..functions::Settings::default()
        }
    }

    /// The name of a format, or of the one that is meant where none is named.
    pub(crate) fn format_name(&self, named: Option<&str>) -> String {
        let default = || self.conf().get("spark.sql.sources.default");
        let named = named.map(str::to_owned);
        named.or_else(default).unwrap_or_default()
    }

    /// Options of a source or sink, with those of the session where they say nothing.
    pub(crate) fn with_defaults(&self, options: &Options) -> Options {
        let mut options = options.clone();
        for (option, setting) in SESSION_DEFAULTS {
            if let Some(value) = self.conf().get(setting) {
                options.set_default(option, &value);
            }
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

    /// Makes `table` known as the temporary view `name`, in place of what was called so.
    pub(crate) fn register_table(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<()> {
        self.put_temporary(&view_name(name), false, table);
        Ok(())
    }

    /// Makes `plan` known as the temporary view `name`.
    pub(crate) fn register_view(&self, name: &str, plan: LogicalPlan, replace: bool) -> Result<()> {
        let name = view_name(name);
        if !replace && self.has_temporary(&name, false) {
            return Err(temporary_exists(&name));
        }
        self.put_temporary_plan(&name, false, plan);
        Ok(())
    }
}

/// Views are found in any case, as in Spark.
fn view_name(name: &str) -> String {
    name.trim_matches('`').to_lowercase()
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Session")
            .field("conf", self.conf())
            .finish_non_exhaustive()
    }
}
