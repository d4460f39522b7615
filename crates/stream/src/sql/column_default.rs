//! Defaults of columns: which are allowed, and what they stand for in an `INSERT` and in rows that are older than the column.

use std::sync::Arc;

use analysis::Analyser;
use catalog::Column;
use datafusion::common::ScalarValue;
use functions::{Settings, StoreAssignment, Typed, store, store_mismatch};
use sql::{
    ArgumentValue, ColumnDefinition, DataType, Expression, ExpressionKind, Literal, Relation,
    RelationKind,
};

use crate::error::{Error, Result};
use crate::session::Session;
use crate::tables::schema::{data_type, query_type};

/// Checks the defaults of columns that a statement of `text` defines. `statement` is its name in messages.
///
/// # Errors
/// `INVALID_DEFAULT_VALUE`.
pub(super) fn check_defaults(
    session: &Session,
    text: &str,
    statement: &str,
    defined: &[ColumnDefinition],
) -> Result<()> {
    for column in defined {
        if let (Some(default), Some(data_type)) = (&column.default, &column.data_type) {
            let name = column.name.join(".");
            check_default(session, text, statement, &name, default, data_type)?;
        }
    }
    Ok(())
}

/// Checks the default of a column of a type; gives its value.
///
/// # Errors
/// `INVALID_DEFAULT_VALUE`.
pub(super) fn check_default(
    session: &Session,
    text: &str,
    statement: &str,
    column: &str,
    default: &Expression,
    data_type: &DataType,
) -> Result<Typed> {
    let shown = default.span.of(text);
    let invalid = |condition, reason: String| {
        Error::analysis(
            condition,
            format!(
                "Failed to execute {statement} command because the destination column or variable `{column}` has a DEFAULT \
                 value {shown}, {reason}."
            ),
        )
    };
    let is_subquery = matches!(
        default.kind,
        ExpressionKind::ScalarSubquery(_) | ExpressionKind::Exists(_)
    );
    if is_subquery {
        return Err(invalid(
            "INVALID_DEFAULT_VALUE.SUBQUERY_EXPRESSION",
            "which contains subquery expressions".to_owned(),
        ));
    }
    let settings = session.settings();
    let value = Analyser::new(text, settings.clone()).constant(default);
    let value = value.map_err(|error| {
        match error.condition().starts_with("UNRESOLVED_COLUMN") {
            true => invalid(
                "INVALID_DEFAULT_VALUE.NOT_CONSTANT",
                "which is not a constant expression whose equivalent value is known at query planning time".to_owned(),
            ),
            false => error.into(),
        }
    })?;
    let settings = Arc::new(settings);
    let mismatch = store_mismatch(&value.data_type, data_type, "", StoreAssignment::Strict);
    if mismatch.is_some() && !fits(&value, data_type, &settings) {
        return Err(invalid(
            "INVALID_DEFAULT_VALUE.DATA_TYPE",
            format!(
                "which requires \"{}\" type, but the statement provided a value of incompatible \"{}\" type",
                data_type.sql(),
                value.data_type.sql()
            ),
        ));
    }
    Ok(store(
        value,
        data_type,
        column,
        StoreAssignment::Ansi,
        &settings,
    )?)
}

/// Whether a whole number is one of a narrower type.
fn fits(value: &Typed, to: &DataType, settings: &Arc<Settings>) -> bool {
    let is_whole = |it: &DataType| {
        matches!(
            it,
            DataType::Byte | DataType::Short | DataType::Integer | DataType::Long
        )
    };
    if !is_whole(&value.data_type) || !is_whole(to) || value.name.parse::<i64>().is_err() {
        return false;
    }
    let cast = functions::explicit_cast(value.clone(), to, settings, None, false);
    cast.and_then(|cast| functions::fold(&cast.expr)).is_ok()
}

/// The value of rows that are older than the column, as text in UTC; none for NULL.
///
/// # Errors
/// A type that has no text which can be read back.
pub(super) fn exists_default(value: Typed, column: &Column) -> Result<Option<String>> {
    let data_type = query_type(data_type(column)?);
    let is_readable = values::types::is_atomic(&data_type)
        && !matches!(
            data_type,
            DataType::Binary
                | DataType::Time(_)
                | DataType::YearMonthInterval(..)
                | DataType::DayTimeInterval(..)
        );
    if !is_readable {
        return Err(Error::unsupported(format!(
            "ALTER TABLE .. ADD COLUMN with DEFAULT is not supported for the column `{}` of the type \"{}\": rows that are \
             there would not have the default. Add the column, then set the default for new rows with ALTER COLUMN .. SET \
             DEFAULT.",
            column.name,
            data_type.sql()
        )));
    }
    as_text(value, &data_type, Settings::default())
}

