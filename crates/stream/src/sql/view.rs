//! Views: `CREATE`, `ALTER` and what they may name.

use std::sync::Arc;

use catalog::{Table, TableKind};
use sql::{ObjectName, Property, Relation};

use super::catalog::SessionCatalog;
use super::new_entry::{created_by, new_name, new_properties};
use super::run::{SqlResult, plan_with};
use crate::dataframe::DataFrame;
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;
use crate::tables::error::of_catalogue;
use crate::tables::error::{Searched, already_exists, table_not_view, temporary_exists};
use crate::tables::name::{TableName, parts};
use crate::tables::temporary::{TemporaryName, TemporaryView, TextView};
use crate::tables::{schema, view};

/// What `CREATE VIEW` says besides the name.
pub(super) struct NewView {
    pub(super) columns: Vec<(String, Option<String>)>,
    pub(super) replace: bool,
    pub(super) if_not_exists: bool,
    pub(super) is_global: bool,
    pub(super) comment: Option<String>,
    pub(super) properties: Vec<Property>,
    pub(super) query_text: String,
}

/// `CREATE TEMPORARY VIEW .. AS query`.
pub(super) fn create_temporary(
    session: &Session,
    text: &str,
    name: &ObjectName,
    new: NewView,
    query: &Relation,
) -> Result<SqlResult> {
    let name = temporary_name(parts(name)?, new.is_global)?;
    if new.if_not_exists {
        return Err(Error::new(
            ErrorKind::Parse,
            "It is not allowed to define a TEMPORARY view with IF NOT EXISTS.",
        ));
    }
    if session.has_temporary(&name, new.is_global) && !new.replace {
        return Err(temporary_exists(&name));
    }
    let name = TemporaryName {
        name,
        is_global: new.is_global,
    };
    put_temporary(session, text, &name, new.columns, new.query_text, query)
}

/// Makes a query a temporary view. Its text is analysed when the view is used, as in Spark.
fn put_temporary(
    session: &Session,
    text: &str,
    view: &TemporaryName,
    columns: Vec<(String, Option<String>)>,
    query_text: String,
    query: &Relation,
) -> Result<SqlResult> {
    let TemporaryName { name, is_global } = view;
    let reads = SessionCatalog::of_view(session, vec![name.clone()]);
    let frame = plan_with(session, text, query, reads.clone())?;
    let frame = renamed(&frame, &format!("`{name}`"), &columns)?;
    frame.check_column_names()?;
    let text_view = TextView {
        text: query_text,
        columns,
        database: session.tables().database(),
        configuration: view::configuration(session),
    };
    session.put_view(name, *is_global, TemporaryView::Text(Arc::new(text_view)));
    Ok(SqlResult::Done)
}

/// The name of a temporary view, in lower case.
///
/// # Errors
/// `INVALID_TEMP_OBJ_QUALIFIER`.
pub(super) fn temporary_name(parts: &[String], is_global: bool) -> Result<String> {
    let (name, qualifier) = match parts {
        [name] => return Ok(name.to_lowercase()),
        [qualifier @ .., name] => (name, qualifier),
        [] => return Ok(String::new()),
    };
    let is_session = !is_global
        && match qualifier {
            [session] => session.eq_ignore_ascii_case("session"),
            [system, session] => {
                system.eq_ignore_ascii_case("system") && session.eq_ignore_ascii_case("session")
            }
            _ => false,
        };
    match is_session {
        true => Ok(name.to_lowercase()),
        false => Err(Error::analysis(
            "INVALID_TEMP_OBJ_QUALIFIER",
            format!(
                "Temporary VIEW `{name}` cannot be qualified with {}. Temporary objects can only be qualified with SESSION or \
                 SYSTEM.SESSION.",
                crate::tables::name::quoted(qualifier)
            ),
        )),
    }
}

/// The rows with the names that a view gives to its columns.
pub(super) fn renamed(
    frame: &DataFrame,
    view: &str,
    columns: &[(String, Option<String>)],
) -> Result<DataFrame> {
    if columns.is_empty() {
        return Ok(frame.clone());
    }
    let schema = frame.schema();
    check_arity(view, columns, &schema)?;
    let found = frame.plan().schema().columns();
    let exprs = found
        .into_iter()
        .zip(columns)
        .map(|(column, (name, _))| datafusion::logical_expr::Expr::Column(column).alias(name));
    crate::tables::insert::projected(frame, exprs.collect())
}

fn check_arity(
    view: &str,
    columns: &[(String, Option<String>)],
    schema: &arrow::datatypes::Schema,
) -> Result<()> {
    let wanted: Vec<String> = columns
        .iter()
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    let given = schema.fields().iter().map(|it| format!("`{}`", it.name()));
    let given: Vec<String> = given.collect();
    let (condition, reason) = match wanted.len().cmp(&given.len()) {
        std::cmp::Ordering::Equal => return Ok(()),
        std::cmp::Ordering::Less => (
            "CREATE_VIEW_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS",
            "too many data columns",
        ),
        std::cmp::Ordering::Greater => (
            "CREATE_VIEW_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS",
            "not enough data columns",
        ),
    };
    Err(Error::analysis(
        condition,
        format!(
            "Cannot create view {view}, the reason is {reason}:\nView columns: {}.\nData columns: {}.",
            wanted.join(", "),
            given.join(", ")
        ),
    ))
}

