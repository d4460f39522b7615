//! `CREATE` and `DROP` of databases, views, functions and variables.

use crate::cursor::{Cursor, Result};
use crate::expression::Expression;
use crate::relation::Relation;
use crate::statement::{FunctionBody, StatementKind};

use super::properties::{check_namespace_properties, duplicate_clause, options, property_list};
use super::streaming::create_streaming_query;
use super::table::{column_definition, create_table};
use super::{comment, provider, unsupported};
use crate::parser::data_type::{column, data_type};
use crate::parser::expression::expression;
use crate::parser::literal::string;
use crate::parser::name::{multipart_name, name, name_length, object_name};
use crate::parser::query::{at_query, query};

/// What follows `CREATE`.
pub(super) fn create(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    if cursor.eat("STREAMING QUERY") {
        return create_streaming_query(cursor)
            .map(|query| StatementKind::CreateStreamingQuery(Box::new(query)));
    }
    if cursor
        .eat_any(&["DATABASE", "SCHEMA", "NAMESPACE"])
        .is_some()
    {
        return create_namespace(cursor);
    }
    let replace = cursor.eat("OR REPLACE");
    if cursor.at("TABLE") || cursor.at("EXTERNAL TABLE") {
        return create_table(cursor, replace);
    }
    let is_global = cursor.at("GLOBAL TEMPORARY") || cursor.at("GLOBAL TEMP");
    if is_global {
        cursor.take();
    }
    let is_temporary = cursor.eat_any(&["TEMPORARY", "TEMP"]).is_some();
    if cursor.eat("VIEW") {
        return create_view(cursor, replace, is_temporary, is_global);
    }
    if !is_global && cursor.eat("FUNCTION") {
        return create_function(cursor, replace, is_temporary);
    }
    for words in [
        "INDEX",
        "ROLE",
        "MACRO",
        "MATERIALIZED VIEW",
        "STREAMING TABLE",
        "FLOW",
        "TABLE",
    ] {
        if cursor.at(words) {
            return Err(unsupported(cursor, &format!("CREATE {words}")));
        }
    }
    Err(cursor.unexpected())
}

fn create_namespace(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    let if_not_exists = cursor.eat("IF NOT EXISTS");
    let name = object_name(cursor)?;
    let (mut comment_text, mut location, mut properties) = (None, None, Vec::new());
    loop {
        let clause_at = cursor.here();
        if let Some(text) = comment(cursor)? {
            if comment_text.replace(text).is_some() {
                return Err(duplicate_clause(cursor, "COMMENT", clause_at));
            }
        } else if cursor.eat("LOCATION") {
            if location.replace(string(cursor)?).is_some() {
                return Err(duplicate_clause(cursor, "LOCATION", clause_at));
            }
        } else if cursor.eat("WITH DBPROPERTIES") || cursor.eat("WITH PROPERTIES") {
            if !properties.is_empty() {
                return Err(duplicate_clause(cursor, "WITH PROPERTIES", clause_at));
            }
            properties = property_list(cursor)?;
            check_namespace_properties(cursor, properties.iter().map(|it| &it.key))?;
        } else {
            return Ok(StatementKind::CreateNamespace {
                name,
                if_not_exists,
                comment: comment_text,
                location,
                properties,
            });
        }
    }
}

