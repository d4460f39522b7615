//! The sink `memory`: a table in this process, under the query's name.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use futures::StreamExt;
use parking_lot::Mutex;

use super::{OutputMode, Sink};
use crate::error::Result;
use crate::source::Lane;

/// The rows written so far; every clone is the same table.
#[derive(Clone, Debug)]
pub struct MemorySink {
    schema: SchemaRef,
    batches: Arc<Mutex<Vec<WrittenBatch>>>,
}

#[derive(Debug)]
struct WrittenBatch {
    batch_id: u64,
    rows: Vec<RecordBatch>,
}

impl MemorySink {
    /// An empty table.
    pub fn new(schema: SchemaRef) -> MemorySink {
        MemorySink {
            schema,
            batches: Arc::default(),
        }
    }

    /// The columns.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// All rows, in the order written.
    pub fn rows(&self) -> Vec<RecordBatch> {
        let batches = self.batches.lock();
        batches
            .iter()
            .flat_map(|batch| batch.rows.clone())
            .collect()
    }

    /// The rows of each batch by number, empty ones included.
    pub fn rows_by_batch(&self) -> Vec<(u64, Vec<RecordBatch>)> {
        let batches = self.batches.lock();
        batches
            .iter()
            .map(|batch| (batch.batch_id, batch.rows.clone()))
            .collect()
    }
}

#[async_trait]
impl Sink for MemorySink {
    fn description(&self) -> String {
        "MemorySink".to_string()
    }

    async fn add_batch(
        &self,
        batch_id: u64,
        mode: OutputMode,
        _schema: SchemaRef,
        mut rows: Lane,
    ) -> Result<Option<u64>> {
        let mut written = Vec::new();
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            if batch.num_rows() > 0 {
                written.push(batch);
            }
        }
        let count = written.iter().map(|batch| batch.num_rows() as u64).sum();
        let mut batches = self.batches.lock();
        let known = batches.last().is_some_and(|last| batch_id <= last.batch_id);
        if !known {
            if mode == OutputMode::Complete {
                batches.clear();
            }
            batches.push(WrittenBatch {
                batch_id,
                rows: written,
            });
        }
        Ok(Some(count))
    }
}
