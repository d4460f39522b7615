//! Folds as DataFusion's accumulators.

use std::fmt::{self, Debug};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::compute::concat;
use datafusion_common::{Result as EngineResult, ScalarValue};
use datafusion_expr::{Accumulator, EmitTo, GroupsAccumulator};

use crate::aggregate::fold::{Fold, Rows};
use crate::error::{Error, Place, Result};

/// Makes a fold without groups.
pub(super) type Make = Arc<dyn Fn() -> Result<Box<dyn Fold>> + Send + Sync>;

/// The aggregate of one group.
#[derive(Debug)]
pub(super) struct One {
    fold: Box<dyn Fold>,
    place: Option<Arc<Place>>,
}

impl One {
    pub(super) fn new(make: &Make, place: Option<Arc<Place>>) -> Result<One> {
        let mut fold = make()?;
        fold.grow(1);
        Ok(One { fold, place })
    }

    fn at<T>(&self, result: Result<T>) -> EngineResult<T> {
        Ok(result.map_err(|error| error.at(self.place.as_ref()))?)
    }
}

fn rows_of(values: &[ArrayRef]) -> Rows<'static> {
    Rows::one_group(values.first().map_or(0, Array::len))
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> EngineResult<()> {
        let result = self.fold.update(values, &rows_of(values));
        self.at(result)
    }

    fn evaluate(&mut self) -> EngineResult<ScalarValue> {
        let result = self.fold.results(1);
        ScalarValue::try_from_array(&self.at(result)?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.fold.size()
    }

    fn state(&mut self) -> EngineResult<Vec<ScalarValue>> {
        let states = self.fold.states(1);
        let states = self.at(states)?;
        states
            .iter()
            .map(|state| ScalarValue::try_from_array(state, 0))
            .collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> EngineResult<()> {
        let result = self.fold.merge(states, &rows_of(states));
        self.at(result)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> EngineResult<()> {
        let result = self.fold.retract(values, &rows_of(values));
        self.at(result)
    }

    fn supports_retract_batch(&self) -> bool {
        self.fold.can_retract()
    }
}

/// The aggregate of many groups.
pub(super) struct Many {
    fold: Box<dyn Fold>,
    make: Make,
    groups: usize,
    place: Option<Arc<Place>>,
}

impl Many {
    pub(super) fn new(make: Make, place: Option<Arc<Place>>) -> Result<Many> {
        Ok(Many {
            fold: make()?,
            make,
            groups: 0,
            place,
        })
    }

    fn grow(&mut self, groups: usize) {
        if groups > self.groups {
            self.groups = groups;
            self.fold.grow(groups);
        }
    }

    fn at<T>(&self, result: Result<T>) -> EngineResult<T> {
        Ok(result.map_err(|error| error.at(self.place.as_ref()))?)
    }

    fn count(&self, emit_to: EmitTo) -> usize {
        match emit_to {
            EmitTo::All => self.groups,
            EmitTo::First(count) => count.min(self.groups),
        }
    }

    fn remove(&mut self, count: usize) {
        self.fold.remove(count);
        self.groups -= count;
    }
}

impl Debug for Many {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fold.fmt(f)
    }
}

impl GroupsAccumulator for Many {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> EngineResult<()> {
        self.grow(total_num_groups);
        let result = self
            .fold
            .update(values, &Rows::of(group_indices, opt_filter));
        self.at(result)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> EngineResult<ArrayRef> {
        let count = self.count(emit_to);
        let results = self.fold.results(count);
        let results = self.at(results)?;
        self.remove(count);
        Ok(results)
    }

    fn state(&mut self, emit_to: EmitTo) -> EngineResult<Vec<ArrayRef>> {
        let count = self.count(emit_to);
        let states = self.fold.states(count);
        let states = self.at(states)?;
        self.remove(count);
        Ok(states)
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> EngineResult<()> {
        self.grow(total_num_groups);
        let result = self.fold.merge(values, &Rows::of(group_indices, None));
        self.at(result)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> EngineResult<Vec<ArrayRef>> {
        let count = values.first().map_or(0, Array::len);
        let groups: Vec<usize> = (0..count).collect();
        let mut fold = self.at((self.make)())?;
        fold.grow(count);
        self.at(fold.update(values, &Rows::of(&groups, opt_filter)))?;
        self.at(fold.states(count))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.fold.size()
    }
}

/// The aggregate of a frame that moves: keeps the rows of the frame and computes each result from them, as Spark does.
pub(super) struct Moving {
    make: Make,
    /// The rows of the frame; of the first batch, those before `skipped` have left it.
    batches: std::collections::VecDeque<Vec<ArrayRef>>,
    skipped: usize,
    place: Option<Arc<Place>>,
}

impl Moving {
    pub(super) fn new(make: Make, place: Option<Arc<Place>>) -> Moving {
        Moving {
            make,
            batches: std::collections::VecDeque::new(),
            skipped: 0,
            place,
        }
    }

    fn compute(&mut self) -> Result<Box<dyn Fold>> {
        // Many small batches are one batch from now on.
        if self.batches.len() > 1 || self.skipped > 0 {
            let columns = self.batches[0].len();
            let mut merged = Vec::with_capacity(columns);
            for column in 0..columns {
                let mut parts: Vec<ArrayRef> = Vec::with_capacity(self.batches.len());
                for (index, batch) in self.batches.iter().enumerate() {
                    let array = &batch[column];
                    parts.push(match index {
                        0 => array.slice(self.skipped, array.len() - self.skipped),
                        _ => Arc::clone(array),
                    });
                }
                let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
                merged.push(if parts.len() == 1 {
                    parts[0].slice(0, parts[0].len())
                } else {
                    concat(&parts)?
                });
            }
            self.batches.clear();
            self.skipped = 0;
            self.batches.push_back(merged);
        }
        let mut fold = (self.make)()?;
        fold.grow(1);
        if let Some(batch) = self.batches.front() {
            fold.update(batch, &rows_of(batch))?;
        }
        Ok(fold)
    }
}

impl Debug for Moving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Moving({} batches)", self.batches.len())
    }
}

impl Accumulator for Moving {
    fn update_batch(&mut self, values: &[ArrayRef]) -> EngineResult<()> {
        if values.first().is_some_and(|array| !array.is_empty()) {
            self.batches.push_back(values.to_vec());
        }
        Ok(())
    }

    fn evaluate(&mut self) -> EngineResult<ScalarValue> {
        let computed = self.compute().and_then(|mut fold| fold.results(1));
        let array = computed.map_err(|error| error.at(self.place.as_ref()))?;
        ScalarValue::try_from_array(&array, 0)
    }

    fn size(&self) -> usize {
        let arrays = self.batches.iter().flatten();
        size_of_val(self) + arrays.map(Array::get_array_memory_size).sum::<usize>()
    }

    fn state(&mut self) -> EngineResult<Vec<ScalarValue>> {
        Err(Error::internal("a moving frame has no partial state").into())
    }

    fn merge_batch(&mut self, _: &[ArrayRef]) -> EngineResult<()> {
        Err(Error::internal("a moving frame has no partial state").into())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> EngineResult<()> {
        // The frame moves forward only: the rows that leave it are the oldest.
        self.skipped += values.first().map_or(0, Array::len);
        while let Some(first) = self.batches.front() {
            let rows = first.first().map_or(0, Array::len);
            if self.skipped < rows {
                break;
            }
            self.skipped -= rows;
            self.batches.pop_front();
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }
}
