//! `DISTINCT`: an aggregate over each combination of values once.

use std::fmt::{self, Debug};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType as ArrowType, Field};
use hashbrown::HashTable;
use twox_hash::XxHash3_64;

use crate::aggregate::encoded::Encoder;
use crate::aggregate::fold::{Fold, Rows};
use crate::error::Result;

/// Keeps the distinct values of each group, in the order of their first rows.
pub(crate) struct Distinct {
    inner: Box<dyn Fn() -> Result<Box<dyn Fold>> + Send + Sync>,
    types: Vec<ArrowType>,
    encoder: Encoder,
    groups: usize,
    /// The group and the end of the bytes of each entry.
    entries: Vec<(usize, usize)>,
    bytes: Vec<u8>,
    /// Positions in `entries`.
    table: HashTable<usize>,
}

impl Distinct {
    /// No values yet; `inner` makes the aggregate that gets the distinct ones.
    ///
    /// # Errors
    /// If a type cannot be encoded.
    pub(crate) fn new(
        types: Vec<ArrowType>,
        inner: Box<dyn Fn() -> Result<Box<dyn Fold>> + Send + Sync>,
    ) -> Result<Distinct> {
        Ok(Distinct {
            encoder: Encoder::keys(&types)?,
            inner,
            types,
            groups: 0,
            entries: Vec::new(),
            bytes: Vec::new(),
            table: HashTable::new(),
        })
    }

    fn entry(&self, index: usize) -> &[u8] {
        entry(&self.entries, &self.bytes, index)
    }

    fn add(&mut self, columns: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let encoded = self.encoder.encode(columns)?;
        let Distinct {
            entries,
            bytes,
            table,
            ..
        } = self;
        rows.each(None, |group, row| {
            insert(entries, bytes, table, group, encoded.row(row).as_ref());
        });
        Ok(())
    }

    /// The distinct values of the first `count` groups as columns, with the group of each.
    fn columns(&self, count: usize) -> Result<(Vec<ArrayRef>, Vec<usize>)> {
        let chosen: Vec<usize> = (0..self.entries.len())
            .filter(|index| self.entries[*index].0 < count)
            .collect();
        let groups = chosen.iter().map(|index| self.entries[*index].0).collect();
        let columns = self
            .encoder
            .decode(chosen.iter().map(|index| self.entry(*index)))?;
        Ok((columns, groups))
    }
}

fn entry<'a>(entries: &[(usize, usize)], bytes: &'a [u8], index: usize) -> &'a [u8] {
    let start = if index == 0 { 0 } else { entries[index - 1].1 };
    &bytes[start..entries[index].1]
}

fn hash(group: usize, bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot_with_seed(group as u64, bytes)
}

fn insert(
    entries: &mut Vec<(usize, usize)>,
    bytes: &mut Vec<u8>,
    table: &mut HashTable<usize>,
    group: usize,
    value: &[u8],
) {
    let wanted = hash(group, value);
    let found = table.find(wanted, |index| {
        entries[*index].0 == group && entry(entries, bytes, *index) == value
    });
    if found.is_some() {
        return;
    }
    bytes.extend_from_slice(value);
    entries.push((group, bytes.len()));
    table.insert_unique(wanted, entries.len() - 1, |index| {
        hash(entries[*index].0, entry(entries, bytes, *index))
    });
}

impl Debug for Distinct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Distinct({} values)", self.entries.len())
    }
}

impl Fold for Distinct {
    fn grow(&mut self, groups: usize) {
        self.groups = self.groups.max(groups);
    }

    fn update(&mut self, values: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        self.add(values, rows)
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        // The lists of all columns have the same lengths.
        let lists: Vec<&ListArray> = states.iter().map(|state| state.as_list::<i32>()).collect();
        let offsets = lists[0].offsets();
        let first = offsets[0] as usize;
        let mut columns = Vec::with_capacity(lists.len());
        for list in &lists {
            let offsets = list.offsets();
            let (start, end) = (offsets[0] as usize, offsets[offsets.len() - 1] as usize);
            columns.push(list.values().slice(start, end - start));
        }
        let encoded = self.encoder.encode(&columns)?;
        let Distinct {
            entries,
            bytes,
            table,
            ..
        } = self;
        rows.each(lists[0].nulls(), |group, row| {
            for index in offsets[row] as usize..offsets[row + 1] as usize {
                insert(
                    entries,
                    bytes,
                    table,
                    group,
                    encoded.row(index - first).as_ref(),
                );
            }
        });
        Ok(())
    }

    fn state_types(&self) -> Vec<ArrowType> {
        let lists = self
            .types
            .iter()
            .map(|data_type| ArrowType::List(element(data_type)));
        lists.collect()
    }

    fn states(&mut self, count: usize) -> Result<Vec<ArrayRef>> {
        let mut chosen: Vec<usize> = (0..self.entries.len())
            .filter(|index| self.entries[*index].0 < count)
            .collect();
        chosen.sort_by_key(|index| self.entries[*index].0);
        let mut lengths = vec![0; count];
        for index in &chosen {
            lengths[self.entries[*index].0] += 1;
        }
        let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
        let columns = self
            .encoder
            .decode(chosen.iter().map(|index| self.entry(*index)))?;
        let lists = columns
            .into_iter()
            .zip(&self.types)
            .map(|(column, data_type)| {
                Ok(Arc::new(ListArray::try_new(
                    element(data_type),
                    offsets.clone(),
                    column,
                    None,
                )?) as ArrayRef)
            });
        lists.collect()
    }

    fn results(&mut self, count: usize) -> Result<ArrayRef> {
        let mut inner = (self.inner)()?;
        inner.grow(count);
        let (columns, groups) = self.columns(count)?;
        inner.update(&columns, &Rows::of(&groups, None))?;
        inner.results(count)
    }

    fn remove(&mut self, count: usize) {
        let (old, old_bytes) = (
            std::mem::take(&mut self.entries),
            std::mem::take(&mut self.bytes),
        );
        self.table = HashTable::new();
        self.groups -= count;
        for (index, (group, _)) in old.iter().enumerate() {
            if *group >= count {
                let value = entry(&old, &old_bytes, index);
                insert(
                    &mut self.entries,
                    &mut self.bytes,
                    &mut self.table,
                    group - count,
                    value,
                );
            }
        }
    }

    fn size(&self) -> usize {
        self.entries.capacity() * 16 + self.bytes.capacity() + self.table.capacity() * 9
    }
}

fn element(data_type: &ArrowType) -> Arc<Field> {
    Arc::new(Field::new("element", data_type.clone(), true))
}
