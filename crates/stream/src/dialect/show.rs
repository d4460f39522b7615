//! Rows as text, as Spark's `show` prints them.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Float32Type, Float64Type, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::{DateTime, Utc};
use format::time::Zone;

use crate::error::Result;

/// The first `rows` rows as a table; values longer than `truncate` characters are cut, 0 cuts
/// none. If there are more rows, the text says so.
pub(crate) fn show_string(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rows: usize,
    truncate: usize,
) -> Result<String> {
    let mut table: Vec<Vec<String>> = vec![
        schema
            .fields()
            .iter()
            .map(|field| cut(field.name(), truncate))
            .collect(),
    ];
    let total: usize = batches.iter().map(RecordBatch::num_rows).sum();
    for batch in batches {
        for row in 0..batch.num_rows() {
            if table.len() > rows {
                break;
            }
            let mut cells = Vec::with_capacity(batch.num_columns());
            for column in batch.columns() {
                cells.push(cut(&escape(&cell(column, row)?), truncate));
            }
            table.push(cells);
        }
    }
    let mut widths = vec![3; schema.fields().len()];
    for cells in &table {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let rule: String = widths
        .iter()
        .map(|width| format!("+{}", "-".repeat(*width)))
        .collect::<String>()
        + "+\n";
    let mut text = rule.clone();
    for (i, cells) in table.iter().enumerate() {
        for (width, cell) in widths.iter().zip(cells) {
            let space = " ".repeat(width - cell.chars().count());
            match truncate {
                0 => text += &format!("|{cell}{space}"),
                _ => text += &format!("|{space}{cell}"),
            }
        }
        text += "|\n";
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
    java_number(value, format!("{value:e}"))
}

fn float(value: f32) -> String {
    java_number(f64::from(value), format!("{value:e}"))
}

/// `scientific` is the shortest form that reads back the same, such as `1.25e-7`.
fn java_number(value: f64, scientific: String) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if value == 0.0 {
        return if value.is_sign_negative() {
            "-0.0"
        } else {
            "0.0"
        }
        .to_owned();
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let magnitude = value.abs();
    if (1e-3..1e7).contains(&magnitude) {
        let exponent: i32 = exponent.parse().unwrap_or(0);
        return plain(mantissa, exponent);
    }
    let point = if mantissa.contains('.') { "" } else { ".0" };
    format!("{mantissa}{point}E{exponent}")
}

/// `mantissa × 10^exponent` without an exponent, with at least one decimal.
fn plain(mantissa: &str, exponent: i32) -> String {
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = format!("{whole}{fraction}");
    let mut point = whole.len() as i32 + exponent;
    if point <= 0 {
        digits.insert_str(0, &"0".repeat((1 - point) as usize));
        point = 1;
    }
    let point = point as usize;
    while digits.len() <= point {
        digits.push('0');
    }
    format!("{sign}{}.{}", &digits[..point], &digits[point..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_java_writes_them() {
        for (value, text) in [
            (1.0, "1.0"),
            (-0.5, "-0.5"),
            (12.25, "12.25"),
            (0.001, "0.001"),
            (0.0001, "1.0E-4"),
            (9_999_999.0, "9999999.0"),
            (10_000_000.0, "1.0E7"),
            (1.2345e-9, "1.2345E-9"),
            (100.0 / 3.0, "33.333333333333336"),
        ] {
            assert_eq!(double(value), text);
        }
    }

    #[test]
    fn times_have_as_many_decimals_as_needed() {
        assert_eq!(timestamp(0), "1970-01-01 00:00:00");
        assert_eq!(timestamp(1_500_000), "1970-01-01 00:00:01.5");
        assert_eq!(timestamp(-1), "1969-12-31 23:59:59.999999");
    }
}
