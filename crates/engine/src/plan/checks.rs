//! Which streaming queries are allowed in which output mode.
//!
//! Spark's table of operators and modes, with its error conditions and words where a program
//! could meet them. What Spark allows and is not built here says so in its own words; nothing is
//! run that would give other rows than Spark's.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Aggregate, Expr, Join, JoinType, LogicalPlan};

use super::{event_time_delay, is_streaming};
use crate::error::{Error, ErrorKind, Result};
use crate::sink::OutputMode;

/// Refuses a streaming plan that cannot run in `mode`.
///
/// # Errors
/// `Analysis` with Spark's condition, or `Unsupported` for what is not built.
pub fn check_output_mode(plan: &LogicalPlan, mode: OutputMode) -> Result<()> {
    // Whether the mode fits the aggregations at all is said before anything else.
    let mut aggregates = 0;
    each_streaming_node(plan, &mut |node| match node {
        LogicalPlan::Aggregate(aggregate) => {
            aggregates += 1;
            check_aggregate_mode(aggregate, mode)
        }
        _ => Ok(()),
    })?;
    if mode == OutputMode::Complete && aggregates == 0 {
        return Err(unsupported_mode(mode, "no streaming aggregations"));
    }
    each_streaming_node(plan, &mut |node| check_node(node, mode))?;
    match (mode, aggregates) {
        (OutputMode::Append, 2..) => Err(not_built("a chain of streaming aggregations")),
        (_, 2..) => Err(refused(
            "Detected pattern of possible 'correctness' issue due to global watermark. The query \
             contains stateful operation which can emit rows older than the current watermark \
             plus allowed late record delay, which are \"late rows\" in downstream stateful \
             operations and these rows can be discarded.",
        )),
        _ => Ok(()),
    }
}

/// Calls `check` on the nodes that read a stream, from the top, up to the first error.
fn each_streaming_node(
    plan: &LogicalPlan,
    check: &mut dyn FnMut(&LogicalPlan) -> Result<()>,
) -> Result<()> {
    let mut first_error = None;
    plan.apply_with_subqueries(|node| {
        if !is_streaming(node) {
            return Ok(TreeNodeRecursion::Jump);
        }
        Ok(match check(node) {
            Ok(()) => TreeNodeRecursion::Continue,
            Err(error) => {
                first_error = Some(error);
                TreeNodeRecursion::Stop
            }
        })
    })?;
    first_error.map_or(Ok(()), Err)
}

fn check_node(node: &LogicalPlan, mode: OutputMode) -> Result<()> {
    match node {
        LogicalPlan::Aggregate(aggregate) => check_aggregate(aggregate),
        LogicalPlan::Join(join) => check_join(join),
        LogicalPlan::Sort(sort) if mode == OutputMode::Complete && has_aggregate(&sort.input) => {
            Ok(())
        }
        LogicalPlan::Sort(_) => Err(refused(
            "Sorting is not supported on streaming DataFrames/Datasets, unless it is on \
             aggregated DataFrame/Dataset in Complete output mode",
        )),
        LogicalPlan::Limit(_) if mode == OutputMode::Complete => Ok(()),
        LogicalPlan::Limit(_) if mode == OutputMode::Update => Err(refused(
            "Limits are not supported on streaming DataFrames/Datasets in Update output mode",
        )),
        LogicalPlan::Limit(_) => Err(not_built("limit over a stream in Append output mode")),
        LogicalPlan::Union(union) if union.inputs.iter().any(|input| !is_streaming(input)) => Err(
            refused("Union between streaming and batch DataFrames/Datasets is not supported"),
        ),
        LogicalPlan::Distinct(_) => Err(not_built("distinct() and dropDuplicates() over a stream")),
        LogicalPlan::Window(window) => {
            let function = window
                .window_expr
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            Err(Error::analysis(
                "NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING",
                format!(
                    "Window function is not supported in {function} on streaming \
                     DataFrames/Datasets. Structured Streaming only supports time-window \
                     aggregation using the WINDOW function."
                ),
            ))
        }
        LogicalPlan::RecursiveQuery(_) => Err(refused("recursive queries over a stream")),
        _ => Ok(()),
    }
}

