//! Maps: making them, and what they are made of.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayBuilder, ArrayRef, AsArray, BooleanArray, StringBuilder, new_empty_array,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType as ArrowType;
use sql::DataType;

use super::access::{cast_key, contains_key};
use super::edit::concat as concat_lists;
use super::keys::{Seen, keys as key_bytes, normalised};
use super::lists::{Lists, entries, list_of, offset, union};
use super::make::interleaved;
use super::{element_type, exact, map_types, null_type, wider_element};
use crate::call::Call;
use crate::coerce::widest_type;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel, MANY};
use crate::typed::Typed;
use crate::types::{array, field};
use crate::udf::Arguments;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "map",
        Group::Map,
        (0, MANY),
        "map(key0, value0, key1, value1, ...) - Returns a map of these keys and values.",
        map,
        Kernel::Scalar(make_map),
    ),
    Function::scalar(
        "map_from_arrays",
        Group::Map,
        (2, 2),
        "map_from_arrays(keys, values) - Returns a map of an array of keys and an array of values.",
        |mut call| {
            let key = element_type(&mut call, 0)?;
            let value = element_type(&mut call, 1)?;
            check_key(&call, &key)?;
            call.invoke(map_type(key, value))
        },
        Kernel::Scalar(from_arrays),
    ),
    Function::scalar(
        "map_from_entries",
        Group::Map,
        (1, 1),
        "map_from_entries(arrayOfEntries) - Returns a map of an array of structs of a key and a value.",
        from_entries_type,
        Kernel::Scalar(from_entries),
    ),
    Function::scalar(
        "map_keys",
        Group::Map,
        (1, 1),
        "map_keys(map) - Returns the keys of the map as an array.",
        |mut call| {
            let (key, _) = map_types(&mut call, 0)?;
            call.invoke(array(key))
        },
        Kernel::Scalar(|arguments| part(arguments, Lists::keys)),
    ),
    Function::scalar(
        "map_values",
        Group::Map,
        (1, 1),
        "map_values(map) - Returns the values of the map as an array.",
        |mut call| {
            let (_, value) = map_types(&mut call, 0)?;
            call.invoke(array(value))
        },
        Kernel::Scalar(|arguments| part(arguments, Lists::map_values)),
    ),
    Function::scalar(
        "map_entries",
        Group::Map,
        (1, 1),
        "map_entries(map) - Returns the map as an array of structs of a key and a value.",
        |mut call| {
            let (key, value) = map_types(&mut call, 0)?;
            let entry = vec![field("key", key, false), field("value", value, true)];
            call.invoke(array(DataType::Struct(entry)))
        },
        Kernel::Scalar(|arguments| part(arguments, |maps| Arc::clone(&maps.values))),
    ),
    Function::scalar(
        "map_contains_key",
        Group::Map,
        (2, 2),
        "map_contains_key(map, key) - Returns whether the map has the key.",
        |mut call| {
            if *call.type_of(1) == DataType::Void {
                return Err(null_type(&call));
            }
            cast_key(&mut call, wider_element)?;
            call.invoke(DataType::Boolean)
        },
        Kernel::Scalar(contains_key),
    ),
    Function::scalar(
        "map_concat",
        Group::Map,
        (0, MANY),
        "map_concat(map, ...) - Returns one map of the entries of all maps.",
        map_concat,
        Kernel::Scalar(concat_maps),
    ),
    Function::scalar(
        "str_to_map",
        Group::Map,
        (1, 3),
        "str_to_map(text[, pairDelim[, keyValueDelim]]) - Returns a map of the pairs in the text; the delimiters are patterns, `,` and `:` by default.",
        |mut call| {
            for default in [",", ":"].iter().skip(call.arguments.len() - 1) {
                call.arguments.push(Typed::string(default));
            }
            for index in 0..3 {
                exact(&mut call, index, &DataType::String)?;
            }
            call.invoke(map_type(DataType::String, DataType::String))
        },
        Kernel::Scalar(from_text),
    ),
];

