//! A source that a program fills by hand, for tests and trials.
//!
//! Rows live in this process only; a query over it cannot be continued by another process.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use parking_lot::Mutex;

use super::{Lane, Offset, ReadLimit, Source};
use crate::error::{Error, ErrorKind, Result};

/// A stream of the record batches added to it; every clone is the same stream.
///
/// The offset is the index of the last batch read, from 0; −1 is before the first.
#[derive(Clone, Debug)]
pub struct MemoryStream {
    schema: SchemaRef,
    added: Arc<Mutex<Added>>,
}

#[derive(Debug, Default)]
struct Added {
    batches: Vec<RecordBatch>,
    /// Index of the last batch to hand out, once the trigger `availableNow` has fixed it.
    stop_at: Option<i64>,
}

impl MemoryStream {
    /// An empty stream.
    pub fn new(schema: SchemaRef) -> MemoryStream {
        MemoryStream {
            schema,
            added: Arc::default(),
        }
    }

    /// The columns.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Adds rows: whole batches are what a micro-batch takes.
    ///
    /// # Panics
    /// If the batch has another schema than the stream.
    pub fn add(&self, batch: RecordBatch) {
        assert_eq!(batch.schema(), self.schema, "schema of the added batch");
        self.added.lock().batches.push(batch);
    }

    pub(crate) fn description(&self) -> String {
        let columns: Vec<&str> = self
            .schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        format!("MemoryStream[{}]", columns.join(","))
    }

    pub(crate) fn read_all(&self) -> Result<Vec<Lane>> {
        let batches = self.added.lock().batches.clone();
        Ok(vec![lane(batches)])
    }
}

fn lane(batches: Vec<RecordBatch>) -> Lane {
    Box::pin(futures::stream::iter(batches.into_iter().map(Ok)))
}

fn parse(offset: &Offset) -> Result<i64> {
    offset.0.trim().parse().map_err(|_| {
        Error::new(
            ErrorKind::Checkpoint,
            format!("\"{offset}\" is not an offset of the memory source"),
        )
    })
}

#[async_trait]
impl Source for MemoryStream {
    fn schema(&self) -> SchemaRef {
        self.schema()
    }

    fn description(&self) -> String {
        self.description()
    }

    async fn latest_offset(
        &self,
        _start: Option<&Offset>,
        _limit: ReadLimit,
    ) -> Result<Option<Offset>> {
        let added = self.added.lock();
        let last = added.batches.len() as i64 - 1;
        let last = added.stop_at.map_or(last, |stop_at| last.min(stop_at));
        Ok((last >= 0).then(|| Offset(last.to_string())))
    }

    async fn read(&self, start: Option<&Offset>, end: &Offset) -> Result<Vec<Lane>> {
        let first = start.map(parse).transpose()?.unwrap_or(-1) + 1;
        let end = parse(end)? + 1;
        let batches = self
            .added
            .lock()
            .batches
            .get(first as usize..end as usize)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Checkpoint,
                    format!(
                        "batches {first} to {end} of the memory source are not in this process"
                    ),
                )
            })?
            .to_vec();
        Ok(vec![lane(batches)])
    }

    async fn commit(&self, _end: &Offset) -> Result<()> {
        Ok(())
    }

    async fn prepare_available_now(&self) -> Result<()> {
        let mut added = self.added.lock();
        added.stop_at = Some(added.batches.len() as i64 - 1);
        Ok(())
    }
}
