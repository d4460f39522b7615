//! A directory that rows are written into as files.

use arrow::datatypes::SchemaRef;
use format::time::Zone;
use futures::StreamExt;
use io::{Io, Pool};

use super::encode::FileForm;
use super::partitioned::{FinishedFile, PartitionedWriter};
use crate::error::{Error, Result};
use crate::options::Options;
use crate::source::Lane;
use crate::source::file::{FileFormat, url_to_path};

/// Where files go, and how they are made.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) io: Io,
    /// Absolute.
    pub(super) path: String,
    form: FileForm,
    partition_by: Vec<String>,
    zone: Zone,
}

/// A file that is there in full, durably.
pub(super) struct WrittenFile {
    /// Absolute path.
    pub(super) path: String,
    /// Bytes.
    pub(super) size: u64,
    /// Milliseconds since the epoch.
    pub(super) written_ms: i64,
}

/// Whether there is a file where there are no rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WithoutRows {
    /// One that tells the columns; none below partition directories.
    OneFile,
    NoFile,
}

impl Directory {
    /// The directory in the option `path`.
    ///
    /// # Errors
    /// `IllegalArgument` without path, or for options that make no sense.
    pub(super) fn new(
        io: &Io,
        format: FileFormat,
        options: &Options,
        partition_by: &[String],
    ) -> Result<Directory> {
        Ok(Directory {
            io: io.clone(),
            path: url_to_path(options.required("path")?)?,
            form: FileForm::new(format, options)?,
            partition_by: partition_by.to_vec(),
            zone: options
                .get("timeZone")
                .and_then(Zone::parse)
                .unwrap_or(Zone::UTC),
        })
    }

    /// Refuses columns that cannot be written.
    ///
    /// # Errors
    /// Partition columns that cannot be directories, and what the format refuses.
    pub(super) fn check_columns(&self, schema: &SchemaRef) -> Result<()> {
        PartitionedWriter::new(&self.form, schema, &self.partition_by, self.zone)?;
        Ok(())
    }

    /// Whether a column's values are directories.
    pub(super) fn is_partitioned(&self) -> bool {
        !self.partition_by.is_empty()
    }

    /// Writes rows into files of new names and adds these to `written`, each when it is there.
    pub(super) async fn write(
        &self,
        schema: &SchemaRef,
        mut rows: Lane,
        without_rows: WithoutRows,
        written: &mut Vec<WrittenFile>,
    ) -> Result<()> {
        let mut writer = PartitionedWriter::new(&self.form, schema, &self.partition_by, self.zone)?;
        if without_rows == WithoutRows::OneFile && !self.is_partitioned() {
            writer.open_main()?;
        }
        while let Some(batch) = rows.next().await {
            let full = writer.write(&batch?)?;
            self.store(full, written).await?;
        }
        let last = writer.finish()?;
        self.store(last, written).await
    }

    async fn store(&self, files: Vec<FinishedFile>, written: &mut Vec<WrittenFile>) -> Result<()> {
        for file in files {
            let id = uuid::Builder::from_random_bytes(self.io.rng.uuid()).into_uuid();
            // Spark's names: a dash before the counter in the main directory, a dot below.
            let separator = if file.directory.is_empty() { '-' } else { '.' };
            let name = format!(
                "part-00000-{id}{separator}c{:03}{}",
                file.number,
                self.form.suffix()
            );
            let path = format!("{}{}/{name}", self.path, file.directory);
            let size = file.content.len() as u64;
            let (objects, to) = (self.io.objects.clone(), path.clone());
            self.io
                .tasks
                .blocking(Pool::Request, move || {
                    objects.put_new(&to, file.content.into())
                })
                .await
                .map_err(|error| Error::io(format!("write {path}"), error))?;
            written.push(WrittenFile {
                path,
                size,
                written_ms: self.io.clock.now_ms(),
            });
        }
        Ok(())
    }
}
