//! Two files that rounds write frames to alternately, past the page cache.
//!
//! ```text
//! crc32c u32 of what follows | length u32 | sequence u64 | entries u32
//! entry: partition u32 | position u64 | length u32
//! bytes of all entries, in their order; zeros up to the next page
//! ```

use std::io::Result;
use std::ops::Range;
use std::path::{Path, PathBuf};

use io::{AlignedBuffer, Disk, File, OpenMode, WRITE_THROUGH_ALIGNMENT};

use crate::partition::Partition;

const FILE_BYTES: u64 = 64 << 20;
const HEAD: usize = 20;
const ENTRY: usize = 16;
/// The constants by which the broker's redo log switches files.
const SWITCH_BYTES_PER_PARTITION: u64 = 512 << 10;
const SWITCH_BYTES_MIN: u64 = 4 << 20;

/// New bytes of a partition.
pub struct New {
    pub partition: usize,
    pub bytes: Range<u64>,
}

impl New {
    pub fn len(&self) -> u64 {
        self.bytes.end - self.bytes.start
    }
}

pub struct LogFiles {
    files: [File; 2],
    current: usize,
    position: u64,
    sequence: u64,
    /// Whether all bytes of the other file are in synced segments.
    other_is_free: bool,
    frame: AlignedBuffer,
}

impl LogFiles {
    /// Files without frames, filled with bytes: overwriting changes neither length nor extents.
    /// Existing files in `dir` are used again. The first frame has the number `sequence`.
    pub fn begin(disk: &Disk, dir: &Path, sequence: u64) -> Result<LogFiles> {
        let mut frame = AlignedBuffer::default();
        let zeros = frame.zeroed(1 << 20);
        let begin = |number| {
            let file = disk.open(&path(dir, number), OpenMode::WriteThrough)?;
            file.write_all_at(0, zeros)?;
            for at in (file.len()?..FILE_BYTES).step_by(zeros.len()) {
                file.write_all_at(at, zeros)?;
            }
            Ok(file)
        };
        let files: Result<Vec<File>> = (0..2).map(begin).collect();
        Ok(LogFiles {
            files: files?.try_into().expect("there are two"),
            current: 0,
            position: 0,
            sequence,
            other_is_free: true,
            frame,
        })
    }

    pub fn has_room(&self, new: &[New]) -> bool {
        let bytes: u64 = new.iter().map(New::len).sum();
        let len = (HEAD + new.len() * ENTRY) as u64 + bytes;
        self.position + len.next_multiple_of(WRITE_THROUGH_ALIGNMENT as u64) <= FILE_BYTES
    }

    /// Whether it is time to switch to the other file, and that is free.
    pub fn is_switch_due(&self, partitions: usize) -> bool {
        let switch_at = (partitions as u64 * SWITCH_BYTES_PER_PARTITION).max(SWITCH_BYTES_MIN);
        self.other_is_free && self.position >= switch_at
    }

    pub fn is_other_free(&self) -> bool {
        self.other_is_free
    }

    pub fn free_other(&mut self) {
        self.other_is_free = true;
    }

    /// Switches to the other file, which is free.
    pub fn switch(&mut self) {
        self.current = 1 - self.current;
        self.position = 0;
        self.other_is_free = false;
    }

    /// Writes a frame and makes it durable.
    pub fn write(&mut self, partitions: &[Partition], new: &[New]) -> Result<()> {
        let bytes: u64 = new.iter().map(New::len).sum();
        let len = HEAD + new.len() * ENTRY + bytes as usize;
        let padded = self
            .frame
            .zeroed(len.next_multiple_of(WRITE_THROUGH_ALIGNMENT));
        padded[4..8].copy_from_slice(&(len as u32).to_be_bytes());
        padded[8..16].copy_from_slice(&self.sequence.to_be_bytes());
        padded[16..HEAD].copy_from_slice(&(new.len() as u32).to_be_bytes());
        let mut at = HEAD;
        for New { partition, bytes } in new {
            let entry = &mut padded[at..at + ENTRY];
            entry[..4].copy_from_slice(&(*partition as u32).to_be_bytes());
            entry[4..12].copy_from_slice(&bytes.start.to_be_bytes());
            entry[12..].copy_from_slice(&((bytes.end - bytes.start) as u32).to_be_bytes());
            at += ENTRY;
        }
        for piece in new {
            let end = at + piece.len() as usize;
            partitions[piece.partition].read(piece.bytes.start, &mut padded[at..end])?;
            at = end;
        }
        let crc = crc32c::crc32c(&padded[4..len]);
        padded[..4].copy_from_slice(&crc.to_be_bytes());
        self.files[self.current].write_all_at(self.position, padded)?;
        self.position += padded.len() as u64;
        self.sequence += 1;
        Ok(())
    }
}

/// Writes the bytes of frames above the recovery points into segments. Returns the bytes read.
pub fn replay(
    disk: &Disk,
    dir: &Path,
    partitions: &[Partition],
    recovery_points: &[u64],
) -> Result<u64> {
    let mut files = Vec::new();
    for number in 0..2 {
        let file = disk.open(&path(dir, number), OpenMode::Read)?;
        if let Some((sequence, _)) = read_frame(&file, 0)? {
            files.push((sequence, file));
        }
    }
    files.sort_by_key(|(sequence, _)| *sequence);
    let mut bytes_read = 0;
    for (first, file) in files {
        let (mut expected, mut at) = (first, 0);
        while let Some((sequence, frame)) = read_frame(&file, at)?
            && sequence == expected
        {
            put_back(&frame, partitions, recovery_points)?;
            at += frame.len().next_multiple_of(WRITE_THROUGH_ALIGNMENT) as u64;
            expected += 1;
        }
        bytes_read += at;
    }
    Ok(bytes_read)
}

fn put_back(frame: &[u8], partitions: &[Partition], recovery_points: &[u64]) -> Result<()> {
    let entries = u32_at(frame, 16) as usize;
    let (entries, mut bytes) = frame[HEAD..].split_at(entries * ENTRY);
    for entry in entries.chunks_exact(ENTRY) {
        let (piece, rest) = bytes.split_at(u32_at(entry, 12) as usize);
        bytes = rest;
        let (partition, position) = (u32_at(entry, 0) as usize, u64_at(entry, 4));
        if position + piece.len() as u64 > recovery_points[partition] {
            partitions[partition].put_back(position, piece)?;
        }
    }
    Ok(())
}

/// The frame at a position, with its sequence number, if there is one.
fn read_frame(file: &File, at: u64) -> Result<Option<(u64, Vec<u8>)>> {
    let mut head = [0; HEAD];
    if at + HEAD as u64 > FILE_BYTES {
        return Ok(None);
    }
    file.read_exact_at(at, &mut head)?;
    let len = u32_at(&head, 4) as usize;
    if len < HEAD || at + len as u64 > FILE_BYTES {
        return Ok(None);
    }
    let mut frame = vec![0; len];
    file.read_exact_at(at, &mut frame)?;
    let is_whole = u32_at(&frame, 0) == crc32c::crc32c(&frame[4..]);
    Ok(is_whole.then(|| (u64_at(&frame, 8), frame)))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(std::array::from_fn(|i| bytes[at + i]))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(std::array::from_fn(|i| bytes[at + i]))
}

fn path(dir: &Path, number: usize) -> PathBuf {
    dir.join(format!(".log-{number}"))
}
