//! Spark's row hash, from which a key's state partition follows.
//!
//! `hash(c1, c2, …)` in Spark is Murmur3 (x86, 32 bit), seeded with 42 and chained: the hash of one
//! column is the seed of the next. A null leaves the hash as it is. It is not quite the Murmur3 of the
//! books: the up to three bytes after the last whole word of a string are each mixed in as a word of
//! their own, sign-extended.
//!
//! Holds: equal to `SELECT hash(…)` of Spark 4.3 for every type named at [`row_hashes`]. Negative zero
//! hashes as zero and every NaN as one NaN, so keys that SQL calls equal share a partition.

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Decimal128Array, Float32Array,
    Float64Array, PrimitiveArray, StringArray, StructArray,
};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, DurationMicrosecondType, Int8Type, Int16Type,
    Int32Type, Int64Type, IntervalUnit, IntervalYearMonthType, TimeUnit, TimestampMicrosecondType,
};

use crate::error::StateError;

/// The seed Spark's `HashPartitioning` starts from.
pub const SEED: u32 = 42;

/// Hashes each row of `columns` as Spark's `hash(…)` does.
///
/// Known types: null, boolean, 8 to 64 bit integers, float, double, decimal (128 bit), string and
/// binary in each of Arrow's layouts, date (days), timestamps and durations in microseconds,
/// year-month intervals, struct, list, map.
///
/// Fails with [`StateError::UnsupportedType`] for any other type.
///
/// # Panics
/// When the columns differ in length.
pub fn row_hashes(columns: &[ArrayRef]) -> Result<Vec<i32>, StateError> {
    let rows = columns.first().map_or(0, |c| c.len());
    let mut hashes = vec![SEED; rows];
    for column in columns {
        assert_eq!(column.len(), rows, "key columns differ in length");
        let hash = hasher(column.as_ref())?;
        for (row, h) in hashes.iter_mut().enumerate() {
            *h = hash(row, *h);
        }
    }
    Ok(hashes.into_iter().map(|h| h as i32).collect())
}

/// The state partition of a row with this hash among `partitions`, as Spark's `pmod` gives it.
pub fn partition_of(hash: i32, partitions: u32) -> u32 {
    i64::from(hash).rem_euclid(i64::from(partitions)) as u32
}

/// The state partition of each row of `columns`: `pmod(hash(columns), partitions)`.
///
/// Fails as [`row_hashes`] does.
pub fn row_partitions(columns: &[ArrayRef], partitions: u32) -> Result<Vec<u32>, StateError> {
    let hashes = row_hashes(columns)?;
    Ok(hashes
        .into_iter()
        .map(|h| partition_of(h, partitions))
        .collect())
}

/// Whether [`row_hashes`] knows this type.
pub fn is_hashable(data_type: &DataType) -> bool {
    hasher(arrow::array::new_empty_array(data_type).as_ref()).is_ok()
}

/// Takes a row number and the hash so far, gives the hash with this column's value mixed in.
type Hasher<'a> = Box<dyn Fn(usize, u32) -> u32 + 'a>;

