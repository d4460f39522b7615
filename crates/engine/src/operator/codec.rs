//! Our operators as bytes, inside DataFusion's encoding of a plan.
//!
//! DataFusion encodes a plan as protobuf messages and leaves a place for what it does not know;
//! the messages here stand in that place. An operator's inputs are encoded around it.
//!
//! Decoding takes any bytes: what does not fit together is an error, here or in the constructor of the operator. The nodes
//! of recursive tables have no bytes: a stream has none.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::{DataFusionError, Result, internal_datafusion_err, not_impl_err};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion_proto::physical_plan::{
    PhysicalExtensionCodec, PhysicalPlanDecodeContext, PhysicalProtoConverterExtension,
};
use datafusion_proto::protobuf::{self, PhysicalExprNode, PhysicalPlanNode};
use prost::{Message, Oneof};

use super::{
    BatchTimeExec, BoundedScanExec, NullableSideExec, ReadToEndExec, SequenceExec,
    StatefulAggregateExec, StreamScanExec, TimeWindowExec, WatermarkExec, WindowSpec,
};
use crate::sink::OutputMode;
use crate::source::SourceSpec;

/// Encodes and decodes what is ours in a physical plan.
#[derive(Debug)]
pub struct OperatorCodec {
    /// Encodes and decodes functions.
    pub functions: Arc<dyn PhysicalExtensionCodec>,
}

#[derive(Clone, PartialEq, Message)]
struct OperatorNode {
    #[prost(oneof = "Operator", tags = "1, 2, 3, 4, 5, 6, 7, 8, 9")]
    operator: Option<Operator>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Operator {
    #[prost(message, tag = "1")]
    StreamScan(StreamScanNode),
    #[prost(message, tag = "2")]
    BoundedScan(BoundedScanNode),
    #[prost(message, tag = "3")]
    Watermark(WatermarkNode),
    #[prost(message, tag = "4")]
    TimeWindow(Box<TimeWindowNode>),
    #[prost(message, tag = "5")]
    BatchTime(BatchTimeNode),
    #[prost(message, tag = "6")]
    StatefulAggregate(Box<StatefulAggregateNode>),
    #[prost(message, tag = "7")]
    Sequence(SequenceNode),
    #[prost(message, tag = "8")]
    NullableSide(NullableSideNode),
    #[prost(message, tag = "9")]
    ReadToEnd(ReadToEndNode),
}

#[derive(Clone, PartialEq, Message)]
struct Projection {
    #[prost(uint64, repeated, tag = "1")]
    columns: Vec<u64>,
}

#[derive(Clone, PartialEq, Message)]
struct StreamScanNode {
    #[prost(uint64, tag = "1")]
    source: u64,
    /// Of the rows after the projection.
    #[prost(message, optional, tag = "2")]
    schema: Option<protobuf::Schema>,
    #[prost(message, optional, tag = "3")]
    projection: Option<Projection>,
}

#[derive(Clone, PartialEq, Message)]
struct BoundedScanNode {
    #[prost(string, tag = "1")]
    format: String,
    #[prost(btree_map = "string, string", tag = "2")]
    options: BTreeMap<String, String>,
    /// Of the rows before the projection.
    #[prost(message, optional, tag = "3")]
    schema: Option<protobuf::Schema>,
    #[prost(message, optional, tag = "4")]
    projection: Option<Projection>,
}

#[derive(Clone, PartialEq, Message)]
struct WatermarkNode {
    #[prost(uint64, tag = "1")]
    node: u64,
    #[prost(uint64, tag = "2")]
    column: u64,
    #[prost(int64, tag = "3")]
    delay_ms: i64,
    #[prost(message, optional, tag = "4")]
    schema: Option<protobuf::Schema>,
}

#[derive(Clone, PartialEq, Message)]
struct TimeWindowNode {
    #[prost(message, optional, tag = "1")]
    time: Option<PhysicalExprNode>,
    #[prost(int64, tag = "2")]
    size_us: i64,
    #[prost(int64, tag = "3")]
    slide_us: i64,
    #[prost(int64, tag = "4")]
    start_us: i64,
    #[prost(message, optional, tag = "5")]
    schema: Option<protobuf::Schema>,
}

#[derive(Clone, PartialEq, Message)]
struct BatchTimeNode {
    #[prost(message, optional, tag = "1")]
    schema: Option<protobuf::Schema>,
}

#[derive(Clone, PartialEq, Message)]
struct SequenceNode {}

#[derive(Clone, PartialEq, Message)]
struct NullableSideNode {}

#[derive(Clone, PartialEq, Message)]
struct ReadToEndNode {}

#[derive(Clone, PartialEq, Message)]
struct StatefulAggregateNode {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(string, tag = "2")]
    mode: String,
    /// DataFusion's operator for the same within one batch, over no rows.
    #[prost(message, optional, tag = "3")]
    within_batch: Option<PhysicalPlanNode>,
}

