//! `/`: division as Spark does it.
//!
//! Integers divide to a double, and dividing by zero is an error under ANSI mode, for doubles
//! too.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::error::{Error, ErrorKind};

#[derive(Debug, PartialEq, Eq, Hash)]
struct Divide {
    signature: Signature,
}

/// The function.
pub(super) fn udf() -> ScalarUDF {
    let doubles = vec![DataType::Float64, DataType::Float64];
    ScalarUDF::from(Divide {
        signature: Signature::exact(doubles, Volatility::Immutable),
    })
}

/// The quotient of two expressions, both read as doubles.
pub(crate) fn divide(left: Expr, right: Expr) -> Expr {
    udf().call(vec![left, right])
}

/// The error of a division by zero.
pub(crate) fn divide_by_zero() -> Error {
    Error::with_condition(
        ErrorKind::Data,
        "DIVIDE_BY_ZERO",
        "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead. \
         If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.",
    )
}

impl ScalarUDFImpl for Divide {
    fn name(&self) -> &str {
        "divide"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let left = columns[0].as_primitive::<Float64Type>();
        let right = columns[1].as_primitive::<Float64Type>();
        let mut quotients = Vec::with_capacity(left.len());
        for (left, right) in left.iter().zip(right.iter()) {
            quotients.push(match (left, right) {
                (Some(_), Some(0.0)) => return Err(divide_by_zero().into()),
                (Some(left), Some(right)) => Some(left / right),
                _ => None,
            });
        }
        let quotients: ArrayRef = Arc::new(Float64Array::from(quotients));
        Ok(ColumnarValue::Array(quotients))
    }
}
