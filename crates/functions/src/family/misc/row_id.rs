//! Values that differ from row to row or from file to file: `uuid`, `monotonically_increasing_id`, `input_file_name`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array, StringArray};
use datafusion_common::ScalarValue;
use sql::DataType;

use super::twister::Twister;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::family::math::random::with_seed;
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::udf::{Arguments, State};

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "uuid",
        Group::Misc,
        (0, 1),
        "uuid([seed]) - Returns a random UUID (version 4) as text.",
        |call| {
            let (call, _) = with_seed(call, 0)?;
            Ok(call
                .invoke_nullable(DataType::String, false)?
                .named("uuid()"))
        },
        Kernel::Stateful(uuid),
    ),
    Function::scalar(
        "monotonically_increasing_id",
        Group::Misc,
        (0, 0),
        "monotonically_increasing_id() - Returns a BIGINT that is greater in each row.",
        |call| call.invoke_nullable(DataType::Long, false),
        Kernel::Stateful(next_id),
    ),
    Function::scalar(
        "spark_partition_id",
        Group::Misc,
        (0, 0),
        "spark_partition_id() - Returns the number of the row's partition.",
        |call| call.invoke_nullable(DataType::Integer, false),
        Kernel::Volatile(|arguments| Ok(Arc::new(Int32Array::from_value(0, arguments.rows)))),
    ),
    Function::scalar(
        "input_file_name",
        Group::Misc,
        (0, 0),
        "input_file_name() - Returns the name of the file that is read, or an empty text if it is unknown.",
        |call| call.invoke_nullable(DataType::String, false),
        Kernel::Volatile(|arguments| {
            let names = std::iter::repeat_n("", arguments.rows);
            Ok(Arc::new(StringArray::from_iter_values(names)))
        }),
    ),
    Function::scalar(
        "input_file_block_start",
        Group::Misc,
        (0, 0),
        "input_file_block_start() - Returns the position of the block that is read, or -1 if it is unknown.",
        unknown_position,
        Kernel::Volatile(|arguments| Ok(Arc::new(Int64Array::from_value(-1, arguments.rows)))),
    ),
    Function::scalar(
        "input_file_block_length",
        Group::Misc,
        (0, 0),
        "input_file_block_length() - Returns the length of the block that is read, or -1 if it is unknown.",
        unknown_position,
        Kernel::Volatile(|arguments| Ok(Arc::new(Int64Array::from_value(-1, arguments.rows)))),
    ),
];

fn unknown_position(call: Call<'_>) -> Result<Typed> {
    call.invoke_nullable(DataType::Long, false)
}

fn wrong_state() -> Error {
    Error::internal("a state of another function")
}

fn uuid(arguments: &Arguments<'_>, state: &mut State) -> Result<ArrayRef> {
    if state.is_none() {
        let Some(ScalarValue::Int64(Some(seed))) = arguments.scalar(0) else {
            return Err(Error::internal("a seed is no constant"));
        };
        *state = Some(Box::new(Twister::new(*seed)));
    }
    let twister = state
        .as_mut()
        .and_then(|state| state.downcast_mut::<Twister>());
    let twister = twister.ok_or_else(wrong_state)?;
    let uuids = (0..arguments.rows).map(|_| {
        let high = (twister.next_long() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000;
        let low = (twister.next_long() | 0x8000_0000_0000_0000) & 0xBFFF_FFFF_FFFF_FFFF;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )
    });
    Ok(Arc::new(StringArray::from_iter_values(uuids)))
}

fn next_id(arguments: &Arguments<'_>, state: &mut State) -> Result<ArrayRef> {
    let state = state.get_or_insert_with(|| Box::new(0_i64));
    let next = state.downcast_mut::<i64>().ok_or_else(wrong_state)?;
    let first = *next;
    *next = first.wrapping_add(arguments.rows as i64);
    Ok(Arc::new(Int64Array::from_iter_values(first..*next)))
}
