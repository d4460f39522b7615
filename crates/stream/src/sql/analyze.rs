//! `ANALYZE TABLE`: the size of a table, and what its columns hold.

use analysis::Names;
use arrow::array::{Array, AsArray};
use arrow::record_batch::RecordBatch;
use catalog::{Column, ColumnStatistics, Statistics, Table};
use sql::{DataType, ObjectName, PartitionValue};

use super::run::SqlResult;
use super::table::{change, existing};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::tables::error::of_catalogue;
use crate::tables::error::{Searched, partitions_not_found};
use crate::tables::name::{TableName, parts, quoted};
use crate::tables::partition::{self, Spec};
use crate::tables::schema::{check_unique, data_type};

/// The name of the statement in messages.
pub(super) const OPERATION: &str = "ANALYZE TABLE";
/// The length that texts and bytes of an empty table have (Spark: `StringType.defaultSize`).
const DEFAULT_LENGTH: u64 = 20;

/// `ANALYZE TABLE .. COMPUTE STATISTICS [FOR COLUMNS ..]`. `columns` is empty for all.
pub(super) async fn table(
    session: &Session,
    text: &str,
    name: &ObjectName,
    partition: &[PartitionValue],
    is_noscan: bool,
    columns: Option<Vec<String>>,
) -> Result<SqlResult> {
    let parts = parts(name)?;
    if columns.is_some() && session.temporary_named(parts)?.is_some() {
        let shown = quoted(parts);
        return Err(Error::analysis(
            "UNSUPPORTED_FEATURE.ANALYZE_UNCACHED_TEMP_VIEW",
            format!(
                "The feature is not supported: The ANALYZE TABLE FOR COLUMNS command can operate on temporary views that have \
                 been cached already. Consider to cache the view {shown}."
            ),
        ));
    }
    if let Some(table) = session.catalogue_table(&session.table_name(parts)?)?
        && table.is_view()
    {
        return Err(Error::analysis(
            "UNSUPPORTED_FEATURE.ANALYZE_VIEW",
            "The feature is not supported: The ANALYZE TABLE command does not support views.",
        ));
    }
    let (name, table) = existing(session, name, OPERATION, false, Searched::Statement)?;
    if !partition.is_empty() {
        let spec = Spec::resolve(session, text, &name, &table, partition)?;
        if !table.partitions.values().any(|it| spec.matches(it)) {
            let shown = spec.shown(&table);
            return Err(partitions_not_found(&shown, &name.quoted_short()));
        }
        return Err(Error::unsupported(
            "ANALYZE TABLE .. PARTITION is not supported; leave the partition out.",
        ));
    }
    let columns = columns.map(|wanted| chosen(session.names(), &name, &table, &wanted));
    analyze(session, &name, &table, is_noscan, columns.transpose()?).await
}

/// `ANALYZE TABLES`: every table of a database.
///
/// # Errors
/// `SCHEMA_NOT_FOUND`, and what reading a table fails with.
pub(super) async fn tables(
    session: &Session,
    namespace: Option<&ObjectName>,
    is_noscan: bool,
) -> Result<SqlResult> {
    let database = match namespace {
        Some(name) => session.database_name(parts(name)?)?,
        None => session.tables().database(),
    };
    session.check_database(&database)?;
    for table in session
        .catalogue()?
        .tables(&database)
        .map_err(of_catalogue)?
    {
        let database = database.clone();
        let name = TableName { database, table };
        if let Some(table) = session.catalogue_table(&name)?
            && !table.is_view()
        {
            analyze(session, &name, &table, is_noscan, None).await?;
        }
    }
    Ok(SqlResult::Done)
}

/// The columns with these names; all if none is named.
fn chosen(names: Names, name: &TableName, table: &Table, wanted: &[String]) -> Result<Vec<Column>> {
    check_unique(names, wanted.iter().map(String::as_str))?;
    let mut columns = Vec::new();
    for wanted in wanted {
        let found = table.columns.iter().find(|it| names.same(&it.name, wanted));
        columns.push(found.ok_or_else(|| column_not_found(wanted))?.clone());
    }
    if wanted.is_empty() {
        columns.clone_from(&table.columns);
    }
    for column in &columns {
        let data_type = data_type(column)?;
        if !has_statistics(&data_type) {
            return Err(Error::analysis(
                "UNSUPPORTED_FEATURE.ANALYZE_UNSUPPORTED_COLUMN_TYPE",
                format!(
                    "The feature is not supported: The ANALYZE TABLE FOR COLUMNS command does not support the type \"{}\" of \
                     the column `{}` in the table {}.",
                    data_type.sql(),
                    column.name,
                    name.quoted()
                ),
            ));
        }
    }
    Ok(columns)
}

/// `COLUMN_NOT_FOUND`.
pub(super) fn column_not_found(name: &str) -> Error {
    Error::analysis(
        "COLUMN_NOT_FOUND",
        format!(
            "The column `{name}` cannot be found. Verify the spelling and correctness of the column name according to the SQL \
             config \"spark.sql.caseSensitive\"."
        ),
    )
}

fn has_statistics(data_type: &DataType) -> bool {
    is_text(data_type) || fixed_length(data_type).is_some()
}

