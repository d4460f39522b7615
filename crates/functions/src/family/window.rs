//! Functions over windows.

use std::sync::Arc;

use datafusion_common::ScalarValue;
use datafusion_expr::expr::{NullTreatment as EngineNulls, WindowFunction as WindowCall};
use datafusion_expr::{Expr, WindowFunctionDefinition, WindowUDF, lit};
use datafusion_functions_window::cume_dist::cume_dist_udwf;
use datafusion_functions_window::lead_lag::{lag_udwf, lead_udwf};
use datafusion_functions_window::nth_value::{first_value_udwf, last_value_udwf, nth_value_udwf};
use datafusion_functions_window::ntile::ntile_udwf;
use datafusion_functions_window::rank::{dense_rank_udwf, percent_rank_udwf, rank_udwf};
use datafusion_functions_window::row_number::row_number_udwf;
use sql::{DataType, NullTreatment};

use crate::call::Call;
use crate::error::Result;
use crate::function::{Function, Group, Kernel, Kind, MANY};
use crate::typed::Typed;
use crate::types::{INT, to_arrow};
use crate::window::WindowFunction;

pub(super) const FUNCTIONS: &[Function] = &[
    window(
        "row_number",
        (0, 0),
        "row_number() - Returns the number of the row in its partition, from 1.",
        |call| call.window(DataType::Integer, false),
        |_, result| wrap("row_number", row_number_udwf(), result, false),
    ),
    window(
        "rank",
        (0, MANY),
        "rank() - Returns one plus the number of rows before the row's equals.",
        |call| rank(call, "RANK()", DataType::Integer),
        |_, result| wrap("rank", rank_udwf(), result, false),
    ),
    window(
        "dense_rank",
        (0, MANY),
        "dense_rank() - Returns one plus the number of distinct keys before the row's.",
        |call| rank(call, "DENSE_RANK()", DataType::Integer),
        |_, result| wrap("dense_rank", dense_rank_udwf(), result, false),
    ),
    window(
        "percent_rank",
        (0, MANY),
        "percent_rank() - Returns the rank of the row as a part of the partition: (rank - 1) / (rows - 1).",
        |call| rank(call, "PERCENT_RANK()", DataType::Double),
        |_, result| wrap("percent_rank", percent_rank_udwf(), result, false),
    ),
    window(
        "cume_dist",
        (0, 0),
        "cume_dist() - Returns the part of the partition's rows that are before the row or equal to it.",
        |call| call.window(DataType::Double, false),
        |_, result| wrap("cume_dist", cume_dist_udwf(), result, false),
    ),
    window(
        "ntile",
        (0, 1),
        "ntile([n]) - Divides the rows of the partition into `n` buckets and returns the number of the row's, from 1.",
        ntile,
        |_, result| wrap("ntile", ntile_udwf(), result, false),
    )
    .parameters(&["buckets"]),
    window(
        "lag",
        (1, 3),
        "lag(input[, offset[, default]]) - Returns `input` of the row `offset` rows before the current one; `default` if \
         there is no such row.",
        shift,
        |_, result| wrap("lag", lag_udwf(), result, true),
    )
    .parameters(&["input", "offset", "default"]),
    window(
        "lead",
        (1, 3),
        "lead(input[, offset[, default]]) - Returns `input` of the row `offset` rows after the current one; `default` if \
         there is no such row.",
        shift,
        |_, result| wrap("lead", lead_udwf(), result, true),
    )
    .parameters(&["input", "offset", "default"]),
    window(
        "nth_value",
        (2, 3),
        "nth_value(input, offset[, ignoreNulls]) - Returns `input` of the row that is the `offset`th of the frame, from 1.",
        nth_value,
        |_, result| wrap("nth_value", nth_value_udwf(), result, true),
    )
    .parameters(&["input", "offset", "ignoreNulls"]),
];

