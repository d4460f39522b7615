//! Compressed text files, by the extension of their names, as Hadoop's codecs read and write them.
//!
//! `.snappy` and `.lz4` are Hadoop's block format, not the frames of the `snappy` and `lz4` programs:
//!
//! ```text
//! block   u32 length of the content, then pieces until the pieces give that length
//! piece   u32 length, then that many bytes, compressed by themselves
//! ```
//!
//! Numbers are big-endian. Bytes that are not what the extension promises are an error. Memory is
//! bounded by the largest block that is read, 64 MiB.

use std::io::{self, Cursor, Read, Write};

use flate2::read::{MultiGzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::error::FormatError;

/// The content of a block that we write, as Hadoop's default buffer gives it.
const BLOCK_LEN: usize = 256 * 1024;

/// A block whose content is longer is refused.
const BLOCK_LEN_MAX: usize = 64 * 1024 * 1024;

/// How a text file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Not at all.
    None,
    /// `.gz`
    Gzip,
    /// `.deflate`: zlib's format.
    Deflate,
    /// `.bz2`, which is neither read nor written.
    Bzip2,
    /// `.zst`, which is read only, like Spark without Hadoop's native library.
    Zstd,
    /// `.snappy`
    Snappy,
    /// `.lz4`
    Lz4,
}

impl Codec {
    /// The codec that a file's name tells, in any case.
    pub fn of_path(path: &str) -> Codec {
        let name = path.rsplit('/').next().unwrap_or(path);
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension.to_ascii_lowercase().as_str() {
            "gz" => Codec::Gzip,
            "deflate" => Codec::Deflate,
            "bz2" => Codec::Bzip2,
            "zst" => Codec::Zstd,
            "snappy" => Codec::Snappy,
            "lz4" => Codec::Lz4,
            _ => Codec::None,
        }
    }

    /// The codec of the option `compression`: a short name in any case, or the name of Hadoop's class.
    ///
    /// # Errors
    /// `CodecNotAvailable`
    pub fn named(name: &str) -> Result<Codec, FormatError> {
        let class = name.strip_prefix("org.apache.hadoop.io.compress.");
        let short = match class {
            Some("GzipCodec") => "gzip".to_owned(),
            Some("DefaultCodec" | "DeflateCodec") => "deflate".to_owned(),
            Some("SnappyCodec") => "snappy".to_owned(),
            Some("Lz4Codec") => "lz4".to_owned(),
            _ => name.to_ascii_lowercase(),
        };
        Ok(match short.as_str() {
            "none" | "uncompressed" => Codec::None,
            "gzip" => Codec::Gzip,
            "deflate" => Codec::Deflate,
            "snappy" => Codec::Snappy,
            "lz4" => Codec::Lz4,
            _ => {
                return Err(FormatError::CodecNotAvailable {
                    name: name.to_owned(),
                    available: "deflate, uncompressed, snappy, none, lz4, gzip",
                });
            }
        })
    }

