//! The files of a partition that a crash has left, as far as promises depend on them.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use io::Disk;
use wire::record_batch::{RecordBatch, batches};

use super::promises::Partition;
use super::{DATA, RELAXED};

/// The offsets that the files of a partition tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FilesLeft {
    /// Offset of the first segment; 0 without segments.
    first_segment: i64,
    /// The checkpointed log start; 0 without a checkpoint.
    checkpointed_start: i64,
    /// The checkpointed recovery point: offsets below are synced. 0 without a checkpoint.
    pub(super) recovery_point: i64,
    /// Values by offset: in each segment, the records before the first damaged batch.
    pub(super) intact: BTreeMap<i64, Bytes>,
}

impl FilesLeft {
    /// Reads the files of a broker that does not run.
    ///
    /// # Errors
    /// Of reading.
    pub(super) fn read(disk: &Disk, partition: Partition) -> Result<FilesLeft> {
        Ok(FilesLeft {
            first_segment: first_segment(disk, partition)?,
            checkpointed_start: checkpoint(disk, "log-start-offset-checkpoint", partition)?,
            recovery_point: checkpoint(disk, "recovery-point-offset-checkpoint", partition)?,
            intact: intact(disk, partition)?,
        })
    }

    /// Where the log starts when it is opened.
    pub(super) fn log_start(&self) -> i64 {
        self.first_segment.max(self.checkpointed_start)
    }
}

/// Whether the broker has stopped cleanly: it has closed every log, and the next start has nothing to
/// recover.
pub(super) fn are_closed(disk: &Disk) -> bool {
    disk.exists(&Path::new(DATA).join(".kafka_cleanshutdown"))
}

fn dir_of((topic, number): Partition) -> PathBuf {
    Path::new(DATA).join(format!("{topic}-{number}"))
}

/// The names in a partition's directory; none if it does not exist.
fn names(disk: &Disk, partition: Partition) -> Result<Vec<String>> {
    match disk.read_dir(&dir_of(partition)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        entries => Ok(entries?.into_iter().map(|entry| entry.name).collect()),
    }
}

/// The segments of a partition, oldest first.
pub(super) fn segments(disk: &Disk, partition: Partition) -> Result<Vec<PathBuf>> {
    let mut segments = names(disk, partition)?;
    segments.retain(|name| name.ends_with(".log"));
    segments.sort();
    let dir = dir_of(partition);
    Ok(segments.into_iter().map(|name| dir.join(name)).collect())
}

/// The records of a relaxed topic that are whole; none of other topics, whose records are in the redo
/// log, too.
pub(super) fn intact(disk: &Disk, partition: Partition) -> Result<BTreeMap<i64, Bytes>> {
    let mut found = BTreeMap::new();
    if partition.0 != RELAXED {
        return Ok(found);
    }
    for segment in segments(disk, partition)? {
        let bytes = disk.read(&segment)?;
        let good = batches(bytes)
            .map_while(std::result::Result::ok)
            .take_while(|batch| batch.check_crc().is_ok());
        for batch in good {
            found.extend(records_of(&batch));
        }
    }
    Ok(found)
}

/// The values of a batch whose checksum is right, by offset.
pub(super) fn records_of(batch: &RecordBatch) -> BTreeMap<i64, Bytes> {
    let records = batch.records(usize::MAX).expect("the checksum is right");
    let values = records.map(|record| {
        let record = record.expect("the checksum is right");
        (record.offset, record.value.unwrap_or_default())
    });
    values.collect()
}

fn first_segment(disk: &Disk, partition: Partition) -> Result<i64> {
    let names = names(disk, partition)?;
    let offsets = names.iter().filter_map(|name| {
        // A compacted segment has the second name until it is in its place.
        let digits = name
            .strip_suffix(".log")
            .or_else(|| name.strip_suffix(".log.swap"))?;
        digits.parse().ok()
    });
    Ok(offsets.min().unwrap_or(0))
}

/// The offset of a partition in a checkpoint file, whose lines are `TOPIC PARTITION OFFSET` after
/// two lines with version and count.
fn checkpoint(disk: &Disk, file: &str, (topic, number): Partition) -> Result<i64> {
    let content = match disk.read(&Path::new(DATA).join(file)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        content => content?,
    };
    let content = String::from_utf8_lossy(&content);
    let prefix = format!("{topic} {number} ");
    let offset = content.lines().find_map(|line| line.strip_prefix(&prefix));
    Ok(offset.and_then(|offset| offset.parse().ok()).unwrap_or(0))
}
