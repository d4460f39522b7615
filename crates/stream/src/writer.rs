//! The writer of a stream: from a DataFrame and a sink to a running query.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::checkpoint::Checkpoint;
use crate::dataframe::DataFrame;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::progress::timestamp;
use crate::query::{QueryIdentity, QueryLife, QueryStartedEvent, QueryState, StreamingQuery};
use crate::session::Session;
use crate::sink::console::{ConsoleSink, Output};
use crate::sink::file::FileSink;
use crate::sink::foreach_batch::{BatchFunction, ForeachBatchSink};
use crate::sink::kafka::KafkaSink;
use crate::sink::memory::MemorySink;
use crate::sink::memory_table::MemoryTable;
use crate::sink::noop::NoopSink;
use crate::sink::{OutputMode, Sink};
use crate::source::file::{FileFormat, Use, check_options, url_to_path};
use crate::sql::SavedTable;
use crate::trigger::Trigger;

/// Begins a streaming query:
/// `frame.write_stream().format("console").output_mode(..).option(..).start()`.
#[derive(Clone)]
pub struct DataStreamWriter {
    frame: DataFrame,
    format: Option<String>,
    options: Options,
    mode: Result<OutputMode>,
    trigger: Trigger,
    partition_by: Vec<String>,
    function: Option<BatchFunction>,
    sink: Option<Arc<dyn Sink>>,
    console: Option<Output>,
}

/// A sink, and how it goes with checkpoints.
struct ChosenSink {
    sink: Arc<dyn Sink>,
    /// The query may do without a checkpoint of its user's.
    temporary_checkpoint: bool,
    /// The query may go on from a checkpoint.
    recoverable: bool,
}

impl DataStreamWriter {
    pub(crate) fn new(frame: DataFrame) -> DataStreamWriter {
        DataStreamWriter {
            frame,
            format: None,
            options: Options::new(),
            mode: Ok(OutputMode::Append),
            trigger: Trigger::Default,
            partition_by: Vec::new(),
            function: None,
            sink: None,
            console: None,
        }
    }

    /// The sink: `parquet` (the default), `json`, `csv`, `text`, `kafka`, `console`, `memory`,
    /// `noop`.
    pub fn format(mut self, format: &str) -> DataStreamWriter {
        self.format = Some(format.to_string());
        self
    }

    /// Which rows of the result each batch writes; `append` unless said.
    pub fn output_mode(mut self, mode: OutputMode) -> DataStreamWriter {
        self.mode = Ok(mode);
        self
    }

    /// As [`output_mode`](Self::output_mode), by name. A mistake is reported by `start`.
    pub fn output_mode_named(mut self, name: &str) -> DataStreamWriter {
        self.mode = OutputMode::named(name);
        self
    }

    /// When batches are made.
    pub fn trigger(mut self, trigger: Trigger) -> DataStreamWriter {
        self.trigger = trigger;
        self
    }

    /// Names the query; for the memory sink, its table.
    pub fn query_name(self, name: &str) -> DataStreamWriter {
        self.option("queryName", name)
    }

    /// Sets an option of the sink, or `checkpointLocation`.
    pub fn option(mut self, name: &str, value: impl ToString) -> DataStreamWriter {
        self.options.set(name, value.to_string());
        self
    }

    /// Sets options of the sink.
    pub fn options<N: Into<String>, V: Into<String>>(
        mut self,
        options: impl IntoIterator<Item = (N, V)>,
    ) -> DataStreamWriter {
        for (name, value) in options {
            self.options.set(name, value);
        }
        self
    }

