//! `hash` and `xxhash64`: one hash of all arguments, chained.
//!
//! The hash of one argument is the seed of the next; NULL leaves it as it is. -0.0 hashes as 0.0, and every NaN as one.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, Int32Array, Int64Array};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType, IntervalUnit,
    IntervalYearMonthType, Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
};
use sql::DataType;

use super::{murmur3, xxhash64};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel, MANY};
use crate::typed::Typed;
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "hash",
        Group::Hash,
        (1, MANY),
        "hash(expr1, expr2, ...) - Returns a hash of the arguments, an INT (Murmur3).",
        |call| hashed(call, DataType::Integer),
        Kernel::Scalar(|arguments| {
            let hashes = run::<murmur3::Murmur3>(arguments, 42)?;
            Ok(Arc::new(Int32Array::from_iter_values(
                hashes.into_iter().map(|hash| hash as i32),
            )))
        }),
    ),
    Function::scalar(
        "xxhash64",
        Group::Hash,
        (1, MANY),
        "xxhash64(expr1, expr2, ...) - Returns a hash of the arguments, a BIGINT (xxHash64).",
        |call| hashed(call, DataType::Long),
        Kernel::Scalar(|arguments| {
            let hashes = run::<xxhash64::XxHash64>(arguments, 42)?;
            Ok(Arc::new(Int64Array::from_iter_values(
                hashes.into_iter().map(|hash| hash as i64),
            )))
        }),
    ),
];

/// A hash of words and bytes.
pub(super) trait RowHash: 'static {
    /// What a hash is, and a seed.
    type Hash: Copy;

    fn int(value: i32, seed: Self::Hash) -> Self::Hash;
    fn long(value: i64, seed: Self::Hash) -> Self::Hash;
    fn bytes(value: &[u8], seed: Self::Hash) -> Self::Hash;
}

fn has_map(data_type: &DataType) -> bool {
    match data_type {
        DataType::Map(..) => true,
        DataType::Array(element) => has_map(element),
        DataType::Struct(fields) => fields.iter().any(|field| has_map(&field.data_type)),
        _ => false,
    }
}

fn hashed(call: Call<'_>, data_type: DataType) -> Result<Typed> {
    if call
        .arguments
        .iter()
        .any(|argument| has_map(&argument.data_type))
    {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.HASH_MAP_TYPE",
            format!(
                "Input to the function `{}` cannot contain elements of the \"MAP\" type. In Spark, same maps may have \
                 different hashcode, thus hash expressions are prohibited on \"MAP\" elements. To restore previous behavior \
                 set \"spark.sql.legacy.allowHashOnMapType\" to \"true\".",
                call.function.name
            ),
        ));
    }
    call.invoke_nullable(data_type, false)
}

fn run<H: RowHash>(arguments: &Arguments<'_>, seed: H::Hash) -> Result<Vec<H::Hash>> {
    let mut hashes = vec![seed; arguments.rows];
    for index in 0..arguments.len() {
        let column = arguments.array(index)?;
        let hash = hasher::<H>(&column)?;
        for (row, so_far) in hashes.iter_mut().enumerate() {
            *so_far = hash(row, *so_far);
        }
    }
    Ok(hashes)
}

/// The hash of each value that `xxhash64` gives.
pub(in crate::family) fn xxhash64_of(array: &ArrayRef) -> Result<Vec<u64>> {
    let hash = hasher::<xxhash64::XxHash64>(array)?;
    Ok((0..array.len()).map(|row| hash(row, 42)).collect())
}

/// Gives the hash so far with the value of a row mixed in.
type Hasher<'a, H> = Box<dyn Fn(usize, <H as RowHash>::Hash) -> <H as RowHash>::Hash + 'a>;

