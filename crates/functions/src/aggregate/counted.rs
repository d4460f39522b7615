//! Aggregates that need to know how often each value is in a group, not where.

use std::fmt::{self, Debug};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType as ArrowType, Field, Int64Type};
use hashbrown::HashTable;
use twox_hash::XxHash3_64;

use crate::aggregate::encoded::Encoder;
use crate::aggregate::fold::{Fold, Rows};
use crate::aggregate::spec::Spec;
use crate::error::{Error, Result};

/// Gives the results from the distinct values of all groups and their counts: those of group `i` are the rows
/// `offsets[i]..offsets[i + 1]`, in the order in which they came first.
pub(crate) type Finish = fn(&Spec, &ArrayRef, &Int64Array, &OffsetBuffer<i32>) -> Result<ArrayRef>;

/// Keeps each distinct value of a group once, with its count. A second argument is how often a row counts.
pub(crate) struct Counted {
    spec: Spec,
    finish: Finish,
    encoder: Encoder,
    entries: Vec<Entry>,
    /// The bytes of all values, in the order of `entries`.
    bytes: Vec<u8>,
    /// Positions in `entries`.
    table: HashTable<usize>,
}

/// A value of a group.
#[derive(Clone, Copy)]
struct Entry {
    group: usize,
    /// Where its bytes end.
    end: usize,
    count: i64,
}

impl Counted {
    /// No groups yet. Rows whose value or frequency is NULL do not count.
    ///
    /// # Errors
    /// If the type of the values cannot be encoded.
    pub(crate) fn boxed(spec: &Spec, finish: Finish) -> Result<Box<dyn Fold>> {
        Ok(Box::new(Counted {
            encoder: Encoder::keys(&[spec.argument(0)])?,
            spec: spec.clone(),
            finish,
            entries: Vec::new(),
            bytes: Vec::new(),
            table: HashTable::new(),
        }))
    }

    fn value(&self, index: usize) -> &[u8] {
        value(&self.entries, &self.bytes, index)
    }

    fn add(&mut self, group: usize, new: &[u8], count: i64) {
        let Counted {
            entries,
            bytes,
            table,
            ..
        } = self;
        let wanted = hash(group, new);
        let found = table.find(wanted, |index| {
            entries[*index].group == group && value(entries, bytes, *index) == new
        });
        if let Some(index) = found {
            let entry = &mut entries[*index];
            entry.count = entry.count.saturating_add(count);
            return;
        }
        bytes.extend_from_slice(new);
        entries.push(Entry {
            group,
            end: bytes.len(),
            count,
        });
        table.insert_unique(wanted, entries.len() - 1, |index| {
            hash(entries[*index].group, value(entries, bytes, *index))
        });
    }

    /// The values of the first `count` groups, their counts, and where each group begins.
    fn columns(&self, count: usize) -> Result<(ArrayRef, Int64Array, OffsetBuffer<i32>)> {
        let mut chosen: Vec<usize> = (0..self.entries.len())
            .filter(|index| self.entries[*index].group < count)
            .collect();
        if i32::try_from(chosen.len()).is_err() {
            return Err(Error::internal(
                "more than 2147483647 values in the groups of an aggregate",
            ));
        }
        chosen.sort_by_key(|index| self.entries[*index].group);
        let mut lengths = vec![0; count];
        for index in &chosen {
            lengths[self.entries[*index].group] += 1;
        }
        let values = chosen.iter().map(|index| self.value(*index));
        let values = self.encoder.decode(values)?.swap_remove(0);
        let counts = chosen.iter().map(|index| self.entries[*index].count);
        let counts = Int64Array::from_iter_values(counts);
        Ok((values, counts, OffsetBuffer::from_lengths(lengths)))
    }
}

fn value<'a>(entries: &[Entry], bytes: &'a [u8], index: usize) -> &'a [u8] {
    let start = if index == 0 {
        0
    } else {
        entries[index - 1].end
    };
    &bytes[start..entries[index].end]
}

fn hash(group: usize, value: &[u8]) -> u64 {
    XxHash3_64::oneshot_with_seed(group as u64, value)
}

fn element(data_type: ArrowType) -> Arc<Field> {
    Arc::new(Field::new("element", data_type, true))
}

impl Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Counted({} values)", self.entries.len())
    }
}

impl Fold for Counted {
    fn grow(&mut self, _: usize) {}

    fn update(&mut self, values: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let encoded = self.encoder.encode(&values[..1])?;
        let counts = values
            .get(1)
            .map(|counts| counts.as_primitive::<Int64Type>());
        rows.try_each(values[0].logical_nulls().as_ref(), |group, row| {
            let count = match counts {
                Some(counts) if counts.is_null(row) => return Ok(()),
                Some(counts) => counts.value(row),
                None => 1,
            };
            if count < 0 {
                return Err(negative(count));
            }
            if count > 0 {
                self.add(group, encoded.row(row).data(), count);
            }
            Ok(())
        })
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let (values, counts) = (states[0].as_list::<i32>(), states[1].as_list::<i32>());
        let encoded = self.encoder.encode(std::slice::from_ref(values.values()))?;
        let numbers = counts.values().as_primitive::<Int64Type>();
        // The lists of both columns have the same lengths.
        let (of_values, of_counts) = (values.offsets(), counts.offsets());
        rows.each(values.nulls(), |group, row| {
            let first = of_counts[row] as usize;
            for (place, index) in (of_values[row] as usize..of_values[row + 1] as usize).enumerate()
            {
                self.add(
                    group,
                    encoded.row(index).data(),
                    numbers.value(first + place),
                );
            }
        });
        Ok(())
    }

    fn state_types(&self) -> Vec<ArrowType> {
        let types = [self.spec.argument(0), ArrowType::Int64];
        types
            .map(|data_type| ArrowType::List(element(data_type)))
            .to_vec()
    }

    fn states(&mut self, count: usize) -> Result<Vec<ArrayRef>> {
        let (values, counts, offsets) = self.columns(count)?;
        let columns: [ArrayRef; 2] = [values, Arc::new(counts)];
        let lists = columns.into_iter().map(|column| {
            let element = element(column.data_type().clone());
            let list = ListArray::try_new(element, offsets.clone(), column, None)?;
            Ok(Arc::new(list) as ArrayRef)
        });
        lists.collect()
    }

    fn results(&mut self, count: usize) -> Result<ArrayRef> {
        let (values, counts, offsets) = self.columns(count)?;
        (self.finish)(&self.spec, &values, &counts, &offsets)
    }

    fn remove(&mut self, count: usize) {
        let (old, old_bytes) = (
            std::mem::take(&mut self.entries),
            std::mem::take(&mut self.bytes),
        );
        self.table = HashTable::new();
        for (index, entry) in old.iter().enumerate() {
            if entry.group >= count {
                let bytes = value(&old, &old_bytes, index);
                self.add(entry.group - count, bytes, entry.count);
            }
        }
    }

    fn size(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
            + self.bytes.capacity()
            + self.table.capacity() * (size_of::<usize>() + 1)
    }
}

fn negative(count: i64) -> Error {
    Error::data(
        "NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION",
        format!(
            "Found the negative value in \"{count}\": {count}L, but expected a positive integral value."
        ),
    )
}
