//! A partition: a segment, and the batches that are not written to it yet.

use std::collections::VecDeque;
use std::io::Result;
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use io::{Disk, File, OpenMode};
use parking_lot::Mutex;

const RECORDS: usize = 10;
const RECORD_BYTES: usize = 1000;
/// Position in the partition (8 bytes), CRC of the records (4).
const HEAD: usize = 12;
pub const BATCH_RECORDS: u64 = RECORDS as u64;
pub const BATCH_BYTES: usize = HEAD + RECORDS * RECORD_BYTES;

/// An encoded batch without its position. As in Kafka, the CRC does not cover the position.
pub fn batch(seed: u8) -> Vec<u8> {
    let mut batch = vec![0; HEAD];
    batch.extend((0..RECORDS * RECORD_BYTES).map(|at| (at as u8).wrapping_mul(31) ^ seed));
    let crc = crc32c::crc32c(&batch[HEAD..]);
    batch[8..HEAD].copy_from_slice(&crc.to_be_bytes());
    batch
}

fn is_valid(batch: &[u8], position: u64) -> bool {
    let crc = crc32c::crc32c(&batch[HEAD..]);
    batch[..8] == position.to_be_bytes() && batch[8..HEAD] == crc.to_be_bytes()
}

fn segment_path(dir: &Path, number: usize) -> PathBuf {
    dir.join(format!("events-{number}/00000000000000000000.log"))
}

pub struct Partition {
    segment: File,
    state: Mutex<State>,
}

/// Positions are in bytes. Below `synced`, the segment is durable.
#[derive(Default)]
struct State {
    end: u64,
    /// Bytes below are part of an earlier round.
    taken: u64,
    synced: u64,
    /// The newest batches, unless they are written to the segment at once.
    memory: VecDeque<Bytes>,
    memory_bytes: u64,
}

impl State {
    fn in_segment(&self) -> u64 {
        self.end - self.memory_bytes
    }
}

impl Partition {
    /// Creates partition `number` in `dir`, or empties it.
    pub fn create(disk: &Disk, dir: &Path, number: usize) -> Result<Partition> {
        let path = segment_path(dir, number);
        disk.create_dir_all(path.parent().unwrap_or(dir))?;
        Ok(Partition::of(disk.open_cached(&path, OpenMode::Truncate)?))
    }

    /// Partition `number` in `dir`. Its segment is opened when it is needed.
    pub fn existing(disk: &Disk, dir: &Path, number: usize) -> Partition {
        Partition::of(disk.cached(&segment_path(dir, number)))
    }

    fn of(segment: File) -> Partition {
        Partition {
            segment,
            state: Mutex::default(),
        }
    }

    pub fn append_to_segment(&self, batch: &mut [u8]) -> Result<()> {
        let mut state = self.state.lock();
        batch[..8].copy_from_slice(&state.end.to_be_bytes());
        self.segment.write_all_at(state.end, batch)?;
        state.end += batch.len() as u64;
        Ok(())
    }

    /// Appends a copy of the batch. The copy stands for the receive buffer.
    pub fn append_to_memory(&self, batch: &[u8]) {
        let mut batch = batch.to_vec();
        let mut state = self.state.lock();
        batch[..8].copy_from_slice(&state.end.to_be_bytes());
        state.end += batch.len() as u64;
        state.memory_bytes += batch.len() as u64;
        state.memory.push_back(batch.into());
    }

    /// The bytes appended since the last call.
    pub fn take_new(&self) -> Option<Range<u64>> {
        let mut state = self.state.lock();
        let new = state.taken..state.end;
        state.taken = state.end;
        (!new.is_empty()).then_some(new)
    }

    /// Fills `buffer` from position `from`, from the segment and from memory.
    pub fn read(&self, from: u64, buffer: &mut [u8]) -> Result<()> {
        let state = self.state.lock();
        let to = from + buffer.len() as u64;
        let in_segment = state.in_segment();
        let cut = in_segment.clamp(from, to);
        let (older, mut newer) = buffer.split_at_mut((cut - from) as usize);
        let skipped = cut.saturating_sub(in_segment) as usize;
        let mut skipped_in_batch = skipped % BATCH_BYTES;
        for batch in state.memory.iter().skip(skipped / BATCH_BYTES) {
            let batch = &batch[skipped_in_batch..];
            let (target, rest) = newer.split_at_mut(batch.len().min(newer.len()));
            target.copy_from_slice(&batch[..target.len()]);
            (newer, skipped_in_batch) = (rest, 0);
            if newer.is_empty() {
                break;
            }
        }
        drop(state);
        self.segment.read_exact_at(from, older)
    }

    /// Writes the bytes of a round from memory to the segment, by way of `buffer`.
    pub fn move_to_segment(&self, buffer: &mut Vec<u8>) -> Result<()> {
        let (from, batches) = {
            let state = self.state.lock();
            let count = (state.taken.saturating_sub(state.in_segment())) / BATCH_BYTES as u64;
            let batches: Vec<Bytes> = state.memory.iter().take(count as usize).cloned().collect();
            (state.in_segment(), batches)
        };
        if batches.is_empty() {
            return Ok(());
        }
        buffer.clear();
        for batch in &batches {
            buffer.extend_from_slice(batch);
        }
        self.segment.write_all_at(from, buffer)?;
        let mut state = self.state.lock();
        state.memory.drain(..batches.len());
        state.memory_bytes -= buffer.len() as u64;
        Ok(())
    }

    pub fn sync_segment(&self) -> Result<()> {
        let written = self.state.lock().in_segment();
        self.segment.sync_data()?;
        self.mark_synced(written);
        Ok(())
    }

    /// Notes that the segment is durable up to `end`.
    pub fn mark_synced(&self, end: u64) {
        let mut state = self.state.lock();
        state.synced = state.synced.max(end);
    }

    pub fn end(&self) -> u64 {
        self.state.lock().end
    }

    pub fn synced(&self) -> u64 {
        self.state.lock().synced
    }

    /// Removes unsynced bytes from the segment, as a power cut may do.
    pub fn lose_unsynced(&self, synced: u64) -> Result<()> {
        self.segment.set_len(synced)
    }

    /// Writes bytes from a log into the segment.
    pub fn put_back(&self, position: u64, bytes: &[u8]) -> Result<()> {
        self.segment.write_all_at(position, bytes)
    }

    /// End of the valid batches that follow each other from `from`.
    pub fn scan(&self, from: u64) -> Result<u64> {
        let mut buffer = vec![0; 64 * BATCH_BYTES];
        let len = self.segment.len()?;
        let mut at = from;
        while at + BATCH_BYTES as u64 <= len {
            let whole = (len - at) as usize / BATCH_BYTES * BATCH_BYTES;
            let read = whole.min(buffer.len());
            self.segment.read_exact_at(at, &mut buffer[..read])?;
            for batch in buffer[..read].chunks_exact(BATCH_BYTES) {
                if !is_valid(batch, at) {
                    return Ok(at);
                }
                at += BATCH_BYTES as u64;
            }
        }
        Ok(at)
    }
}
