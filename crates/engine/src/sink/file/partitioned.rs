//! Rows dealt to files by their partition columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use format::time::Zone;
use values::show_column;
use values::types::field_type;

use super::encode::{Encoder, FileForm};
use crate::error::{Error, ErrorKind, Result};
use crate::source::file::check_partition_columns;
use crate::source::file::partition::{NULL_PARTITION, escape};

/// One open file per combination of partition values; one in all without partition columns.
pub(super) struct PartitionedWriter<'a> {
    form: &'a FileForm,
    /// Columns that go into the files.
    data_columns: Vec<usize>,
    data_schema: SchemaRef,
    /// Columns that go into the path.
    partition_columns: Vec<(String, usize)>,
    /// The session's zone, in which times stand in the path.
    zone: Zone,
    open: BTreeMap<String, OpenFile>,
}

/// A file's place below the output directory, and its content.
pub(super) struct FinishedFile {
    pub(super) directory: String,
    /// Counts the files of the directory.
    pub(super) number: usize,
    pub(super) content: Vec<u8>,
}

#[derive(Default)]
struct OpenFile {
    number: usize,
    /// None before the first row.
    encoder: Option<Encoder>,
}

impl OpenFile {
    /// Ends the file, if there is one; the next row begins another.
    fn end(&mut self, directory: String) -> Result<Option<FinishedFile>> {
        let Some(encoder) = self.encoder.take() else {
            return Ok(None);
        };
        let number = self.number;
        self.number += 1;
        Ok(Some(FinishedFile {
            directory,
            number,
            content: encoder.finish()?,
        }))
    }
}

impl<'a> PartitionedWriter<'a> {
    /// A writer for rows of `schema`.
    pub(super) fn new(
        form: &'a FileForm,
        schema: &SchemaRef,
        partition_by: &[String],
        zone: Zone,
    ) -> Result<PartitionedWriter<'a>> {
        let places = check_partition_columns(schema, partition_by)?;
        let name = |place: usize| (schema.field(place).name().clone(), place);
        let partition_columns: Vec<(String, usize)> = places.into_iter().map(name).collect();
        let data_columns: Vec<usize> = (0..schema.fields().len())
            .filter(|index| partition_columns.iter().all(|(_, other)| other != index))
            .collect();
        form.check_columns(schema, &schema.project(&data_columns)?)?;
        Ok(PartitionedWriter {
            form,
            data_schema: Arc::new(schema.project(&data_columns)?),
            data_columns,
            partition_columns,
            zone,
            open: BTreeMap::new(),
        })
    }

    /// Begins the file of the main directory, even if no row comes.
    pub(super) fn open_main(&mut self) -> Result<()> {
        let encoder = self.form.encoder(&self.data_schema)?;
        let file = OpenFile {
            number: 0,
            encoder: Some(encoder),
        };
        self.open.insert(String::new(), file);
        Ok(())
    }

    /// Writes rows; returns files that have become full.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<Vec<FinishedFile>> {
        let mut full = Vec::new();
        if batch.num_rows() == 0 {
            return Ok(full);
        }
        let data = batch.project(&self.data_columns)?;
        if self.partition_columns.is_empty() {
            self.write_to(String::new(), &data, &mut full)?;
            return Ok(full);
        }
        for (directory, rows) in self.rows_by_directory(batch)? {
            let rows = UInt32Array::from(rows);
            let columns = data
                .columns()
                .iter()
                .map(|column| Ok(take(column, &rows, None)?))
                .collect::<Result<Vec<ArrayRef>>>()?;
            let part = RecordBatch::try_new(Arc::clone(&self.data_schema), columns)?;
            self.write_to(directory, &part, &mut full)?;
        }
        Ok(full)
    }

    /// Ends all files, by directory.
    pub(super) fn finish(self) -> Result<Vec<FinishedFile>> {
        let mut last = Vec::new();
        for (directory, mut file) in self.open {
            last.extend(file.end(directory)?);
        }
        Ok(last)
    }

    fn write_to(
        &mut self,
        directory: String,
        batch: &RecordBatch,
        full: &mut Vec<FinishedFile>,
    ) -> Result<()> {
        let file = self.open.entry(directory.clone()).or_default();
        let encoder = match &mut file.encoder {
            Some(encoder) => encoder,
            none => none.insert(self.form.encoder(&self.data_schema)?),
        };
        encoder.write(batch)?;
        if encoder.is_full() {
            full.extend(file.end(directory)?);
        }
        Ok(())
    }

    /// The rows of a batch by the directory they belong to: `/origin=JFK/day=2013-01-01`.
    fn rows_by_directory(&self, batch: &RecordBatch) -> Result<BTreeMap<String, Vec<u32>>> {
        let columns = self
            .partition_columns
            .iter()
            .map(|(name, index)| Ok((escape(name), texts(batch, *index, self.zone)?)))
            .collect::<Result<Vec<_>>>()?;
        let mut rows: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for row in 0..batch.num_rows() {
            let mut directory = String::new();
            for (name, values) in &columns {
                // An empty directory name cannot be.
                let value = match values[row].as_deref() {
                    Some(value) if !value.is_empty() => escape(value),
                    _ => NULL_PARTITION.to_string(),
                };
                directory.push_str(&format!("/{name}={value}"));
            }
            rows.entry(directory).or_default().push(row as u32);
        }
        Ok(rows)
    }
}

/// The values as Spark casts them to strings; none for null.
fn texts(batch: &RecordBatch, index: usize, zone: Zone) -> Result<Vec<Option<String>>> {
    let column = batch.column(index);
    if let DataType::Binary = column.data_type() {
        let text = |value: Option<&[u8]>| -> Result<Option<String>> {
            let text = value
                .map(|bytes| String::from_utf8(bytes.to_vec()))
                .transpose();
            text.map_err(|_| {
                Error::new(
                    ErrorKind::Data,
                    "a value of a partition column is not UTF-8, and cannot be a directory's name",
                )
            })
        };
        return column.as_binary::<i32>().iter().map(text).collect();
    }
    let data_type = field_type(batch.schema_ref().field(index)).ok_or_else(|| {
        Error::unsupported(format!("{} as a partition column", column.data_type()))
    })?;
    let shown = show_column(column, &data_type, zone)?
        .into_iter()
        .enumerate();
    Ok(shown
        .map(|(row, text)| column.is_valid(row).then_some(text))
        .collect())
}
