//! Columns that no file can have: two of one name, partition columns of a wrong type.

use std::collections::BTreeSet;

use arrow::datatypes::{DataType, Field, Schema};

use crate::error::{Error, ErrorKind, Result};

fn already_exists(name: &str) -> Error {
    Error::analysis(
        "COLUMN_ALREADY_EXISTS",
        format!(
            "The column `{}` already exists. Choose another name or rename the existing column.",
            name.to_lowercase()
        ),
    )
}

/// Refuses two columns of one name, without regard to case, within structs too.
pub fn check_duplicates(schema: &Schema) -> Result<()> {
    check_duplicates_at_top(schema)?;
    schema
        .fields()
        .iter()
        .try_for_each(|field| check_nested(field))
}

/// Refuses two columns of one name, without regard to case.
pub fn check_duplicates_at_top(schema: &Schema) -> Result<()> {
    check_names(schema.fields().iter().map(|field| field.name().as_str()))
}

/// Refuses a name that comes twice, without regard to case.
fn check_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let mut seen = BTreeSet::new();
    let twice = names
        .into_iter()
        .find(|name| !seen.insert(name.to_lowercase()));
    twice.map_or(Ok(()), |name| Err(already_exists(name)))
}

fn check_nested(field: &Field) -> Result<()> {
    match field.data_type() {
        DataType::Struct(fields) => {
            check_names(fields.iter().map(|field| field.name().as_str()))?;
            fields.iter().try_for_each(|field| check_nested(field))
        }
        DataType::List(item) => check_nested(item),
        DataType::Map(entries, _) => check_nested(entries),
        _ => Ok(()),
    }
}

/// The places of the partition columns of rows that are written.
///
/// # Errors
/// A column that is not there, or comes twice; one whose values are no directory names; and if no
/// column is left for the files.
pub fn check_partition_columns(schema: &Schema, columns: &[String]) -> Result<Vec<usize>> {
    let mut places = Vec::new();
    for column in columns {
        let mut fields = schema.fields().iter();
        let place = fields.position(|field| field.name().eq_ignore_ascii_case(column));
        places.push(place.ok_or_else(|| {
            let shown = crate::type_name(&DataType::Struct(schema.fields().clone()));
            Error::new(
                ErrorKind::Analysis,
                format!("Partition column `{column}` not found in schema {shown}."),
            )
        })?);
    }
    check_names(columns.iter().map(String::as_str))?;
    for place in &places {
        let data_type = schema.field(*place).data_type();
        if data_type.is_nested() {
            return Err(Error::analysis(
                "INVALID_PARTITION_COLUMN_DATA_TYPE",
                format!(
                    "Cannot use \"{}\" for partition column.",
                    crate::type_name::sql_name(data_type)
                ),
            ));
        }
    }
    if !columns.is_empty() && places.len() == schema.fields().len() {
        return Err(Error::analysis(
            "ALL_PARTITION_COLUMNS_NOT_ALLOWED",
            "Cannot use all columns for partition columns.",
        ));
    }
    Ok(places)
}
