//! Kernels over columns of numbers: a function of each row's values, with or without results that need a second look.

use arrow::array::{Array, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::buffer::NullBuffer;
use datafusion_expr::ColumnarValue;

use crate::error::{Error, Result};
use crate::udf::Arguments;

/// What a flagged row gives: an error, NULL or a value. It gets the operands and the value that was computed.
pub(crate) struct Flagged<F>(pub(crate) F);

/// An operand: a column, or one value.
enum Operand<T: ArrowPrimitiveType> {
    Column(PrimitiveArray<T>),
    Constant(Option<T::Native>),
}

fn operand<T: ArrowPrimitiveType>(arguments: &Arguments<'_>, index: usize) -> Result<Operand<T>> {
    let wrong = |found: &dyn std::fmt::Display| {
        Error::internal(format!("argument {index} is {found}, not {}", T::DATA_TYPE))
    };
    match &arguments.values[index] {
        ColumnarValue::Array(array) => match array.as_primitive_opt::<T>() {
            Some(column) => Ok(Operand::Column(column.clone())),
            None => Err(wrong(array.data_type())),
        },
        ColumnarValue::Scalar(value) => {
            let array = value.to_array()?;
            match array.as_primitive_opt::<T>() {
                Some(one) => Ok(Operand::Constant(one.is_valid(0).then(|| one.value(0)))),
                None => Err(wrong(array.data_type())),
            }
        }
    }
}

/// A column of numbers.
///
/// # Errors
/// If the argument has another type.
pub(crate) fn column<T: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    index: usize,
) -> Result<PrimitiveArray<T>> {
    let array = arguments.array(index)?;
    match array.as_primitive_opt::<T>() {
        Some(column) => Ok(column.clone()),
        None => Err(Error::internal(format!(
            "argument {index} is {}, not {}",
            array.data_type(),
            T::DATA_TYPE
        ))),
    }
}

/// A result for each row of two operands. `of` is called for rows that are NULL too, with any value, and must not panic.
///
/// # Errors
/// If an operand has another type.
pub(crate) fn zip<A: ArrowPrimitiveType, R: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    of: impl Fn(A::Native, A::Native) -> R::Native,
) -> Result<PrimitiveArray<R>> {
    zip_flagged::<A, R>(
        arguments,
        |a, b| (of(a, b), false),
        Flagged(|_, _, value| Ok(Some(value))),
    )
}

/// [`zip`] whose `of` flags rows that need a second look; rows that are NULL get none.
///
/// # Errors
/// The error of the first flagged row that has one.
pub(crate) fn zip_flagged<A: ArrowPrimitiveType, R: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    of: impl Fn(A::Native, A::Native) -> (R::Native, bool),
    flagged: Flagged<impl Fn(A::Native, A::Native, R::Native) -> Result<Option<R::Native>>>,
) -> Result<PrimitiveArray<R>> {
    let rows = arguments.rows;
    let of = &of;
    let null = || Ok(PrimitiveArray::<R>::new_null(rows));
    match (operand::<A>(arguments, 0)?, operand::<A>(arguments, 1)?) {
        (Operand::Constant(None), _) | (_, Operand::Constant(None)) => null(),
        (Operand::Column(a), Operand::Column(b)) => {
            let nulls = NullBuffer::union(a.nulls(), b.nulls());
            let (a, b) = (a.values(), b.values());
            let values = a.iter().zip(b.iter()).map(|(a, b)| of(*a, *b));
            finish(values, nulls, |row, value| {
                (flagged.0)(a[row], b[row], value)
            })
        }
        (Operand::Column(a), Operand::Constant(Some(b))) => {
            let values = a.values().iter().map(|a| of(*a, b));
            finish(values, a.nulls().cloned(), |row, value| {
                (flagged.0)(a.value(row), b, value)
            })
        }
        (Operand::Constant(Some(a)), Operand::Column(b)) => {
            let values = b.values().iter().map(|b| of(a, *b));
            finish(values, b.nulls().cloned(), |row, value| {
                (flagged.0)(a, b.value(row), value)
            })
        }
        (Operand::Constant(Some(a)), Operand::Constant(Some(b))) => {
            let values = std::iter::repeat_with(|| of(a, b)).take(rows);
            finish(values, None, |_, value| (flagged.0)(a, b, value))
        }
    }
}

/// A result for each row of one operand.
///
/// # Errors
/// If the operand has another type.
pub(crate) fn map<A: ArrowPrimitiveType, R: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    of: impl Fn(A::Native) -> R::Native,
) -> Result<PrimitiveArray<R>> {
    map_flagged::<A, R>(
        arguments,
        |a| (of(a), false),
        Flagged(|_, value| Ok(Some(value))),
    )
}

/// [`map`] whose `of` flags rows that need a second look; rows that are NULL get none.
///
/// # Errors
/// The error of the first flagged row that has one.
pub(crate) fn map_flagged<A: ArrowPrimitiveType, R: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    of: impl Fn(A::Native) -> (R::Native, bool),
    flagged: Flagged<impl Fn(A::Native, R::Native) -> Result<Option<R::Native>>>,
) -> Result<PrimitiveArray<R>> {
    let a = column::<A>(arguments, 0)?;
    let values = a.values().iter().map(|a| of(*a));
    finish(values, a.nulls().cloned(), |row, value| {
        (flagged.0)(a.value(row), value)
    })
}

/// The results of rows. They are computed in one loop without branches; once more, row by row, if any is flagged.
fn finish<R: ArrowPrimitiveType>(
    results: impl Iterator<Item = (R::Native, bool)> + Clone,
    nulls: Option<NullBuffer>,
    flagged: impl Fn(usize, R::Native) -> Result<Option<R::Native>>,
) -> Result<PrimitiveArray<R>> {
    let mut any = false;
    let again = results.clone();
    let values: Vec<R::Native> = results
        .map(|(value, flag)| {
            any |= flag;
            value
        })
        .collect();
    if !any {
        return Ok(PrimitiveArray::new(values.into(), nulls));
    }
    let checked = again.enumerate().map(|(row, (value, flag))| {
        match nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
            true if flag => flagged(row, value),
            true => Ok(Some(value)),
            false => Ok(None),
        }
    });
    checked.collect()
}
