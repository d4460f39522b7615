//! The writer of a table: its rows, once, to files, a topic or the screen.

use std::fmt;
use std::path::Path;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::LogicalPlan;

use crate::dataframe::DataFrame;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::plan::BoundedTable;
use crate::sink::console::{ConsoleSink, Output};
use crate::sink::file::FileTable;
use crate::sink::kafka::KafkaSink;
use crate::sink::noop::NoopSink;
use crate::sink::{OutputMode, SaveMode, Sink};
use crate::source::SourceSpec;
use crate::source::file::{FileFormat, Use, check_options};
use crate::sql::SavedTable;

/// Writes what is there now:
/// `frame.write().format("parquet").mode(SaveMode::Append).save_path(path)`.
#[derive(Clone)]
pub struct DataFrameWriter {
    frame: DataFrame,
    format: Option<String>,
    mode: Result<SaveMode>,
    options: Options,
    partition_by: Vec<String>,
    console: Option<Output>,
}

impl DataFrameWriter {
    pub(crate) fn new(frame: DataFrame) -> DataFrameWriter {
        DataFrameWriter {
            frame,
            format: None,
            mode: Ok(SaveMode::ErrorIfExists),
            options: Options::new(),
            partition_by: Vec::new(),
            console: None,
        }
    }

    /// Where the rows go: `parquet` (the default), `json`, `csv`, `text`, `kafka`, `console`,
    /// `noop`.
    pub fn format(mut self, format: &str) -> DataFrameWriter {
        self.format = Some(format.to_owned());
        self
    }

    /// What becomes of what is there already; `ErrorIfExists` unless said.
    pub fn mode(mut self, mode: SaveMode) -> DataFrameWriter {
        self.mode = Ok(mode);
        self
    }

    /// As [`mode`](Self::mode), by name. A mistake is reported by `save`.
    pub fn mode_named(mut self, name: &str) -> DataFrameWriter {
        self.mode = SaveMode::named(name);
        self
    }

    /// Sets an option of the format.
    pub fn option(mut self, name: &str, value: impl ToString) -> DataFrameWriter {
        self.options.set(name, value.to_string());
        self
    }

    /// Sets options of the format.
    pub fn options<N: Into<String>, V: Into<String>>(
        mut self,
        options: impl IntoIterator<Item = (N, V)>,
    ) -> DataFrameWriter {
        for (name, value) in options {
            self.options.set(name, value);
        }
        self
    }

