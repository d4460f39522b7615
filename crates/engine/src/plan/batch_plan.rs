//! What every batch of a query runs, as a value that can leave the process.
//!
//! As bytes it is a checksum (CRC-32C of the rest, little-endian), then a protobuf message. The
//! checksum is for damage, not for malice: a forged plan can make DataFusion do anything.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_datafusion_err, internal_err, not_impl_err};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::{SessionState, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::{ExecutionPlan, displayable};
use datafusion::prelude::SessionConfig;
use datafusion_proto::physical_plan::{
    AsExecutionPlan, DefaultPhysicalProtoConverter, PhysicalProtoConverterExtension,
};
use datafusion_proto::protobuf::PhysicalPlanNode;
use prost::Message;
use state::StateSchema;

use crate::operator::{OperatorCodec, StatefulAggregateExec, StreamScanExec, WatermarkExec};
use crate::runtime::Runtime;

/// The version of the bytes. Another one is refused: plans are made for a run, not kept.
const VERSION: u32 = 2;

/// How deep an expression within an operator, counted from the plan's root, may nest in bytes.
/// Encoding goes down by recursion, and the decoder refuses what is deeper anyway.
const DEPTH_MAX: usize = 100;

/// Sources, or watermarks, of one plan.
const NODES_MAX: usize = 4096;

/// Bytes of tables in memory that are copied into a plan's bytes.
const TABLE_BYTES_MAX: usize = 1 << 20;

/// What every batch of a query runs: a physical plan whose operators find the batch's facts in
/// the context of their task.
///
/// Nothing in it belongs to this process but what [`to_bytes`](Self::to_bytes) names.
#[derive(Clone, Debug)]
pub struct BatchPlan {
    physical: Arc<dyn ExecutionPlan>,
    sources: usize,
    watermarks: usize,
    states: Vec<StateSchema>,
    /// The session's when the query was compiled: casts and JSON read times in it.
    time_zone: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct BatchPlanNode {
    #[prost(uint32, tag = "1")]
    version: u32,
    #[prost(uint64, tag = "2")]
    sources: u64,
    #[prost(uint64, tag = "3")]
    watermarks: u64,
    #[prost(string, optional, tag = "4")]
    time_zone: Option<String>,
    #[prost(message, optional, tag = "5")]
    physical: Option<PhysicalPlanNode>,
}

impl BatchPlan {
    /// A plan over so many sources, with so many watermarks, compiled by `state`.
    ///
    /// # Errors
    /// If operators are numbered otherwise.
    pub fn new(
        state: &SessionState,
        physical: Arc<dyn ExecutionPlan>,
        sources: usize,
        watermarks: usize,
    ) -> Result<BatchPlan> {
        let time_zone = state.config_options().execution.time_zone.clone();
        BatchPlan::checked(physical, sources, watermarks, time_zone)
    }

