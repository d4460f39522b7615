//! Functions that call a lambda for the elements of arrays.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int32Array, UInt32Array};
use arrow::compute::{concat, take};
use sql::{DataType, StructField};

use super::lists::{Elements, Lists, list_of, offset, retype, take_lists, union};
use super::strict_element_type;
use crate::call::Call;
use crate::error::Result;
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::array;
use crate::udf::LambdaArguments;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "transform",
        Group::Lambda,
        (2, 2),
        "transform(expr, func) - Returns the array of what `func` gives for each element, or each element and its index.",
        |mut call| {
            let element = strict_element_type(&call, 0)?;
            element_lambda(&mut call, element)?;
            let result = array(call.type_of(1).clone());
            let nullable = call.arguments[0].nullable;
            call.invoke_higher_order(result, nullable)
        },
        Kernel::HigherOrder(transform),
    ),
    Function::scalar(
        "filter",
        Group::Lambda,
        (2, 2),
        "filter(expr, func) - Returns the elements for which `func` is true; `func` takes an element, or an element and its index.",
        |mut call| {
            let element = strict_element_type(&call, 0)?;
            element_lambda(&mut call, element.clone())?;
            must_be_boolean(&mut call, 1)?;
            let nullable = call.arguments[0].nullable;
            call.invoke_higher_order(array(element), nullable)
        },
        Kernel::HigherOrder(filter),
    ),
    Function::scalar(
        "exists",
        Group::Lambda,
        (2, 2),
        "exists(expr, pred) - Returns whether `pred` is true for an element; NULL if not and it is NULL for one.",
        predicate,
        Kernel::HigherOrder(|arguments| search(arguments, true)),
    ),
    Function::scalar(
        "forall",
        Group::Lambda,
        (2, 2),
        "forall(expr, pred) - Returns whether `pred` is true for all elements; NULL if it is false for none and NULL for one.",
        predicate,
        Kernel::HigherOrder(|arguments| search(arguments, false)),
    ),
    Function::scalar(
        "aggregate",
        Group::Lambda,
        (3, 4),
        "aggregate(expr, start, merge[, finish]) - Returns what `merge` makes of `start` and the elements, one after the other; `finish` is called for the last.",
        aggregate,
        Kernel::HigherOrder(fold),
    ),
    Function::scalar(
        "reduce",
        Group::Lambda,
        (3, 4),
        "reduce(expr, start, merge[, finish]) - Returns what `merge` makes of `start` and the elements, one after the other; `finish` is called for the last.",
        aggregate,
        Kernel::HigherOrder(fold),
    ),
    Function::scalar(
        "zip_with",
        Group::Lambda,
        (3, 3),
        "zip_with(left, right, func) - Returns the array of what `func` gives for each pair of elements; the shorter array is filled with NULL.",
        |mut call| {
            let left = strict_element_type(&call, 0)?;
            let right = strict_element_type(&call, 1)?;
            call.lambda(2, &[(left, true), (right, true)])?;
            let result = array(call.type_of(2).clone());
            let nullable = call.arguments[0].nullable || call.arguments[1].nullable;
            call.invoke_higher_order(result, nullable)
        },
        Kernel::HigherOrder(zip_with),
    ),
];

/// Resolves a lambda of an element, or of an element and its index.
fn element_lambda(call: &mut Call<'_>, element: DataType) -> Result<()> {
    if call.lambdas.arity(1) == Some(2) {
        call.lambda(1, &[(element, true), (DataType::Integer, false)])
    } else {
        call.lambda(1, &[(element, true)])
    }
}

/// What a lambda gives must be a truth value.
pub(super) fn must_be_boolean(call: &mut Call<'_>, index: usize) -> Result<()> {
    match call.type_of(index) {
        DataType::Boolean | DataType::Void => Ok(()),
        _ => Err(call.unexpected_type(index, "\"BOOLEAN\"")),
    }
}

fn predicate(mut call: Call<'_>) -> Result<Typed> {
    let element = strict_element_type(&call, 0)?;
    call.lambda(1, &[(element, true)])?;
    must_be_boolean(&mut call, 1)?;
    let nullable = call.arguments[0].nullable || call.arguments[1].nullable;
    call.invoke_higher_order(DataType::Boolean, nullable)
}

/// The index of each element in its list.
fn positions(elements: &Elements) -> ArrayRef {
    let mut positions = Vec::with_capacity(elements.values.len());
    for bounds in elements.offsets.windows(2) {
        positions.extend(0..bounds[1] - bounds[0]);
    }
    Arc::new(Int32Array::from(positions))
}