    /// What is appended to a file's name: `.gz`, or nothing.
    pub fn extension(self) -> &'static str {
        match self {
            Codec::None => "",
            Codec::Gzip => ".gz",
            Codec::Deflate => ".deflate",
            Codec::Bzip2 => ".bz2",
            Codec::Zstd => ".zst",
            Codec::Snappy => ".snappy",
            Codec::Lz4 => ".lz4",
        }
    }

    /// Reads the content of a compressed file. Gzip and zstd files may have several members.
    ///
    /// # Errors
    /// `Unsupported` for bzip2. Bytes that are not in the format are errors of the reader.
    pub fn reader(
        self,
        bytes: impl AsRef<[u8]> + Send + 'static,
    ) -> io::Result<Box<dyn Read + Send>> {
        // No bytes are no content in every format.
        if bytes.as_ref().is_empty() {
            return Ok(Box::new(io::empty()));
        }
        let bytes = Cursor::new(bytes);
        Ok(match self {
            Codec::None => Box::new(bytes),
            Codec::Gzip => Box::new(MultiGzDecoder::new(bytes)),
            Codec::Deflate => Box::new(ZlibDecoder::new(bytes)),
            Codec::Zstd => Box::new(zstd::Decoder::new(bytes)?),
            Codec::Snappy => Box::new(BlockReader::new(bytes, inflate_snappy)),
            Codec::Lz4 => Box::new(BlockReader::new(bytes, inflate_lz4)),
            Codec::Bzip2 => {
                return Err(io::Error::new(
                    io::ErrorKind::Unsupported,
                    "files compressed with bzip2 are not supported",
                ));
            }
        })
    }

    /// The bytes of a compressed file with this content.
    ///
    /// # Errors
    /// `Unsupported` for codecs that [`Codec::named`] does not return.
    pub fn compress(self, content: Vec<u8>) -> io::Result<Vec<u8>> {
        match self {
            Codec::None => Ok(content),
            Codec::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(&content)?;
                encoder.finish()
            }
            Codec::Deflate => {
                let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(&content)?;
                encoder.finish()
            }
            Codec::Snappy => {
                let deflate = |block: &[u8]| {
                    let compressed = snap::raw::Encoder::new().compress_vec(block);
                    compressed.map_err(io::Error::other)
                };
                write_blocks(&content, deflate)
            }
            Codec::Lz4 => write_blocks(&content, |block| Ok(lz4_flex::block::compress(block))),
            Codec::Bzip2 | Codec::Zstd => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!("files are not written as {}", self.extension()),
            )),
        }
    }
}

/// Appends the content of a piece, at most so many bytes, to the block.
type Inflate = fn(&[u8], usize, &mut Vec<u8>) -> io::Result<()>;

fn inflate_snappy(piece: &[u8], len_max: usize, block: &mut Vec<u8>) -> io::Result<()> {
    let len = snap::raw::decompress_len(piece).map_err(io::Error::other)?;
    if len > len_max {
        return Err(damaged("a piece is longer than its block"));
    }
    let content = snap::raw::Decoder::new().decompress_vec(piece);
    block.extend_from_slice(&content.map_err(io::Error::other)?);
    Ok(())
}

fn inflate_lz4(piece: &[u8], len_max: usize, block: &mut Vec<u8>) -> io::Result<()> {
    // A byte of LZ4 stands for at most 255: a short piece does not make a long block.
    let len_max = len_max.min(piece.len().saturating_mul(255));
    let content = lz4_flex::block::decompress(piece, len_max).map_err(io::Error::other)?;
    block.extend_from_slice(&content);
    Ok(())
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("not in Hadoop's block format: {what}"),
    )
}

/// Reads Hadoop's block format.
struct BlockReader<R> {
    compressed: R,
    inflate: Inflate,
    block: Vec<u8>,
    /// Bytes of the block that were read.
    taken: usize,
}

impl<R: Read> BlockReader<R> {
    fn new(compressed: R, inflate: Inflate) -> BlockReader<R> {
        BlockReader {
            compressed,
            inflate,
            block: Vec::new(),
            taken: 0,
        }
    }

    /// The next length; none at the end.
    fn next_len(&mut self) -> io::Result<Option<usize>> {
        let mut len = [0; 4];
        if self.compressed.read(&mut len[..1])? == 0 {
            return Ok(None);
        }
        self.compressed.read_exact(&mut len[1..])?;
        Ok(Some(u32::from_be_bytes(len) as usize))
    }

