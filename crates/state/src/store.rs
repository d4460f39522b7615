//! A store: one shard of one operator's state, in memory, with its versions on disk.
//!
//! A batch works like this:
//!
//! ```text
//! load(n)                        the state after version n (nothing to do when it is there already)
//! intern(keys) → slots           finds or makes a row per key
//! take(slots), put(slots, …)     reads and writes their values
//! evict_through(watermark)       takes out what is due
//! commit(n + 1)                  writes what changed
//! ```
//!
//! Holds: work and memory of a batch follow the rows it touches; a version read twice is the same.
//! Does not read clocks, spawn or decide when to run [`Maintenance`](crate::Maintenance).

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, Int64Array, new_null_array};

use crate::column::Column;
use crate::error::StateError;
use crate::hash;
use crate::key_index::{EncodedKeys, KeyIndex};
use crate::schema::{StateConfig, StateSchema};
use crate::time_buckets::TimeBuckets;
use crate::versions::History;

/// Versioned columnar state.
#[derive(Debug)]
pub struct StateStore {
    pub(crate) schema: StateSchema,
    pub(crate) config: StateConfig,
    pub(crate) rows: StateRows,
    pub(crate) changes: Changes,
    pub(crate) version: u64,
    /// None when the store lives in memory only.
    pub(crate) history: Option<History>,
}

/// Keys and their values as they are now.
#[derive(Debug)]
pub(crate) struct StateRows {
    pub(crate) keys: KeyIndex,
    pub(crate) values: Vec<Column>,
    pub(crate) buckets: TimeBuckets,
}

/// What the batch in progress has changed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// By slot.
    marks: Vec<Mark>,
    /// Slots written, each once; those removed later are still among them.
    touched: Vec<u32>,
    /// Row bytes of committed keys that were removed, with their hash.
    pub(crate) removed: BTreeMap<Box<[u8]>, i32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    /// In the newest committed version under this slot.
    committed: bool,
    touched: bool,
}

/// The slots that [`StateStore::intern`] found or made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interned {
    /// A slot per key asked for; equal keys have equal slots.
    pub slots: Vec<u32>,
    /// Whether the key was not there before; of equal new keys, only the first is new.
    pub is_new: Vec<bool>,
}

/// Rows of state as columns.
#[derive(Clone, Debug)]
pub struct StateBatch {
    /// The key columns.
    pub keys: Vec<ArrayRef>,
    /// The value columns.
    pub values: Vec<ArrayRef>,
    /// The event-time bucket of each row.
    pub buckets: Int64Array,
    rows: usize,
}

impl StateBatch {
    pub(crate) fn new(
        keys: Vec<ArrayRef>,
        values: Vec<ArrayRef>,
        buckets: Int64Array,
        rows: usize,
    ) -> StateBatch {
        StateBatch {
            keys,
            values,
            buckets,
            rows,
        }
    }

    /// Keys without values.
    pub(crate) fn deletions(schema: &StateSchema, keys: Vec<ArrayRef>, rows: usize) -> StateBatch {
        let values = schema
            .value()
            .iter()
            .map(|f| new_null_array(f.data_type(), rows))
            .collect();
        StateBatch {
            keys,
            values,
            buckets: Int64Array::new_null(rows),
            rows,
        }
    }

    /// The number of rows; known even when there are no columns.
    pub fn num_rows(&self) -> usize {
        self.rows
    }
}

impl StateStore {
    /// An empty store at version 0 that lives in memory only: a commit writes nothing, and nothing can be loaded.
    pub fn in_memory(schema: StateSchema, config: StateConfig) -> Result<StateStore, StateError> {
        let rows = StateRows::new(&schema)?;
        Ok(StateStore {
            schema,
            config,
            rows,
            changes: Changes::default(),
            version: 0,
            history: None,
        })
    }

    /// The columns.
    pub fn schema(&self) -> &StateSchema {
        &self.schema
    }

    /// The version that was loaded or committed last; 0 is the empty state.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.rows.keys.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory held.
    pub fn memory_bytes(&self) -> usize {
        let rows = &self.rows;
        let values: usize = rows.values.iter().map(Column::memory).sum();
        let changes =
            self.changes.marks.capacity() * size_of::<Mark>() + self.changes.touched.capacity() * 4;
        rows.keys.memory() + values + rows.buckets.memory() + changes
    }

