//! Reads message definitions out of a jar, which is a zip file.
//!
//! Supports only what Maven writes: one disk, sizes in the central directory, entries stored or
//! deflated.

use std::io::{self, Read};
use std::path::Path;

const END_OF_DIRECTORY: u32 = 0x0605_4b50;
const DIRECTORY_ENTRY: u32 = 0x0201_4b50;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// A JSON file in a jar.
pub struct Entry {
    /// Its path in the jar.
    pub name: String,
    /// Its content.
    pub text: String,
}

/// The definitions of messages and metadata records in a jar, in the jar's order.
///
/// `kafka-metadata` also has the schema of a local file, in `common/message`. Only definitions in
/// its `common/metadata` are records.
pub fn json_definitions(jar: &Path) -> io::Result<Vec<Entry>> {
    let bytes = std::fs::read(jar)?;
    let mut messages = Vec::new();
    let mut metadata = Vec::new();
    let (count, mut at) = directory(&bytes)?;
    for _ in 0..count {
        if u32_at(&bytes, at)? != DIRECTORY_ENTRY {
            return Err(malformed("no directory entry where one should be"));
        }
        let name_length = usize::from(u16_at(&bytes, at + 28)?);
        let extra_length = usize::from(u16_at(&bytes, at + 30)?);
        let comment_length = usize::from(u16_at(&bytes, at + 32)?);
        let name = String::from_utf8_lossy(slice(&bytes, at + 46, name_length)?).into_owned();
        if name.ends_with(".json") {
            if name.starts_with("common/message/") {
                messages.push(Entry {
                    text: read_text(&bytes, at)?,
                    name,
                });
            } else if name.starts_with("common/metadata/") {
                metadata.push(Entry {
                    text: read_text(&bytes, at)?,
                    name,
                });
            }
        }
        at += 46 + name_length + extra_length + comment_length;
    }
    Ok(if metadata.is_empty() {
        messages
    } else {
        metadata
    })
}

/// Number of entries of the directory, and its position.
fn directory(bytes: &[u8]) -> io::Result<(usize, usize)> {
    let last = bytes.len().saturating_sub(22);
    for at in (0..=last).rev() {
        if u32_at(bytes, at)? == END_OF_DIRECTORY {
            return Ok((
                usize::from(u16_at(bytes, at + 10)?),
                u32_at(bytes, at + 16)? as usize,
            ));
        }
    }
    Err(malformed("no end of directory"))
}

fn read_text(bytes: &[u8], directory_entry: usize) -> io::Result<String> {
    let method = u16_at(bytes, directory_entry + 10)?;
    let packed_length = u32_at(bytes, directory_entry + 20)? as usize;
    let local = u32_at(bytes, directory_entry + 42)? as usize;
    let name_length = usize::from(u16_at(bytes, local + 26)?);
    let extra_length = usize::from(u16_at(bytes, local + 28)?);
    let packed = slice(
        bytes,
        local + 30 + name_length + extra_length,
        packed_length,
    )?;
    let mut text = String::new();
    match method {
        STORED => text.push_str(std::str::from_utf8(packed).map_err(io::Error::other)?),
        DEFLATED => {
            flate2::read::DeflateDecoder::new(packed).read_to_string(&mut text)?;
        }
        _ => return Err(malformed("an entry is packed in an unknown way")),
    }
    Ok(text)
}

fn slice(bytes: &[u8], at: usize, length: usize) -> io::Result<&[u8]> {
    bytes
        .get(at..at + length)
        .ok_or_else(|| malformed("the file ends too early"))
}

fn u16_at(bytes: &[u8], at: usize) -> io::Result<u16> {
    let pair = slice(bytes, at, 2)?;
    Ok(u16::from_le_bytes([pair[0], pair[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> io::Result<u32> {
    Ok(u32::from(u16_at(bytes, at)?) | u32::from(u16_at(bytes, at + 2)?) << 16)
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
