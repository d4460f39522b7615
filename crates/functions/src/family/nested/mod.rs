//! Arrays, maps and structs: making them, their parts, functions with lambdas, and generators.
//!
//! Kernels are written for every type of element: they move ranges and positions, and compare through `crate::order` or `keys`.

mod access;
mod edit;
mod generators;
mod keys;
mod lambda_arrays;
mod lambda_maps;
mod lists;
mod make;
mod maps;
mod sequence;
mod sets;
mod shuffle;
mod sort;

use sql::DataType;

use crate::call::Call;
use crate::coerce::{integral_decimal, tightest_common_type, wider_type};
use crate::error::Result;
use crate::function::Function;
use crate::types::{array, is_integral, is_numeric};

/// The functions of all modules here.
pub(super) const FUNCTIONS: &[&[Function]] = &[
    access::FUNCTIONS,
    edit::FUNCTIONS,
    generators::FUNCTIONS,
    lambda_arrays::FUNCTIONS,
    lambda_maps::FUNCTIONS,
    make::FUNCTIONS,
    maps::FUNCTIONS,
    sequence::FUNCTIONS,
    sets::FUNCTIONS,
    shuffle::FUNCTIONS,
    sort::FUNCTIONS,
];

/// The type of the elements of an argument that must be an array or NULL.
fn element_type(call: &mut Call<'_>, index: usize) -> Result<DataType> {
    if *call.type_of(index) == DataType::Void {
        call.cast_argument(index, &array(DataType::Void))?;
    }
    strict_element_type(call, index)
}

/// The type of the elements of an argument that must be an array. Spark does not take NULL everywhere.
fn strict_element_type(call: &Call<'_>, index: usize) -> Result<DataType> {
    match call.type_of(index) {
        DataType::Array(element) => Ok((**element).clone()),
        _ => Err(call.unexpected_type(index, "\"ARRAY\"")),
    }
}

/// The types of keys and values of an argument that must be a map or NULL.
fn map_types(call: &mut Call<'_>, index: usize) -> Result<(DataType, DataType)> {
    if *call.type_of(index) == DataType::Void {
        call.cast_argument(index, &maps::map_type(DataType::Void, DataType::Void))?;
    }
    strict_map_types(call, index)
}

/// The types of keys and values of an argument that must be a map.
fn strict_map_types(call: &Call<'_>, index: usize) -> Result<(DataType, DataType)> {
    match call.type_of(index) {
        DataType::Map(key, value) => Ok(((**key).clone(), (**value).clone())),
        _ => Err(call.unexpected_type(index, "\"MAP\"")),
    }
}

/// Casts an array and a value to one type of element, and gives it.
///
/// # Errors
/// `DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES`.
fn array_and_value(
    call: &mut Call<'_>,
    list: usize,
    value: usize,
    common: Common,
) -> Result<DataType> {
    let common = match call.type_of(list) {
        DataType::Array(element) => common(element, call.type_of(value)),
        _ => None,
    };
    let Some(common) = common else {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES",
            format!(
                "Input to `{}` should have been \"ARRAY\" followed by a value with same element type, but it's [\"{}\", \"{}\"].",
                call.function.name,
                call.type_of(list).sql(),
                call.type_of(value).sql()
            ),
        ));
    };
    call.cast_argument(list, &array(common.clone()))?;
    call.cast_argument(value, &common)?;
    Ok(common)
}

/// A rule for the type that two types become.
type Common = fn(&DataType, &DataType) -> Option<DataType>;

/// As [`common_element`], but numbers also become decimals (Spark: `findWiderTypeWithoutStringPromotionForTwo`).
fn wider_element(a: &DataType, b: &DataType) -> Option<DataType> {
    let numbers = is_numeric(a) && is_numeric(b);
    common_element(a, b).or_else(|| numbers.then(|| wider_type(a, b, true)).flatten())
}

/// The type that elements of both types become. It is `TypeCoercion.findTightestCommonType` even in ANSI mode: a `FLOAT`
/// takes in every whole number.
fn common_element(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType as T;
    match (a, b) {
        (decimal @ T::Decimal(precision, scale), integral)
        | (integral, decimal @ T::Decimal(precision, scale))
            if is_integral(integral) =>
        {
            let (digits, _) = integral_decimal(integral)?;
            let whole = i32::from(*precision) - i32::from(*scale);
            (whole >= i32::from(digits)).then(|| decimal.clone())
        }
        (T::Array(a), T::Array(b)) => Some(array(common_element(a, b)?)),
        _ => tightest_common_type(a, b, false),
    }
}

/// The error for arguments that are NULL without a type.
fn null_type(call: &Call<'_>) -> crate::error::Error {
    call.mismatch(
        "DATATYPE_MISMATCH.NULL_TYPE",
        format!(
            "Null typed values cannot be used as arguments of `{}`.",
            call.function.name
        ),
    )
}

/// Takes an argument that is already of a type, or NULL: there is no implicit cast.
fn exact(call: &mut Call<'_>, index: usize, wanted: &DataType) -> Result<()> {
    let given = call.type_of(index);
    let is_string = crate::types::is_string;
    let fits = given == wanted || (is_string(given) && is_string(wanted));
    if !fits && *given != DataType::Void {
        return Err(call.unexpected_type(index, &format!("\"{}\"", wanted.sql())));
    }
    call.cast_argument(index, wanted)
}

/// Takes a position: `TINYINT`, `SMALLINT` or `INT`, as `INT`.
fn position(call: &mut Call<'_>, index: usize) -> Result<()> {
    match call.type_of(index) {
        DataType::Byte | DataType::Short | DataType::Integer => {
            call.cast_argument(index, &DataType::Integer)
        }
        _ => Err(call.unexpected_type(index, "\"INT\"")),
    }
}

#[cfg(test)]
mod tests;
