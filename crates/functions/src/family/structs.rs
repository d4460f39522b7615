//! Structs.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StructArray, make_array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType as ArrowType;
use datafusion_common::ScalarValue;
use sql::DataType;

use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::types::STRING;
use crate::udf::Arguments;

pub(super) const FUNCTIONS: &[Function] = &[FIELD, FIELD_AT];

const FIELD: Function = Function::scalar(
    "__field",
    Group::Struct,
    (2, 2),
    "",
    |call| {
        // A struct, and the name of one of its fields as it is written.
        let call = {
            let mut call = call;
            call.accept_one(1, STRING)?;
            call
        };
        let wanted = call.constant_string(1)?.unwrap_or_default();
        let DataType::Struct(fields) = call.type_of(0) else {
            return Err(Error::internal("a field of what is no struct"));
        };
        let Some(field) = fields.iter().find(|field| field.name == wanted) else {
            return Err(Error::internal(format!("there is no field {wanted}")));
        };
        let (data_type, nullable) = (field.data_type.clone(), field.nullable);
        let nullable = nullable || call.arguments[0].nullable;
        let name = format!("{}.{wanted}", call.arguments[0].name);
        Ok(call.invoke_nullable(data_type, nullable)?.named(name))
    },
    Kernel::Scalar(field),
);

/// A field by its place, from 0: two fields can have the same name.
const FIELD_AT: Function = Function::scalar(
    "__field_at",
    Group::Struct,
    (2, 2),
    "",
    |call| {
        let index = match call.arguments[1].literal() {
            Some(ScalarValue::Int32(Some(index))) => usize::try_from(*index).ok(),
            _ => None,
        };
        let field = match (call.type_of(0), index) {
            (DataType::Struct(fields), Some(index)) => fields.get(index),
            _ => None,
        };
        let Some(field) = field else {
            return Err(Error::internal("a field that is not there"));
        };
        let (data_type, name) = (field.data_type.clone(), field.name.clone());
        let nullable = field.nullable || call.arguments[0].nullable;
        let name = format!("{}.{name}", call.arguments[0].name);
        Ok(call.invoke_nullable(data_type, nullable)?.named(name))
    },
    Kernel::Scalar(|arguments| {
        let structs = arguments.array(0)?;
        let index = match arguments.scalar(1) {
            Some(ScalarValue::Int32(Some(index))) => usize::try_from(*index).ok(),
            _ => None,
        };
        let column = index.and_then(|index| structs.as_struct().columns().get(index));
        match column {
            Some(column) => within(structs.as_struct(), column),
            None => Err(Error::internal("a field that is not there")),
        }
    }),
);

/// A field of each struct; NULL for a struct that is NULL.
fn field(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let structs = arguments.array(0)?;
    let structs = structs.as_struct();
    let Some(ScalarValue::Utf8(Some(name))) = arguments.scalar(1) else {
        return Err(Error::internal("the name of a field is no constant"));
    };
    let Some(column) = structs.column_by_name(name) else {
        return Err(Error::internal(format!("there is no field {name}")));
    };
    within(structs, column)
}

/// The values of a field; NULL where the struct is NULL.
fn within(structs: &StructArray, column: &ArrayRef) -> Result<ArrayRef> {
    if *column.data_type() == ArrowType::Null {
        return Ok(Arc::clone(column));
    }
    let nulls = NullBuffer::union(structs.nulls(), column.nulls());
    if nulls.as_ref() == column.nulls() {
        return Ok(Arc::clone(column));
    }
    let data = column.to_data().into_builder().nulls(nulls).build()?;
    Ok(make_array(data))
}
