//! Comma-separated values, as Spark's CSV source and sink read and write them.
//!
//! A record is a line: there are no line breaks within quotes (`multiLine` is not supported).

mod infer;
mod options;
mod reader;
mod split;
mod writer;

pub use infer::infer_schema;
pub use options::{CsvOptions, CsvWriterOptions};
pub use reader::CsvDecoder;
pub use writer::CsvEncoder;
