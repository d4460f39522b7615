//! Assigns rows to the time windows they fall into.
//!
//! A row of a tumbling window falls into one window, a row of a sliding one into several and is
//! repeated. Rows without a time fall into none and are dropped, as in Spark.

use std::fmt;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, StructArray, TimestampMicrosecondArray, UInt32Array,
};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, Fields, SchemaRef, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err, internal_err, tree_node::TreeNodeRecursion};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::EmissionType;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{TryStreamExt, stream};

use super::{only_input, partitioned_as};

/// About how many rows are given at once.
const ROWS_MAX: usize = 8192;

/// Size, slide and offset of time windows, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WindowSpec {
    /// Length of a window.
    pub size_us: i64,
    /// Distance between the starts of two windows; equal to the size for tumbling windows.
    pub slide_us: i64,
    /// Where windows start, relative to the epoch.
    pub start_us: i64,
}

impl WindowSpec {
    /// `None` unless the size is positive, the slide between 0 and the size, and the start smaller
    /// than the slide.
    pub fn try_new(size_us: i64, slide_us: i64, start_us: i64) -> Option<WindowSpec> {
        let is_sound = slide_us > 0
            && (slide_us..i64::MAX / 2).contains(&size_us)
            && start_us.unsigned_abs() < slide_us.unsigned_abs();
        is_sound.then_some(WindowSpec {
            size_us,
            slide_us,
            start_us,
        })
    }

    /// Start of the newest window that holds `time_us`. None if a bound of its windows is not in the range of `i64`.
    pub fn last_start(&self, time_us: i64) -> Option<i64> {
        let since_start = time_us.checked_sub(self.start_us)?;
        let last = time_us.checked_sub(since_start.rem_euclid(self.slide_us))?;
        last.checked_sub(self.size_us)?;
        last.checked_add(self.size_us)?;
        Some(last)
    }

    /// How many windows can hold one point in time.
    pub fn overlap(&self) -> i64 {
        (self.size_us + self.slide_us - 1) / self.slide_us
    }
}

/// The struct of a window: `start` and `end`, both of the time column's type.
pub fn window_fields(time: &DataType) -> Fields {
    Fields::from(vec![
        Field::new("start", time.clone(), true),
        Field::new("end", time.clone(), true),
    ])
}

