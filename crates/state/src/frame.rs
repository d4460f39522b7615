//! The header that every state file begins with, and the checks it allows.
//!
//! Layout, little-endian (drawn in `docs/state-format.md`):
//!
//! ```text
//!  0  8  magic "VLTSTATE"
//!  8  2  format version, 1
//! 10  1  kind: 1 changelog, 2 snapshot, 3 schema
//! 11  1  zero
//! 12  4  CRC32C of all bytes from 16 to the end
//! 16  8  state version
//! 24  8  length of the body
//! 32  4  link: the CRC32C field of another changelog
//! 36  4  zero
//! 40     body
//! ```
//!
//! Does not know what a body means.

use bytes::Bytes;

use crate::error::StateError;

const MAGIC: &[u8; 8] = b"VLTSTATE";
const FORMAT_VERSION: u16 = 1;
const CHECKED_FROM: usize = 16;
const HEADER_BYTES: usize = 40;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What one version changed.
    Changelog = 1,
    /// All rows of one version.
    Snapshot = 2,
    /// The columns and layout of the store.
    Schema = 3,
}

/// A file taken apart.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The state version it belongs to; 0 for a schema.
    pub(crate) version: u64,
    /// Of a changelog: the checksum of the changelog before it (0: there is none). Of a snapshot: the checksum
    /// of the changelog of its own version.
    pub(crate) link: u32,
    pub(crate) body: Bytes,
    /// The file's own checksum.
    pub(crate) crc: u32,
}

/// Puts a header before `body`; gives the file and its checksum.
pub(crate) fn seal(kind: Kind, version: u64, link: u32, body: &[u8]) -> (Bytes, u32) {
    let mut file = Vec::with_capacity(HEADER_BYTES + body.len());
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    file.extend_from_slice(&[kind as u8, 0]);
    file.extend_from_slice(&[0; 4]);
    file.extend_from_slice(&version.to_le_bytes());
    file.extend_from_slice(&(body.len() as u64).to_le_bytes());
    file.extend_from_slice(&link.to_le_bytes());
    file.extend_from_slice(&[0; 4]);
    file.extend_from_slice(body);
    let crc = crc32c::crc32c(&file[CHECKED_FROM..]);
    file[12..16].copy_from_slice(&crc.to_le_bytes());
    (file.into(), crc)
}

/// Checks a file of the given kind and takes it apart. `path` is for the error.
pub(crate) fn open(path: &str, kind: Kind, file: &Bytes) -> Result<Frame, StateError> {
    let corrupt = |problem: String| StateError::Corrupt {
        path: path.to_owned(),
        problem,
    };
    if file.len() < HEADER_BYTES {
        return Err(corrupt(format!(
            "{} bytes, shorter than its header",
            file.len()
        )));
    }
    if &file[..8] != MAGIC {
        return Err(corrupt("it does not begin as a state file does".to_owned()));
    }
    let format = u16::from_le_bytes([file[8], file[9]]);
    if format != FORMAT_VERSION {
        return Err(corrupt(format!(
            "its format version is {format}, this program knows {FORMAT_VERSION}"
        )));
    }
    let crc = u32_at(file, 12);
    let found = crc32c::crc32c(&file[CHECKED_FROM..]);
    let body = file.slice(HEADER_BYTES..);
    let body_len = u64_at(file, 24);
    if body_len != body.len() as u64 {
        return Err(corrupt(format!(
            "its body has {} of {body_len} bytes",
            body.len()
        )));
    }
    if crc != found {
        return Err(corrupt(format!(
            "its checksum is {found:08x}, not {crc:08x}"
        )));
    }
    if file[11] != 0 {
        return Err(corrupt(format!("byte 11 is {}, not 0", file[11])));
    }
    if file[10] != kind as u8 {
        return Err(corrupt(format!(
            "it is of kind {}, not {}",
            file[10], kind as u8
        )));
    }
    Ok(Frame {
        version: u64_at(file, 16),
        link: u32_at(file, 32),
        body,
        crc,
    })
}

fn u32_at(file: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(file[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(file: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(file[at..at + 8].try_into().expect("eight bytes"))
}
