//! `from_json(text, schema[, options])` and `to_json(value[, options])`.
//!
//! Schema and options are constants: the schema in DDL form, the options as the text of a JSON
//! object, which is what SQL's `map(..)` and the Rust API become on their way here.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    TypeSignature, Volatility, lit,
};
use format::ParseMode;
use format::json::{JsonDecoder, JsonEncoder, JsonEncoderOptions, JsonOptions};
use format::time::Zone;

use super::session_zone;
use crate::dialect::parse_schema;
use crate::error::Error;
use crate::options::Options;

#[derive(Debug, PartialEq, Eq, Hash)]
struct FromJson {
    signature: Signature,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ToJson {
    signature: Signature,
}

/// `from_json`.
pub(super) fn from_json_udf() -> ScalarUDF {
    let arities = vec![TypeSignature::Any(2), TypeSignature::Any(3)];
    ScalarUDF::from(FromJson {
        signature: Signature::one_of(arities, Volatility::Immutable),
    })
}

/// `to_json`.
pub(super) fn to_json_udf() -> ScalarUDF {
    let arities = vec![TypeSignature::Any(1), TypeSignature::Any(2)];
    ScalarUDF::from(ToJson {
        signature: Signature::one_of(arities, Volatility::Immutable),
    })
}

/// A call of `from_json`.
pub(crate) fn from_json(text: Expr, schema: &str, options: &Options) -> Expr {
    from_json_udf().call(vec![text, lit(schema), lit(options_text(options))])
}

/// A call of `to_json`.
pub(crate) fn to_json(value: Expr, options: &Options) -> Expr {
    to_json_udf().call(vec![value, lit(options_text(options))])
}

fn options_text(options: &Options) -> String {
    let object: serde_json::Map<String, serde_json::Value> = options
        .iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    serde_json::Value::Object(object).to_string()
}

fn parse_options(value: Option<&ScalarValue>) -> Result<Options> {
    let Some(value) = value else {
        return Ok(Options::new());
    };
    let text = constant(Some(value), "the options")?;
    let object: BTreeMap<String, String> = serde_json::from_str(&text).map_err(|_| {
        Error::illegal_argument(format!(
            "the options of a JSON function are a map of texts: {text}"
        ))
    })?;
    Ok(object.into_iter().collect())
}

fn constant(value: Option<&ScalarValue>, what: &str) -> Result<String> {
    match value {
        Some(
            ScalarValue::Utf8(Some(text))
            | ScalarValue::Utf8View(Some(text))
            | ScalarValue::LargeUtf8(Some(text)),
        ) => Ok(text.clone()),
        _ => Err(Error::analysis(
            "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
            format!("{what} of a JSON function must be a constant text"),
        )
        .into()),
    }
}

/// The constant among the arguments of a running call.
fn constant_argument(argument: Option<&ColumnarValue>) -> Option<&ScalarValue> {
    match argument {
        Some(ColumnarValue::Scalar(value)) => Some(value),
        _ => None,
    }
}

fn decoder(schema: &str, options: &Options, zone: Zone) -> crate::error::Result<JsonDecoder> {
    let schema = parse_schema(schema)?;
    let json_options = JsonOptions::from_map(&options.to_map(), zone)?;
    if json_options.mode == ParseMode::DropMalformed {
        return Err(Error::analysis(
            "PARSE_MODE_UNSUPPORTED",
            "The function `from_json` doesn't support the DROPMALFORMED mode. Acceptable modes \
             are PERMISSIVE and FAILFAST.",
        ));
    }
    JsonDecoder::new(&Schema::clone(&schema), json_options).map_err(Error::from)
}

impl ScalarUDFImpl for FromJson {
    fn name(&self) -> &str {
        "from_json"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("the type of from_json depends on its schema")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let text = args.arg_fields[0].data_type();
        if !matches!(text, DataType::Utf8 | DataType::Null) {
            return Err(Error::analysis(
                "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                format!(
                    "Cannot resolve \"from_json\" due to data type mismatch: the first parameter \
                     requires the \"STRING\" type, but it has the type \"{}\".",
                    crate::dialect::sql_name(text)
                ),
            )
            .into());
        }
        let schema = constant(args.scalar_arguments[1], "the schema")?;
        let options = parse_options(args.scalar_arguments.get(2).copied().flatten())?;
        let decoder = decoder(&schema, &options, Zone::UTC)?;
        Ok(Arc::new(Field::new(
            self.name(),
            DataType::Struct(decoder.fields().clone()),
            true,
        )))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let schema = constant(constant_argument(args.args.get(1)), "the schema")?;
        let options = parse_options(constant_argument(args.args.get(2)))?;
        let decoder = decoder(&schema, &options, session_zone(&args.config_options)?)?;
        let texts = args.args[0].to_array(args.number_rows)?;
        let texts = arrow::compute::cast(&texts, &DataType::Utf8)?;
        let decoded = decoder
            .decode_strings(texts.as_string::<i32>())
            .map_err(Error::from)?;
        Ok(ColumnarValue::Array(Arc::new(decoded)))
    }
}

impl ScalarUDFImpl for ToJson {
    fn name(&self) -> &str {
        "to_json"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let options = parse_options(constant_argument(args.args.get(1)))?;
        let encoder = encoder(&options, session_zone(&args.config_options)?)?;
        let values = args.args[0].to_array(args.number_rows)?;
        let texts = encoder.encode_column(&values).map_err(Error::from)?;
        Ok(ColumnarValue::Array(Arc::new(texts)))
    }
}

fn encoder(options: &Options, zone: Zone) -> crate::error::Result<JsonEncoder> {
    let encoder_options = JsonEncoderOptions::from_map(&options.to_map(), zone)?;
    Ok(JsonEncoder::new(encoder_options))
}

/// Rows as JSON objects, a line each, in the time zone called `zone`.
pub(crate) fn json_lines(
    batch: &arrow::array::RecordBatch,
    zone: &str,
) -> crate::error::Result<Vec<String>> {
    let zone = Zone::parse(zone).unwrap_or(Zone::UTC);
    let mut lines = Vec::new();
    encoder(&Options::new(), zone)?
        .encode_lines(batch, &mut lines)
        .map_err(Error::from)?;
    let text = String::from_utf8_lossy(&lines);
    Ok(text.lines().map(str::to_owned).collect())
}