    /// Finds or makes the slot of each key.
    ///
    /// A new key is a row at once, its values null. A slot stays the key's until it is removed or evicted; it does not
    /// outlast a `load`. Without key columns there is one key, and `intern(&[])` gives its slot.
    ///
    /// Fails with [`StateError::ForeignPartition`] for a key of a partition this store does not own, and has then
    /// interned none.
    ///
    /// # Panics
    /// When the columns are not those of the schema.
    pub fn intern(&mut self, keys: &[ArrayRef]) -> Result<Interned, StateError> {
        self.schema.check_keys(keys);
        let encoded = self.rows.keys.encode(keys)?;
        self.check_owned(&encoded)?;
        let mut interned = Interned::default();
        for row in 0..encoded.len() {
            let (slot, is_new) = self.rows.keys.intern(&encoded, row)?;
            if is_new {
                self.changes.touch(slot);
            }
            interned.slots.push(slot);
            interned.is_new.push(is_new);
        }
        self.rows.grow();
        Ok(interned)
    }

    /// The slot of each key that is there.
    ///
    /// # Panics
    /// When the columns are not those of the schema.
    pub fn find(&self, keys: &[ArrayRef]) -> Result<Vec<Option<u32>>, StateError> {
        self.schema.check_keys(keys);
        let encoded = self.rows.keys.encode(keys)?;
        Ok((0..encoded.len())
            .map(|row| self.rows.keys.find(&encoded, row))
            .collect())
    }

    /// The values of `slots`, a column each, in their order.
    pub fn take(&self, slots: &[u32]) -> Result<Vec<ArrayRef>, StateError> {
        self.rows
            .values
            .iter()
            .map(|column| column.take(slots))
            .collect()
    }

    /// One value column of `slots`.
    pub fn take_column(&self, column: usize, slots: &[u32]) -> Result<ArrayRef, StateError> {
        self.rows.values[column].take(slots)
    }

    /// The keys of `slots`, a column each, in their order.
    pub fn keys(&self, slots: &[u32]) -> Result<Vec<ArrayRef>, StateError> {
        self.rows.keys.columns(slots)
    }

    /// Writes row `i` of `values` to `slots[i]`; of equal slots the last one stays.
    ///
    /// # Panics
    /// When the columns are not those of the schema, or not as long as `slots`.
    pub fn put(&mut self, slots: &[u32], values: &[ArrayRef]) -> Result<(), StateError> {
        self.schema.check_values(values);
        for (column, array) in self.rows.values.iter_mut().zip(values) {
            assert_eq!(array.len(), slots.len(), "a value per slot");
            column.put(slots, array)?;
        }
        for &slot in slots {
            self.changes.touch(slot);
        }
        Ok(())
    }

    /// Puts `slots[i]` into the event-time bucket `buckets[i]` (microseconds); null: none, never evicted.
    ///
    /// # Panics
    /// When the schema has no buckets, or the lengths differ.
    pub fn put_buckets(&mut self, slots: &[u32], buckets: &Int64Array) {
        assert!(
            self.schema.is_bucketed(),
            "the schema has no event-time buckets"
        );
        assert_eq!(buckets.len(), slots.len(), "a bucket per slot");
        for (&slot, bucket) in slots.iter().zip(buckets) {
            if self.rows.buckets.get(slot) != bucket {
                self.rows.buckets.set(slot, bucket);
                self.changes.touch(slot);
            }
        }
    }

    /// Forgets the keys of `slots`; a slot named twice is removed once.
    ///
    /// # Panics
    /// When a slot is not in use.
    pub fn remove(&mut self, slots: &[u32]) {
        let mut slots = slots.to_vec();
        slots.sort_unstable();
        slots.dedup();
        for &slot in &slots {
            let bytes = self.rows.keys.bytes();
            self.changes.remove(slot, bytes.key(slot), bytes.hash(slot));
            self.rows.keys.remove(slot);
            self.rows.buckets.set(slot, None);
        }
        for column in &mut self.rows.values {
            column.clear(&slots);
        }
    }