    fn checked(
        physical: Arc<dyn ExecutionPlan>,
        sources: usize,
        watermarks: usize,
        time_zone: Option<String>,
    ) -> Result<BatchPlan> {
        if sources > NODES_MAX || watermarks > NODES_MAX {
            return not_impl_err!("a query with more than {NODES_MAX} sources or watermarks");
        }
        let mut states = Vec::new();
        physical.apply(|node| {
            if let Some(scan) = node.downcast_ref::<StreamScanExec>()
                && scan.source() >= sources
            {
                return internal_err!("source {} of {sources}", scan.source());
            }
            if let Some(watermark) = node.downcast_ref::<WatermarkExec>()
                && watermark.node() >= watermarks
            {
                return internal_err!("watermark {} of {watermarks}", watermark.node());
            }
            if let Some(stateful) = node.downcast_ref::<StatefulAggregateExec>() {
                states.push((stateful.id(), stateful.state_schema()?));
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        states.sort_by_key(|(id, _)| *id);
        if states
            .iter()
            .enumerate()
            .any(|(place, (id, _))| place != *id)
        {
            return internal_err!("stateful operators are not numbered from 0");
        }
        Ok(BatchPlan {
            physical,
            sources,
            watermarks,
            states: states.into_iter().map(|(_, schema)| schema).collect(),
            time_zone,
        })
    }

    /// The plan as bytes, which [`from_bytes`](Self::from_bytes) of the same release reads.
    ///
    /// # Errors
    /// If a part of the plan is only here: a table of more than a megabyte in memory on the static
    /// side, a function that no registry knows; or if an expression nests too deep.
    pub fn to_bytes(&self, runtime: &Runtime) -> crate::error::Result<Vec<u8>> {
        check_depth(&self.physical)?;
        check_tables(&self.physical)?;
        let proto = DefaultPhysicalProtoConverter {};
        let physical = proto.execution_plan_to_proto(&self.physical, &codec(runtime))?;
        let node = BatchPlanNode {
            version: VERSION,
            sources: self.sources as u64,
            watermarks: self.watermarks as u64,
            time_zone: self.time_zone.clone(),
            physical: Some(physical),
        };
        let message = node.encode_to_vec();
        let mut bytes = crc32c::crc32c(&message).to_le_bytes().to_vec();
        bytes.extend(message);
        Ok(bytes)
    }

    /// The plan that [`to_bytes`](Self::to_bytes) gave, with the functions of `runtime`.
    ///
    /// # Errors
    /// If the bytes are not from there, or nest deeper than messages may.
    pub fn from_bytes(runtime: &Runtime, bytes: &[u8]) -> crate::error::Result<BatchPlan> {
        let Some((checksum, message)) = bytes.split_first_chunk() else {
            return Err(internal_datafusion_err!("the bytes of a plan are cut short").into());
        };
        if u32::from_le_bytes(*checksum) != crc32c::crc32c(message) {
            return Err(internal_datafusion_err!("the bytes of a plan are damaged").into());
        }
        BatchPlan::of_message(runtime, message)
    }

    fn of_message(runtime: &Runtime, message: &[u8]) -> crate::error::Result<BatchPlan> {
        let node = BatchPlanNode::decode(message)
            .map_err(|error| internal_datafusion_err!("cannot decode a plan: {error}"))?;
        if node.version != VERSION {
            return Err(crate::error::Error::unsupported(format!(
                "bytes of a plan in version {}; this release reads version {VERSION}",
                node.version
            )));
        }
        let task = runtime.state().task_ctx();
        let mut config = task.session_config().clone();
        config.options_mut().execution.time_zone = node.time_zone.clone();
        let task = configured(&task, config);
        let physical = node
            .physical
            .ok_or_else(|| internal_datafusion_err!("the bytes of a plan hold none"))?;
        // DataFusion's operators take it for granted that columns they are told of are there.
        let codec = codec(runtime);
        let decode = AssertUnwindSafe(|| physical.try_into_physical_plan(&task, &codec));
        let physical = catch_unwind(decode)
            .map_err(|_| internal_datafusion_err!("the bytes of a plan do not fit together"))??;
        let count = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let (sources, watermarks) = (count(node.sources), count(node.watermarks));
        let plan = BatchPlan::checked(physical, sources, watermarks, node.time_zone)?;
        Ok(plan)
    }

    /// This plan by way of its bytes: what runs here is what would run elsewhere.
    ///
    /// The one place where a plan that cannot be bytes goes on as it is: [`to_bytes`] says which
    /// those are, and `debug` logs say why. They run here like any other.
    ///
    /// [`to_bytes`]: Self::to_bytes
    pub fn by_bytes(self, runtime: &Runtime) -> BatchPlan {
        let decoded = self
            .to_bytes(runtime)
            .and_then(|bytes| BatchPlan::from_bytes(runtime, &bytes));
        match decoded {
            Ok(decoded) if decoded.is_same(&self) => decoded,
            Ok(_) => {
                tracing::debug!("a plan runs as it is: its bytes tell of another one");
                self
            }
            Err(error) => {
                tracing::debug!("a plan runs as it is: {error}");
                self
            }
        }
    }

    /// Whether operators, what they show of themselves, and their columns are equal.
    fn is_same(&self, other: &BatchPlan) -> bool {
        let text = |plan: &BatchPlan| displayable(plan.physical.as_ref()).indent(true).to_string();
        self.states == other.states
            && text(self) == text(other)
            && same_columns(&self.physical, &other.physical)
    }

    /// What runs.
    pub fn physical(&self) -> &Arc<dyn ExecutionPlan> {
        &self.physical
    }

    /// How many sources it reads.
    pub fn sources(&self) -> usize {
        self.sources
    }

    /// How many watermarks it has.
    pub fn watermarks(&self) -> usize {
        self.watermarks
    }

    /// The columns of state, by operator number.
    pub fn states(&self) -> &[StateSchema] {
        &self.states
    }
}

/// `task` with another configuration.
pub fn configured(task: &TaskContext, config: SessionConfig) -> TaskContext {
    TaskContext::new(
        None,
        task.session_id(),
        config,
        task.scalar_functions().clone(),
        task.higher_order_functions().clone(),
        task.aggregate_functions().clone(),
        task.window_functions().clone(),
        task.runtime_env(),
    )
}

fn same_columns(one: &Arc<dyn ExecutionPlan>, other: &Arc<dyn ExecutionPlan>) -> bool {
    let (ours, theirs) = (one.children(), other.children());
    one.schema() == other.schema()
        && ours.len() == theirs.len()
        && ours
            .iter()
            .zip(theirs)
            .all(|(one, other)| same_columns(one, other))
}

fn check_depth(plan: &Arc<dyn ExecutionPlan>) -> Result<()> {
    let mut operators = vec![(Arc::clone(plan), 1)];
    while let Some((operator, depth)) = operators.pop() {
        let mut expressions: Vec<(Arc<dyn PhysicalExpr>, usize)> = Vec::new();
        operator.apply_expressions(&mut |expression| {
            expressions.push((Arc::clone(expression), depth + 1));
            Ok(TreeNodeRecursion::Continue)
        })?;
        while let Some((expression, depth)) = expressions.pop() {
            if depth > DEPTH_MAX {
                return not_impl_err!("expressions nested {DEPTH_MAX} deep as bytes");
            }
            let children = expression.children().into_iter();
            expressions.extend(children.map(|child| (Arc::clone(child), depth + 1)));
        }
        let children = operator.children().into_iter();
        operators.extend(children.map(|child| (Arc::clone(child), depth + 1)));
    }
    Ok(())
}

fn check_tables(plan: &Arc<dyn ExecutionPlan>) -> Result<()> {
    let mut held = 0;
    plan.apply(|node| {
        if let Some(scan) = node.downcast_ref::<DataSourceExec>()
            && let Some(table) = scan.data_source().downcast_ref::<MemorySourceConfig>()
        {
            let batches = table.partitions().iter().flatten();
            held += batches
                .map(|batch| batch.get_array_memory_size())
                .sum::<usize>();
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    match held > TABLE_BYTES_MAX {
        true => not_impl_err!("tables in memory of {held} bytes in a plan"),
        false => Ok(()),
    }
}

/// What encodes and decodes plans with the functions of `runtime`.
fn codec(runtime: &Runtime) -> OperatorCodec {
    OperatorCodec {
        functions: Arc::clone(runtime.functions()),
    }
}
