//! `+`, `-`, `*` and `%` of whole numbers: an overflow or a remainder by zero is an error under
//! ANSI mode, not another number.

use arrow::compute::kernels::numeric;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use crate::error::{Error, ErrorKind};

#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    op: Operator,
    signature: Signature,
}

/// `left op right`, both of one whole-number type; `None` if `op` is not one of ours.
pub(crate) fn checked(left: Expr, op: Operator, right: Expr) -> Option<Expr> {
    let ours = matches!(
        op,
        Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Modulo
    );
    ours.then(|| udf(op).call(vec![left, right]))
}

fn udf(op: Operator) -> ScalarUDF {
    let signature = Signature::any(2, Volatility::Immutable);
    ScalarUDF::from(Checked { op, signature })
}

/// Whether `function` is one of these.
pub(super) fn is_checked(function: &ScalarUDF) -> bool {
    function.inner().is::<Checked>()
}

/// The function of a name.
pub(super) fn named(name: &str) -> Option<ScalarUDF> {
    Some(udf(match name {
        "add" => Operator::Plus,
        "subtract" => Operator::Minus,
        "multiply" => Operator::Multiply,
        "mod" => Operator::Modulo,
        _ => return None,
    }))
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        match self.op {
            Operator::Plus => "add",
            Operator::Minus => "subtract",
            Operator::Multiply => "multiply",
            _ => "mod",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let (left, right) = (&columns[0], &columns[1]);
        let result = match self.op {
            Operator::Plus => numeric::add(left, right),
            Operator::Minus => numeric::sub(left, right),
            Operator::Multiply => numeric::mul(left, right),
            Operator::Modulo => numeric::rem(left, right),
            other => return exec_err!("{other} is not checked arithmetic"),
        };
        result
            .map(ColumnarValue::Array)
            .map_err(|error| match error {
                ArrowError::ArithmeticOverflow(_) => overflow(self.name()).into(),
                ArrowError::DivideByZero => remainder_by_zero().into(),
                other => other.into(),
            })
    }
}

fn overflow(function: &str) -> Error {
    let hint = match function {
        "mod" => String::new(),
        name => format!(" Use 'try_{name}' to tolerate overflow and return NULL instead."),
    };
    Error::with_condition(
        ErrorKind::Data,
        "ARITHMETIC_OVERFLOW",
        format!(
            "overflow.{hint} If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass \
             this error."
        ),
    )
}

/// The error of a remainder by zero.
pub(super) fn remainder_by_zero() -> Error {
    Error::with_condition(
        ErrorKind::Data,
        "REMAINDER_BY_ZERO",
        "Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return NULL instead. If \
         necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.",
    )
}
