//! Our functions as bytes, for plans that leave the process.
//!
//! Those that the registry knows are found by their name. The others (casts, checked arithmetic)
//! have a message of their own, so that they are not taken for a registered function of the same
//! name.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{Result, internal_datafusion_err, not_impl_err};
use datafusion::logical_expr::ScalarUDF;
use datafusion_proto::protobuf;
use functions::ScalarFunction;
use prost::{Message, Oneof};

use super::{arithmetic, cast};

#[derive(Clone, PartialEq, Message)]
struct FunctionNode {
    #[prost(oneof = "Function", tags = "1, 2, 3")]
    function: Option<Function>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Function {
    #[prost(message, tag = "1")]
    Cast(CastNode),
    /// By name.
    #[prost(string, tag = "2")]
    Checked(String),
    /// Of the registry of Spark's functions.
    #[prost(message, tag = "3")]
    Spark(SparkNode),
}

#[derive(Clone, PartialEq, Message)]
struct SparkNode {
    #[prost(message, optional, tag = "1")]
    return_type: Option<protobuf::ArrowType>,
    #[prost(bool, tag = "2")]
    nullable: bool,
    /// As JSON.
    #[prost(string, tag = "3")]
    settings: String,
    /// The text of the query and the part of it that the function is.
    #[prost(string, optional, tag = "4")]
    text: Option<String>,
    #[prost(uint64, tag = "5")]
    start: u64,
    #[prost(uint64, tag = "6")]
    end: u64,
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
    } else if let Some(spark) = function.inner().downcast_ref::<ScalarFunction>() {
        let place = spark.place.as_deref();
        Function::Spark(SparkNode {
            return_type: Some((&spark.return_type).try_into()?),
            nullable: spark.nullable,
            settings: settings_text(&spark.settings)?,
            text: place.map(|place| place.text.to_string()),
            start: place.map_or(0, |place| place.start as u64),
            end: place.map_or(0, |place| place.end as u64),
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
        Some(Function::Spark(SparkNode {
            return_type: Some(return_type),
            nullable,
            settings,
            text,
            start,
            end,
        })) => {
            let Some(function) = functions::find(name) else {
                return not_impl_err!("the function {name} in a plan of bytes");
            };
            let settings: functions::Settings = serde_json::from_str(&settings)
                .map_err(|error| internal_datafusion_err!("the settings of {name}: {error}"))?;
            let place = text.map(|text| {
                Arc::new(functions::Place {
                    text: text.into(),
                    start: start as usize,
                    end: end as usize,
                })
            });
            let return_type = DataType::try_from(&return_type)?;
            Ok(ScalarUDF::new_from_impl(ScalarFunction::new(
                function,
                return_type,
                nullable,
                Arc::new(settings),
                place,
            )))
        }
        _ => not_impl_err!("the function {name} in a plan of bytes"),
    }
}

fn settings_text(settings: &functions::Settings) -> Result<String> {
    serde_json::to_string(settings)
        .map_err(|error| internal_datafusion_err!("cannot encode settings: {error}"))
}
