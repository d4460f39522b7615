//! What becomes of bad records.

/// The option `mode` of sources and of `from_json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParseMode {
    /// What cannot be read is null; the record's text goes to the column for it, if there is one.
    #[default]
    Permissive,
    /// Bad records are left out.
    DropMalformed,
    /// The first bad record is an error.
    FailFast,
}

impl ParseMode {
    /// The mode of this name, in any case. A name that means nothing is `PERMISSIVE`, as in Spark.
    pub fn named(name: &str) -> ParseMode {
        match name.to_ascii_uppercase().as_str() {
            "DROPMALFORMED" => ParseMode::DropMalformed,
            "FAILFAST" => ParseMode::FailFast,
            _ => ParseMode::Permissive,
        }
    }
}
