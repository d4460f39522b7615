//! Generators: functions that give many rows for each row. Here they give an array of structs, whose elements are the rows;
//! the analyser makes rows of them, and adds the row of NULL of the `_outer` forms.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StructArray};
use arrow::buffer::NullBuffer;
use arrow::compute::interleave;
use arrow::datatypes::DataType as ArrowType;
use datafusion_common::ScalarValue;
use datafusion_expr::ColumnarValue;
use sql::DataType;

use super::lists::{Lists, element_of, list_of, offset, retype};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel, Kind, MANY};
use crate::typed::Typed;
use crate::types::{array, field};
use crate::udf::Arguments;

pub(super) const FUNCTIONS: &[Function] = &[
    generator(
        "explode",
        (1, 1),
        "explode(collection) - Returns a row for each element of the array, or each entry of the map.",
        |call| explode(call, false),
        Kernel::Scalar(|arguments| rows(arguments, false)),
    )
    .parameters(&["collection"]),
    generator(
        "explode_outer",
        (1, 1),
        "explode_outer(collection) - As explode, but a row of NULL where there is no element.",
        |call| explode(call, false),
        Kernel::Scalar(|arguments| rows(arguments, false)),
    )
    .parameters(&["collection"]),
    generator(
        "posexplode",
        (1, 1),
        "posexplode(collection) - Returns a row for each element of the array, or each entry of the map, with its position, counted from 0.",
        |call| explode(call, true),
        Kernel::Scalar(|arguments| rows(arguments, true)),
    )
    .parameters(&["collection"]),
    generator(
        "posexplode_outer",
        (1, 1),
        "posexplode_outer(collection) - As posexplode, but a row of NULL where there is no element.",
        |call| explode(call, true),
        Kernel::Scalar(|arguments| rows(arguments, true)),
    )
    .parameters(&["collection"]),
    generator(
        "inline",
        (1, 1),
        "inline(input) - Returns a row for each struct of the array.",
        inline,
        Kernel::Scalar(structs),
    )
    .parameters(&["input"]),
    generator(
        "inline_outer",
        (1, 1),
        "inline_outer(input) - As inline, but a row of NULL where there is no element.",
        inline,
        Kernel::Scalar(structs),
    )
    .parameters(&["input"]),
    generator(
        "stack",
        (2, MANY),
        "stack(n, expr1, ..., exprk) - Returns the values in `n` rows.",
        stack,
        Kernel::Scalar(stacked),
    ),
];