/// In append mode a group must be known to be over some time.
fn check_aggregate_mode(aggregate: &Aggregate, mode: OutputMode) -> Result<()> {
    let keys = aggregate
        .schema
        .fields()
        .iter()
        .take(aggregate.group_expr.len());
    let by_event_time = keys
        .into_iter()
        .any(|field| event_time_delay(field).is_some());
    if mode == OutputMode::Append && (has_grouping_sets(aggregate) || !by_event_time) {
        return Err(unsupported_mode(
            mode,
            "streaming aggregations without watermark",
        ));
    }
    Ok(())
}

fn has_grouping_sets(aggregate: &Aggregate) -> bool {
    aggregate
        .group_expr
        .iter()
        .any(|e| matches!(e, Expr::GroupingSet(_)))
}

fn check_aggregate(aggregate: &Aggregate) -> Result<()> {
    let distinct = aggregate.aggr_expr.iter().any(|expr| {
        expr.exists(|e| {
            Ok(matches!(e, Expr::AggregateFunction(function) if function.params.distinct))
        })
        .unwrap_or(false)
    });
    if distinct {
        return Err(refused(
            "Distinct aggregations are not supported on streaming DataFrames/Datasets. Consider \
             using approx_count_distinct() instead.",
        ));
    }
    if has_grouping_sets(aggregate) {
        return Err(not_built("cube, rollup and grouping sets over a stream"));
    }
    let keys = aggregate.schema.fields().iter();
    let keys = keys.take(aggregate.group_expr.len());
    let event_times: Vec<String> = keys
        .filter_map(|key| Some(format!("{}-T{}ms", key.name(), event_time_delay(key)?)))
        .collect();
    if event_times.len() > 1 {
        return Err(Error::analysis(
            "MULTIPLE_EVENT_TIME_COLUMNS",
            format!(
                "More than one event time columns are available. Please ensure there is at most one event time column per \
                 stream. event time columns: ({})",
                event_times.join(",")
            ),
        ));
    }
    Ok(())
}

fn check_join(join: &Join) -> Result<()> {
    let (left, right) = (is_streaming(&join.left), is_streaming(&join.right));
    let kind = join.join_type;
    if left && right {
        return Err(match kind {
            JoinType::LeftAnti | JoinType::RightAnti => refused(
                "Left anti joins with a streaming DataFrame/Dataset on the right are not \
                 supported",
            ),
            _ => not_built("a join of two streams"),
        });
    }
    let allowed = match kind {
        JoinType::Inner => true,
        JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => left,
        JoinType::Right | JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => right,
        JoinType::Full => false,
    };
    if allowed {
        return Ok(());
    }
    let (stream, table) = if left {
        ("left", "right")
    } else {
        ("right", "left")
    };
    Err(refused(match kind {
        JoinType::Full => format!(
            "FullOuter joins with streaming DataFrames/Datasets on the {stream} and a static \
             DataFrame/Dataset on the {table} is not supported"
        ),
        JoinType::Right => "RightOuter join with a streaming DataFrame/Dataset on the left and a \
                            static DataFrame/DataSet on the right not supported"
            .to_owned(),
        _ => format!(
            "{} join with a streaming DataFrame/Dataset on the {stream} and a static \
             DataFrame/Dataset on the {table} is not supported",
            match kind {
                JoinType::Left => "LeftOuter",
                JoinType::LeftSemi => "LeftSemi",
                JoinType::LeftAnti => "LeftAnti",
                _ => "This",
            }
        ),
    }))
}

fn has_aggregate(plan: &LogicalPlan) -> bool {
    plan.exists(|node| Ok(matches!(node, LogicalPlan::Aggregate(_))))
        .unwrap_or(false)
}

fn unsupported_mode(mode: OutputMode, operation: &str) -> Error {
    let mode = match mode {
        OutputMode::Append => "append",
        OutputMode::Update => "update",
        OutputMode::Complete => "complete",
    };
    Error::analysis(
        "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION",
        format!(
            "Invalid streaming output mode: {mode}. This output mode is not supported for \
             {operation} on streaming DataFrames/DataSets."
        ),
    )
}

/// What Spark refuses too, without a condition of its own.
fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Analysis, message)
}

/// What Spark can do and we cannot yet.
fn not_built(what: &str) -> Error {
    Error::unsupported(format!("{what} is not built yet"))
}
