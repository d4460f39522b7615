//! `current_timestamp()`, also called `now()`: the instant the query or batch began.
//!
//! The function itself cannot be computed: before a plan runs, each call is replaced, in a
//! bounded query by a constant, in a streaming one by the timestamp of the batch.

use std::sync::LazyLock;

use arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::dialect::timestamp_type;

static NAME: &str = "current_timestamp";
static ALIASES: LazyLock<Vec<String>> = LazyLock::new(|| vec!["now".to_owned()]);

#[derive(Debug, PartialEq, Eq, Hash)]
struct CurrentTimestamp {
    signature: Signature,
}

/// The function.
pub(super) fn udf() -> ScalarUDF {
    // Volatile: its value must not be folded into the plan.
    ScalarUDF::from(CurrentTimestamp {
        signature: Signature::nullary(Volatility::Volatile),
    })
}

/// A call of the function.
pub(crate) fn current_timestamp() -> Expr {
    udf().call(vec![])
}

/// Whether an expression is a call of the function.
pub(crate) fn is_current_timestamp(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(ScalarFunction { func, .. }) if func.name() == NAME)
}

impl ScalarUDFImpl for CurrentTimestamp {
    fn name(&self) -> &str {
        NAME
    }

    fn aliases(&self) -> &[String] {
        &ALIASES
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(timestamp_type())
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("current_timestamp() was not replaced before the plan ran")
    }
}
