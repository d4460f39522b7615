//! The sink `noop`: computes every row and writes none.

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use futures::StreamExt;

use super::{OutputMode, Sink};
use crate::error::Result;
use crate::source::Lane;

/// Counts rows and drops them.
#[derive(Clone, Copy, Debug)]
pub struct NoopSink;

#[async_trait]
impl Sink for NoopSink {
    fn description(&self) -> String {
        "NoopTable".to_string()
    }

    async fn add_batch(
        &self,
        _batch_id: u64,
        _mode: OutputMode,
        _schema: SchemaRef,
        mut rows: Lane,
    ) -> Result<Option<u64>> {
        let mut count = 0;
        while let Some(batch) = rows.next().await {
            count += batch?.num_rows() as u64;
        }
        Ok(Some(count))
    }
}
