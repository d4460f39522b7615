//! A source read as it is now: the bounded side of what can also be a stream.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use io::Io;

use crate::operator::BoundedScanExec;
use crate::source::SourceSpec;

/// A table of what a source holds at the time of the query.
pub(crate) struct BoundedTable {
    spec: SourceSpec,
    /// What the same rows are read from as a stream, if they can be.
    stream: Option<SourceSpec>,
    schema: SchemaRef,
    io: Io,
}

impl BoundedTable {
    /// A table over `spec`.
    pub(crate) fn new(io: Io, spec: SourceSpec, stream: Option<SourceSpec>) -> Self {
        let schema = spec.schema();
        BoundedTable {
            spec,
            stream,
            schema,
            io,
        }
    }

    /// What the rows are read from.
    pub(crate) fn spec(&self) -> &SourceSpec {
        &self.spec
    }

    /// What the same rows are read from as a stream, if they can be.
    pub(crate) fn stream(&self) -> Option<&SourceSpec> {
        self.stream.as_ref()
    }
}

impl fmt::Debug for BoundedTable {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("BoundedTable")
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
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
        let spec = self.spec.clone();
        let scan = BoundedScanExec::try_new(self.io.clone(), spec, projection.cloned())?;
        Ok(Arc::new(scan))
    }
}
