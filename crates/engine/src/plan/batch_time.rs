//! `current_timestamp()` in a streaming query: the batch's timestamp, as a column under the node
//! that asks for it.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DFSchemaRef, Result, internal_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    Expr, Extension, LogicalPlan, LogicalPlanBuilder, UserDefinedLogicalNodeCore, col,
};

/// Name of the added column; no user's column is called so.
const COLUMN: &str = "__batch_timestamp";

/// A logical plan plus the batch's timestamp as its last column.
#[derive(Clone, Debug)]
pub struct BatchTimeNode {
    input: LogicalPlan,
    schema: DFSchemaRef,
}

impl BatchTimeNode {
    fn try_new(input: LogicalPlan) -> Result<Self> {
        let mut fields: Vec<_> = input
            .schema()
            .iter()
            .map(|(q, f)| (q.cloned(), Arc::clone(f)))
            .collect();
        fields.push((
            None,
            Arc::new(Field::new(COLUMN, format::schema::timestamp(), false)),
        ));
        let metadata = input.schema().metadata().clone();
        let schema = Arc::new(DFSchema::new_with_metadata(fields, metadata)?);
        Ok(BatchTimeNode { input, schema })
    }
}

/// Replaces calls of `current_timestamp()` by the batch's timestamp.
pub fn resolve_batch_time(plan: LogicalPlan) -> Result<LogicalPlan> {
    let resolved = plan.transform_up_with_subqueries(|node| {
        let asks = node
            .expressions()
            .iter()
            .any(|e| e.exists(|e| Ok(is_current_timestamp(e))).unwrap_or(false));
        if !asks {
            return Ok(Transformed::no(node));
        }
        let exprs: Result<Vec<Expr>> = node
            .expressions()
            .into_iter()
            .map(|expr| {
                let name = expr.schema_name().to_string();
                let replaced = expr.transform_up(|e| {
                    if is_current_timestamp(&e) {
                        Ok(Transformed::yes(col(COLUMN)))
                    } else {
                        Ok(Transformed::no(e))
                    }
                })?;
                match (replaced.transformed, &node) {
                    (true, LogicalPlan::Projection(_) | LogicalPlan::Aggregate(_)) => {
                        Ok(replaced.data.alias_if_changed(name)?)
                    }
                    _ => Ok(replaced.data),
                }
            })
            .collect();
        let inputs = node.inputs();
        let [input] = inputs.as_slice() else {
            return datafusion::common::not_impl_err!("current_timestamp() in {}", node.display());
        };
        let with_time = LogicalPlan::Extension(Extension {
            node: Arc::new(BatchTimeNode::try_new((*input).clone())?),
        });
        let outer = node.with_new_exprs(exprs?, vec![with_time])?;
        // What passes its input's columns on must not pass this one on.
        if outer.schema().fields().len() == node.schema().fields().len() {
            return Ok(Transformed::yes(outer));
        }
        let columns = node.schema().columns().into_iter().map(Expr::Column);
        Ok(Transformed::yes(
            LogicalPlanBuilder::from(outer).project(columns)?.build()?,
        ))
    })?;
    Ok(resolved.data)
}

/// Whether any expression of the plan calls `current_timestamp()`.
pub fn asks_for_time(plan: &LogicalPlan) -> bool {
    let mut found = false;
    let walked = plan.apply_with_subqueries(|node| {
        for expr in node.expressions() {
            found |= expr.exists(|e| Ok(is_current_timestamp(e)))?;
        }
        Ok(if found {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    });
    found && walked.is_ok()
}

impl PartialEq for BatchTimeNode {
    fn eq(&self, other: &Self) -> bool {
        self.input == other.input
    }
}

impl Eq for BatchTimeNode {}

impl Hash for BatchTimeNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.input.hash(state);
    }
}

impl PartialOrd for BatchTimeNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.input.partial_cmp(&other.input)
    }
}

impl UserDefinedLogicalNodeCore for BatchTimeNode {
    fn name(&self) -> &str {
        "BatchTime"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        vec![]
    }

    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        HashSet::from([COLUMN.to_owned()])
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "BatchTime")
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        match inputs.pop() {
            Some(input) => BatchTimeNode::try_new(input),
            None => internal_err!("a batch time node has one input"),
        }
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![super::without_last(&self.schema, output_columns)])
    }
}

/// Whether an expression is `current_timestamp()`, which is replaced before a plan runs: by a constant in a query that
/// ends, by the time of the batch in a streaming one.
pub fn is_current_timestamp(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(ScalarFunction { func, .. }) if func.name() == "current_timestamp")
}
