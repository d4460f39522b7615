//! A rule of our own: what has one value in all rows of a side of an outer join may be NULL after the join.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{JoinType, Result};
use datafusion::config::ConfigOptions;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::{
    ExecutionPlan, ExecutionPlanProperties, replace_children_if_necessary,
};

use crate::operator::NullableSideExec;

/// Hides constants of the nullable sides of outer joins from DataFusion: see [`NullableSideExec`].
#[derive(Debug)]
pub(crate) struct NullableConstants;

impl PhysicalOptimizerRule for NullableConstants {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let hidden = plan.transform_up(|node| {
            let Some(nullable) = join_type(&node).map(nullable_sides) else {
                return Ok(Transformed::no(node));
            };
            let mut is_changed = false;
            let sides = node.children().into_iter().zip(nullable);
            let sides = sides.map(|(side, is_nullable)| {
                let has_constants = !side.equivalence_properties().constants().is_empty();
                match is_nullable && has_constants {
                    true => {
                        is_changed = true;
                        Arc::new(NullableSideExec::new(Arc::clone(side))) as _
                    }
                    false => Arc::clone(side),
                }
            });
            let sides = sides.collect();
            match is_changed {
                true => replace_children_if_necessary(node, sides).map(Transformed::yes),
                false => Ok(Transformed::no(node)),
            }
        })?;
        Ok(hidden.data)
    }

    fn name(&self) -> &str {
        "NullableConstants"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn join_type(node: &Arc<dyn ExecutionPlan>) -> Option<JoinType> {
    if let Some(join) = node.downcast_ref::<HashJoinExec>() {
        return Some(*join.join_type());
    }
    if let Some(join) = node.downcast_ref::<NestedLoopJoinExec>() {
        return Some(*join.join_type());
    }
    let join = node.downcast_ref::<SortMergeJoinExec>()?;
    Some(join.join_type())
}

/// Whether the left and the right side give NULL where they have no row.
fn nullable_sides(join_type: JoinType) -> [bool; 2] {
    match join_type {
        JoinType::Left => [false, true],
        JoinType::Right => [true, false],
        JoinType::Full => [true, true],
        _ => [false, false],
    }
}
