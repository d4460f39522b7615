//! Unpacks and packs many batches with the same buffers and contexts.
//!
//! [`compress`](super::compress) and [`decompress`](super::decompress) create new ones at each
//! call, which is most of the work for a small batch. Results are the same.

use std::io::{ErrorKind, Read};

use lz4_flex::block::CompressTable;
use zstd::bulk::Compressor;
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

use super::compression::{Compression, compress, damaged, decompress, window_log_max};
use super::error::BatchError;
use super::lz4_frame;

/// The buffer grows by at least this many bytes.
const STEP: usize = 64 << 10;

/// Unpacks the records of batches, one after another.
#[derive(Default)]
pub struct Unpacker {
    /// As long as the longest result so far. The bytes after the current result are of earlier
    /// ones.
    room: Vec<u8>,
    zstd: Option<Decoder<'static>>,
}

impl Unpacker {
    /// Unpacks `packed` into at most `budget` bytes. The result is valid until the next call.
    ///
    /// # Errors
    /// As [`decompress`](super::decompress).
    pub fn unpack(
        &mut self,
        compression: Compression,
        packed: &[u8],
        budget: usize,
    ) -> Result<&[u8], BatchError> {
        let len = match compression {
            Compression::None if packed.len() > budget => {
                return Err(BatchError::OverBudget { budget });
            }
            Compression::None => {
                self.room.clear();
                self.room.extend_from_slice(packed);
                packed.len()
            }
            Compression::Gzip => self.read(flate2::read::MultiGzDecoder::new(packed), budget)?,
            Compression::Snappy => {
                let unpacked = decompress(Compression::Snappy, packed, budget)?;
                self.room.clear();
                self.room.extend_from_slice(&unpacked);
                unpacked.len()
            }
            Compression::Lz4 => lz4_frame::unpack(packed, &mut self.room, budget)?,
            Compression::Zstd => self.zstd(packed, budget)?,
        };
        Ok(&self.room[..len])
    }

    /// Reads a decoder to its end.
    fn read(&mut self, mut decoder: impl Read, budget: usize) -> Result<usize, BatchError> {
        let mut len = 0;
        loop {
            self.make_room(len, budget);
            match decoder.read(&mut self.room[len..]) {
                Ok(0) => return Ok(len),
                Ok(got) => len += got,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(damaged(error)),
            }
            if len > budget {
                return Err(BatchError::OverBudget { budget });
            }
        }
    }

    fn zstd(&mut self, packed: &[u8], budget: usize) -> Result<usize, BatchError> {
        let mut decoder = match self.zstd.take() {
            Some(decoder) => decoder,
            None => Decoder::new().map_err(damaged)?,
        };
        decoder.reinit().map_err(damaged)?;
        decoder
            .set_parameter(zstd::zstd_safe::DParameter::WindowLogMax(window_log_max(
                budget,
            )))
            .map_err(damaged)?;
        let mut input = InBuffer::around(packed);
        let mut len = 0;
        loop {
            self.make_room(len, budget);
            let mut out = OutBuffer::around(&mut self.room[len..]);
            let hint = decoder.run(&mut input, &mut out).map_err(damaged)?;
            let got = out.pos();
            len += got;
            if len > budget {
                return Err(BatchError::OverBudget { budget });
            }
            let at_end = input.pos() == packed.len();
            if at_end && hint == 0 {
                self.zstd = Some(decoder);
                return Ok(len);
            }
            if at_end && got == 0 {
                return Err(damaged("the stream is cut off"));
            }
        }
    }

    /// Makes room after `len`, up to one byte more than the budget: that byte shows that a stream
    /// is too long.
    fn make_room(&mut self, len: usize, budget: usize) {
        if len < self.room.len() {
            return;
        }
        let wanted = (len * 2).max(len + STEP);
        self.room
            .resize(wanted.min(budget.saturating_add(1)).max(len + 1), 0);
    }
}

/// Packs the records of batches, one after another, with each codec's default level.
#[derive(Default)]
pub struct Packer {
    lz4: Option<CompressTable>,
    zstd: Option<Compressor<'static>>,
}

impl Packer {
    /// Appends the packed form of `plain` to `out`.
    pub fn pack(&mut self, compression: Compression, plain: &[u8], out: &mut Vec<u8>) {
        match compression {
            Compression::None => out.extend_from_slice(plain),
            Compression::Lz4 => {
                let table = self.lz4.get_or_insert_with(CompressTable::large);
                lz4_frame::pack(plain, table, out);
            }
            Compression::Zstd => {
                let compressor = self.zstd.get_or_insert_with(|| {
                    Compressor::new(zstd::DEFAULT_COMPRESSION_LEVEL)
                        .expect("a level that zstd knows")
                });
                let packed = compressor.compress(plain);
                out.extend_from_slice(&packed.expect("compressing in memory does not fail"));
            }
            other => out.extend_from_slice(&compress(other, None, plain)),
        }
    }
}

impl std::fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unpacker").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record_batch::decompress;

    const CODECS: [Compression; 5] = [
        Compression::None,
        Compression::Gzip,
        Compression::Snappy,
        Compression::Lz4,
        Compression::Zstd,
    ];

    fn text(len: usize) -> Vec<u8> {
        (0..len).map(|i| (i * i / 7 % 251) as u8).collect()
    }

    #[test]
    fn packed_records_are_unpacked_even_after_other_batches() {
        let (mut packer, mut unpacker) = (Packer::default(), Unpacker::default());
        for codec in CODECS {
            for len in [300_000, 10, 0, 70_000] {
                let plain = text(len);
                let mut packed = b"before".to_vec();
                packer.pack(codec, &plain, &mut packed);
                let packed = &packed[6..];
                assert_eq!(unpacker.unpack(codec, packed, len).unwrap(), plain);
                assert_eq!(decompress(codec, packed, len).unwrap(), plain);
                if len > 0 {
                    let refused = unpacker.unpack(codec, packed, len - 1);
                    assert!(
                        matches!(refused, Err(BatchError::OverBudget { .. })),
                        "{codec:?} {len}"
                    );
                }
            }
        }
    }

    #[test]
    fn damage_is_an_error_and_the_next_batch_is_read() {
        let (mut packer, mut unpacker) = (Packer::default(), Unpacker::default());
        let plain = text(5000);
        for codec in &CODECS[1..] {
            let mut packed = Vec::new();
            packer.pack(*codec, &plain, &mut packed);
            for cut in [1, packed.len() / 2] {
                let cut_off = unpacker.unpack(*codec, &packed[..cut], 10_000);
                assert!(cut_off.map_or(true, |out| out != plain), "{codec:?} {cut}");
                assert_eq!(unpacker.unpack(*codec, &packed, 10_000).unwrap(), plain);
            }
        }
    }
}
