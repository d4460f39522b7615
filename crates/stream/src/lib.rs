//! Structured streaming: one API for tables that end and tables that do not.
//!
//! Holds the session, DataFrames, readers, writers and the statements of SQL. The engine that runs their plans is the crate
//! `engine`; what an expression means is decided by the crate `analysis`.

mod column;
mod dataframe;
mod dialect;
mod explain;
mod frame_writer;
pub mod functions;
mod grouped;
mod reader;
mod session;
mod sink;
mod sql;
mod tables;
mod writer;

use engine::{
    checkpoint, conf, conf_key, error, executor, memory, options, plan, progress, query, source,
    trigger,
};

pub use crate::sql::{Parameters, SqlResult, split_statements};
pub use checkpoint::{
    BatchRanges, Checkpoint, Commit, CommitLog, OffsetLog, PinnedConf, PlannedBatch, QueryMetadata,
    read_ranges,
};
pub use column::{Column, WindowSpec};
pub use conf::Conf;
pub use dataframe::{DataFrame, JoinType};
pub use dialect::row_text;
pub use engine::Runtime;
pub use error::{Error, ErrorKind, Result};
pub use executor::{
    BatchInput, BatchRun, BatchStats, BatchTimes, EventTimeStats, MicroBatchExecutor, StreamingPlan,
};
pub use explain::ExplainMode;
pub use frame_writer::DataFrameWriter;
pub use grouped::GroupedData;
pub use options::{Options, parse_duration};
pub use plan::BatchPlan;
pub use progress::{SinkProgress, SourceProgress, StateOperatorProgress, StreamingQueryProgress};
pub use query::{
    QueryIdleEvent, QueryProgressEvent, QueryStartedEvent, QueryTerminatedEvent, StreamingQuery,
    StreamingQueryListener, StreamingQueryManager, StreamingQueryStatus,
};
pub use reader::{DataFrameReader, DataStreamReader};
pub use session::{Session, SessionBuilder};
pub use sink::console::Output;
pub use sink::file::FileSink;
pub use sink::memory::MemorySink;
pub use sink::{OutputMode, SaveMode, Sink};
pub use source::file::FileFormat;
pub use source::{Lane, MemoryStream, Offset, ReadLimit, Source, SourceSpec};
pub use tables::{Catalog, ColumnInfo, DatabaseInfo, TableInfo};
pub use trigger::Trigger;
pub use writer::DataStreamWriter;
