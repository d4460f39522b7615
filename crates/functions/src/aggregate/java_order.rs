//! The order in which Spark's hash tables give their values.
//!
//! `collect_set` and `mode` show this order. It follows from Java's hash codes, so it is the same in every run.

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Float32Type, Float64Type, Int32Type, Int64Type};

use crate::family::hash::{hash_code_of_text, spread};

/// Hash codes of values; none for types whose codes are not known here.
#[derive(Debug)]
pub(crate) enum Codes {
    Ints(Int32Array),
    Longs(Int64Array),
    Other(Vec<i32>),
}

impl Codes {
    /// The codes of the values of an array.
    pub(crate) fn of(array: &ArrayRef) -> Option<Codes> {
        Some(match array.data_type() {
            ArrowType::Int8 | ArrowType::Int16 | ArrowType::Int32 | ArrowType::Date32 => {
                let whole = cast(array, &ArrowType::Int32).ok()?;
                Codes::Ints(whole.as_primitive::<Int32Type>().clone())
            }
            ArrowType::Int64 | ArrowType::Timestamp(..) => {
                let whole = cast(array, &ArrowType::Int64).ok()?;
                Codes::Longs(whole.as_primitive::<Int64Type>().clone())
            }
            ArrowType::Boolean => {
                let codes = array.as_boolean().values().iter();
                Codes::Other(codes.map(|value| if value { 1231 } else { 1237 }).collect())
            }
            ArrowType::Float32 => {
                let values = array.as_primitive::<Float32Type>().values().iter();
                Codes::Other(values.map(|value| (value + 0.0).to_bits() as i32).collect())
            }
            ArrowType::Float64 => {
                let values = array.as_primitive::<Float64Type>().values().iter();
                let bits = values.map(|value| (value + 0.0).to_bits() as i64);
                Codes::Other(bits.map(folded).collect())
            }
            ArrowType::Utf8 => {
                let texts = array.as_string::<i32>();
                let code = |row| hash_code_of_text(texts.value(row).as_bytes());
                Codes::Other((0..texts.len()).map(code).collect())
            }
            _ => return None,
        })
    }

    /// The place of a value in a set of `count` values (Scala's `HashSet`): sets are in the order of these.
    pub(crate) fn place_in_set(&self, row: usize, count: usize) -> (usize, i32) {
        // A table of a power of two, less than three quarters full.
        let mut capacity = 16_usize;
        while (count + 1) * 4 > capacity * 3 {
            capacity *= 2;
        }
        let code = match self {
            Codes::Ints(values) => values.value(row),
            Codes::Longs(values) => {
                let value = values.value(row);
                i32::try_from(value).unwrap_or_else(|_| folded(value))
            }
            Codes::Other(codes) => codes[row],
        };
        let mixed = code ^ (code as u32 >> 16) as i32;
        (mixed as u32 as usize & (capacity - 1), mixed)
    }

    /// Sorts distinct values as Spark's `OpenHashMap` keeps them, if it got them in this order.
    pub(crate) fn sort_as_map(&self, rows: &mut [usize]) {
        let mut capacity = 64_usize;
        while rows.len() * 10 > capacity * 7 {
            capacity *= 2;
        }
        let mut table = vec![None; capacity];
        for row in rows.iter() {
            let code = match self {
                Codes::Ints(values) => values.value(*row),
                Codes::Longs(values) => folded(values.value(*row)),
                Codes::Other(codes) => codes[*row],
            };
            let mut place = spread(code) as usize & (capacity - 1);
            let mut step = 1;
            while table[place].is_some() {
                place = (place + step) & (capacity - 1);
                step += 1;
            }
            table[place] = Some(*row);
        }
        for (slot, row) in rows.iter_mut().zip(table.into_iter().flatten()) {
            *slot = row;
        }
    }
}

/// Java's `Long.hashCode`.
fn folded(value: i64) -> i32 {
    (value ^ (value as u64 >> 32) as i64) as i32
}
