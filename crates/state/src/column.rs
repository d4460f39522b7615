//! One value column: a value, or null, per slot.
//!
//! Types of fixed width lie in place, in chunks of [`CHUNK`] slots. All others (strings, lists, structs) are
//! kept in the arrays they came in, newest last, with a reference per slot; arrays are merged as in a
//! log-structured store, so there are O(log rows) of them, and a write costs O(log rows) copies over its life.
//!
//! Chunks are shared with frozen views and copied on the first write after a freeze.
//! Does not know which slots are in use: the store does.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, UInt32Array,
    make_array, new_null_array,
};
use arrow::buffer::{BooleanBuffer, MutableBuffer, NullBuffer};
use arrow::compute::{interleave, take};
use arrow::datatypes::DataType;

use crate::error::StateError;

/// Slots per chunk.
pub(crate) const CHUNK: usize = 1024;

/// A column of one of the two kinds.
#[derive(Clone, Debug)]
pub(crate) enum Column {
    /// Values in place.
    Fixed(FixedColumn),
    /// Values in the arrays they came in.
    Segmented(SegmentedColumn),
}

impl Column {
    pub(crate) fn new(data_type: &DataType) -> Column {
        match data_type.primitive_width() {
            Some(width) => Column::Fixed(FixedColumn::new(data_type.clone(), width)),
            None if *data_type == DataType::Boolean => {
                Column::Fixed(FixedColumn::new(DataType::Boolean, 1))
            }
            None => Column::Segmented(SegmentedColumn::new(data_type.clone())),
        }
    }

    /// Makes room for slots below `slots`; new ones are null.
    pub(crate) fn grow(&mut self, slots: usize) {
        match self {
            Column::Fixed(c) => c.grow(slots),
            Column::Segmented(c) => c.grow(slots),
        }
    }

    /// Writes `array[i]` to `slots[i]`; of equal slots the last one stays.
    pub(crate) fn put(&mut self, slots: &[u32], array: &ArrayRef) -> Result<(), StateError> {
        match self {
            Column::Fixed(c) => {
                c.put(slots, array);
                Ok(())
            }
            Column::Segmented(c) => c.put(slots, array),
        }
    }

    /// Makes `slots` null.
    pub(crate) fn clear(&mut self, slots: &[u32]) {
        match self {
            Column::Fixed(c) => c.clear(slots),
            Column::Segmented(c) => c.clear(slots),
        }
    }

    /// The values of `slots`, in their order.
    pub(crate) fn take(&self, slots: &[u32]) -> Result<ArrayRef, StateError> {
        match self {
            Column::Fixed(c) => Ok(c.take(slots)),
            Column::Segmented(c) => c.take(slots),
        }
    }

    /// Bytes of memory held, shared ones included.
    pub(crate) fn memory(&self) -> usize {
        match self {
            Column::Fixed(c) => c.chunks.len() * (CHUNK * c.width + CHUNK / 8),
            Column::Segmented(c) => {
                let arrays: usize = c
                    .segments
                    .iter()
                    .map(|s| s.array.get_array_memory_size() + s.owners.len() * 4)
                    .sum();
                arrays + c.places.len() * CHUNK * size_of::<Place>()
            }
        }
    }
}

/// Values of one width, in place.
#[derive(Clone, Debug)]
pub(crate) struct FixedColumn {
    data_type: DataType,
    /// Bytes per value; one for booleans.
    width: usize,
    chunks: Vec<Arc<FixedChunk>>,
}

#[derive(Clone, Debug)]
struct FixedChunk {
    bytes: Vec<u8>,
    valid: [u64; CHUNK / 64],
}

impl FixedChunk {
    fn is_valid(&self, at: usize) -> bool {
        self.valid[at / 64] >> (at % 64) & 1 == 1
    }

    fn set_valid(&mut self, at: usize, valid: bool) {
        let bit = 1 << (at % 64);
        if valid {
            self.valid[at / 64] |= bit;
        } else {
            self.valid[at / 64] &= !bit;
        }
    }
}

impl FixedColumn {
    fn new(data_type: DataType, width: usize) -> FixedColumn {
        FixedColumn {
            data_type,
            width,
            chunks: Vec::new(),
        }
    }

    fn grow(&mut self, slots: usize) {
        while self.chunks.len() * CHUNK < slots {
            let chunk = FixedChunk {
                bytes: vec![0; CHUNK * self.width],
                valid: [0; CHUNK / 64],
            };
            self.chunks.push(Arc::new(chunk));
        }
    }

