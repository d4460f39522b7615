//! `approx_count_distinct`: DataFusion's HyperLogLog, whose estimates are not Spark's to the digit.

use arrow::datatypes::DataType as ArrowType;
use datafusion_expr::{Expr, cast};
use datafusion_functions_aggregate::approx_distinct::approx_distinct_udaf;
use sql::DataType;

use crate::call::Call;
use crate::error::Result;
use crate::function::{Function, Group, Kernel, Kind};
use crate::typed::Typed;

pub(super) const FUNCTIONS: &[Function] = &[Function::scalar(
    "approx_count_distinct",
    Group::Aggregate,
    (1, 2),
    "approx_count_distinct(expr[, relativeSD]) - Returns about how many different values `expr` has.",
    resolve,
    Kernel::Rewritten,
)
.kind(Kind::Aggregate)];

fn resolve(call: Call<'_>) -> Result<Typed> {
    let name = call.text();
    let value = call.arguments[0].clone();
    // The estimate is that of the text for types that DataFusion does not take.
    let value = match value.data_type {
        DataType::Byte
        | DataType::Short
        | DataType::Integer
        | DataType::Long
        | DataType::Date
        | DataType::Timestamp
        | DataType::TimestampNtz
        | DataType::String
        | DataType::Binary => value,
        _ => call.cast(value, &DataType::String)?,
    };
    let count = approx_distinct_udaf().call(vec![value.expr]);
    let count: Expr = cast(count, ArrowType::Int64);
    Ok(Typed::new(count, DataType::Long, false, name))
}