fn create_view(
    cursor: &mut Cursor<'_>,
    replace: bool,
    is_temporary: bool,
    is_global: bool,
) -> Result<StatementKind> {
    let if_not_exists = cursor.eat("IF NOT EXISTS");
    if is_temporary && is_view_using(cursor) {
        return create_view_using(cursor, replace, is_global);
    }
    let view = object_name(cursor)?;
    let columns = match cursor.at_symbol("(") {
        true => cursor.parenthesized(|cursor| Ok((name(cursor)?, comment(cursor)?)))?,
        false => Vec::new(),
    };
    let (mut comment_text, mut properties) = (None, Vec::new());
    loop {
        if let Some(text) = comment(cursor)? {
            comment_text = Some(text);
        } else if cursor.eat("TBLPROPERTIES") {
            // Spark does not refuse reserved properties here.
            let start = cursor.here();
            properties = property_list(cursor)?;
            if is_temporary {
                let message = "Operation not allowed: TBLPROPERTIES can't coexist with CREATE TEMPORARY VIEW.";
                return Err(cursor.error_at("_LEGACY_ERROR_TEMP_0035", message, start));
            }
        } else if cursor.at("WITH SCHEMA")
            || cursor.at("WITH METRICS")
            || cursor.at("PARTITIONED ON")
        {
            return Err(unsupported(cursor, "this clause of CREATE VIEW"));
        } else {
            break;
        }
    }
    cursor.expect("AS")?;
    let (query, query_text) = query_with_text(cursor)?;
    Ok(StatementKind::CreateView {
        name: view,
        columns,
        replace,
        if_not_exists,
        is_temporary,
        is_global,
        comment: comment_text,
        properties,
        query,
        query_text,
    })
}

/// Whether `name [(schema)] USING` comes next.
fn is_view_using(cursor: &Cursor<'_>) -> bool {
    let mut ahead = name_length(cursor);
    if cursor.is_symbol_at(ahead, "(") {
        ahead = cursor.closing_of(ahead) + 1;
    }
    cursor.is_word_at(ahead, "USING")
}

fn create_view_using(
    cursor: &mut Cursor<'_>,
    replace: bool,
    is_global: bool,
) -> Result<StatementKind> {
    let name = multipart_name(cursor)?;
    let schema = match cursor.at_symbol("(") {
        true => cursor.parenthesized(column)?,
        false => Vec::new(),
    };
    let provider = provider(cursor)?;
    let options = options(cursor)?;
    Ok(StatementKind::CreateTemporaryViewUsing {
        name,
        schema,
        replace,
        is_global,
        provider,
        options,
    })
}

/// A query, and its text.
pub(super) fn query_with_text(cursor: &mut Cursor<'_>) -> Result<(Relation, String)> {
    let start = cursor.here();
    let query = query(cursor)?;
    let text = cursor.since(start).of(cursor.text()).to_owned();
    Ok((query, text))
}

fn create_function(
    cursor: &mut Cursor<'_>,
    replace: bool,
    is_temporary: bool,
) -> Result<StatementKind> {
    let start = cursor.here();
    let if_not_exists = cursor.eat("IF NOT EXISTS");
    if if_not_exists && replace {
        return Err(cursor.error_at(
            "INVALID_SQL_SYNTAX.CREATE_ROUTINE_WITH_IF_NOT_EXISTS_AND_REPLACE",
            "Invalid SQL syntax: Cannot create a routine with both IF NOT EXISTS and REPLACE specified.",
            cursor.since(start),
        ));
    }
    if if_not_exists && is_temporary {
        return Err(cursor.error_at(
            "INVALID_SQL_SYNTAX.CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS",
            "Invalid SQL syntax: CREATE TEMPORARY FUNCTION with IF NOT EXISTS is not allowed.",
            cursor.since(start),
        ));
    }
    let name = object_name(cursor)?;
    if cursor.at("AS") {
        return Err(unsupported(cursor, "CREATE FUNCTION with a Java class"));
    }
    let parameters = cursor.parenthesized_or_empty(column_definition)?;
    let (mut returns, mut returns_table) = (None, None);
    if cursor.eat("RETURNS TABLE") {
        returns_table = Some(match cursor.at_symbol("(") {
            true => cursor.parenthesized(column)?,
            false => Vec::new(),
        });
    } else if cursor.eat("RETURNS") {
        returns = Some(data_type(cursor)?);
    }
    let (mut comment_text, mut is_deterministic) = (None, None);
    loop {
        let clause = cursor.here();
        if let Some(text) = comment(cursor)? {
            if comment_text.replace(text).is_some() {
                return Err(cursor.error_at(
                    "DUPLICATE_CLAUSES",
                    "Found duplicate clauses: COMMENT. Please, remove one of them.",
                    cursor.since(clause),
                ));
            }
        } else if cursor.at("MODIFIES SQL DATA") {
            return Err(not_allowed(
                cursor,
                "SQL function with MODIFIES SQL DATA is not supported.",
            ));
        } else if cursor.at("LANGUAGE") && !cursor.is_word_at(1, "SQL") {
            let language = cursor.text_of(cursor.peek_at(1));
            let what = format!("Unsupported language for user defined functions: {language}.");
            return Err(not_allowed(cursor, &what));
        } else if cursor.eat("NOT DETERMINISTIC") {
            is_deterministic = Some(false);
        } else if cursor.eat("DETERMINISTIC") {
            is_deterministic = Some(true);
        } else if !(cursor.eat("LANGUAGE SQL")
            || cursor.eat("CONTAINS SQL")
            || cursor.eat("READS SQL DATA"))
        {
            break;
        }
    }
    cursor.expect("RETURN")?;
    let start = cursor.here();
    let body = function_body(cursor)?;
    let body_text = cursor.since(start).of(cursor.text()).to_owned();
    Ok(StatementKind::CreateFunction {
        name,
        replace,
        is_temporary,
        if_not_exists,
        parameters,
        returns,
        returns_table,
        comment: comment_text,
        is_deterministic,
        body,
        body_text,
    })
}

