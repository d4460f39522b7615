//! Windows: what follows `OVER`.

use datafusion_common::ScalarValue;
use datafusion_common::tree_node::TreeNode;
use datafusion_expr::{Expr, WindowFrame, WindowFrameBound, WindowFrameUnits};
use functions::{Typed, cast};
use sql::{
    DataType, FrameBound, FrameUnits, SortDirection, SortOrder, Window, WindowSpecification,
};

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::expression::fold;
use crate::scope::Scope;
use crate::select::lateral::check_window;

/// A key of a sort, resolved.
pub(crate) struct SortKey {
    /// The value.
    pub value: Typed,
    /// The sort.
    pub sort: datafusion_expr::expr::Sort,
    /// The text that Spark shows.
    pub name: String,
}

impl Analyser {
    /// A key of a sort.
    pub(crate) fn sort_key(&self, order: &SortOrder, scope: &Scope<'_>) -> Result<SortKey> {
        let value = self.resolve(&order.child, scope)?;
        self.sorted_by(order, value)
    }

    /// The key of a sort by a value.
    ///
    /// # Errors
    /// `DATATYPE_MISMATCH.INVALID_ORDERING_TYPE`.
    pub(crate) fn sorted_by(&self, order: &SortOrder, value: Typed) -> Result<SortKey> {
        let ascending = order.direction == SortDirection::Ascending;
        let name = format!(
            "{} {} NULLS {}",
            value.name,
            if ascending { "ASC" } else { "DESC" },
            if order.nulls_first { "FIRST" } else { "LAST" }
        );
        if !values::types::is_orderable(&value.data_type) {
            let error = Error::analysis(
                "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                format!(
                    "Cannot resolve \"{name}\" due to data type mismatch: The `sortorder` does not support ordering on type \
                     \"{}\".",
                    value.data_type.sql()
                ),
            );
            return Err(error.at(Some(&self.place(order.child.span))));
        }
        Ok(SortKey {
            sort: value.expr.clone().sort(ascending, order.nulls_first),
            value,
            name,
        })
    }

    /// A window function or an aggregate over a window.
    pub(crate) fn over(&self, typed: Typed, window: &Window, scope: &Scope<'_>) -> Result<Typed> {
        let specification = self.specification(window, scope, 0)?;
        let mut partition_by = Vec::new();
        let mut clauses = Vec::new();
        for key in &specification.partition_by {
            let key = self.resolve(key, scope)?;
            clauses.push(key.name);
            partition_by.push(key.expr);
        }
        let mut shown = Vec::new();
        if !clauses.is_empty() {
            shown.push(format!("PARTITION BY {}", clauses.join(", ")));
        }
        let keys = specification
            .order_by
            .iter()
            .map(|order| self.sort_key(order, scope));
        let keys = keys.collect::<Result<Vec<SortKey>>>()?;
        if !keys.is_empty() {
            let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
            shown.push(format!("ORDER BY {}", names.join(", ")));
        }
        let is_distinct = typed.expr.exists(|expr| {
            Ok(matches!(expr, Expr::AggregateFunction(call) if call.params.distinct))
        })?;
        if is_distinct {
            return Err(Error::analysis(
                "DISTINCT_WINDOW_FUNCTION_UNSUPPORTED",
                format!(
                    "Distinct window functions are not supported: \"{}\".",
                    typed.name
                ),
            ));
        }
        let own_frame = functions::own_frame(&typed);
        if own_frame.is_some() && keys.is_empty() {
            return Err(Error::analysis(
                "WINDOW_FUNCTION_FRAME_NOT_ORDERED",
                format!(
                    "Window function {} requires the window to be ordered. You need to add an ORDER BY clause. For example: SELECT \
                     {} OVER (PARTITION BY window_partition ORDER BY window_ordering) FROM table.",
                    typed.name, typed.name
                ),
            ));
        }
        let whole = || {
            WindowFrame::new_bounds(
                WindowFrameUnits::Rows,
                WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
                WindowFrameBound::Following(ScalarValue::UInt64(None)),
            )
        };
        let (frame, frame_text) = match (own_frame, &specification.frame) {
            (Some(text), None) => (whole(), text),
            (None, Some(frame)) => self.frame(frame, &keys)?,
            (Some(text), Some(frame)) => {
                let (_, given) = self.frame(frame, &keys)?;
                if given != text {
                    return Err(other_frame(&typed, &text, &given));
                }
                (whole(), text)
            }
            (None, None) if keys.is_empty() => (
                whole(),
                "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING".to_owned(),
            ),
            (None, None) => (
                WindowFrame::new_bounds(
                    WindowFrameUnits::Range,
                    WindowFrameBound::Preceding(ScalarValue::Null),
                    WindowFrameBound::CurrentRow,
                ),
                "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW".to_owned(),
            ),
        };
        shown.push(frame_text);
        let order_by: Vec<_> = keys.into_iter().map(|key| key.sort).collect();
        let name = format!("{} OVER ({})", typed.name, shown.join(" "));
        let window = functions::over(typed, &partition_by, &order_by, &frame)?.named(name);
        // What follows `SELECT` sees values, not aliases.
        if !scope.prefers_aliases {
            check_window(&window)?;
        }
        Ok(window)
    }

    /// The specification of a window; names are followed.
    fn specification(
        &self,
        window: &Window,
        scope: &Scope<'_>,
        depth: usize,
    ) -> Result<WindowSpecification> {
        let name = match window {
            Window::Specification(specification) => return Ok(specification.clone()),
            Window::Named(name) => name,
        };
        match scope.environment.window(name) {
            Some(found) if depth < 100 => self.specification(&found.window, scope, depth + 1),
            _ => Err(Error::analysis(
                "MISSING_WINDOW_SPECIFICATION",
                format!("Window specification is not defined in the WINDOW clause for {name}."),
            )),
        }
    }

    /// `ROWS` or `RANGE BETWEEN start AND end`.
    fn frame(&self, frame: &sql::WindowFrame, keys: &[SortKey]) -> Result<(WindowFrame, String)> {
        let units = match frame.units {
            FrameUnits::Rows => WindowFrameUnits::Rows,
            FrameUnits::Range => WindowFrameUnits::Range,
        };
        let has_offset = |bound: &FrameBound| {
            matches!(bound, FrameBound::Preceding(_) | FrameBound::Following(_))
        };
        if units == WindowFrameUnits::Range && keys.is_empty() {
            return Err(Error::analysis(
                "DATATYPE_MISMATCH.RANGE_FRAME_WITHOUT_ORDER",
                "Cannot resolve the window due to data type mismatch: A range window frame cannot be used in an unordered window \
                 specification.",
            ));
        }
        if units == WindowFrameUnits::Range
            && (has_offset(&frame.start) || has_offset(&frame.end))
            && keys.len() != 1
        {
            return Err(Error::analysis(
                "DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER",
                "Cannot resolve the window due to data type mismatch: A range window frame with value boundaries cannot be \
                 used in a window specification with multiple order by expressions.",
            ));
        }
        let (start, start_text) = self.bound(&frame.start, units, keys)?;
        let (end, end_text) = self.bound(&frame.end, units, keys)?;
        let word = match frame.units {
            FrameUnits::Rows => "ROWS",
            FrameUnits::Range => "RANGE",
        };
        if frame.start == FrameBound::UnboundedFollowing
            || frame.end == FrameBound::UnboundedPreceding
        {
            return Err(Error::analysis(
                "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_INVALID_BOUND",
                format!(
                    "Cannot resolve \"{word} BETWEEN {start_text} AND {end_text}\" due to data type mismatch: Window frame \
                     upper bound \"{end_text}\" does not follow the lower bound \"{start_text}\"."
                ),
            ));
        }
        if is_after(&start, &end) {
            return Err(Error::analysis(
                "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON",
                format!(
                    "Cannot resolve \"{word} BETWEEN {start_text} AND {end_text}\" due to data type mismatch: The lower bound of a \
                     window frame must be less than or equal to the upper bound."
                ),
            ));
        }
        let frame = match has_no_rows(&start, &end) {
            true => empty_frame(),
            false => WindowFrame::new_bounds(units, start, end),
        };
        Ok((frame, format!("{word} BETWEEN {start_text} AND {end_text}")))
    }

    fn bound(
        &self,
        bound: &FrameBound,
        units: WindowFrameUnits,
        keys: &[SortKey],
    ) -> Result<(WindowFrameBound, String)> {
        let unbounded = match units {
            WindowFrameUnits::Rows => ScalarValue::UInt64(None),
            _ => ScalarValue::Null,
        };
        let (expression, precedes) = match bound {
            FrameBound::UnboundedPreceding => {
                return Ok((
                    WindowFrameBound::Preceding(unbounded),
                    "UNBOUNDED PRECEDING".to_owned(),
                ));
            }
            FrameBound::UnboundedFollowing => {
                return Ok((
                    WindowFrameBound::Following(unbounded),
                    "UNBOUNDED FOLLOWING".to_owned(),
                ));
            }
            FrameBound::CurrentRow => {
                return Ok((WindowFrameBound::CurrentRow, "CURRENT ROW".to_owned()));
            }
            FrameBound::Preceding(expression) => (expression, true),
            FrameBound::Following(expression) => (expression, false),
        };
        let offset = self.constant(expression).map_err(|error| {
            match error.condition().starts_with("UNRESOLVED_COLUMN") {
                true => Error::analysis(
                    "INVALID_SQL_SYNTAX.INVALID_WINDOW_FRAME_BOUND",
                    "Invalid SQL syntax: Frame bound value must be a literal.",
                ),
                false => error,
            }
        })?;
        let name = if precedes {
            format!("{} PRECEDING", offset.name)
        } else {
            format!("{} FOLLOWING", offset.name)
        };
        let value = if units == WindowFrameUnits::Rows {
            if offset.data_type != DataType::Integer {
                return Err(Error::analysis(
                    "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE",
                    format!(
                        "Cannot resolve the window due to data type mismatch: The data type of the bound \"{}\" does not match \
                         the expected data type \"INT\".",
                        offset.data_type.sql()
                    ),
                ));
            }
            match fold(&cast(offset, &DataType::Long, &self.settings, None)?)? {
                ScalarValue::Int64(Some(0)) => return Ok((WindowFrameBound::CurrentRow, name)),
                ScalarValue::Int64(Some(rows)) if rows >= 0 => {
                    ScalarValue::UInt64(Some(rows as u64))
                }
                ScalarValue::Int64(Some(rows)) => {
                    // A negative offset counts in the other direction.
                    let rows = ScalarValue::UInt64(Some(rows.unsigned_abs()));
                    let bound = if precedes {
                        WindowFrameBound::Following(rows)
                    } else {
                        WindowFrameBound::Preceding(rows)
                    };
                    return Ok((bound, name));
                }
                _ => {
                    return Err(Error::analysis(
                        "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE",
                        "Cannot resolve the window due to data type mismatch: the offset of a frame is NULL.",
                    ));
                }
            }
        } else {
            let key = keys
                .first()
                .map(|key| key.value.data_type.clone())
                .unwrap_or(DataType::Long);
            match (&key, fold(&offset)?) {
                (DataType::Date, value) if values::types::is_integral(&offset.data_type) => {
                    match value.cast_to(&arrow::datatypes::DataType::Int32)? {
                        ScalarValue::Int32(Some(days)) => ScalarValue::new_interval_mdn(0, days, 0),
                        other => other,
                    }
                }
                (_, ScalarValue::IntervalYearMonth(Some(months))) => {
                    ScalarValue::new_interval_mdn(months, 0, 0)
                }
                (_, ScalarValue::DurationMicrosecond(Some(micros))) => {
                    ScalarValue::new_interval_mdn(0, 0, micros.saturating_mul(1000))
                }
                (DataType::String | DataType::Boolean | DataType::Binary, _) => {
                    return Err(Error::analysis(
                        "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE",
                        format!(
                            "Cannot resolve the window due to data type mismatch: The data type of the bound \"{}\" does not match \
                             the expected data type.",
                            offset.data_type.sql()
                        ),
                    ));
                }
                (key, _) => fold(&cast(offset, key, &self.settings, None)?)?,
            }
        };
        let bound = if precedes {
            WindowFrameBound::Preceding(value)
        } else {
            WindowFrameBound::Following(value)
        };
        Ok((bound, name))
    }
}

