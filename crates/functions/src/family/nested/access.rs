//! Parts of arrays and maps, and their sizes.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, StringBuilder, UInt32Array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType as ArrowType, Int64Type};
use datafusion_common::ScalarValue;
use sql::DataType;

use super::lists::{Lists, list_of, retype};
use super::maps::map_type;
use super::{Common, common_element, element_type, exact, position, strict_element_type};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::order::comparator;
use crate::typed::Typed;
use crate::types::{INT, STRING, array, is_atomic, is_integral};
use crate::udf::Arguments;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "element_at",
        Group::Collection,
        (2, 2),
        "element_at(collection, index) - Returns the element of the array at `index`, counted from 1 or from the end; or the value of the key `index` of the map.",
        element_at,
        Kernel::Scalar(|arguments| at_position(arguments, Missing::ElementAt)),
    ),
    Function::scalar(
        "try_element_at",
        Group::Collection,
        (2, 2),
        "try_element_at(collection, index) - As element_at, but NULL for an index outside of the array.",
        element_at,
        Kernel::Scalar(|arguments| at_position(arguments, Missing::Null)),
    ),
    Function::scalar(
        "get",
        Group::Array,
        (2, 2),
        "get(array, index) - Returns the element of the array at `index`, counted from 0; NULL outside of the array.",
        |mut call| {
            let element = strict_element_type(&call, 0)?;
            call.accept_one(1, INT)?;
            call.invoke_nullable(element, true)
        },
        Kernel::Scalar(|arguments| at_index(arguments, false)),
    ),
    Function::scalar(
        "__get_item",
        Group::Collection,
        (2, 2),
        "",
        get_item,
        Kernel::Scalar(|arguments| match arguments.data_type(0) {
            ArrowType::Map(..) => map_value(arguments),
            _ => at_index(arguments, arguments.settings.ansi),
        }),
    ),
    Function::scalar(
        "__array_field",
        Group::Array,
        (2, 2),
        "",
        array_field,
        Kernel::Scalar(field_of_elements),
    ),
    Function::scalar(
        "size",
        Group::Collection,
        (1, 1),
        "size(expr) - Returns how many elements an array or a map has.",
        size,
        Kernel::Scalar(|arguments| sizes(arguments, !arguments.settings.ansi)),
    ),
    Function::scalar(
        "cardinality",
        Group::Collection,
        (1, 1),
        "cardinality(expr) - Returns how many elements an array or a map has.",
        |call| call.replace_by("size"),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "array_size",
        Group::Array,
        (1, 1),
        "array_size(expr) - Returns how many elements an array has.",
        |mut call| {
            element_type(&mut call, 0)?;
            call.invoke(DataType::Integer)
        },
        Kernel::Scalar(|arguments| sizes(arguments, false)),
    ),
    Function::scalar(
        "array_join",
        Group::Array,
        (2, 3),
        "array_join(array, delimiter[, nullReplacement]) - Returns the texts of the array with `delimiter` between them; NULL is left out if it is not replaced.",
        |mut call| {
            let texts = array(DataType::String);
            match call.type_of(0) {
                DataType::Array(element) if is_atomic(element) || **element == DataType::Void => {
                    call.cast_argument(0, &texts)?;
                }
                _ => exact(&mut call, 0, &texts)?,
            }
            for index in 1..call.arguments.len() {
                exact(&mut call, index, &DataType::String)?;
            }
            call.invoke(DataType::String)
        },
        Kernel::Scalar(array_join),
    ),
];

/// What happens where the array has no such element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Null,
    ElementAt,
}

fn element_at(mut call: Call<'_>) -> Result<Typed> {
    if let DataType::Map(_, value) = call.type_of(0).clone() {
        cast_key(&mut call, common_element)?;
        return call.invoke_nullable(*value, true);
    }
    if !matches!(call.type_of(0), DataType::Array(_)) {
        return Err(call.unexpected_type(0, "(\"ARRAY\" or \"MAP\")"));
    }
    let element = strict_element_type(&call, 0)?;
    position(&mut call, 1)?;
    call.invoke_nullable(element, true)
}

/// Casts the second argument, which is a key, and the map to one type of keys.
///
/// # Errors
/// `DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES`.
pub(super) fn cast_key(call: &mut Call<'_>, common: Common) -> Result<()> {
    if let DataType::Map(key, value) = call.type_of(0).clone()
        && let Some(common) = common(&key, call.type_of(1))
    {
        if common != *key {
            call.cast_argument(0, &map_type(common.clone(), *value))?;
        }
        return call.cast_argument(1, &common);
    }
    Err(call.mismatch(
        "DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES",
        format!(
            "Input to `{}` should have been \"MAP\" followed by a value with same key type, but it's [\"{}\", \"{}\"].",
            call.function.name,
            call.type_of(0).sql(),
            call.type_of(1).sql()
        ),
    ))
}

