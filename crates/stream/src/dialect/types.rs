//! Spark's data types as Arrow's, and their names in both directions.

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, not_impl_err};
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, DataType as SqlType, ExactNumberInfo, StructField, TimezoneInfo,
};
use format::schema;
use std::sync::Arc;

/// `TIMESTAMP`: an instant, in microseconds. The session's time zone is for reading and showing.
pub(crate) fn timestamp_type() -> DataType {
    schema::timestamp()
}

/// Spark's short name of a type: `bigint`, `struct<a:int,b:string>`. Arrow's name for what Spark
/// does not have.
pub(crate) fn type_name(data_type: &DataType) -> String {
    schema::catalog_string(data_type).unwrap_or_else(|| data_type.to_string())
}

/// Spark's short name of a column's type: `char(5)`.
pub(crate) fn field_type_name(field: &Field) -> String {
    match functions::types::field_type(field) {
        Some(data_type) => data_type.simple_string(),
        None => type_name(field.data_type()),
    }
}

/// Spark's SQL name of a type, as `CAST(.. AS ..)` and error messages have it: `BIGINT`.
pub(crate) fn sql_name(data_type: &DataType) -> String {
    schema::sql_string(data_type).unwrap_or_else(|| data_type.to_string())
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
        SqlType::Timestamp(_, TimezoneInfo::WithoutTimeZone) | SqlType::TimestampNtz(_) => {
            schema::timestamp_ntz()
        }
        SqlType::Timestamp(_, _) => timestamp_type(),
        SqlType::Array(ArrayElemTypeDef::AngleBracket(item)) => schema::array(from_sql(item)?),
        SqlType::Struct(fields, _) => DataType::Struct(
            fields
                .iter()
                .map(struct_field)
                .collect::<Result<Vec<_>>>()?
                .into(),
        ),
        SqlType::Map(key, value) => schema::map(from_sql(key)?, from_sql(value)?),
        SqlType::Custom(name, _) => match name.to_string().to_lowercase().as_str() {
            "string" => DataType::Utf8,
            "byte" => DataType::Int8,
            "short" => DataType::Int16,
            "long" => DataType::Int64,
            "void" => DataType::Null,
            "timestamp_ntz" => schema::timestamp_ntz(),
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
