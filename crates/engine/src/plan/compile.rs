//! From a checked logical plan to the physical plan that every batch of the query runs.
//!
//! Sources, watermarks and stateful operators get their numbers here, in the order of the plan.
//! DataFusion plans the query as if it were bounded; then its aggregations over a stream are
//! replaced by stateful ones, and joins turned so that the stream is the probe side: the build
//! side is read once and kept by the plan.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::Session as PlanningSession;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, internal_err};
use datafusion::config::ConfigOptions;
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionState;
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::{
    Extension, LogicalPlan, UserDefinedLogicalNode,
    physical_planning_context::PhysicalPlanningContext,
};
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, NestedLoopJoinExec, PartitionMode,
};
use datafusion::physical_plan::{ExecutionPlan, replace_children_if_necessary};
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};

use super::{
    BatchPlan, BatchTimeNode, Queries, StreamTable, TimeWindowNode, WatermarkNode, asks_for_time,
    check_output_mode, resolve_batch_time, with_rules,
};
use crate::operator::{
    BatchTimeExec, ReadToEndExec, SequenceExec, StatefulAggregateExec, StreamScanExec,
    TimeWindowExec, WatermarkExec,
};
use crate::sink::OutputMode;
use crate::source::SourceSpec;

/// A streaming query, planned.
#[derive(Debug)]
pub struct Compiled {
    /// What each batch executes.
    pub batch: BatchPlan,
    /// What each batch executes, as a logical plan, for people.
    pub logical: LogicalPlan,
    /// The sources, by number.
    pub sources: Vec<SourceSpec>,
    /// How late rows may be, in milliseconds, by watermark number.
    pub watermark_delays_ms: Vec<i64>,
    /// The columns of the result.
    pub schema: SchemaRef,
}

/// Plans a streaming query for `mode`.
///
/// # Errors
/// As [`check_output_mode`], and whatever planning finds wrong.
pub async fn compile(
    state: &SessionState,
    plan: &LogicalPlan,
    mode: OutputMode,
) -> crate::error::Result<Compiled> {
    check_output_mode(plan, mode)?;
    let mut sources = Vec::new();
    let mut watermark_delays_ms = Vec::new();
    let numbered = number_nodes(plan.clone(), &mut sources, &mut watermark_delays_ms)?;
    let numbered = match asks_for_time(&numbered) {
        true => resolve_batch_time(numbered)?,
        false => numbered,
    };
    let state = streaming_state(state);
    let logical = state.optimize(&numbered)?;
    let physical = state
        .query_planner()
        .create_physical_plan(&logical, &state)
        .await?;
    let physical = make_stateful(physical, mode, &mut 0)?;
    let batch = BatchPlan::new(&state, physical, sources.len(), watermark_delays_ms.len())?;
    let schema = Arc::clone(plan.schema().inner());
    Ok(Compiled {
        batch,
        logical,
        sources,
        watermark_delays_ms,
        schema,
    })
}

/// A session that plans for one partition and keeps to the rules of streaming plans.
fn streaming_state(state: &SessionState) -> SessionState {
    let config = state.config().clone().with_target_partitions(1);
    let mut config = config.with_create_default_catalog_and_schema(false);
    forbid_dynamic_filters(config.options_mut());
    let builder = SessionStateBuilder::new_from_existing(state.clone()).with_config(config);
    with_rules(builder, Queries::Streaming).build()
}

/// Dynamic filters are learnt during one run and would be wrong in the next.
fn forbid_dynamic_filters(options: &mut ConfigOptions) {
    options.optimizer.enable_dynamic_filter_pushdown = false;
    options.optimizer.enable_topk_dynamic_filter_pushdown = false;
    options.optimizer.enable_join_dynamic_filter_pushdown = false;
    options.optimizer.enable_aggregate_dynamic_filter_pushdown = false;
}

/// Numbers sources and watermarks from left to right.
fn number_nodes(
    plan: LogicalPlan,
    sources: &mut Vec<SourceSpec>,
    delays: &mut Vec<i64>,
) -> Result<LogicalPlan> {
    let numbered = plan.transform_up_with_subqueries(|node| {
        let table = StreamTable::of_plan(&node, |table| {
            sources.push(table.spec().clone());
            table.with_id(sources.len() - 1)
        });
        match (table, node) {
            (Some(table), LogicalPlan::TableScan(mut scan)) => {
                scan.source = provider_as_source(Arc::new(table));
                Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
            }
            (_, LogicalPlan::Extension(extension)) => {
                let Some(watermark) = extension.node.as_any().downcast_ref::<WatermarkNode>()
                else {
                    return Ok(Transformed::no(LogicalPlan::Extension(extension)));
                };
                delays.push(watermark.delay_ms());
                let node = Arc::new(watermark.with_id(delays.len() - 1));
                Ok(Transformed::yes(LogicalPlan::Extension(Extension { node })))
            }
            (_, node) => Ok(Transformed::no(node)),
        }
    })?;
    Ok(numbered.data)
}

/// Whether a physical plan reads a stream.
fn reads_stream(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.is::<StreamScanExec>() || plan.children().into_iter().any(reads_stream)
}

