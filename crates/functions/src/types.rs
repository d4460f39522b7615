//! Spark's types, and which of them an argument takes.

use sql::DataType;

pub use values::types::*;

/// The types that an argument takes (Spark: `AbstractDataType`).
#[derive(Clone, Copy, Debug)]
pub enum Accepts {
    /// Every type.
    Any,
    /// One type without parameters.
    Type(&'static DataType),
    /// Numbers.
    Numeric,
    /// Whole numbers.
    Integral,
    /// Decimals of any precision.
    Decimal,
    /// Arrays of anything.
    Array,
    /// Maps of anything.
    Map,
    /// Structs.
    Struct,
    /// Year-month and day-time intervals.
    AnsiInterval,
    /// Day-time intervals.
    DayTime,
    /// Year-month intervals.
    YearMonth,
    /// Times of day.
    Time,
    /// The first that fits.
    OneOf(&'static [Accepts]),
}

/// `BOOLEAN`.
pub const BOOLEAN: Accepts = Accepts::Type(&DataType::Boolean);
/// `INT`.
pub const INT: Accepts = Accepts::Type(&DataType::Integer);
/// `BIGINT`.
pub const LONG: Accepts = Accepts::Type(&DataType::Long);
/// `DOUBLE`.
pub const DOUBLE: Accepts = Accepts::Type(&DataType::Double);
/// `STRING`.
pub const STRING: Accepts = Accepts::Type(&DataType::String);
/// `BINARY`.
pub const BINARY: Accepts = Accepts::Type(&DataType::Binary);
/// `DATE`.
pub const DATE: Accepts = Accepts::Type(&DataType::Date);
/// `TIMESTAMP`.
pub const TIMESTAMP: Accepts = Accepts::Type(&DataType::Timestamp);
/// `TIMESTAMP_NTZ`.
pub const TIMESTAMP_NTZ: Accepts = Accepts::Type(&DataType::TimestampNtz);
/// `STRING` or `BINARY`.
pub const STRING_OR_BINARY: Accepts = Accepts::OneOf(&[STRING, BINARY]);

impl Accepts {
    /// Whether values of a type are taken as they are.
    pub fn accepts(self, data_type: &DataType) -> bool {
        match self {
            Accepts::Any => true,
            Accepts::Type(DataType::String) => is_string(data_type),
            Accepts::Type(accepted) => accepted == data_type,
            Accepts::Numeric => is_numeric(data_type),
            Accepts::Integral => is_integral(data_type),
            Accepts::Decimal => matches!(data_type, DataType::Decimal(..)),
            Accepts::Array => matches!(data_type, DataType::Array(_)),
            Accepts::Map => matches!(data_type, DataType::Map(..)),
            Accepts::Struct => matches!(data_type, DataType::Struct(_)),
            Accepts::AnsiInterval => matches!(
                data_type,
                DataType::YearMonthInterval(..) | DataType::DayTimeInterval(..)
            ),
            Accepts::DayTime => matches!(data_type, DataType::DayTimeInterval(..)),
            Accepts::YearMonth => matches!(data_type, DataType::YearMonthInterval(..)),
            Accepts::Time => matches!(data_type, DataType::Time(_)),
            Accepts::OneOf(all) => all.iter().any(|one| one.accepts(data_type)),
        }
    }

    /// The type that NULL becomes (Spark: `defaultConcreteType`).
    pub fn default_type(self) -> DataType {
        match self {
            Accepts::Any => DataType::Void,
            Accepts::Type(data_type) => data_type.clone(),
            Accepts::Numeric => DataType::Double,
            Accepts::Integral => DataType::Integer,
            Accepts::Decimal => DataType::Decimal(38, 18),
            Accepts::Array => array(DataType::Void),
            Accepts::Map => DataType::Map(Box::new(DataType::Void), Box::new(DataType::Void)),
            Accepts::Struct => DataType::Struct(Vec::new()),
            Accepts::AnsiInterval | Accepts::DayTime => DAY_TIME,
            Accepts::YearMonth => YEAR_MONTH,
            Accepts::Time => DataType::Time(6),
            Accepts::OneOf(all) => all[0].default_type(),
        }
    }

    /// The name in messages (Spark: `simpleString`, in upper case and quotes).
    pub fn name(self) -> String {
        match self {
            Accepts::Any => "\"ANY\"".to_owned(),
            Accepts::Type(data_type) => format!("\"{}\"", data_type.sql()),
            Accepts::Numeric => "\"NUMERIC\"".to_owned(),
            Accepts::Integral => "\"INTEGRAL\"".to_owned(),
            Accepts::Decimal => "\"DECIMAL\"".to_owned(),
            Accepts::Array => "\"ARRAY\"".to_owned(),
            Accepts::Map => "\"MAP\"".to_owned(),
            Accepts::Struct => "\"STRUCT\"".to_owned(),
            Accepts::AnsiInterval => {
                "(\"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")".to_owned()
            }
            Accepts::DayTime => "\"INTERVAL DAY TO SECOND\"".to_owned(),
            Accepts::YearMonth => "\"INTERVAL YEAR TO MONTH\"".to_owned(),
            Accepts::Time => "\"TIME\"".to_owned(),
            Accepts::OneOf(all) => {
                let names: Vec<String> = all.iter().map(|one| one.name()).collect();
                format!("({})", names.join(" or "))
            }
        }
    }
}