fn is_text(data_type: &DataType) -> bool {
    *data_type == DataType::Binary || values::types::is_string(data_type)
}

/// The bytes of a value in Spark's memory; none for types of other lengths and types without statistics.
fn fixed_length(data_type: &DataType) -> Option<u64> {
    Some(match data_type {
        DataType::Boolean | DataType::Byte => 1,
        DataType::Short => 2,
        DataType::Integer | DataType::Float | DataType::Date => 4,
        DataType::Long
        | DataType::Double
        | DataType::Timestamp
        | DataType::TimestampLtz
        | DataType::TimestampNtz => 8,
        DataType::Decimal(precision, _) if *precision <= 18 => 8,
        DataType::Decimal(..) => 16,
        _ => return None,
    })
}

async fn analyze(
    session: &Session,
    name: &TableName,
    table: &Table,
    is_noscan: bool,
    columns: Option<Vec<Column>>,
) -> Result<SqlResult> {
    let mut statistics = Statistics {
        bytes: size(session, table)?,
        rows: None,
        columns: Default::default(),
    };
    if !is_noscan {
        let columns = columns.unwrap_or_default();
        let facts = facts(session, name, &columns).await?;
        let mut facts = facts.into_iter();
        let mut next = || facts.next().flatten();
        statistics.rows = Some(number(next()));
        for column in &columns {
            let not_null = number(next());
            let distinct = number(next());
            let (min, max) = (next(), next());
            let (average, longest) = (next(), next());
            let fixed = fixed_length(&data_type(column)?).unwrap_or(DEFAULT_LENGTH);
            let length = |text: Option<String>| text.map_or(fixed, |text| number(Some(text)));
            let column_statistics = ColumnStatistics {
                min,
                max,
                null_count: statistics.rows.unwrap_or_default() - not_null,
                distinct_count: distinct.min(not_null),
                average_length: length(average),
                max_length: length(longest),
            };
            let columns = &mut statistics.columns;
            columns.insert(column.name.clone(), column_statistics);
        }
    }
    change(session, name, |table| {
        table.statistics = Some(statistics);
        Ok(())
    })
    .await
}

/// The bytes of a table's files.
fn size(session: &Session, table: &Table) -> Result<u64> {
    let mut bytes = 0;
    let partitions = table.partitions.iter();
    let mut directories: Vec<String> = match table.is_partitioned() {
        true => partitions
            .map(|(key, it)| partition::location(table, key, it))
            .collect(),
        false => table.location.iter().cloned().collect(),
    };
    while let Some(directory) = directories.pop() {
        let entries = session.io().objects.list(&directory);
        for entry in entries.map_err(|error| Error::io(format!("list {directory}"), error))? {
            if entry.name.starts_with(['_', '.']) {
                continue;
            }
            match entry.is_dir {
                true => directories.push(entry.path),
                false => bytes += entry.size,
            }
        }
    }
    Ok(bytes)
}

/// The number of rows, and of each column: the number of values, of different ones, the smallest, the largest, the average
/// length and the largest length.
async fn facts(
    session: &Session,
    name: &TableName,
    columns: &[Column],
) -> Result<Vec<Option<String>>> {
    let mut wanted = vec!["count(*)".to_owned()];
    for column in columns {
        let shown = quoted(std::slice::from_ref(&column.name));
        let data_type = data_type(column)?;
        let text = |aggregate: &str| match &data_type {
            it if is_text(it) => "NULL".to_owned(),
            DataType::Timestamp | DataType::TimestampLtz => {
                format!("date_format({aggregate}({shown}), 'yyyy-MM-dd HH:mm:ss.SSSSSS Z')")
            }
            DataType::TimestampNtz => {
                format!("date_format({aggregate}({shown}), 'yyyy-MM-dd HH:mm:ss.SSSSSS')")
            }
            _ => format!("{aggregate}({shown})"),
        };
        let length = |aggregate: &str| match is_text(&data_type) {
            true => format!("CAST(ceil({aggregate}(length({shown}))) AS BIGINT)"),
            false => "NULL".to_owned(),
        };
        wanted.push(format!("count({shown})"));
        wanted.push(format!("approx_count_distinct({shown})"));
        wanted.extend(["min", "max"].map(text));
        wanted.extend(["avg", "max"].map(length));
    }
    let wanted = wanted.iter().enumerate();
    let wanted = wanted.map(|(at, value)| format!("CAST({value} AS STRING) AS c{at}"));
    let wanted: Vec<String> = wanted.collect();
    let query = format!(
        "SELECT {} FROM {}",
        wanted.join(", "),
        quoted(&name.parts())
    );
    let SqlResult::Rows(frame) = session.sql(&query).await? else {
        return Ok(Vec::new());
    };
    let batches = frame.collect().await?;
    let row = batches.iter().find(|it| it.num_rows() > 0);
    Ok(row.map_or_else(Vec::new, texts))
}

/// The values of the first row, which are texts.
fn texts(rows: &RecordBatch) -> Vec<Option<String>> {
    let columns = rows.columns().iter();
    columns
        .map(|column| {
            let column = column.as_string::<i32>();
            column.is_valid(0).then(|| column.value(0).to_owned())
        })
        .collect()
}

fn number(text: Option<String>) -> u64 {
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}
