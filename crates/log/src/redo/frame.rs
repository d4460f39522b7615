//! A frame of the redo log: its bytes.
//!
//! ```text
//! magic u32 | crc32c u32 of all that follows | length u32 | version u32 | sequence u64
//! number of entries u32 | kind u32 | lap (16 bytes) | entries | bytes of all pieces, in order
//!
//! kind 0, synced batches:
//! entry:  topic id (16) | name length u16 | partition directory | end offset i64 | pieces u32
//! piece:  segment i64 | position u64 | length u32
//!
//! kind 1, a truncation begins; kind 2, a truncation has ended:
//! entry:  topic id (16) | name length u16 | partition directory | end offset i64
//!         segment i64 | position u64
//! ```
//!
//! Numbers are big-endian. `length` counts from the magic to the last byte of the last piece;
//! zeros follow up to the next page. Version 1 has neither kind nor lap: its frames are of kind 0.

use std::io::{Error, ErrorKind, Result};

use bytes::{Buf, BufMut};
use io::{AlignedBuffer, File, WRITE_THROUGH_ALIGNMENT};
use wire::{TopicPartition, Uuid};

use crate::file_name;
use crate::sync_ticket::SyncTicket;

/// Frames begin at multiples of this, in bytes.
pub(super) const PAGE: u64 = WRITE_THROUGH_ALIGNMENT as u64;
/// Maximum length of a frame, in bytes.
pub(super) const FRAME_MAX: usize = 64 << 20;

const MAGIC: u32 = 0x7664_6f31;
const VERSION: u32 = 2;
/// Length of the fixed part of a frame.
const HEAD: usize = 48;
const HEAD_VERSION_1: usize = 28;

/// A random number that all frames of one lap carry.
///
/// A lap is one pass of writing over a file. Frames that are left in the file from earlier laps,
/// and bytes of records that look like a frame, do not carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lap(pub(super) [u8; 16]);

/// Sequence and lap of a new frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp {
    pub(super) sequence: u64,
    pub(super) lap: Lap,
}

/// The fixed part of a frame that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) len: usize,
    pub(super) sequence: u64,
    /// None in version 1.
    pub(super) lap: Option<Lap>,
    kind: u32,
    entries: u32,
}

/// The content of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// Batches that were synced, and the bytes of all pieces.
    Synced(Vec<Entry>, &'a [u8]),
    /// Logs that are about to be truncated, or were.
    Truncation(Phase, Vec<Truncation>),
}

/// How far a log is synced, and the bytes that this frame makes durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) topic_id: Uuid,
    pub(super) partition: TopicPartition,
    /// Offsets below are synced.
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

/// A step of a truncation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The log may be cut from now on. A start after a crash cuts it.
    Begins = 1,
    /// The log was cut, and this is durable.
    Ended = 2,
}

/// A place to which a log is truncated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Truncation {
    pub(crate) topic_id: Uuid,
    pub(crate) partition: TopicPartition,
    /// The log end offset afterwards; a lower bound of it when the truncation begins.
    pub(crate) end_offset: i64,
    /// Base offset of the last segment that stays.
    pub(crate) segment: i64,
    /// Bytes of it that stay.
    pub(crate) position: u64,
}

/// Distance from the begin of a frame of this length to the begin of the next one, in bytes.
pub(super) fn stride(len: usize) -> u64 {
    (len as u64).next_multiple_of(PAGE)
}

/// Length of the frame of `tickets`, with their pieces or without, in bytes.
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