/// A `MAP`.
pub(super) fn map_type(key: DataType, value: DataType) -> DataType {
    DataType::Map(Box::new(key), Box::new(value))
}

/// Maps cannot be keys.
pub(super) fn check_key(call: &Call<'_>, key: &DataType) -> Result<()> {
    fn has_map(data_type: &DataType) -> bool {
        match data_type {
            DataType::Map(..) => true,
            DataType::Array(element) => has_map(element),
            DataType::Struct(fields) => fields.iter().any(|field| has_map(&field.data_type)),
            _ => false,
        }
    }
    if !has_map(key) {
        return Ok(());
    }
    Err(call.mismatch(
        "DATATYPE_MISMATCH.INVALID_MAP_KEY_TYPE",
        format!("The key of map cannot be/contain \"{}\".", key.sql()),
    ))
}

fn map(mut call: Call<'_>) -> Result<Typed> {
    let count = call.arguments.len();
    if !count.is_multiple_of(2) {
        return Err(Error::analysis(
            "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
            format!("The `map` requires 2n (n > 0) parameters but the actual number is {count}."),
        ));
    }
    let mut types = Vec::with_capacity(2);
    for (first, what) in [(0, "keys"), (1, "values")] {
        let indices = (first..count).step_by(2);
        let all = indices.clone().map(|index| call.type_of(index));
        let Some(common) = widest_type(all, call.settings.ansi) else {
            let all = indices.map(|index| format!("\"{}\"", call.type_of(index).sql()));
            let condition = match first {
                0 => "DATATYPE_MISMATCH.CREATE_MAP_KEY_DIFF_TYPES",
                _ => "DATATYPE_MISMATCH.CREATE_MAP_VALUE_DIFF_TYPES",
            };
            return Err(call.mismatch(
                condition,
                format!(
                    "The given {what} of function `map` should all be the same type, but they are [{}].",
                    all.collect::<Vec<_>>().join(", ")
                ),
            ));
        };
        for index in indices {
            call.cast_argument(index, &common)?;
        }
        types.push(common);
    }
    check_key(&call, &types[0])?;
    let value = types.remove(1);
    call.invoke_nullable(map_type(types.remove(0), value), false)
}

fn make_map(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (key, value) = key_and_value(arguments.return_type)?;
    let keys = interleaved(arguments, (0..arguments.len()).step_by(2), key)?;
    let values = interleaved(arguments, (1..arguments.len()).step_by(2), value)?;
    let width = arguments.len() / 2;
    let offsets = (0..=arguments.rows)
        .map(|row| (row * width) as i32)
        .collect();
    map_of(keys, values, offsets, None, arguments.return_type)
}

/// The types of keys and values of a map.
fn key_and_value(map: &ArrowType) -> Result<(&ArrowType, &ArrowType)> {
    if let ArrowType::Map(entry, _) = map
        && let ArrowType::Struct(fields) = entry.data_type()
        && let [key, value] = &fields[..]
    {
        return Ok((key.data_type(), value.data_type()));
    }
    Err(Error::internal(format!("{map} is no map")))
}

/// Maps of these keys and values. Keys are checked: none is NULL, none comes twice; -0.0 becomes 0.0.
pub(super) fn map_of(
    keys: ArrayRef,
    values: ArrayRef,
    offsets: Vec<i32>,
    nulls: Option<NullBuffer>,
    map: &ArrowType,
) -> Result<ArrayRef> {
    let keys = normalised(&keys)?;
    if keys.logical_null_count() > 0 {
        return Err(null_key());
    }
    if offsets.windows(2).any(|bounds| bounds[1] - bounds[0] > 1) {
        let bytes = key_bytes(&[&keys])?;
        let mut seen = Seen::default();
        for bounds in offsets.windows(2) {
            seen.clear();
            for at in bounds[0] as usize..bounds[1] as usize {
                if !seen.insert(bytes[0].row(at)) {
                    return Err(duplicated(&keys, at));
                }
            }
        }
    }
    list_of(entries(keys, values, map)?, offsets, nulls, map)
}

