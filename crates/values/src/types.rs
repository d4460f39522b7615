//! Spark's types as Arrow's, and their families.

use std::sync::Arc;

use arrow::datatypes::{DataType as ArrowType, Field, Fields, IntervalUnit as ArrowUnit, TimeUnit};
use sql::{DataType, IntervalUnit, StructField};

/// `INTERVAL DAY TO SECOND`.
pub const DAY_TIME: DataType = DataType::DayTimeInterval(IntervalUnit::Day, IntervalUnit::Second);
/// `INTERVAL YEAR TO MONTH`.
pub const YEAR_MONTH: DataType =
    DataType::YearMonthInterval(IntervalUnit::Year, IntervalUnit::Month);

/// The Arrow type that values of a type are kept in.
pub fn to_arrow(data_type: &DataType) -> ArrowType {
    match data_type {
        DataType::Boolean => ArrowType::Boolean,
        DataType::Byte => ArrowType::Int8,
        DataType::Short => ArrowType::Int16,
        DataType::Integer => ArrowType::Int32,
        DataType::Long => ArrowType::Int64,
        DataType::Float => ArrowType::Float32,
        DataType::Double => ArrowType::Float64,
        DataType::Date => ArrowType::Date32,
        DataType::Timestamp | DataType::TimestampLtz => format::schema::timestamp(),
        DataType::TimestampNtz => format::schema::timestamp_ntz(),
        DataType::Time(_) => ArrowType::Time64(TimeUnit::Microsecond),
        DataType::String
        | DataType::CollatedString(_)
        | DataType::Char(_)
        | DataType::Varchar(_) => ArrowType::Utf8,
        DataType::Binary | DataType::Variant => ArrowType::Binary,
        DataType::Decimal(precision, scale) => ArrowType::Decimal128(*precision, *scale),
        DataType::Void => ArrowType::Null,
        DataType::CalendarInterval => ArrowType::Interval(ArrowUnit::MonthDayNano),
        DataType::YearMonthInterval(..) => ArrowType::Interval(ArrowUnit::YearMonth),
        DataType::DayTimeInterval(..) => ArrowType::Duration(TimeUnit::Microsecond),
        DataType::Array(element) => format::schema::array(to_arrow(element)),
        DataType::Map(key, value) => format::schema::map(to_arrow(key), to_arrow(value)),
        DataType::Struct(fields) => ArrowType::Struct(to_fields(fields)),
    }
}

/// The Arrow fields of the fields of a struct.
pub fn to_fields(fields: &[StructField]) -> Fields {
    let fields = fields
        .iter()
        .map(|field| Field::new(&field.name, to_arrow(&field.data_type), field.nullable));
    fields.collect()
}

