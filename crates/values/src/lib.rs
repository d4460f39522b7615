//! Spark's values: their types as Arrow's, their text, intervals, and the numbers of Spark's random generator.
//!
//! A value's text is the same everywhere: in a cast, in `show()`, in a file. Knows no functions, no plans and no files.

pub mod interval;
pub mod murmur3;
mod random;
mod text;
pub mod types;

pub use random::Generator;
pub use text::{Style, show_column, show_text, to_text};
