//! Schemas in Spark's JSON: `{"type":"struct","fields":[…]}`.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, TimeUnit};
use serde_json::{Map, Value, json};

use super::{
    COMMENT, array_of, day_time_interval, map_of, names, simple_type, year_month_interval,
};
use crate::error::FormatError;

/// Spark's `StructType.json()` of these columns; types that Spark does not have fail.
pub fn to_json(fields: &Fields) -> Result<String, FormatError> {
    Ok(struct_value(fields)?.to_string())
}

/// The type that a JSON text names: an object, or a quoted name such as `"integer"`.
pub fn from_json(text: &str) -> Result<DataType, FormatError> {
    let value: Value = serde_json::from_str(text).map_err(|error| invalid(&error.to_string()))?;
    to_type(&value)
}

fn struct_value(fields: &Fields) -> Result<Value, FormatError> {
    let fields: Vec<Value> = fields
        .iter()
        .map(|f| {
            let metadata: Map<String, Value> = f
                .metadata()
                .iter()
                .filter(|(key, _)| *key == COMMENT)
                .map(|(key, value)| (key.clone(), Value::String(value.clone())))
                .collect();
            Ok(json!({
                "name": f.name(),
                "type": to_value(f.data_type())?,
                "nullable": f.is_nullable(),
                "metadata": metadata,
            }))
        })
        .collect::<Result<_, FormatError>>()?;
    Ok(json!({ "type": "struct", "fields": fields }))
}

fn to_value(data_type: &DataType) -> Result<Value, FormatError> {
    Ok(match data_type {
        DataType::Struct(fields) => struct_value(fields)?,
        DataType::List(element) | DataType::LargeList(element) => json!({
            "type": "array",
            "elementType": to_value(element.data_type())?,
            "containsNull": element.is_nullable(),
        }),
        DataType::Map(entries, _) => {
            let DataType::Struct(fields) = entries.data_type() else {
                return Err(no_spark_type(data_type));
            };
            json!({
                "type": "map",
                "keyType": to_value(fields[0].data_type())?,
                "valueType": to_value(fields[1].data_type())?,
                "valueContainsNull": fields[1].is_nullable(),
            })
        }
        DataType::Int8 => json!("byte"),
        DataType::Int16 => json!("short"),
        DataType::Int32 => json!("integer"),
        DataType::Int64 => json!("long"),
        DataType::Duration(TimeUnit::Microsecond) => json!("interval day to second"),
        DataType::Interval(IntervalUnit::YearMonth) => json!("interval year to month"),
        other => json!(names::catalog_string(other).ok_or_else(|| no_spark_type(other))?),
    })
}

fn to_type(value: &Value) -> Result<DataType, FormatError> {
    match value {
        Value::String(name) => named(name),
        Value::Object(object) => match object.get("type").and_then(Value::as_str) {
            Some("struct") => {
                let fields = object.get("fields").and_then(Value::as_array);
                let fields = fields.ok_or_else(|| invalid("a struct lacks \"fields\""))?;
                let fields: Vec<Field> = fields.iter().map(to_field).collect::<Result<_, _>>()?;
                Ok(DataType::Struct(fields.into()))
            }
            Some("array") => Ok(array_of(
                part(object, "elementType")?,
                flag(object, "containsNull"),
            )),
            Some("map") => {
                let value_contains_null = flag(object, "valueContainsNull");
                Ok(map_of(
                    part(object, "keyType")?,
                    part(object, "valueType")?,
                    value_contains_null,
                ))
            }
            // A user-defined type is stored as what it is made of.
            Some("udt") => part(object, "sqlType"),
            other => Err(invalid(&format!("unknown type {other:?}"))),
        },
        other => Err(invalid(&format!("{other} is no type"))),
    }
}

fn to_field(value: &Value) -> Result<Field, FormatError> {
    let object = value
        .as_object()
        .ok_or_else(|| invalid("a field is not an object"))?;
    let name = object.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| invalid("a field lacks \"name\""))?;
    let field = Field::new(name, part(object, "type")?, flag(object, "nullable"));
    let comment = object
        .get("metadata")
        .and_then(|m| m.get(COMMENT))
        .and_then(Value::as_str);
    Ok(match comment {
        Some(text) => field.with_metadata(HashMap::from([(COMMENT.to_owned(), text.to_owned())])),
        None => field,
    })
}

fn part(object: &Map<String, Value>, name: &str) -> Result<DataType, FormatError> {
    to_type(
        object
            .get(name)
            .ok_or_else(|| invalid(&format!("a type lacks {name:?}")))?,
    )
}

/// Absent means true, as for columns read from data.
fn flag(object: &Map<String, Value>, name: &str) -> bool {
    object.get(name).and_then(Value::as_bool).unwrap_or(true)
}

fn named(name: &str) -> Result<DataType, FormatError> {
    let unknown = || invalid(&format!("unknown type {name:?}"));
    if name == "decimal" {
        return Ok(DataType::Decimal128(10, 0));
    }
    if let Some(parameters) = name
        .strip_prefix("decimal(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        let (precision, scale) = parameters.split_once(',').ok_or_else(unknown)?;
        let precision: u8 = precision.trim().parse().map_err(|_| unknown())?;
        let scale: i8 = scale.trim().parse().map_err(|_| unknown())?;
        if precision == 0 || precision > 38 || scale < 0 || scale as u8 > precision {
            return Err(unknown());
        }
        return Ok(DataType::Decimal128(precision, scale));
    }
    if name.starts_with("char(") || name.starts_with("varchar(") {
        return Ok(DataType::Utf8);
    }
    if let Some(unit) = name.strip_prefix("interval ") {
        let of_months = unit.starts_with("year") || unit.starts_with("month");
        return Ok(if of_months {
            year_month_interval()
        } else {
            day_time_interval()
        });
    }
    simple_type(name).ok_or_else(unknown)
}

fn no_spark_type(data_type: &DataType) -> FormatError {
    invalid(&format!("Spark has no type for Arrow's {data_type}"))
}

fn invalid(problem: &str) -> FormatError {
    FormatError::InvalidSchema {
        message: format!("[INVALID_JSON_SCHEMA] {problem}"),
    }
}
