//! The frame format of LZ4, directly from and to buffers of the caller.
//!
//! The checksums of a frame are neither checked nor written: the batch has one for all of it.
//! Frames that need a dictionary, and bytes that are no frame, are refused.

use lz4_flex::block::{
    CompressTable, compress_into_with_table, decompress_into_with_dict, get_maximum_output_size,
};

use super::compression::damaged;
use super::error::BatchError;

const MAGIC: u32 = 0x184d_2204;
/// Flags (version 1, independent blocks, no checksums), block size 64 KiB, and the checksum of
/// both.
const DESCRIPTOR: [u8; 3] = [0x60, 0x40, 0x82];
const BLOCK_BYTES: usize = 64 << 10;
/// Maximum distance from which a block may copy bytes of earlier blocks.
const WINDOW_BYTES: usize = 64 << 10;
/// Bit of a block length: the block is not compressed.
const PLAIN_BIT: u32 = 1 << 31;

const VERSION_MASK: u8 = 0b1100_0000;
const VERSION_1: u8 = 0b0100_0000;
const BLOCK_CHECKSUM_BIT: u8 = 0b0001_0000;
const CONTENT_SIZE_BIT: u8 = 0b0000_1000;
const CONTENT_CHECKSUM_BIT: u8 = 0b0000_0100;
const DICTIONARY_BIT: u8 = 0b0000_0001;

/// Unpacks the frames in `packed` to the beginning of `room`, which grows if needed. Returns the
/// unpacked length.
pub(super) fn unpack(
    mut packed: &[u8],
    room: &mut Vec<u8>,
    budget: usize,
) -> Result<usize, BatchError> {
    let mut len = 0;
    while !packed.is_empty() {
        if u32_of(&mut packed)? != MAGIC {
            return Err(damaged("no lz4 frame"));
        }
        let [flags, sizes] = *take(&mut packed, 2)? else {
            return Err(damaged("the frame is cut off"));
        };
        if flags & VERSION_MASK != VERSION_1 || flags & DICTIONARY_BIT != 0 {
            return Err(damaged(
                "an lz4 frame with an unsupported version or a dictionary",
            ));
        }
        let block_bytes = match (sizes >> 4) & 7 {
            code @ 4..=7 => BLOCK_BYTES << (2 * (code - 4)),
            _ => return Err(damaged("an lz4 frame of unknown block size")),
        };
        let content_size = if flags & CONTENT_SIZE_BIT != 0 { 8 } else { 0 };
        take(&mut packed, content_size + 1)?;
        let frame_start = len;
        loop {
            let word = u32_of(&mut packed)?;
            if word == 0 {
                break;
            }
            let block = take(&mut packed, (word & !PLAIN_BIT) as usize)?;
            if flags & BLOCK_CHECKSUM_BIT != 0 {
                take(&mut packed, 4)?;
            }
            if room.len() < len + block_bytes {
                room.resize((2 * len).max(len + block_bytes), 0);
            }
            let (before, out) = room.split_at_mut(len);
            let out = &mut out[..block_bytes];
            len += if word & PLAIN_BIT != 0 {
                let out = out.get_mut(..block.len());
                out.ok_or_else(|| damaged("a block is too long"))?
                    .copy_from_slice(block);
                block.len()
            } else {
                let window = &before[frame_start.max(len.saturating_sub(WINDOW_BYTES))..];
                decompress_into_with_dict(block, out, window).map_err(damaged)?
            };
            if len > budget {
                return Err(BatchError::OverBudget { budget });
            }
        }
        if flags & CONTENT_CHECKSUM_BIT != 0 {
            take(&mut packed, 4)?;
        }
    }
    Ok(len)
}

/// Appends `plain` to `out` as one frame.
pub(super) fn pack(plain: &[u8], table: &mut CompressTable, out: &mut Vec<u8>) {
    out.extend_from_slice(&MAGIC.to_le_bytes());
    out.extend_from_slice(&DESCRIPTOR);
    for block in plain.chunks(BLOCK_BYTES) {
        let at = out.len();
        let start = at + 4;
        out.resize(start + get_maximum_output_size(block.len()), 0);
        let packed = compress_into_with_table(block, &mut out[start..], table)
            .expect("the room is the most that compression takes");
        let word = if packed < block.len() {
            out.truncate(start + packed);
            packed as u32
        } else {
            out.truncate(start);
            out.extend_from_slice(block);
            block.len() as u32 | PLAIN_BIT
        };
        out[at..start].copy_from_slice(&word.to_le_bytes());
    }
    out.extend_from_slice(&[0; 4]);
}

fn take<'a>(packed: &mut &'a [u8], len: usize) -> Result<&'a [u8], BatchError> {
    packed
        .split_off(..len)
        .ok_or_else(|| damaged("the frame is cut off"))
}

fn u32_of(packed: &mut &[u8]) -> Result<u32, BatchError> {
    let mut word = [0; 4];
    word.copy_from_slice(take(packed, 4)?);
    Ok(u32::from_le_bytes(word))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};

    use super::*;
    use crate::record_batch::{Compression, decompress};

    const BUDGET: usize = 1 << 20;

    fn text(len: usize) -> Vec<u8> {
        let word = |i: usize| format!("{} ", i * i % 1009);
        (0..).flat_map(|i| word(i).into_bytes()).take(len).collect()
    }

    fn unpacked(packed: &[u8], budget: usize) -> Result<Vec<u8>, BatchError> {
        // The buffer still holds bytes of an earlier batch.
        let mut room = vec![7; 100];
        unpack(packed, &mut room, budget).map(|len| room[..len].to_vec())
    }

    #[test]
    fn frames_of_other_programs_are_unpacked() {
        for plain in [text(0), text(10), text(200_000)] {
            for mode in [BlockMode::Independent, BlockMode::Linked] {
                for size in [BlockSize::Max64KB, BlockSize::Max256KB, BlockSize::Max4MB] {
                    let info = FrameInfo::new()
                        .block_mode(mode)
                        .block_size(size)
                        .block_checksums(true)
                        .content_checksum(true)
                        .content_size(Some(plain.len() as u64));
                    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
                    encoder.write_all(&plain).unwrap();
                    let packed = encoder.finish().unwrap();
                    assert_eq!(unpacked(&packed, BUDGET).unwrap(), plain);
                    let twice = [&packed[..], &packed].concat();
                    assert_eq!(unpacked(&twice, BUDGET).unwrap(), plain.repeat(2));
                }
            }
        }
    }

    #[test]
    fn other_programs_unpack_our_frames() {
        let noise: Vec<u8> = (0..100_000u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let mut table = CompressTable::large();
        for plain in [text(0), text(10), text(200_000), noise] {
            let mut packed = Vec::new();
            pack(&plain, &mut table, &mut packed);
            assert!(packed.len() < plain.len() + 100);
            let budget = plain.len();
            assert_eq!(
                decompress(Compression::Lz4, &packed, budget).unwrap(),
                plain
            );
            assert_eq!(unpacked(&packed, budget).unwrap(), plain);
        }
    }

    #[test]
    fn cuts_and_flipped_bits_are_errors_or_other_bytes_but_never_more() {
        let mut packed = Vec::new();
        pack(&text(300), &mut CompressTable::large(), &mut packed);
        for cut in 1..packed.len() {
            assert!(unpacked(&packed[..cut], BUDGET).is_err(), "{cut}");
        }
        for bit in 0..packed.len() * 8 {
            let mut broken = packed.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            assert!(unpacked(&broken, 1000).map_or(true, |out| out.len() <= 1000));
        }
    }
}
