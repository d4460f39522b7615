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

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StructArray,
};
use arrow::compute::{cast, filter};
use arrow::datatypes::{
    DataType, Field, Fields, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use datafusion::common::{Result, internal_err, not_impl_err, tree_node::TreeNodeRecursion};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_plan::aggregates::group_values::new_group_values;
use datafusion::physical_plan::aggregates::order::GroupOrdering;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::execution_plan::EmissionType;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, replace_children_if_necessary,
};
use datafusion_functions_aggregate_common::aggregate::groups_accumulator::GroupsAccumulatorAdapter;
use futures::{StreamExt, TryStreamExt, stream};
use state::{StateSchema, StateStore};

use super::{BatchContext, OperatorFacts, only_input, single_partition};
use crate::sink::OutputMode;

/// Rows of output per record batch.
const OUTPUT_ROWS: usize = 8192;

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

/// What is computed: everything but where the rows come from.
#[derive(Debug)]
struct Aggregation {
    mode: OutputMode,
    keys: Vec<Arc<dyn PhysicalExpr>>,
    /// The key columns as they are grouped and stored: structs (windows) by field.
    flat_keys: Vec<FlatKey>,
    aggregates: Vec<Aggregate>,
    /// Which flat key says when a group is over; microseconds.
    event_time: Option<usize>,
    schema: SchemaRef,
}

/// A stored key column: group expression `key`, or one field of the struct it gives.
#[derive(Debug)]
struct FlatKey {
    key: usize,
    field: Option<usize>,
    stored: Field,
}

/// One aggregate function of the operator.
#[derive(Debug)]
struct Aggregate {
    function: Arc<AggregateFunctionExpr>,
    arguments: Vec<Arc<dyn PhysicalExpr>>,
    filter: Option<Arc<dyn PhysicalExpr>>,
    state: Vec<Field>,
}

/// Groups with partial values: a row per group, a column per key and per piece of state.
struct Partials {
    keys: Vec<ArrayRef>,
    /// By aggregate, then by state column.
    states: Vec<Vec<ArrayRef>>,
    groups: usize,
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

fn in_plan<T>(result: Result<T, state::StateError>) -> Result<T> {
    result.map_err(|error| state_error(error).into())
}

impl Aggregate {
    fn accumulator(&self) -> Result<Box<dyn GroupsAccumulator>> {
        if self.function.groups_accumulator_supported() {
            return self.function.create_groups_accumulator();
        }
        let function = Arc::clone(&self.function);
        let adapter = GroupsAccumulatorAdapter::new(move || function.create_accumulator());
        Ok(Box::new(adapter))
    }

    /// The values of groups from their partial values.
    fn evaluate(&self, state: &[ArrayRef], groups: &[usize]) -> Result<ArrayRef> {
        let mut accumulator = self.accumulator()?;
        accumulator.merge_batch(state, groups, groups.len())?;
        accumulator.evaluate(EmitTo::All)
    }
}

impl Aggregation {
    /// Aggregates a batch by itself.
    async fn partials(&self, mut input: SendableRecordBatchStream) -> Result<Partials> {
        let grouped: Vec<_> = self
            .flat_keys
            .iter()
            .map(|key| key.stored.clone())
            .collect();
        let grouped = Arc::new(Schema::new(grouped));
        let mut groups = match self.flat_keys.is_empty() {
            true => None,
            false => Some(new_group_values(grouped, &GroupOrdering::None)?),
        };
        let mut accumulators = Vec::new();
        for aggregate in &self.aggregates {
            accumulators.push(aggregate.accumulator()?);
        }
        let mut rows_groups = Vec::new();
        let mut count = usize::from(groups.is_none());
        while let Some(batch) = input.try_next().await? {
            match &mut groups {
                Some(groups) => {
                    groups.intern(&self.flat_keys_of(&batch)?, &mut rows_groups)?;
                    count = groups.len();
                }
                None => {
                    rows_groups.clear();
                    rows_groups.resize(batch.num_rows(), 0);
                }
            }
            for (aggregate, accumulator) in self.aggregates.iter().zip(&mut accumulators) {
                let arguments = evaluate_all(&aggregate.arguments, &batch)?;
                let kept = match &aggregate.filter {
                    Some(filter) => Some(filter.evaluate(&batch)?.into_array(batch.num_rows())?),
                    None => None,
                };
                let kept = kept.as_ref().map(|kept| kept.as_boolean());
                accumulator.update_batch(&arguments, &rows_groups, kept, count)?;
            }
        }
        if groups.is_none() {
            // A global aggregate has its one row even when there were none to aggregate.
            let no_rows = RecordBatch::new_empty(input.schema());
            for (aggregate, accumulator) in self.aggregates.iter().zip(&mut accumulators) {
                let arguments = evaluate_all(&aggregate.arguments, &no_rows)?;
                accumulator.update_batch(&arguments, &[], None, 1)?;
            }
        }
        let states = accumulators
            .iter_mut()
            .map(|a| a.state(EmitTo::All))
            .collect::<Result<_>>()?;
        let keys = match &mut groups {
            Some(groups) if !groups.is_empty() => groups.emit(EmitTo::All)?,
            _ => vec![],
        };
        Ok(Partials {
            keys,
            states,
            groups: count,
        })
    }

