//! A source that is read as a stream, as a table that plans can scan.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, plan_err};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{Expr, LogicalPlan, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::operator::StreamScanExec;
use crate::source::SourceSpec;

/// The streaming side of a source: a table without an end.
///
/// Scanning it gives a leaf that reads the lanes of the micro-batch it runs in.
#[derive(Debug)]
pub struct StreamTable {
    spec: SourceSpec,
    schema: SchemaRef,
    /// Which source of its query this is; known once the query is compiled.
    id: Option<usize>,
}

impl StreamTable {
    /// A stream over `spec`, whose rows have `schema`.
    pub fn new(spec: SourceSpec, schema: SchemaRef) -> Self {
        StreamTable {
            spec,
            schema,
            id: None,
        }
    }

    /// The same stream as source number `id` of a query.
    pub fn with_id(&self, id: usize) -> Self {
        StreamTable {
            spec: self.spec.clone(),
            schema: Arc::clone(&self.schema),
            id: Some(id),
        }
    }

    /// Where the rows come from.
    pub fn spec(&self) -> &SourceSpec {
        &self.spec
    }

    /// The stream that a scan reads, if what it reads is a stream. Calls `f` with it.
    pub fn of_plan<T>(plan: &LogicalPlan, f: impl FnOnce(&StreamTable) -> T) -> Option<T> {
        let LogicalPlan::TableScan(scan) = plan else {
            return None;
        };
        let provider = source_as_provider(&scan.source).ok()?;
        provider.downcast_ref::<StreamTable>().map(f)
    }
}

#[async_trait]
impl TableProvider for StreamTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match self.id {
            Some(id) => {
                let leaf = StreamScanExec::try_new(id, &self.schema, projection.cloned())?;
                Ok(Arc::new(leaf))
            }
            None => plan_err!(
                "Queries with streaming sources must be executed with writeStream.start()"
            ),
        }
    }
}

/// Whether any leaf of a plan is a stream.
pub fn is_streaming(plan: &LogicalPlan) -> bool {
    let mut found = false;
    let walked = plan.apply_with_subqueries(|node| {
        found |= StreamTable::of_plan(node, |_| ()).is_some();
        Ok(if found {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    });
    // The closure never fails.
    debug_assert!(walked.is_ok());
    found
}
