//! Our own physical operators, and what they see of the batch they run in.
//!
//! Plans hold ids. An operator finds the batch's lanes, watermarks, timestamp and state in the
//! [`BatchContext`] that travels in the task's session configuration, so one plan serves every
//! micro-batch of a query, in any process: [`OperatorCodec`] makes bytes of them and back.
//!
//! Does not look at a clock, and does not decide what a batch contains.

/// A method of [`ExecutionPlan`] for an operator that has no expressions.
macro_rules! without_expressions {
    () => {
        fn apply_expressions(
            &self,
            _: &mut dyn FnMut(
                &::std::sync::Arc<dyn ::datafusion::physical_expr::PhysicalExpr>,
            ) -> ::datafusion::common::Result<
                ::datafusion::common::tree_node::TreeNodeRecursion,
            >,
        ) -> ::datafusion::common::Result<::datafusion::common::tree_node::TreeNodeRecursion> {
            Ok(::datafusion::common::tree_node::TreeNodeRecursion::Continue)
        }
    };
}

mod aggregate;
mod aggregation;
mod batch_time;
mod bounded_scan;
mod codec;
mod context;
mod nullable_side;
mod read_to_end;
mod recursion;
mod scan;
mod sequence;
mod time_window;
mod watermark;

pub use aggregate::{StatefulAggregateExec, state_error};
pub use batch_time::BatchTimeExec;
pub use bounded_scan::BoundedScanExec;
pub use codec::OperatorCodec;
pub use context::{BatchContext, BatchTimes, EventTimeRange, OperatorState, Unread};
pub use nullable_side::NullableSideExec;
pub use read_to_end::ReadToEndExec;
pub use recursion::{RecursionExec, WorkTableExec};
pub use scan::StreamScanExec;
pub use sequence::SequenceExec;
pub use time_window::{TimeWindowExec, WindowSpec, window_fields};
pub use watermark::WatermarkExec;

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::{Result, internal_err};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::{ExecutionPlan, PlanProperties};

/// The input of an operator that has one.
fn only_input(
    name: &str,
    mut children: Vec<Arc<dyn ExecutionPlan>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    match (children.pop(), children.is_empty()) {
        (Some(input), true) => Ok(input),
        _ => internal_err!("{name} has one input"),
    }
}

/// The columns `projection` of a schema, or all of them.
fn projected(schema: &SchemaRef, projection: Option<&[usize]>) -> Result<SchemaRef> {
    Ok(match projection {
        Some(columns) => Arc::new(schema.project(columns)?),
        None => Arc::clone(schema),
    })
}

/// Properties of an operator with one bounded output partition and no ordering.
fn single_partition(schema: SchemaRef, emission: EmissionType) -> Arc<PlanProperties> {
    bounded(schema, 1, emission)
}

/// Properties of an operator that has an output partition for each of its input's.
fn partitioned_as(
    input: &dyn ExecutionPlan,
    schema: SchemaRef,
    emission: EmissionType,
) -> Arc<PlanProperties> {
    bounded(
        schema,
        input.properties().output_partitioning().partition_count(),
        emission,
    )
}

fn bounded(schema: SchemaRef, partitions: usize, emission: EmissionType) -> Arc<PlanProperties> {
    Arc::new(PlanProperties::new(
        EquivalenceProperties::new(schema),
        Partitioning::UnknownPartitioning(partitions),
        emission,
        Boundedness::Bounded,
    ))
}