impl PhysicalExtensionCodec for OperatorCodec {
    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        bytes: &mut Vec<u8>,
        proto: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        let operator = if let Some(scan) = node.downcast_ref::<StreamScanExec>() {
            Operator::StreamScan(StreamScanNode {
                source: scan.source() as u64,
                schema: Some(encode_schema(&scan.schema())?),
                projection: scan.projection().map(encode_projection),
            })
        } else if let Some(scan) = node.downcast_ref::<BoundedScanExec>() {
            let Some((format, options, schema)) = scan.spec().recipe() else {
                return not_impl_err!("{} as bytes", scan.spec().description());
            };
            Operator::BoundedScan(BoundedScanNode {
                format: format.to_owned(),
                options: options
                    .iter()
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
                schema: Some(encode_schema(&schema)?),
                projection: scan.projection().map(encode_projection),
            })
        } else if let Some(watermark) = node.downcast_ref::<WatermarkExec>() {
            Operator::Watermark(WatermarkNode {
                node: watermark.node() as u64,
                column: watermark.column() as u64,
                delay_ms: watermark.delay_ms(),
                schema: Some(encode_schema(&watermark.schema())?),
            })
        } else if let Some(window) = node.downcast_ref::<TimeWindowExec>() {
            let WindowSpec {
                size_us,
                slide_us,
                start_us,
            } = window.spec();
            Operator::TimeWindow(Box::new(TimeWindowNode {
                time: Some(proto.physical_expr_to_proto(window.time(), self)?),
                size_us,
                slide_us,
                start_us,
                schema: Some(encode_schema(&window.schema())?),
            }))
        } else if let Some(time) = node.downcast_ref::<BatchTimeExec>() {
            Operator::BatchTime(BatchTimeNode {
                schema: Some(encode_schema(&time.schema())?),
            })
        } else if let Some(aggregate) = node.downcast_ref::<StatefulAggregateExec>() {
            Operator::StatefulAggregate(Box::new(StatefulAggregateNode {
                id: aggregate.id() as u64,
                mode: aggregate.mode().name().to_owned(),
                within_batch: Some(proto.execution_plan_to_proto(aggregate.within_batch(), self)?),
            }))
        } else if node.is::<SequenceExec>() {
            Operator::Sequence(SequenceNode {})
        } else if node.is::<NullableSideExec>() {
            Operator::NullableSide(NullableSideNode {})
        } else if node.is::<ReadToEndExec>() {
            Operator::ReadToEnd(ReadToEndNode {})
        } else {
            return not_impl_err!("{} as bytes", node.name());
        };
        let node = OperatorNode {
            operator: Some(operator),
        };
        bytes.extend(node.encode_to_vec());
        Ok(())
    }

    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        task: &TaskContext,
        proto: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let node = OperatorNode::decode(bytes)
            .map_err(|error| internal_datafusion_err!("cannot decode an operator: {error}"))?;
        let input = || match inputs {
            [input] => Ok(Arc::clone(input)),
            _ => Err(malformed("an operator's number of inputs")),
        };
        let context = PhysicalPlanDecodeContext::new(task, self);
        Ok(match node.operator {
            Some(Operator::StreamScan(scan)) => Arc::new(StreamScanExec::of_projected(
                index(scan.source)?,
                decode_schema(scan.schema.as_ref())?,
                scan.projection.map(decode_projection).transpose()?,
            )?),
            Some(Operator::BoundedScan(scan)) => {
                let options = scan.options.into_iter().collect();
                let schema = decode_schema(scan.schema.as_ref())?;
                let spec = SourceSpec::of_recipe(&scan.format, &options, schema)?;
                let projection = scan.projection.map(decode_projection).transpose()?;
                Arc::new(BoundedScanExec::try_new(spec, projection)?)
            }
            Some(Operator::Watermark(watermark)) => Arc::new(WatermarkExec::try_new(
                index(watermark.node)?,
                index(watermark.column)?,
                watermark.delay_ms,
                input()?,
                decode_schema(watermark.schema.as_ref())?,
            )?),
            Some(Operator::TimeWindow(window)) => {
                let input = input()?;
                let spec = WindowSpec::try_new(window.size_us, window.slide_us, window.start_us)
                    .ok_or_else(|| malformed("a time window's shape"))?;
                let time = window.time.ok_or_else(|| malformed("a time window"))?;
                let time: Arc<dyn PhysicalExpr> =
                    proto.proto_to_physical_expr(&time, &input.schema(), &context)?;
                let schema = decode_schema(window.schema.as_ref())?;
                Arc::new(TimeWindowExec::try_new(time, spec, input, schema)?)
            }
            Some(Operator::BatchTime(time)) => Arc::new(BatchTimeExec::try_new(
                input()?,
                decode_schema(time.schema.as_ref())?,
            )?),
            Some(Operator::StatefulAggregate(aggregate)) => {
                let within_batch = aggregate
                    .within_batch
                    .ok_or_else(|| malformed("an aggregation"))?;
                let within_batch = proto.proto_to_execution_plan(&within_batch, &context)?;
                let within_batch = within_batch
                    .downcast_ref::<AggregateExec>()
                    .ok_or_else(|| malformed("an aggregation"))?;
                Arc::new(StatefulAggregateExec::try_new(
                    index(aggregate.id)?,
                    OutputMode::named(&aggregate.mode)?,
                    within_batch,
                    input()?,
                )?)
            }
            Some(Operator::Sequence(SequenceNode {})) => Arc::new(SequenceExec::new(input()?)),
            Some(Operator::NullableSide(NullableSideNode {})) => {
                Arc::new(NullableSideExec::new(input()?))
            }
            Some(Operator::ReadToEnd(ReadToEndNode {})) => Arc::new(ReadToEndExec::new(input()?)),
            None => return Err(malformed("an operator of a newer version")),
        })
    }

    fn try_encode_udf(&self, function: &ScalarUDF, bytes: &mut Vec<u8>) -> Result<()> {
        self.functions.try_encode_udf(function, bytes)
    }

    fn try_decode_udf(&self, name: &str, bytes: &[u8]) -> Result<Arc<ScalarUDF>> {
        self.functions.try_decode_udf(name, bytes)
    }

    fn try_encode_udaf(&self, function: &AggregateUDF, bytes: &mut Vec<u8>) -> Result<()> {
        self.functions.try_encode_udaf(function, bytes)
    }

    fn try_decode_udaf(&self, name: &str, bytes: &[u8]) -> Result<Arc<AggregateUDF>> {
        self.functions.try_decode_udaf(name, bytes)
    }

    fn try_encode_higher_order_function(
        &self,
        function: &HigherOrderUDF,
        bytes: &mut Vec<u8>,
    ) -> Result<()> {
        self.functions
            .try_encode_higher_order_function(function, bytes)
    }

    fn try_decode_higher_order_function(
        &self,
        name: &str,
        bytes: &[u8],
    ) -> Result<Arc<HigherOrderUDF>> {
        self.functions.try_decode_higher_order_function(name, bytes)
    }
}

fn malformed(what: &str) -> DataFusionError {
    internal_datafusion_err!("the bytes of a plan hold {what}, which cannot be")
}

fn index(number: u64) -> Result<usize> {
    usize::try_from(number).map_err(|_| malformed("a number"))
}

fn encode_schema(schema: &Schema) -> Result<protobuf::Schema> {
    Ok(schema.try_into()?)
}

fn decode_schema(schema: Option<&protobuf::Schema>) -> Result<SchemaRef> {
    let schema = schema.ok_or_else(|| malformed("an operator without a schema"))?;
    Ok(Arc::new(Schema::try_from(schema)?))
}

fn encode_projection(columns: &[usize]) -> Projection {
    Projection {
        columns: columns.iter().map(|column| *column as u64).collect(),
    }
}

fn decode_projection(projection: Projection) -> Result<Vec<usize>> {
    projection.columns.into_iter().map(index).collect()
}
