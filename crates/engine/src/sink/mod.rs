//! Sinks: where a stream's rows go.
//!
//! A sink is given whole batches with their number. Batches come in order; after a failure the
//! last one may come again, with the same rows. A sink that can tell (files, memory) drops the
//! repetition; one that cannot is at least once.

pub mod file;
pub mod kafka;
pub mod memory;
pub mod memory_table;
pub mod noop;
mod save_mode;

pub use save_mode::SaveMode;

use std::fmt;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;

use crate::error::{Error, ErrorKind, Result};
use crate::source::Lane;

/// Which rows of the result a batch brings to the sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OutputMode {
    /// Rows that will never change again.
    #[default]
    Append,
    /// Rows that are new or have changed.
    Update,
    /// The whole result.
    Complete,
}

impl OutputMode {
    /// The mode of a name, in any case.
    ///
    /// # Errors
    /// `STREAMING_OUTPUT_MODE.INVALID` for any other.
    pub fn named(name: &str) -> Result<OutputMode> {
        match name.to_ascii_lowercase().as_str() {
            "append" => Ok(OutputMode::Append),
            "update" => Ok(OutputMode::Update),
            "complete" => Ok(OutputMode::Complete),
            _ => Err(Error::with_condition(
                ErrorKind::IllegalArgument,
                "STREAMING_OUTPUT_MODE.INVALID",
                format!(
                    "Invalid streaming output mode: {name}. Accepted output modes are 'Append', \
                     'Complete', 'Update'."
                ),
            )),
        }
    }

    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            OutputMode::Append => "append",
            OutputMode::Update => "update",
            OutputMode::Complete => "complete",
        }
    }
}

impl fmt::Display for OutputMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A sink of a running query.
#[async_trait]
pub trait Sink: Send + Sync {
    /// How progress and error messages name the sink.
    fn description(&self) -> String;

    /// Takes the rows of a batch, all of them: `rows` is read to its end even when the batch is
    /// known and dropped, because operators upstream count on it.
    ///
    /// Returns the number of rows written, if the sink counts them. When this returns `Ok`, the
    /// batch is durable as far as the sink ever makes it.
    async fn add_batch(
        &self,
        batch_id: u64,
        mode: OutputMode,
        schema: SchemaRef,
        rows: Lane,
    ) -> Result<Option<u64>>;
}
