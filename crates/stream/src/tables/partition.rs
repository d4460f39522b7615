//! Partitions of a table: their values, names and directories.

use std::path::Path;
use std::sync::Arc;

use analysis::Analyser;
use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType as ArrowType, Field, Schema};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use catalog::{Partition, Table};
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::physical_expr::create_physical_expr;
use functions::{Settings, Typed};
use sql::{DataType, PartitionValue};

use super::error;
use super::name::TableName;
use super::schema::{data_type, query_type};
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;
use crate::source::file::partition::{NULL_PARTITION, escape, unescape, values};

/// The value of a partition column in a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SpecValue {
    /// It is not named.
    Absent,
    /// `PARTITION (column)`: the rows say.
    Dynamic,
    /// `PARTITION (column = value)`, as text; none for NULL.
    Static(Option<String>),
}

/// `PARTITION (..)` of a statement: one entry per partition column.
#[derive(Clone, Debug)]
pub(crate) struct Spec(pub(crate) Vec<SpecValue>);

impl Spec {
    /// The partition that a statement of `text` names.
    ///
    /// # Errors
    /// `PARTITIONS_NOT_FOUND` for a column that is no partition column; a value that is none of the column's type.
    pub(crate) fn resolve(
        session: &Session,
        text: &str,
        name: &TableName,
        table: &Table,
        given: &[PartitionValue],
    ) -> Result<Spec> {
        let columns = table.partition_columns();
        let names = session.names();
        let mut spec = vec![SpecValue::Absent; columns.len()];
        for value in given {
            let found = columns
                .iter()
                .position(|column| names.same(&column.name, &value.column));
            let Some(index) = found else {
                let column = format!("`{}`", value.column);
                return Err(error::partitions_not_found(&column, &name.quoted()));
            };
            spec[index] = match &value.value {
                None => SpecValue::Dynamic,
                Some(expression) => {
                    let settings = session.settings();
                    let analyser = Analyser::new(text, settings.clone());
                    let constant = analyser.constant(expression)?;
                    let data_type = query_type(data_type(&columns[index])?);
                    SpecValue::Static(as_text(constant, &data_type, settings)?)
                }
            };
        }
        Ok(Spec(spec))
    }

    /// The values, if all are given.
    pub(crate) fn complete(&self) -> Option<Vec<Option<String>>> {
        let values = self.0.iter().map(|value| match value {
            SpecValue::Static(value) => Some(value.clone()),
            SpecValue::Absent | SpecValue::Dynamic => None,
        });
        values.collect()
    }

    /// Whether a partition has the given values.
    pub(crate) fn matches(&self, partition: &Partition) -> bool {
        let both = self.0.iter().zip(&partition.values);
        both.into_iter().all(|(wanted, value)| match wanted {
            SpecValue::Static(wanted) => wanted == value,
            SpecValue::Absent | SpecValue::Dynamic => true,
        })
    }

    /// The values of a statement that must give all of them.
    ///
    /// # Errors
    /// If it does not.
    pub(crate) fn whole(&self, name: &TableName, table: &Table) -> Result<Vec<Option<String>>> {
        if let Some(values) = self.complete() {
            return Ok(values);
        }
        let names = |only_given: bool| -> String {
            let columns = table.partition_columns().iter().zip(&self.0);
            let names = columns
                .filter(|(_, value)| !only_given || matches!(value, SpecValue::Static(_)))
                .map(|(column, _)| column.name.clone());
            names.collect::<Vec<_>>().join(", ")
        };
        Err(Error::new(
            ErrorKind::Analysis,
            format!(
                "Partition spec is invalid. The spec ({}) must match the partition spec ({}) defined in table '{}'.",
                names(true),
                names(false),
                name.quoted()
            ),
        ))
    }

