//! Making arrays and structs from values.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StructArray, new_null_array};
use arrow::compute::interleave;
use arrow::datatypes::{DataType as ArrowType, Int32Type};
use datafusion_common::ScalarValue;
use datafusion_expr::{ColumnarValue, Expr};
use sql::DataType;

use super::exact;
use super::lists::{ListBuilder, element_of, list_of, offset, retype};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel, MANY};
use crate::typed::Typed;
use crate::types::{array, field};
use crate::udf::Arguments;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "array",
        Group::Array,
        (0, MANY),
        "array(expr, ...) - Returns an array of the values.",
        |mut call| {
            let element = call.unify(0..call.arguments.len())?;
            call.invoke_nullable(array(element), false)
        },
        Kernel::Scalar(make_array),
    ),
    Function::scalar(
        "array_repeat",
        Group::Array,
        (2, 2),
        "array_repeat(element, count) - Returns an array of `count` times `element`.",
        |mut call| {
            exact(&mut call, 1, &DataType::Integer)?;
            let element = call.type_of(0).clone();
            let nullable = call.arguments[1].nullable;
            call.invoke_nullable(array(element), nullable)
        },
        Kernel::Scalar(array_repeat),
    ),
    Function::scalar(
        "struct",
        Group::Struct,
        (0, MANY),
        "struct(col1, col2, ...) - Returns a struct of the values; the fields have the names of the columns.",
        |call| {
            let fields = call.arguments.iter().enumerate().map(|(index, value)| {
                let name = field_name(value).unwrap_or_else(|| format!("col{}", index + 1));
                field(&name, value.data_type.clone(), value.nullable)
            });
            let fields = fields.collect();
            call.invoke_nullable(DataType::Struct(fields), false)
        },
        Kernel::Scalar(|arguments| make_struct(arguments, 0..arguments.len())),
    ),
    Function::scalar(
        "named_struct",
        Group::Struct,
        (0, MANY),
        "named_struct(name1, val1, name2, val2, ...) - Returns a struct of the values with these field names.",
        named_struct,
        Kernel::Scalar(|arguments| make_struct(arguments, (1..arguments.len()).step_by(2))),
    ),
];

/// The name that a value brings along as a field: an alias, the name of a column, the field or the key that is read.
pub(super) fn field_name(value: &Typed) -> Option<String> {
    if value.alias.is_some() {
        return value.alias.clone();
    }
    let Expr::ScalarFunction(call) = &value.expr else {
        return None;
    };
    if !["__field", "__array_field", "__get_item"].contains(&call.name()) {
        return None;
    }
    match call.args.get(1) {
        Some(Expr::Literal(ScalarValue::Utf8(name), _)) => name.clone(),
        _ => None,
    }
}

fn named_struct(call: Call<'_>) -> Result<Typed> {
    if !call.arguments.len().is_multiple_of(2) {
        return Err(Error::analysis(
            "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
            format!(
                "The `named_struct` requires 2n (n > 0) parameters but the actual number is {}.",
                call.arguments.len()
            ),
        ));
    }
    let mut fields = Vec::with_capacity(call.arguments.len() / 2);
    for index in (0..call.arguments.len()).step_by(2) {
        let name = &call.arguments[index];
        if name.data_type != DataType::String || !name.is_foldable() {
            let names = call
                .arguments
                .iter()
                .step_by(2)
                .map(|name| format!("\"{}\"", name.name));
            return Err(call.mismatch(
                "DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING",
                format!(
                    "Only foldable `STRING` expressions are allowed to appear at odd position, but they are [{}].",
                    names.collect::<Vec<_>>().join(", ")
                ),
            ));
        }
        let Some(name) = call.constant_string(index)? else {
            return Err(call.mismatch(
                "DATATYPE_MISMATCH.UNEXPECTED_NULL",
                "The `name` must not be null.",
            ));
        };
        let value = &call.arguments[index + 1];
        fields.push(field(&name, value.data_type.clone(), value.nullable));
    }
    call.invoke_nullable(DataType::Struct(fields), false)
}

