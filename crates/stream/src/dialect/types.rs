//! Spark's data types as Arrow's, and their names in both directions.

use arrow::datatypes::{DataType, Field, FieldRef, IntervalUnit, TimeUnit};
use datafusion::common::{Result, not_impl_err};
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, DataType as SqlType, ExactNumberInfo, StructField, TimezoneInfo,
};
use std::sync::Arc;

/// `TIMESTAMP`: an instant, in microseconds. The session's time zone is for reading and showing.
pub(crate) fn timestamp_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// `TIMESTAMP_NTZ`: date and time of day without a zone, in microseconds.
pub(crate) fn timestamp_ntz_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, None)
}

/// Spark's short name of a type: `bigint`, `struct<a:int,b:string>`.
pub(crate) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "void".into(),
        DataType::Boolean => "boolean".into(),
        DataType::Int8 => "tinyint".into(),
        DataType::Int16 | DataType::UInt8 => "smallint".into(),
        DataType::Int32 | DataType::UInt16 => "int".into(),
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => "bigint".into(),
        DataType::Float16 | DataType::Float32 => "float".into(),
        DataType::Float64 => "double".into(),
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => format!("decimal({p},{s})"),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string".into(),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => "binary".into(),
        DataType::Date32 | DataType::Date64 => "date".into(),
        DataType::Timestamp(_, Some(_)) => "timestamp".into(),
        DataType::Timestamp(_, None) => "timestamp_ntz".into(),
        DataType::Time32(_) | DataType::Time64(_) => "time(6)".into(),
        DataType::Interval(IntervalUnit::YearMonth) => "interval year to month".into(),
        DataType::Interval(_) => "interval".into(),
        DataType::Duration(_) => "interval day to second".into(),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => format!("array<{}>", type_name(item.data_type())),
        DataType::Struct(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|field| format!("{}:{}", field.name(), type_name(field.data_type())))
                .collect();
            format!("struct<{}>", fields.join(","))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => format!(
                "map<{},{}>",
                type_name(fields[0].data_type()),
                type_name(fields[1].data_type())
            ),
            _ => "map".into(),
        },
        DataType::Dictionary(_, value) => type_name(value),
        other => other.to_string(),
    }
}

/// Spark's SQL name of a type, as `CAST(.. AS ..)` and error messages have it: `BIGINT`.
pub(crate) fn sql_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Struct(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|field| format!("{}: {}", field.name(), sql_name(field.data_type())))
                .collect();
            format!("STRUCT<{}>", fields.join(", "))
        }
        other => type_name(other).to_uppercase(),
    }
}

/// The Arrow type of a type in SQL text.
///
/// # Errors
/// Says which type is unknown.
pub(crate) fn from_sql(sql_type: &SqlType) -> Result<DataType> {
    Ok(match sql_type {
        SqlType::Boolean | SqlType::Bool => DataType::Boolean,
        SqlType::TinyInt(_) => DataType::Int8,
        SqlType::SmallInt(_) => DataType::Int16,
        SqlType::Int(_) | SqlType::Integer(_) => DataType::Int32,
        SqlType::BigInt(_) => DataType::Int64,
        SqlType::Real | SqlType::Float(_) => DataType::Float32,
        SqlType::Double(_) | SqlType::DoublePrecision => DataType::Float64,
        SqlType::Decimal(info) | SqlType::Numeric(info) | SqlType::Dec(info) => match info {
            ExactNumberInfo::None => DataType::Decimal128(10, 0),
            ExactNumberInfo::Precision(p) => DataType::Decimal128(*p as u8, 0),
            ExactNumberInfo::PrecisionAndScale(p, s) => DataType::Decimal128(*p as u8, *s as i8),
        },
        SqlType::String(_)
        | SqlType::Text
        | SqlType::Varchar(_)
        | SqlType::Char(_)
        | SqlType::CharVarying(_)
        | SqlType::Character(_)
        | SqlType::CharacterVarying(_) => DataType::Utf8,
        SqlType::Binary(_) | SqlType::Bytea | SqlType::Varbinary(_) => DataType::Binary,
        SqlType::Date => DataType::Date32,
        SqlType::Timestamp(_, TimezoneInfo::WithoutTimeZone) | SqlType::TimestampNtz(_) => timestamp_ntz_type(),
        SqlType::Timestamp(_, _) => timestamp_type(),
        SqlType::Array(ArrayElemTypeDef::AngleBracket(item)) => {
            DataType::List(Arc::new(Field::new("element", from_sql(item)?, true)))
        }
        SqlType::Struct(fields, _) => {
            DataType::Struct(fields.iter().map(struct_field).collect::<Result<Vec<_>>>()?.into())
        }
        SqlType::Map(key, value) => {
            let entries = DataType::Struct(
                vec![
                    Field::new("key", from_sql(key)?, false),
                    Field::new("value", from_sql(value)?, true),
                ]
                .into(),
            );
            DataType::Map(Arc::new(Field::new("entries", entries, false)), false)
        }
        SqlType::Custom(name, _) => match name.to_string().to_lowercase().as_str() {
            "string" => DataType::Utf8,
            "byte" => DataType::Int8,
            "short" => DataType::Int16,
            "long" => DataType::Int64,
            "void" => DataType::Null,
            "timestamp_ntz" => timestamp_ntz_type(),
            "timestamp_ltz" => timestamp_type(),
            other => return not_impl_err!("data type {other}"),
        },
        other => return not_impl_err!("data type {other}"),
    })
}

fn struct_field(field: &StructField) -> Result<Field> {
    let name = match &field.field_name {
        Some(name) => name.value.clone(),
        None => return not_impl_err!("a struct field without a name"),
    };
    Ok(Field::new(name, from_sql(&field.field_type)?, true))
}

/// Gives SQL's type names Spark's meaning while DataFusion plans.
#[derive(Debug)]
pub(crate) struct SparkTypePlanner;

impl TypePlanner for SparkTypePlanner {
    fn plan_type_field(&self, sql_type: &SqlType) -> Result<Option<FieldRef>> {
        match from_sql(sql_type) {
            Ok(data_type) => Ok(Some(Arc::new(Field::new("", data_type, true)))),
            Err(_) => Ok(None),
        }
    }
}
