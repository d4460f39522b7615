//! Rust source from the model, file by file.

mod api_key;
mod catalog;
mod decode;
mod encode;
mod modules;
mod structure;
mod value;

pub use api_key::api_key_file;
pub use catalog::catalog_file;
pub use modules::module_file;
pub use structure::message_file;

use super::RELEASE;
use super::versions::{Condition, Versions};

/// The derive that allows a record to be written as JSON, with `WORDS` for its attributes.
const FOR_PEOPLE: &str =
    "#[cfg_attr(feature = \"serde\", derive(serde::Serialize), serde(WORDS))]\n";

/// The first line of every generated file.
fn header(origin: &str) -> String {
    format!("// Made by `cargo xtask generate` from {origin} {RELEASE}. Do not edit.\n\n")
}

/// Whether compact lengths are used: a literal if it is the same in all versions of the structure.
fn flexible_expression(flexible: Versions, structure: Versions) -> &'static str {
    match flexible.within(structure) {
        Condition::Always => "true",
        Condition::Never => "false",
        Condition::When(_) => "flexible",
    }
}

/// Whether `word` is a complete word in `code`.
fn mentions(code: &str, word: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|found| found == word)
}