/// Encodes a frame of synced batches into `buffer`, padded to whole pages. The pieces are read
/// from their segments.
///
/// # Errors
/// Errors of reading the segments.
pub(super) fn encode<'a>(
    buffer: &'a mut AlignedBuffer,
    stamp: Stamp,
    tickets: &[&SyncTicket],
    with_pieces: bool,
) -> Result<&'a [u8]> {
    let len = len_of(tickets, with_pieces) as usize;
    let padded = buffer.zeroed(stride(len) as usize);
    let frame = &mut padded[..len];
    let mut rest = &mut frame[HEAD..];
    for ticket in tickets {
        put_name(&mut rest, ticket.topic_id, &ticket.partition);
        rest.put_i64(ticket.synced.offset());
        let pieces = if with_pieces { &ticket.pieces[..] } else { &[] };
        rest.put_u32(pieces.len() as u32);
        for piece in pieces {
            rest.put_i64(piece.segment);
            rest.put_u64(piece.from);
            rest.put_u32(piece.len() as u32);
        }
    }
    if with_pieces {
        for piece in tickets.iter().flat_map(|ticket| &ticket.pieces) {
            let (bytes, after) = rest.split_at_mut(piece.len() as usize);
            piece.file.read_exact_at(piece.from, bytes)?;
            rest = after;
        }
    }
    put_head(frame, stamp, 0, tickets.len());
    Ok(padded)
}

/// Encodes a frame about a truncation into `buffer`, padded to whole pages.
pub(super) fn encode_truncation<'a>(
    buffer: &'a mut AlignedBuffer,
    stamp: Stamp,
    phase: Phase,
    truncation: &Truncation,
) -> &'a [u8] {
    let name = file_name::partition_dir(&truncation.partition).len();
    let len = HEAD + 42 + name;
    let padded = buffer.zeroed(stride(len) as usize);
    let frame = &mut padded[..len];
    let mut rest = &mut frame[HEAD..];
    put_name(&mut rest, truncation.topic_id, &truncation.partition);
    rest.put_i64(truncation.end_offset);
    rest.put_i64(truncation.segment);
    rest.put_u64(truncation.position);
    put_head(frame, stamp, phase as u32, 1);
    padded
}

fn put_name(out: &mut &mut [u8], topic_id: Uuid, partition: &TopicPartition) {
    let name = file_name::partition_dir(partition);
    out.put_slice(&topic_id.0);
    out.put_u16(name.len() as u16);
    out.put_slice(name.as_bytes());
}

/// Writes the fixed part in front of everything else, with the checksum.
fn put_head(frame: &mut [u8], stamp: Stamp, kind: u32, entries: usize) {
    let len = frame.len() as u32;
    let mut head = &mut frame[8..];
    head.put_u32(len);
    head.put_u32(VERSION);
    head.put_u64(stamp.sequence);
    head.put_u32(entries as u32);
    head.put_u32(kind);
    head.put_slice(&stamp.lap.0);
    let crc = crc32c::crc32c(&frame[8..]);
    let mut head = frame;
    head.put_u32(MAGIC);
    head.put_u32(crc);
}

/// Reads the frame at `position` into `buffer`. `None` if there is no frame, or it is torn.
///
/// # Errors
/// Errors of reading; `Unsupported` for a whole frame of an unknown version.
pub(super) fn read(file: &File, position: u64, buffer: &mut Vec<u8>) -> Result<Option<Head>> {
    buffer.clear();
    buffer.resize(HEAD_VERSION_1, 0);
    let rest = file.len()?.saturating_sub(position);
    if rest < HEAD_VERSION_1 as u64 {
        return Ok(None);
    }
    file.read_exact_at(position, buffer)?;
    let mut fields = &buffer[..];
    let (magic, crc) = (fields.get_u32(), fields.get_u32());
    let len = fields.get_u32() as usize;
    if magic != MAGIC || !(HEAD_VERSION_1..=FRAME_MAX).contains(&len) || len as u64 > rest {
        return Ok(None);
    }
    buffer.resize(len, 0);
    file.read_exact_at(
        position + HEAD_VERSION_1 as u64,
        &mut buffer[HEAD_VERSION_1..],
    )?;
    if crc32c::crc32c(&buffer[8..]) != crc {
        return Ok(None);
    }
    head(buffer).map(Some)
}