fn hasher<H: RowHash>(array: &ArrayRef) -> Result<Hasher<'_, H>> {
    let a = array.as_ref();
    Ok(match a.data_type() {
        ArrowType::Null => Box::new(|_, hash| hash),
        ArrowType::Boolean => {
            let values = a.as_boolean();
            valid::<H>(a, move |row, hash| {
                H::int(i32::from(values.value(row)), hash)
            })
        }
        ArrowType::Int8 => number::<H, Int8Type>(a, |value, hash| H::int(value.into(), hash)),
        ArrowType::Int16 => number::<H, Int16Type>(a, |value, hash| H::int(value.into(), hash)),
        ArrowType::Int32 => number::<H, Int32Type>(a, H::int),
        ArrowType::Date32 => number::<H, Date32Type>(a, H::int),
        ArrowType::Interval(IntervalUnit::YearMonth) => {
            number::<H, IntervalYearMonthType>(a, H::int)
        }
        ArrowType::Int64 => number::<H, Int64Type>(a, H::long),
        ArrowType::Timestamp(TimeUnit::Microsecond, _) => {
            number::<H, TimestampMicrosecondType>(a, H::long)
        }
        ArrowType::Duration(TimeUnit::Microsecond) => {
            number::<H, DurationMicrosecondType>(a, H::long)
        }
        // Spark keeps a time of day in nanoseconds.
        ArrowType::Time64(TimeUnit::Microsecond) => {
            number::<H, Time64MicrosecondType>(a, |value, hash| {
                H::long(value.wrapping_mul(1000), hash)
            })
        }
        ArrowType::Interval(IntervalUnit::MonthDayNano) => {
            number::<H, IntervalMonthDayNanoType>(a, |value, hash| {
                let hash = H::long(value.nanoseconds / 1000, hash);
                H::int(value.months, H::int(value.days, hash))
            })
        }
        ArrowType::Float32 => number::<H, Float32Type>(a, |value, hash| {
            let bits = match value {
                _ if value == 0.0 => 0,
                _ if value.is_nan() => 0x7fc0_0000,
                _ => value.to_bits() as i32,
            };
            H::int(bits, hash)
        }),
        ArrowType::Float64 => number::<H, Float64Type>(a, |value, hash| {
            let bits = match value {
                _ if value == 0.0 => 0,
                _ if value.is_nan() => 0x7ff8_0000_0000_0000,
                _ => value.to_bits() as i64,
            };
            H::long(bits, hash)
        }),
        ArrowType::Decimal128(precision, _) if *precision <= 18 => {
            number::<H, Decimal128Type>(a, |value, hash| H::long(value as i64, hash))
        }
        ArrowType::Decimal128(..) => number::<H, Decimal128Type>(a, |value, hash| {
            H::bytes(without_sign_bytes(&value.to_be_bytes()), hash)
        }),
        ArrowType::Utf8 => {
            let values = a.as_string::<i32>();
            valid::<H>(a, move |row, hash| {
                H::bytes(values.value(row).as_bytes(), hash)
            })
        }
        ArrowType::Binary => {
            let values = a.as_binary::<i32>();
            valid::<H>(a, move |row, hash| H::bytes(values.value(row), hash))
        }
        ArrowType::Struct(_) => {
            let fields = a.as_struct().columns().iter().map(hasher::<H>);
            let fields: Vec<Hasher<'_, H>> = fields.collect::<Result<_>>()?;
            valid::<H>(a, move |row, hash| {
                fields.iter().fold(hash, |hash, field| field(row, hash))
            })
        }
        ArrowType::List(_) => {
            let lists = a.as_list::<i32>();
            let element = hasher::<H>(lists.values())?;
            let offsets = lists.value_offsets();
            valid::<H>(a, move |row, hash| {
                (offsets[row] as usize..offsets[row + 1] as usize)
                    .fold(hash, |hash, at| element(at, hash))
            })
        }
        ArrowType::Map(..) => {
            let maps = a.as_map();
            let (key, value) = (hasher::<H>(maps.keys())?, hasher::<H>(maps.values())?);
            let offsets = maps.value_offsets();
            valid::<H>(a, move |row, hash| {
                (offsets[row] as usize..offsets[row + 1] as usize)
                    .fold(hash, |hash, at| value(at, key(at, hash)))
            })
        }
        other => return Err(Error::internal(format!("the hash of {other}"))),
    })
}

/// Skips rows that are NULL.
fn valid<'a, H: RowHash>(
    array: &'a dyn Array,
    hash: impl Fn(usize, H::Hash) -> H::Hash + 'a,
) -> Hasher<'a, H> {
    match array.nulls() {
        Some(nulls) if nulls.null_count() > 0 => Box::new(move |row, so_far| {
            if nulls.is_valid(row) {
                hash(row, so_far)
            } else {
                so_far
            }
        }),
        _ => Box::new(hash),
    }
}

fn number<H: RowHash, T: ArrowPrimitiveType>(
    array: &dyn Array,
    hash: fn(T::Native, H::Hash) -> H::Hash,
) -> Hasher<'_, H> {
    let values = array.as_primitive::<T>().values();
    valid::<H>(array, move |row, so_far| hash(values[row], so_far))
}

/// Java's `BigInteger.toByteArray`: no byte more than the sign needs.
fn without_sign_bytes(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let [first, second, ..] = rest {
        let is_sign = (*first == 0 && *second < 0x80) || (*first == 0xff && *second >= 0x80);
        if !is_sign {
            break;
        }
        rest = &rest[1..];
    }
    rest
}
