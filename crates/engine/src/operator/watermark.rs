//! Watches the event-time column go by and notes its smallest, largest and average value.
//!
//! Passes every row on unchanged: what is late is for stateful operators to say.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::execution_plan::EmissionType;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::TryStreamExt;

use super::{BatchContext, EventTimeRange, only_input, partitioned_as};

/// The physical side of `withWatermark`.
#[derive(Debug)]
pub struct WatermarkExec {
    node: usize,
    column: usize,
    delay_ms: i64,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl WatermarkExec {
    /// Watches column number `column` of `input` for watermark node `node`. `schema` is the
    /// input's with the event-time column marked.
    ///
    /// # Errors
    /// If there is no such column.
    pub fn try_new(
        node: usize,
        column: usize,
        delay_ms: i64,
        input: Arc<dyn ExecutionPlan>,
        schema: SchemaRef,
    ) -> Result<Self> {
        if column >= input.schema().fields().len() {
            return internal_err!("a watermark on column {column}, which is not there");
        }
        let properties = partitioned_as(input.as_ref(), schema, EmissionType::Incremental);
        Ok(WatermarkExec {
            node,
            column,
            delay_ms,
            input,
            properties,
        })
    }

    /// Which watermark of the query it is.
    pub fn node(&self) -> usize {
        self.node
    }

    /// The place of the event-time column.
    pub fn column(&self) -> usize {
        self.column
    }

    /// How late rows may be, in milliseconds.
    pub fn delay_ms(&self) -> i64 {
        self.delay_ms
    }
}

/// The range of a column of timestamps, structs with an `end` included.
fn range_of(column: &dyn Array) -> Result<EventTimeRange> {
    let end;
    let times = match column.data_type() {
        DataType::Struct(_) => match column.as_struct().column_by_name("end") {
            Some(times) => times,
            None => return internal_err!("event-time struct has no end"),
        },
        _ => {
            end = column.slice(0, column.len());
            &end
        }
    };
    let times = cast(times, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
    let mut range = EventTimeRange::default();
    for time in times
        .as_primitive::<TimestampMicrosecondType>()
        .iter()
        .flatten()
    {
        range.min_us = range.min_us.min(time);
        range.max_us = range.max_us.max(time);
        range.sum_us += i128::from(time);
        range.count += 1;
    }
    Ok(range)
}

impl DisplayAs for WatermarkExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        let schema = self.input.schema();
        let name = schema.field(self.column).name();
        write!(
            f,
            "WatermarkExec: event time {name}, delay {} ms",
            self.delay_ms
        )
    }
}

impl ExecutionPlan for WatermarkExec {
    fn name(&self) -> &str {
        "WatermarkExec"
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
        Ok(Arc::new(WatermarkExec {
            node: self.node,
            column: self.column,
            delay_ms: self.delay_ms,
            input,
            properties: Arc::clone(&self.properties),
        }))
    }

    fn execute(
        &self,
        partition: usize,
        task: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let context = BatchContext::of(&task)?;
        let (node, column, schema) = (self.node, self.column, self.schema());
        let marked = Arc::clone(&schema);
        let batches = self.input.execute(partition, task)?.and_then(move |batch| {
            let passed = range_of(batch.column(column)).and_then(|range| {
                context.record_event_time(node, range);
                Ok(batch.with_schema(Arc::clone(&marked))?)
            });
            futures::future::ready(passed)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}
