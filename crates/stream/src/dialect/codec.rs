//! The registry's functions as bytes, for plans that leave the process.

use std::any::Any;
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema};
use datafusion::common::{Result, internal_datafusion_err, not_impl_err};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use datafusion_proto::protobuf::{self, ScalarValue};
use functions::{AggregateFunction, LambdaFunction, Resolved, ScalarFunction, Spec};
use prost::Message;

/// What is known of a call of a scalar function or of one of lambdas.
#[derive(Clone, PartialEq, Message)]
struct ResolvedNode {
    #[prost(message, optional, tag = "1")]
    return_type: Option<protobuf::ArrowType>,
    /// As JSON.
    #[prost(string, tag = "2")]
    settings: String,
    #[prost(message, optional, tag = "3")]
    place: Option<PlaceNode>,
}

#[derive(Clone, PartialEq, Message)]
struct ScalarNode {
    #[prost(message, optional, tag = "1")]
    resolved: Option<ResolvedNode>,
    #[prost(bool, tag = "2")]
    is_try: bool,
}

#[derive(Clone, PartialEq, Message)]
struct AggregateNode {
    #[prost(string, tag = "1")]
    name: String,
    /// The types, as SQL writes them.
    #[prost(string, repeated, tag = "2")]
    arguments: Vec<String>,
    #[prost(string, tag = "3")]
    result: String,
    #[prost(bool, tag = "4")]
    nullable: bool,
    #[prost(message, repeated, tag = "5")]
    constants: Vec<ScalarValue>,
    /// 2 for ascending, and 1 for NULL first.
    #[prost(uint32, repeated, tag = "6")]
    orders: Vec<u32>,
    #[prost(bool, tag = "7")]
    ignore_nulls: bool,
    #[prost(string, tag = "8")]
    settings: String,
    #[prost(message, optional, tag = "9")]
    place: Option<PlaceNode>,
}

#[derive(Clone, PartialEq, Message)]
struct LambdaNode {
    #[prost(message, optional, tag = "1")]
    resolved: Option<ResolvedNode>,
    /// The parameters of each lambda.
    #[prost(message, repeated, tag = "2")]
    parameters: Vec<protobuf::Schema>,
}

/// Encodes and decodes the registry's functions. DataFusion's need no bytes.
#[derive(Debug)]
pub(crate) struct FunctionCodec;

impl PhysicalExtensionCodec for FunctionCodec {
    fn try_decode(
        &self,
        _: &[u8],
        _: &[Arc<dyn ExecutionPlan>],
        _: &TaskContext,
        _: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        not_impl_err!("an operator in the bytes of a function")
    }

    fn try_encode(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &mut Vec<u8>,
        _: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        not_impl_err!("the operator {} as a function", plan.name())
    }

    fn try_encode_udf(&self, function: &ScalarUDF, bytes: &mut Vec<u8>) -> Result<()> {
        encode(function, bytes)
    }

    fn try_decode_udf(&self, name: &str, bytes: &[u8]) -> Result<Arc<ScalarUDF>> {
        decode(name, bytes).map(Arc::new)
    }

    fn try_encode_udaf(&self, function: &AggregateUDF, bytes: &mut Vec<u8>) -> Result<()> {
        encode_aggregate(function, bytes)
    }

    fn try_decode_udaf(&self, name: &str, bytes: &[u8]) -> Result<Arc<AggregateUDF>> {
        decode_aggregate(name, bytes).map(Arc::new)
    }

    fn try_encode_higher_order_function(
        &self,
        function: &HigherOrderUDF,
        bytes: &mut Vec<u8>,
    ) -> Result<()> {
        encode_lambda(function, bytes)
    }

    fn try_decode_higher_order_function(
        &self,
        name: &str,
        bytes: &[u8],
    ) -> Result<Arc<HigherOrderUDF>> {
        decode_lambda(name, bytes).map(Arc::new)
    }
}

/// A part of the text of a query.
#[derive(Clone, PartialEq, Message)]
struct PlaceNode {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(uint64, tag = "2")]
    start: u64,
    #[prost(uint64, tag = "3")]
    end: u64,
    #[prost(string, optional, tag = "4")]
    object: Option<String>,
}

/// Writes what the name of an aggregate alone does not say: nothing for DataFusion's.
fn encode_aggregate(function: &AggregateUDF, bytes: &mut Vec<u8>) -> Result<()> {
    let Some(aggregate) = function.inner().downcast_ref::<AggregateFunction>() else {
        return Ok(());
    };
    let spec = &aggregate.spec;
    let constants: std::result::Result<Vec<ScalarValue>, _> =
        spec.constants.iter().map(TryInto::try_into).collect();
    let node = AggregateNode {
        name: spec.function.name.to_owned(),
        arguments: spec.arguments.iter().map(sql::DataType::sql).collect(),
        result: spec.result.sql(),
        nullable: spec.nullable,
        constants: constants?,
        orders: spec
            .orders
            .iter()
            .map(|(ascending, nulls_first)| u32::from(*ascending) * 2 + u32::from(*nulls_first))
            .collect(),
        ignore_nulls: spec.ignore_nulls,
        settings: settings_text(&spec.settings)?,
        place: encode_place(spec.place.as_deref()),
    };
    bytes.extend(node.encode_to_vec());
    Ok(())
}

