//! `DESCRIBE` of tables and views.

use catalog::{Column, ColumnStatistics, Table};
use sql::{DataType, ObjectName, PartitionValue, quote_if_needed};

use super::analyze::column_not_found;
use super::answer::{optional_strings, rows, strings};
use super::run::SqlResult;
use super::table::existing;
use crate::dialect;
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;
use crate::tables::error::Searched;
use crate::tables::name::{CATALOG, TableName, parts};
use crate::tables::partition::{self, Spec};
use crate::tables::schema::data_type;

/// A line of `DESCRIBE TABLE`: name, type and comment.
type Line = (String, String, Option<String>);

/// `DESCRIBE TABLE`.
pub(super) fn table(
    session: &Session,
    text: &str,
    name: &ObjectName,
    is_extended: bool,
    partition: &[PartitionValue],
) -> Result<SqlResult> {
    let parts = parts(name)?;
    if let Some(view) = session.find_temporary(parts)? {
        let schema = view.schema();
        let fields = schema.fields().iter();
        let lines =
            fields.map(|field| (field.name().clone(), dialect::field_type_name(field), None));
        return answer(session, lines.collect());
    }
    let table_name = session.table_name(parts)?;
    let table = session.catalogue_table(&table_name)?;
    let table = table.ok_or_else(|| session.not_found(parts, Searched::Query))?;
    let mut lines = column_lines(&table)?;
    if !partition.is_empty() {
        let (name, table) = existing(session, name, "DESCRIBE", false, Searched::Query)?;
        let spec = Spec::resolve(session, text, &name, &table, partition)?;
        let values = spec.whole(&name, &table)?;
        if is_extended {
            lines.extend(partition_lines(&name, &table, &values)?);
        }
        return answer(session, lines);
    }
    if is_extended {
        lines.push(section(""));
        lines.push(section("# Detailed Table Information"));
        let facts = facts(&table_name, &table).into_iter();
        lines.extend(facts.map(|(key, value)| (key.to_owned(), value, Some(String::new()))));
    }
    let defaults = default_lines(&table)?;
    if !defaults.is_empty() {
        lines.push(section(""));
        lines.push(section("# Column Default Values"));
        lines.extend(defaults);
    }
    answer(session, lines)
}

fn section(title: &str) -> Line {
    (title.to_owned(), String::new(), Some(String::new()))
}

fn answer(session: &Session, lines: Vec<Line>) -> Result<SqlResult> {
    rows(
        session,
        &[
            ("col_name", strings(lines.iter().map(|it| it.0.clone()))),
            ("data_type", strings(lines.iter().map(|it| it.1.clone()))),
            (
                "comment",
                optional_strings(lines.into_iter().map(|it| it.2)),
            ),
        ],
    )
}

fn column_lines(table: &Table) -> Result<Vec<Line>> {
    let line = |column: &Column| -> Result<Line> {
        let shown = data_type(column)?.simple_string();
        Ok((column.name.clone(), shown, column.comment.clone()))
    };
    let mut lines = table.columns.iter().map(line).collect::<Result<Vec<_>>>()?;
    if table.is_partitioned() {
        lines.push(section("# Partition Information"));
        let title = ["# col_name", "data_type", "comment"].map(str::to_owned);
        let [name, data_type, comment] = title;
        lines.push((name, data_type, Some(comment)));
        for column in table.partition_columns() {
            lines.push(line(column)?);
        }
    }
    Ok(lines)
}

fn default_lines(table: &Table) -> Result<Vec<Line>> {
    let columns = table.columns.iter();
    let with_default = columns.filter_map(|column| Some((column, column.default.as_ref()?)));
    with_default
        .map(|(column, default)| {
            let shown = data_type(column)?.simple_string();
            Ok((column.name.clone(), shown, Some(default.clone())))
        })
        .collect()
}

