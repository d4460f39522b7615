//! Files that are read and written, beside what Spark 4.3.0 makes of the same.

mod columns;
mod compression;
mod partitions;
mod reading;
mod streams;

use std::io::Write;
use std::path::{Path, PathBuf};

use vltava_stream::{DataFrame, Error, Session, SqlResult, row_text, split_statements};

use crate::support::{names, session};

/// A directory of test files.
struct Files {
    directory: tempfile::TempDir,
}

impl Files {
    fn new() -> Files {
        Files {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) -> &Files {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    fn gzip(&self, name: &str, content: &str) -> &Files {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content.as_bytes()).unwrap();
        self.put(name, encoder.finish().unwrap())
    }

    /// The schema and the rows of a read, or the condition and message of its error.
    async fn read(
        &self,
        format: &str,
        name: &str,
        schema: &str,
        options: &[(&str, &str)],
    ) -> Result<String, String> {
        let session = session();
        let reader = session
            .read()
            .format(format)
            .options(options.iter().copied());
        let reader = match schema {
            "" => reader,
            schema => reader.schema(schema),
        };
        let path = self.path(name).display().to_string();
        let shown = async {
            let frame = reader.load_path(&path)?;
            rows(&frame).await
        };
        shown.await.map_err(|error| self.shown(&error))
    }

    /// An error, with the directory of the test masked.
    fn shown(&self, error: &Error) -> String {
        let root = self.directory.path().display().to_string();
        let condition = error.condition().unwrap_or("-");
        format!("{condition} {}", error.message().replace(&root, "ROOT"))
    }
}

/// `struct<..> [row][row]`, the rows sorted.
async fn rows(frame: &DataFrame) -> Result<String, Error> {
    let mut rows = Vec::new();
    for batch in frame.collect().await? {
        for row in 0..batch.num_rows() {
            rows.push(format!(
                "[{}]",
                row_text(&batch, row).unwrap().replace(", ", ",")
            ));
        }
    }
    rows.sort();
    Ok(format!("{} {}", frame.schema_string(), rows.concat()))
}

/// Runs a script; the rows of its last query.
async fn run(session: &Session, script: &str) -> Result<String, Error> {
    let mut last = String::new();
    for statement in split_statements(script).unwrap() {
        match session.sql(statement).await? {
            SqlResult::Rows(frame) => last = rows(&frame).await?,
            SqlResult::Query(query) => query.await_termination().await?,
            SqlResult::Done => {}
        }
    }
    Ok(last)
}

/// Partition directories below a directory, and the ends of file names.
fn tree(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for name in names(directory) {
        let path = directory.join(&name);
        if path.is_dir() {
            found.extend(
                tree(&path)
                    .into_iter()
                    .map(|below| format!("{name}/{below}")),
            );
        } else if let Some((_, end)) = name.split_once("c000") {
            found.push(end.to_owned());
        }
    }
    found
}
