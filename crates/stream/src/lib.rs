//! Structured streaming: one API for tables that end and tables that do not.
//!
//! A batch is a function of (plan, offset ranges, state version, watermark, batch timestamp). Run
//! it twice, get the same output; what makes a query exactly-once is that all five are written
//! down before the batch runs.
//!
//! Only this crate names DataFusion. No wall clock in operators, no broker internals, no Spark
//! message. Storage is seen only through [`io::Objects`].

mod batch;
mod checkpoint;
mod column;
mod conf;
mod dataframe;
mod dialect;
mod error;
mod executor;
mod frame_writer;
pub mod functions;
mod grouped;
mod memory;
mod operator;
mod options;
mod plan;
mod progress;
mod query;
mod reader;
mod session;
mod sink;
mod source;
mod sql;
mod trigger;
mod writer;

pub use crate::sql::{SqlResult, split_statements};
pub use checkpoint::{
    BatchRanges, Checkpoint, Commit, CommitLog, OffsetLog, PinnedConf, PlannedBatch, QueryMetadata,
    read_ranges,
};
pub use column::{Column, WindowSpec};
pub use conf::Conf;
pub use dataframe::{DataFrame, JoinType};
pub use dialect::row_text;
pub use error::{Error, ErrorKind, Result};
pub use executor::{
    BatchFacts, BatchRun, BatchStats, EventTimeStats, MicroBatchExecutor, StreamingPlan,
};
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
pub use trigger::Trigger;
pub use writer::DataStreamWriter;
