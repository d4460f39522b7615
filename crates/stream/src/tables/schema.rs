//! The columns of a table as Spark's types and as Arrow fields.

use std::collections::HashMap;
use std::sync::Arc;

use analysis::Names;
use arrow::datatypes::{Field, Schema, SchemaRef};
use sql::DataType;
use values::types::{TYPE_METADATA, field_type, to_arrow, type_metadata};

use crate::error::{Error, Result};
use crate::source::file::EXISTS_DEFAULT;

/// The entry of a field's metadata that holds the comment.
pub(crate) const COMMENT_METADATA: &str = "comment";

/// The type of a column.
///
/// # Errors
/// If the catalogue holds no type there.
pub(crate) fn data_type(column: &catalog::Column) -> Result<DataType> {
    Ok(sql::parse_data_type(&column.data_type)?)
}

/// The type that a query sees: texts of any length are `STRING`.
pub(crate) fn query_type(data_type: DataType) -> DataType {
    match data_type {
        DataType::Char(_) | DataType::Varchar(_) => DataType::String,
        DataType::TimestampLtz => DataType::Timestamp,
        other => other,
    }
}

/// The Arrow schema of the columns, as a query sees them. Every column can be NULL: a file may lack it.
///
/// # Errors
/// If the catalogue holds no type where one should be.
pub(crate) fn schema(columns: &[catalog::Column]) -> Result<SchemaRef> {
    let fields = columns.iter().map(|column| {
        let data_type = query_type(data_type(column)?);
        let mut metadata = HashMap::new();
        if let Some(name) = type_metadata(&data_type) {
            metadata.insert(TYPE_METADATA.to_owned(), name);
        }
        if let Some(value) = &column.exists_default {
            metadata.insert(EXISTS_DEFAULT.to_owned(), value.clone());
        }
        if let Some(comment) = &column.comment {
            metadata.insert(COMMENT_METADATA.to_owned(), comment.clone());
        }
        let field = Field::new(&column.name, to_arrow(&data_type), true);
        Ok(field.with_metadata(metadata))
    });
    Ok(Arc::new(Schema::new(fields.collect::<Result<Vec<_>>>()?)))
}

/// The columns of a query's result as columns of a new table.
///
/// # Errors
/// A type that Spark does not have.
pub(crate) fn columns_of(schema: &Schema) -> Result<Vec<catalog::Column>> {
    let columns = schema.fields().iter().map(|field| {
        let data_type = field_type(field).ok_or_else(|| {
            Error::analysis(
                "UNSUPPORTED_DATATYPE",
                format!("Unsupported data type \"{}\".", field.data_type()),
            )
        })?;
        Ok(catalog::Column {
            name: field.name().clone(),
            data_type: data_type.sql(),
            comment: field.metadata().get(COMMENT_METADATA).cloned(),
            default: None,
            exists_default: None,
        })
    });
    columns.collect()
}

/// That no two columns have the same name.
///
/// # Errors
/// `COLUMN_ALREADY_EXISTS`.
pub(crate) fn check_unique<'a>(
    rule: Names,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<()> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        let name = rule.key(name);
        if seen.contains(&name) {
            return Err(Error::analysis(
                "COLUMN_ALREADY_EXISTS",
                format!(
                    "The column `{name}` already exists. Choose another name or rename the existing column."
                ),
            ));
        }
        seen.insert(name);
    }
    Ok(())
}
