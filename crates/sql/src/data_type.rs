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
