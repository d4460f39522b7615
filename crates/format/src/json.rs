//! JSON records to columns and back, as Spark's JSON source, `from_json` and `to_json` do it.
//!
//! A record is decoded by the scanner, which goes once over the bytes, materialises the wanted fields
//! only, and gives up at the first thing that is not plain: a value of another type, a name that comes
//! twice, a single quote, `NaN`. Such a record is decoded again by way of a tree, which knows all of
//! Spark's rules. The scanner never decides what is wrong; whatever it accepts, the tree would have
//! read the same.

mod decoder;
mod encoder;
mod infer;
mod key;
mod names;
mod options;
mod scanner;
mod text;
pub mod tree;
mod value;

pub use decoder::JsonDecoder;
pub use encoder::{JsonEncoder, JsonEncoderOptions};
pub use infer::{JsonInference, infer_schema, infer_type};
pub(crate) use names::Names;
pub use options::JsonOptions;

/// Objects and arrays within each other, the record included; one more makes the record bad.
const DEPTH_MAX: usize = 1000;

/// Characters of a number; a longer one makes the record bad.
const NUMBER_LEN_MAX: usize = 1000;

/// Whether a byte is JSON's white space.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
