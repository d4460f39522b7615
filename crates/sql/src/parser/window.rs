//! Windows of window functions.

use crate::cursor::{Cursor, Result};
use crate::expression::{
    FrameBound, FrameUnits, SortDirection, SortOrder, Window, WindowFrame, WindowSpecification,
};
use crate::relation::NamedWindow;

use super::expression::expression;
use super::name::{is_name_at, name};
use super::query::cluster_keys;

/// `expression [ASC | DESC] [NULLS FIRST | LAST]`.
pub(super) fn sort_order(cursor: &mut Cursor<'_>) -> Result<SortOrder> {
    let child = expression(cursor)?;
    let direction = match cursor.eat_any(&["ASC", "DESC"]) {
        Some("DESC") => SortDirection::Descending,
        _ => SortDirection::Ascending,
    };
    let nulls_first = if cursor.eat("NULLS FIRST") {
        true
    } else if cursor.eat("NULLS LAST") {
        false
    } else {
        direction == SortDirection::Ascending
    };
    Ok(SortOrder {
        child,
        direction,
        nulls_first,
    })
}

/// `WINDOW name AS window, ..`, if it comes next.
pub(super) fn window_clause(cursor: &mut Cursor<'_>) -> Result<Vec<NamedWindow>> {
    let follows = cursor.at("WINDOW") && is_name_at(cursor, 1) && cursor.is_word_at(2, "AS");
    if !follows {
        return Ok(Vec::new());
    }
    cursor.take();
    let windows = cursor.comma_separated(|cursor| {
        let name = name(cursor)?;
        cursor.expect("AS")?;
        let window = window(cursor)?;
        Ok(NamedWindow { name, window })
    })?;
    for (index, window) in windows.iter().enumerate() {
        if windows[..index]
            .iter()
            .any(|other| other.name == window.name)
        {
            return Err(cursor.error_at(
                "INVALID_SQL_SYNTAX.REPETITIVE_WINDOW_DEFINITION",
                format!(
                    "Invalid SQL syntax: The definition of window `{}` is repetitive.",
                    window.name
                ),
                cursor.here(),
            ));
        }
    }
    Ok(windows)
}

/// What follows `OVER`.
pub(super) fn window(cursor: &mut Cursor<'_>) -> Result<Window> {
    if !cursor.at_symbol("(") {
        return name(cursor).map(Window::Named);
    }
    if is_name_at(cursor, 1) && cursor.is_symbol_at(2, ")") {
        cursor.take();
        let named = name(cursor)?;
        cursor.take();
        return Ok(Window::Named(named));
    }
    cursor.take();
    let mut specification = WindowSpecification::default();
    if cursor.eat("CLUSTER BY") {
        specification.partition_by = cluster_keys(cursor)?;
        let keys = specification.partition_by.iter().cloned();
        specification.order_by = keys.map(SortOrder::ascending).collect();
    } else {
        if cursor.eat("PARTITION BY") || cursor.eat("DISTRIBUTE BY") {
            specification.partition_by = cursor.comma_separated(expression)?;
        }
        if cursor.eat("ORDER BY") || cursor.eat("SORT BY") {
            specification.order_by = cursor.comma_separated(sort_order)?;
        }
    }
    specification.frame = frame(cursor)?;
    cursor.expect_symbol(")")?;
    Ok(Window::Specification(specification))
}

fn frame(cursor: &mut Cursor<'_>) -> Result<Option<WindowFrame>> {
    let units = match cursor.eat_any(&["ROWS", "RANGE"]) {
        Some("ROWS") => FrameUnits::Rows,
        Some(_) => FrameUnits::Range,
        None => return Ok(None),
    };
    let (start, end) = if cursor.eat("BETWEEN") {
        let start = frame_bound(cursor)?;
        cursor.expect("AND")?;
        (start, frame_bound(cursor)?)
    } else {
        (frame_bound(cursor)?, FrameBound::CurrentRow)
    };
    Ok(Some(WindowFrame { units, start, end }))
}

fn frame_bound(cursor: &mut Cursor<'_>) -> Result<FrameBound> {
    if cursor.eat("UNBOUNDED PRECEDING") {
        return Ok(FrameBound::UnboundedPreceding);
    }
    if cursor.eat("UNBOUNDED FOLLOWING") {
        return Ok(FrameBound::UnboundedFollowing);
    }
    if cursor.eat("CURRENT ROW") {
        return Ok(FrameBound::CurrentRow);
    }
    // `AND` of the frame is not part of a bound.
    let distance = Box::new(super::expression::value_expression(cursor)?);
    match cursor.eat_any(&["PRECEDING", "FOLLOWING"]) {
        Some("PRECEDING") => Ok(FrameBound::Preceding(distance)),
        Some(_) => Ok(FrameBound::Following(distance)),
        None => Err(cursor.unexpected()),
    }
}