    /// Reads the next block with content; an empty one at the end.
    fn next_block(&mut self) -> io::Result<()> {
        self.block.clear();
        self.taken = 0;
        while self.block.is_empty() {
            let Some(block_len) = self.next_len()? else {
                return Ok(());
            };
            if block_len > BLOCK_LEN_MAX {
                return Err(damaged("a block is longer than 64 MiB"));
            }
            while self.block.len() < block_len {
                let piece_len = self
                    .next_len()?
                    .ok_or_else(|| damaged("a block ends early"))?;
                let mut piece = Vec::new();
                let found = (&mut self.compressed)
                    .take(piece_len as u64)
                    .read_to_end(&mut piece)?;
                if found < piece_len || piece.is_empty() {
                    return Err(damaged("a piece ends early"));
                }
                let rest = block_len - self.block.len();
                (self.inflate)(&piece, rest, &mut self.block)?;
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for BlockReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.block.len() {
            self.next_block()?;
        }
        let len = out.len().min(self.block.len() - self.taken);
        out[..len].copy_from_slice(&self.block[self.taken..self.taken + len]);
        self.taken += len;
        Ok(len)
    }
}

fn write_blocks(
    content: &[u8],
    deflate: impl Fn(&[u8]) -> io::Result<Vec<u8>>,
) -> io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    for block in content.chunks(BLOCK_LEN) {
        let piece = deflate(block)?;
        for len in [block.len(), piece.len()] {
            compressed.extend_from_slice(&(len as u32).to_be_bytes());
        }
        compressed.extend_from_slice(&piece);
    }
    Ok(compressed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(codec: Codec, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        codec.reader(bytes.to_vec())?.read_to_end(&mut content)?;
        Ok(content)
    }

    #[test]
    fn content_is_written_and_read_again() {
        let long: Vec<u8> = (0..600_000u32).flat_map(|n| n.to_le_bytes()).collect();
        for codec in [
            Codec::None,
            Codec::Gzip,
            Codec::Deflate,
            Codec::Snappy,
            Codec::Lz4,
        ] {
            for content in [&b""[..], b"{\"v\":1}\n", &long] {
                let compressed = codec.compress(content.to_vec()).unwrap();
                assert!(read(codec, &compressed).unwrap() == content, "{codec:?}");
            }
        }
    }

    /// What Spark 4.3.0 wrote of `a` and `b` as lines of text.
    #[test]
    fn spark_s_files_are_read() {
        let snappy = b"\x00\x00\x00\x04\x00\x00\x00\x06\x04\x0ca\nb\n";
        assert_eq!(read(Codec::Snappy, snappy).unwrap(), b"a\nb\n");
        let lz4 = b"\x00\x00\x00\x04\x00\x00\x00\x05\x40a\nb\n";
        assert_eq!(read(Codec::Lz4, lz4).unwrap(), b"a\nb\n");
    }

    #[test]
    fn members_follow_each_other() {
        let mut two = Codec::Gzip.compress(b"a\n".to_vec()).unwrap();
        two.extend(Codec::Gzip.compress(b"b\n".to_vec()).unwrap());
        assert_eq!(read(Codec::Gzip, &two).unwrap(), b"a\nb\n");
        let zstd = zstd::encode_all(&b"a\n"[..], 0).unwrap();
        assert_eq!(read(Codec::Zstd, &zstd).unwrap(), b"a\n");
    }

    /// Any bytes give content or an error.
    #[test]
    fn damaged_bytes_are_errors() {
        for codec in [
            Codec::Gzip,
            Codec::Deflate,
            Codec::Zstd,
            Codec::Snappy,
            Codec::Lz4,
        ] {
            assert!(read(codec, b"no such format").is_err(), "{codec:?}");
            let whole = match codec {
                Codec::Zstd => zstd::encode_all(&b"content content"[..], 0).unwrap(),
                _ => codec.compress(b"content content".to_vec()).unwrap(),
            };
            assert!(read(codec, &whole[..whole.len() - 1]).is_err(), "{codec:?}");
        }
        assert!(read(Codec::Lz4, &[0xff; 64]).is_err());
    }

    #[test]
    fn names_tell_the_codec() {
        assert_eq!(Codec::of_path("/in/a.json.GZ"), Codec::Gzip);
        assert_eq!(Codec::of_path("/in.gz/a.json"), Codec::None);
        assert_eq!(Codec::named("GZIP").unwrap(), Codec::Gzip);
        assert!(Codec::named("zstd").is_err());
    }
}