    /// Makes a directory per value of these columns, for file sinks.
    pub fn partition_by<'a>(
        mut self,
        columns: impl IntoIterator<Item = &'a str>,
    ) -> DataStreamWriter {
        self.partition_by = columns.into_iter().map(str::to_string).collect();
        self
    }

    /// Gives each batch to a function instead of a sink.
    pub fn foreach_batch<F>(mut self, function: F) -> DataStreamWriter
    where
        F: Fn(
                DataFrame,
                u64,
            )
                -> BoxFuture<'static, Result<(), Box<dyn std::error::Error + Send + Sync>>>
            + Send
            + Sync
            + 'static,
    {
        self.function = Some(Arc::new(function));
        self
    }

    /// Gives each batch to a sink of the caller's.
    pub fn sink(mut self, sink: Arc<dyn Sink>) -> DataStreamWriter {
        self.sink = Some(sink);
        self
    }

    /// Where the console sink prints, a batch at a time, instead of standard output.
    pub fn console_output(mut self, output: Output) -> DataStreamWriter {
        self.console = Some(output);
        self
    }

    /// Starts the query into the directory `path`.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_path(self, path: &str) -> Result<StreamingQuery> {
        self.option("path", path).start().await
    }

    /// Starts the query into the table `name` of the catalogue, as files of its format. A table that is not there is made of
    /// the columns of the query; the option `path` says where its files are. Once a stream has written into a table, files
    /// that others add to it are not read, as in Spark.
    ///
    /// # Errors
    /// A view, a table of another format or with partition columns, and as [`start`](Self::start).
    pub async fn to_table(self, name: &str) -> Result<StreamingQuery> {
        let path = self.options.get("path");
        let path = path.map(|path| ("path".to_owned(), path.to_owned()));
        let new = SavedTable {
            provider: self.format.clone(),
            options: path.into_iter().collect(),
            partition_by: self.partition_by.clone(),
        };
        let (format, path) = crate::sql::stream_to_table(&self.frame, name, new).await?;
        self.format(&format).start_path(&path).await
    }

    /// Starts the query. It runs on a thread of its own until it is stopped or fails.
    ///
    /// # Errors
    /// What is wrong with the query, its output mode, its sink or its checkpoint. What goes wrong
    /// later ends the query and is told by its handle.
    pub async fn start(self) -> Result<StreamingQuery> {
        let session = self.frame.session().clone();
        if !self.frame.is_streaming() {
            return Err(Error::analysis(
                "WRITE_STREAM_NOT_ALLOWED",
                "`writeStream` can be called only on streaming Dataset/DataFrame.",
            ));
        }
        self.frame.check_column_names()?;
        let mode = self.mode.clone()?;
        let chosen = self.choose_sink(&session, mode)?;
        let plan = self.frame.streaming_plan(mode).await?;
        let plan = Arc::new(plan);
        let location = self.checkpoint_location(&session, &chosen)?;
        let io = session.io().clone();
        let checkpoint = Checkpoint::new(&io.objects, &location.directory);
        let new_id = uuid::Builder::from_random_bytes(io.rng.uuid()).into_uuid();
        let identity = QueryIdentity {
            id: checkpoint.identity(&io.objects, new_id)?.id,
            run_id: uuid::Builder::from_random_bytes(io.rng.uuid()).into_uuid(),
            name: self.options.get("queryName").map(str::to_string),
        };
        if !chosen.recoverable && checkpoint.offsets.latest()?.is_some() {
            return Err(Error::new(
                ErrorKind::Analysis,
                format!(
                    "This query does not support recovering from checkpoint location. Delete \
                     {}/offsets to start over.",
                    checkpoint.directory()
                ),
            ));
        }
        let streams = session.streams().clone();
        if let Some(running) = streams.get(identity.id) {
            replace(&session, &running).await?;
        }
        let conf = session.conf().snapshot();
        let recent_max = conf
            .get_u64("spark.sql.streaming.numRecentProgressUpdates")
            .unwrap_or(100) as usize;
        let state = Arc::new(QueryState::new(identity.clone(), recent_max));
        let query = StreamingQuery::new(Arc::clone(&state), Arc::clone(&plan), io.clone().clock);
        streams.add(&query)?;
        let started = QueryStartedEvent {
            id: identity.id.to_string(),
            run_id: identity.run_id.to_string(),
            name: identity.name,
            timestamp: timestamp(io.clock.now_ms()),
        };
        streams.tell(|listener| listener.on_query_started(&started));
        let life = QueryLife {
            runtime: session.runtime().clone(),
            io: io.clone(),
            plan,
            plan_text: self.frame.plan().display_indent().to_string(),
            sink: chosen.sink,
            mode,
            trigger: self.trigger,
            checkpoint,
            forget_checkpoint: location.temporary,
            conf,
            state,
            streams,
        };
        let running = query.clone();
        // The handle is how the query is known from now on, not the task.
        drop(io.tasks.spawn_thread("stream-query", life.live(running)));
        Ok(query)
    }

    fn choose_sink(&self, session: &Session, mode: OutputMode) -> Result<ChosenSink> {
        if let Some(sink) = &self.sink {
            return Ok(ChosenSink {
                sink: Arc::clone(sink),
                temporary_checkpoint: true,
                recoverable: true,
            });
        }
        if let Some(function) = &self.function {
            let sink = ForeachBatchSink::new(session.clone(), Arc::clone(function));
            return Ok(ChosenSink {
                sink: Arc::new(sink),
                temporary_checkpoint: true,
                recoverable: true,
            });
        }
        let name = session
            .format_name(self.format.as_deref())
            .to_ascii_lowercase();
        if let Some(format) = FileFormat::named(&name) {
            only_append(mode, &name)?;
            check_options(format, Use::Write, &self.options)?;
            let options = session.with_defaults(&self.options);
            let sink = FileSink::new(session.io(), format, &options, &self.partition_by)?;
            sink.check_columns(&self.frame.schema())?;
            return Ok(ChosenSink {
                sink: Arc::new(sink),
                temporary_checkpoint: false,
                recoverable: true,
            });
        }
        match name.as_str() {
            "console" => Ok(ChosenSink {
                sink: Arc::new(ConsoleSink::new(&self.options, self.console.clone())?),
                temporary_checkpoint: true,
                recoverable: true,
            }),
            "kafka" => Ok(ChosenSink {
                sink: Arc::new(KafkaSink::new(
                    session.io(),
                    &self.options,
                    &self.frame.schema(),
                )?),
                temporary_checkpoint: false,
                recoverable: true,
            }),
            "noop" => Ok(ChosenSink {
                sink: Arc::new(NoopSink),
                temporary_checkpoint: true,
                recoverable: true,
            }),
            "memory" => {
                let name = self.options.get("queryName").ok_or_else(|| {
                    Error::new(
                        ErrorKind::Analysis,
                        "queryName must be specified for memory sink.",
                    )
                })?;
                let sink = MemorySink::new(self.frame.schema());
                session.register_table(name, Arc::new(MemoryTable(sink.clone())))?;
                Ok(ChosenSink {
                    sink: Arc::new(sink),
                    temporary_checkpoint: true,
                    // Earlier rows are gone with the process that had them.
                    recoverable: mode == OutputMode::Complete,
                })
            }
            _ => Err(Error::analysis(
                "DATA_SOURCE_NOT_FOUND",
                format!(
                    "Failed to find the data source: {name}. Known here as sinks: console, csv, \
                     json, kafka, memory, noop, parquet, text."
                ),
            )),
        }
    }

    fn checkpoint_location(&self, session: &Session, sink: &ChosenSink) -> Result<Location> {
        if let Some(path) = self.options.get("checkpointLocation") {
            return Ok(Location {
                directory: url_to_path(path)?,
                temporary: false,
            });
        }
        let random = || uuid::Builder::from_random_bytes(session.io().rng.uuid()).into_uuid();
        if let Some(root) = session.conf().get("spark.sql.streaming.checkpointLocation") {
            let name = match self.options.get("queryName") {
                Some(name) => name.to_string(),
                None => random().to_string(),
            };
            return Ok(Location {
                directory: format!("{}/{name}", url_to_path(&root)?),
                temporary: false,
            });
        }
        if sink.temporary_checkpoint {
            let directory = std::env::temp_dir().join(format!("temporary-{}", random()));
            return Ok(Location {
                directory: directory.to_string_lossy().into_owned(),
                temporary: true,
            });
        }
        Err(Error::new(
            ErrorKind::Analysis,
            "checkpointLocation must be specified either through option(\"checkpointLocation\", \
             ...) or SparkSession.conf.set(\"spark.sql.streaming.checkpointLocation\", ...).",
        ))
    }
}

