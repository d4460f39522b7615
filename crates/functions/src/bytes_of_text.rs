//! Text that is a cast of bytes. Text is UTF-8 here, and U+FFFD stands for other bytes; so functions that see the bytes of a
//! text are given those of the cast.

use datafusion_common::ScalarValue;
use datafusion_expr::Expr;
use sql::DataType;

use crate::typed::Typed;
use crate::udf::ScalarFunction;

/// Functions that give the same for a text and for its bytes.
const SAME: [&str; 9] = [
    "bit_length",
    "hash",
    "hex",
    "is_valid_utf8",
    "make_valid_utf8",
    "octet_length",
    "try_validate_utf8",
    "validate_utf8",
    "xxhash64",
];

/// Comparisons. The order of texts is that of their bytes.
const COMPARISONS: [&str; 6] = ["==", "<=>", "<", "<=", ">", ">="];

/// Puts bytes into the places of texts that are casts of them, if `function` gives the same then.
pub(crate) fn put_into(function: &str, arguments: &mut [Typed]) {
    if COMPARISONS.contains(&function) {
        let is_text = |argument: &Typed| argument.data_type == DataType::String;
        if arguments.iter().all(is_text) && arguments.iter().any(|it| bytes_of(it).is_some()) {
            for argument in arguments {
                *argument = bytes_of(argument).unwrap_or_else(|| as_bytes(argument));
            }
        }
    } else if SAME.contains(&function) {
        for argument in arguments {
            if let Some(bytes) = bytes_of(argument) {
                *argument = bytes;
            }
        }
    }
}

/// The bytes of which a text is a cast.
pub(crate) fn bytes_of(text: &Typed) -> Option<Typed> {
    let Expr::ScalarFunction(call) = &text.expr else {
        return None;
    };
    let function = call.func.inner().downcast_ref::<ScalarFunction>()?;
    let [bytes, from, to] = call.args.as_slice() else {
        return None;
    };
    let is_named = |expr: &Expr, name: &str| matches!(expr, Expr::Literal(ScalarValue::Utf8(Some(text)), _) if text == name);
    let is_cast = matches!(function.resolved.function.name, "__cast" | "__try_cast")
        && is_named(from, "BINARY")
        && is_named(to, "STRING");
    is_cast.then(|| Typed {
        expr: bytes.clone(),
        data_type: DataType::Binary,
        ..text.clone()
    })
}

/// A text as bytes, under its own name.
fn as_bytes(text: &Typed) -> Typed {
    let to = values::types::to_arrow(&DataType::Binary);
    let cast = datafusion_expr::Cast::new(Box::new(text.expr.clone()), to);
    Typed {
        expr: Expr::Cast(cast),
        data_type: DataType::Binary,
        ..text.clone()
    }
}
