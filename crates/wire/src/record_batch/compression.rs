//! Compression of the records of a batch.

use std::io::{ErrorKind, Read, Write};

use bytes::{Bytes, BytesMut};
use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};

use super::error::BatchError;
use super::xerial::{self, Blocks};

/// The compression of a batch; the lowest three bits of its attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Compression {
    /// Not compressed.
    #[default]
    None,
    /// Gzip.
    Gzip,
    /// Snappy in the framing of xerial's Java library, as Kafka uses it.
    Snappy,
    /// LZ4 frames of independent blocks.
    Lz4,
    /// Zstandard.
    Zstd,
}

impl Compression {
    /// The compression with these attribute bits.
    ///
    /// # Errors
    /// [`BatchError::UnknownCompression`] above 4.
    pub fn from_id(id: u8) -> Result<Compression, BatchError> {
        match id {
            0 => Ok(Compression::None),
            1 => Ok(Compression::Gzip),
            2 => Ok(Compression::Snappy),
            3 => Ok(Compression::Lz4),
            4 => Ok(Compression::Zstd),
            other => Err(BatchError::UnknownCompression(other)),
        }
    }

    /// The attribute bits.
    pub fn id(self) -> u8 {
        match self {
            Compression::None => 0,
            Compression::Gzip => 1,
            Compression::Snappy => 2,
            Compression::Lz4 => 3,
            Compression::Zstd => 4,
        }
    }

    /// The name in `compression.type`.
    pub fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Snappy => "snappy",
            Compression::Lz4 => "lz4",
            Compression::Zstd => "zstd",
        }
    }

    /// The compression with that name.
    pub fn from_name(name: &str) -> Option<Compression> {
        match name {
            "none" => Some(Compression::None),
            "gzip" => Some(Compression::Gzip),
            "snappy" => Some(Compression::Snappy),
            "lz4" => Some(Compression::Lz4),
            "zstd" => Some(Compression::Zstd),
            _ => None,
        }
    }
}

/// Compresses `plain` in a form that every Kafka client can read.
///
/// `level` is for gzip (0 to 9) or zstd (1 to 22) and is clamped; the other codecs have none.
/// `None` is the codec's default.
pub fn compress(compression: Compression, level: Option<i32>, plain: &[u8]) -> Bytes {
    // Writing to memory does not fail, and so encoding does not.
    let packed = match compression {
        Compression::None => Ok(plain.to_vec()),
        Compression::Gzip => {
            let level = match level {
                Some(level) => flate2::Compression::new(level.clamp(0, 9) as u32),
                None => flate2::Compression::default(),
            };
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(plain).and_then(|()| encoder.finish())
        }
        Compression::Snappy => Ok(xerial::compress(plain)),
        Compression::Lz4 => {
            // Kafka's Java reader refuses linked blocks.
            let frame = FrameInfo::new()
                .block_mode(BlockMode::Independent)
                .block_size(BlockSize::Max64KB);
            let mut encoder = FrameEncoder::with_frame_info(frame, Vec::new());
            encoder
                .write_all(plain)
                .and_then(|()| Ok(encoder.finish()?))
        }
        Compression::Zstd => {
            let level = level.map_or(zstd::DEFAULT_COMPRESSION_LEVEL, |level| level.clamp(1, 22));
            zstd::bulk::compress(plain, level)
        }
    };
    Bytes::from(packed.expect("compressing in memory does not fail"))
}

/// Unpacks `packed` into at most `budget` bytes.
///
/// Memory grows with the unpacked bytes, not with the size that a header claims.
///
/// # Errors
/// [`BatchError::Decompress`] for a damaged stream; [`BatchError::OverBudget`] if it unpacks to
/// more than `budget` bytes.
pub fn decompress(
    compression: Compression,
    packed: &[u8],
    budget: usize,
) -> Result<Bytes, BatchError> {
    const STEP: usize = 32 * 1024;
    let mut unpacker = PackedReader::new(compression, packed, budget)?;
    // One byte more than the budget shows that a stream is too long.
    let limit = budget.saturating_add(1);
    let mut out = BytesMut::with_capacity(packed.len().saturating_mul(4).min(1 << 20).min(limit));
    loop {
        let start = out.len();
        if start == limit {
            return Err(BatchError::OverBudget { budget });
        }
        out.resize(limit.min(start + STEP), 0);
        let got = unpacker.read(&mut out[start..])?;
        out.truncate(start + got);
        if got == 0 {
            return Ok(out.freeze());
        }
    }
}

/// Unpacks the records of a batch piece by piece.
pub(super) enum PackedReader<'a> {
    /// A codec with a streaming decoder.
    Stream(Box<dyn Read + 'a>),
    /// Snappy, block by block.
    Blocks(Blocks<'a>),
}

impl<'a> PackedReader<'a> {
    /// `budget` bounds the memory of the decoder itself, in bytes.
    pub(super) fn new(
        compression: Compression,
        packed: &'a [u8],
        budget: usize,
    ) -> Result<PackedReader<'a>, BatchError> {
        Ok(PackedReader::Stream(match compression {
            Compression::None => Box::new(packed),
            Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
            Compression::Snappy => return Ok(PackedReader::Blocks(Blocks::new(packed, budget))),
            Compression::Lz4 => Box::new(FrameDecoder::new(packed)),
            Compression::Zstd => {
                let mut decoder =
                    zstd::stream::read::Decoder::with_buffer(packed).map_err(damaged)?;
                decoder
                    .window_log_max(window_log_max(budget))
                    .map_err(damaged)?;
                Box::new(decoder)
            }
        }))
    }

    /// Unpacks the next bytes into `out`, which is not empty. Returns 0 at the end.
    ///
    /// # Errors
    /// [`BatchError::Decompress`]; [`BatchError::OverBudget`] for a block that is larger than the
    /// budget.
    pub(super) fn read(&mut self, out: &mut [u8]) -> Result<usize, BatchError> {
        match self {
            PackedReader::Stream(stream) => loop {
                match stream.read(out) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    result => return result.map_err(damaged),
                }
            },
            PackedReader::Blocks(blocks) => blocks.read(out),
        }
    }
}

pub(super) fn damaged(error: impl std::fmt::Display) -> BatchError {
    BatchError::Decompress(error.to_string())
}

/// The largest zstd window that is accepted, as a power of two. The decoder allocates the window
/// first.
///
/// Every reader should accept 2^23. Level 22 needs 2^27, which is also the limit of zstd itself.
pub(super) fn window_log_max(budget: usize) -> u32 {
    let log = usize::BITS - budget.leading_zeros();
    log.clamp(23, 27)
}