/// What `DESCRIBE EXTENDED` tells besides the columns.
pub(super) fn facts(name: &TableName, table: &Table) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Catalog", CATALOG.to_owned()),
        ("Database", name.database.clone()),
        ("Table", name.table.clone()),
        ("Created Time", time(table.created_ms)),
        ("Last Access", "UNKNOWN".to_owned()),
        ("Created By", table.created_by.clone()),
        ("Type", table.kind.name().to_owned()),
    ];
    if let Some(provider) = &table.provider {
        facts.push(("Provider", provider.clone()));
    }
    if let Some(comment) = &table.comment {
        facts.push(("Comment", comment.clone()));
    }
    if let Some(view) = &table.view {
        let output = view.output.iter().map(|name| format!("`{name}`"));
        let output = output.collect::<Vec<_>>().join(", ");
        facts.extend([
            ("View Text", view.text.clone()),
            ("View Original Text", view.text.clone()),
            ("View Schema Mode", "COMPENSATION".to_owned()),
            (
                "View Catalog and Namespace",
                format!("{CATALOG}.{}", quote_if_needed(&view.database)),
            ),
            ("View Query Output Columns", format!("[{output}]")),
        ]);
    }
    if !table.properties.is_empty() {
        let pairs = table
            .properties
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        let pairs = pairs.collect::<Vec<_>>().join(", ");
        facts.push(("Table Properties", format!("[{pairs}]")));
    }
    if let Some(statistics) = &table.statistics {
        let rows = statistics.rows.map(|rows| format!(", {rows} rows"));
        facts.push((
            "Statistics",
            format!("{} bytes{}", statistics.bytes, rows.unwrap_or_default()),
        ));
    }
    if let Some(location) = &table.location {
        facts.push(("Location", format!("file:{location}")));
    }
    if !table.options.is_empty() {
        let pairs = table.options.iter();
        let pairs = pairs.map(|(key, value)| format!("{key}={}", redacted(key, value)));
        let pairs = pairs.collect::<Vec<_>>().join(", ");
        facts.push(("Storage Properties", format!("[{pairs}]")));
    }
    if table.is_partitioned() {
        facts.push(("Partition Provider", "Catalog".to_owned()));
    }
    facts
}

fn partition_lines(
    name: &TableName,
    table: &Table,
    values: &[Option<String>],
) -> Result<Vec<Line>> {
    let directory = partition::directory(table, values);
    let Some(found) = table.partitions.get(&directory) else {
        let spec = Spec(
            values
                .iter()
                .cloned()
                .map(partition::SpecValue::Static)
                .collect(),
        );
        return Err(crate::tables::error::partitions_not_found(
            &spec.shown(table),
            &name.quoted_short(),
        ));
    };
    let columns = table.partition_columns().iter().zip(values);
    let shown = columns
        .map(|(column, value)| format!("{}={}", column.name, value.as_deref().unwrap_or("null")));
    let base = table.location.clone().unwrap_or_default();
    let facts = [
        ("Database", name.database.clone()),
        ("Table", name.table.clone()),
        (
            "Partition Values",
            format!("[{}]", shown.collect::<Vec<_>>().join(", ")),
        ),
        (
            "Location",
            format!("file:{}", partition::location(table, &directory, found)),
        ),
        ("Created Time", time(found.created_ms)),
        ("Last Access", "UNKNOWN".to_owned()),
    ];
    let mut lines = vec![section(""), section("# Detailed Partition Information")];
    let line = |(key, value): (&str, String)| (key.to_owned(), value, Some(String::new()));
    lines.extend(facts.map(line));
    lines.extend([section(""), section("# Storage Information")]);
    lines.push(line(("Location", format!("file:{base}"))));
    Ok(lines)
}

/// A time as Java's `Date.toString` shows it, in UTC.
fn time(ms: i64) -> String {
    let time = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
    time.format("%a %b %d %H:%M:%S UTC %Y").to_string()
}

/// The value of an option, unless its name tells that it is secret (Spark: `spark.redaction.regex`).
pub(super) fn redacted<'a>(key: &str, value: &'a str) -> &'a str {
    let key = key.to_lowercase();
    let is_secret = [
        "secret",
        "password",
        "token",
        "accesskey",
        "access.key",
        "access_key",
    ]
    .iter()
    .any(|word| key.contains(word));
    match is_secret {
        true => "*********(redacted)",
        false => value,
    }
}

