//! SQL: the statements of a session.
//!
//! The crate `sql` parses the text, the crate `analysis` makes a plan of a query in it, and what a
//! statement does is here.

mod alter;
mod alter_column;
mod alter_partition;
mod analyze;
mod answer;
mod cache;
mod catalog;
#[cfg(test)]
mod coercion_test;
mod column_default;
mod create_table;
mod create_text;
mod database;
mod describe;
mod execute_immediate;
mod insert;
mod new_entry;
mod objects;
mod routine;
mod routine_text;
mod run;
mod save;
mod session_object;
mod session_statement;
mod session_variable;
mod settings;
mod show;
mod table;
mod value;
mod variable;
mod view;

use crate::error::Result;

pub(crate) use catalog::SessionCatalog;
pub use run::SqlResult;
pub(crate) use save::{SavedTable, insert_into, save_as_table, stream_to_table};
pub use sql::Parameters;

pub(crate) use session_object::{Objects, RoutineEntry};

/// The statements of a script: parts divided by `;` outside of strings, names and comments.
///
/// # Errors
/// `UNCLOSED_BRACKETED_COMMENT`.
pub fn split_statements(script: &str) -> Result<Vec<&str>> {
    Ok(sql::split_statements(script)?)
}
