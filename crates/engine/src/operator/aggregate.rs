//! Stateful aggregation: groups whose values outlast the batch.
//!
//! A batch is aggregated by itself first; then each group it touched is merged with what the
//! state holds for it, in one pass over columns: take the old partial values, merge the new ones
//! in, write the result back, evaluate. A batch costs what it touches, not what is held.
//!
//! Holds: partial values merge in the order of the input, old before new, so that floating-point
//! sums repeat bit for bit. `state()` and `evaluate()` are called once on each accumulator,
//! because both empty it.
//!
//! What is emitted when is Spark's: groups at or below the late watermark are dropped, then
//! *append* emits what the eviction watermark has passed, *update* what changed, *complete* all.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema};
use datafusion::common::{Result, internal_err, not_impl_err, tree_node::TreeNodeRecursion};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::execution_plan::EmissionType;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, replace_children_if_necessary,
};
use futures::{StreamExt, TryStreamExt, stream};
use state::StateSchema;

use super::aggregation::{Aggregate, Aggregation, FlatKey};
use super::{BatchContext, only_input, single_partition};
use crate::sink::OutputMode;

/// A `GROUP BY` over a stream.
#[derive(Debug)]
pub struct StatefulAggregateExec {
    id: usize,
    /// DataFusion's operator for the same within one batch, over no rows: what it is encoded by.
    within_batch: Arc<dyn ExecutionPlan>,
    aggregation: Arc<Aggregation>,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl StatefulAggregateExec {
    /// Stateful operator number `id`: does over batches what `within_batch` does within one, on
    /// the rows of `input`.
    ///
    /// # Errors
    /// If that cannot be done batch by batch, or not on such rows.
    pub fn try_new(
        id: usize,
        mode: OutputMode,
        within_batch: &AggregateExec,
        input: Arc<dyn ExecutionPlan>,
    ) -> Result<Self> {
        let input_schema = input.schema();
        if !matches!(
            within_batch.mode(),
            AggregateMode::Single | AggregateMode::SinglePartitioned
        ) {
            return internal_err!(
                "aggregation over a stream in {:?} mode",
                within_batch.mode()
            );
        }
        if within_batch.group_expr().has_grouping_set() {
            return internal_err!("grouping sets over a stream came through the checks");
        }
        let types = |schema: &Schema| -> Vec<DataType> {
            let fields = schema.fields().iter();
            fields.map(|field| field.data_type().clone()).collect()
        };
        if types(&input_schema) != types(&within_batch.input_schema()) {
            return internal_err!("aggregation of other rows than those of its input");
        }
        let keys = within_batch.group_expr().input_exprs();
        let schema = within_batch.schema();
        let mut flat_keys = Vec::new();
        let mut event_time = None;
        for (key, expr) in keys.iter().enumerate() {
            let field = expr.return_field(&input_schema)?;
            let is_event_time = crate::plan::event_time_delay(&field).is_some();
            match field.data_type() {
                DataType::Struct(fields) => {
                    for (i, child) in fields.iter().enumerate() {
                        if is_event_time && child.name() == "end" {
                            event_time = Some(flat_keys.len());
                        }
                        let name = format!("{key}.{}", child.name());
                        let stored = Field::new(name, child.data_type().clone(), true);
                        flat_keys.push(FlatKey {
                            key,
                            field: Some(i),
                            stored,
                        });
                    }
                }
                data_type => {
                    if is_event_time {
                        event_time = Some(flat_keys.len());
                    }
                    let stored = Field::new(key.to_string(), data_type.clone(), true);
                    flat_keys.push(FlatKey {
                        key,
                        field: None,
                        stored,
                    });
                }
            }
        }
        let mut aggregates = Vec::new();
        let filters = within_batch.filter_expr();
        for (function, filter) in within_batch.aggr_expr().iter().zip(filters) {
            if !function.order_bys().is_empty() || function.is_distinct() {
                return not_impl_err!("{} over a stream", function.name());
            }
            aggregates.push(Aggregate {
                function: Arc::clone(function),
                arguments: function.expressions(),
                filter: filter.clone(),
                state: function
                    .state_fields()?
                    .iter()
                    .map(|f| f.as_ref().clone())
                    .collect(),
            });
        }
        let properties = single_partition(Arc::clone(&schema), EmissionType::Final);
        let aggregation = Aggregation {
            mode,
            keys,
            flat_keys,
            aggregates,
            event_time,
            schema,
        };
        let no_rows = Arc::new(EmptyExec::new(within_batch.input_schema()));
        Ok(StatefulAggregateExec {
            id,
            within_batch: replace_children_if_necessary(
                Arc::new(within_batch.clone()),
                vec![no_rows],
            )?,
            aggregation: Arc::new(aggregation),
            input,
            properties,
        })
    }

    /// Which stateful operator of the query it is.
    pub fn id(&self) -> usize {
        self.id
    }

    /// What is emitted when.
    pub fn mode(&self) -> OutputMode {
        self.aggregation.mode
    }

    /// DataFusion's operator for the same within one batch, over no rows.
    pub fn within_batch(&self) -> &Arc<dyn ExecutionPlan> {
        &self.within_batch
    }

    /// The columns of the operator's state.
    ///
    /// They are called by their place and function, not as the query calls them: names may
    /// change between two starts of a query.
    pub fn state_schema(&self) -> crate::error::Result<StateSchema> {
        let keys: Fields = self
            .aggregation
            .flat_keys
            .iter()
            .map(|key| key.stored.clone())
            .collect();
        let mut values = Vec::new();
        for (i, aggregate) in self.aggregation.aggregates.iter().enumerate() {
            for (j, field) in aggregate.state.iter().enumerate() {
                let name = format!("{i}.{}.{j}", aggregate.function.fun().name());
                values.push(Field::new(name, field.data_type().clone(), true));
            }
        }
        let schema = StateSchema::new(keys, values.into()).map_err(state_error)?;
        Ok(match self.aggregation.event_time {
            Some(_) => schema.with_buckets(),
            None => schema,
        })
    }
}

/// A failure of the state store, as an error of the query.
pub fn state_error(error: state::StateError) -> crate::error::Error {
    crate::error::Error::io("use state", error)
}

impl DisplayAs for StatefulAggregateExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        let keys: Vec<_> = self
            .aggregation
            .keys
            .iter()
            .map(ToString::to_string)
            .collect();
        let aggregates: Vec<_> = self
            .aggregation
            .aggregates
            .iter()
            .map(|a| a.function.name().to_owned())
            .collect();
        write!(
            f,
            "StatefulAggregateExec: operator={}, mode={:?}, keys=[{}], aggregates=[{}]",
            self.id,
            self.aggregation.mode,
            keys.join(", "),
            aggregates.join(", ")
        )
    }
}

