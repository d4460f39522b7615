//! A frame of the redo log: what one round of syncs made durable.
//!
//! ```text
//! magic u32 | crc32c u32 of what follows | length u32 | version u32 | sequence u64 | entries u32
//! entry:  topic id (16) | name length u16 | partition directory | end offset i64 | pieces u32
//! piece:  segment i64 | position u64 | length u32
//! bytes of all pieces, in their order; zeros up to the next page
//! ```
//!
//! Numbers are big-endian. `length` counts from the magic to the last byte of the last piece.

use std::io::{Error, ErrorKind, Result};

use io::{AlignedBuffer, File, WRITE_THROUGH_ALIGNMENT};
use wire::{TopicPartition, Uuid};

use crate::file_name;
use crate::sync_ticket::SyncTicket;

/// Frames begin at multiples of this, as is asked of what is written past the page cache.
pub(super) const PAGE: u64 = WRITE_THROUGH_ALIGNMENT as u64;
const MAGIC: u32 = 0x7664_6f31;
const VERSION: u32 = 1;
pub(super) const HEAD: usize = 28;
/// A frame is not longer, in bytes.
pub(super) const FRAME_MAX: usize = 64 << 20;

/// The fixed part of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) len: usize,
    pub(super) sequence: u64,
}

/// What a frame says of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) topic_id: Uuid,
    pub(super) partition: TopicPartition,
    /// Offsets below were acknowledged.
    pub(super) end_offset: i64,
    pub(super) pieces: Vec<PieceAt>,
}

/// Bytes of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PieceAt {
    pub(super) segment: i64,
    pub(super) position: u64,
    pub(super) len: usize,
}

/// Where the frame after one of this length begins, counted from where this one does.
pub(super) fn stride(len: usize) -> u64 {
    (len as u64).next_multiple_of(PAGE)
}

/// How long the frame of `tickets` is, with their pieces or without.
pub(super) fn len_of(tickets: &[&SyncTicket], with_pieces: bool) -> u64 {
    let entry = |ticket: &&SyncTicket| {
        let name = file_name::partition_dir(&ticket.partition).len();
        let pieces = match with_pieces {
            true => ticket.pieces.len() as u64 * 20 + ticket.bytes(),
            false => 0,
        };
        30 + name as u64 + pieces
    };
    HEAD as u64 + tickets.iter().map(entry).sum::<u64>()
}

/// Puts a frame together in `buffer`, padded to whole pages; pieces are read from their segments.
///
/// # Errors
/// What reading fails with.
pub(super) fn encode<'a>(
    buffer: &'a mut AlignedBuffer,
    sequence: u64,
    tickets: &[&SyncTicket],
    with_pieces: bool,
) -> Result<&'a [u8]> {
    let len = len_of(tickets, with_pieces) as usize;
    let padded = buffer.zeroed(stride(len) as usize);
    let (buffer, _) = padded.split_at_mut(len);
    let mut rest = Space(&mut buffer[HEAD..]);
    for ticket in tickets {
        let name = file_name::partition_dir(&ticket.partition);
        rest.put(&ticket.topic_id.0);
        rest.put(&(name.len() as u16).to_be_bytes());
        rest.put(name.as_bytes());
        rest.put(&ticket.synced.offset().to_be_bytes());
        let pieces = if with_pieces { &ticket.pieces[..] } else { &[] };
        rest.put(&(pieces.len() as u32).to_be_bytes());
        for piece in pieces {
            rest.put(&piece.segment.to_be_bytes());
            rest.put(&piece.from.to_be_bytes());
            rest.put(&(piece.len() as u32).to_be_bytes());
        }
    }
    if with_pieces {
        for piece in tickets.iter().flat_map(|ticket| &ticket.pieces) {
            let bytes = rest.take(piece.len() as usize);
            piece.file.read_exact_at(piece.from, bytes)?;
        }
    }
    buffer[8..12].copy_from_slice(&(len as u32).to_be_bytes());
    buffer[12..16].copy_from_slice(&VERSION.to_be_bytes());
    buffer[16..24].copy_from_slice(&sequence.to_be_bytes());
    buffer[24..28].copy_from_slice(&(tickets.len() as u32).to_be_bytes());
    let crc = crc32c::crc32c(&buffer[8..]);
    buffer[0..4].copy_from_slice(&MAGIC.to_be_bytes());
    buffer[4..8].copy_from_slice(&crc.to_be_bytes());
    Ok(padded)
}

