//! `SHOW CREATE TABLE`: the statement that makes a table or view.

use catalog::Table;
use sql::{DataType, ObjectName, quote_if_needed};

use super::answer::{rows, strings};
use super::describe::redacted;
use super::run::SqlResult;
use crate::error::Result;
use crate::session::Session;
use crate::tables::error::{Searched, temporary_view};
use crate::tables::name::{CATALOG, TableName, parts};
use crate::tables::schema::data_type;

/// `SHOW CREATE TABLE`.
pub(super) fn show(session: &Session, name: &ObjectName) -> Result<SqlResult> {
    let parts = parts(name)?;
    if session.temporary_named(parts)?.is_some() {
        return Err(temporary_view("SHOW CREATE TABLE", &parts.join(".")));
    }
    let name = session.table_name(parts)?;
    let table = session.catalogue_table(&name)?;
    let table = table.ok_or_else(|| session.not_found(parts, Searched::Statement))?;
    let text = match table.is_view() {
        true => view_text(&name, &table),
        false => table_text(&name, &table)?,
    };
    rows(session, &[("createtab_stmt", strings([text]))])
}

fn table_text(name: &TableName, table: &Table) -> Result<String> {
    let columns = table.columns.iter().map(|column| {
        let mut text = format!(
            "{} {}",
            quote_if_needed(&column.name),
            with_collation(&data_type(column)?)
        );
        if let Some(default) = &column.default {
            text.push_str(&format!(" DEFAULT {default}"));
        }
        if let Some(comment) = &column.comment {
            text.push_str(&format!(" COMMENT '{}'", escaped(comment)));
        }
        Ok(text)
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let mut text = format!(
        "CREATE TABLE {CATALOG}.{}.{} (\n  {})\n",
        quote_if_needed(&name.database),
        quote_if_needed(&name.table),
        columns.join(",\n  ")
    );
    text.push_str(&format!(
        "USING {}\n",
        table.provider.as_deref().unwrap_or_default()
    ));
    let options = table.options.iter();
    let mut options: Vec<(String, String)> = options
        .map(|(key, value)| (key.clone(), redacted(key, value).to_owned()))
        .collect();
    options.sort();
    push_pairs(&mut text, "OPTIONS", &options);
    if table.is_partitioned() {
        let names = table
            .partition_columns()
            .iter()
            .map(|it| quote_if_needed(&it.name));
        let names = names.collect::<Vec<_>>().join(", ");
        text.push_str(&format!("PARTITIONED BY ({names})\n"));
    }
    if let Some(comment) = &table.comment {
        text.push_str(&format!("COMMENT '{}'\n", escaped(comment)));
    }
    if table.kind == catalog::TableKind::External
        && let Some(location) = &table.location
    {
        text.push_str(&format!("LOCATION 'file:{}'\n", escaped(location)));
    }
    let properties: Vec<(String, String)> = table.properties.clone().into_iter().collect();
    push_pairs(&mut text, "TBLPROPERTIES", &properties);
    Ok(text)
}

fn view_text(name: &TableName, table: &Table) -> String {
    let columns = table.columns.iter().map(|column| {
        let name = quote_if_needed(&column.name);
        match &column.comment {
            Some(comment) => format!("{name} COMMENT '{}'", escaped(comment)),
            None => name,
        }
    });
    let mut text = format!(
        "CREATE VIEW {}.{} (\n  {})\n",
        quote_if_needed(&name.database),
        quote_if_needed(&name.table),
        columns.collect::<Vec<_>>().join(",\n  ")
    );
    if let Some(comment) = &table.comment {
        text.push_str(&format!("COMMENT '{}'\n", escaped(comment)));
    }
    let properties: Vec<(String, String)> = table.properties.clone().into_iter().collect();
    push_pairs(&mut text, "TBLPROPERTIES", &properties);
    text.push_str("WITH SCHEMA COMPENSATION\n");
    if let Some(view) = &table.view {
        text.push_str(&format!("AS {}\n", view.text));
    }
    text
}

fn push_pairs(text: &mut String, clause: &str, pairs: &[(String, String)]) {
    if pairs.is_empty() {
        return;
    }
    let pairs = pairs
        .iter()
        .map(|(key, value)| format!("'{}' = '{}'", escaped(key), escaped(value)));
    text.push_str(&format!(
        "{clause} (\n  {})\n",
        pairs.collect::<Vec<_>>().join(",\n  ")
    ));
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

/// A type as a column definition, with the collation of texts (Spark: `DataType.sql` of a table's own columns).
fn with_collation(data_type: &DataType) -> String {
    match data_type {
        DataType::String | DataType::Char(_) | DataType::Varchar(_) => {
            format!("{} COLLATE UTF8_BINARY", data_type.sql())
        }
        DataType::Array(element) => format!("ARRAY<{}>", with_collation(element)),
        DataType::Map(key, value) => {
            format!("MAP<{}, {}>", with_collation(key), with_collation(value))
        }
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| {
                format!(
                    "{}: {}",
                    quote_if_needed(&field.name),
                    with_collation(&field.data_type)
                )
            });
            format!("STRUCT<{}>", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.sql(),
    }
}