fn get_item(mut call: Call<'_>) -> Result<Typed> {
    let name = format!("{}[{}]", call.arguments[0].name, call.arguments[1].name);
    let result = match call.type_of(0).clone() {
        DataType::Map(key, value) => {
            if *call.type_of(1) != *key {
                let from = call.type_of(1).clone();
                let fits = crate::coerce::wider_type(&from, &key, call.settings.ansi);
                if fits.is_none() {
                    return Err(call.unexpected_type(1, &format!("\"{}\"", key.sql())));
                }
                call.cast_argument(1, &key)?;
            }
            *value
        }
        DataType::Void => return Ok(Typed::null(DataType::Void).named(name)),
        DataType::Array(element) => {
            match call.type_of(1).clone() {
                index if is_integral(&index) => call.cast_argument(1, &DataType::Long)?,
                DataType::Void => call.cast_argument(1, &DataType::Long)?,
                _ => return Err(call.unexpected_type(1, "\"INTEGRAL\"")),
            }
            *element
        }
        other => {
            return Err(Error::analysis(
                "INVALID_EXTRACT_BASE_FIELD_TYPE",
                format!(
                    "Can't extract a value from \"{}\". Need a complex type [STRUCT, ARRAY, MAP] but got \"{}\".",
                    call.arguments[0].name,
                    other.sql()
                ),
            ));
        }
    };
    Ok(call.invoke_nullable(result, true)?.named(name))
}

fn array_field(mut call: Call<'_>) -> Result<Typed> {
    call.accept_one(1, STRING)?;
    let wanted = call.constant_string(1)?.unwrap_or_default();
    let field = match call.type_of(0) {
        DataType::Array(element) => match &**element {
            DataType::Struct(fields) => fields.iter().find(|field| field.name == wanted),
            _ => None,
        },
        _ => None,
    };
    let Some(field) = field else {
        return Err(Error::internal(format!(
            "there is no field {wanted} in the elements"
        )));
    };
    let data_type = array(field.data_type.clone());
    let name = format!("{}.{wanted}", call.arguments[0].name);
    let nullable = call.arguments[0].nullable;
    Ok(call.invoke_nullable(data_type, nullable)?.named(name))
}

/// The field of each struct in each array.
fn field_of_elements(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let lists = arguments.array(0)?;
    let lists = lists.as_list::<i32>();
    let structs = lists.values().as_struct();
    let Some(ScalarValue::Utf8(Some(name))) = arguments.scalar(1) else {
        return Err(Error::internal("the name of a field is no constant"));
    };
    let Some(column) = structs.column_by_name(name) else {
        return Err(Error::internal(format!("there is no field {name}")));
    };
    let nulls = NullBuffer::union(structs.nulls(), column.nulls());
    let values = if *column.data_type() == ArrowType::Null {
        Arc::clone(column)
    } else {
        arrow::array::make_array(column.to_data().into_builder().nulls(nulls).build()?)
    };
    let offsets = lists.offsets().to_vec();
    list_of(
        values,
        offsets,
        lists.nulls().cloned(),
        arguments.return_type,
    )
}

fn size(call: Call<'_>) -> Result<Typed> {
    match call.type_of(0) {
        DataType::Array(_) | DataType::Map(..) => {}
        DataType::Void => {
            let null = Typed::null(array(DataType::Void)).named("NULL");
            let text = call.text();
            return Ok(call.call("size", vec![null])?.named(text));
        }
        _ => return Err(call.unexpected_type(0, "(\"ARRAY\" or \"MAP\")")),
    }
    let nullable = call.settings.ansi && call.any_nullable();
    call.invoke_nullable(DataType::Integer, nullable)
}

/// How many elements each row has. NULL has none, or -1 where that is Spark's older rule.
fn sizes(arguments: &Arguments<'_>, null_is_minus_one: bool) -> Result<ArrayRef> {
    let lists = Lists::argument(arguments, 0)?;
    let sizes = (0..lists.rows()).map(|row| match lists.is_null(row) {
        true if null_is_minus_one => -1,
        _ => lists.len(row) as i32,
    });
    let nulls = if null_is_minus_one {
        None
    } else {
        lists.nulls()
    };
    Ok(Arc::new(Int32Array::new(sizes.collect(), nulls)))
}

