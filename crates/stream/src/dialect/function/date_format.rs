//! `date_format(time, pattern)`: a time as text, by a pattern of Java's letters.

use std::sync::Arc;

use arrow::array::{Array, AsArray, StringBuilder};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, cast,
};
use format::time::Pattern;

use super::session_zone;
use crate::dialect::timestamp_type;
use crate::error::{Error, ErrorKind};

#[derive(Debug, PartialEq, Eq, Hash)]
struct DateFormat {
    signature: Signature,
}

/// The function, of a timestamp and a text.
pub(super) fn udf() -> ScalarUDF {
    let types = vec![timestamp_type(), DataType::Utf8];
    ScalarUDF::from(DateFormat {
        signature: Signature::exact(types, Volatility::Immutable),
    })
}

/// A call of the function with anything that can be cast to a timestamp.
pub(crate) fn date_format(time: Expr, pattern: Expr) -> Expr {
    udf().call(vec![cast(time, timestamp_type()), pattern])
}

impl ScalarUDFImpl for DateFormat {
    fn name(&self) -> &str {
        "date_format"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone = session_zone(&args.config_options)?;
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let times = columns[0].as_primitive::<TimestampMicrosecondType>();
        let patterns = columns[1].as_string::<i32>();
        let mut texts = StringBuilder::new();
        let mut text = String::new();
        // Patterns hardly ever differ from row to row.
        let mut known: Option<(&str, Pattern)> = None;
        for row in 0..times.len() {
            if times.is_null(row) || patterns.is_null(row) {
                texts.append_null();
                continue;
            }
            let wanted = patterns.value(row);
            let pattern = match known.take() {
                Some((name, pattern)) if name == wanted => pattern,
                _ => Pattern::new("pattern", wanted).map_err(|_| unknown_pattern(wanted))?,
            };
            text.clear();
            pattern.push_timestamp(&mut text, times.value(row), zone);
            texts.append_value(&text);
            known = Some((wanted, pattern));
        }
        Ok(ColumnarValue::Array(Arc::new(texts.finish())))
    }
}

fn unknown_pattern(pattern: &str) -> Error {
    Error::with_condition(
        ErrorKind::IllegalArgument,
        "INVALID_DATETIME_PATTERN",
        format!(
            "Unrecognized datetime pattern: {pattern}. Known letters are yuMLdDEaHhKkmsSVzOXxZ; \
             other text stands in single quotes."
        ),
    )
}
