//! `CACHE TABLE`, `UNCACHE TABLE` and `CLEAR CACHE`.
//!
//! `CACHE TABLE name AS query` keeps the rows in memory if they fit into a quarter of the session's memory, else it names the
//! query. When the session has written into a table or into files, the query is computed again: the rows may be old. Of a
//! table that is there nothing is kept: its files are read again each time.

use std::sync::Arc;

use datafusion::datasource::{MemTable, ViewTable};
use futures::StreamExt;
use sql::{ObjectName, Property, Relation};

use super::run::{SqlResult, plan_query};
use super::view::temporary_name;
use crate::dataframe::DataFrame;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::BUDGET;
use crate::options::parse_bytes;
use crate::session::Session;
use crate::tables::error::{Searched, temporary_exists};
use crate::tables::name::parts;
use crate::tables::temporary::TemporaryView;

/// The names of Spark's `StorageLevel`.
const LEVELS: [&str; 12] = [
    "NONE",
    "DISK_ONLY",
    "DISK_ONLY_2",
    "DISK_ONLY_3",
    "MEMORY_ONLY",
    "MEMORY_ONLY_2",
    "MEMORY_ONLY_SER",
    "MEMORY_ONLY_SER_2",
    "MEMORY_AND_DISK",
    "MEMORY_AND_DISK_2",
    "MEMORY_AND_DISK_SER",
    "OFF_HEAP",
];

/// `CACHE TABLE`.
pub(super) async fn cache(
    session: &Session,
    text: &str,
    name: &ObjectName,
    is_lazy: bool,
    options: &[Property],
    query: Option<&Relation>,
) -> Result<SqlResult> {
    for option in options {
        let value = option.value.to_uppercase();
        if !option.key.eq_ignore_ascii_case("storageLevel") {
            return Err(Error::illegal_argument(format!(
                "CACHE TABLE has no option '{}'; its option is 'storageLevel'.",
                option.key
            )));
        }
        if !LEVELS.contains(&value.as_str()) {
            return Err(Error::illegal_argument(format!(
                "Invalid StorageLevel: {value}"
            )));
        }
    }
    let parts = parts(name)?;
    let Some(query) = query else {
        return check_known(session, parts, Searched::Query);
    };
    if let [prefix @ .., _] = parts
        && !prefix.is_empty()
    {
        return Err(Error::new(
            ErrorKind::Parse,
            format!(
                "It is not allowed to add catalog/namespace prefix {} to the table name in CACHE TABLE AS SELECT.",
                prefix.join(".")
            ),
        ));
    }
    let name = temporary_name(parts, false)?;
    if session.has_temporary(&name, false) {
        return Err(temporary_exists(&name));
    }
    let frame = plan_query(session, text, query)?;
    frame.check_column_names()?;
    let writes = session.tables().writes();
    let kept = match is_lazy || frame.is_streaming() {
        true => None,
        false => rows_that_fit(session, &frame).await?,
    };
    match kept {
        Some(rows) => {
            let plan = Arc::new(ViewTable::new(frame.plan().clone(), None));
            let rows = Arc::new(rows);
            let view = TemporaryView::Cached { rows, plan, writes };
            session.put_view(&name, false, view);
        }
        None => session.put_temporary_plan(&name, false, frame.plan().clone()),
    }
    Ok(SqlResult::Done)
}

/// The rows in memory; none if they are too many.
async fn rows_that_fit(session: &Session, frame: &DataFrame) -> Result<Option<MemTable>> {
    let budget = session.conf().get(BUDGET);
    let most = budget.and_then(|it| parse_bytes(&it)).unwrap_or_default() / 4;
    let mut rows = frame.rows().await?;
    let (mut batches, mut bytes) = (Vec::new(), 0);
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        bytes += batch.get_array_memory_size() as u64;
        if bytes > most {
            return Ok(None);
        }
        batches.push(batch);
    }
    Ok(Some(MemTable::try_new(frame.schema(), vec![batches])?))
}

/// That there is a table or view of this name: `CACHE TABLE name`, `UNCACHE TABLE name`, `REFRESH TABLE name`.
pub(super) fn check_known(
    session: &Session,
    parts: &[String],
    searched: Searched,
) -> Result<SqlResult> {
    let is_known = session.temporary_named(parts)?.is_some()
        || session
            .catalogue_table(&session.table_name(parts)?)?
            .is_some();
    match is_known {
        true => Ok(SqlResult::Done),
        false => Err(session.not_found(parts, searched)),
    }
}