impl ExecutionPlan for StatefulAggregateExec {
    fn name(&self) -> &str {
        "StatefulAggregateExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let aggregates = &self.aggregation.aggregates;
        let arguments = aggregates
            .iter()
            .flat_map(|a| a.arguments.iter().chain(&a.filter));
        for expr in self.aggregation.keys.iter().chain(arguments) {
            if visit(expr)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = only_input(self.name(), children)?;
        Ok(Arc::new(StatefulAggregateExec {
            id: self.id,
            within_batch: Arc::clone(&self.within_batch),
            aggregation: Arc::clone(&self.aggregation),
            input,
            properties: Arc::clone(&self.properties),
        }))
    }

    fn execute(
        &self,
        partition: usize,
        task: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let context = BatchContext::of(&task)?;
        let operator = context.operator(self.id)?;
        let aggregation = Arc::clone(&self.aggregation);
        let input = self.input.execute(partition, task)?;
        let emitted = async move {
            let partials = aggregation.partials(input).await?;
            let rows = aggregation.step(partials, &mut operator.lock(), &context)?;
            Ok::<_, datafusion::error::DataFusionError>(stream::iter(rows.into_iter().map(Ok)))
        };
        let batches = stream::once(emitted).try_flatten().boxed();
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema(),
            batches,
        )))
    }
}
