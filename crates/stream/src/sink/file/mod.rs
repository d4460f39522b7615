//! Files in a directory, each batch exactly once.
//!
//! A batch writes its files under new names, durably, and then, in one step, its entry in
//! `_spark_metadata`: only now do they belong to the output. A batch that comes again after its
//! entry was written is dropped; files of a batch that failed before are never named and never
//! read. Readers go by the log, as Spark's do.
//!
//! Does not delete the unnamed files of failed batches.

mod encode;
mod manifest;
mod partitioned;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use futures::StreamExt;
use io::Io;

pub(crate) use manifest::{MANIFEST_DIRECTORY, ManifestEntry};

use self::encode::Encoding;
use self::partitioned::PartitionedWriter;
use super::{OutputMode, Sink};
use crate::checkpoint::CompactLog;
use crate::error::{Error, Result};
use crate::options::Options;
use crate::source::Lane;
use crate::source::file::{FileFormat, to_url, url_to_path};

/// Writes each batch as files.
#[derive(Debug)]
pub struct FileSink {
    io: Io,
    directory: String,
    encoding: Encoding,
    partition_by: Vec<String>,
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
        let directory = url_to_path(options.required("path")?)?;
        Ok(FileSink {
            io: io.clone(),
            encoding: Encoding::new(format, options)?,
            partition_by: partition_by.to_vec(),
            log: CompactLog::new(&io.objects, &format!("{directory}/{MANIFEST_DIRECTORY}")),
            directory,
        })
    }
}

#[async_trait]
impl Sink for FileSink {
    fn description(&self) -> String {
        format!("FileSink[file:{}]", self.directory)
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
        let mut writer = PartitionedWriter::new(&self.encoding, &schema, &self.partition_by)?;
        let mut entries = Vec::new();
        while let Some(batch) = rows.next().await {
            let full = writer.write(&batch?)?;
            self.store(full, &mut entries).await?;
        }
        let last = writer.finish()?;
        self.store(last, &mut entries).await?;
        self.log.add(batch_id, entries, self.io.clock.now_ms())?;
        Ok(None)
    }
}

/// A file's place below the output directory, and its content.
struct FinishedFile {
    directory: String,
    number: usize,
    content: Vec<u8>,
}

impl FileSink {
    /// Writes files durably under new names and notes them.
    async fn store(
        &self,
        files: Vec<FinishedFile>,
        entries: &mut Vec<ManifestEntry>,
    ) -> Result<()> {
        for file in files {
            let id = uuid::Builder::from_random_bytes(self.io.rng.uuid()).into_uuid();
            // Spark's names: a dash before the counter in the main directory, a dot below.
            let separator = if file.directory.is_empty() { '-' } else { '.' };
            let name = format!(
                "part-00000-{id}{separator}c{:03}{}",
                file.number,
                self.encoding.suffix()
            );
            let path = format!("{}{}/{name}", self.directory, file.directory);
            let size = file.content.len() as u64;
            let (objects, to) = (self.io.objects.clone(), path.clone());
            self.io
                .tasks
                .blocking(move || objects.put_new(&to, file.content.into()))
                .await
                .map_err(|error| Error::io(format!("write {path}"), error))?;
            entries.push(ManifestEntry::added(
                to_url(&path),
                size,
                self.io.clock.now_ms(),
            ));
        }
        Ok(())
    }
}
