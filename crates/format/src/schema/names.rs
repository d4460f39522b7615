//! What Spark calls an Arrow type.

use arrow::datatypes::{DataType, Fields, IntervalUnit, TimeUnit};

/// The name in lower case, without spaces, in full: `struct<a:int,b:array<string>>`.
///
/// None for types that Spark does not have.
pub fn catalog_string(data_type: &DataType) -> Option<String> {
    Some(match data_type {
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::List(element) | DataType::LargeList(element) => {
            format!("array<{}>", catalog_string(element.data_type())?)
        }
        DataType::Map(entries, _) => {
            let (key, value) = map_types(entries.data_type())?;
            format!("map<{},{}>", catalog_string(key)?, catalog_string(value)?)
        }
        DataType::Struct(fields) => {
            let fields = each(fields, |f| {
                Some(format!("{}:{}", f.name(), catalog_string(f.data_type())?))
            })?;
            format!("struct<{}>", fields.join(","))
        }
        other => simple_name(other)?.to_owned(),
    })
}

/// The name in upper case, as Spark writes types in messages: `STRUCT<a: INT NOT NULL>`.
///
/// None for types that Spark does not have.
pub fn sql_string(data_type: &DataType) -> Option<String> {
    Some(match data_type {
        DataType::Decimal128(precision, scale) => format!("DECIMAL({precision},{scale})"),
        DataType::List(element) | DataType::LargeList(element) => {
            format!("ARRAY<{}>", sql_string(element.data_type())?)
        }
        DataType::Map(entries, _) => {
            let (key, value) = map_types(entries.data_type())?;
            format!("MAP<{}, {}>", sql_string(key)?, sql_string(value)?)
        }
        DataType::Struct(fields) => {
            let fields = each(fields, |f| {
                let not_null = if f.is_nullable() { "" } else { " NOT NULL" };
                Some(format!(
                    "{}: {}{not_null}",
                    quoted(f.name()),
                    sql_string(f.data_type())?
                ))
            })?;
            format!("STRUCT<{}>", fields.join(", "))
        }
        other => simple_name(other)?.to_uppercase(),
    })
}

/// The name of a type without parameters.
fn simple_name(data_type: &DataType) -> Option<&'static str> {
    Some(match data_type {
        DataType::Null => "void",
        DataType::Boolean => "boolean",
        DataType::Int8 => "tinyint",
        DataType::Int16 => "smallint",
        DataType::Int32 => "int",
        DataType::Int64 => "bigint",
        DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "binary",
        DataType::Date32 => "date",
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => "timestamp",
        DataType::Timestamp(TimeUnit::Microsecond, None) => "timestamp_ntz",
        DataType::Duration(TimeUnit::Microsecond) => "interval day to second",
        DataType::Interval(IntervalUnit::YearMonth) => "interval year to month",
        _ => return None,
    })
}

/// The types of a map's keys and values.
pub(super) fn map_types(entries: &DataType) -> Option<(&DataType, &DataType)> {
    match entries {
        DataType::Struct(fields) if fields.len() == 2 => {
            Some((fields[0].data_type(), fields[1].data_type()))
        }
        _ => None,
    }
}

fn each(
    fields: &Fields,
    name: impl Fn(&arrow::datatypes::Field) -> Option<String>,
) -> Option<Vec<String>> {
    fields.iter().map(|f| name(f)).collect()
}

/// An identifier in backquotes where it needs them.
fn quoted(name: &str) -> String {
    let plain = !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !name.chars().all(|c| c.is_ascii_digit());
    if plain {
        name.to_owned()
    } else {
        format!("`{}`", name.replace('`', "``"))
    }
}
