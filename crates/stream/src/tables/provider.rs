//! A table of the catalogue as a table that DataFusion scans.
//!
//! The partitions are looked up when the query runs, so that a view sees partitions that were added after it was made.
//! Partitions that no condition on partition columns allows are not read.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray};
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use catalog::{Catalogue, Partition, Table};
use datafusion::catalog::{Session as EngineSession, TableProvider};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::datasource::source_as_provider;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::expressions::{Column as PhysicalColumn, Literal};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::union::UnionExec;
use functions::Settings;
use io::Io;

use super::error::{Searched, not_found};
use super::name::TableName;
use super::{partition, schema};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Memory;
use crate::options::Options;
use crate::plan::bounded_scan;
use crate::session::Session;
use crate::source::SourceSpec;
use crate::tables::error::of_catalogue;

/// A table of the catalogue.
pub(crate) struct CatalogTable {
    catalogue: Catalogue,
    io: Io,
    memory: Memory,
    settings: Arc<Settings>,
    name: TableName,
    table: Table,
    schema: SchemaRef,
    options: Options,
}

impl CatalogTable {
    /// The table of this name, read with its own options and these.
    ///
    /// # Errors
    /// If the catalogue holds no type where one should be.
    pub(crate) fn try_new(
        session: &Session,
        name: &TableName,
        table: Table,
        options: &Options,
    ) -> Result<CatalogTable> {
        Ok(CatalogTable {
            schema: schema::schema(&table.columns)?,
            options: read_options(session, &table, options),
            catalogue: session.catalogue()?.clone(),
            io: session.io().clone(),
            memory: session.memory(),
            settings: Arc::new(session.settings()),
            name: name.clone(),
            table,
        })
    }

    /// The source of all rows as a stream.
    ///
    /// # Errors
    /// If the format cannot be read as a stream.
    pub(crate) fn stream(&self) -> Result<SourceSpec> {
        let format = self.table.provider.as_deref().unwrap_or_default();
        let schema = self
            .table
            .location
            .as_ref()
            .map(|_| Arc::clone(&self.schema));
        SourceSpec::for_stream(&self.io, &self.memory, format, &self.options, schema)
    }

    /// Whether a table that a plan reads is this one.
    pub(crate) fn is_read_by(plan: &LogicalPlan, name: &TableName) -> bool {
        let mut is_read = false;
        let walked = plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node
                && let Ok(provider) = source_as_provider(&scan.source)
                && let Some(table) = provider.downcast_ref::<CatalogTable>()
            {
                is_read |= table.name == *name;
            }
            Ok(TreeNodeRecursion::Continue)
        });
        // The closure never fails.
        debug_assert!(walked.is_ok());
        is_read
    }

    /// The table as it is now.
    fn current(&self) -> Result<Table> {
        let found = self
            .catalogue
            .table(&self.name.database, &self.name.table)
            .map_err(of_catalogue)?;
        let Some(table) = found else {
            let parts = self.name.parts();
            return Err(not_found(&parts, Searched::Query, &self.name.database));
        };
        match table.columns == self.table.columns && table.provider == self.table.provider {
            true => Ok(table),
            false => Err(Error::new(
                ErrorKind::Analysis,
                format!(
                    "The columns of the table {} have changed since the query was analysed. Make the query or view again.",
                    self.name.quoted()
                ),
            )),
        }
    }

    /// Reads the files of one directory: these columns, called as in `schema`.
    fn directory(
        &self,
        location: &str,
        schema: &SchemaRef,
        projection: Option<Vec<usize>>,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        if !self.io.disk.exists(Path::new(location)) {
            return Ok(None);
        }
        let mut options = self.options.clone();
        options.set("path", location);
        let format = self.table.provider.as_deref().unwrap_or_default();
        let spec = SourceSpec::of_recipe(&format.to_lowercase(), &options, Arc::clone(schema))?;
        Ok(Some(bounded_scan(spec, projection)?))
    }

    /// Reads the partitions that `filters` allow.
    fn partitions(
        &self,
        table: &Table,
        projection: &[usize],
        filters: &[Expr],
    ) -> Result<Vec<Arc<dyn ExecutionPlan>>> {
        let named: Vec<(&String, &Partition)> = table.partitions.iter().collect();
        let all: Vec<&Partition> = named.iter().map(|(_, partition)| *partition).collect();
        let values = partition::typed_values(table, &all, &self.settings)?;
        let allowed = allowed(&values, filters)?;
        let data = table.data_columns().len();
        let data_schema = schema::schema(table.data_columns())?;
        let read: Vec<usize> = projection.iter().copied().filter(|it| *it < data).collect();
        let mut plans = Vec::new();
        for (row, (name, partition)) in named.into_iter().enumerate() {
            if !allowed.value(row) {
                continue;
            }
            let location = partition::location(table, name, partition);
            let Some(files) = self.directory(&location, &data_schema, Some(read.clone()))? else {
                continue;
            };
            let mut exprs: Vec<(Arc<dyn datafusion::physical_expr::PhysicalExpr>, String)> =
                Vec::new();
            for column in projection {
                let field = self.schema.field(*column);
                let name = field.name().clone();
                if *column < data {
                    let at = read.iter().position(|it| it == column).unwrap_or_default();
                    exprs.push((Arc::new(PhysicalColumn::new(&name, at)), name));
                } else {
                    let value = ScalarValue::try_from_array(values.column(column - data), row)?;
                    let field = Arc::new(field.clone());
                    exprs.push((
                        Arc::new(Literal::new_with_metadata(
                            value,
                            Some(field.metadata().into()),
                        )),
                        name,
                    ));
                }
            }
            plans.push(Arc::new(ProjectionExec::try_new(exprs, files)?) as Arc<dyn ExecutionPlan>);
        }
        Ok(plans)
    }

    fn plan(
        &self,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let table = self.current()?;
        let columns: Vec<usize> = match projection {
            Some(columns) => columns.clone(),
            None => (0..self.schema.fields().len()).collect(),
        };
        let schema = Arc::new(self.schema.project(&columns)?);
        let mut plans = match &table.location {
            _ if table.is_partitioned() => self.partitions(&table, &columns, filters)?,
            Some(location) => {
                let files = self.directory(location, &self.schema, Some(columns))?;
                files.into_iter().collect()
            }
            None => {
                let format = table.provider.as_deref().unwrap_or_default();
                let spec =
                    SourceSpec::for_batch(&self.io, &self.memory, format, &self.options, None)?;
                vec![bounded_scan(spec, Some(columns))?]
            }
        };
        Ok(match plans.len() {
            0 => Arc::new(EmptyExec::new(schema)),
            1 => plans.remove(0),
            _ => UnionExec::try_new(plans)?,
        })
    }
}

