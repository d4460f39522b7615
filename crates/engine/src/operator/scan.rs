//! The leaf of a streaming plan: the lanes of one source, in their fixed order.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::execution_plan::EmissionType;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{StreamExt, TryStreamExt, stream};

use super::{BatchContext, projected, single_partition};

/// Reads the batch's lanes of one source, one after the other.
///
/// Lanes are concatenated rather than merged, so that the order of rows, and with it every
/// floating-point sum, is the same whenever the batch runs.
#[derive(Debug)]
pub struct StreamScanExec {
    source: usize,
    projection: Option<Vec<usize>>,
    properties: Arc<PlanProperties>,
}

impl StreamScanExec {
    /// A leaf over source `source`, whose rows have `schema` before `projection`.
    pub fn try_new(
        source: usize,
        schema: &SchemaRef,
        projection: Option<Vec<usize>>,
    ) -> Result<Self> {
        let projected = projected(schema, projection.as_deref())?;
        StreamScanExec::of_projected(source, projected, projection)
    }

    /// A leaf over source `source`, whose rows have `schema` after `projection`.
    ///
    /// # Errors
    /// If they have not as many columns.
    pub fn of_projected(
        source: usize,
        schema: SchemaRef,
        projection: Option<Vec<usize>>,
    ) -> Result<Self> {
        let columns = schema.fields().len();
        if let Some(projection) = projection.as_ref().filter(|it| it.len() != columns) {
            return internal_err!("{columns} columns of a scan of {}", projection.len());
        }
        Ok(StreamScanExec {
            source,
            projection,
            properties: single_partition(schema, EmissionType::Incremental),
        })
    }

    /// Which source of the query it reads.
    pub fn source(&self) -> usize {
        self.source
    }

    /// The columns that are read, if not all are.
    pub fn projection(&self) -> Option<&[usize]> {
        self.projection.as_deref()
    }
}

impl DisplayAs for StreamScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "StreamScanExec: source={}", self.source)?;
        if self.projection.is_some() {
            let schema = self.properties.equivalence_properties().schema();
            let names: Vec<_> = schema
                .fields()
                .iter()
                .map(|field| field.name().as_str())
                .collect();
            write!(f, ", columns=[{}]", names.join(", "))?;
        }
        Ok(())
    }
}

impl ExecutionPlan for StreamScanExec {
    fn name(&self) -> &str {
        "StreamScanExec"
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
            return internal_err!("StreamScanExec is a leaf");
        }
        Ok(self)
    }

    fn execute(&self, _: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let context = BatchContext::of(&task)?;
        let lanes = context.take_lanes(self.source)?;
        let source = self.source;
        let projection = self.projection.clone();
        let batches = stream::iter(lanes)
            .flatten()
            .map_err(Into::into)
            .and_then(move |batch| {
                context.count_source_rows(source, batch.num_rows());
                let projected = match &projection {
                    Some(columns) => batch.project(columns).map_err(Into::into),
                    None => Ok(batch),
                };
                futures::future::ready(projected)
            });
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema(),
            batches,
        )))
    }
}
