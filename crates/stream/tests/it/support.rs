//! What the tests of whole queries share.

use std::path::Path;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use vltava_stream::{Session, SessionBuilder};

/// A session on the real world, with few state partitions.
pub fn session() -> Session {
    builder()
        .config("spark.sql.shuffle.partitions", "3")
        .build()
        .unwrap()
}

/// A session on the real world whose tables are in `warehouse`.
pub fn session_over(warehouse: &Path) -> Session {
    builder()
        .config("spark.sql.warehouse.dir", &warehouse.to_string_lossy())
        .build()
        .unwrap()
}

fn builder() -> SessionBuilder {
    let (io, executors) = io::Io::real(1);
    // They end with the test process; a session does not own them.
    std::mem::forget(executors);
    Session::builder(io)
}

/// One column `n` of whole numbers.
pub fn numbers_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]))
}

/// Rows of [`numbers_schema`].
pub fn numbers(values: &[i64]) -> RecordBatch {
    let column = arrow::array::Int64Array::from(values.to_vec());
    RecordBatch::try_new(numbers_schema(), vec![Arc::new(column)]).unwrap()
}

/// The numbers in column `column` of the batches.
pub fn column_of(batches: &[RecordBatch], column: &str) -> Vec<i64> {
    batches
        .iter()
        .flat_map(|batch| {
            let column = batch.column_by_name(column).expect("the column is there");
            column.as_primitive::<Int64Type>().values().to_vec()
        })
        .collect()
}

/// Writes a file of JSON lines, whole, in one step.
pub fn write_json(directory: &Path, name: &str, lines: &[&str]) {
    std::fs::create_dir_all(directory).unwrap();
    let hidden = directory.join(format!(".{name}"));
    std::fs::write(&hidden, lines.join("\n") + "\n").unwrap();
    std::fs::rename(hidden, directory.join(name)).unwrap();
}

/// The content of a file.
pub fn text(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path.as_ref())
        .unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

/// The names in a directory, sorted; none if there is no directory.
pub fn names(directory: impl AsRef<Path>) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