    /// How messages show the given values: ``PARTITION (`p` = 1)``.
    pub(crate) fn shown(&self, table: &Table) -> String {
        let columns = table.partition_columns().iter().zip(&self.0);
        let shown = columns.filter_map(|(column, value)| match value {
            SpecValue::Static(value) => Some(format!(
                "`{}` = {}",
                column.name,
                value.as_deref().unwrap_or("null")
            )),
            SpecValue::Absent | SpecValue::Dynamic => None,
        });
        format!("PARTITION ({})", shown.collect::<Vec<_>>().join(", "))
    }
}

/// A constant as the text of a value of a partition column.
fn as_text(constant: Typed, data_type: &DataType, settings: Settings) -> Result<Option<String>> {
    let settings = Arc::new(settings);
    let typed = functions::explicit_cast(constant, data_type, &settings, None, false)?;
    let text = functions::explicit_cast(typed, &DataType::String, &settings, None, false)?;
    Ok(match functions::fold(&text.expr)? {
        ScalarValue::Utf8(Some(text)) if !text.is_empty() => Some(text),
        _ => None,
    })
}

/// The name of a partition, which is its directory: `p=1/q=x`.
pub(crate) fn directory(table: &Table, values: &[Option<String>]) -> String {
    let columns = table.partition_columns().iter().zip(values);
    let parts = columns.map(|(column, value)| {
        let value = match value.as_deref() {
            None | Some("") => NULL_PARTITION.to_owned(),
            Some(value) => escape(value),
        };
        format!("{}={value}", escape(&column.name))
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The values of the partition columns in the path of a file below a table's directory; none if the path has others.
pub(crate) fn values_of_path(table: &Table, path: &str) -> Option<Vec<Option<String>>> {
    let found = values(path, 0);
    let columns = table.partition_columns();
    let is_ours = found.len() == columns.len()
        && found
            .iter()
            .zip(columns)
            .all(|((name, _), column)| name.eq_ignore_ascii_case(&column.name));
    let plain = |value: Option<String>| value.as_deref().map(unescape);
    is_ours.then(|| found.into_iter().map(|(_, value)| plain(value)).collect())
}

/// The directory of a partition, absolute.
pub(crate) fn location(table: &Table, name: &str, partition: &Partition) -> String {
    match (&partition.location, &table.location) {
        (Some(location), _) => location.clone(),
        (None, Some(base)) => Path::new(base).join(name).to_string_lossy().into_owned(),
        (None, None) => name.to_owned(),
    }
}

/// The values of partitions as rows of typed columns, which are called as the partition columns.
///
/// # Errors
/// A value that is none of its column's type.
pub(crate) fn typed_values(
    table: &Table,
    partitions: &[&Partition],
    settings: &Arc<Settings>,
) -> Result<RecordBatch> {
    let columns = table.partition_columns();
    let texts = (0..columns.len()).map(|index| -> ArrayRef {
        let values = partitions.iter().map(|it| it.values[index].as_deref());
        Arc::new(values.collect::<StringArray>())
    });
    let texts: Vec<ArrayRef> = texts.collect();
    let fields =
        (0..columns.len()).map(|index| Field::new(format!("c{index}"), ArrowType::Utf8, true));
    let text_schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let options = RecordBatchOptions::new().with_row_count(Some(partitions.len()));
    let rows = RecordBatch::try_new_with_options(Arc::clone(&text_schema), texts, &options)?;
    let df_schema = DFSchema::try_from(text_schema.as_ref().clone())?;
    let mut arrays = Vec::with_capacity(columns.len());
    for (index, column) in columns.iter().enumerate() {
        let text = Typed::new(
            Expr::Column(Column::new_unqualified(format!("c{index}"))),
            DataType::String,
            true,
            &column.name,
        );
        let data_type = query_type(data_type(column)?);
        let value = functions::explicit_cast(text, &data_type, settings, None, false)?;
        let physical = create_physical_expr(
            &value.expr,
            &df_schema,
            &ExecutionProps::new(),
            &Default::default(),
        )?;
        arrays.push(physical.evaluate(&rows)?.into_array(rows.num_rows())?);
    }
    let schema = super::schema::schema(columns)?;
    Ok(RecordBatch::try_new_with_options(schema, arrays, &options)?)
}
