//! Values as the text of a literal (Spark: `Literal.sql`).

use std::sync::Arc;

use arrow::array::Array;
use datafusion::common::ScalarValue;
use functions::{Settings, Typed, explicit_cast};
use sql::DataType;

/// The text of an expression that has this value and this type.
pub(super) fn value_sql(value: &ScalarValue, data_type: &DataType) -> String {
    if value.is_null() {
        return match data_type {
            DataType::Void => "NULL".to_owned(),
            _ => format!("CAST(NULL AS {})", data_type.sql()),
        };
    }
    match (data_type, value) {
        (DataType::Array(element), ScalarValue::List(list)) => {
            let items = items(list.value(0).as_ref(), element);
            format!("array({})", items.join(", "))
        }
        (DataType::Struct(fields), ScalarValue::Struct(values)) => {
            let parts = fields.iter().zip(values.columns()).map(|(field, column)| {
                let value = items(column.as_ref(), &field.data_type).pop();
                let name = quoted(&field.name);
                format!("{name}, {}", value.unwrap_or_else(|| "NULL".to_owned()))
            });
            format!("named_struct({})", parts.collect::<Vec<_>>().join(", "))
        }
        (DataType::Map(key, item), ScalarValue::Map(map)) => {
            let entries = map.value(0);
            let keys = items(entries.column(0).as_ref(), key);
            let values = items(entries.column(1).as_ref(), item);
            let pairs = keys.into_iter().zip(values);
            let pairs = pairs.map(|(key, value)| format!("{key}, {value}"));
            format!("map({})", pairs.collect::<Vec<_>>().join(", "))
        }
        _ => simple_sql(value, data_type),
    }
}

fn items(values: &dyn Array, data_type: &DataType) -> Vec<String> {
    let texts = (0..values.len()).map(|row| {
        let value = ScalarValue::try_from_array(values, row);
        value.map_or_else(|_| "NULL".to_owned(), |value| value_sql(&value, data_type))
    });
    texts.collect()
}

fn simple_sql(value: &ScalarValue, data_type: &DataType) -> String {
    if let (DataType::Binary, ScalarValue::Binary(Some(bytes))) = (data_type, value) {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        return format!("X'{digits}'");
    }
    let typed = Typed::constant(value.clone(), data_type.clone(), "");
    // Times are shown in UTC and marked as such.
    let settings = Arc::new(Settings::default());
    let text = explicit_cast(typed, &DataType::String, &settings, None, false)
        .and_then(|text| functions::fold(&text.expr));
    let text = match text {
        Ok(ScalarValue::Utf8(Some(text))) => text,
        _ => value.to_string(),
    };
    let is_number = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'E'));
    match data_type {
        DataType::Boolean | DataType::Integer => text,
        DataType::Byte => format!("{text}Y"),
        DataType::Short => format!("{text}S"),
        DataType::Long => format!("{text}L"),
        DataType::Double if is_number => format!("{text}D"),
        DataType::Decimal(..) => format!("{text}BD"),
        DataType::Date => format!("DATE '{text}'"),
        DataType::Timestamp => format!("TIMESTAMP '{text}Z'"),
        DataType::TimestampNtz => format!("TIMESTAMP_NTZ '{text}'"),
        DataType::Time(_) => format!("TIME '{text}'"),
        DataType::YearMonthInterval(..) | DataType::DayTimeInterval(..) => text,
        DataType::String => quoted(&text),
        other => format!("CAST({} AS {})", quoted(&text), other.sql()),
    }
}

/// Text as a string literal.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_as_the_literal_of_its_type() {
        let cases = [
            (ScalarValue::Int32(Some(-1)), DataType::Integer, "-1"),
            (ScalarValue::Int64(Some(2)), DataType::Long, "2L"),
            (
                ScalarValue::Int64(None),
                DataType::Long,
                "CAST(NULL AS BIGINT)",
            ),
            (ScalarValue::Null, DataType::Void, "NULL"),
            (ScalarValue::from(1.5), DataType::Double, "1.5D"),
            (
                ScalarValue::from(f64::NAN),
                DataType::Double,
                "CAST('NaN' AS DOUBLE)",
            ),
            (
                ScalarValue::from("it's \\"),
                DataType::String,
                r"'it\'s \\'",
            ),
            (
                ScalarValue::Date32(Some(0)),
                DataType::Date,
                "DATE '1970-01-01'",
            ),
            (
                ScalarValue::Decimal128(Some(150), 5, 2),
                DataType::Decimal(5, 2),
                "1.50BD",
            ),
        ];
        for (value, data_type, expected) in cases {
            assert_eq!(value_sql(&value, &data_type), expected);
        }
    }
}