fn hasher(array: &dyn Array) -> Result<Hasher<'_>, StateError> {
    Ok(match array.data_type() {
        DataType::Null => Box::new(|_, h| h),
        DataType::Boolean => {
            let a: &BooleanArray = array.as_boolean();
            valid(a, move |i, h| hash_int(i32::from(a.value(i)), h))
        }
        DataType::Int8 => ints::<Int8Type>(array),
        DataType::Int16 => ints::<Int16Type>(array),
        DataType::Int32 => ints::<Int32Type>(array),
        DataType::Date32 => ints::<Date32Type>(array),
        DataType::Interval(IntervalUnit::YearMonth) => ints::<IntervalYearMonthType>(array),
        DataType::Int64 => longs::<Int64Type>(array),
        DataType::Timestamp(TimeUnit::Microsecond, _) => longs::<TimestampMicrosecondType>(array),
        DataType::Duration(TimeUnit::Microsecond) => longs::<DurationMicrosecondType>(array),
        DataType::Float32 => {
            let a: &Float32Array = array.as_primitive();
            valid(a, move |i, h| hash_int(float_bits(a.value(i)), h))
        }
        DataType::Float64 => {
            let a: &Float64Array = array.as_primitive();
            valid(a, move |i, h| hash_long(double_bits(a.value(i)), h))
        }
        DataType::Decimal128(precision, _) => {
            let a: &Decimal128Array = array.as_primitive();
            if *precision <= 18 {
                valid(a, move |i, h| hash_long(a.value(i) as i64, h))
            } else {
                valid(a, move |i, h| {
                    let bytes = a.value(i).to_be_bytes();
                    hash_bytes(minimal_two_complement(&bytes), h)
                })
            }
        }
        DataType::Utf8 => {
            let a: &StringArray = array.as_string();
            valid(a, move |i, h| hash_bytes(a.value(i).as_bytes(), h))
        }
        DataType::LargeUtf8 => {
            let a = array.as_string::<i64>();
            valid(a, move |i, h| hash_bytes(a.value(i).as_bytes(), h))
        }
        DataType::Utf8View => {
            let a = array.as_string_view();
            valid(a, move |i, h| hash_bytes(a.value(i).as_bytes(), h))
        }
        DataType::Binary => {
            let a: &BinaryArray = array.as_binary();
            valid(a, move |i, h| hash_bytes(a.value(i), h))
        }
        DataType::LargeBinary => {
            let a = array.as_binary::<i64>();
            valid(a, move |i, h| hash_bytes(a.value(i), h))
        }
        DataType::BinaryView => {
            let a = array.as_binary_view();
            valid(a, move |i, h| hash_bytes(a.value(i), h))
        }
        DataType::FixedSizeBinary(_) => {
            let a = array.as_fixed_size_binary();
            valid(a, move |i, h| hash_bytes(a.value(i), h))
        }
        DataType::Struct(_) => {
            let a: &StructArray = array.as_struct();
            let fields: Vec<Hasher> = a
                .columns()
                .iter()
                .map(|c| hasher(c.as_ref()))
                .collect::<Result<_, _>>()?;
            valid(a, move |i, h| fields.iter().fold(h, |h, field| field(i, h)))
        }
        DataType::List(_) => {
            let a = array.as_list::<i32>();
            let element = hasher(a.values().as_ref())?;
            let offsets = a.offsets();
            valid(a, move |i, h| {
                (offsets[i] as usize..offsets[i + 1] as usize).fold(h, |h, j| element(j, h))
            })
        }
        DataType::LargeList(_) => {
            let a = array.as_list::<i64>();
            let element = hasher(a.values().as_ref())?;
            let offsets = a.offsets();
            valid(a, move |i, h| {
                (offsets[i] as usize..offsets[i + 1] as usize).fold(h, |h, j| element(j, h))
            })
        }
        DataType::Map(_, _) => {
            let a = array.as_map();
            let key = hasher(a.keys().as_ref())?;
            let value = hasher(a.values().as_ref())?;
            let offsets = a.offsets();
            valid(a, move |i, h| {
                (offsets[i] as usize..offsets[i + 1] as usize).fold(h, |h, j| value(j, key(j, h)))
            })
        }
        other => {
            return Err(StateError::UnsupportedType {
                data_type: other.clone(),
            });
        }
    })
}

/// Skips nulls, and does not ask where there are none.
fn valid<'a>(array: &'a dyn Array, hash: impl Fn(usize, u32) -> u32 + 'a) -> Hasher<'a> {
    match array.nulls() {
        Some(nulls) if nulls.null_count() > 0 => {
            Box::new(move |i, h| if nulls.is_valid(i) { hash(i, h) } else { h })
        }
        _ => Box::new(hash),
    }
}

fn ints<T: ArrowPrimitiveType<Native: Into<i32>>>(array: &dyn Array) -> Hasher<'_> {
    let a: &PrimitiveArray<T> = array.as_primitive();
    valid(a, move |i, h| hash_int(a.value(i).into(), h))
}

fn longs<T: ArrowPrimitiveType<Native = i64>>(array: &dyn Array) -> Hasher<'_> {
    let a: &PrimitiveArray<T> = array.as_primitive();
    valid(a, move |i, h| hash_long(a.value(i), h))
}

fn float_bits(v: f32) -> i32 {
    match v {
        _ if v == 0.0 => 0,
        _ if v.is_nan() => 0x7fc0_0000,
        _ => v.to_bits() as i32,
    }
}

fn double_bits(v: f64) -> i64 {
    match v {
        _ if v == 0.0 => 0,
        _ if v.is_nan() => 0x7ff8_0000_0000_0000,
        _ => v.to_bits() as i64,
    }
}

/// Java's `BigInteger.toByteArray`: big-endian, no byte more than the sign needs.
fn minimal_two_complement(bytes: &[u8]) -> &[u8] {
    let mut start = 0;
    while start + 1 < bytes.len() {
        let redundant_zero = bytes[start] == 0 && bytes[start + 1] < 0x80;
        let redundant_one = bytes[start] == 0xff && bytes[start + 1] >= 0x80;
        if !(redundant_zero || redundant_one) {
            break;
        }
        start += 1;
    }
    &bytes[start..]
}

fn hash_int(value: i32, seed: u32) -> u32 {
    finish(mix(seed, value as u32), 4)
}

fn hash_long(value: i64, seed: u32) -> u32 {
    let h = mix(seed, value as u32);
    finish(mix(h, (value >> 32) as u32), 8)
}

fn hash_bytes(bytes: &[u8], seed: u32) -> u32 {
    let mut h = seed;
    let (words, tail) = bytes.as_chunks::<4>();
    for word in words {
        h = mix(h, u32::from_le_bytes(*word));
    }
    for byte in tail {
        h = mix(h, i32::from(*byte as i8) as u32);
    }
    finish(h, bytes.len() as u32)
}

fn mix(h: u32, word: u32) -> u32 {
    let k = word
        .wrapping_mul(0xcc9e_2d51)
        .rotate_left(15)
        .wrapping_mul(0x1b87_3593);
    (h ^ k)
        .rotate_left(13)
        .wrapping_mul(5)
        .wrapping_add(0xe654_6b64)
}

fn finish(h: u32, len: u32) -> u32 {
    let mut h = h ^ len;
    h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}
