//! Rows as text, as Spark's `show` prints them.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Float32Type, Float64Type, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::{DateTime, Utc};
use format::number::{push_double, push_float};
use format::time::Zone;
use values::show_column;
use values::types::field_type;

use crate::error::Result;

/// The first `rows` rows as a table; values longer than `truncate` characters are cut, 0 cuts
/// none. If there are more rows, the text says so.
pub(crate) fn show_string(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rows: usize,
    truncate: usize,
    zone: Zone,
) -> Result<String> {
    let mut table: Vec<Vec<String>> = vec![
        schema
            .fields()
            .iter()
            .map(|field| cut(&escape(field.name()), truncate))
            .collect(),
    ];
    let total: usize = batches.iter().map(RecordBatch::num_rows).sum();
    for batch in batches {
        let missing = rows.saturating_add(1).saturating_sub(table.len());
        let shown = missing.min(batch.num_rows());
        let batch = batch.slice(0, shown);
        let mut columns = Vec::with_capacity(batch.num_columns());
        for (field, column) in schema.fields().iter().zip(batch.columns()) {
            columns.push(match field_type(field) {
                Some(data_type) => show_column(column, &data_type, zone)?,
                None => (0..shown)
                    .map(|row| cell(column, row))
                    .collect::<Result<_>>()?,
            });
        }
        for row in 0..shown {
            let cells = columns
                .iter()
                .map(|column| cut(&escape(&column[row]), truncate));
            table.push(cells.collect());
        }
    }
    let mut widths = vec![3; schema.fields().len()];
    for cells in &table {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(columns_of(cell));
        }
    }
    let lines: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let rule = format!("+{}+\n", lines.join("+"));
    let mut text = rule.clone();
    for (i, cells) in table.iter().enumerate() {
        let padded = widths.iter().zip(cells).map(|(width, cell)| {
            let space = " ".repeat(width - columns_of(cell));
            match truncate {
                0 => format!("{cell}{space}"),
                _ => format!("{space}{cell}"),
            }
        });
        text += &format!("|{}|\n", padded.collect::<Vec<_>>().join("|"));
        if i == 0 {
            text += &rule;
        }
    }
    text += &rule;
    if total > rows {
        let noun = if rows == 1 { "row" } else { "rows" };
        text += &format!("only showing top {rows} {noun}\n");
    }
    Ok(text)
}

/// How many columns of a terminal Spark counts for a text (`Utils.stringHalfWidth`): its UTF-16 units, and one more for each
/// wide character.
fn columns_of(text: &str) -> usize {
    text.chars()
        .map(|c| c.len_utf16() + usize::from(is_wide(c)))
        .sum()
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE6F}' | '\u{FF00}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}')
}

/// Row `row` of a batch as text: its values as `show` prints them, with `, ` between.
///
/// # Errors
/// If a column is of a type that has no text.
pub fn row_text(batch: &RecordBatch, row: usize) -> Result<String> {
    let mut cells = Vec::with_capacity(batch.num_columns());
    for column in batch.columns() {
        cells.push(cell(column, row)?);
    }
    Ok(cells.join(", "))
}

fn cut(text: &str, truncate: usize) -> String {
    if truncate == 0 || text.chars().count() <= truncate {
        return text.to_owned();
    }
    match truncate {
        1..4 => text.chars().take(truncate).collect(),
        _ => text
            .chars()
            .take(truncate - 3)
            .chain("...".chars())
            .collect(),
    }
}

/// Control characters would break the table.
fn escape(text: &str) -> String {
    text.replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t")
}

/// One value as text.
pub(super) fn cell(column: &dyn Array, row: usize) -> Result<String> {
    if column.is_null(row) || *column.data_type() == DataType::Null {
        return Ok("NULL".to_owned());
    }
    Ok(match column.data_type() {
        DataType::Float64 => double(column.as_primitive::<Float64Type>().value(row)),
        DataType::Float32 => float(column.as_primitive::<Float32Type>().value(row)),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            timestamp(column.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        DataType::Date32 => {
            let days = i64::from(column.as_primitive::<Date32Type>().value(row));
            date(days)
        }
        DataType::Binary => {
            let bytes: Vec<_> = column
                .as_binary::<i32>()
                .value(row)
                .iter()
                .map(|byte| format!("{byte:02X}"))
                .collect();
            format!("[{}]", bytes.join(" "))
        }
        DataType::Struct(_) => {
            let mut fields = Vec::new();
            for field in column.as_struct().columns() {
                fields.push(cell(field, row)?);
            }
            format!("{{{}}}", fields.join(", "))
        }
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            let mut texts = Vec::new();
            for i in 0..items.len() {
                texts.push(cell(&items, i)?);
            }
            format!("[{}]", texts.join(", "))
        }
        DataType::Map(_, _) => {
            let entries = column.as_map().value(row);
            let mut texts = Vec::new();
            for i in 0..entries.len() {
                texts.push(format!(
                    "{} -> {}",
                    cell(entries.column(0), i)?,
                    cell(entries.column(1), i)?
                ));
            }
            format!("{{{}}}", texts.join(", "))
        }
        _ => ArrayFormatter::try_new(column, &FormatOptions::new())?
            .value(row)
            .to_string(),
    })
}

/// Microseconds since the epoch as `2013-01-01 05:00:00`, with as many decimals as there are.
fn timestamp(micros: i64) -> String {
    timestamp_in(micros, Zone::UTC)
}

/// [`timestamp`] as clocks show it in `zone`.
pub(super) fn timestamp_in(micros: i64, zone: Zone) -> String {
    let local = zone.to_local(micros);
    let Some(time) = DateTime::<Utc>::from_timestamp_micros(local) else {
        return micros.to_string();
    };
    let whole = time.format("%Y-%m-%d %H:%M:%S").to_string();
    match local.rem_euclid(1_000_000) {
        0 => whole,
        fraction => format!("{whole}.{fraction:06}")
            .trim_end_matches('0')
            .to_owned(),
    }
}

fn date(days: i64) -> String {
    match DateTime::<Utc>::from_timestamp(days * 86_400, 0) {
        Some(time) => time.format("%Y-%m-%d").to_string(),
        None => days.to_string(),
    }
}

/// A double as Java writes it: `1.0`, `1.0E7`, `1.0E-5`.
pub(crate) fn double(value: f64) -> String {
    let mut text = String::new();
    push_double(&mut text, value);
    text
}

/// A float as Java writes it.
fn float(value: f32) -> String {
    let mut text = String::new();
    push_float(&mut text, value);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_as_many_decimals_as_needed() {
        assert_eq!(timestamp(0), "1970-01-01 00:00:00");
        assert_eq!(timestamp(1_500_000), "1970-01-01 00:00:01.5");
        assert_eq!(timestamp(-1), "1969-12-31 23:59:59.999999");
    }
}
