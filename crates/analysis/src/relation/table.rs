//! Tables: those of the session, those of `WITH`, and their names.

use std::rc::Rc;
use std::sync::Arc;

use datafusion_common::ScalarValue;
use datafusion_expr::Expr;
use functions::{Place, Typed};
use sql::{CommonTable, Expression, ObjectName, TableAlias};

use crate::analyser::Analyser;
use crate::catalog::Table;
use crate::environment::{Common, Environment, Named};
use crate::error::{Error, Result, not_supported, quoted_name};
use crate::planned::{Planned, all_columns};
use crate::relation::recursion::named_in_anchor;
use crate::scope::{Column, Scope};

impl Analyser {
    pub(crate) fn table(
        &self,
        name: &ObjectName,
        options: &[sql::Property],
        is_streaming: bool,
        environment: &Environment,
        place: &Arc<Place>,
    ) -> Result<Planned> {
        let parts = &self.object_name(name)?;
        if let [name] = parts.as_slice()
            && let Some(named) = environment.table(name)
        {
            return match named {
                Named::Common(table) => self.use_of(table),
                Named::Recursive(work) => self.use_of_work_table(work, name),
                Named::Anchor => Err(named_in_anchor()),
            };
        }
        let Some(table) = self.catalog().table(parts, options, is_streaming, place)? else {
            return Err(Error::analysis(
                "TABLE_OR_VIEW_NOT_FOUND",
                format!(
                    "The table or view {} cannot be found. Verify the spelling and correctness of the schema and \
                     catalog.\nIf you did not qualify the name with a schema, verify the current_schema() output, or \
                     qualify the name with the correct schema and catalog.\nTo tolerate the error on drop use DROP VIEW \
                     IF EXISTS or DROP TABLE IF EXISTS.",
                    quoted_name(parts)
                ),
            ));
        };
        self.read(table)
    }

    /// The relation that reads a table: its columns are new.
    ///
    /// # Errors
    /// If DataFusion refuses the plan.
    pub fn read(&self, table: Table) -> Result<Planned> {
        let exprs = all_columns(&table.plan);
        let values: Vec<Typed> = exprs
            .into_iter()
            .zip(&table.columns)
            .map(|(expr, column)| {
                let mut typed = Typed::new(
                    expr,
                    column.data_type.clone(),
                    column.nullable,
                    &column.name,
                );
                typed.alias = Some(column.name.clone());
                typed
            })
            .collect();
        let mut planned = self.project_new(table.plan, &values)?;
        for column in &mut planned.columns {
            column.qualifier.clone_from(&table.name);
        }
        Ok(planned)
    }

    /// The rows of a table of `WITH` that does not name itself.
    pub(crate) fn common_table(
        &self,
        table: &CommonTable,
        seen: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let planned = self.relation(&table.query, seen, outer)?;
        self.aliased(planned, Some(&alias_of(table)))
    }

    /// A place that names a table of `WITH`: the plan of the table, with new columns. Its rows are computed at each place.
    fn use_of(&self, table: &Common) -> Result<Planned> {
        self.add_copy(table.extent)?;
        let known = &table.planned.columns;
        let values: Vec<Typed> = known.iter().map(Column::as_item).collect();
        let mut planned = self.project_new(table.planned.plan.clone(), &values)?;
        for (column, known) in planned.columns.iter_mut().zip(known) {
            column.qualifier.clone_from(&known.qualifier);
        }
        Ok(planned)
    }

    pub(crate) fn with_tables(
        &self,
        tables: &[CommonTable],
        is_recursive: bool,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Environment> {
        let mut environment = environment.clone();
        for (index, table) in tables.iter().enumerate() {
            // As in Spark, whatever `spark.sql.caseSensitive` is.
            let is_duplicate = |other: &CommonTable| other.name.eq_ignore_ascii_case(&table.name);
            if tables[..index].iter().any(is_duplicate) {
                return Err(Error::analysis(
                    "DUPLICATED_CTE_NAMES",
                    format!(
                        "CTE definition can't have duplicate names: `{}`.",
                        table.name
                    ),
                ));
            }
            // A table that nobody names must be right too.
            let seen = environment.inner();
            let (planned, extent) = self.measured(|| match is_recursive {
                true => self.recursive_table(table, &seen, outer),
                false => self.common_table(table, &seen, outer),
            })?;
            let named = Named::Common(Rc::new(Common { planned, extent }));
            environment = environment.with_table(&table.name, named);
        }
        Ok(environment)
    }

    /// The relation under another name.
    pub(crate) fn aliased(&self, planned: Planned, alias: Option<&TableAlias>) -> Result<Planned> {
        let mut planned = planned.visible()?;
        let Some(alias) = alias else {
            for column in &mut planned.columns {
                column.qualifier = vec!["__auto_generated_subquery_name".to_owned()];
            }
            return Ok(planned);
        };
        rename(&mut planned.columns, alias)?;
        Ok(planned)
    }

    pub(crate) fn watermark(
        &self,
        planned: Planned,
        column: &Expression,
        delay: &Expression,
    ) -> Result<Planned> {
        let scope = self.scope(&planned, &self.environment(), None);
        let column = self.resolve(column, &scope)?;
        let delay = crate::expression::fold(&self.constant(delay)?)?;
        let delay_us = match &delay {
            ScalarValue::DurationMicrosecond(Some(micros)) => Some(*micros),
            ScalarValue::IntervalMonthDayNano(Some(interval)) if interval.months == 0 => {
                let days = i64::from(interval.days).checked_mul(86_400_000_000);
                days.and_then(|days| days.checked_add(interval.nanoseconds / 1000))
            }
            _ => None,
        };
        let Some(delay_us) = delay_us else {
            return Err(Error::analysis(
                "CANNOT_PARSE_INTERVAL",
                format!(
                    "Unable to parse {delay}. Please ensure that the value provided is in a valid format for defining an interval."
                ),
            ));
        };
        let Expr::Column(engine) = &column.expr else {
            return Err(not_supported("A watermark on an expression"));
        };
        let engine = engine.clone();
        let columns = planned.columns;
        let plan = self.catalog().watermark(planned.plan, &engine, delay_us)?;
        Ok(Planned::new(plan, columns))
    }
}

/// A table of `WITH` as an alias of its query.
pub(crate) fn alias_of(table: &CommonTable) -> TableAlias {
    TableAlias {
        name: table.name.clone(),
        columns: table.columns.clone(),
    }
}

/// Gives columns the names of an alias.
pub(crate) fn rename(columns: &mut [Column], alias: &TableAlias) -> Result<()> {
    if !alias.columns.is_empty() && alias.columns.len() != columns.len() {
        return Err(Error::analysis(
            "ASSIGNMENT_ARITY_MISMATCH",
            format!(
                "The number of columns or variables assigned or aliased: {} does not match the number of source expressions: \
                 {}.",
                columns.len(),
                alias.columns.len()
            ),
        ));
    }
    for (index, column) in columns.iter_mut().enumerate() {
        column.qualifier = vec![alias.name.clone()];
        if let Some(name) = alias.columns.get(index) {
            column.name.clone_from(name);
        }
    }
    Ok(())
}
