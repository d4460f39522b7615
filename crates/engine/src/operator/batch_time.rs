//! Adds the batch's timestamp as a column: what `current_timestamp()` reads.
//!
//! A constant would be folded into the plan, and the plan outlives the batch.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, TimestampMicrosecondArray};
use arrow::datatypes::SchemaRef;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::execution_plan::EmissionType;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::TryStreamExt;

use super::{BatchContext, only_input, partitioned_as};

/// Appends the batch timestamp, the same in every row, to its input.
#[derive(Debug)]
pub struct BatchTimeExec {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl BatchTimeExec {
    /// `schema` is the input's plus one column of UTC timestamps.
    ///
    /// # Errors
    /// If it has not as many columns.
    pub fn try_new(input: Arc<dyn ExecutionPlan>, schema: SchemaRef) -> Result<Self> {
        let (columns, inputs) = (schema.fields().len(), input.schema().fields().len());
        if columns != inputs + 1 {
            return internal_err!("{columns} columns with the time of the batch, of {inputs}");
        }
        let properties = partitioned_as(input.as_ref(), schema, EmissionType::Incremental);
        Ok(BatchTimeExec { input, properties })
    }
}

impl DisplayAs for BatchTimeExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "BatchTimeExec")
    }
}

impl ExecutionPlan for BatchTimeExec {
    fn name(&self) -> &str {
        "BatchTimeExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    without_expressions!();

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = only_input(self.name(), children)?;
        Ok(Arc::new(BatchTimeExec {
            input,
            properties: Arc::clone(&self.properties),
        }))
    }

    fn execute(
        &self,
        partition: usize,
        task: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let timestamp_us = BatchContext::of(&task)?.times.timestamp_ms * 1000;
        let schema = self.schema();
        let with_time = Arc::clone(&schema);
        let batches = self.input.execute(partition, task)?.and_then(move |batch| {
            futures::future::ready(append_time(&batch, timestamp_us, &with_time))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

fn append_time(batch: &RecordBatch, timestamp_us: i64, schema: &SchemaRef) -> Result<RecordBatch> {
    let rows = batch.num_rows();
    let times = TimestampMicrosecondArray::from_value(timestamp_us, rows).with_timezone("UTC");
    let mut columns = batch.columns().to_vec();
    columns.push(Arc::new(times) as ArrayRef);
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns,
        &options,
    )?)
}
