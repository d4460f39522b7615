//! `format_string` and `printf`: Java's `Formatter`.

mod spec;
mod time;
mod value;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType as ArrowType;
use sql::DataType;

use self::spec::{Part, Which, invalid, parse};
use self::value::value;
use super::{Texts, texts};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel, MANY};
use crate::typed::Typed;
use crate::types::STRING;
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "format_string",
        Group::String,
        (1, MANY),
        "format_string(strfmt, obj, ...) - Returns `strfmt` with its `%` parts replaced by the other arguments, as Java's \
         Formatter does.",
        resolve,
        Kernel::Scalar(format_string),
    ),
    Function::scalar(
        "printf",
        Group::String,
        (1, MANY),
        "printf(strfmt, obj, ...) - Returns `strfmt` with its `%` parts replaced by the other arguments, as Java's \
         Formatter does.",
        |call| call.replace_by("format_string"),
        Kernel::Rewritten,
    ),
];

fn resolve(mut call: Call<'_>) -> Result<Typed> {
    call.accept_one(0, STRING)?;
    let format = call.arguments[0].literal().cloned();
    if let Some(datafusion_common::ScalarValue::Utf8(Some(format))) = format
        && format.contains("%0$")
    {
        return Err(Error::analysis(
            "INVALID_PARAMETER_VALUE.ZERO_INDEX",
            "The value of parameter(s) `strfmt` in `format_string` is invalid: expects %1$, %2$ and so on, but got %0$.",
        ));
    }
    // Java prints the number that Spark keeps for a time.
    for index in 1..call.arguments.len() {
        match call.type_of(index) {
            DataType::Binary => call.cast_argument(index, &DataType::String)?,
            DataType::Array(_)
            | DataType::Map(..)
            | DataType::Struct(_)
            | DataType::CalendarInterval => {
                let data_type = call.type_of(index).sql();
                return Err(Error::analysis(
                    "NOT_SUPPORTED",
                    format!("format_string does not support arguments of type \"{data_type}\""),
                ));
            }
            _ => {}
        }
    }
    let nullable = call.arguments[0].nullable;
    call.invoke_nullable(DataType::String, nullable)
}

fn format_string(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let formats = Texts::of(arguments, 0)?;
    let columns: Result<Vec<ArrayRef>> = (1..arguments.len()).map(|i| arguments.array(i)).collect();
    let columns = columns?;
    let zone = arguments.settings.zone();
    let mut last: Option<(String, Vec<Part>)> = None;
    texts(arguments, |row, out| {
        let Some(format) = formats.get(row) else {
            return Ok(false);
        };
        if last.as_ref().is_none_or(|(text, _)| text != format) {
            last = Some((format.to_owned(), parse(format)?));
        }
        let Some((_, parts)) = &last else {
            return Ok(false);
        };
        let (mut next, mut same) = (0, None);
        for part in parts {
            let spec = match part {
                Part::Literal(text) => {
                    out.extend_from_slice(text.as_bytes());
                    continue;
                }
                Part::Spec(spec) => spec,
            };
            match spec.conversion {
                '%' => {
                    spec.pad("%", out);
                    continue;
                }
                'n' => {
                    out.push(b'\n');
                    continue;
                }
                _ => {}
            }
            let index = match spec.which {
                Which::Next => {
                    next += 1;
                    Some(next - 1)
                }
                Which::Same => same,
                Which::Number(number) => number.checked_sub(1),
            };
            let Some((index, column)) = index.and_then(|index| Some((index, columns.get(index)?)))
            else {
                return Err(invalid(format!("Format specifier '{}'", spec.text)));
            };
            same = Some(index);
            let is_float = *column.data_type() == ArrowType::Float32;
            spec.write(&value(column, row), is_float, zone, out)?;
        }
        Ok(true)
    })
}

#[cfg(test)]
mod tests {
    use format::time::Zone;

    use super::*;
    use crate::family::text::printf::value::Value;

    fn formatted(format: &str, value: &Value) -> String {
        let parts = parse(format).unwrap();
        let mut out = Vec::new();
        for part in &parts {
            if let Part::Spec(spec) = part {
                spec.write(value, false, Zone::UTC, &mut out).unwrap();
            }
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_as_java_formats_them() {
        let cases = [
            ("%.2f", 2.71428, "2.71"),
            ("%010.2f", 2.71428, "0000002.71"),
            ("%(.1f", -1.0, "(1.0)"),
            ("%.1f", 0.25, "0.3"),
            ("%e", 12345.678, "1.234568e+04"),
            ("%.3g", 0.00012345, "0.000123"),
            ("%g", 1234567.0, "1.23457e+06"),
            ("%a", 0.1, "0x1.999999999999ap-4"),
        ];
        for (format, value, expected) in cases {
            assert_eq!(
                formatted(format, &Value::Double(value)),
                expected,
                "{format}"
            );
        }
        assert_eq!(
            formatted("%,d", &Value::Integer(-1234567, 32)),
            "-1,234,567"
        );
        let noon = Value::Integer(1_709_210_096_789, 64);
        assert_eq!(formatted("%tF", &noon), "2024-02-29");
        assert_eq!(formatted("%Tp", &noon), "PM");
        assert_eq!(formatted("%x", &Value::Integer(-1, 8)), "ff");
        assert_eq!(
            formatted("%h", &Value::Text("hello".to_owned())),
            "c3e28528"
        );
    }
}
