//! The computation of a stateful aggregation: groups of a batch, merged into the state.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StructArray,
};
use arrow::compute::{cast, filter};
use arrow::datatypes::{
    DataType, Field, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use datafusion::common::{Result, internal_err};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_plan::aggregates::group_values::new_group_values;
use datafusion::physical_plan::aggregates::order::GroupOrdering;
use datafusion_functions_aggregate_common::aggregate::groups_accumulator::GroupsAccumulatorAdapter;
use futures::TryStreamExt;
use state::StateStore;

use super::aggregate::state_error;
use super::{BatchContext, OperatorState};
use crate::sink::OutputMode;

/// Rows of output per record batch.
const OUTPUT_ROWS: usize = 8192;

/// What is computed: everything but where the rows come from.
#[derive(Debug)]
pub(super) struct Aggregation {
    pub(super) mode: OutputMode,
    pub(super) keys: Vec<Arc<dyn PhysicalExpr>>,
    /// The key columns as they are grouped and stored: structs (windows) by field.
    pub(super) flat_keys: Vec<FlatKey>,
    pub(super) aggregates: Vec<Aggregate>,
    /// Which flat key says when a group is over; microseconds.
    pub(super) event_time: Option<usize>,
    pub(super) schema: SchemaRef,
}

/// A stored key column: group expression `key`, or one field of the struct it gives.
#[derive(Debug)]
pub(super) struct FlatKey {
    pub(super) key: usize,
    pub(super) field: Option<usize>,
    pub(super) stored: Field,
}

/// One aggregate function of the operator.
#[derive(Debug)]
pub(super) struct Aggregate {
    pub(super) function: Arc<AggregateFunctionExpr>,
    pub(super) arguments: Vec<Arc<dyn PhysicalExpr>>,
    pub(super) filter: Option<Arc<dyn PhysicalExpr>>,
    pub(super) state: Vec<Field>,
}

/// Groups with partial values: a row per group, a column per key and per piece of state.
pub(super) struct Partials {
    keys: Vec<ArrayRef>,
    /// By aggregate, then by state column.
    states: Vec<Vec<ArrayRef>>,
    groups: usize,
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
    /// Aggregates the rows of a batch by themselves.
    pub(super) async fn partials(&self, mut input: SendableRecordBatchStream) -> Result<Partials> {
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

    /// Merges the groups of a batch into the state, removes those that are over, and returns the rows to emit.
    pub(super) fn step(
        &self,
        mut partials: Partials,
        state: &mut OperatorState,
        context: &BatchContext,
    ) -> Result<Vec<RecordBatch>> {
        let began = context.clock.elapsed();
        if self.mode != OutputMode::Complete {
            state.rows_dropped_by_watermark +=
                self.drop_late(&mut partials, context.times.late_watermark_ms)?;
        }
        let mut emitted = Vec::new();
        if partials.groups > 0 {
            let (_, merged) = self.merge(&partials, &mut state.store)?;
            state.count_memory()?;
            state.rows_updated += partials.groups as u64;
            if self.mode == OutputMode::Update {
                emitted.push(self.output(&partials.keys, &merged, partials.groups)?);
            }
        }
        state.update_time_us += (context.clock.elapsed() - began).as_micros() as u64;
        let began = context.clock.elapsed();
        if self.mode != OutputMode::Complete && self.event_time.is_some() {
            let bound_us = context.times.eviction_watermark_ms * 1000;
            let evicted = in_plan(state.store.evict_through(bound_us))?;
            state.count_memory()?;
            state.rows_removed += evicted.num_rows() as u64;
            if self.mode == OutputMode::Append && evicted.num_rows() > 0 {
                emitted.push(self.output(&evicted.keys, &evicted.values, evicted.num_rows())?);
            }
        }
        state.removal_time_us += (context.clock.elapsed() - began).as_micros() as u64;
        if self.mode == OutputMode::Complete {
            for slots in state.store.all().chunks(OUTPUT_ROWS) {
                let rows = in_plan(state.store.batch(slots))?;
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
