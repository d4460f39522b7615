//! Statements about databases, tables and views.

use sql::{Span, Statement, StatementKind};

use super::run::{SqlResult, describe as describe_frame, not_supported, plan_query};
use super::{
    alter, alter_column, analyze, cache, create_table, database, describe, show, table, view,
};
use crate::error::Result;
use crate::session::Session;
use crate::tables::error::Searched;
use crate::tables::name::parts;

/// Runs a statement of `text` about databases, tables or views.
pub(super) async fn run(session: &Session, text: &str, statement: Statement) -> Result<SqlResult> {
    let span: Span = statement.span;
    match statement.kind {
        StatementKind::CreateNamespace {
            name,
            if_not_exists,
            comment,
            location,
            properties,
        } => {
            let new = database::NewDatabase {
                if_not_exists,
                comment,
                location,
                properties,
            };
            database::create(session, &name, new).await
        }
        StatementKind::SetNamespaceProperties { name, properties } => {
            database::alter(session, &name, |it| {
                database::set_properties(it, properties);
            })
            .await
        }
        StatementKind::UnsetNamespaceProperties { name, keys } => {
            database::unset_properties(session, &name, &keys).await
        }
        StatementKind::SetNamespaceLocation { name, location } => {
            let location = database::path_of(&location)?;
            database::alter(session, &name, |it| it.location = location).await
        }
        StatementKind::DropNamespace {
            name,
            if_exists,
            cascade,
        } => database::drop(session, &name, if_exists, cascade).await,
        StatementKind::Use(name) => database::use_database(session, &name),
        StatementKind::SetCatalog(name) => database::set_catalog(&name),
        StatementKind::DescribeNamespace { name, is_extended } => {
            database::describe(session, &name, is_extended)
        }
        StatementKind::Comment {
            name,
            is_namespace: true,
            comment,
        } => {
            let comment = comment.unwrap_or_default();
            database::alter(session, &name, |it| it.comment = comment).await
        }
        StatementKind::Comment { name, comment, .. } => {
            alter::comment(session, &name, comment).await
        }
        StatementKind::CreateTable(new) => create_table::create(session, text, *new).await,
        StatementKind::CreateTableLike {
            name,
            source,
            if_not_exists,
            provider,
            location,
            properties,
        } => {
            let new = create_table::LikeTable {
                if_not_exists,
                provider,
                location,
                properties,
            };
            create_table::create_like(session, &name, &source, new).await
        }
        StatementKind::DropTable {
            name, if_exists, ..
        } => table::drop_table(session, &name, if_exists, false).await,
        StatementKind::DropView { name, if_exists } => {
            table::drop_table(session, &name, if_exists, true).await
        }
        StatementKind::TruncateTable { name, partition } => {
            table::truncate(session, text, &name, &partition).await
        }
        StatementKind::CreateView {
            name,
            columns,
            replace,
            if_not_exists,
            is_temporary,
            is_global,
            comment,
            properties,
            query,
            query_text,
        } => {
            let new = view::NewView {
                columns,
                replace,
                if_not_exists,
                is_global,
                comment,
                properties,
                query_text,
            };
            if !is_temporary && !is_global {
                return view::create(session, text, &name, new, &query).await;
            }
            view::create_temporary(session, text, &name, new, &query)
        }
        StatementKind::AlterView {
            name,
            query,
            query_text,
        } => view::alter(session, text, &name, query_text, &query).await,
        StatementKind::Show(statement) => match show::show(session, text, &statement)? {
            Some(shown) => Ok(shown),
            None => Err(not_supported(text, span)),
        },
        StatementKind::DescribeTable {
            name,
            is_extended,
            as_json: false,
            partition,
            column,
        } => match column.is_empty() {
            true => describe::table(session, text, &name, is_extended, &partition),
            false => describe::column(session, &name, &column, is_extended),
        },
        StatementKind::DescribeQuery(query) => describe_frame(&plan_query(session, text, &query)?),
        kind => change(session, text, span, kind).await,
    }
}

/// Runs a statement that changes a table that is there.
async fn change(
    session: &Session,
    text: &str,
    span: Span,
    kind: StatementKind,
) -> Result<SqlResult> {
    match kind {
        StatementKind::RenameTable { name, to, is_view } => {
            alter::rename(session, &name, &to, is_view).await
        }
        StatementKind::SetTableProperties {
            name,
            properties,
            is_view,
        } => alter::set_properties(session, &name, properties, is_view).await,
        StatementKind::UnsetTableProperties {
            name,
            keys,
            is_view,
            ..
        } => alter::unset_properties(session, &name, keys, is_view).await,
        StatementKind::AddColumns { name, columns } => {
            alter_column::add_columns(session, text, &name, &columns).await
        }
        StatementKind::RenameColumn { name, .. } => {
            alter_column::refuse_columns(session, &name, "RENAME COLUMN")
        }
        StatementKind::DropColumns { name, .. } => {
            alter_column::refuse_columns(session, &name, "DROP COLUMN")
        }
        StatementKind::SetTableLocation { name, location } => {
            alter::set_location(session, &name, &location).await
        }
        StatementKind::ChangeTable { name, change } => {
            alter::apply(session, text, &name, *change).await
        }
        StatementKind::RefreshTable(name) => {
            cache::check_known(session, parts(&name)?, Searched::Statement)
        }
        StatementKind::AnalyzeTables {
            namespace,
            is_noscan,
        } => analyze::tables(session, namespace.as_ref(), is_noscan).await,
        // Nothing is kept of files.
        StatementKind::RefreshPath(_) => Ok(SqlResult::Done),
        StatementKind::CacheTable {
            name,
            is_lazy,
            options,
            query,
        } => cache::cache(session, text, &name, is_lazy, &options, query.as_ref()).await,
        StatementKind::UncacheTable { name, if_exists } => {
            match cache::check_known(session, parts(&name)?, Searched::Query) {
                Err(_) if if_exists => Ok(SqlResult::Done),
                known => known,
            }
        }
        StatementKind::ClearCache => Ok(SqlResult::Done),
        _ => Err(not_supported(text, span)),
    }
}
