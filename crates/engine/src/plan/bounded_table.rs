//! A source read as it is now: the bounded side of what can also be a stream.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::operator::BoundedScanExec;
use crate::source::SourceSpec;

/// A table of what a source holds at the time of the query.
#[derive(Debug)]
pub struct BoundedTable {
    spec: SourceSpec,
    /// What the same rows are read from as a stream, if they can be.
    stream: Option<SourceSpec>,
    schema: SchemaRef,
}

impl BoundedTable {
    /// A table over `spec`.
    pub fn new(spec: SourceSpec, stream: Option<SourceSpec>) -> Self {
        let schema = spec.schema();
        BoundedTable {
            spec,
            stream,
            schema,
        }
    }

    /// What the rows are read from.
    pub fn spec(&self) -> &SourceSpec {
        &self.spec
    }

    /// What the same rows are read from as a stream, if they can be.
    pub fn stream(&self) -> Option<&SourceSpec> {
        self.stream.as_ref()
    }
}

/// The operator that reads these columns of a source, or all of them.
///
/// # Errors
/// A column that the source does not have.
pub fn bounded_scan(
    spec: SourceSpec,
    projection: Option<Vec<usize>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    Ok(Arc::new(BoundedScanExec::try_new(spec, projection)?))
}

#[async_trait]
impl TableProvider for BoundedTable {
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
        bounded_scan(self.spec.clone(), projection.cloned())
    }
}