/// Replaces what DataFusion does within a batch by what must last from batch to batch.
fn make_stateful(
    plan: Arc<dyn ExecutionPlan>,
    mode: OutputMode,
    operators: &mut usize,
) -> Result<Arc<dyn ExecutionPlan>> {
    let rewritten = plan.transform_up(|node| {
        if !reads_stream(&node) {
            return Ok(Transformed::no(node));
        }
        if node.is::<CoalescePartitionsExec>() {
            let input = Arc::clone(node.children()[0]);
            return Ok(Transformed::yes(Arc::new(SequenceExec::new(input))));
        }
        if let Some(aggregate) = node.downcast_ref::<AggregateExec>() {
            let single = match aggregate.mode() {
                // The final one, which comes later, takes its place.
                AggregateMode::Partial => return Ok(Transformed::no(node)),
                _ => in_one_step(aggregate)?,
            };
            let aggregate = single.as_ref().unwrap_or(aggregate);
            let input = Arc::clone(aggregate.input());
            let stateful = StatefulAggregateExec::try_new(*operators, mode, aggregate, input)?;
            *operators += 1;
            return Ok(Transformed::yes(Arc::new(stateful) as _));
        }
        let turned = if let Some(join) = node.downcast_ref::<HashJoinExec>() {
            stream_on_left(join.left(), join.right())?
                .then(|| join.swap_inputs(PartitionMode::CollectLeft))
        } else if let Some(join) = node.downcast_ref::<NestedLoopJoinExec>() {
            stream_on_left(join.left(), join.right())?.then(|| join.swap_inputs())
        } else if let Some(join) = node.downcast_ref::<CrossJoinExec>() {
            stream_on_left(join.left(), join.right())?.then(|| join.swap_inputs())
        } else {
            None
        };
        match turned {
            Some(turned) => read_to_end(turned?).map(Transformed::yes),
            None if is_join(&node) => read_to_end(node).map(Transformed::yes),
            None => Ok(Transformed::no(node)),
        }
    })?;
    let plan = rewritten.data;
    let partitions = plan.properties().output_partitioning().partition_count();
    Ok(match partitions {
        1 => plan,
        _ => Arc::new(SequenceExec::new(plan)),
    })
}

fn is_join(node: &Arc<dyn ExecutionPlan>) -> bool {
    node.is::<HashJoinExec>() || node.is::<NestedLoopJoinExec>() || node.is::<CrossJoinExec>()
}

/// A join, or a projection of one, whose stream is read to the end also where the table has no rows.
fn read_to_end(join: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let is_join = is_join(&join);
    let sides = join.children().into_iter().map(|side| {
        let side = Arc::clone(side);
        Ok(match is_join {
            true if reads_stream(&side) => Arc::new(ReadToEndExec::new(side)),
            true => side,
            false => read_to_end(side)?,
        })
    });
    let sides = sides.collect::<Result<_>>()?;
    replace_children_if_necessary(join, sides)
}

/// An aggregation that DataFusion does in two steps, because its input is a union, in one step.
fn in_one_step(last: &AggregateExec) -> Result<Option<AggregateExec>> {
    let Some(sequence) = last.input().downcast_ref::<SequenceExec>() else {
        return Ok(None);
    };
    let Some(first) = sequence.children()[0].downcast_ref::<AggregateExec>() else {
        return Ok(None);
    };
    if *first.mode() != AggregateMode::Partial {
        return Ok(None);
    }
    let input = Arc::new(SequenceExec::new(Arc::clone(first.input())));
    AggregateExec::try_new(
        AggregateMode::Single,
        first.group_expr().clone(),
        first.aggr_expr().to_vec(),
        first.filter_expr().to_vec(),
        input,
        first.input_schema(),
    )
    .map(Some)
}

/// Whether the stream is the left input of a join, where the build side belongs.
fn stream_on_left(left: &Arc<dyn ExecutionPlan>, right: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    match (reads_stream(left), reads_stream(right)) {
        (true, true) => internal_err!("a join of two streams came through the checks"),
        (on_left, _) => Ok(on_left),
    }
}

/// DataFusion's planner with our nodes added.
#[derive(Debug)]
pub struct VltavaQueryPlanner;

#[async_trait]
impl QueryPlanner for VltavaQueryPlanner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        state: &dyn PlanningSession,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(NodePlanner)]);
        planner.create_physical_plan(plan, state).await
    }
}

/// Makes the operators of our logical nodes.
struct NodePlanner;

#[async_trait]
impl ExtensionPlanner for NodePlanner {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn PlanningSession,
        context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let [input] = inputs else { return Ok(None) };
        let input = Arc::clone(input);
        let schema = Arc::clone(node.schema().inner());
        if let Some(watermark) = node.as_any().downcast_ref::<WatermarkNode>() {
            // Without a number this is a bounded query, in which nothing is late.
            let Some(id) = watermark.id() else {
                return Ok(Some(input));
            };
            let column = watermark.column_index()?;
            let delay_ms = watermark.delay_ms();
            let exec = WatermarkExec::try_new(id, column, delay_ms, input, schema)?;
            return Ok(Some(Arc::new(exec)));
        }
        if let Some(window) = node.as_any().downcast_ref::<TimeWindowNode>() {
            let input_schema = window.input().schema();
            let time =
                planner.create_physical_expr(window.time(), input_schema, session, context)?;
            let exec = TimeWindowExec::try_new(time, window.spec(), input, schema)?;
            return Ok(Some(Arc::new(exec)));
        }
        if node.as_any().is::<BatchTimeNode>() {
            return Ok(Some(Arc::new(BatchTimeExec::try_new(input, schema)?)));
        }
        Ok(None)
    }
}
