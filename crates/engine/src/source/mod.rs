//! Sources: where a stream's rows come from.
//!
//! A source names positions ([`Offset`], Spark's JSON text), says how far it could be read now,
//! and reads the rows between two positions. Reading a range again gives the same rows in the
//! same lanes and order, or fails: exactly-once output rests on it.
//!
//! A source does not remember how far a query has come; the query's offset log does. It keeps
//! under `sources/<i>` of the checkpoint only what makes its own offsets mean the same after a
//! restart.

pub mod file;
pub mod kafka;
pub mod memory;
pub mod rate;
pub mod rate_micro_batch;
mod spec;

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use futures::Stream;

use crate::error::Result;
pub use memory::MemoryStream;
pub use spec::SourceSpec;

/// Rows in order, as record batches of one schema.
pub type Lane = Pin<Box<dyn Stream<Item = Result<RecordBatch>> + Send>>;

/// A position in a source, as the JSON text that stands in `offsets/N`.
///
/// For most sources the position is the *next* thing to read; what it means is the source's own
/// business. The text is one line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Offset(pub String);

impl Offset {
    /// The offset as a JSON value; text that is not JSON becomes a JSON string.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.0).unwrap_or_else(|_| self.0.clone().into())
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How much of what is there a batch may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadLimit {
    /// As the source's own options say (`maxFilesPerTrigger`, `maxOffsetsPerTrigger`, …).
    AsConfigured,
    /// All of it, whatever the options say: the trigger `once`.
    AllAvailable,
}

/// A source of a running query.
#[async_trait]
pub trait Source: Send + Sync + fmt::Debug {
    /// The columns of every batch that [`Source::read`] gives.
    fn schema(&self) -> SchemaRef;

    /// How progress and error messages name the source.
    fn description(&self) -> String;

    /// How far the next batch may read, if it begins at `start` (`None`: at the beginning).
    ///
    /// `None` means that there has never been anything to read. An answer equal to `start` means
    /// that nothing is new.
    async fn latest_offset(
        &self,
        start: Option<&Offset>,
        limit: ReadLimit,
    ) -> Result<Option<Offset>>;

    /// The rows in `(start, end]` as the source counts them, in a fixed order of lanes.
    async fn read(&self, start: Option<&Offset>, end: &Offset) -> Result<Vec<Lane>>;

    /// Everything up to `end` has been processed; the source may forget it.
    async fn commit(&self, end: &Offset) -> Result<()>;

    /// From now on, [`Source::latest_offset`] goes no further than what is there at this moment:
    /// the trigger `availableNow`.
    async fn prepare_available_now(&self) -> Result<()>;

    /// How far the source could be read without any limit, for progress reports; `None` if it
    /// does not know.
    async fn report_latest_offset(&self) -> Option<Offset> {
        None
    }

    /// Numbers for progress reports, given how far the query has read.
    fn metrics(&self, _consumed: Option<&Offset>) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
}
