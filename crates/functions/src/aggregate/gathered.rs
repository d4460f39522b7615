//! Aggregates that need all values of a group at the end.

use std::fmt::{self, Debug};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, new_empty_array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::interleave;
use arrow::datatypes::{DataType as ArrowType, Field};

use crate::aggregate::fold::{Fold, Rows};
use crate::aggregate::spec::Spec;
use crate::error::{Error, Result};

/// Gives the results from the values of all groups: those of group `i` are the rows `offsets[i]..offsets[i + 1]`.
pub(crate) type Finish = fn(&Spec, &[ArrayRef], &OffsetBuffer<i32>) -> Result<ArrayRef>;

/// Keeps the values of each group in the order of their rows.
pub(crate) struct Gathered {
    spec: Spec,
    finish: Finish,
    /// Rows with NULL in one of these columns do not count.
    required: Vec<usize>,
    types: Vec<ArrowType>,
    batches: Vec<Vec<ArrayRef>>,
    /// Group, batch and row of each value.
    entries: Vec<(usize, u32, u32)>,
    bytes: usize,
}

impl Gathered {
    /// No groups yet.
    pub(crate) fn boxed(spec: &Spec, required: Vec<usize>, finish: Finish) -> Box<dyn Fold> {
        Box::new(Gathered {
            types: (0..spec.arguments.len())
                .map(|index| spec.argument(index))
                .collect(),
            spec: spec.clone(),
            finish,
            required,
            batches: Vec::new(),
            entries: Vec::new(),
            bytes: 0,
        })
    }

    fn keep(&mut self, columns: Vec<ArrayRef>) -> u32 {
        self.bytes += columns
            .iter()
            .map(Array::get_array_memory_size)
            .sum::<usize>();
        self.batches.push(columns);
        (self.batches.len() - 1) as u32
    }

    fn columns(&self, count: usize) -> Result<(Vec<ArrayRef>, OffsetBuffer<i32>)> {
        let mut chosen: Vec<&(usize, u32, u32)> = self
            .entries
            .iter()
            .filter(|(group, ..)| *group < count)
            .collect();
        chosen.sort_by_key(|(group, ..)| *group);
        if i32::try_from(chosen.len()).is_err() {
            return Err(Error::internal(
                "more than 2147483647 values in the groups of an aggregate",
            ));
        }
        let mut lengths = vec![0; count];
        for (group, ..) in &chosen {
            lengths[*group] += 1;
        }
        let picks: Vec<(usize, usize)> = chosen
            .iter()
            .map(|(_, batch, row)| (*batch as usize, *row as usize))
            .collect();
        let mut columns = Vec::with_capacity(self.types.len());
        for (index, data_type) in self.types.iter().enumerate() {
            if picks.is_empty() {
                columns.push(new_empty_array(data_type));
                continue;
            }
            let arrays: Vec<&dyn Array> = self
                .batches
                .iter()
                .map(|batch| batch[index].as_ref())
                .collect();
            columns.push(interleave(&arrays, &picks)?);
        }
        Ok((columns, OffsetBuffer::from_lengths(lengths)))
    }
}

impl Debug for Gathered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gathered({} values)", self.entries.len())
    }
}

fn element(data_type: &ArrowType) -> Arc<Field> {
    Arc::new(Field::new("element", data_type.clone(), true))
}

impl Fold for Gathered {
    fn grow(&mut self, _: usize) {}

    fn update(&mut self, values: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let mut nulls = None;
        for index in &self.required {
            nulls = NullBuffer::union(nulls.as_ref(), values[*index].logical_nulls().as_ref());
        }
        let batch = self.keep(values.to_vec());
        let entries = &mut self.entries;
        rows.each(nulls.as_ref(), |group, row| {
            entries.push((group, batch, row as u32))
        });
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let lists: Vec<&ListArray> = states.iter().map(|state| state.as_list::<i32>()).collect();
        let offsets = lists[0].offsets();
        let first = offsets[0];
        let mut columns = Vec::with_capacity(lists.len());
        for list in &lists {
            let (start, end) = (
                list.offsets()[0] as usize,
                list.offsets()[list.len()] as usize,
            );
            columns.push(list.values().slice(start, end - start));
        }
        let batch = self.keep(columns);
        let entries = &mut self.entries;
        rows.each(lists[0].nulls(), |group, row| {
            for index in offsets[row]..offsets[row + 1] {
                entries.push((group, batch, (index - first) as u32));
            }
        });
        Ok(())
    }

    fn state_types(&self) -> Vec<ArrowType> {
        self.types
            .iter()
            .map(|data_type| ArrowType::List(element(data_type)))
            .collect()
    }

    fn states(&mut self, count: usize) -> Result<Vec<ArrayRef>> {
        let (columns, offsets) = self.columns(count)?;
        let lists = columns
            .into_iter()
            .zip(&self.types)
            .map(|(column, data_type)| {
                let list = ListArray::try_new(element(data_type), offsets.clone(), column, None)?;
                Ok(Arc::new(list) as ArrayRef)
            });
        lists.collect()
    }

    fn results(&mut self, count: usize) -> Result<ArrayRef> {
        let (columns, offsets) = self.columns(count)?;
        (self.finish)(&self.spec, &columns, &offsets)
    }

    fn remove(&mut self, count: usize) {
        self.entries.retain(|(group, ..)| *group >= count);
        for entry in &mut self.entries {
            entry.0 -= count;
        }
        if self.entries.is_empty() {
            self.batches.clear();
            self.bytes = 0;
        }
    }

    fn size(&self) -> usize {
        self.entries.capacity() * 16 + self.bytes
    }
}
