//! The sink `console`: each batch as a table for people.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use format::time::Zone;
use futures::StreamExt;

use super::{OutputMode, Sink};
use crate::dataframe::DataFrame;
use crate::dialect;
use crate::error::Result;
use crate::options::Options;
use crate::source::Lane;

/// Columns wider than this are cut when `truncate` is `true`.
const TRUNCATE_CHARS: usize = 20;

/// Where the text goes: a whole batch at a time, so that queries do not mix their lines.
pub type Output = Arc<dyn Fn(&str) + Send + Sync>;

/// Prints each batch.
#[derive(Clone)]
pub struct ConsoleSink {
    rows_max: usize,
    /// Times are shown in it.
    zone: Zone,
    /// Characters of a value that are shown; 0 for all.
    truncate: usize,
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
        let truncate = match options.get("truncate").map(str::parse) {
            Some(Ok(chars)) => chars,
            _ if options.bool("truncate", true)? => TRUNCATE_CHARS,
            _ => 0,
        };
        Ok(ConsoleSink {
            zone: options
                .get("timeZone")
                .and_then(Zone::parse)
                .unwrap_or(Zone::UTC),
            rows_max: options.positive("numRows")?.unwrap_or(20) as usize,
            truncate,
            output: output.unwrap_or_else(|| Arc::new(print)),
        })
    }

    /// Prints the rows of a table.
    ///
    /// # Errors
    /// Those of the rows.
    pub(crate) async fn show(&self, frame: &DataFrame) -> Result<()> {
        let table = frame.show_string(self.rows_max, self.truncate).await?;
        (self.output)(&format!("{table}\n"));
        Ok(())
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
        let table = dialect::show_string(&schema, &shown, self.rows_max, self.truncate, self.zone)?;
        let line = "-------------------------------------------";
        (self.output)(&format!("{line}\nBatch: {batch_id}\n{line}\n{table}\n"));
        Ok(Some(total as u64))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array};
    use arrow::record_batch::RecordBatch;
    use parking_lot::Mutex;

    use super::*;

    #[tokio::test]
    async fn a_batch_looks_like_sparks() {
        let printed = Arc::new(Mutex::new(String::new()));
        let output: Output = {
            let printed = Arc::clone(&printed);
            Arc::new(move |text| printed.lock().push_str(text))
        };
        let options: Options = [("numRows", "1")].into_iter().collect();
        let sink = ConsoleSink::new(&options, Some(output)).unwrap();
        let column: ArrayRef = Arc::new(Int64Array::from(vec![1, 22]));
        let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
        let schema = batch.schema();
        let rows: Lane = Box::pin(futures::stream::iter([Ok(batch.clone()), Ok(batch)]));
        let written = sink.add_batch(7, OutputMode::Append, schema, rows).await;
        assert_eq!(written.unwrap(), Some(4));
        assert_eq!(
            *printed.lock(),
            "\
-------------------------------------------
Batch: 7
-------------------------------------------
+---+
|  n|
+---+
|  1|
+---+
only showing top 1 row

"
        );
    }
}
