//! Functions of bits.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowNativeType, DataType as ArrowType, Int8Type, Int16Type, Int32Type, Int64Type,
};
use sql::DataType;

use crate::call::Call;
use crate::coerce::wider_type;
use crate::columns::{column, map, zip};
use crate::error::{Error, Result};
use crate::family::arithmetic::{different_types, promote_strings};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{Accepts, BOOLEAN, INT, LONG, is_integral, is_numeric};
use crate::udf::Arguments;

/// `INT` or `BIGINT`.
const INT_OR_LONG: Accepts = Accepts::OneOf(&[INT, LONG]);

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "&",
        Group::Bitwise,
        (2, 2),
        "expr1 & expr2 - Returns the bits that are set in both.",
        combine,
        Kernel::Scalar(|arguments| run(arguments, |a, b| a & b)),
    ),
    Function::scalar(
        "|",
        Group::Bitwise,
        (2, 2),
        "expr1 | expr2 - Returns the bits that are set in one of both.",
        combine,
        Kernel::Scalar(|arguments| run(arguments, |a, b| a | b)),
    ),
    Function::scalar(
        "^",
        Group::Bitwise,
        (2, 2),
        "expr1 ^ expr2 - Returns the bits that are set in just one of both.",
        combine,
        Kernel::Scalar(|arguments| run(arguments, |a, b| a ^ b)),
    ),
    Function::scalar(
        "~",
        Group::Bitwise,
        (1, 1),
        "~ expr - Returns the bits that are not set.",
        |call| {
            if !is_integral(call.type_of(0)) && *call.type_of(0) != DataType::Void {
                return Err(call.unexpected_type(0, "\"INTEGRAL\""));
            }
            let call = call.accept(&[Accepts::Integral])?;
            let data_type = call.type_of(0).clone();
            call.invoke(data_type)
        },
        Kernel::Scalar(|arguments| {
            Ok(match arguments.data_type(0) {
                ArrowType::Int8 => Arc::new(map::<Int8Type, Int8Type>(arguments, |a| !a)?),
                ArrowType::Int16 => Arc::new(map::<Int16Type, Int16Type>(arguments, |a| !a)?),
                ArrowType::Int32 => Arc::new(map::<Int32Type, Int32Type>(arguments, |a| !a)?),
                _ => Arc::new(map::<Int64Type, Int64Type>(arguments, |a| !a)?),
            })
        }),
    ),
    shift(
        "shiftleft",
        "shiftleft(base, expr) - Returns `base` with its bits moved to the left.",
        shift_left,
    ),
    shift(
        "<<",
        "base << expr - Returns `base` with its bits moved to the left.",
        shift_left,
    ),
    shift(
        "shiftright",
        "shiftright(base, expr) - Returns `base` with its bits moved to the right; the sign stays.",
        shift_right,
    ),
    shift(
        ">>",
        "base >> expr - Returns `base` with its bits moved to the right; the sign stays.",
        shift_right,
    ),
    shift(
        "shiftrightunsigned",
        "shiftrightunsigned(base, expr) - Returns `base` with its bits moved to the right, and zeros on the left.",
        shift_unsigned,
    ),
    shift(
        ">>>",
        "base >>> expr - Returns `base` with its bits moved to the right, and zeros on the left.",
        shift_unsigned,
    ),
    Function::scalar(
        "bit_count",
        Group::Bitwise,
        (1, 1),
        "bit_count(expr) - Returns the number of bits that are set in a BIGINT, or in a BOOLEAN.",
        |call| {
            call.accept(&[Accepts::OneOf(&[Accepts::Integral, BOOLEAN])])?
                .invoke(DataType::Integer)
        },
        Kernel::Scalar(bit_count),
    ),
    Function::scalar(
        "bit_get",
        Group::Bitwise,
        (2, 2),
        "bit_get(expr, pos) - Returns the bit at `pos`; the lowest has position 0.",
        |call| {
            call.accept(&[Accepts::Integral, INT])?
                .invoke(DataType::Byte)
        },
        Kernel::Scalar(|arguments| bit_get(arguments, "bit_get")),
    ),
    Function::scalar(
        "getbit",
        Group::Bitwise,
        (2, 2),
        "getbit(expr, pos) - Returns the bit at `pos`; the lowest has position 0.",
        |call| {
            call.accept(&[Accepts::Integral, INT])?
                .invoke(DataType::Byte)
        },
        Kernel::Scalar(|arguments| bit_get(arguments, "getbit")),
    ),
];