    fn put(&mut self, slots: &[u32], array: &ArrayRef) {
        match array.as_boolean_opt() {
            Some(booleans) => {
                let bytes: Vec<u8> = booleans.values().iter().map(u8::from).collect();
                self.put_bytes::<1>(slots, &bytes, array.nulls());
            }
            None => {
                let data = array.to_data();
                let bytes = &data.buffers()[0].as_slice()[data.offset() * self.width..];
                match self.width {
                    1 => self.put_bytes::<1>(slots, bytes, array.nulls()),
                    2 => self.put_bytes::<2>(slots, bytes, array.nulls()),
                    4 => self.put_bytes::<4>(slots, bytes, array.nulls()),
                    8 => self.put_bytes::<8>(slots, bytes, array.nulls()),
                    16 => self.put_bytes::<16>(slots, bytes, array.nulls()),
                    32 => self.put_bytes::<32>(slots, bytes, array.nulls()),
                    width => unreachable!("no Arrow type is {width} bytes wide"),
                }
            }
        }
    }

    fn put_bytes<const W: usize>(
        &mut self,
        slots: &[u32],
        bytes: &[u8],
        nulls: Option<&NullBuffer>,
    ) {
        let (values, _) = bytes.as_chunks::<W>();
        for (i, &slot) in slots.iter().enumerate() {
            let at = slot as usize % CHUNK;
            let chunk = Arc::make_mut(&mut self.chunks[slot as usize / CHUNK]);
            chunk.bytes.as_chunks_mut::<W>().0[at] = values[i];
            chunk.set_valid(at, nulls.is_none_or(|n| n.is_valid(i)));
        }
    }

    fn clear(&mut self, slots: &[u32]) {
        for &slot in slots {
            let chunk = Arc::make_mut(&mut self.chunks[slot as usize / CHUNK]);
            chunk.set_valid(slot as usize % CHUNK, false);
        }
    }

    fn take(&self, slots: &[u32]) -> ArrayRef {
        let mut valid = BooleanBufferBuilder::new(slots.len());
        for &slot in slots {
            valid.append(self.chunks[slot as usize / CHUNK].is_valid(slot as usize % CHUNK));
        }
        let nulls = NullBuffer::new(valid.finish());
        if self.data_type == DataType::Boolean {
            let bytes = self.gather::<1>(slots);
            let values = BooleanBuffer::collect_bool(slots.len(), |i| bytes[i] != 0);
            return Arc::new(BooleanArray::new(values, Some(nulls)));
        }
        let bytes = match self.width {
            1 => self.gather::<1>(slots),
            2 => self.gather::<2>(slots),
            4 => self.gather::<4>(slots),
            8 => self.gather::<8>(slots),
            16 => self.gather::<16>(slots),
            32 => self.gather::<32>(slots),
            width => unreachable!("no Arrow type is {width} bytes wide"),
        };
        let data = ArrayData::builder(self.data_type.clone())
            .len(slots.len())
            .add_buffer(bytes.into())
            .nulls(Some(nulls).filter(|n| n.null_count() > 0))
            .build()
            .expect("buffers as long as the rows say");
        make_array(data)
    }

    fn gather<const W: usize>(&self, slots: &[u32]) -> MutableBuffer {
        let mut bytes = MutableBuffer::with_capacity(slots.len() * W);
        for &slot in slots {
            let chunk = &self.chunks[slot as usize / CHUNK];
            bytes.extend_from_slice(&chunk.bytes.as_chunks::<W>().0[slot as usize % CHUNK]);
        }
        bytes
    }
}

/// Values in the arrays they came in.
#[derive(Clone, Debug)]
pub(crate) struct SegmentedColumn {
    data_type: DataType,
    segments: Vec<Segment>,
    places: Vec<Arc<Vec<Place>>>,
    /// Slots that have a place.
    live: usize,
}

/// An array and, for each of its rows, the slot that was given it.
#[derive(Clone, Debug)]
struct Segment {
    array: ArrayRef,
    owners: Arc<[u32]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    segment: u32,
    row: u32,
}

/// A slot without value.
const NOWHERE: Place = Place {
    segment: u32::MAX,
    row: 0,
};

impl SegmentedColumn {
    fn new(data_type: DataType) -> SegmentedColumn {
        SegmentedColumn {
            data_type,
            segments: Vec::new(),
            places: Vec::new(),
            live: 0,
        }
    }