/// Appends a window column to its input, repeating rows that fall into several windows.
#[derive(Debug)]
pub struct TimeWindowExec {
    time: Arc<dyn PhysicalExpr>,
    spec: WindowSpec,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl TimeWindowExec {
    /// `schema` is the input's plus the window column, of the type of [`window_fields`].
    ///
    /// # Errors
    /// If it is not.
    pub fn try_new(
        time: Arc<dyn PhysicalExpr>,
        spec: WindowSpec,
        input: Arc<dyn ExecutionPlan>,
        schema: SchemaRef,
    ) -> Result<Self> {
        let time_type = time.data_type(&input.schema())?;
        let window = schema.fields().last().map(|window| window.data_type());
        if window != Some(&DataType::Struct(window_fields(&time_type))) {
            return internal_err!("the window of a {time_type} is no {window:?}");
        }
        let properties = partitioned_as(input.as_ref(), schema, EmissionType::Incremental);
        Ok(TimeWindowExec {
            time,
            spec,
            input,
            properties,
        })
    }

    /// What is put into windows.
    pub fn time(&self) -> &Arc<dyn PhysicalExpr> {
        &self.time
    }

    /// The shape of the windows.
    pub fn spec(&self) -> WindowSpec {
        self.spec
    }
}

/// The rows of `batch` in parts, so that a part with its windows is about as large as a batch.
fn parts(batch: RecordBatch, overlap: i64) -> impl Iterator<Item = RecordBatch> {
    let rows = batch.num_rows();
    let at_once = (ROWS_MAX / usize::try_from(overlap).unwrap_or(ROWS_MAX)).max(1);
    let starts = (0..rows).step_by(at_once);
    starts.map(move |start| batch.slice(start, at_once.min(rows - start)))
}

/// The rows of `batch` with the windows they fall into, newest window of a row first.
fn assign(
    batch: &RecordBatch,
    time: &dyn PhysicalExpr,
    spec: WindowSpec,
    schema: &SchemaRef,
) -> Result<RecordBatch> {
    let times = time.evaluate(batch)?.into_array(batch.num_rows())?;
    let micros = cast(&times, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
    let micros = micros.as_primitive::<TimestampMicrosecondType>();
    let mut rows = Vec::with_capacity(micros.len());
    let mut starts = Vec::with_capacity(micros.len());
    for (row, time) in micros.iter().enumerate() {
        let Some(time) = time else { continue };
        let Some(last) = spec.last_start(time) else {
            return exec_err!("the time {time} us is too far from 1970 for a window");
        };
        for k in 0..spec.overlap() {
            let start = last - k * spec.slide_us;
            if time < start + spec.size_us {
                rows.push(row as u32);
                starts.push(start);
            }
        }
    }
    let ends: Vec<i64> = starts.iter().map(|start| start + spec.size_us).collect();
    let Some(window) = schema.fields().last() else {
        return internal_err!("a window column is missing");
    };
    let DataType::Struct(fields) = window.data_type() else {
        return internal_err!("a window is a struct");
    };
    let bounds = [starts, ends].map(|times| {
        cast(
            &(Arc::new(TimestampMicrosecondArray::from(times)) as ArrayRef),
            fields[0].data_type(),
        )
    });
    let [start, end] = bounds;
    let window = StructArray::try_new(fields.clone(), vec![start?, end?], None)?;
    // Every row in exactly one window, in order: nothing to copy.
    let whole = rows.len() == batch.num_rows() && micros.null_count() == 0;
    let mut columns = if whole && spec.size_us == spec.slide_us {
        batch.columns().to_vec()
    } else {
        let rows = UInt32Array::from(rows);
        let taken: Result<Vec<_>, _> = batch
            .columns()
            .iter()
            .map(|column| take(column, &rows, None))
            .collect();
        taken?
    };
    columns.push(Arc::new(window));
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

impl DisplayAs for TimeWindowExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        let WindowSpec {
            size_us,
            slide_us,
            start_us,
        } = self.spec;
        write!(
            f,
            "TimeWindowExec: time={}, size={size_us} us, slide={slide_us} us, start={start_us} us",
            self.time
        )
    }
}

impl ExecutionPlan for TimeWindowExec {
    fn name(&self) -> &str {
        "TimeWindowExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        visit(&self.time)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = only_input(self.name(), children)?;
        let schema = self.schema();
        let time = Arc::clone(&self.time);
        let window = TimeWindowExec::try_new(time, self.spec, input, schema)?;
        Ok(Arc::new(window))
    }

    fn execute(
        &self,
        partition: usize,
        task: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let (time, spec, schema) = (Arc::clone(&self.time), self.spec, self.schema());
        let windowed = Arc::clone(&schema);
        let batches = self.input.execute(partition, task)?.map_ok(move |batch| {
            let (time, windowed) = (Arc::clone(&time), Arc::clone(&windowed));
            let parts = parts(batch, spec.overlap());
            stream::iter(parts.map(move |part| assign(&part, time.as_ref(), spec, &windowed)))
        });
        let batches = batches.try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_start_at_multiples_of_the_slide_before_the_epoch_too() {
        let spec = WindowSpec {
            size_us: 10,
            slide_us: 10,
            start_us: 3,
        };
        let starts = [-8, -7, 2, 3, 12, 13].map(|time| spec.last_start(time));
        assert_eq!(starts, [-17, -7, -7, 3, 3, 13].map(Some));
        assert_eq!(spec.last_start(i64::MIN), None);
        assert_eq!(spec.last_start(i64::MAX), None);
    }

    #[test]
    fn rows_with_many_windows_are_assigned_in_parts() {
        let column: ArrayRef = Arc::new(UInt32Array::from_iter_values(0..1000));
        let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
        let rows = |overlap| {
            let parts = parts(batch.clone(), overlap);
            parts.map(|part| part.num_rows()).collect::<Vec<_>>()
        };
        assert_eq!(rows(1), [1000]);
        assert_eq!(rows(20), [409, 409, 182]);
        assert_eq!(rows(100_000), [1; 1000]);
    }

    #[test]
    fn as_many_windows_overlap_as_slides_begin_within_one() {
        let overlap = |size_us, slide_us| {
            WindowSpec {
                size_us,
                slide_us,
                start_us: 0,
            }
            .overlap()
        };
        assert_eq!([overlap(10, 10), overlap(10, 5), overlap(10, 4)], [1, 2, 3]);
    }
}
