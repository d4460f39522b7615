//! Reads a stream to its end, though the operator above may stop before.
//!
//! DataFusion's joins do not read one side if the other is empty. The rows of a stream must be read all the same: they move
//! the watermark, and operators over them have state. What is left unread is left to the batch: see
//! [`BatchContext::leave`].

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{Stream, StreamExt};

use super::{BatchContext, only_input};

/// The rows of the input, all of which are read in each batch.
#[derive(Debug)]
pub struct ReadToEndExec {
    input: Arc<dyn ExecutionPlan>,
}

impl ReadToEndExec {
    /// The rows of `input`.
    pub fn new(input: Arc<dyn ExecutionPlan>) -> ReadToEndExec {
        ReadToEndExec { input }
    }
}

impl DisplayAs for ReadToEndExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "ReadToEndExec")
    }
}

impl ExecutionPlan for ReadToEndExec {
    fn name(&self) -> &str {
        "ReadToEndExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    without_expressions!();

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = only_input(self.name(), children)?;
        Ok(Arc::new(ReadToEndExec::new(input)))
    }

    fn execute(
        &self,
        partition: usize,
        task: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let batch = BatchContext::of(&task)?;
        let rows = self.input.execute(partition, task)?;
        Ok(Box::pin(Rows {
            schema: self.schema(),
            rows: Some(rows),
            batch,
        }))
    }
}

/// The rows; what is not read when this is dropped is left to the batch.
struct Rows {
    schema: SchemaRef,
    /// None at the end.
    rows: Option<SendableRecordBatchStream>,
    batch: Arc<BatchContext>,
}

impl Stream for Rows {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(rows) = &mut self.rows else {
            return Poll::Ready(None);
        };
        let next = rows.poll_next_unpin(cx);
        if matches!(next, Poll::Ready(None | Some(Err(_)))) {
            self.rows = None;
        }
        next
    }
}

impl RecordBatchStream for Rows {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        if let Some(rows) = self.rows.take() {
            self.batch.leave(rows);
        }
    }
}