/// The elements of an array by positions that count from 1, or the values of keys.
fn at_position(arguments: &Arguments<'_>, missing: Missing) -> Result<ArrayRef> {
    if matches!(arguments.data_type(0), ArrowType::Map(..)) {
        return map_value(arguments);
    }
    let lists = Lists::argument(arguments, 0)?;
    let positions = arguments.array(1)?;
    let positions = cast(&positions, &ArrowType::Int64)?;
    let positions = positions.as_primitive::<Int64Type>();
    let mut indices = Vec::with_capacity(lists.rows());
    for row in 0..lists.rows() {
        if lists.is_null(row) || positions.is_null(row) {
            indices.push(None);
            continue;
        }
        let (range, position) = (lists.range(row), positions.value(row));
        if position == 0 {
            return Err(Error::data(
                "INVALID_INDEX_OF_ZERO",
                "The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).",
            ));
        }
        let distance = position.unsigned_abs() as usize;
        indices.push(if distance > range.len() {
            if missing == Missing::ElementAt && arguments.settings.ansi {
                return Err(Error::data(
                    "INVALID_ARRAY_INDEX_IN_ELEMENT_AT",
                    format!(
                        "The index {position} is out of bounds. The array has {} elements. Use `try_element_at` to tolerate accessing element at invalid index and return NULL instead.",
                        range.len()
                    ),
                ));
            }
            None
        } else if position > 0 {
            Some((range.start + distance - 1) as u32)
        } else {
            Some((range.end - distance) as u32)
        });
    }
    pick(&lists.values, indices, arguments.return_type)
}

/// The elements of an array by indices that count from 0.
fn at_index(arguments: &Arguments<'_>, is_checked: bool) -> Result<ArrayRef> {
    let lists = Lists::argument(arguments, 0)?;
    let positions = cast(&arguments.array(1)?, &ArrowType::Int64)?;
    let positions = positions.as_primitive::<Int64Type>();
    let mut indices = Vec::with_capacity(lists.rows());
    for row in 0..lists.rows() {
        if lists.is_null(row) || positions.is_null(row) {
            indices.push(None);
            continue;
        }
        let (range, index) = (lists.range(row), positions.value(row));
        let found = usize::try_from(index)
            .ok()
            .filter(|index| *index < range.len());
        if found.is_none() && is_checked {
            return Err(Error::data(
                "INVALID_ARRAY_INDEX",
                format!(
                    "The index {index} is out of bounds. The array has {} elements. Use the SQL function `get()` to tolerate accessing element at invalid index and return NULL instead.",
                    range.len()
                ),
            ));
        }
        indices.push(found.map(|index| (range.start + index) as u32));
    }
    pick(&lists.values, indices, arguments.return_type)
}

/// The value of a key in each map; NULL if there is none.
fn map_value(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let maps = Lists::argument(arguments, 0)?;
    let indices = key_positions(&maps, arguments)?;
    pick(&maps.map_values(), indices, arguments.return_type)
}

/// Where the key of each row, the second argument, is in the map of the row.
pub(super) fn key_positions(maps: &Lists, arguments: &Arguments<'_>) -> Result<Vec<Option<u32>>> {
    let wanted = arguments.array(1)?;
    let keys = maps.keys();
    let wanted = retype(&wanted, keys.data_type())?;
    let compare = comparator(&*keys, &*wanted)?;
    let positions = (0..maps.rows()).map(|row| {
        if wanted.is_null(row) {
            return None;
        }
        let found = maps.range(row).find(|at| compare(*at, row).is_eq());
        found.map(|at| at as u32)
    });
    Ok(positions.collect())
}

/// The values at these positions, as this type.
pub(super) fn pick(
    values: &ArrayRef,
    indices: Vec<Option<u32>>,
    data_type: &ArrowType,
) -> Result<ArrayRef> {
    retype(&take(values, &UInt32Array::from(indices), None)?, data_type)
}

fn array_join(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let lists = Lists::argument(arguments, 0)?;
    let texts = lists.values.as_string::<i32>();
    let delimiters = arguments.strings(1)?;
    let replacements = if arguments.len() == 3 {
        Some(arguments.strings(2)?)
    } else {
        None
    };
    let mut results = StringBuilder::new();
    let mut joined = String::new();
    for row in 0..lists.rows() {
        let replacement_is_null = replacements.as_ref().is_some_and(|r| r.is_null(row));
        if lists.is_null(row) || delimiters.is_null(row) || replacement_is_null {
            results.append_null();
            continue;
        }
        joined.clear();
        let mut is_first = true;
        for at in lists.range(row) {
            let text = match &replacements {
                _ if texts.is_valid(at) => texts.value(at),
                Some(replacements) => replacements.value(row),
                None => continue,
            };
            if !is_first {
                joined.push_str(delimiters.value(row));
            }
            is_first = false;
            joined.push_str(text);
        }
        results.append_value(&joined);
    }
    Ok(Arc::new(results.finish()))
}

/// Whether each map has the key.
pub(super) fn contains_key(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let maps = Lists::argument(arguments, 0)?;
    let positions = key_positions(&maps, arguments)?;
    let found = positions.iter().map(Option::is_some).collect();
    let nulls = NullBuffer::union(maps.nulls().as_ref(), arguments.array(1)?.nulls());
    Ok(Arc::new(BooleanArray::new(found, nulls)))
}
