//! Functions that call a lambda for the entries of maps.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::{concat, take};
use sql::DataType;

use super::keys::keys as key_bytes;
use super::lambda_arrays::{booleans, must_be_boolean};
use super::lists::{Elements, Lists, entries, list_of, offset, retype, take_lists, union};
use super::maps::{check_key, map_of, map_type};
use super::strict_map_types;
use crate::call::Call;
use crate::coerce::wider_type;
use crate::error::Result;
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::is_string;
use crate::udf::LambdaArguments;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "map_filter",
        Group::Lambda,
        (2, 2),
        "map_filter(expr, func) - Returns the map of the entries for which `func` is true.",
        |mut call| {
            let (key, value) = entry_lambda(&mut call)?;
            must_be_boolean(&mut call, 1)?;
            let nullable = call.arguments[0].nullable;
            call.invoke_higher_order(map_type(key, value), nullable)
        },
        Kernel::HigherOrder(filter),
    ),
    Function::scalar(
        "transform_keys",
        Group::Lambda,
        (2, 2),
        "transform_keys(expr, func) - Returns the map with the keys that `func` gives for each entry.",
        |mut call| {
            let (_, value) = entry_lambda(&mut call)?;
            let key = call.type_of(1).clone();
            check_key(&call, &key)?;
            let nullable = call.arguments[0].nullable;
            call.invoke_higher_order(map_type(key, value), nullable)
        },
        Kernel::HigherOrder(|arguments| {
            let maps = Lists::new(&arguments.array(0)?)?;
            let elements = maps.elements()?;
            let [_, values] = columns(&elements);
            let keys = evaluate(arguments, &elements)?;
            map_of(
                keys,
                values,
                elements.offsets,
                maps.nulls(),
                arguments.return_type,
            )
        }),
    ),
    Function::scalar(
        "transform_values",
        Group::Lambda,
        (2, 2),
        "transform_values(expr, func) - Returns the map with the values that `func` gives for each entry.",
        |mut call| {
            let (key, _) = entry_lambda(&mut call)?;
            let value = call.type_of(1).clone();
            let nullable = call.arguments[0].nullable;
            call.invoke_higher_order(map_type(key, value), nullable)
        },
        Kernel::HigherOrder(|arguments| {
            let maps = Lists::new(&arguments.array(0)?)?;
            let elements = maps.elements()?;
            let [keys, _] = columns(&elements);
            let values = evaluate(arguments, &elements)?;
            let entries = entries(keys, values, arguments.return_type)?;
            list_of(
                entries,
                elements.offsets,
                maps.nulls(),
                arguments.return_type,
            )
        }),
    ),
    Function::scalar(
        "map_zip_with",
        Group::Lambda,
        (3, 3),
        "map_zip_with(map1, map2, function) - Returns the map of what `function` gives for each key and its values in both maps; NULL for a map without the key.",
        map_zip_with,
        Kernel::HigherOrder(zip),
    ),
];

/// Resolves a lambda of a key and its value.
fn entry_lambda(call: &mut Call<'_>) -> Result<(DataType, DataType)> {
    let (key, value) = strict_map_types(call, 0)?;
    call.lambda(1, &[(key.clone(), false), (value.clone(), true)])?;
    Ok((key, value))
}

/// The keys and the values of entries.
fn columns(elements: &Elements) -> [ArrayRef; 2] {
    let entries = elements.values.as_struct();
    [Arc::clone(entries.column(0)), Arc::clone(entries.column(1))]
}

/// What the lambda gives for all entries.
fn evaluate(arguments: &LambdaArguments<'_>, elements: &Elements) -> Result<ArrayRef> {
    arguments.evaluate(1, &columns(elements), &elements.rows)
}