    /// Makes a directory per value of these columns, for files.
    pub fn partition_by<'a>(
        mut self,
        columns: impl IntoIterator<Item = &'a str>,
    ) -> DataFrameWriter {
        self.partition_by = columns.into_iter().map(str::to_owned).collect();
        self
    }

    /// Where `console` prints instead of standard output.
    pub fn console_output(mut self, output: Output) -> DataFrameWriter {
        self.console = Some(output);
        self
    }

    /// Writes the rows into the directory `path`.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub async fn save_path(self, path: &str) -> Result<()> {
        self.option("path", path).save().await
    }

    /// [`save_path`](Self::save_path) as JSON files.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub async fn json(self, path: &str) -> Result<()> {
        self.format("json").save_path(path).await
    }

    /// [`save_path`](Self::save_path) as CSV files.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub async fn csv(self, path: &str) -> Result<()> {
        self.format("csv").save_path(path).await
    }

    /// [`save_path`](Self::save_path) as Parquet files.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub async fn parquet(self, path: &str) -> Result<()> {
        self.format("parquet").save_path(path).await
    }

    /// Computes the rows and writes them.
    ///
    /// Files are written as a whole or not at all, as far as errors go; who must not see files of
    /// a table in the making waits for `_SUCCESS`. Records of a failed save may be in the topic.
    ///
    /// # Errors
    /// `PATH_ALREADY_EXISTS`, a mode that the format does not know, `UNSUPPORTED_OVERWRITE.PATH`
    /// for files that are read from; if this is a stream; and what the rows fail with.
    pub async fn save(self) -> Result<()> {
        if self.frame.is_streaming() {
            return Err(Error::analysis(
                "CALL_ON_STREAMING_DATASET_UNSUPPORTED",
                "The method `write` can not be called on streaming Dataset/DataFrame.",
            ));
        }
        let mode = self.mode.clone()?;
        let session = self.frame.session();
        let name = session
            .format_name(self.format.as_deref())
            .to_ascii_lowercase();
        if let Some(format) = FileFormat::named(&name) {
            return self.save_files(format, mode).await;
        }
        if !self.partition_by.is_empty() {
            return Err(Error::unsupported(format!(
                "{name} cannot be partitioned by columns: only files can."
            )));
        }
        match name.as_str() {
            "kafka" => {
                if matches!(mode, SaveMode::Overwrite | SaveMode::Ignore) {
                    return Err(Error::new(
                        ErrorKind::Analysis,
                        format!(
                            "Save mode {mode} not allowed for Kafka. Allowed save modes are \
                             Append and ErrorIfExists (default)."
                        ),
                    ));
                }
                let sink = KafkaSink::new(session.io(), &self.options, &self.frame.schema())?;
                self.save_once(&sink).await
            }
            "noop" => {
                if matches!(mode, SaveMode::ErrorIfExists | SaveMode::Ignore) {
                    return Err(Error::analysis(
                        "UNSUPPORTED_DATA_SOURCE_SAVE_MODE",
                        format!(
                            "The data source \"noop\" cannot be written in the {mode} mode. \
                             Please use either the \"Append\" or \"Overwrite\" mode instead."
                        ),
                    ));
                }
                self.save_once(&NoopSink).await
            }
            "console" => {
                let sink = ConsoleSink::new(&self.options, self.console.clone())?;
                sink.show(&self.frame).await
            }
            _ => Err(Error::analysis(
                "DATA_SOURCE_NOT_FOUND",
                format!(
                    "Failed to find the data source: {name}. Known here for writing tables: \
                     console, csv, json, kafka, noop, parquet, text."
                ),
            )),
        }
    }

    /// Writes the rows as the table `name` of the catalogue. A table that is there is appended to by the names of the
    /// columns, replaced, left or refused, as the mode says.
    ///
    /// # Errors
    /// `TABLE_OR_VIEW_ALREADY_EXISTS`, and as [`save`](Self::save).
    pub async fn save_as_table(self, name: &str) -> Result<()> {
        let mode = self.mode.clone()?;
        let options = self.options.iter();
        let new = SavedTable {
            provider: self.format.clone(),
            options: options.map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            partition_by: self.partition_by.clone(),
        };
        crate::sql::save_as_table(&self.frame, name, mode, new).await
    }

    /// Writes the rows into the table `name` of the catalogue, which is there: the first column into the first column, and so
    /// on. With [`SaveMode::Overwrite`] they take the place of its rows.
    ///
    /// # Errors
    /// `TABLE_OR_VIEW_NOT_FOUND`, types that do not fit, and as [`save`](Self::save).
    pub async fn insert_into(self, name: &str) -> Result<()> {
        let mode = self.mode.clone()?;
        crate::sql::insert_into(&self.frame, name, mode).await
    }

    async fn save_files(&self, format: FileFormat, mode: SaveMode) -> Result<()> {
        let session = self.frame.session();
        check_options(format, Use::Write, &self.options)?;
        let options = session.with_defaults(&self.options);
        let table = FileTable::new(session.io(), format, &options, &self.partition_by)?;
        table.check_columns(&self.frame.schema())?;
        if mode == SaveMode::Overwrite {
            check_not_read(self.frame.plan(), table.path())?;
        }
        if !table.wants_rows(mode)? {
            return Ok(());
        }
        let rows = self.frame.rows().await?;
        let saved = table.save(mode, &self.frame.schema(), rows).await;
        session.tables().wrote();
        saved
    }

    /// Gives all rows to a sink, as one batch.
    async fn save_once(&self, sink: &dyn Sink) -> Result<()> {
        let rows = self.frame.rows().await?;
        let schema = self.frame.schema();
        sink.add_batch(0, OutputMode::Append, schema, rows).await?;
        Ok(())
    }
}

/// Refuses to overwrite what the rows are read from.
fn check_not_read(plan: &LogicalPlan, target: &str) -> Result<()> {
    let mut is_read = false;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(provider) = source_as_provider(&scan.source)
            && let Some(table) = provider.downcast_ref::<BoundedTable>()
            && let SourceSpec::File(files) = table.spec()
        {
            is_read |= overlap(files.path(), target);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    if !is_read {
        return Ok(());
    }
    Err(Error::analysis(
        "UNSUPPORTED_OVERWRITE.PATH",
        format!(
            "Can't overwrite the target that is also being read from. The target path is \
             \"file:{target}\"."
        ),
    ))
}

/// Whether files that `pattern` may stand for are in the directory, or it in one of them.
fn overlap(pattern: &str, directory: &str) -> bool {
    let fixed: String = match pattern.find(['*', '?', '[', '{']) {
        None => pattern.to_owned(),
        Some(wildcard) => {
            let end = pattern[..wildcard].rfind('/').unwrap_or(0);
            pattern[..end].to_owned()
        }
    };
    let (read, written) = (Path::new(&fixed), Path::new(directory));
    read.starts_with(written) || written.starts_with(read)
}

impl fmt::Debug for DataFrameWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataFrameWriter")
            .field("format", &self.format)
            .field("mode", &self.mode)
            .field("options", &self.options)
            .field("partition_by", &self.partition_by)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_overlaps_what_is_in_it_and_what_it_is_in() {
        for read in ["/out", "/out/day=1", "/out/*.json", "/o*", "/", "/out/*/x"] {
            assert!(overlap(read, "/out"), "{read}");
        }
        for read in ["/out2", "/in/*", "/ou"] {
            assert!(!overlap(read, "/out"), "{read}");
        }
    }
}