    /// Takes out the rows whose bucket is not after `bound` (microseconds), ordered by bucket and key.
    ///
    /// Costs what is evicted, not what is held.
    pub fn evict_through(&mut self, bound: i64) -> Result<StateBatch, StateError> {
        let mut slots = Vec::new();
        for bucket in self.rows.buckets.due(bound) {
            let from = slots.len();
            slots.extend_from_slice(bucket);
            self.rows.sort_by_key(&mut slots[from..]);
        }
        let batch = self.rows.batch(&slots)?;
        self.remove(&slots);
        Ok(batch)
    }

    /// All slots in use, ordered by state partition and key, so that a reloaded store gives the same order.
    pub fn all(&self) -> Vec<u32> {
        let bytes = self.rows.keys.bytes();
        let mut slots = bytes.live();
        slots.sort_unstable_by_key(|&slot| (self.partition(slot), bytes.key(slot)));
        slots
    }

    /// The rows of `slots`, say a piece of what [`all`](Self::all) gave.
    pub fn batch(&self, slots: &[u32]) -> Result<StateBatch, StateError> {
        self.rows.batch(slots)
    }

    /// The state partition of the key of a slot in use.
    pub fn partition(&self, slot: u32) -> u32 {
        hash::partition_of(self.rows.keys.bytes().hash(slot), self.config.partitions)
    }

    fn check_owned(&self, keys: &EncodedKeys) -> Result<(), StateError> {
        let owned = &self.config.owned;
        if *owned == (0..self.config.partitions) {
            return Ok(());
        }
        for row in 0..keys.len() {
            let partition = hash::partition_of(keys.hash(row), self.config.partitions);
            if !owned.contains(&partition) {
                return Err(StateError::ForeignPartition {
                    partition,
                    owned: owned.clone(),
                });
            }
        }
        Ok(())
    }
}

impl StateRows {
    pub(crate) fn new(schema: &StateSchema) -> Result<StateRows, StateError> {
        Ok(StateRows {
            keys: KeyIndex::new(schema.key())?,
            values: schema
                .value()
                .iter()
                .map(|f| Column::new(f.data_type()))
                .collect(),
            buckets: TimeBuckets::default(),
        })
    }

    /// Makes room in the value columns for every slot the keys use.
    pub(crate) fn grow(&mut self) {
        let capacity = self.keys.capacity();
        for column in &mut self.values {
            column.grow(capacity);
        }
    }

    pub(crate) fn batch(&self, slots: &[u32]) -> Result<StateBatch, StateError> {
        Ok(StateBatch {
            keys: self.keys.columns(slots)?,
            values: self
                .values
                .iter()
                .map(|column| column.take(slots))
                .collect::<Result<_, _>>()?,
            buckets: slots.iter().map(|&slot| self.buckets.get(slot)).collect(),
            rows: slots.len(),
        })
    }

    fn sort_by_key(&self, slots: &mut [u32]) {
        let bytes = self.keys.bytes();
        slots.sort_unstable_by_key(|&slot| bytes.key(slot));
    }
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.touched.is_empty() && self.removed.is_empty()
    }

    /// Slots written, some of which may be free by now.
    pub(crate) fn touched(&self) -> &[u32] {
        &self.touched
    }

    /// Forgets all changes; `written` are those slots among the changed that hold a key.
    pub(crate) fn settle(&mut self, written: &[u32]) {
        for slot in std::mem::take(&mut self.touched) {
            self.mark(slot).touched = false;
        }
        for &slot in written {
            self.mark(slot).committed = true;
        }
        self.removed.clear();
    }

    fn mark(&mut self, slot: u32) -> &mut Mark {
        if self.marks.len() <= slot as usize {
            self.marks.resize(slot as usize + 1, Mark::default());
        }
        &mut self.marks[slot as usize]
    }

    fn touch(&mut self, slot: u32) {
        let mark = self.mark(slot);
        if !mark.touched {
            mark.touched = true;
            self.touched.push(slot);
        }
    }

    fn remove(&mut self, slot: u32, key: &[u8], hash: i32) {
        let mark = self.mark(slot);
        if std::mem::take(&mut mark.committed) {
            self.removed.insert(key.into(), hash);
        }
        // `touched` stays listed: whether the slot holds a key is asked again at the commit.
    }
}