    fn grow(&mut self, slots: usize) {
        while self.places.len() * CHUNK < slots {
            self.places.push(Arc::new(vec![NOWHERE; CHUNK]));
        }
    }

    fn place(&self, slot: u32) -> Place {
        self.places[slot as usize / CHUNK][slot as usize % CHUNK]
    }

    fn set_place(&mut self, slot: u32, place: Place) {
        let was = std::mem::replace(
            &mut Arc::make_mut(&mut self.places[slot as usize / CHUNK])[slot as usize % CHUNK],
            place,
        );
        self.live = self.live + usize::from(place != NOWHERE) - usize::from(was != NOWHERE);
    }

    fn put(&mut self, slots: &[u32], array: &ArrayRef) -> Result<(), StateError> {
        if slots.is_empty() {
            return Ok(());
        }
        let segment = self.segments.len() as u32;
        self.segments.push(Segment {
            array: own_copy(array)?,
            owners: slots.into(),
        });
        for (row, &slot) in slots.iter().enumerate() {
            self.set_place(
                slot,
                Place {
                    segment,
                    row: row as u32,
                },
            );
        }
        self.tidy()
    }

    fn clear(&mut self, slots: &[u32]) {
        for &slot in slots {
            self.set_place(slot, NOWHERE);
        }
    }

    fn take(&self, slots: &[u32]) -> Result<ArrayRef, StateError> {
        if self.segments.is_empty() || slots.is_empty() {
            return Ok(new_null_array(&self.data_type, slots.len()));
        }
        let null = new_null_array(&self.data_type, 1);
        let mut arrays: Vec<&dyn Array> = self.segments.iter().map(|s| s.array.as_ref()).collect();
        arrays.push(null.as_ref());
        let nowhere = (arrays.len() - 1, 0);
        let indices: Vec<(usize, usize)> = slots
            .iter()
            .map(|&slot| match self.place(slot) {
                NOWHERE => nowhere,
                Place { segment, row } => (segment as usize, row as usize),
            })
            .collect();
        interleave(&arrays, &indices).map_err(StateError::arrow("read state column"))
    }

    /// Merges arrays while the last is more than half as long as the one before it, and all of them when most rows
    /// are superseded.
    fn tidy(&mut self) -> Result<(), StateError> {
        let rows: usize = self.segments.iter().map(|s| s.owners.len()).sum();
        if rows > 2 * self.live + 4 * CHUNK {
            return self.merge_from(0);
        }
        let mut from = self.segments.len() - 1;
        let mut merged = self.segments[from].owners.len();
        while from > 0 && self.segments[from - 1].owners.len() < 2 * merged {
            from -= 1;
            merged += self.segments[from].owners.len();
        }
        if from + 1 < self.segments.len() {
            self.merge_from(from)
        } else {
            Ok(())
        }
    }

    /// Replaces the segments from number `from` on by one that holds their live rows.
    fn merge_from(&mut self, from: usize) -> Result<(), StateError> {
        let mut owners = Vec::new();
        let mut indices = Vec::new();
        for (n, segment) in self.segments[from..].iter().enumerate() {
            for (row, &owner) in segment.owners.iter().enumerate() {
                let here = Place {
                    segment: (from + n) as u32,
                    row: row as u32,
                };
                if self.place(owner) == here {
                    owners.push(owner);
                    indices.push((n, row));
                }
            }
        }
        let arrays: Vec<&dyn Array> = self.segments[from..]
            .iter()
            .map(|s| s.array.as_ref())
            .collect();
        let array =
            interleave(&arrays, &indices).map_err(StateError::arrow("merge state column"))?;
        for (row, &owner) in owners.iter().enumerate() {
            self.set_place(
                owner,
                Place {
                    segment: from as u32,
                    row: row as u32,
                },
            );
        }
        self.segments.truncate(from);
        if !owners.is_empty() {
            self.segments.push(Segment {
                array: own_copy(&array)?,
                owners: owners.into(),
            });
        }
        Ok(())
    }
}

/// A copy that keeps no more memory than it needs: a slice would pin the whole batch it was cut from.
fn own_copy(array: &ArrayRef) -> Result<ArrayRef, StateError> {
    match array.data_type() {
        DataType::Utf8View => Ok(Arc::new(array.as_string_view().gc())),
        DataType::BinaryView => Ok(Arc::new(array.as_binary_view().gc())),
        _ => {
            let all = UInt32Array::from_iter_values(0..array.len() as u32);
            take(array.as_ref(), &all, None).map_err(StateError::arrow("copy state column"))
        }
    }
}
