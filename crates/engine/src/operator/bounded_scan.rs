//! The leaf that reads a source once, as it is now.

use std::fmt;
use std::sync::Arc;

use datafusion::common::{Result, Statistics, internal_err};
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::execution_plan::EmissionType;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, StatisticsArgs,
};
use futures::{StreamExt, TryStreamExt, stream};
use io::Io;

use super::{projected, single_partition};
use crate::memory::Memory;
use crate::source::SourceSpec;

/// Reads what a source holds when the plan runs, by the [`Io`] of the session that runs it.
#[derive(Debug)]
pub struct BoundedScanExec {
    spec: SourceSpec,
    projection: Option<Vec<usize>>,
    properties: Arc<PlanProperties>,
}

impl BoundedScanExec {
    /// A leaf over `spec`, with the columns of `projection` only.
    pub fn try_new(spec: SourceSpec, projection: Option<Vec<usize>>) -> Result<Self> {
        let schema = projected(&spec.schema(), projection.as_deref())?;
        let properties = single_partition(schema, EmissionType::Incremental);
        Ok(BoundedScanExec {
            spec,
            projection,
            properties,
        })
    }

    /// What is read.
    pub fn spec(&self) -> &SourceSpec {
        &self.spec
    }

    /// The columns that are read, if not all are.
    pub fn projection(&self) -> Option<&[usize]> {
        self.projection.as_deref()
    }
}

impl DisplayAs for BoundedScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "BoundedScanExec: {}", self.spec.description())
    }
}

impl ExecutionPlan for BoundedScanExec {
    fn name(&self) -> &str {
        "BoundedScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![]
    }

    without_expressions!();

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if !children.is_empty() {
            return internal_err!("BoundedScanExec is a leaf");
        }
        Ok(self)
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let schema = self.schema();
        let estimate = self.spec.estimate(&schema);
        Ok(Arc::new(
            estimate.unwrap_or_else(|| Statistics::new_unknown(&schema)),
        ))
    }

    fn execute(&self, _: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let Some(io) = task.session_config().get_extension::<Io>() else {
            return internal_err!("BoundedScanExec executed outside a session");
        };
        let memory = Memory::of(&task);
        let (spec, projection) = (self.spec.clone(), self.projection.clone());
        let batches = stream::once(async move {
            let lanes = spec
                .read_batch(&io, &memory, projection.as_deref())
                .await
                .map_err(DataFusionError::from)?;
            Ok::<_, DataFusionError>(stream::iter(lanes).flatten().map_err(DataFusionError::from))
        })
        .try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema(),
            batches,
        )))
    }
}
