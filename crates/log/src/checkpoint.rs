//! Checkpoints: small text files that hold offsets. A version, a count, then one entry per line.
//!
//! They are replaced as a whole and atomically. A malformed file is an error that names it; the
//! caller decides how to continue without it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use io::Disk;
use wire::TopicPartition;

/// File of the recovery points: offsets below are synced in the segments.
pub const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";
/// File of the log start offsets.
pub const LOG_STARTS: &str = "log-start-offset-checkpoint";
/// File of the high watermarks.
pub const HIGH_WATERMARKS: &str = "replication-offset-checkpoint";
/// File of the cleaner points: offsets below are compacted.
pub const CLEANER_POINTS: &str = "cleaner-offset-checkpoint";

const VERSION: &str = "0";

/// Reads a checkpoint of one offset per partition. A missing file and an empty one have no
/// entries (as in Kafka's `CheckpointFile`).
///
/// # Errors
/// `InvalidData` with the malformed line; errors of reading.
pub fn read_offsets(disk: &Disk, path: &Path) -> Result<BTreeMap<TopicPartition, i64>> {
    let mut offsets = BTreeMap::new();
    for fields in read_lines(disk, path)? {
        let entry = match &fields.split(' ').collect::<Vec<_>>()[..] {
            [topic, partition, offset] => {
                partition
                    .parse()
                    .ok()
                    .zip(offset.parse().ok())
                    .map(|(partition, offset)| {
                        (
                            TopicPartition {
                                topic: (*topic).into(),
                                partition,
                            },
                            offset,
                        )
                    })
            }
            _ => None,
        };
        let (partition, offset) = entry.ok_or_else(|| malformed(path, &fields))?;
        offsets.insert(partition, offset);
    }
    Ok(offsets)
}

/// Replaces a checkpoint of one offset per partition.
///
/// # Errors
/// Errors of writing. The old content is kept then.
pub fn write_offsets(
    disk: &Disk,
    path: &Path,
    offsets: &BTreeMap<TopicPartition, i64>,
) -> Result<()> {
    let mut text = format!("{VERSION}\n{}\n", offsets.len());
    for (partition, offset) in offsets {
        writeln!(
            text,
            "{} {} {offset}",
            &*partition.topic, partition.partition
        )
        .expect("writing to a string does not fail");
    }
    disk.write_atomic(path, text.as_bytes())
}

/// Reads a checkpoint of leader epochs and their start offsets.
///
/// # Errors
/// As [`read_offsets`].
pub fn read_epochs(disk: &Disk, path: &Path) -> Result<Vec<(i32, i64)>> {
    let mut epochs = Vec::new();
    for fields in read_lines(disk, path)? {
        let entry = fields
            .split_once(' ')
            .and_then(|(epoch, offset)| epoch.parse().ok().zip(offset.parse().ok()));
        epochs.push(entry.ok_or_else(|| malformed(path, &fields))?);
    }
    Ok(epochs)
}

/// Replaces a checkpoint of leader epochs.
///
/// # Errors
/// As [`write_offsets`].
pub fn write_epochs(disk: &Disk, path: &Path, epochs: &[(i32, i64)]) -> Result<()> {
    disk.write_atomic(path, encode_epochs(epochs).as_bytes())
}

/// The content of a checkpoint of leader epochs.
pub(crate) fn encode_epochs(epochs: &[(i32, i64)]) -> String {
    let mut text = format!("{VERSION}\n{}\n", epochs.len());
    for (epoch, offset) in epochs {
        writeln!(text, "{epoch} {offset}").expect("writing to a string does not fail");
    }
    text
}

fn read_lines(disk: &Disk, path: &Path) -> Result<Vec<String>> {
    let content = match disk.read(path) {
        Ok(content) => content,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    // Kafka creates some of the files at its first start, and writes them later.
    if content.is_empty() {
        return Ok(Vec::new());
    }
    let text = std::str::from_utf8(&content).map_err(|_| malformed(path, "bytes, not text"))?;
    let mut lines = text.lines();
    let version = lines.next().unwrap_or_default();
    if version.trim() != VERSION {
        return Err(malformed(path, version));
    }
    let count = lines.next().unwrap_or_default();
    let expected: usize = count.trim().parse().map_err(|_| malformed(path, count))?;
    let entries: Vec<String> = lines
        .map(|line| line.trim().to_string())
        .filter(|line| !line.is_empty())
        .collect();
    if entries.len() != expected {
        return Err(malformed(
            path,
            &format!("{count} entries, {} found", entries.len()),
        ));
    }
    Ok(entries)
}

fn malformed(path: &Path, what: &str) -> Error {
    Error::new(
        ErrorKind::InvalidData,
        format!("malformed checkpoint {}: {what:?}", path.display()),
    )
}
