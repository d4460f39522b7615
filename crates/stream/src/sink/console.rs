//! The sink `console`: each batch as a table for people.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use async_trait::async_trait;
use futures::StreamExt;

use super::{OutputMode, Sink};
use crate::error::Result;
use crate::options::Options;
use crate::source::Lane;

/// Columns wider than this are cut when `truncate` is `true`.
const TRUNCATE_CHARS: usize = 20;
/// Columns are at least this wide.
const MIN_CHARS: usize = 3;

/// Where the text goes: a whole batch at a time, so that queries do not mix their lines.
pub type Output = Arc<dyn Fn(&str) + Send + Sync>;

/// Prints each batch.
#[derive(Clone)]
pub struct ConsoleSink {
    rows_max: usize,
    truncate: Option<usize>,
    output: Output,
}

impl fmt::Debug for ConsoleSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConsoleSink({} rows)", self.rows_max)
    }
}

impl ConsoleSink {
    /// A sink that prints to standard output, or to `output`.
    ///
    /// # Errors
    /// `IllegalArgument` for options that make no sense.
    pub fn new(options: &Options, output: Option<Output>) -> Result<ConsoleSink> {
        let truncate = match options.get("truncate") {
            Some(text) if text.parse::<usize>().is_ok() => {
                options.positive("truncate")?.map(|chars| chars as usize)
            }
            _ => options.bool("truncate", true)?.then_some(TRUNCATE_CHARS),
        };
        Ok(ConsoleSink {
            rows_max: options.positive("numRows")?.unwrap_or(20) as usize,
            truncate,
            output: output.unwrap_or_else(|| Arc::new(print)),
        })
    }
}

/// Prints to standard output in one piece.
fn print(text: &str) {
    print!("{text}");
}

#[async_trait]
impl Sink for ConsoleSink {
    fn description(&self) -> String {
        "ConsoleSink".to_string()
    }

    async fn add_batch(
        &self,
        batch_id: u64,
        _mode: OutputMode,
        schema: SchemaRef,
        mut rows: Lane,
    ) -> Result<Option<u64>> {
        let mut shown = Vec::new();
        let mut total = 0;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            // One more than is shown tells whether there are more.
            let missing = (self.rows_max + 1).saturating_sub(total);
            total += batch.num_rows();
            shown.push(batch.slice(0, batch.num_rows().min(missing)));
        }
        let table = show(&schema, &shown, self.rows_max, self.truncate)?;
        let line = "-------------------------------------------";
        (self.output)(&format!("{line}\nBatch: {batch_id}\n{line}\n{table}\n"));
        Ok(Some(total as u64))
    }
}

/// The first rows as a table with frames, as Spark's `show` draws it.
///
/// # Errors
/// If a value has no text form.
pub fn show(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rows_max: usize,
    truncate: Option<usize>,
) -> Result<String> {
    let cut = |text: String| match truncate {
        Some(max) if text.chars().count() > max => {
            let kept = if max < 4 { max } else { max - 3 };
            let head: String = text.chars().take(kept).collect();
            if max < 4 { head } else { format!("{head}...") }
        }
        _ => text,
    };
    let header: Vec<String> = schema
        .fields()
        .iter()
        .map(|field| cut(field.name().clone()))
        .collect();
    let format = FormatOptions::new()
        .with_null("NULL")
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
        .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f"));
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut total = 0;
    for batch in batches {
        total += batch.num_rows();
        let formatters = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &format))
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            if lines.len() == rows_max {
                break;
            }
            let cells = formatters
                .iter()
                .map(|formatter| cut(formatter.value(row).to_string()))
                .collect();
            lines.push(cells);
        }
    }
    let widths: Vec<usize> = (0..header.len())
        .map(|column| {
            lines
                .iter()
                .chain([&header])
                .map(|line| line[column].chars().count())
                .max()
                .unwrap_or(0)
                .max(MIN_CHARS)
        })
        .collect();
    let frame: String = widths
        .iter()
        .map(|width| format!("+{}", "-".repeat(*width)))
        .collect::<String>()
        + "+\n";
    let mut table = frame.clone();
    for (index, line) in [&header].into_iter().chain(&lines).enumerate() {
        for (cell, width) in line.iter().zip(&widths) {
            let padding = " ".repeat(width - cell.chars().count());
            // Cut columns are set to the right, whole ones to the left.
            let text = if truncate.is_some() {
                format!("|{padding}{cell}")
            } else {
                format!("|{cell}{padding}")
            };
            table.push_str(&text);
        }
        table.push_str("|\n");
        if index == 0 {
            table.push_str(&frame);
        }
    }
    table.push_str(&frame);
    if total > rows_max {
        let rows = if rows_max == 1 { "row" } else { "rows" };
        table.push_str(&format!("only showing top {rows_max} {rows}\n"));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::*;

    #[test]
    fn a_table_looks_like_sparks() {
        let names: ArrayRef = Arc::new(StringArray::from(vec![
            Some("JFK"),
            None,
            Some("a name of more than twenty characters"),
        ]));
        let counts: ArrayRef = Arc::new(Int64Array::from(vec![1, 22, 333]));
        let batch = RecordBatch::try_from_iter([("origin", names), ("n", counts)]).unwrap();
        let table = show(&batch.schema(), &[batch.clone()], 20, Some(20)).unwrap();
        assert_eq!(
            table,
            "\
+--------------------+---+
|              origin|  n|
+--------------------+---+
|                 JFK|  1|
|                NULL| 22|
|a name of more th...|333|
+--------------------+---+
"
        );
        let table = show(&batch.schema(), &[batch], 1, None).unwrap();
        assert_eq!(
            table,
            "\
+------+---+
|origin|n  |
+------+---+
|JFK   |1  |
+------+---+
only showing top 1 row
"
        );
    }
}
