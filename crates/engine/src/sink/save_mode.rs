//! What saving a table does to what is there already.

use std::fmt;

use crate::error::{Error, ErrorKind, Result};

/// What saving a table does to what is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SaveMode {
    /// Adds to it.
    Append,
    /// Takes its place.
    Overwrite,
    /// Fails.
    #[default]
    ErrorIfExists,
    /// Leaves it, and writes nothing.
    Ignore,
}

impl SaveMode {
    /// The mode of a name, in any case: `append`, `overwrite`, `ignore`, and `error`,
    /// `errorifexists` or `default`.
    ///
    /// # Errors
    /// `INVALID_SAVE_MODE` for any other.
    pub fn named(name: &str) -> Result<SaveMode> {
        match name.to_ascii_lowercase().as_str() {
            "append" => Ok(SaveMode::Append),
            "overwrite" => Ok(SaveMode::Overwrite),
            "ignore" => Ok(SaveMode::Ignore),
            "error" | "errorifexists" | "default" => Ok(SaveMode::ErrorIfExists),
            _ => Err(Error::with_condition(
                ErrorKind::IllegalArgument,
                "INVALID_SAVE_MODE",
                format!(
                    "The specified save mode \"{name}\" is invalid. Valid save modes include \
                     \"append\", \"overwrite\", \"ignore\", \"error\", \"errorifexists\", and \
                     \"default\"."
                ),
            )),
        }
    }
}

impl fmt::Display for SaveMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SaveMode::Append => "Append",
            SaveMode::Overwrite => "Overwrite",
            SaveMode::ErrorIfExists => "ErrorIfExists",
            SaveMode::Ignore => "Ignore",
        })
    }
}