/// `DESCRIBE TABLE name column`.
pub(super) fn column(
    session: &Session,
    name: &ObjectName,
    column: &[String],
    is_extended: bool,
) -> Result<SqlResult> {
    let parts = parts(name)?;
    let (found, statistics) = match session.find_temporary(parts)? {
        Some(view) => (crate::tables::schema::columns_of(&view.schema())?, None),
        None => {
            let table = session.catalogue_table(&session.table_name(parts)?)?;
            let table = table.ok_or_else(|| session.not_found(parts, Searched::Query))?;
            (table.columns, table.statistics)
        }
    };
    let [wanted] = column else {
        return Err(Error::new(
            ErrorKind::Analysis,
            format!(
                "DESC TABLE COLUMN does not support nested column: {}.",
                column.join(".")
            ),
        ));
    };
    let names = session.names();
    let found = found.iter().find(|it| names.same(&it.name, wanted));
    let found = found.ok_or_else(|| column_not_found(wanted))?;
    let mut lines = vec![
        ("col_name", found.name.clone()),
        ("data_type", data_type(found)?.simple_string()),
        (
            "comment",
            found.comment.clone().unwrap_or_else(|| "NULL".to_owned()),
        ),
    ];
    if is_extended {
        let known = statistics.and_then(|mut it| it.columns.remove(&found.name));
        let number = |of: fn(&ColumnStatistics) -> u64| known.as_ref().map(|it| of(it).to_string());
        let facts = [
            ("min", known.as_ref().and_then(|it| it.min.clone())),
            ("max", known.as_ref().and_then(|it| it.max.clone())),
            ("num_nulls", number(|it| it.null_count)),
            ("distinct_count", number(|it| it.distinct_count)),
            ("avg_col_len", number(|it| it.average_length)),
            ("max_col_len", number(|it| it.max_length)),
            ("histogram", None),
        ];
        let shown = |value: Option<String>| value.unwrap_or_else(|| "NULL".to_owned());
        lines.extend(facts.map(|(name, value)| (name, shown(value))));
        lines.extend(found.default.clone().map(|default| ("default", default)));
    }
    let (names, values): (Vec<_>, Vec<_>) = lines.into_iter().unzip();
    rows(
        session,
        &[
            ("info_name", strings(names.into_iter().map(str::to_owned))),
            ("info_value", strings(values)),
        ],
    )
}

/// The text of `SHOW TABLE EXTENDED`.
pub(super) fn information(name: &TableName, table: &Table) -> Result<String> {
    let facts = facts(name, table).into_iter();
    let mut text: String = facts
        .map(|(key, value)| format!("{key}: {value}\n"))
        .collect();
    if table.is_partitioned() {
        let names = table
            .partition_columns()
            .iter()
            .map(|it| format!("`{}`", it.name));
        let names = names.collect::<Vec<_>>().join(", ");
        text.push_str(&format!("Partition Columns: [{names}]\n"));
    }
    text.push_str("Schema: root\n");
    for column in &table.columns {
        push_tree(&mut text, " |", &column.name, &data_type(column)?, NULLABLE);
    }
    text.push('\n');
    Ok(text)
}

/// A line of a schema's tree, and the lines below it (Spark: `StructType.treeString`).
fn push_tree(text: &mut String, prefix: &str, name: &str, data_type: &DataType, nullable: &str) {
    let shown = match data_type {
        DataType::Array(_) => "array".to_owned(),
        DataType::Map(..) => "map".to_owned(),
        DataType::Struct(_) => "struct".to_owned(),
        DataType::Integer => "integer".to_owned(),
        DataType::Long => "long".to_owned(),
        DataType::Short => "short".to_owned(),
        DataType::Byte => "byte".to_owned(),
        DataType::Char(_) | DataType::Varchar(_) => "string".to_owned(),
        other => other.simple_string(),
    };
    text.push_str(&format!("{prefix}-- {name}: {shown}{nullable}\n"));
    let below = format!("{prefix}    |");
    match data_type {
        DataType::Array(element) => {
            push_tree(text, &below, "element", element, " (containsNull = true)");
        }
        DataType::Map(key, value) => {
            push_tree(text, &below, "key", key, "");
            push_tree(text, &below, "value", value, " (valueContainsNull = true)");
        }
        DataType::Struct(fields) => {
            for field in fields {
                push_tree(text, &below, &field.name, &field.data_type, NULLABLE);
            }
        }
        _ => {}
    }
}

/// What stands behind a column that can be NULL.
const NULLABLE: &str = " (nullable = true)";
