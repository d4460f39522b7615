//! `listagg`: the values of a group as one text.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, StringArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::DataType as ArrowType;
use datafusion_common::ScalarValue;
use sql::DataType;

use crate::aggregate::{Encoder, Gathered, Spec};
use crate::call::{AggregateParts, Call, SortKey};
use crate::error::{Error, Result};
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::is_string;

const LISTAGG: Kernel = Kernel::Aggregate(|spec| Ok(Gathered::boxed(spec, vec![0], join)));

pub(super) const FUNCTIONS: &[Function] = &[
    Function::aggregate(
        "listagg",
        (1, 2),
        "listagg(expr[, delimiter])[ WITHIN GROUP (ORDER BY key)] - Returns the values that are not NULL as one text.",
        listagg,
        LISTAGG,
    )
    .parameters(&["expr", "delimiter"]),
    Function::aggregate(
        "string_agg",
        (1, 2),
        "string_agg(expr[, delimiter])[ WITHIN GROUP (ORDER BY key)] - Returns the values that are not NULL as one text.",
        listagg,
        LISTAGG,
    )
    .parameters(&["expr", "delimiter"]),
];

fn listagg(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 1 {
        call.arguments.push(Typed::null(DataType::Void));
    }
    let mut name = call.text();
    let keys = std::mem::take(&mut call.clauses.within_group);
    if !keys.is_empty() {
        // Spark shows this name for both functions then.
        name = name.replacen(call.function.name, "listagg", 1);
        let shown = keys.iter().map(|key| {
            let direction = if key.is_ascending { "ASC" } else { "DESC" };
            let nulls = if key.nulls_first { "FIRST" } else { "LAST" };
            format!("{} {direction} NULLS {nulls}", key.key.name)
        });
        let shown = shown.collect::<Vec<_>>().join(", ");
        name = format!("{name} WITHIN GROUP (ORDER BY {shown})");
    }
    let is_binary = *call.type_of(0) == DataType::Binary;
    let result = if is_binary {
        DataType::Binary
    } else {
        DataType::String
    };
    if is_binary && is_string(call.type_of(1)) {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
            "Input to `listagg` should all be the same type, but it's (\"BINARY\" or \"STRING\").",
        ));
    }
    if !is_binary {
        call.accept_one(0, crate::types::STRING)?;
        call.accept_one(1, crate::types::STRING)?;
    }
    let delimiter = call.constant(1)?;
    call.arguments.truncate(1);
    let orders = keys
        .iter()
        .map(|key| (key.is_ascending, key.nulls_first))
        .collect();
    if call.clauses.is_distinct {
        let is_other = |key: &SortKey| key.key.expr != call.arguments[0].expr;
        if let Some(key) = keys.iter().find(|key| is_other(key)) {
            return Err(Error::analysis(
                "INVALID_WITHIN_GROUP_EXPRESSION.MISMATCH_WITH_DISTINCT_INPUT",
                format!(
                    "Invalid function `listagg` with WITHIN GROUP. The function is invoked with DISTINCT and WITHIN GROUP but \
                     expressions \"{}\" and \"{}\" do not match. The WITHIN GROUP ordering expression must be picked from the \
                     function inputs.",
                    call.arguments[0].name, key.key.name
                ),
            ));
        }
        // The key is the value itself: DISTINCT looks at one column.
        call.arguments.truncate(1);
    } else {
        call.arguments.extend(keys.into_iter().map(|key| key.key));
    }
    let parts = AggregateParts {
        constants: vec![delimiter],
        orders,
        ignore_nulls: false,
    };
    call.aggregate_of(parts, result, true, name)
}

fn join(spec: &Spec, columns: &[ArrayRef], offsets: &OffsetBuffer<i32>) -> Result<ArrayRef> {
    let is_text = spec.return_type() == ArrowType::Utf8;
    let delimiter: &[u8] = match &spec.constants[0] {
        ScalarValue::Utf8(Some(text)) => text.as_bytes(),
        ScalarValue::Binary(Some(bytes)) => bytes,
        _ => &[],
    };
    let values = cast(&columns[0], &ArrowType::Binary)?;
    let values = values.as_binary::<i32>();
    let keys = if columns.len() > 1 {
        &columns[1..]
    } else {
        columns
    };
    let encoded = if spec.orders.is_empty() {
        None
    } else {
        let types: Vec<ArrowType> = keys.iter().map(|key| key.data_type().clone()).collect();
        Some(
            Encoder::ordered(&types, &spec.orders[..keys.len().min(spec.orders.len())])?
                .encode(keys)?,
        )
    };
    let joined = offsets.windows(2).map(|group| {
        let mut rows: Vec<usize> = (group[0] as usize..group[1] as usize).collect();
        if rows.is_empty() {
            return None;
        }
        if let Some(encoded) = &encoded {
            rows.sort_by(|a, b| encoded.row(*a).cmp(&encoded.row(*b)));
        }
        let mut bytes = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            if index > 0 {
                bytes.extend_from_slice(delimiter);
            }
            bytes.extend_from_slice(values.value(*row));
        }
        Some(bytes)
    });
    if is_text {
        let texts: StringArray = joined
            .map(|bytes| bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
            .collect();
        return Ok(Arc::new(texts));
    }
    Ok(Arc::new(joined.collect::<BinaryArray>()))
}
