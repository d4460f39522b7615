//! `window`, `session_window` and `window_time`: the time windows that a row falls into.
//!
//! A row may fall into several windows, so the engine puts an operator in the place of `window`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, StructArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType as ArrowType, TimestampMicrosecondType};
use sql::DataType;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{Accepts, TIMESTAMP, TIMESTAMP_NTZ, field, is_string};
use crate::udf::Arguments;

/// The text or the interval of a duration.
const DURATION: Accepts = Accepts::Any;

pub(super) const FUNCTIONS: &[Function] = &[WINDOW, SESSION_WINDOW, WINDOW_TIME];

const WINDOW: Function = Function::scalar(
    "window",
    Group::Date,
    (2, 4),
    "window(time_column, window_duration[, slide_duration[, start_time]]) - Returns the time windows that a row falls into.",
    |call| {
        let time = Accepts::OneOf(&[TIMESTAMP, TIMESTAMP_NTZ]);
        let call = call.accept(&[time, DURATION])?;
        let bound = call.type_of(0).clone();
        let fields = vec![
            field("start", bound.clone(), true),
            field("end", bound, true),
        ];
        Ok(call
            .invoke_nullable(DataType::Struct(fields), false)?
            .named("window"))
    },
    Kernel::Scalar(|_| {
        Err(Error::internal(
            "window() was not replaced before the plan ran",
        ))
    }),
);

const SESSION_WINDOW: Function = Function::scalar(
    "session_window",
    Group::Date,
    (2, 2),
    "session_window(time_column, gap_duration) - Returns the time window of a session: it ends when no row came for the \
     gap. `GROUP BY` merges the windows of a session.",
    session_window,
    Kernel::Scalar(|arguments| {
        let ArrowType::Struct(fields) = arguments.return_type else {
            return Err(Error::internal("a window is a struct"));
        };
        let bounds = vec![arguments.array(0)?, arguments.array(1)?];
        Ok(Arc::new(StructArray::try_new(
            fields.clone(),
            bounds,
            None,
        )?))
    }),
);

/// A call of the time and of the end of the row's own window.
fn session_window(mut call: Call<'_>) -> Result<Typed> {
    call.accept_one(0, Accepts::OneOf(&[TIMESTAMP, TIMESTAMP_NTZ]))?;
    if is_string(call.type_of(1)) {
        call.cast_argument(1, &DataType::CalendarInterval)?;
    }
    if *call.type_of(1) != DataType::CalendarInterval {
        return Err(Error::analysis(
            "_LEGACY_ERROR_TEMP_1040",
            format!(
                "Gap duration expression used in session window must be CalendarIntervalType, but got {}.",
                call.type_of(1).sql()
            ),
        ));
    }
    let bound = call.type_of(0).clone();
    let end = call.call("+", call.arguments.clone())?;
    call.arguments[1] = end;
    let fields = vec![
        field("start", bound.clone(), true),
        field("end", bound, true),
    ];
    Ok(call
        .invoke_nullable(DataType::Struct(fields), false)?
        .named("session_window"))
}

const WINDOW_TIME: Function = Function::scalar(
    "window_time",
    Group::Date,
    (1, 1),
    "window_time(window_column) - Returns the last microsecond of a time window.",
    |call| {
        let bound = match call.type_of(0) {
            DataType::Struct(fields) => fields.iter().find(|field| field.name == "end"),
            _ => return Err(call.unexpected_type(0, "\"STRUCT\"")),
        };
        let bound = bound.map(|field| field.data_type.clone());
        match bound {
            Some(end @ (DataType::Timestamp | DataType::TimestampNtz)) => call.invoke(end),
            _ => Err(Error::analysis(
                "_LEGACY_ERROR_TEMP_3101",
                "The input is not a correct window column.",
            )),
        }
    },
    Kernel::Scalar(last_microsecond),
);

fn last_microsecond(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let windows = arguments.array(0)?;
    let windows = windows.as_struct();
    let Some(ends) = windows.column_by_name("end") else {
        return Err(Error::internal("a window without end"));
    };
    let ends = ends.as_primitive::<TimestampMicrosecondType>();
    let last = ends.unary::<_, TimestampMicrosecondType>(|end| end.wrapping_sub(1));
    let nulls = NullBuffer::union(last.nulls(), windows.nulls());
    let last = PrimitiveArray::<TimestampMicrosecondType>::new(last.values().clone(), nulls);
    Ok(Arc::new(last.with_data_type(arguments.return_type.clone())))
}