/// What the lambda gives for all elements.
fn evaluate(arguments: &LambdaArguments<'_>, elements: &Elements) -> Result<ArrayRef> {
    let values = [Arc::clone(&elements.values), positions(elements)];
    arguments.evaluate(1, &values[..arguments.arity(1)], &elements.rows)
}

fn transform(arguments: &LambdaArguments<'_>) -> Result<ArrayRef> {
    let lists = Lists::new(&arguments.array(0)?)?;
    let elements = lists.elements()?;
    let results = evaluate(arguments, &elements)?;
    list_of(
        results,
        elements.offsets,
        lists.nulls(),
        arguments.return_type,
    )
}

fn filter(arguments: &LambdaArguments<'_>) -> Result<ArrayRef> {
    let lists = Lists::new(&arguments.array(0)?)?;
    let elements = lists.elements()?;
    let kept = booleans(&evaluate(arguments, &elements)?)?;
    let mut indices = Vec::with_capacity(elements.values.len());
    let mut offsets = Vec::with_capacity(lists.rows() + 1);
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
        lists.nulls(),
        arguments.return_type,
    )
}

/// What a lambda gave, as truth values; the literal NULL has no type.
pub(super) fn booleans(array: &ArrayRef) -> Result<BooleanArray> {
    Ok(retype(array, &arrow::datatypes::DataType::Boolean)?
        .as_boolean()
        .clone())
}

/// Looks for an element for which the lambda gives `wanted`. Spark does not look further than that: where the lambda fails
/// for an element, the elements before it decide whether that matters.
fn search(arguments: &LambdaArguments<'_>, wanted: bool) -> Result<ArrayRef> {
    let lists = Lists::new(&arguments.array(0)?)?;
    let elements = lists.elements()?;
    let found = match arguments.evaluate(1, &[Arc::clone(&elements.values)], &elements.rows) {
        Ok(results) => {
            let results = booleans(&results)?;
            let rows = elements.offsets.windows(2).map(|bounds| {
                let mut found = Some(!wanted);
                for at in bounds[0] as usize..bounds[1] as usize {
                    if results.is_null(at) {
                        found = None;
                    } else if results.value(at) == wanted {
                        return Some(wanted);
                    }
                }
                found
            });
            rows.collect()
        }
        Err(_) => search_in_order(arguments, &elements, wanted)?,
    };
    let mut results = BooleanArray::from(found);
    if let Some(nulls) = lists.nulls() {
        let (values, decided) = results.into_parts();
        results = BooleanArray::new(values, union([decided, Some(nulls)]));
    }
    Ok(Arc::new(results))
}

/// Calls the lambda for the first elements of all rows, then for the second elements of the rows that are not decided.
fn search_in_order(
    arguments: &LambdaArguments<'_>,
    elements: &Elements,
    wanted: bool,
) -> Result<Vec<Option<bool>>> {
    let rows = elements.offsets.len() - 1;
    let mut found = vec![Some(!wanted); rows];
    let mut open: Vec<u32> = (0..rows as u32).collect();
    let mut position = 0;
    loop {
        open.retain(|row| {
            let row = *row as usize;
            elements.offsets[row] + position < elements.offsets[row + 1]
        });
        if open.is_empty() {
            return Ok(found);
        }
        let at = open
            .iter()
            .map(|row| (elements.offsets[*row as usize] + position) as u32);
        let values = take(&elements.values, &UInt32Array::from_iter_values(at), None)?;
        let results = arguments.evaluate(1, &[values], &UInt32Array::from(open.clone()))?;
        let results = booleans(&results)?;
        let mut index = 0;
        open.retain(|row| {
            let result = results.is_valid(index).then(|| results.value(index));
            index += 1;
            match result {
                None => found[*row as usize] = None,
                Some(result) if result == wanted => found[*row as usize] = Some(wanted),
                Some(_) => {}
            }
            result != Some(wanted)
        });
        position += 1;
    }
}

/// The type with all its parts nullable.
fn nullable(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Array(element) => array(nullable(element)),
        DataType::Map(key, value) => {
            DataType::Map(Box::new(nullable(key)), Box::new(nullable(value)))
        }
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| StructField {
                data_type: nullable(&field.data_type),
                nullable: true,
                ..field.clone()
            });
            DataType::Struct(fields.collect())
        }
        other => other.clone(),
    }
}