/// Where a query keeps its checkpoint.
struct Location {
    directory: String,
    /// To be deleted when the query ends well.
    temporary: bool,
}

/// Files cannot be changed afterwards.
fn only_append(mode: OutputMode, format: &str) -> Result<()> {
    if mode == OutputMode::Append {
        return Ok(());
    }
    Err(Error::analysis(
        "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE",
        format!(
            "Invalid streaming output mode: {mode}. This output mode is not supported in Data \
             Source {format}."
        ),
    ))
}

/// Another run of the same query gives way, or keeps its place.
async fn replace(session: &Session, running: &StreamingQuery) -> Result<()> {
    if session
        .conf()
        .is_true("spark.sql.streaming.stopActiveRunOnRestart")
    {
        running.stop().await;
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::IllegalState,
        format!(
            "Cannot start query with id {} as another query with same id is already active. \
             Perhaps you are attempting to restart a query from checkpoint that is already \
             active. You may stop the old query by setting the SQL configuration \
             spark.sql.streaming.stopActiveRunOnRestart to true.",
            running.id()
        ),
    ))
}

impl fmt::Debug for DataStreamWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataStreamWriter")
            .field("format", &self.format)
            .field("options", &self.options)
            .field("mode", &self.mode)
            .field("trigger", &self.trigger)
            .finish_non_exhaustive()
    }
}