const fn window(
    name: &'static str,
    arity: (usize, usize),
    usage: &'static str,
    resolve: fn(Call<'_>) -> Result<Typed>,
    make: fn(&[DataType], &DataType) -> Arc<WindowUDF>,
) -> Function {
    Function::scalar(
        name,
        Group::Window,
        arity,
        usage,
        resolve,
        Kernel::Window(make),
    )
    .kind(Kind::Window)
}

fn wrap(
    name: &'static str,
    inner: Arc<WindowUDF>,
    result: &DataType,
    nullable: bool,
) -> Arc<WindowUDF> {
    WindowFunction::wrap(name, inner, to_arrow(result), nullable)
}

/// The first or the last value of a frame.
pub(crate) fn position_in_frame(is_last: bool, result: &DataType) -> Arc<WindowUDF> {
    if is_last {
        wrap("last", last_value_udwf(), result, true)
    } else {
        wrap("first", first_value_udwf(), result, true)
    }
}

/// The window that a function has even if the query gives no frame, as Spark shows it; none for functions that take the
/// frame of the query.
pub fn own_frame(call: &Typed) -> Option<String> {
    let mut function = None;
    let walked = datafusion_common::tree_node::TreeNode::apply(&call.expr, |expr| {
        if let Expr::WindowFunction(found) = expr {
            function = Some(found.clone());
        }
        Ok(datafusion_common::tree_node::TreeNodeRecursion::Continue)
    });
    let function = function.filter(|_| walked.is_ok())?;
    let offset = match function.params.args.get(1) {
        Some(Expr::Literal(ScalarValue::Int64(Some(offset)), _)) => *offset,
        _ => 1,
    };
    let shown = |offset: i64| format!("ROWS BETWEEN {offset} FOLLOWING AND {offset} FOLLOWING");
    Some(match function.fun.name() {
        "row_number" | "rank" | "dense_rank" | "percent_rank" | "ntile" | "counter_diff" => {
            "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW".to_owned()
        }
        "cume_dist" => "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW".to_owned(),
        "lag" => shown(-offset),
        "lead" => shown(offset),
        _ => return None,
    })
}

fn rank(mut call: Call<'_>, name: &str, result: DataType) -> Result<Typed> {
    // The arguments are what the window is ordered by; Spark ignores what a query gives.
    call.arguments.clear();
    Ok(call.window(result, false)?.named(name))
}

fn ntile(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.is_empty() {
        call.arguments.push(Typed::int(1));
    }
    call.accept_one(0, INT)?;
    let buckets = match call.constant(0)? {
        ScalarValue::Int32(Some(buckets)) => i64::from(buckets),
        _ => 0,
    };
    if buckets <= 0 {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
            format!("The buckets must be between (0, 2147483647] (current value = {buckets})."),
        ));
    }
    let name = call.text();
    call.arguments = vec![Typed::long(buckets)];
    Ok(call.window(DataType::Integer, false)?.named(name))
}

/// `lag` and `lead`.
fn shift(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() < 2 {
        call.arguments.push(Typed::int(1));
    }
    if call.arguments.len() < 3 {
        call.arguments.push(Typed::null(DataType::Void));
    }
    let name = call.text();
    call.accept_one(1, INT)?;
    let offset = match call.constant(1)? {
        ScalarValue::Int32(Some(offset)) => i64::from(offset),
        _ => 0,
    };
    let result = call.type_of(0).clone();
    call.cast_argument(2, &result)?;
    let default = call.arguments[2].clone();
    let is_nullable = call.arguments[0].nullable || default.nullable;
    let nulls = call.clauses.nulls;
    call.arguments[1] = Typed::long(offset);
    let given = if default.is_foldable() {
        let value = crate::call::fold(&default.expr)?;
        call.arguments[2] = Typed::constant(value, result.clone(), default.name.clone());
        None
    } else {
        call.arguments.truncate(2);
        Some(default)
    };
    let Kernel::Window(make) = call.function.kernel else {
        return Err(crate::error::Error::internal(
            "lag and lead are window functions",
        ));
    };
    let types: Vec<DataType> = call.arguments.iter().map(|a| a.data_type.clone()).collect();
    let arguments = call.arguments.into_iter().map(|argument| argument.expr);
    let value = call_of(make(&types, &result), arguments.collect(), nulls);
    let Some(default) = given else {
        return Ok(Typed::new(value, result, is_nullable, name));
    };
    // A default that varies by row: taken where the other row does not exist.
    let exists = call_of(
        make(&[DataType::Boolean, DataType::Long], &DataType::Boolean),
        vec![lit(true), lit(offset)],
        None,
    );
    let expr = datafusion_expr::when(exists.is_null(), default.expr).otherwise(value)?;
    Ok(Typed::new(expr, result, is_nullable, name))
}

fn call_of(udwf: Arc<WindowUDF>, arguments: Vec<Expr>, nulls: Option<NullTreatment>) -> Expr {
    let mut call = WindowCall::new(WindowFunctionDefinition::WindowUDF(udwf), arguments);
    call.params.null_treatment =
        (nulls == Some(NullTreatment::Ignore)).then_some(EngineNulls::IgnoreNulls);
    Expr::from(call)
}

fn nth_value(mut call: Call<'_>) -> Result<Typed> {
    let mut nulls = call.clauses.nulls;
    if call.arguments.len() == 3 {
        if call.arguments[2].literal() == Some(&ScalarValue::from(true)) {
            nulls = Some(NullTreatment::Ignore);
        }
        call.arguments.truncate(2);
    }
    let name = call.text();
    call.accept_one(1, INT)?;
    let offset = match call.constant(1)? {
        ScalarValue::Int32(Some(offset)) => i64::from(offset),
        _ => 0,
    };
    if offset <= 0 {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
            format!(
                "The offset must be between (0, 9223372036854775807] (current value = {offset}L)."
            ),
        ));
    }
    let result = call.type_of(0).clone();
    call.arguments[1] = Typed::long(offset);
    let udwf = wrap("nth_value", nth_value_udwf(), &result, true);
    let arguments = call.arguments.into_iter().map(|argument| argument.expr);
    let expr = call_of(udwf, arguments.collect(), nulls);
    let name = if nulls == Some(NullTreatment::Ignore) {
        format!("{name} ignore nulls")
    } else {
        name
    };
    Ok(Typed::new(expr, result, true, name))
}
