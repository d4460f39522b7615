//! What the analyser asks of the session.

use std::sync::Arc;

use arrow::datatypes::DataType as ArrowType;
use datafusion_common::Column as EngineColumn;
use datafusion_expr::LogicalPlan;
use functions::{Place, Typed};
use sql::{DataType, Property};

use crate::error::Result;
use crate::expression::routine::Routine;

/// The tables, variables and SQL functions of a session.
pub trait Catalog: Send + Sync {
    /// The table of this name; none if there is no such table. It is named at `place`.
    ///
    /// # Errors
    /// If the table cannot be read, or an option is not one of its.
    fn table(
        &self,
        name: &[String],
        options: &[Property],
        is_streaming: bool,
        place: &Arc<Place>,
    ) -> Result<Option<Table>>;

    /// The numbers from `start` to `end`, without it, in steps of `step`, which is not 0: one `BIGINT` column.
    ///
    /// # Errors
    /// If the engine refuses.
    fn range(&self, start: i64, end: i64, step: i64) -> Result<LogicalPlan>;

    /// The rows of the run before of the recursive query with this number, with these columns, and the name that
    /// DataFusion's node of the query and its table must have. `level_limit` is that of `MAX RECURSION LEVEL`.
    ///
    /// # Errors
    /// If the engine refuses.
    fn work_table(
        &self,
        id: usize,
        level_limit: Option<i64>,
        columns: Vec<(String, DataType)>,
    ) -> Result<(String, LogicalPlan)>;

    /// `plan` whose event time is `column`, with a watermark `delay_us` microseconds behind it.
    ///
    /// # Errors
    /// If the column cannot be an event time.
    fn watermark(
        &self,
        plan: LogicalPlan,
        column: &EngineColumn,
        delay_us: i64,
    ) -> Result<LogicalPlan>;

    /// The value of the session variable of this name, as a constant; none if there is no such variable.
    fn variable(&self, _name: &str) -> Option<Typed> {
        None
    }

    /// Tells the user of something in the statement that has no effect.
    fn warn(&self, _message: &str) {}

    /// The SQL function of this name; none if there is no such function.
    ///
    /// # Errors
    /// If the catalogue cannot be read.
    fn routine(&self, _name: &[String]) -> Result<Option<Arc<Routine>>> {
        Ok(None)
    }
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// The plan that reads it.
    pub plan: LogicalPlan,
    /// The names and types of its columns, in the order of the plan's.
    pub columns: Vec<TableColumn>,
    /// The full name, which columns can be qualified with.
    pub name: Vec<String>,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct TableColumn {
    /// The name.
    pub name: String,
    /// The type.
    pub data_type: DataType,
    /// Whether it can be NULL.
    pub nullable: bool,
}

impl Table {
    /// A table whose columns are called as in `plan`.
    ///
    /// # Errors
    /// `UNSUPPORTED_DATATYPE` for a column whose type Spark does not have.
    pub fn of_plan(name: Vec<String>, plan: LogicalPlan) -> Result<Table> {
        let fields = plan.schema().fields().iter();
        let columns = fields.map(|field| {
            let data_type = values::types::field_type(field);
            Ok(TableColumn {
                name: field.name().clone(),
                data_type: data_type.ok_or_else(|| unsupported(field.data_type()))?,
                nullable: field.is_nullable(),
            })
        });
        Ok(Table {
            columns: columns.collect::<Result<_>>()?,
            plan,
            name,
        })
    }
}

fn unsupported(data_type: &ArrowType) -> crate::Error {
    crate::Error::analysis(
        "UNSUPPORTED_DATATYPE",
        format!("Unsupported data type \"{data_type}\"."),
    )
}

/// A session without tables.
#[derive(Debug)]
pub(crate) struct NoTables;

impl Catalog for NoTables {
    fn table(
        &self,
        _: &[String],
        _: &[Property],
        _: bool,
        _: &Arc<Place>,
    ) -> Result<Option<Table>> {
        Ok(None)
    }

    fn range(&self, _: i64, _: i64, _: i64) -> Result<LogicalPlan> {
        Err(crate::error::not_supported("range"))
    }

    fn work_table(
        &self,
        _: usize,
        _: Option<i64>,
        _: Vec<(String, DataType)>,
    ) -> Result<(String, LogicalPlan)> {
        Err(crate::error::not_supported("WITH RECURSIVE"))
    }

    fn watermark(&self, plan: LogicalPlan, _: &EngineColumn, _: i64) -> Result<LogicalPlan> {
        Ok(plan)
    }
}