fn filter(arguments: &LambdaArguments<'_>) -> Result<ArrayRef> {
    let maps = Lists::new(&arguments.array(0)?)?;
    let elements = maps.elements()?;
    let kept = booleans(&evaluate(arguments, &elements)?)?;
    let mut indices = Vec::with_capacity(elements.values.len());
    let mut offsets = Vec::with_capacity(maps.rows() + 1);
    offsets.push(0);
    for bounds in elements.offsets.windows(2) {
        let range = bounds[0] as usize..bounds[1] as usize;
        let range = range.filter(|at| kept.is_valid(*at) && kept.value(*at));
        indices.extend(range.map(|at| at as u32));
        offsets.push(offset(indices.len())?);
    }
    take_lists(
        &elements.values,
        indices,
        offsets,
        maps.nulls(),
        arguments.return_type,
    )
}

fn map_zip_with(mut call: Call<'_>) -> Result<Typed> {
    let (left_key, left) = strict_map_types(&call, 0)?;
    let (right_key, right) = strict_map_types(&call, 1)?;
    // Text is no number here.
    let common = match is_string(&left_key) == is_string(&right_key) {
        true => wider_type(&left_key, &right_key, call.settings.ansi),
        false => None,
    };
    let Some(key) = common else {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.MAP_ZIP_WITH_DIFF_TYPES",
            format!(
                "Input to the `map_zip_with` should have been two maps with compatible key types, but it's [\"{}\", \"{}\"].",
                call.type_of(0).sql(),
                call.type_of(1).sql()
            ),
        ));
    };
    call.cast_argument(0, &map_type(key.clone(), left.clone()))?;
    call.cast_argument(1, &map_type(key.clone(), right.clone()))?;
    call.lambda(2, &[(key.clone(), false), (left, true), (right, true)])?;
    let value = call.type_of(2).clone();
    let nullable = call.arguments[0].nullable || call.arguments[1].nullable;
    call.invoke_higher_order(map_type(key, value), nullable)
}

/// The keys of the first map, then those that only the second map has.
fn zip(arguments: &LambdaArguments<'_>) -> Result<ArrayRef> {
    let left = Lists::new(&arguments.array(0)?)?;
    let right = Lists::new(&arguments.array(1)?)?;
    let nulls = union([left.nulls(), right.nulls()]);
    let left_keys = left.keys();
    let right_keys = retype(&right.keys(), left_keys.data_type())?;
    let bytes = key_bytes(&[&left_keys, &right_keys])?;
    let second = left_keys.len();
    let (mut of_key, mut of_left, mut of_right) = (Vec::new(), Vec::new(), Vec::new());
    let mut rows = Vec::new();
    let mut offsets = Vec::with_capacity(arguments.rows + 1);
    offsets.push(0);
    let mut places = HashMap::new();
    for row in 0..arguments.rows {
        if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
            places.clear();
            for at in left.range(row) {
                places.insert(bytes[0].row(at), of_key.len());
                of_key.push(at as u32);
                of_left.push(Some(at as u32));
                of_right.push(None);
            }
            for at in right.range(row) {
                if let Some(place) = places.get(&bytes[1].row(at)) {
                    of_right[*place] = Some(at as u32);
                } else {
                    of_key.push((second + at) as u32);
                    of_left.push(None);
                    of_right.push(Some(at as u32));
                }
            }
            rows.resize(of_key.len(), row as u32);
        }
        offsets.push(offset(of_key.len())?);
    }
    let keys = concat(&[&*left_keys, &*right_keys])?;
    let keys = take(&keys, &UInt32Array::from(of_key), None)?;
    let parameters = [
        Arc::clone(&keys),
        take(&left.map_values(), &UInt32Array::from(of_left), None)?,
        take(&right.map_values(), &UInt32Array::from(of_right), None)?,
    ];
    let values = arguments.evaluate(2, &parameters, &UInt32Array::from(rows))?;
    let entries = entries(keys, values, arguments.return_type)?;
    list_of(entries, offsets, nulls, arguments.return_type)
}
