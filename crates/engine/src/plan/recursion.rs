//! `WITH RECURSIVE`: what DataFusion's node of a recursive query lacks, and the rule that puts our operator into its place.
//!
//! DataFusion's operator lets a term read the rows of the run before once, and knows no limits.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::recursive_query::RecursiveQueryExec;

use crate::operator::{RecursionExec, WorkTableExec};

/// A recursive query: its number and its limits. DataFusion's node has a name only, so the name holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recursion {
    /// No other recursive query of the session has this number.
    pub id: usize,
    /// The run that must not give rows; `-1` for no limit (`spark.sql.cteRecursionLevelLimit`).
    pub level_limit: i64,
    /// It is an error if there are this many rows; `-1` for no limit (`spark.sql.cteRecursionRowLimit`). A `LIMIT` of the
    /// query comes before it.
    pub row_limit: i64,
}

impl fmt::Display for Recursion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recursion {
            id,
            level_limit,
            row_limit,
        } = self;
        write!(f, "recursion {id} levels {level_limit} rows {row_limit}")
    }
}

impl Recursion {
    /// The recursive query that has this name.
    fn of_name(name: &str) -> Option<Recursion> {
        let words: Vec<&str> = name.split(' ').collect();
        let ["recursion", id, "levels", level_limit, "rows", row_limit] = words.as_slice() else {
            return None;
        };
        Some(Recursion {
            id: id.parse().ok()?,
            level_limit: level_limit.parse().ok()?,
            row_limit: row_limit.parse().ok()?,
        })
    }
}

/// The rows of the run before, for the term of a recursive query.
#[derive(Debug)]
pub struct WorkTable {
    recursion: Recursion,
    schema: SchemaRef,
}

impl WorkTable {
    /// The rows of `recursion`.
    pub fn new(recursion: Recursion, schema: SchemaRef) -> WorkTable {
        WorkTable { recursion, schema }
    }
}

#[async_trait]
impl TableProvider for WorkTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let exec = WorkTableExec::try_new(self.recursion.id, &self.schema, projection.cloned())?;
        Ok(Arc::new(exec))
    }
}

/// Puts our operator into the places of DataFusion's.
#[derive(Debug)]
pub(crate) struct Recursions;

impl PhysicalOptimizerRule for Recursions {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let replaced = plan.transform_up(|node| {
            let Some(query) = node.downcast_ref::<RecursiveQueryExec>() else {
                return Ok(Transformed::no(node));
            };
            let name = query.name();
            let recursion = Recursion::of_name(name).ok_or_else(|| {
                internal_datafusion_err!("{name:?} is no recursive query of ours")
            })?;
            let anchor = Arc::clone(query.static_term());
            let term = Arc::clone(query.recursive_term());
            let exec = RecursionExec::new(recursion, anchor, term, node.schema());
            Ok(Transformed::yes(Arc::new(exec) as _))
        })?;
        Ok(replaced.data)
    }

    fn name(&self) -> &str {
        "Recursions"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Recursion;

    #[test]
    fn a_name_holds_the_limits() {
        let recursion = Recursion {
            id: 12,
            level_limit: -1,
            row_limit: 1_000_000,
        };
        assert_eq!(Recursion::of_name(&recursion.to_string()), Some(recursion));
        assert_eq!(Recursion::of_name("recursion 12"), None);
    }
}
