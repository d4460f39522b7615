//! The files of a partition that a crash has left, as far as promises depend on them.

use std::io::{ErrorKind, Result};
use std::path::Path;

use io::Disk;

use super::DATA;
use super::promises::Partition;

/// The offsets that the files of a partition tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Survivors {
    /// Offset of the first segment; 0 without segments.
    first_segment: i64,
    /// The checkpointed log start; 0 without a checkpoint.
    checkpointed_start: i64,
    /// The checkpointed recovery point: offsets below are synced. 0 without a checkpoint.
    pub(super) recovery_point: i64,
}

impl Survivors {
    /// Reads the files of a broker that does not run.
    ///
    /// # Errors
    /// Of reading.
    pub(super) fn read(disk: &Disk, partition: Partition) -> Result<Survivors> {
        Ok(Survivors {
            first_segment: first_segment(disk, partition)?,
            checkpointed_start: checkpoint(disk, "log-start-offset-checkpoint", partition)?,
            recovery_point: checkpoint(disk, "recovery-point-offset-checkpoint", partition)?,
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

fn first_segment(disk: &Disk, (topic, number): Partition) -> Result<i64> {
    let dir = Path::new(DATA).join(format!("{topic}-{number}"));
    let entries = match disk.read_dir(&dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let offsets = entries.iter().filter_map(|entry| {
        let name = entry.name.as_str();
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