/// The type of Spark's whose values are kept in an Arrow type; none if Spark has no such type.
pub fn from_arrow(data_type: &ArrowType) -> Option<DataType> {
    Some(match data_type {
        ArrowType::Boolean => DataType::Boolean,
        ArrowType::Int8 => DataType::Byte,
        ArrowType::Int16 => DataType::Short,
        ArrowType::Int32 => DataType::Integer,
        ArrowType::Int64 => DataType::Long,
        ArrowType::Float32 => DataType::Float,
        ArrowType::Float64 => DataType::Double,
        ArrowType::Date32 => DataType::Date,
        ArrowType::Timestamp(TimeUnit::Microsecond, Some(_)) => DataType::Timestamp,
        ArrowType::Timestamp(TimeUnit::Microsecond, None) => DataType::TimestampNtz,
        ArrowType::Time64(TimeUnit::Microsecond) => DataType::Time(6),
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View => DataType::String,
        ArrowType::Binary | ArrowType::LargeBinary | ArrowType::BinaryView => DataType::Binary,
        ArrowType::Decimal128(precision, scale) => DataType::Decimal(*precision, *scale),
        ArrowType::Null => DataType::Void,
        ArrowType::Interval(ArrowUnit::MonthDayNano) => DataType::CalendarInterval,
        ArrowType::Interval(ArrowUnit::YearMonth) => YEAR_MONTH,
        ArrowType::Duration(TimeUnit::Microsecond) => DAY_TIME,
        ArrowType::List(element) | ArrowType::LargeList(element) => {
            DataType::Array(Box::new(from_arrow(element.data_type())?))
        }
        ArrowType::Map(entries, _) => match entries.data_type() {
            ArrowType::Struct(fields) if fields.len() == 2 => DataType::Map(
                Box::new(from_arrow(fields[0].data_type())?),
                Box::new(from_arrow(fields[1].data_type())?),
            ),
            _ => return None,
        },
        ArrowType::Struct(fields) => {
            let fields = fields.iter().map(|field| from_field(field));
            DataType::Struct(fields.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// The entry of an Arrow field's metadata that names a type of Spark's which the Arrow type does not tell.
pub const TYPE_METADATA: &str = "spark.type";

/// The entry for [`TYPE_METADATA`] that a column of a type needs; none if its Arrow type says it all.
pub fn type_metadata(data_type: &DataType) -> Option<String> {
    (from_arrow(&to_arrow(data_type)).as_ref() != Some(data_type)).then(|| data_type.sql())
}

/// The type of Spark's that an Arrow field has; none if Spark has no such type.
pub fn field_type(field: &Field) -> Option<DataType> {
    match field.metadata().get(TYPE_METADATA) {
        Some(name) => sql::parse_data_type(name).ok(),
        None => from_arrow(field.data_type()),
    }
}

/// The field of a struct that an Arrow field stands for.
pub fn from_field(field: &Field) -> Option<StructField> {
    Some(StructField {
        name: field.name().clone(),
        data_type: from_arrow(field.data_type())?,
        nullable: field.is_nullable(),
        comment: field.metadata().get("comment").cloned(),
    })
}

/// The element type as an `ARRAY`.
pub fn array(element: DataType) -> DataType {
    DataType::Array(Box::new(element))
}

/// A field of a struct without a comment.
pub fn field(name: &str, data_type: DataType, nullable: bool) -> StructField {
    StructField {
        name: name.to_owned(),
        data_type,
        nullable,
        comment: None,
    }
}

/// Whether a type is `TINYINT`, `SMALLINT`, `INT` or `BIGINT`.
pub fn is_integral(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Byte | DataType::Short | DataType::Integer | DataType::Long
    )
}

/// Whether a type is `FLOAT` or `DOUBLE`.
pub fn is_floating(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Float | DataType::Double)
}

/// Whether a type is a number.
pub fn is_numeric(data_type: &DataType) -> bool {
    is_integral(data_type) || is_floating(data_type) || matches!(data_type, DataType::Decimal(..))
}

/// Whether a type is text: `STRING`, `CHAR` or `VARCHAR`.
pub fn is_string(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::String | DataType::CollatedString(_) | DataType::Char(_) | DataType::Varchar(_)
    )
}

/// Whether a type has no parts (Spark: `AtomicType`).
pub fn is_atomic(data_type: &DataType) -> bool {
    !matches!(
        data_type,
        DataType::Void
            | DataType::CalendarInterval
            | DataType::Array(_)
            | DataType::Map(..)
            | DataType::Struct(_)
            | DataType::Variant
    )
}

/// Whether values of a type can be sorted (Spark: `RowOrdering.isOrderable`).
pub fn is_orderable(data_type: &DataType) -> bool {
    match data_type {
        DataType::Void => true,
        DataType::Array(element) => is_orderable(element),
        DataType::Struct(fields) => fields.iter().all(|field| is_orderable(&field.data_type)),
        other => is_atomic(other),
    }
}

/// An Arrow struct of these children is what a `STRUCT` of these fields is kept in.
pub fn struct_type(fields: Vec<StructField>) -> (DataType, ArrowType) {
    let arrow = ArrowType::Struct(to_fields(&fields));
    (DataType::Struct(fields), arrow)
}

/// The element field of Arrow's lists.
pub fn element_field(element: &DataType) -> Arc<Field> {
    Arc::new(Field::new("element", to_arrow(element), true))
}
