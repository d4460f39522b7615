//! CSV to values and back: `from_csv`, `to_csv`, `schema_of_csv`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StructArray, new_null_array};
use arrow::datatypes::{DataType as ArrowType, Schema};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use format::csv::{CsvDecoder, CsvEncoder, CsvOptions, CsvWriterOptions, infer_schema};
use sql::DataType;

use super::options::{
    Options, as_promised, check_options, format_error, no_drop_malformed, options, schema,
};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::family::text::{Texts, is_text, texts};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{STRING, from_arrow};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "from_csv",
        Group::Csv,
        (2, 3),
        "from_csv(csvStr, schema[, options]) - Returns the struct of the type `schema` that `csvStr` describes.",
        resolve_from_csv,
        Kernel::Scalar(from_csv),
    ),
    Function::scalar(
        "to_csv",
        Group::Csv,
        (1, 2),
        "to_csv(expr[, options]) - Returns a struct as CSV.",
        resolve_to_csv,
        Kernel::Scalar(to_csv),
    ),
    Function::scalar(
        "schema_of_csv",
        Group::Csv,
        (1, 2),
        "schema_of_csv(csv[, options]) - Returns the type of the constant `csv`.",
        resolve_schema_of_csv,
        Kernel::Rewritten,
    )
    .parameters(&["csv"]),
];

fn resolve_from_csv(mut call: Call<'_>) -> Result<Typed> {
    if !is_text(call.type_of(0)) {
        return Err(call.unexpected_type(0, "\"STRING\""));
    }
    call.accept_one(0, STRING)?;
    let data_type = schema(&call, 1)?;
    if !matches!(data_type, DataType::Struct(_)) {
        let shown = data_type.sql();
        return Err(Error::analysis(
            "INVALID_SCHEMA.NON_STRUCT_TYPE",
            format!(
                "The input schema \"{}\" is not a valid schema string. The input expression should be evaluated to \
                 struct type, but got \"{shown}\".",
                call.arguments[1].name
            ),
        ));
    }
    let options = check_options(&call, 2)?;
    let drops = options.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("mode") && value.eq_ignore_ascii_case("DROPMALFORMED")
    });
    if drops {
        return Err(no_drop_malformed("from_csv"));
    }
    let name = format!("from_csv({})", call.arguments[0].name);
    Ok(call.invoke_nullable(data_type, true)?.named(name))
}

fn from_csv(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = Texts::of(arguments, 0)?;
    let ArrowType::Struct(fields) = arguments.return_type else {
        return Err(Error::internal("a struct was expected"));
    };
    let mut options = options(arguments, 2);
    options.retain(|name, _| !name.eq_ignore_ascii_case("header"));
    let options =
        CsvOptions::from_map(&options, arguments.settings.zone()).map_err(format_error)?;
    let decoder = CsvDecoder::new(&Schema::new(fields.clone()), options).map_err(format_error)?;
    let null = new_null_array(arguments.return_type, 1);
    let mut rows: Vec<ArrayRef> = Vec::with_capacity(arguments.rows);
    for row in 0..arguments.rows {
        let Some(value) = values.get(row) else {
            rows.push(Arc::clone(&null));
            continue;
        };
        let batches = decoder.decode(value.as_bytes(), 1).map_err(format_error)?;
        rows.push(match batches.first() {
            Some(batch) if batch.num_rows() > 0 => as_promised(
                Arc::new(StructArray::from(batch.slice(0, 1))),
                arguments.return_type,
            )?,
            // Nothing was read: a row of NULLs.
            _ => {
                let columns = fields
                    .iter()
                    .map(|field| new_null_array(field.data_type(), 1));
                Arc::new(StructArray::try_new(
                    fields.clone(),
                    columns.collect(),
                    None,
                )?)
            }
        });
    }
    if rows.is_empty() {
        return Ok(new_null_array(arguments.return_type, 0));
    }
    let rows: Vec<&dyn Array> = rows.iter().map(AsRef::as_ref).collect();
    Ok(arrow::compute::concat(&rows)?)
}

fn resolve_to_csv(mut call: Call<'_>) -> Result<Typed> {
    let options = check_options(&call, 1)?;
    let name = format!("to_csv({})", call.arguments[0].name);
    match call.type_of(0).clone() {
        DataType::Struct(mut fields) => {
            // Intervals are written as their casts to text.
            for field in &mut fields {
                if matches!(
                    field.data_type,
                    DataType::DayTimeInterval(..) | DataType::YearMonthInterval(..)
                ) {
                    field.data_type = DataType::String;
                }
            }
            call.cast_argument(0, &DataType::Struct(fields))?;
        }
        DataType::Void => return Ok(Typed::null(DataType::String).named(name)),
        other => {
            let message = format!(
                "Cannot resolve \"{name}\" due to data type mismatch: The input of `to_csv` can't be \"{}\" type data.",
                other.sql()
            );
            return Err(Error::analysis(
                "DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE",
                message,
            ));
        }
    }
    CsvWriterOptions::from_map(&options, call.settings.zone()).map_err(format_error)?;
    let nullable = call.arguments[0].nullable;
    if options.is_empty() {
        call.arguments.truncate(1);
    }
    Ok(call
        .invoke_nullable(DataType::String, nullable)?
        .named(name))
}

fn to_csv(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = arguments.array(0)?;
    let structs = values.as_struct();
    let options = options(arguments, 1);
    let zone = arguments.settings.zone();
    let options = CsvWriterOptions::from_map(&options, zone).map_err(format_error)?;
    let encoder = CsvEncoder::new(options);
    let schema = Arc::new(Schema::new(structs.fields().clone()));
    texts(arguments, |row, out| {
        if structs.is_null(row) {
            return Ok(false);
        }
        let columns = structs.columns().iter().map(|column| column.slice(row, 1));
        let one = RecordBatchOptions::new().with_row_count(Some(1));
        let batch =
            RecordBatch::try_new_with_options(Arc::clone(&schema), columns.collect(), &one)?;
        encoder.encode(&batch, out).map_err(format_error)?;
        if out.last() == Some(&b'\n') {
            out.pop();
        }
        Ok(true)
    })
}

fn resolve_schema_of_csv(mut call: Call<'_>) -> Result<Typed> {
    let name = format!("schema_of_csv({})", call.arguments[0].name);
    call.accept_one(0, STRING)?;
    let mut options: Options = check_options(&call, 1)?;
    let Some(text) = call.constant_string(0)? else {
        return Err(Error::analysis(
            "DATATYPE_MISMATCH.UNEXPECTED_NULL",
            format!(
                "Cannot resolve \"{name}\" due to data type mismatch: The csv must not be null."
            ),
        ));
    };
    options.retain(|name, _| !name.eq_ignore_ascii_case("header"));
    options.insert("inferSchema".to_owned(), "true".to_owned());
    let options = CsvOptions::from_map(&options, call.settings.zone()).map_err(format_error)?;
    let schema = infer_schema(text.as_bytes(), &options).map_err(format_error)?;
    let arrow = ArrowType::Struct(schema.fields().clone());
    let data_type = from_arrow(&arrow).ok_or_else(|| Error::internal("an unknown type"))?;
    Ok(Typed::string(&data_type.sql()).named(name))
}