const fn shift(
    name: &'static str,
    usage: &'static str,
    kernel: fn(&Arguments<'_>) -> Result<ArrayRef>,
) -> Function {
    Function::scalar(
        name,
        Group::Bitwise,
        (2, 2),
        usage,
        |mut call| {
            let base = call.type_of(0);
            if is_numeric(base) && !is_integral(base) {
                call.cast_argument(0, &DataType::Integer)?;
            }
            let call = call.accept(&[INT_OR_LONG, INT])?;
            let data_type = call.type_of(0).clone();
            call.invoke(data_type)
        },
        Kernel::Scalar(kernel),
    )
}

fn combine(mut call: Call<'_>) -> Result<Typed> {
    promote_strings(&mut call)?;
    let common = match wider_type(call.type_of(0), call.type_of(1), call.settings.ansi) {
        Some(DataType::Void) => DataType::Integer,
        Some(common) => common,
        None => return Err(different_types(&call)),
    };
    if !is_integral(&common) {
        if call.type_of(0) != call.type_of(1) {
            return Err(different_types(&call));
        }
        let message = format!(
            "the binary operator requires the input type \"INTEGRAL\", not \"{}\".",
            common.sql()
        );
        return Err(call.mismatch("DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE", message));
    }
    call.cast_argument(0, &common)?;
    call.cast_argument(1, &common)?;
    call.invoke(common)
}

fn run(arguments: &Arguments<'_>, of: fn(i64, i64) -> i64) -> Result<ArrayRef> {
    fn each<T: ArrowPrimitiveType>(
        arguments: &Arguments<'_>,
        wide: fn(T::Native) -> i64,
        narrow: fn(i64) -> T::Native,
        of: fn(i64, i64) -> i64,
    ) -> Result<ArrayRef> {
        Ok(Arc::new(zip::<T, T>(arguments, |a, b| {
            narrow(of(wide(a), wide(b)))
        })?))
    }
    match arguments.data_type(0) {
        ArrowType::Int8 => each::<Int8Type>(arguments, i64::from, |a| a as i8, of),
        ArrowType::Int16 => each::<Int16Type>(arguments, i64::from, |a| a as i16, of),
        ArrowType::Int32 => each::<Int32Type>(arguments, i64::from, |a| a as i32, of),
        _ => each::<Int64Type>(arguments, |a| a, |a| a, of),
    }
}

fn run_shift(
    arguments: &Arguments<'_>,
    of_int: fn(i32, u32) -> i32,
    of_long: fn(i64, u32) -> i64,
) -> Result<ArrayRef> {
    fn each<T: ArrowPrimitiveType>(
        arguments: &Arguments<'_>,
        of: fn(T::Native, u32) -> T::Native,
    ) -> Result<ArrayRef> {
        let base = column::<T>(arguments, 0)?;
        let by = column::<Int32Type>(arguments, 1)?;
        let result: PrimitiveArray<T> =
            arrow::compute::binary(&base, &by, |base, by| of(base, by as u32))?;
        Ok(Arc::new(result))
    }
    match arguments.data_type(0) {
        ArrowType::Int32 => each::<Int32Type>(arguments, of_int),
        _ => each::<Int64Type>(arguments, of_long),
    }
}

fn shift_left(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    run_shift(
        arguments,
        |a, n| a.wrapping_shl(n),
        |a, n| a.wrapping_shl(n),
    )
}

fn shift_right(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    run_shift(
        arguments,
        |a, n| a.wrapping_shr(n),
        |a, n| a.wrapping_shr(n),
    )
}

fn shift_unsigned(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    run_shift(
        arguments,
        |a, n| (a as u32).wrapping_shr(n) as i32,
        |a, n| (a as u64).wrapping_shr(n) as i64,
    )
}

fn bit_count(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let ones = |value: i64| value.count_ones() as i32;
    Ok(match arguments.data_type(0) {
        ArrowType::Boolean => {
            let values = arguments.array(0)?;
            let values = values.as_boolean().iter().map(|value| value.map(i32::from));
            Arc::new(values.collect::<PrimitiveArray<Int32Type>>())
        }
        ArrowType::Int8 => Arc::new(map::<Int8Type, Int32Type>(arguments, |v| ones(v.into()))?),
        ArrowType::Int16 => Arc::new(map::<Int16Type, Int32Type>(arguments, |v| ones(v.into()))?),
        ArrowType::Int32 => Arc::new(map::<Int32Type, Int32Type>(arguments, |v| ones(v.into()))?),
        _ => Arc::new(map::<Int64Type, Int32Type>(arguments, ones)?),
    })
}

fn bit_get(arguments: &Arguments<'_>, function: &str) -> Result<ArrayRef> {
    fn each<T: ArrowPrimitiveType<Native: Into<i64>>>(
        arguments: &Arguments<'_>,
        function: &str,
    ) -> Result<ArrayRef> {
        let bits = 8 * T::Native::get_byte_width() as i32;
        let values = column::<T>(arguments, 0)?;
        let positions = column::<Int32Type>(arguments, 1)?;
        let result: Result<PrimitiveArray<Int8Type>> = values
            .iter()
            .zip(&positions)
            .map(|pair| match pair {
                (Some(value), Some(position)) if (0..bits).contains(&position) => {
                    let value: i64 = value.into();
                    Ok(Some((value >> position & 1) as i8))
                }
                (Some(_), Some(position)) => Err(Error::data(
                    "INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE",
                    format!(
                        "The value of parameter(s) `pos` in `{function}` is invalid: expects an integer value in [0, \
                         {bits}), but got {position}."
                    ),
                )),
                _ => Ok(None),
            })
            .collect();
        Ok(Arc::new(result?))
    }
    match arguments.data_type(0) {
        ArrowType::Int8 => each::<Int8Type>(arguments, function),
        ArrowType::Int16 => each::<Int16Type>(arguments, function),
        ArrowType::Int32 => each::<Int32Type>(arguments, function),
        _ => each::<Int64Type>(arguments, function),
    }
}
