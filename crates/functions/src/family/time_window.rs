//! `window` and `window_time`: the time windows that a row falls into.
//!
//! A row may fall into several windows, so the engine puts an operator in the place of `window`.

use sql::DataType;

use crate::error::Error;
use crate::function::{Function, Group, Kernel};
use crate::types::{Accepts, TIMESTAMP, TIMESTAMP_NTZ, field};

/// The text or the interval of a duration.
const DURATION: Accepts = Accepts::Any;

pub(super) const FUNCTIONS: &[Function] = &[Function::scalar(
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
)];
