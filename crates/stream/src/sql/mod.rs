//! SQL: the statements of a session.
//!
//! The crate `sql` parses the text, the crate `analysis` makes a plan of a query in it, and what a
//! statement does is here.

mod catalog;
mod run;
mod variable;

use crate::error::Result;

pub(crate) use catalog::SessionCatalog;
pub use run::SqlResult;

/// The statements of a script: parts divided by `;` outside of strings, names and comments.
///
/// # Errors
/// `UNCLOSED_BRACKETED_COMMENT`.
pub fn split_statements(script: &str) -> Result<Vec<&str>> {
    Ok(sql::split_statements(script)?)
}