const fn generator(
    name: &'static str,
    arity: (usize, usize),
    usage: &'static str,
    resolve: fn(Call<'_>) -> Result<Typed>,
    kernel: Kernel,
) -> Function {
    Function::scalar(name, Group::Generator, arity, usage, resolve, kernel).kind(Kind::Generator)
}

fn explode(call: Call<'_>, with_position: bool) -> Result<Typed> {
    let mut fields = Vec::new();
    if with_position {
        fields.push(field("pos", DataType::Integer, false));
    }
    match call.type_of(0).clone() {
        DataType::Array(element) => fields.push(field("col", *element, true)),
        DataType::Map(key, value) => {
            fields.push(field("key", *key, false));
            fields.push(field("value", *value, true));
        }
        _ => return Err(call.unexpected_type(0, "(\"ARRAY\" or \"MAP\")")),
    }
    call.invoke(array(DataType::Struct(fields)))
}

/// The elements of each array, or the entries of each map, as structs.
fn rows(arguments: &Arguments<'_>, with_position: bool) -> Result<ArrayRef> {
    let ArrowType::Struct(fields) = element_of(arguments.return_type)?.data_type() else {
        return Err(Error::internal("a generator of no structs"));
    };
    let lists = Lists::argument(arguments, 0)?;
    let elements = lists.elements()?;
    let total = elements.values.len();
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(fields.len());
    if with_position {
        let bounds = elements.offsets.windows(2);
        let positions = bounds.flat_map(|bounds| 0..bounds[1] - bounds[0]);
        columns.push(Arc::new(Int32Array::from_iter_values(positions)));
    }
    if matches!(arguments.data_type(0), ArrowType::Map(..)) {
        columns.extend(elements.values.as_struct().columns().iter().cloned());
    } else {
        columns.push(Arc::clone(&elements.values));
    }
    let columns = columns
        .iter()
        .zip(fields)
        .map(|(column, field)| retype(column, field.data_type()));
    let columns = columns.collect::<Result<_>>()?;
    let structs = StructArray::try_new_with_length(fields.clone(), columns, None, total)?;
    list_of(
        Arc::new(structs),
        elements.offsets,
        lists.nulls(),
        arguments.return_type,
    )
}

fn inline(call: Call<'_>) -> Result<Typed> {
    let DataType::Array(element) = call.type_of(0) else {
        return Err(call.unexpected_type(0, "\"ARRAY<STRUCT>\""));
    };
    let DataType::Struct(fields) = &**element else {
        return Err(call.unexpected_type(0, "\"ARRAY<STRUCT>\""));
    };
    let fields = fields
        .iter()
        .map(|f| field(&f.name, f.data_type.clone(), true));
    let result = array(DataType::Struct(fields.collect()));
    call.invoke(result)
}

/// The structs of each array; one that is NULL becomes one of NULLs.
fn structs(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let ArrowType::Struct(fields) = element_of(arguments.return_type)?.data_type() else {
        return Err(Error::internal("a generator of no structs"));
    };
    let lists = Lists::argument(arguments, 0)?;
    let elements = lists.elements()?;
    let structs = elements.values.as_struct();
    let mut columns = Vec::with_capacity(fields.len());
    for (column, field) in structs.columns().iter().zip(fields) {
        let mut column = Arc::clone(column);
        if structs.null_count() > 0 && *column.data_type() != ArrowType::Null {
            let nulls = NullBuffer::union(structs.nulls(), column.nulls());
            let data = column.to_data().into_builder().nulls(nulls).build()?;
            column = arrow::array::make_array(data);
        }
        columns.push(retype(&column, field.data_type())?);
    }
    let total = structs.len();
    let structs = StructArray::try_new_with_length(fields.clone(), columns, None, total)?;
    list_of(
        Arc::new(structs),
        elements.offsets,
        lists.nulls(),
        arguments.return_type,
    )
}

/// The most rows of one call of `stack`. They are made for each row of the input.
const STACK_ROWS_MAX: i32 = 1 << 20;

fn stack(mut call: Call<'_>) -> Result<Typed> {
    if *call.type_of(0) != DataType::Integer {
        return Err(call.unexpected_type(0, "\"INT\""));
    }
    let rows = match call.constant(0)? {
        ScalarValue::Int32(Some(rows)) => rows,
        _ => {
            return Err(call.mismatch(
                "DATATYPE_MISMATCH.UNEXPECTED_NULL",
                "The `n` must not be null.",
            ));
        }
    };
    if rows < 1 {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
            format!("The `n` must be between (0, 2147483647] (current value = {rows})."),
        ));
    }
    if rows > STACK_ROWS_MAX {
        return Err(Error::analysis(
            "NOT_SUPPORTED",
            format!("`stack` with {rows} rows is not supported: at most {STACK_ROWS_MAX}."),
        ));
    }
    let values = call.arguments.len() - 1;
    let columns = values.div_ceil(rows as usize);
    let mut fields = Vec::with_capacity(columns);
    for column in 0..columns {
        let indices = (column + 1..=values).step_by(columns);
        let first = indices
            .clone()
            .find(|index| *call.type_of(*index) != DataType::Void);
        let data_type = first.map_or(DataType::Void, |index| call.type_of(index).clone());
        for index in indices {
            if *call.type_of(index) == DataType::Void {
                call.cast_argument(index, &data_type)?;
            }
            if !same(call.type_of(index), &data_type) {
                return Err(call.mismatch(
                    "DATATYPE_MISMATCH.STACK_COLUMN_DIFF_TYPES",
                    format!(
                        "The data type of the column ({column}) do not have the same type: \"{}\" ({}) <> \"{}\" ({index}).",
                        data_type.sql(),
                        first.unwrap_or_default(),
                        call.type_of(index).sql()
                    ),
                ));
            }
            call.cast_argument(index, &data_type)?;
        }
        fields.push(field(&format!("col{column}"), data_type, true));
    }
    call.invoke_nullable(array(DataType::Struct(fields)), false)
}

/// Whether two types are the same but for the nullability of their parts.
fn same(a: &DataType, b: &DataType) -> bool {
    a.simple_string() == b.simple_string()
}

fn stacked(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let ArrowType::Struct(fields) = element_of(arguments.return_type)?.data_type() else {
        return Err(Error::internal("a generator of no structs"));
    };
    let Some(ScalarValue::Int32(Some(count))) = arguments.scalar(0) else {
        return Err(Error::internal(
            "the number of rows of a stack is no constant",
        ));
    };
    let (count, width) = (*count as usize, fields.len());
    let total = arguments.rows.saturating_mul(count);
    offset(total)?;
    let mut columns = Vec::with_capacity(width);
    for (column, field) in fields.iter().enumerate() {
        // The sources: one for each row of the stack that has a value, and one NULL for the others.
        let mut sources = Vec::new();
        let mut is_scalar = Vec::new();
        for index in (column + 1..arguments.len()).step_by(width) {
            let source = match &arguments.values[index] {
                ColumnarValue::Scalar(value) => value.to_array_of_size(1)?,
                ColumnarValue::Array(array) => Arc::clone(array),
            };
            sources.push(retype(&source, field.data_type())?);
            is_scalar.push(matches!(arguments.values[index], ColumnarValue::Scalar(_)));
        }
        let given = sources.len();
        sources.push(arrow::array::new_null_array(field.data_type(), 1));
        if *field.data_type() == ArrowType::Null {
            columns.push(arrow::array::new_null_array(field.data_type(), total));
            continue;
        }
        let mut indices = Vec::with_capacity(total);
        for row in 0..arguments.rows {
            indices.extend((0..count).map(|at| match at {
                at if at >= given => (given, 0),
                at if is_scalar[at] => (at, 0),
                at => (at, row),
            }));
        }
        let sources: Vec<&dyn Array> = sources.iter().map(|source| source.as_ref()).collect();
        columns.push(interleave(&sources, &indices)?);
    }
    let structs = StructArray::try_new_with_length(fields.clone(), columns, None, total)?;
    let offsets = (0..=arguments.rows)
        .map(|row| (row * count) as i32)
        .collect();
    list_of(Arc::new(structs), offsets, None, arguments.return_type)
}
