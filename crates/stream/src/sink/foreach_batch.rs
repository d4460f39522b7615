//! The sink `foreachBatch`: a function of the user's, called with each batch.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use futures::StreamExt;
use futures::future::BoxFuture;

use super::{OutputMode, Sink};
use crate::dataframe::DataFrame;
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;
use crate::source::{Lane, MemoryStream, SourceSpec};

/// Takes the rows of a batch and its number. A batch may come twice, with the same number and
/// rows; the function makes it exactly once, if that is wanted, by the number.
pub type BatchFunction = Arc<
    dyn Fn(
            DataFrame,
            u64,
        ) -> BoxFuture<'static, Result<(), Box<dyn std::error::Error + Send + Sync>>>
        + Send
        + Sync,
>;

/// Calls a function with each batch.
#[derive(Clone)]
pub struct ForeachBatchSink {
    session: Session,
    function: BatchFunction,
}

impl ForeachBatchSink {
    pub(crate) fn new(session: Session, function: BatchFunction) -> ForeachBatchSink {
        ForeachBatchSink { session, function }
    }
}

impl fmt::Debug for ForeachBatchSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ForeachBatchSink")
    }
}

#[async_trait]
impl Sink for ForeachBatchSink {
    fn description(&self) -> String {
        "ForeachBatchSink".to_string()
    }

    async fn add_batch(
        &self,
        batch_id: u64,
        _mode: OutputMode,
        schema: SchemaRef,
        mut rows: Lane,
    ) -> Result<Option<u64>> {
        // The rows are computed once, however often the function uses them.
        let table = MemoryStream::new(Arc::clone(&schema));
        while let Some(batch) = rows.next().await {
            table.add(batch?.with_schema(Arc::clone(&schema))?);
        }
        let frame = crate::reader::table_of(&self.session, SourceSpec::Memory(table))?;
        match (self.function)(frame, batch_id).await {
            Ok(()) => Ok(None),
            Err(reason) => Err(Error::with_condition(
                ErrorKind::Data,
                "FOREACH_BATCH_USER_FUNCTION_ERROR",
                format!(
                    "An error occurred in the user provided function in foreach batch sink. \
                     Reason: {reason}"
                ),
            )),
        }
    }
}
