//! `CREATE STREAMING QUERY`, which is our own:
//!
//! ```text
//! CREATE STREAMING QUERY [name]
//!     [OUTPUT MODE append | update | complete]
//!     [TRIGGER PROCESSING TIME 'interval' | AVAILABLE NOW | ONCE]
//!     USING format [PARTITIONED BY (column, ..)] [OPTIONS (key 'value', ..)]
//!     AS query
//! ```

use crate::cursor::{Cursor, Result};
use crate::statement::{CreateStreamingQuery, OutputMode, StreamingTrigger};

use super::properties::options;
use super::provider;
use crate::parser::literal::string;
use crate::parser::name::whole_name;
use crate::parser::query::query;

/// What follows `CREATE STREAMING QUERY`.
pub(super) fn create_streaming_query(cursor: &mut Cursor<'_>) -> Result<CreateStreamingQuery> {
    let has_no_name = cursor.at("OUTPUT MODE")
        || cursor.at("TRIGGER PROCESSING")
        || cursor.at("TRIGGER AVAILABLE")
        || cursor.at("TRIGGER ONCE")
        || cursor.at("USING");
    let name = match has_no_name {
        true => None,
        false => Some(whole_name(cursor)?),
    };
    let mut output_mode = OutputMode::Append;
    let mut trigger = StreamingTrigger::Default;
    loop {
        if cursor.eat("OUTPUT MODE") {
            output_mode = match cursor.eat_any(&["APPEND", "UPDATE", "COMPLETE"]) {
                Some("APPEND") => OutputMode::Append,
                Some("UPDATE") => OutputMode::Update,
                Some(_) => OutputMode::Complete,
                None => return Err(cursor.unexpected()),
            };
        } else if cursor.eat("TRIGGER") {
            trigger = if cursor.eat("PROCESSING TIME") {
                StreamingTrigger::ProcessingTime(string(cursor)?)
            } else if cursor.eat("AVAILABLE NOW") {
                StreamingTrigger::AvailableNow
            } else if cursor.eat("ONCE") {
                StreamingTrigger::Once
            } else {
                return Err(cursor.unexpected());
            };
        } else {
            break;
        }
    }
    let provider = provider(cursor)?;
    let partition_by = match cursor.eat("PARTITIONED BY") {
        true => cursor.parenthesized(whole_name)?,
        false => Vec::new(),
    };
    let options = options(cursor)?;
    cursor.expect("AS")?;
    let query = query(cursor)?;
    Ok(CreateStreamingQuery {
        name,
        output_mode,
        trigger,
        provider,
        partition_by,
        options,
        query,
    })
}
