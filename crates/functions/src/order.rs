//! Spark's order of values: which of two is less, for every type that can be sorted.
//!
//! NaN equals itself and is greater than every other number; -0.0 equals 0.0. Inside arrays and structs NULL equals NULL
//! and is less than every value. Text is compared by its bytes, bytes without sign, arrays and structs from the front.

use std::cmp::Ordering;

use arrow::array::{Array, ArrowPrimitiveType, AsArray};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalUnit, IntervalYearMonthType,
    Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
};

use crate::error::{Error, Result};

/// Compares row `i` of one array with row `j` of another.
pub(crate) type Comparator<'a> = Box<dyn Fn(usize, usize) -> Ordering + 'a>;

/// The comparison of rows of two arrays of one type. At the top NULL is less than every value too: callers that need
/// another rule look at the NULLs themselves.
///
/// # Errors
/// If values of the type cannot be sorted.
pub(crate) fn comparator<'a>(a: &'a dyn Array, b: &'a dyn Array) -> Result<Comparator<'a>> {
    let compare = values(a, b)?;
    let (a_nulls, b_nulls) = (a.nulls(), b.nulls());
    if a_nulls.is_none() && b_nulls.is_none() {
        return Ok(compare);
    }
    Ok(Box::new(move |i, j| {
        let a_valid = a_nulls.is_none_or(|nulls| nulls.is_valid(i));
        let b_valid = b_nulls.is_none_or(|nulls| nulls.is_valid(j));
        match (a_valid, b_valid) {
            (true, true) => compare(i, j),
            (a_valid, b_valid) => a_valid.cmp(&b_valid),
        }
    }))
}

/// The order of two doubles.
pub(crate) fn compare_doubles(a: f64, b: f64) -> Ordering {
    match a.partial_cmp(&b) {
        Some(order) => order,
        None => a.is_nan().cmp(&b.is_nan()),
    }
}

/// The order of two floats.
pub(crate) fn compare_floats(a: f32, b: f32) -> Ordering {
    match a.partial_cmp(&b) {
        Some(order) => order,
        None => a.is_nan().cmp(&b.is_nan()),
    }
}

fn values<'a>(a: &'a dyn Array, b: &'a dyn Array) -> Result<Comparator<'a>> {
    Ok(match a.data_type() {
        ArrowType::Null => Box::new(|_, _| Ordering::Equal),
        ArrowType::Boolean => {
            let (a, b) = (a.as_boolean(), b.as_boolean());
            Box::new(|i, j| a.value(i).cmp(&b.value(j)))
        }
        ArrowType::Int8 => primitive::<Int8Type>(a, b, Ord::cmp),
        ArrowType::Int16 => primitive::<Int16Type>(a, b, Ord::cmp),
        ArrowType::Int32 => primitive::<Int32Type>(a, b, Ord::cmp),
        ArrowType::Int64 => primitive::<Int64Type>(a, b, Ord::cmp),
        ArrowType::Float32 => primitive::<Float32Type>(a, b, |a, b| compare_floats(*a, *b)),
        ArrowType::Float64 => primitive::<Float64Type>(a, b, |a, b| compare_doubles(*a, *b)),
        ArrowType::Decimal128(..) => primitive::<Decimal128Type>(a, b, Ord::cmp),
        ArrowType::Date32 => primitive::<Date32Type>(a, b, Ord::cmp),
        ArrowType::Timestamp(TimeUnit::Microsecond, _) => {
            primitive::<TimestampMicrosecondType>(a, b, Ord::cmp)
        }
        ArrowType::Time64(TimeUnit::Microsecond) => {
            primitive::<Time64MicrosecondType>(a, b, Ord::cmp)
        }
        ArrowType::Duration(TimeUnit::Microsecond) => {
            primitive::<DurationMicrosecondType>(a, b, Ord::cmp)
        }
        ArrowType::Interval(IntervalUnit::YearMonth) => {
            primitive::<IntervalYearMonthType>(a, b, Ord::cmp)
        }
        ArrowType::Utf8 => {
            let (a, b) = (a.as_string::<i32>(), b.as_string::<i32>());
            Box::new(|i, j| a.value(i).as_bytes().cmp(b.value(j).as_bytes()))
        }
        ArrowType::Binary => {
            let (a, b) = (a.as_binary::<i32>(), b.as_binary::<i32>());
            Box::new(|i, j| a.value(i).cmp(b.value(j)))
        }
        ArrowType::List(_) => {
            let (a, b) = (a.as_list::<i32>(), b.as_list::<i32>());
            let element = comparator(a.values().as_ref(), b.values().as_ref())?;
            let (a, b) = (a.value_offsets(), b.value_offsets());
            Box::new(move |i, j| {
                let of_a = a[i] as usize..a[i + 1] as usize;
                let of_b = b[j] as usize..b[j + 1] as usize;
                let lengths = of_a.len().cmp(&of_b.len());
                let orders = of_a.zip(of_b).map(|(i, j)| element(i, j));
                first_difference(orders).unwrap_or(lengths)
            })
        }
        ArrowType::Struct(_) => {
            let (a, b) = (a.as_struct(), b.as_struct());
            let columns = a.columns().iter().zip(b.columns());
            let columns: Vec<Comparator<'_>> = columns
                .map(|(a, b)| comparator(a.as_ref(), b.as_ref()))
                .collect::<Result<_>>()?;
            Box::new(move |i, j| {
                let orders = columns.iter().map(|column| column(i, j));
                first_difference(orders).unwrap_or(Ordering::Equal)
            })
        }
        other => return Err(Error::internal(format!("values of {other} have no order"))),
    })
}

fn first_difference(mut orders: impl Iterator<Item = Ordering>) -> Option<Ordering> {
    orders.find(|order| *order != Ordering::Equal)
}

fn primitive<'a, T: ArrowPrimitiveType>(
    a: &'a dyn Array,
    b: &'a dyn Array,
    compare: fn(&T::Native, &T::Native) -> Ordering,
) -> Comparator<'a> {
    let (a, b) = (
        a.as_primitive::<T>().values(),
        b.as_primitive::<T>().values(),
    );
    Box::new(move |i, j| compare(&a[i], &b[j]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_the_greatest_and_zeros_are_equal() {
        assert_eq!(compare_doubles(f64::NAN, -f64::NAN), Ordering::Equal);
        assert_eq!(compare_doubles(f64::INFINITY, -f64::NAN), Ordering::Less);
        assert_eq!(compare_floats(-0.0, 0.0), Ordering::Equal);
    }
}
