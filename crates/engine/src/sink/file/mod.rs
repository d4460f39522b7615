//! Files in a directory, each batch exactly once.
//!
//! A batch writes its files under new names, durably, and then, in one step, its entry in
//! `_spark_metadata`: only now do they belong to the output. A batch that comes again after its
//! entry was written is dropped; files of a batch that failed before are never named and never
//! read. Readers go by the log, as Spark's do.
//!
//! Does not delete the unnamed files of failed batches.

mod directory;
mod encode;
mod manifest;
mod partitioned;
mod table;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use futures::StreamExt;
use io::Io;

pub use manifest::{MANIFEST_DIRECTORY, ManifestEntry};
pub use table::FileTable;

use self::directory::{Directory, WithoutRows, WrittenFile};
use super::{OutputMode, Sink};
use crate::checkpoint::CompactLog;
use crate::error::Result;
use crate::options::Options;
use crate::source::Lane;
use crate::source::file::{FileFormat, to_url};

/// Writes each batch as files.
#[derive(Debug)]
pub struct FileSink {
    directory: Directory,
    log: CompactLog<ManifestEntry>,
}

impl FileSink {
    /// A sink for the directory in the option `path`.
    ///
    /// # Errors
    /// `IllegalArgument` without path, or for options that make no sense.
    pub fn new(
        io: &Io,
        format: FileFormat,
        options: &Options,
        partition_by: &[String],
    ) -> Result<FileSink> {
        let directory = Directory::new(io, format, options, partition_by)?;
        let log = format!("{}/{MANIFEST_DIRECTORY}", directory.path);
        Ok(FileSink {
            log: CompactLog::new(&io.objects, &log),
            directory,
        })
    }

    /// Refuses columns that cannot be written.
    ///
    /// # Errors
    /// Partition columns that cannot be directories, and what the format refuses.
    pub fn check_columns(&self, schema: &SchemaRef) -> Result<()> {
        self.directory.check_columns(schema)
    }
}

#[async_trait]
impl Sink for FileSink {
    fn description(&self) -> String {
        format!("FileSink[file:{}]", self.directory.path)
    }

    async fn add_batch(
        &self,
        batch_id: u64,
        _mode: OutputMode,
        schema: SchemaRef,
        mut rows: Lane,
    ) -> Result<Option<u64>> {
        let known = self.log.latest()?.is_some_and(|latest| batch_id <= latest);
        if known {
            tracing::info!(
                batch_id,
                sink = self.description(),
                "batch is written already"
            );
            while let Some(batch) = rows.next().await {
                batch?;
            }
            return Ok(None);
        }
        let mut written = Vec::new();
        self.directory
            .write(&schema, rows, WithoutRows::NoFile, &mut written)
            .await?;
        let added = |file: WrittenFile| {
            ManifestEntry::added(to_url(&file.path), file.size, file.written_ms)
        };
        let entries = written.into_iter().map(added).collect();
        self.log
            .add(batch_id, entries, self.directory.io.clock.now_ms())?;
        Ok(None)
    }
}
