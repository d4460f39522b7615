//! SQL functions of the catalogue: their names, and what is kept of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use analysis::{Routine, RoutineParameter, RoutineResult};
use catalog::{Column, Function};
use sql::StructField;

use super::error;
use super::name::{CATALOG, TableName};
use crate::error::Result;
use crate::session::Session;
use crate::sql::RoutineEntry;
use crate::tables::error::of_catalogue;

const ANSI: &str = "spark.sql.ansi.enabled";
/// Settings that are kept with a function. The time zone is only shown, as in Spark.
const KEPT: [&str; 2] = [ANSI, "spark.sql.session.timeZone"];

/// The settings of the session that a function keeps.
pub(crate) fn configuration(session: &Session) -> BTreeMap<String, String> {
    let values = KEPT
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), session.conf().get(name)?)));
    values.collect()
}

impl Session {
    /// The database and name of a permanent function in lower case; none for a schema of `system`.
    ///
    /// # Errors
    /// `REQUIRES_SINGLE_PART_NAMESPACE`.
    pub(crate) fn function_name(
        &self,
        parts: &[String],
        current: &str,
    ) -> Result<Option<TableName>> {
        let lower: Vec<String> = parts.iter().map(|part| part.to_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        let (database, name) = match lower.as_slice() {
            [name] => (current, *name),
            ["system", "builtin" | "session", _] => return Ok(None),
            [database, name] | [CATALOG, database, name] => (*database, *name),
            _ => return Err(error::single_part_namespace(parts)),
        };
        Ok(Some(TableName {
            database: database.to_owned(),
            table: name.to_owned(),
        }))
    }

    /// A function of the catalogue; none if there is none of this name.
    ///
    /// # Errors
    /// A damaged catalogue, and those of the disk.
    pub(crate) fn catalogue_function(&self, name: &TableName) -> Result<Option<Arc<RoutineEntry>>> {
        let found = self
            .catalogue()?
            .function(&name.database, &name.table)
            .map_err(of_catalogue)?;
        found
            .map(|function| Ok(Arc::new(entry(name, function)?)))
            .transpose()
    }
}

/// What the catalogue keeps of a function.
pub(crate) fn stored(entry: &RoutineEntry) -> Function {
    let routine = &entry.routine;
    let parameters = routine.parameters.iter().map(|parameter| Column {
        name: parameter.name.clone(),
        data_type: parameter.data_type.sql(),
        comment: parameter.comment.clone(),
        default: parameter.default.clone(),
        exists_default: None,
    });
    let mut function = Function::new(routine.body.clone(), entry.created_ms);
    function.parameters = parameters.collect();
    match &routine.result {
        RoutineResult::Value(data_type) => function.returns = Some(data_type.sql()),
        RoutineResult::Table(columns) => {
            let columns = columns.iter().map(|column| Column {
                name: column.name.clone(),
                data_type: column.data_type.sql(),
                comment: column.comment.clone(),
                default: None,
                exists_default: None,
            });
            function.columns = columns.collect();
        }
    }
    function.comment.clone_from(&entry.comment);
    function.is_deterministic = entry.is_deterministic;
    function.reads_data = entry.reads_data;
    function.configuration.clone_from(&entry.configuration);
    function
}

/// A function as the catalogue keeps it.
fn entry(name: &TableName, function: Function) -> Result<RoutineEntry> {
    let parameters = function.parameters.into_iter().map(|column| {
        Ok(RoutineParameter {
            data_type: sql::parse_data_type(&column.data_type)?,
            name: column.name,
            default: column.default,
            comment: column.comment,
        })
    });
    let result = match function.returns {
        Some(data_type) => RoutineResult::Value(sql::parse_data_type(&data_type)?),
        None => {
            let columns = function.columns.into_iter().map(|column| {
                Ok(StructField {
                    data_type: sql::parse_data_type(&column.data_type)?,
                    name: column.name,
                    nullable: true,
                    comment: column.comment,
                })
            });
            RoutineResult::Table(columns.collect::<Result<_>>()?)
        }
    };
    let ansi = function.configuration.get(ANSI);
    let routine = Routine {
        name: name.parts(),
        parameters: parameters.collect::<Result<_>>()?,
        result,
        body: function.body,
        ansi: ansi.map(|value| value.eq_ignore_ascii_case("true")),
    };
    Ok(RoutineEntry {
        routine: Arc::new(routine),
        comment: function.comment,
        is_deterministic: function.is_deterministic,
        reads_data: function.reads_data,
        configuration: function.configuration,
        created_ms: function.created_ms,
    })
}