/// Reads the frame at `position` into `buffer`. `None` if there is none, or it is torn.
///
/// # Errors
/// What reading fails with, and `Unsupported` for a whole frame of another version.
pub(super) fn read(file: &File, position: u64, buffer: &mut Vec<u8>) -> Result<Option<Head>> {
    buffer.clear();
    buffer.resize(HEAD, 0);
    let rest = file.len()?.saturating_sub(position);
    if rest < HEAD as u64 {
        return Ok(None);
    }
    file.read_exact_at(position, buffer)?;
    let number =
        |buffer: &[u8], at: usize| u32::from_be_bytes([0, 1, 2, 3].map(|i| buffer[at + i]));
    let len = number(buffer, 8) as usize;
    if number(buffer, 0) != MAGIC || !(HEAD..=FRAME_MAX).contains(&len) || len as u64 > rest {
        return Ok(None);
    }
    buffer.resize(len, 0);
    file.read_exact_at(position + HEAD as u64, &mut buffer[HEAD..])?;
    if crc32c::crc32c(&buffer[8..]) != number(buffer, 4) {
        return Ok(None);
    }
    match number(buffer, 12) {
        VERSION => {}
        other => {
            let what = format!("a frame of version {other}, this program knows {VERSION}");
            return Err(Error::new(ErrorKind::Unsupported, what));
        }
    }
    let sequence = u64::from_be_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|i| buffer[16 + i]));
    Ok(Some(Head { len, sequence }))
}

/// The entries of a whole frame, and the bytes of their pieces.
///
/// # Errors
/// `InvalidData` if it does not add up, although its checksum does.
pub(super) fn entries(frame: &[u8]) -> Result<(Vec<Entry>, &[u8])> {
    let mut rest = Fields(&frame[HEAD..]);
    let count = u32::from_be_bytes([24, 25, 26, 27].map(|at| frame[at]));
    let mut entries = Vec::new();
    let mut bytes = 0;
    for _ in 0..count {
        let topic_id = Uuid(rest.array()?);
        let len = u16::from_be_bytes(rest.array()?);
        let name = String::from_utf8_lossy(rest.take(usize::from(len))?).into_owned();
        let partition = file_name::parse_partition_dir(&name).ok_or_else(malformed)?;
        let end_offset = i64::from_be_bytes(rest.array()?);
        let mut pieces = Vec::new();
        for _ in 0..u32::from_be_bytes(rest.array()?) {
            let piece = PieceAt {
                segment: i64::from_be_bytes(rest.array()?),
                position: u64::from_be_bytes(rest.array()?),
                len: u32::from_be_bytes(rest.array()?) as usize,
            };
            bytes += piece.len;
            pieces.push(piece);
        }
        entries.push(Entry {
            topic_id,
            partition,
            end_offset,
            pieces,
        });
    }
    match rest.0.len() == bytes {
        true => Ok((entries, rest.0)),
        false => Err(malformed()),
    }
}

fn malformed() -> Error {
    Error::new(ErrorKind::InvalidData, "a frame that does not add up")
}

/// What is left of the space of a frame.
struct Space<'a>(&'a mut [u8]);

impl<'a> Space<'a> {
    fn take(&mut self, len: usize) -> &'a mut [u8] {
        let (taken, rest) = std::mem::take(&mut self.0).split_at_mut(len);
        self.0 = rest;
        taken
    }

    fn put(&mut self, bytes: &[u8]) {
        self.take(bytes.len()).copy_from_slice(bytes);
    }
}

/// What is left of a frame.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or_else(malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.0
            .split_first_chunk()
            .map(|(taken, rest)| {
                self.0 = rest;
                *taken
            })
            .ok_or_else(malformed)
    }
}