/// A bound: on which side of the current row, and how far from it; none if there is no bound.
fn side(bound: &WindowFrameBound) -> (i8, Option<&ScalarValue>) {
    match bound {
        WindowFrameBound::Preceding(offset) => (-1, Some(offset).filter(|it| !it.is_null())),
        WindowFrameBound::CurrentRow => (0, None),
        WindowFrameBound::Following(offset) => (1, Some(offset).filter(|it| !it.is_null())),
    }
}

/// Whether a frame would end before it begins: both bounds are offsets, and the first is greater.
fn is_after(start: &WindowFrameBound, end: &WindowFrameBound) -> bool {
    let ((start_side, Some(start)), (end_side, Some(end))) = (side(start), side(end)) else {
        return false;
    };
    match start_side == end_side {
        false => start_side > end_side,
        true => {
            let order = start.partial_cmp(end);
            match start_side {
                -1 => order.is_some_and(std::cmp::Ordering::is_lt),
                _ => order.is_some_and(std::cmp::Ordering::is_gt),
            }
        }
    }
}

/// Whether no row is in a frame: it ends before the current row or begins after it, and has its other bound there.
fn has_no_rows(start: &WindowFrameBound, end: &WindowFrameBound) -> bool {
    matches!(
        (side(start), side(end)),
        ((0, None), (-1, Some(_))) | ((1, Some(_)), (0, None))
    )
}

/// A frame without rows. DataFusion refuses to end a frame before it begins; this one begins after the last row.
fn empty_frame() -> WindowFrame {
    let far = || WindowFrameBound::Following(ScalarValue::UInt64(Some(1 << 62)));
    WindowFrame::new_bounds(WindowFrameUnits::Rows, far(), far())
}

/// The error for a frame of a function that has its own.
fn other_frame(typed: &Typed, own: &str, given: &str) -> Error {
    let function = typed.name.split('(').next().unwrap_or_default();
    match function {
        "lag" | "lead" => Error::analysis(
            "_LEGACY_ERROR_TEMP_1035",
            format!("Cannot specify window frame for {function} function."),
        ),
        _ => Error::analysis(
            "_LEGACY_ERROR_TEMP_1036",
            format!("Window Frame {given} must match the required frame {own}."),
        ),
    }
}
