//! Bytes to columns and back: JSON, CSV, text, and schemas written as text.
//!
//! What Spark's sources, sinks and functions of the same names make of every input, this makes of it,
//! checked against answers that Spark gave. Every decoder reads at most to the end of the record,
//! allocates in proportion to it, and gives an answer for any bytes. The fast paths equal the slow,
//! obvious ones that stand beside them.
//!
//! Does no input or output, and knows no engine: bytes and Arrow arrays go in and come out.

mod base64;
mod column;
pub mod compression;
pub mod csv;
mod encoding;
mod error;
pub mod json;
mod lines;
mod mode;
pub mod number;
pub mod options;
pub mod schema;
pub mod text;
mod text_file;
pub mod time;

pub use encoding::Encoding;
pub use error::FormatError;
pub use lines::whole_lines_len;
pub use mode::ParseMode;
pub use text_file::TextFile;