/// A constant as the text of a value of this type; none for NULL.
fn as_text(value: Typed, data_type: &DataType, settings: Settings) -> Result<Option<String>> {
    let settings = Arc::new(settings);
    let value = functions::explicit_cast(value, data_type, &settings, None, false)?;
    let text = functions::explicit_cast(value, &DataType::String, &settings, None, false)?;
    Ok(match functions::fold(&text.expr)? {
        ScalarValue::Utf8(text) => text,
        _ => None,
    })
}

/// Whether an expression is the word `DEFAULT`.
fn is_default(value: &Expression) -> bool {
    match &value.kind {
        ExpressionKind::UnresolvedAttribute { parts, .. } => {
            matches!(parts.as_slice(), [name] if name.eq_ignore_ascii_case("default"))
        }
        ExpressionKind::Default => true,
        _ => false,
    }
}

/// The error of an `INSERT` in which a `DEFAULT` was left that is no whole value.
pub(super) fn misplaced_default(error: Error) -> Error {
    let is_default = error
        .condition()
        .is_some_and(|it| it.starts_with("UNRESOLVED_COLUMN"))
        && error.message().to_lowercase().contains("name `default` ");
    match is_default {
        false => error,
        true => Error::analysis(
            "DEFAULT_PLACEMENT_INVALID",
            "A DEFAULT keyword in a MERGE, INSERT, UPDATE, or SET VARIABLE command could not be directly assigned to a target \
             column because it was part of an expression.\nFor example: `UPDATE SET c1 = DEFAULT` is allowed, but `UPDATE T \
             SET c1 = DEFAULT + 1` is not allowed.",
        ),
    }
}

/// The default of a column; NULL if it has none.
pub(super) fn default_value(session: &Session, column: &Column) -> Result<Typed> {
    let Some(text) = &column.default else {
        return Ok(Typed::null(DataType::Void));
    };
    let expression = sql::parse_expression(text)?;
    Ok(Analyser::new(text, session.settings()).constant(&expression)?)
}

/// Puts the defaults of the columns in the place of `DEFAULT`.
pub(super) fn fill_defaults(
    session: &Session,
    query: &mut Relation,
    assigned: &[&Column],
) -> Result<()> {
    match &mut query.kind {
        RelationKind::Values { rows } => {
            for row in rows {
                match &mut row.kind {
                    ExpressionKind::UnresolvedFunction(call) if call.name == ["struct"] => {
                        for (at, argument) in call.arguments.iter_mut().enumerate() {
                            if let ArgumentValue::Expression(value) = &mut argument.value {
                                fill_default(session, value, assigned.get(at))?;
                            }
                        }
                    }
                    _ => fill_default(session, row, assigned.first())?,
                }
            }
            Ok(())
        }
        RelationKind::Project { expressions, .. } => {
            for (at, value) in expressions.iter_mut().enumerate() {
                fill_default(session, value, assigned.get(at))?;
            }
            Ok(())
        }
        RelationKind::SubqueryAlias { input, alias: None } => {
            fill_defaults(session, input, assigned)
        }
        _ => Ok(()),
    }
}

/// Replaces `DEFAULT` by the column's default as a cast of its text, so that errors about it show the place of `DEFAULT`.
fn fill_default(session: &Session, value: &mut Expression, column: Option<&&Column>) -> Result<()> {
    let (true, Some(column)) = (is_default(value), column) else {
        return Ok(());
    };
    let to = data_type(column)?;
    let default = default_value(session, column)?;
    let literal = match as_text(default, &to, session.settings())? {
        Some(text) => Literal::String(text),
        None => Literal::Null,
    };
    let child = Expression {
        kind: ExpressionKind::Literal(literal),
        span: value.span,
    };
    value.kind = ExpressionKind::Cast {
        child: Box::new(child),
        to,
        is_try: false,
    };
    Ok(())
}
