//! `partition.metadata`: the id of the topic that a partition directory belongs to.
//!
//! A topic that is deleted and created again has another id, so that old data is not used for it.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use io::{Disk, OpenMode};
use wire::Uuid;

use crate::file_name::PARTITION_METADATA;

/// Creates a partition's directory and writes the topic's id into it.
///
/// In a new directory both are durable once the log's first batch is synced; before that, there are
/// no records that could be mixed up. In an existing directory the file is durable at once.
///
/// # Errors
/// Errors of writing.
pub fn write(disk: &Disk, dir: &Path, topic_id: Uuid) -> Result<()> {
    let path = dir.join(PARTITION_METADATA);
    let content = format!("version: 0\ntopic_id: {topic_id}");
    if disk.try_exists(dir)? {
        return disk.write_atomic(&path, content.as_bytes());
    }
    disk.create_dir_all(dir)?;
    let file = disk.open(&path, OpenMode::Truncate)?;
    file.write_all_at(0, content.as_bytes())
}

/// Reads the topic's id. `None` if there is no file, or a crash has left it empty.
///
/// # Errors
/// `InvalidData` if there is no id in it; errors of reading.
pub fn read(disk: &Disk, dir: &Path) -> Result<Option<Uuid>> {
    let path = dir.join(PARTITION_METADATA);
    let content = match disk.read(&path) {
        Ok(content) => content,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if content.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&content);
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.trim().strip_prefix(':'))
    };
    let version_known = field("version").is_some_and(|version| version.trim() == "0");
    match field("topic_id").and_then(|id| id.trim().parse().ok()) {
        Some(id) if version_known => Ok(Some(id)),
        _ => Err(Error::new(
            ErrorKind::InvalidData,
            format!(
                "{} does not name a topic id; restore it from a copy, or delete it if the records \
                 beside it are this topic's",
                path.display()
            ),
        )),
    }
}