/// A struct of these arguments in each row.
fn make_struct(arguments: &Arguments<'_>, values: impl Iterator<Item = usize>) -> Result<ArrayRef> {
    let ArrowType::Struct(fields) = arguments.return_type else {
        return Err(Error::internal("a struct of another type"));
    };
    let columns = values
        .zip(fields)
        .map(|(index, field)| retype(&arguments.array(index)?, field.data_type()));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let rows = arguments.rows;
    Ok(Arc::new(StructArray::try_new_with_length(
        fields.clone(),
        columns,
        None,
        rows,
    )?))
}

/// The values of each row, as an array.
fn make_array(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (rows, width) = (arguments.rows, arguments.len());
    let element = element_of(arguments.return_type)?.data_type();
    let values = interleaved(arguments, 0..width, element)?;
    let offsets = (0..=rows).map(|row| (row * width) as i32).collect();
    list_of(values, offsets, None, arguments.return_type)
}

/// The values of these arguments, as this type: those of the first row, those of the second row, and so on.
pub(super) fn interleaved(
    arguments: &Arguments<'_>,
    which: impl Iterator<Item = usize>,
    element: &ArrowType,
) -> Result<ArrayRef> {
    let mut columns = Vec::new();
    let mut is_scalar = Vec::new();
    for index in which {
        let column = match &arguments.values[index] {
            ColumnarValue::Scalar(value) => value.to_array_of_size(1)?,
            ColumnarValue::Array(array) => Arc::clone(array),
        };
        columns.push(retype(&column, element)?);
        is_scalar.push(matches!(arguments.values[index], ColumnarValue::Scalar(_)));
    }
    let total = arguments.rows.saturating_mul(columns.len());
    offset(total)?;
    if columns.is_empty() || *element == ArrowType::Null {
        return Ok(new_null_array(element, total));
    }
    let mut indices = Vec::with_capacity(total);
    for row in 0..arguments.rows {
        let of_row = is_scalar.iter().enumerate();
        indices.extend(of_row.map(|(at, is_scalar)| (at, if *is_scalar { 0 } else { row })));
    }
    let columns: Vec<&dyn Array> = columns.iter().map(|column| column.as_ref()).collect();
    Ok(interleave(&columns, &indices)?)
}

fn array_repeat(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = retype(
        &arguments.array(0)?,
        element_of(arguments.return_type)?.data_type(),
    )?;
    let counts = arguments.array(1)?;
    let counts = counts.as_primitive::<Int32Type>();
    let data = values.to_data();
    let mut lists = ListBuilder::new(vec![&data], arguments.rows);
    for row in 0..arguments.rows {
        if counts.is_null(row) {
            lists.null();
            continue;
        }
        let count = check_size("array_repeat", i64::from(counts.value(row)))?;
        if values.is_null(row) {
            lists.push_nulls(count)?;
        } else {
            for _ in 0..count {
                lists.push(0, row..row + 1)?;
            }
        }
        lists.end();
    }
    lists.finish(arguments.return_type)
}

/// The most elements of an array (Spark: `ByteArrayMethods.MAX_ROUNDED_ARRAY_LENGTH`).
pub(super) const MAX_ELEMENTS: i64 = 2_147_483_632;

/// A number of elements that an array can have; 0 if it is negative.
pub(super) fn check_size(function: &str, count: i64) -> Result<usize> {
    if count > MAX_ELEMENTS {
        return Err(Error::data(
            "COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER",
            format!(
                "Can't create array with {count} elements which exceeding the array size limit {MAX_ELEMENTS}, the value of parameter(s) `count` in the function `{function}` is invalid."
            ),
        ));
    }
    Ok(usize::try_from(count).unwrap_or(0))
}