fn duplicated(keys: &ArrayRef, at: usize) -> Error {
    let options = arrow::util::display::FormatOptions::default().with_null("null");
    let key = arrow::util::display::ArrayFormatter::try_new(keys, &options);
    let key = key.map_or_else(|_| String::new(), |key| key.value(at).to_string());
    Error::data(
        "DUPLICATED_MAP_KEY",
        format!(
            "Duplicate map key {key} was found, please check the input data.\nIf you want to remove the duplicated keys, you can set \"spark.sql.mapKeyDedupPolicy\" to \"LAST_WIN\" so that the key inserted at last takes precedence."
        ),
    )
}

/// The error for a key that is NULL.
fn null_key() -> Error {
    Error::data("NULL_MAP_KEY", "Cannot use null as map key.")
}

fn from_arrays(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let mut keys = Lists::argument(arguments, 0)?;
    let mut values = Lists::argument(arguments, 1)?;
    let nulls = union([keys.nulls(), values.nulls()]);
    let null_keys = keys.values.logical_nulls();
    for row in 0..arguments.rows {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            continue;
        }
        if keys.len(row) != values.len(row) {
            return Err(Error::data(
                "_LEGACY_ERROR_TEMP_2128",
                "The key array and value array of MapData must have the same length.",
            ));
        }
        let is_null = |at: usize| null_keys.as_ref().is_some_and(|nulls| nulls.is_null(at));
        if keys.range(row).any(is_null) {
            return Err(null_key());
        }
    }
    keys.mask(nulls.clone());
    values.mask(nulls.clone());
    let (keys, values) = (keys.elements()?, values.elements()?);
    map_of(
        keys.values,
        values.values,
        keys.offsets,
        nulls,
        arguments.return_type,
    )
}

fn from_entries_type(call: Call<'_>) -> Result<Typed> {
    let fields = match call.type_of(0) {
        DataType::Array(element) => match &**element {
            DataType::Struct(fields) => fields.as_slice(),
            _ => &[],
        },
        _ => &[],
    };
    let [key, value] = fields else {
        return Err(call.unexpected_type(0, "\"ARRAY\" of pair \"STRUCT\""));
    };
    check_key(&call, &key.data_type)?;
    let map = map_type(key.data_type.clone(), value.data_type.clone());
    call.invoke_nullable(map, true)
}

fn from_entries(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let mut lists = Lists::argument(arguments, 0)?;
    // An array with an entry that is NULL gives NULL.
    if let Some(entries) = lists.values.nulls().cloned() {
        let is_valid =
            |row: usize| !lists.is_null(row) && lists.range(row).all(|at| entries.is_valid(at));
        let valid: BooleanArray = (0..lists.rows()).map(|row| Some(is_valid(row))).collect();
        lists.mask(Some(NullBuffer::new(valid.values().clone())));
    }
    let nulls = lists.nulls();
    let elements = lists.elements()?;
    let structs = elements.values.as_struct();
    let (keys, values) = (Arc::clone(structs.column(0)), Arc::clone(structs.column(1)));
    map_of(keys, values, elements.offsets, nulls, arguments.return_type)
}

/// A part of each map, as lists.
fn part(arguments: &Arguments<'_>, of: impl Fn(&Lists) -> ArrayRef) -> Result<ArrayRef> {
    let maps = arguments.array(0)?;
    let lists = Lists::new(&maps)?;
    let offsets = maps.as_map().offsets().to_vec();
    list_of(of(&lists), offsets, lists.nulls(), arguments.return_type)
}

fn map_concat(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.is_empty() {
        let map = map_type(DataType::String, DataType::String);
        return call.invoke_nullable(map, false);
    }
    let is_map = |argument: &Typed| matches!(argument.data_type, DataType::Map(..));
    if !call.arguments.iter().all(is_map) {
        let types = call
            .arguments
            .iter()
            .map(|a| format!("\"{}\"", a.data_type.sql()));
        let types = types.collect::<Vec<_>>().join(", ");
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.MAP_CONCAT_DIFF_TYPES",
            format!("The `map_concat` should all be of type map, but it's [{types}]."),
        ));
    }
    let common = call.unify(0..call.arguments.len())?;
    call.invoke(common)
}