    fn flat_keys_of(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        let keys = evaluate_all(&self.keys, batch)?;
        let flat = self.flat_keys.iter().map(|flat| match flat.field {
            Some(field) => Arc::clone(keys[flat.key].as_struct().column(field)),
            None => Arc::clone(&keys[flat.key]),
        });
        Ok(flat.collect())
    }

    /// When each group is over, in microseconds; null for a group without a time.
    fn event_times(&self, keys: &[ArrayRef]) -> Result<Option<Int64Array>> {
        let Some(index) = self.event_time else {
            return Ok(None);
        };
        let micros = cast(
            &keys[index],
            &DataType::Timestamp(TimeUnit::Microsecond, None),
        )?;
        let micros = micros.as_primitive::<TimestampMicrosecondType>();
        Ok(Some(micros.reinterpret_cast::<Int64Type>()))
    }

    /// Drops groups whose time is at or below `watermark_ms`; returns how many.
    fn drop_late(&self, partials: &mut Partials, watermark_ms: i64) -> Result<u64> {
        if partials.groups == 0 {
            return Ok(0);
        }
        let Some(times) = self.event_times(&partials.keys)? else {
            return Ok(0);
        };
        let bound = watermark_ms * 1000;
        let timely: BooleanArray = times
            .iter()
            .map(|time| Some(time.is_none_or(|t| t > bound)))
            .collect();
        let late = partials.groups - timely.true_count();
        if late == 0 {
            return Ok(0);
        }
        let keep = |columns: &mut Vec<ArrayRef>| -> Result<()> {
            for column in columns {
                *column = filter(column, &timely)?;
            }
            Ok(())
        };
        keep(&mut partials.keys)?;
        partials.states.iter_mut().try_for_each(keep)?;
        partials.groups -= late;
        Ok(late as u64)
    }

    /// Merges a batch's groups into the state; returns their slots and merged partial values.
    fn merge(
        &self,
        partials: &Partials,
        store: &mut StateStore,
    ) -> Result<(Vec<u32>, Vec<ArrayRef>)> {
        let interned = in_plan(store.intern(&partials.keys))?;
        let mut old_slots = Vec::new();
        let mut old_groups = Vec::new();
        for (group, (slot, is_new)) in interned.slots.iter().zip(&interned.is_new).enumerate() {
            if !is_new {
                old_slots.push(*slot);
                old_groups.push(group);
            }
        }
        let merged: Vec<ArrayRef> = if old_slots.is_empty() {
            partials.states.iter().flatten().cloned().collect()
        } else {
            let old = in_plan(store.take(&old_slots))?;
            let all: Vec<usize> = (0..partials.groups).collect();
            let mut merged = Vec::with_capacity(old.len());
            let mut old = old.as_slice();
            for (aggregate, new) in self.aggregates.iter().zip(&partials.states) {
                let (mine, rest) = old.split_at(new.len());
                old = rest;
                let mut accumulator = aggregate.accumulator()?;
                accumulator.merge_batch(mine, &old_groups, partials.groups)?;
                accumulator.merge_batch(new, &all, partials.groups)?;
                merged.extend(accumulator.state(EmitTo::All)?);
            }
            merged
        };
        in_plan(store.put(&interned.slots, &merged))?;
        if let Some(times) = self.event_times(&partials.keys)? {
            store.put_buckets(&interned.slots, &times);
        }
        Ok((interned.slots, merged))
    }