fn not_allowed(cursor: &Cursor<'_>, what: &str) -> crate::ParseError {
    cursor.error_at(
        "_LEGACY_ERROR_TEMP_0035",
        format!("Operation not allowed: {what}"),
        cursor.here(),
    )
}

/// What follows `RETURN`.
pub(in crate::parser) fn function_body(cursor: &mut Cursor<'_>) -> Result<FunctionBody> {
    match at_query(cursor, 0) {
        true => query(cursor).map(FunctionBody::Query),
        false => expression(cursor).map(FunctionBody::Expression),
    }
}

/// What follows `DROP`.
pub(super) fn drop(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    if cursor
        .eat_any(&["DATABASE", "SCHEMA", "NAMESPACE"])
        .is_some()
    {
        let if_exists = cursor.eat("IF EXISTS");
        let name = object_name(cursor)?;
        let cascade = cursor.eat_any(&["CASCADE", "RESTRICT"]) == Some("CASCADE");
        return Ok(StatementKind::DropNamespace {
            name,
            if_exists,
            cascade,
        });
    }
    if cursor.eat("TABLE") {
        let if_exists = cursor.eat("IF EXISTS");
        let name = object_name(cursor)?;
        let purge = cursor.eat("PURGE");
        return Ok(StatementKind::DropTable {
            name,
            if_exists,
            purge,
        });
    }
    if cursor.eat("VIEW") {
        let if_exists = cursor.eat("IF EXISTS");
        let name = object_name(cursor)?;
        return Ok(StatementKind::DropView { name, if_exists });
    }
    let is_temporary = cursor.eat_any(&["TEMPORARY", "TEMP"]).is_some();
    if cursor.eat("FUNCTION") {
        let if_exists = cursor.eat("IF EXISTS");
        let name = object_name(cursor)?;
        return Ok(StatementKind::DropFunction {
            name,
            is_temporary,
            if_exists,
        });
    }
    if is_temporary && cursor.eat_any(&["VARIABLE", "VAR"]).is_some() {
        let if_exists = cursor.eat("IF EXISTS");
        let name = object_name(cursor)?;
        return Ok(StatementKind::DropVariable { name, if_exists });
    }
    for words in ["INDEX", "ROLE", "MACRO"] {
        if cursor.at(words) {
            return Err(unsupported(cursor, &format!("DROP {words}")));
        }
    }
    Err(cursor.unexpected())
}

/// `DEFAULT value` or `= value`, if it comes next.
pub(super) fn default_value(cursor: &mut Cursor<'_>) -> Result<Option<Expression>> {
    match cursor.eat("DEFAULT") || cursor.eat_symbol("=") {
        true => expression(cursor).map(Some),
        false => Ok(None),
    }
}
