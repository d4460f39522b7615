//! Which slot a key has, and which key a slot has.
//!
//! Keys are kept once, as the bytes of `arrow::row`, in an arena of blocks; a hash table of slot numbers finds
//! them. The hash is Spark's, so a slot's state partition follows from what is kept here anyway. Bytes of freed
//! keys are squeezed out when they outweigh the living.
//!
//! Two keys are the same when their row bytes are: nulls are equal to each other, and so is each NaN only to the
//! NaN of the same bits, and −0 only to −0 (as in Spark, whose planner normalises both before they get here).
//!
//! Without key columns there is one key: `encode(&[])` is one row.
//!
//! The row encoding lives in memory only; files hold ordinary columns.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::Fields;
use arrow::row::{RowConverter, Rows, SortField};
use hashbrown::HashTable;

use crate::column::CHUNK;
use crate::error::StateError;
use crate::hash;

const BLOCK_BYTES: usize = 64 * 1024;

/// Interns keys into slots.
#[derive(Debug)]
pub(crate) struct KeyIndex {
    converter: RowConverter,
    slots: HashTable<u32>,
    bytes: KeyBytes,
    free: Vec<u32>,
    /// Slots ever used; those above are new.
    used: u32,
}

/// Row bytes and hash per slot; cheap to clone, for frozen views.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyBytes {
    entries: Vec<Arc<Vec<Entry>>>,
    blocks: Vec<Arc<Vec<u8>>>,
    live_bytes: usize,
    all_bytes: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    block: u32,
    offset: u32,
    /// Bytes; [`FREE`] when the slot has no key.
    len: u32,
    hash: i32,
}

const FREE: u32 = u32::MAX;
const FREE_ENTRY: Entry = Entry {
    block: 0,
    offset: 0,
    len: FREE,
    hash: 0,
};

/// Keys turned into row bytes and hashes, ready to be looked up.
pub(crate) struct EncodedKeys {
    /// None when there are no key columns, and so one key.
    rows: Option<Rows>,
    hashes: Vec<i32>,
}

impl EncodedKeys {
    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    pub(crate) fn hash(&self, row: usize) -> i32 {
        self.hashes[row]
    }

    fn key(&self, row: usize) -> &[u8] {
        self.rows.as_ref().map_or(&[], |rows| rows.row(row).data())
    }
}

impl KeyIndex {
    pub(crate) fn new(key: &Fields) -> Result<KeyIndex, StateError> {
        Ok(KeyIndex {
            converter: converter(key)?,
            slots: HashTable::new(),
            bytes: KeyBytes::default(),
            free: Vec::new(),
            used: 0,
        })
    }

    /// The number of keys.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// One more than the highest slot ever used.
    pub(crate) fn capacity(&self) -> usize {
        self.used as usize
    }

    pub(crate) fn encode(&self, keys: &[ArrayRef]) -> Result<EncodedKeys, StateError> {
        if keys.is_empty() {
            return Ok(EncodedKeys {
                rows: None,
                hashes: vec![hash::SEED as i32],
            });
        }
        let rows = self
            .converter
            .convert_columns(keys)
            .map_err(StateError::arrow("encode state keys"))?;
        Ok(EncodedKeys {
            rows: Some(rows),
            hashes: hash::row_hashes(keys)?,
        })
    }

    pub(crate) fn find(&self, keys: &EncodedKeys, row: usize) -> Option<u32> {
        let hash = keys.hash(row);
        let key = keys.key(row);
        self.slots
            .find(spread(hash), |&slot| self.bytes.is(slot, hash, key))
            .copied()
    }

    /// The key's slot, and whether it is new.
    pub(crate) fn intern(
        &mut self,
        keys: &EncodedKeys,
        row: usize,
    ) -> Result<(u32, bool), StateError> {
        if let Some(slot) = self.find(keys, row) {
            return Ok((slot, false));
        }
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None if self.used == u32::MAX => return Err(StateError::Full),
            None => {
                self.used += 1;
                self.used - 1
            }
        };
        let hash = keys.hash(row);
        self.bytes.set(slot, hash, keys.key(row));
        let KeyIndex { slots, bytes, .. } = self;
        slots.insert_unique(spread(hash), slot, |&slot| spread(bytes.hash(slot)));
        Ok((slot, true))
    }

    /// Forgets the key of `slot`, which may be given to another key from now on.
    ///
    /// # Panics
    /// When the slot has no key.
    pub(crate) fn remove(&mut self, slot: u32) {
        let hash = self.bytes.hash(slot);
        match self.slots.find_entry(spread(hash), |&s| s == slot) {
            Ok(entry) => entry.remove(),
            Err(_) => panic!("slot {slot} is not in use"),
        };
        self.bytes.free(slot);
        self.free.push(slot);
    }

    pub(crate) fn bytes(&self) -> &KeyBytes {
        &self.bytes
    }

    /// The keys of `slots` as columns.
    pub(crate) fn columns(&self, slots: &[u32]) -> Result<Vec<ArrayRef>, StateError> {
        decode(
            &self.converter,
            slots.iter().map(|&slot| self.bytes.key(slot)),
        )
    }

    /// Keys given by their row bytes as columns.
    pub(crate) fn columns_of<'a>(
        &self,
        keys: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Vec<ArrayRef>, StateError> {
        decode(&self.converter, keys)
    }

    /// Bytes of memory held.
    pub(crate) fn memory(&self) -> usize {
        self.slots.allocation_size() + self.free.capacity() * 4 + self.bytes.memory()
    }
}