/// The options with which a table is read: those of the table, and `more`.
fn read_options(session: &Session, table: &Table, more: &Options) -> Options {
    let mut options: Options = table
        .options
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    for (key, value) in more.iter() {
        options.set(key, value);
    }
    if let Some(location) = &table.location {
        options.set("path", location);
    }
    session.with_defaults(&options)
}

/// Which rows of values the conditions allow.
fn allowed(values: &RecordBatch, filters: &[Expr]) -> Result<BooleanArray> {
    let mut allowed = BooleanArray::from(vec![true; values.num_rows()]);
    let schema = DFSchema::try_from(values.schema().as_ref().clone())?;
    for filter in filters {
        let unqualified = filter.clone().transform(|expr| match expr {
            Expr::Column(column) => Ok(Transformed::yes(Expr::Column(Column::new_unqualified(
                column.name,
            )))),
            other => Ok(Transformed::no(other)),
        })?;
        let physical = datafusion::physical_expr::create_physical_expr(
            &unqualified.data,
            &schema,
            &Default::default(),
            &Default::default(),
        )?;
        let holds = physical.evaluate(values)?.into_array(values.num_rows())?;
        let is_true = |it: Option<bool>| Some(it == Some(true));
        let holds: BooleanArray = holds.as_boolean().iter().map(is_true).collect();
        allowed = arrow::compute::and(&allowed, &holds)?;
    }
    Ok(allowed)
}

#[async_trait]
impl TableProvider for CatalogTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> datafusion::common::Result<Vec<TableProviderFilterPushDown>> {
        let names: Vec<&str> = self
            .table
            .partition_columns()
            .iter()
            .map(|it| it.name.as_str())
            .collect();
        let is_pruned_by = |filter: &&Expr| {
            let columns = filter.column_refs();
            !columns.is_empty() && columns.iter().all(|it| names.contains(&it.name.as_str()))
        };
        let kinds = filters.iter().map(|filter| match is_pruned_by(filter) {
            true => TableProviderFilterPushDown::Inexact,
            false => TableProviderFilterPushDown::Unsupported,
        });
        Ok(kinds.collect())
    }

    async fn scan(
        &self,
        _: &dyn EngineSession,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _: Option<usize>,
    ) -> datafusion::common::Result<Arc<dyn ExecutionPlan>> {
        self.plan(projection, filters)
            .map_err(DataFusionError::from)
    }
}

impl fmt::Debug for CatalogTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatalogTable")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