/// `CREATE VIEW .. AS query`.
pub(super) async fn create(
    session: &Session,
    text: &str,
    name: &ObjectName,
    new: NewView,
    query: &Relation,
) -> Result<SqlResult> {
    let name = new_name(session, parts(name)?)?;
    let known = session.catalogue_table(&name)?;
    match &known {
        Some(_) if new.if_not_exists => return Ok(SqlResult::Done),
        Some(table) if new.replace && !table.is_view() => {
            return Err(table_not_view(
                "CREATE OR REPLACE VIEW",
                &name.quoted(),
                false,
            ));
        }
        Some(_) if !new.replace => return Err(already_exists(&name.quoted())),
        _ => {}
    }
    let mut table = definition(session, text, &name, &new.columns, new.query_text, query)?;
    table.comment = new.comment;
    table.properties = new_properties(new.properties);
    store(session, &name, table, known.is_some()).await
}

/// `ALTER VIEW .. AS query`.
pub(super) async fn alter(
    session: &Session,
    text: &str,
    name: &ObjectName,
    query_text: String,
    query: &Relation,
) -> Result<SqlResult> {
    let parts = parts(name)?;
    if let Some(temporary) = session.temporary_named(parts)? {
        return put_temporary(session, text, &temporary, Vec::new(), query_text, query);
    }
    let name = session.table_name(parts)?;
    let known = match session.catalogue_table(&name)? {
        None => return Err(session.not_found(parts, Searched::Statement)),
        Some(table) if !table.is_view() => {
            return Err(table_not_view("ALTER VIEW ... AS", &name.quoted(), false));
        }
        Some(table) => table,
    };
    let mut table = definition(session, text, &name, &[], query_text, query)?;
    table.comment = known.comment;
    table.properties = known.properties;
    table.created_ms = known.created_ms;
    store(session, &name, table, true).await
}

async fn store(
    session: &Session,
    name: &TableName,
    table: Table,
    replaces: bool,
) -> Result<SqlResult> {
    if replaces {
        let replace = |known: &mut Table| {
            *known = table;
            Ok(())
        };
        return super::table::change(session, name, replace).await;
    }
    let changes = session.lock_catalogue().await?;
    changes
        .create_table(&name.database, &name.table, &table)
        .map_err(of_catalogue)?;
    Ok(SqlResult::Done)
}

/// The entry of a permanent view.
fn definition(
    session: &Session,
    text: &str,
    name: &TableName,
    columns: &[(String, Option<String>)],
    query_text: String,
    query: &Relation,
) -> Result<Table> {
    let reads = SessionCatalog::of_view(session, name.parts());
    let frame = plan_with(session, text, query, reads.clone())?;
    reads.refuse_temporary("VIEW", &name.quoted())?;
    if frame.is_streaming() {
        return Err(Error::unsupported(
            "A permanent view cannot read a stream. Make it a temporary view.",
        ));
    }
    let schema = frame.schema();
    let mut defined = schema::columns_of(&schema)?;
    let output = defined.iter().map(|it| it.name.clone()).collect();
    if columns.is_empty() {
        check_aliases(name, query, &schema)?;
    } else {
        check_arity(&name.quoted(), columns, &schema)?;
        for (column, (name, comment)) in defined.iter_mut().zip(columns) {
            column.name.clone_from(name);
            column.comment.clone_from(comment);
        }
    }
    schema::check_unique(session.names(), defined.iter().map(|it| it.name.as_str()))?;
    let mut table = Table::new(TableKind::View, session.io().clock.now_ms(), created_by());
    table.columns = defined;
    table.view = Some(catalog::View {
        text: query_text,
        database: session.tables().database(),
        configuration: view::configuration(session),
        output,
    });
    Ok(table)
}

/// That every column of a permanent view has a name that the text gives.
fn check_aliases(
    name: &TableName,
    query: &Relation,
    schema: &arrow::datatypes::Schema,
) -> Result<()> {
    use sql::{ExpressionKind as E, RelationKind as R};
    let mut query = query;
    let expressions = loop {
        match &query.kind {
            R::Project { expressions, .. } | R::Aggregate { expressions, .. } => break expressions,
            R::Sort { input, .. }
            | R::Limit { input, .. }
            | R::Offset { input, .. }
            | R::Distinct(input)
            | R::With { input, .. }
            | R::Having { input, .. }
            | R::SubqueryAlias { input, alias: None } => query = input,
            R::SetOperation { left, .. } => query = left,
            _ => return Ok(()),
        }
    };
    // A star stands for columns, which have names.
    if expressions.len() != schema.fields().len() {
        return Ok(());
    }
    for (expression, field) in expressions.iter().zip(schema.fields()) {
        let has_name = matches!(
            expression.kind,
            E::Alias { .. } | E::UnresolvedAttribute { .. } | E::UnresolvedStar { .. }
        );
        if !has_name {
            return Err(Error::analysis(
                "CREATE_PERMANENT_VIEW_WITHOUT_ALIAS",
                format!(
                    "Not allowed to create the permanent view {} without explicitly assigning an alias for the expression \
                     \"{}\".",
                    name.quoted(),
                    field.name()
                ),
            ));
        }
    }
    Ok(())
}