fn concat_maps(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    if arguments.is_empty() {
        let (key, value) = key_and_value(arguments.return_type)?;
        let (keys, values) = (new_empty_array(key), new_empty_array(value));
        let offsets = vec![0; arguments.rows + 1];
        return map_of(keys, values, offsets, None, arguments.return_type);
    }
    let joined = concat_lists(arguments)?;
    let lists = Lists::new(&joined)?;
    let offsets = joined.as_map().offsets().to_vec();
    map_of(
        lists.keys(),
        lists.map_values(),
        offsets,
        lists.nulls(),
        arguments.return_type,
    )
}

/// Splits texts into pairs, and pairs into keys and values.
fn from_text(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let texts = arguments.strings(0)?;
    let (pairs, inner) = (arguments.strings(1)?, arguments.strings(2)?);
    let nulls = union([
        texts.nulls().cloned(),
        pairs.nulls().cloned(),
        inner.nulls().cloned(),
    ]);
    let (mut pair_split, mut inner_split) = (Splitter::default(), Splitter::default());
    let (mut keys, mut values) = (StringBuilder::new(), StringBuilder::new());
    let mut offsets = Vec::with_capacity(texts.len() + 1);
    offsets.push(0);
    for row in 0..texts.len() {
        if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
            pair_split.prepare(pairs.value(row))?;
            inner_split.prepare(inner.value(row))?;
            for pair in pair_split.split(texts.value(row), usize::MAX) {
                let mut parts = inner_split.split(pair, 2).into_iter();
                keys.append_value(parts.next().unwrap_or_default());
                values.append_option(parts.next());
            }
        }
        offsets.push(offset(keys.len())?);
    }
    let keys: ArrayRef = Arc::new(keys.finish());
    let values: ArrayRef = Arc::new(values.finish());
    map_of(keys, values, offsets, nulls, arguments.return_type)
}

/// Splits at a pattern, which is compiled again only when it changes.
#[derive(Default)]
struct Splitter {
    pattern: String,
    regex: Option<regex::Regex>,
}

impl Splitter {
    fn prepare(&mut self, pattern: &str) -> Result<()> {
        if self.pattern != pattern {
            let is_plain = |c: char| !r"\^$.|?*+()[]{}".contains(c);
            self.regex = if pattern.chars().all(is_plain) {
                None
            } else {
                Some(regex::Regex::new(pattern).map_err(|error| {
                    Error::data(
                        "INVALID_PARAMETER_VALUE.PATTERN",
                        format!(
                            "The value of parameter(s) `pattern` in `str_to_map` is invalid: '{pattern}': {error}."
                        ),
                    )
                })?)
            };
            pattern.clone_into(&mut self.pattern);
        }
        Ok(())
    }

    /// Up to `most` parts; the last one has the rest.
    fn split<'a>(&self, text: &'a str, most: usize) -> Vec<&'a str> {
        if self.pattern.is_empty() {
            return characters(text, most);
        }
        match &self.regex {
            None => text.splitn(most, self.pattern.as_str()).collect(),
            Some(regex) => {
                let mut parts = Vec::new();
                let mut start = 0;
                for found in regex.find_iter(text) {
                    // Java: no empty part at the beginning for an empty match there.
                    if found.end() == 0 {
                        continue;
                    }
                    if parts.len() + 1 >= most {
                        break;
                    }
                    parts.push(&text[start..found.start()]);
                    start = found.end();
                }
                parts.push(&text[start..]);
                parts
            }
        }
    }
}

/// The characters of a text; the last part has the rest.
fn characters(text: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if parts.len() + 1 >= most {
            break;
        }
        let (character, others) = rest.split_at(first.len_utf8());
        parts.push(character);
        rest = others;
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(rest);
    }
    parts
}