fn aggregate(mut call: Call<'_>) -> Result<Typed> {
    let element = strict_element_type(&call, 0)?;
    let state = nullable(call.type_of(1));
    call.cast_argument(1, &state)?;
    call.lambda(2, &[(state.clone(), true), (element, true)])?;
    let merged = nullable(call.type_of(2));
    if merged != state && merged != DataType::Void {
        return Err(call.unexpected_type(2, &format!("\"{}\"", state.sql())));
    }
    if call.arguments.len() == 3 {
        let text = call.text();
        let text = text.strip_suffix(')').unwrap_or(&text);
        let text = format!("{text}, lambdafunction(namedlambdavariable(), namedlambdavariable()))");
        return Ok(call.invoke_higher_order(state, true)?.named(text));
    }
    call.lambda(3, &[(state, true)])?;
    let result = call.type_of(3).clone();
    call.invoke_higher_order(result, true)
}

/// Folds all rows at once, position by position. The rows are sorted by length, the longest first: the rows that still have
/// elements are always the first ones.
fn fold(arguments: &LambdaArguments<'_>) -> Result<ArrayRef> {
    let lists = Lists::new(&arguments.array(0)?)?;
    let start = arguments.array(1)?;
    let mut order: Vec<u32> = (0..lists.rows() as u32).collect();
    order.sort_by_key(|row| std::cmp::Reverse(lists.len(*row as usize)));
    let mut active = order.len();
    let mut state = take(&start, &UInt32Array::from(order.clone()), None)?;
    // The states of rows without further elements, the shortest rows first.
    let mut finished: Vec<ArrayRef> = Vec::new();
    let mut position = 0;
    loop {
        let before = active;
        while active > 0 && lists.len(order[active - 1] as usize) <= position {
            active -= 1;
        }
        if active < before {
            finished.push(state.slice(active, before - active));
            state = state.slice(0, active);
        }
        if active == 0 {
            break;
        }
        let rows = UInt32Array::from(order[..active].to_vec());
        let at = rows
            .values()
            .iter()
            .map(|row| (lists.range(*row as usize).start + position) as u32);
        let values = take(&lists.values, &UInt32Array::from_iter_values(at), None)?;
        let merged = arguments.evaluate(2, &[state, values], &rows)?;
        state = retype(&merged, start.data_type())?;
        position += 1;
    }
    finished.reverse();
    let states: Vec<&dyn Array> = finished.iter().map(|states| states.as_ref()).collect();
    let states = if states.is_empty() {
        start.slice(0, 0)
    } else {
        concat(&states)?
    };
    let mut place = vec![None; order.len()];
    for (at, row) in order.iter().enumerate() {
        if !lists.is_null(*row as usize) {
            place[*row as usize] = Some(at as u32);
        }
    }
    if arguments.len() < 4 {
        let states = take(&states, &UInt32Array::from(place), None)?;
        return retype(&states, arguments.return_type);
    }
    // NULL stays NULL: the last lambda sees only the rows that have a list.
    let rows: Vec<u32> = (0..place.len() as u32)
        .filter(|row| place[*row as usize].is_some())
        .collect();
    let of_rows: UInt32Array = rows.iter().map(|row| place[*row as usize]).collect();
    let states = take(&states, &of_rows, None)?;
    let results = arguments.evaluate(3, &[states], &UInt32Array::from(rows.clone()))?;
    let mut places = vec![None; place.len()];
    for (at, row) in rows.iter().enumerate() {
        places[*row as usize] = Some(at as u32);
    }
    retype(
        &take(&results, &UInt32Array::from(places), None)?,
        arguments.return_type,
    )
}

fn zip_with(arguments: &LambdaArguments<'_>) -> Result<ArrayRef> {
    let left = Lists::new(&arguments.array(0)?)?;
    let right = Lists::new(&arguments.array(1)?)?;
    let nulls = union([left.nulls(), right.nulls()]);
    let (mut of_left, mut of_right, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    let mut offsets = Vec::with_capacity(arguments.rows + 1);
    offsets.push(0);
    for row in 0..arguments.rows {
        if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
            let (a, b) = (left.range(row), right.range(row));
            let end = rows.len() + a.len().max(b.len());
            of_left.extend(a.map(|at| Some(at as u32)));
            of_left.resize(end, None);
            of_right.extend(b.map(|at| Some(at as u32)));
            of_right.resize(end, None);
            rows.resize(end, row as u32);
        }
        offsets.push(offset(rows.len())?);
    }
    let pairs = [
        take(&left.values, &UInt32Array::from(of_left), None)?,
        take(&right.values, &UInt32Array::from(of_right), None)?,
    ];
    let results = arguments.evaluate(2, &pairs, &UInt32Array::from(rows))?;
    list_of(results, offsets, nulls, arguments.return_type)
}