/// The aggregate that `bytes` tell of.
///
/// # Errors
/// If they are not from [`encode_aggregate`].
fn decode_aggregate(name: &str, bytes: &[u8]) -> Result<AggregateUDF> {
    let node = AggregateNode::decode(bytes)
        .map_err(|error| internal_datafusion_err!("cannot decode the aggregate {name}: {error}"))?;
    let data_type = |text: &String| {
        sql::parse_data_type(text)
            .map_err(|error| internal_datafusion_err!("the type {text} of {name}: {error}"))
    };
    let constants: std::result::Result<Vec<_>, _> =
        node.constants.iter().map(TryInto::try_into).collect();
    let spec = Spec {
        function: function_of(&node.name)?,
        arguments: node
            .arguments
            .iter()
            .map(data_type)
            .collect::<Result<_>>()?,
        result: data_type(&node.result)?,
        nullable: node.nullable,
        constants: constants?,
        orders: node
            .orders
            .iter()
            .map(|bits| (bits & 2 != 0, bits & 1 != 0))
            .collect(),
        ignore_nulls: node.ignore_nulls,
        settings: settings_of(name, &node.settings)?,
        place: decode_place(node.place),
    };
    Ok(AggregateUDF::new_from_impl(AggregateFunction::new(spec)))
}

/// Writes what the name of a function of lambdas alone does not say.
fn encode_lambda(function: &HigherOrderUDF, bytes: &mut Vec<u8>) -> Result<()> {
    let inner: &dyn Any = function.inner().as_ref();
    let Some(lambda) = inner.downcast_ref::<LambdaFunction>() else {
        return not_impl_err!("the function {} in a plan of bytes", function.name());
    };
    let parameters = lambda.parameters.iter().map(|fields| {
        let schema = Schema::new(fields.clone());
        Ok(protobuf::Schema::try_from(&schema)?)
    });
    let node = LambdaNode {
        resolved: Some(encode_resolved(&lambda.resolved)?),
        parameters: parameters.collect::<Result<_>>()?,
    };
    bytes.extend(node.encode_to_vec());
    Ok(())
}

/// The function of lambdas that `bytes` tell of.
///
/// # Errors
/// If they are not from [`encode_lambda`].
fn decode_lambda(name: &str, bytes: &[u8]) -> Result<HigherOrderUDF> {
    let node = LambdaNode::decode(bytes)
        .map_err(|error| internal_datafusion_err!("cannot decode the function {name}: {error}"))?;
    let parameters = node.parameters.iter().map(|schema| {
        let schema = Schema::try_from(schema)?;
        Ok(schema.fields().iter().cloned().collect())
    });
    Ok(HigherOrderUDF::new_from_impl(LambdaFunction::new(
        decode_resolved(name, node.resolved)?,
        parameters.collect::<Result<_>>()?,
    )))
}

fn encode_resolved(resolved: &Resolved) -> Result<ResolvedNode> {
    Ok(ResolvedNode {
        return_type: Some((&resolved.return_type).try_into()?),
        settings: settings_text(&resolved.settings)?,
        place: encode_place(resolved.place.as_deref()),
    })
}

fn decode_resolved(name: &str, node: Option<ResolvedNode>) -> Result<Resolved> {
    let node = node.unwrap_or_default();
    let return_type = node
        .return_type
        .ok_or_else(|| internal_datafusion_err!("the function {name} has no type"))?;
    Ok(Resolved {
        function: function_of(name)?,
        return_type: DataType::try_from(&return_type)?,
        settings: settings_of(name, &node.settings)?,
        place: decode_place(node.place),
    })
}

fn encode_place(place: Option<&functions::Place>) -> Option<PlaceNode> {
    place.map(|place| PlaceNode {
        text: place.text.to_string(),
        start: place.start as u64,
        end: place.end as u64,
        object: place.object.as_deref().map(str::to_owned),
    })
}

fn decode_place(place: Option<PlaceNode>) -> Option<Arc<functions::Place>> {
    place.map(|place| {
        Arc::new(functions::Place {
            text: place.text.into(),
            start: place.start as usize,
            end: place.end as usize,
            object: place.object.map(Into::into),
        })
    })
}

fn function_of(name: &str) -> Result<&'static functions::Function> {
    match functions::find(name) {
        Some(function) => Ok(function),
        None => not_impl_err!("the function {name} in a plan of bytes"),
    }
}

/// Writes what the name of a scalar function alone does not say: nothing for DataFusion's.
fn encode(function: &ScalarUDF, bytes: &mut Vec<u8>) -> Result<()> {
    let Some(scalar) = function.inner().downcast_ref::<ScalarFunction>() else {
        return Ok(());
    };
    let node = ScalarNode {
        resolved: Some(encode_resolved(&scalar.resolved)?),
        is_try: scalar.is_try,
    };
    bytes.extend(node.encode_to_vec());
    Ok(())
}

/// The scalar function called `name` that `bytes` tell of.
///
/// # Errors
/// If they are not from [`encode`].
fn decode(name: &str, bytes: &[u8]) -> Result<ScalarUDF> {
    let node = ScalarNode::decode(bytes)
        .map_err(|error| internal_datafusion_err!("cannot decode the function {name}: {error}"))?;
    let scalar = ScalarFunction::new(decode_resolved(name, node.resolved)?);
    Ok(ScalarUDF::new_from_impl(match node.is_try {
        true => scalar.tried(),
        false => scalar,
    }))
}

fn settings_text(settings: &functions::Settings) -> Result<String> {
    serde_json::to_string(settings)
        .map_err(|error| internal_datafusion_err!("cannot encode settings: {error}"))
}

fn settings_of(name: &str, text: &str) -> Result<Arc<functions::Settings>> {
    let settings = serde_json::from_str(text)
        .map_err(|error| internal_datafusion_err!("the settings of {name}: {error}"))?;
    Ok(Arc::new(settings))
}
