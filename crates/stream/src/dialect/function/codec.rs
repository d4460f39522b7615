//! Our functions as bytes, for plans that leave the process.
//!
//! Those that the registry knows are found by their name. The others (casts, checked arithmetic)
//! have a message of their own, so that they are not taken for a registered function of the same
//! name.

use arrow::datatypes::DataType;
use datafusion::common::{Result, internal_datafusion_err, not_impl_err};
use datafusion::logical_expr::ScalarUDF;
use datafusion_proto::protobuf;
use prost::{Message, Oneof};

use super::{arithmetic, cast};

#[derive(Clone, PartialEq, Message)]
struct FunctionNode {
    #[prost(oneof = "Function", tags = "1, 2")]
    function: Option<Function>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Function {
    #[prost(message, tag = "1")]
    Cast(CastNode),
    /// By name.
    #[prost(string, tag = "2")]
    Checked(String),
}

#[derive(Clone, PartialEq, Message)]
struct CastNode {
    #[prost(message, optional, tag = "1")]
    target: Option<protobuf::ArrowType>,
    #[prost(bool, tag = "2")]
    lenient: bool,
}

/// Writes what the name of `function` alone does not say: nothing for functions of the registry.
pub(crate) fn encode(function: &ScalarUDF, bytes: &mut Vec<u8>) -> Result<()> {
    let function = if let Some((target, lenient)) = cast::parameters(function) {
        Function::Cast(CastNode {
            target: Some(target.try_into()?),
            lenient,
        })
    } else if arithmetic::is_checked(function) {
        Function::Checked(function.name().to_owned())
    } else {
        return Ok(());
    };
    let node = FunctionNode {
        function: Some(function),
    };
    bytes.extend(node.encode_to_vec());
    Ok(())
}

/// The function called `name` that `bytes` tell of.
///
/// # Errors
/// If they are not from [`encode`], or of a function that only the encoding process had.
pub(crate) fn decode(name: &str, bytes: &[u8]) -> Result<ScalarUDF> {
    let node = FunctionNode::decode(bytes)
        .map_err(|error| internal_datafusion_err!("cannot decode the function {name}: {error}"))?;
    match node.function {
        Some(Function::Cast(CastNode {
            target: Some(target),
            lenient,
        })) => Ok(cast::udf(DataType::try_from(&target)?, lenient)),
        Some(Function::Checked(operation)) => arithmetic::named(&operation)
            .ok_or_else(|| internal_datafusion_err!("no checked arithmetic is called {operation}")),
        _ => not_impl_err!("the function {name} in a plan of bytes"),
    }
}
