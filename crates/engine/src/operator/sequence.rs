//! Reads the partitions of its input one after the other.
//!
//! DataFusion merges partitions as their rows come. The rows of a batch must come in the same order
//! each time the batch runs: those of a union's first input first.

use std::fmt;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::execution_plan::EmissionType;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{StreamExt, TryStreamExt, stream};

use super::{only_input, single_partition};

/// One partition of all partitions of the input, in their order.
#[derive(Debug)]
pub struct SequenceExec {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl SequenceExec {
    /// The partitions of `input`, one after the other.
    pub fn new(input: Arc<dyn ExecutionPlan>) -> SequenceExec {
        let properties = single_partition(input.schema(), EmissionType::Incremental);
        SequenceExec { input, properties }
    }
}

impl DisplayAs for SequenceExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "SequenceExec")
    }
}

impl ExecutionPlan for SequenceExec {
    fn name(&self) -> &str {
        "SequenceExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    without_expressions!();

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = only_input(self.name(), children)?;
        Ok(Arc::new(SequenceExec::new(input)))
    }

    fn execute(&self, _: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let partitions = self
            .input
            .properties()
            .output_partitioning()
            .partition_count();
        let input = Arc::clone(&self.input);
        let batches = stream::iter(0..partitions)
            .map(move |partition| input.execute(partition, Arc::clone(&task)))
            .try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema(),
            batches,
        )))
    }
}
