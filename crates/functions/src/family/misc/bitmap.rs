//! Positions in the bitmaps that `bitmap_construct_agg` makes: each has 32,768 bits.

use std::sync::Arc;

use arrow::array::Int64Array;
use arrow::datatypes::Int64Type;
use sql::DataType;

use crate::columns::map;
use crate::family::hash::digest::binary;
use crate::function::{Function, Group, Kernel};
use crate::types::LONG;

const BITS: i64 = 32_768;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "bitmap_bit_position",
        Group::Misc,
        (1, 1),
        "bitmap_bit_position(child) - Returns the position of the bit that stands for a BIGINT in its bitmap.",
        |call| call.accept(&[LONG])?.invoke(DataType::Long),
        Kernel::Scalar(|arguments| {
            Ok(Arc::new(map::<Int64Type, Int64Type>(
                arguments,
                |value| match value {
                    1.. => (value - 1) % BITS,
                    _ => value.wrapping_neg() % BITS,
                },
            )?))
        }),
    ),
    Function::scalar(
        "bitmap_bucket_number",
        Group::Misc,
        (1, 1),
        "bitmap_bucket_number(child) - Returns the number of the bitmap that a BIGINT belongs to.",
        |call| call.accept(&[LONG])?.invoke(DataType::Long),
        Kernel::Scalar(|arguments| {
            Ok(Arc::new(map::<Int64Type, Int64Type>(
                arguments,
                |value| match value {
                    1.. => 1 + (value - 1) / BITS,
                    _ => value / BITS,
                },
            )?))
        }),
    ),
    Function::scalar(
        "bitmap_count",
        Group::Misc,
        (1, 1),
        "bitmap_count(child) - Returns the number of bits that are set in a bitmap.",
        |call| {
            if *call.type_of(0) != DataType::Binary {
                return Err(call.unexpected_type(0, "\"BINARY\""));
            }
            call.invoke(DataType::Long)
        },
        Kernel::Scalar(|arguments| {
            let bitmaps = binary(arguments, 0)?;
            let counts = bitmaps.iter().map(|bitmap| {
                bitmap.map(|bytes| {
                    bytes
                        .iter()
                        .map(|byte| i64::from(byte.count_ones()))
                        .sum::<i64>()
                })
            });
            Ok(Arc::new(counts.collect::<Int64Array>()))
        }),
    ),
];