impl KeyBytes {
    fn entry(&self, slot: u32) -> Entry {
        self.entries[slot as usize / CHUNK][slot as usize % CHUNK]
    }

    pub(crate) fn hash(&self, slot: u32) -> i32 {
        self.entry(slot).hash
    }

    pub(crate) fn is_live(&self, slot: u32) -> bool {
        self.entry(slot).len != FREE
    }

    /// The row bytes of the key of a slot in use.
    pub(crate) fn key(&self, slot: u32) -> &[u8] {
        let Entry {
            block, offset, len, ..
        } = self.entry(slot);
        &self.blocks[block as usize][offset as usize..(offset + len) as usize]
    }

    fn is(&self, slot: u32, hash: i32, key: &[u8]) -> bool {
        self.hash(slot) == hash && self.key(slot) == key
    }

    /// The slots in use, ascending.
    pub(crate) fn live(&self) -> Vec<u32> {
        let mut live = Vec::new();
        for (c, chunk) in self.entries.iter().enumerate() {
            let first = (c * CHUNK) as u32;
            live.extend(
                (first..)
                    .zip(chunk.iter())
                    .filter(|(_, e)| e.len != FREE)
                    .map(|(slot, _)| slot),
            );
        }
        live
    }

    /// The keys of `slots` as columns of a converter's own.
    pub(crate) fn columns(&self, key: &Fields, slots: &[u32]) -> Result<Vec<ArrayRef>, StateError> {
        decode(&converter(key)?, slots.iter().map(|&slot| self.key(slot)))
    }

    fn set(&mut self, slot: u32, hash: i32, key: &[u8]) {
        let (block, offset) = self.store(key);
        while self.entries.len() * CHUNK <= slot as usize {
            self.entries.push(Arc::new(vec![FREE_ENTRY; CHUNK]));
        }
        let chunk = Arc::make_mut(&mut self.entries[slot as usize / CHUNK]);
        chunk[slot as usize % CHUNK] = Entry {
            block,
            offset,
            len: key.len() as u32,
            hash,
        };
    }

    fn free(&mut self, slot: u32) {
        self.live_bytes -= self.entry(slot).len as usize;
        Arc::make_mut(&mut self.entries[slot as usize / CHUNK])[slot as usize % CHUNK] = FREE_ENTRY;
        if self.all_bytes > 2 * self.live_bytes + 4 * BLOCK_BYTES {
            self.squeeze();
        }
    }

    /// Appends to the last block, or to a new one when the last is full.
    fn store(&mut self, key: &[u8]) -> (u32, u32) {
        let fits = self
            .blocks
            .last()
            .is_some_and(|b| b.len() + key.len() <= BLOCK_BYTES);
        if !fits {
            self.blocks
                .push(Arc::new(Vec::with_capacity(key.len().max(BLOCK_BYTES))));
        }
        let number = self.blocks.len() - 1;
        let block = Arc::make_mut(&mut self.blocks[number]);
        let offset = block.len() as u32;
        block.extend_from_slice(key);
        self.live_bytes += key.len();
        self.all_bytes += key.len();
        (number as u32, offset)
    }

    /// Copies the keys in use to new blocks.
    fn squeeze(&mut self) {
        let old = std::mem::take(self);
        self.entries = old.entries.clone();
        for slot in old.live() {
            self.set(slot, old.hash(slot), old.key(slot));
        }
    }

    fn memory(&self) -> usize {
        self.all_bytes.max(self.blocks.len() * BLOCK_BYTES)
            + self.entries.len() * CHUNK * size_of::<Entry>()
    }
}

fn converter(key: &Fields) -> Result<RowConverter, StateError> {
    let fields = key
        .iter()
        .map(|f| SortField::new(f.data_type().clone()))
        .collect();
    RowConverter::new(fields).map_err(StateError::arrow("prepare state keys"))
}

fn decode<'a>(
    converter: &RowConverter,
    keys: impl Iterator<Item = &'a [u8]>,
) -> Result<Vec<ArrayRef>, StateError> {
    let parser = converter.parser();
    let rows: Vec<_> = keys.map(|key| parser.parse(key)).collect();
    converter
        .convert_rows(rows)
        .map_err(StateError::arrow("decode state keys"))
}

/// Spreads Spark's 32 bits over the 64 that the hash table looks at.
fn spread(hash: i32) -> u64 {
    u64::from(hash as u32).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
