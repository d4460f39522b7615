//! Comma-separated values, as Spark's CSV source and sink read and write them.
//!
//! A record is a line; with the option `multiLine`, values in quotes may have several lines.

mod infer;
mod options;
mod reader;
mod split;
mod writer;

pub use infer::{CsvInference, infer_schema};
pub use options::{CsvOptions, CsvWriterOptions};
pub use reader::{CsvDecoder, Part};
pub use writer::CsvEncoder;