/// The fixed part of a whole frame.
fn head(frame: &[u8]) -> Result<Head> {
    let mut fields = &frame[12..];
    let version = fields.try_get_u32().map_err(malformed)?;
    let mut head = Head {
        len: frame.len(),
        sequence: fields.try_get_u64().map_err(malformed)?,
        entries: fields.try_get_u32().map_err(malformed)?,
        kind: 0,
        lap: None,
    };
    match version {
        1 => {}
        VERSION => {
            head.kind = fields.try_get_u32().map_err(malformed)?;
            head.lap = Some(Lap(array(&mut fields)?));
        }
        other => {
            let what = format!(
                "the redo log has a frame of version {other}; this program reads versions 1 and \
                 {VERSION}. Start the directory with the program that wrote it, and stop it cleanly"
            );
            return Err(Error::new(ErrorKind::Unsupported, what));
        }
    }
    Ok(head)
}

/// Decodes a frame that [`read`] has returned with `head`.
///
/// # Errors
/// `InvalidData` if the content is malformed although its checksum is right.
pub(super) fn decode<'a>(head: &Head, frame: &'a [u8]) -> Result<Content<'a>> {
    let begin = match head.lap {
        None => HEAD_VERSION_1,
        Some(_) => HEAD,
    };
    let mut rest = &frame[begin..];
    let phase = match head.kind {
        0 => {
            let entries = (0..head.entries)
                .map(|_| entry(&mut rest))
                .collect::<Result<Vec<Entry>>>()?;
            let pieces = entries.iter().flat_map(|entry| &entry.pieces);
            let bytes: usize = pieces.map(|piece| piece.len).sum();
            if bytes != rest.len() {
                return Err(malformed("the pieces do not fill it"));
            }
            return Ok(Content::Synced(entries, rest));
        }
        1 => Phase::Begins,
        2 => Phase::Ended,
        other => return Err(malformed(format!("its kind is {other}"))),
    };
    let truncations = (0..head.entries)
        .map(|_| truncation(&mut rest))
        .collect::<Result<Vec<Truncation>>>()?;
    Ok(Content::Truncation(phase, truncations))
}

fn entry(fields: &mut &[u8]) -> Result<Entry> {
    let (topic_id, partition) = name(fields)?;
    let end_offset = fields.try_get_i64().map_err(malformed)?;
    let count = fields.try_get_u32().map_err(malformed)?;
    let mut pieces = Vec::new();
    for _ in 0..count {
        pieces.push(PieceAt {
            segment: fields.try_get_i64().map_err(malformed)?,
            position: fields.try_get_u64().map_err(malformed)?,
            len: fields.try_get_u32().map_err(malformed)? as usize,
        });
    }
    Ok(Entry {
        topic_id,
        partition,
        end_offset,
        pieces,
    })
}

fn truncation(fields: &mut &[u8]) -> Result<Truncation> {
    let (topic_id, partition) = name(fields)?;
    Ok(Truncation {
        topic_id,
        partition,
        end_offset: fields.try_get_i64().map_err(malformed)?,
        segment: fields.try_get_i64().map_err(malformed)?,
        position: fields.try_get_u64().map_err(malformed)?,
    })
}

fn name(fields: &mut &[u8]) -> Result<(Uuid, TopicPartition)> {
    let topic_id = Uuid(array(fields)?);
    let len = usize::from(fields.try_get_u16().map_err(malformed)?);
    let (name, rest) = fields
        .split_at_checked(len)
        .ok_or_else(|| malformed("it ends within a name"))?;
    *fields = rest;
    let partition = std::str::from_utf8(name)
        .ok()
        .and_then(file_name::parse_partition_dir)
        .ok_or_else(|| malformed("a name is not that of a partition directory"))?;
    Ok((topic_id, partition))
}

fn array(fields: &mut &[u8]) -> Result<[u8; 16]> {
    let mut array = [0; 16];
    fields.try_copy_to_slice(&mut array).map_err(malformed)?;
    Ok(array)
}

fn malformed(what: impl ToString) -> Error {
    let what = what.to_string();
    Error::new(
        ErrorKind::InvalidData,
        format!("the redo log has a malformed frame: {what}"),
    )
}
