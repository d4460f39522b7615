//! Types as they are written.

/// A type of Spark's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are Spark's")]
pub enum DataType {
    Boolean,
    Byte,
    Short,
    Integer,
    Long,
    Float,
    Double,
    Date,
    /// `TIMESTAMP`: what it is, the session's `spark.sql.timestampType` says.
    Timestamp,
    TimestampLtz,
    TimestampNtz,
    /// `TIME(precision)`: digits of a second, 0 to 6.
    Time(u8),
    String,
    /// `STRING COLLATE name`.
    CollatedString(Vec<String>),
    Char(u32),
    Varchar(u32),
    Binary,
    /// Precision and scale; scale at most precision.
    Decimal(u8, i8),
    Void,
    /// `INTERVAL`.
    CalendarInterval,
    /// From and to: year or month.
    YearMonthInterval(crate::IntervalUnit, crate::IntervalUnit),
    /// From and to: day to second.
    DayTimeInterval(crate::IntervalUnit, crate::IntervalUnit),
    Variant,
    Array(Box<DataType>),
    Map(Box<DataType>, Box<DataType>),
    Struct(Vec<StructField>),
}

/// A field of a struct, or a column of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StructField {
    /// The name, in the case of the text.
    pub name: String,
    /// The type.
    pub data_type: DataType,
    /// False after `NOT NULL`.
    pub nullable: bool,
    /// The text after `COMMENT`.
    pub comment: Option<String>,
}

impl DataType {
    /// The name in lower case, as `typeof` and `DESCRIBE` give it: `struct<a:int,b:array<string>>`
    /// (Spark: `DataType.catalogString`).
    pub fn simple_string(&self) -> String {
        match self {
            DataType::Array(element) => format!("array<{}>", element.simple_string()),
            DataType::Map(key, value) => {
                format!("map<{},{}>", key.simple_string(), value.simple_string())
            }
            DataType::Struct(fields) => {
                let fields = fields
                    .iter()
                    .map(|field| format!("{}:{}", field.name, field.data_type.simple_string()));
                format!("struct<{}>", fields.collect::<Vec<_>>().join(","))
            }
            other => other.sql().to_lowercase(),
        }
    }

    /// The name in upper case, as messages and casts have it: `STRUCT<a: INT NOT NULL>` (Spark: `DataType.sql`).
    pub fn sql(&self) -> String {
        match self {
            DataType::Boolean => "BOOLEAN".to_owned(),
            DataType::Byte => "TINYINT".to_owned(),
            DataType::Short => "SMALLINT".to_owned(),
            DataType::Integer => "INT".to_owned(),
            DataType::Long => "BIGINT".to_owned(),
            DataType::Float => "FLOAT".to_owned(),
            DataType::Double => "DOUBLE".to_owned(),
            DataType::Date => "DATE".to_owned(),
            DataType::Timestamp | DataType::TimestampLtz => "TIMESTAMP".to_owned(),
            DataType::TimestampNtz => "TIMESTAMP_NTZ".to_owned(),
            DataType::Time(precision) => format!("TIME({precision})"),
            DataType::String => "STRING".to_owned(),
            DataType::CollatedString(name) => format!("STRING COLLATE {}", name.join(".")),
            DataType::Char(length) => format!("CHAR({length})"),
            DataType::Varchar(length) => format!("VARCHAR({length})"),
            DataType::Binary => "BINARY".to_owned(),
            DataType::Decimal(precision, scale) => format!("DECIMAL({precision},{scale})"),
            DataType::Void => "VOID".to_owned(),
            DataType::CalendarInterval => "INTERVAL".to_owned(),
            DataType::YearMonthInterval(from, to) | DataType::DayTimeInterval(from, to) => {
                if from == to {
                    format!("INTERVAL {}", from.name())
                } else {
                    format!("INTERVAL {} TO {}", from.name(), to.name())
                }
            }
            DataType::Variant => "VARIANT".to_owned(),
            DataType::Array(element) => format!("ARRAY<{}>", element.sql()),
            DataType::Map(key, value) => format!("MAP<{}, {}>", key.sql(), value.sql()),
            DataType::Struct(fields) => {
                let fields = fields.iter().map(|field| {
                    let not_null = if field.nullable { "" } else { " NOT NULL" };
                    let name = quote_if_needed(&field.name);
                    format!("{name}: {}{not_null}", field.data_type.sql())
                });
                format!("STRUCT<{}>", fields.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// `name`, in back quotes where it is no plain identifier (Spark: `QuotingUtils.quoteIfNeeded`).
pub fn quote_if_needed(name: &str) -> String {
    let is_plain = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain {
        name.to_owned()
    } else {
        format!("`{}`", name.replace('`', "``"))
    }
}
