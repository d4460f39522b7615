//! `grouping` and `grouping_id`: the analyser replaces them where there are grouping sets.

use sql::DataType;

use crate::error::Error;
use crate::function::{Function, Group, Kernel, MANY};
use crate::types::Accepts;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "grouping",
        Group::Aggregate,
        (1, 1),
        "grouping(col) - Returns 1 if `col` is aggregated in this row of grouping sets, else 0.",
        |call| {
            call.accept(&[Accepts::Any])?
                .invoke_nullable(DataType::Byte, false)
        },
        Kernel::Volatile(|_| Err(unsupported())),
    ),
    Function::scalar(
        "grouping_id",
        Group::Aggregate,
        (0, MANY),
        "grouping_id(col, ..) - Returns the bits of `grouping` of each column as one number.",
        |call| call.invoke_nullable(DataType::Long, false),
        Kernel::Volatile(|_| Err(unsupported())),
    ),
];

fn unsupported() -> Error {
    Error::analysis(
        "UNSUPPORTED_GROUPING_EXPRESSION",
        "grouping()/grouping_id() can only be used with GroupingSets/Cube/Rollup.",
    )
}