    /// Rows of output for groups with these flat keys and partial values.
    fn output(&self, keys: &[ArrayRef], states: &[ArrayRef], groups: usize) -> Result<RecordBatch> {
        let mut columns = self.nested_keys(keys)?;
        let all: Vec<usize> = (0..groups).collect();
        let mut states = states;
        for aggregate in &self.aggregates {
            let (mine, rest) = states.split_at(aggregate.state.len());
            states = rest;
            columns.push(aggregate.evaluate(mine, &all)?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(groups));
        Ok(RecordBatch::try_new_with_options(
            Arc::clone(&self.schema),
            columns,
            &options,
        )?)
    }

    /// Group columns from flat keys: windows become structs again.
    fn nested_keys(&self, flat: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let mut columns = Vec::with_capacity(self.keys.len());
        for key in 0..self.keys.len() {
            let mut parts = self
                .flat_keys
                .iter()
                .zip(flat)
                .filter(|(f, _)| f.key == key)
                .peekable();
            match (self.schema.field(key).data_type(), parts.peek()) {
                (DataType::Struct(fields), _) => {
                    let children = parts.map(|(_, column)| Arc::clone(column)).collect();
                    columns.push(
                        Arc::new(StructArray::try_new(fields.clone(), children, None)?) as ArrayRef,
                    );
                }
                (_, Some((_, column))) => columns.push(Arc::clone(column)),
                (_, None) => return internal_err!("group key {key} is not stored"),
            }
        }
        Ok(columns)
    }

    /// One batch: aggregates, merges, evicts, and says what to emit.
    fn step(
        &self,
        mut partials: Partials,
        facts: &mut OperatorFacts,
        context: &BatchContext,
    ) -> Result<Vec<RecordBatch>> {
        let began = context.clock.elapsed();
        if self.mode != OutputMode::Complete {
            facts.rows_dropped_by_watermark +=
                self.drop_late(&mut partials, context.late_watermark_ms)?;
        }
        let mut emitted = Vec::new();
        if partials.groups > 0 {
            let (_, merged) = self.merge(&partials, &mut facts.store)?;
            facts.count_memory()?;
            facts.rows_updated += partials.groups as u64;
            if self.mode == OutputMode::Update {
                emitted.push(self.output(&partials.keys, &merged, partials.groups)?);
            }
        }
        facts.update_time_us += (context.clock.elapsed() - began).as_micros() as u64;
        let began = context.clock.elapsed();
        if self.mode != OutputMode::Complete && self.event_time.is_some() {
            let bound_us = context.eviction_watermark_ms * 1000;
            let evicted = in_plan(facts.store.evict_through(bound_us))?;
            facts.count_memory()?;
            facts.rows_removed += evicted.num_rows() as u64;
            if self.mode == OutputMode::Append && evicted.num_rows() > 0 {
                emitted.push(self.output(&evicted.keys, &evicted.values, evicted.num_rows())?);
            }
        }
        facts.removal_time_us += (context.clock.elapsed() - began).as_micros() as u64;
        if self.mode == OutputMode::Complete {
            for slots in facts.store.all().chunks(OUTPUT_ROWS) {
                let rows = in_plan(facts.store.batch(slots))?;
                emitted.push(self.output(&rows.keys, &rows.values, rows.num_rows())?);
            }
        }
        Ok(emitted)
    }
}

fn evaluate_all(exprs: &[Arc<dyn PhysicalExpr>], batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
    exprs
        .iter()
        .map(|expr| expr.evaluate(batch)?.into_array(batch.num_rows()))
        .collect()
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
