//! Files of metadata snapshots: when one is written, which ones are read and deleted.
//! `metadata::snapshot` knows their contents.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use io::{Disk, Io, Pool};
use log::file_name;
use metadata::MetadataImage;
use metadata::snapshot::{self, SnapshotFile, SnapshotId, SnapshotPolicy, SnapshotRetention};
use parking_lot::Mutex;

use super::controller::Controller;
use super::metadata_cache::MetadataCache;
use super::metadata_log::MetadataLog;
use crate::partition::deletion::Deletions;
use crate::partition::directories::Directories;

/// How often the policy is checked.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// The pause after a snapshot that could not be written.
const RETRY_PAUSE: Duration = Duration::from_secs(10);

/// The snapshots in a directory, oldest first.
///
/// # Errors
/// Errors of listing the directory.
pub(super) fn list(disk: &Disk, dir: &Path) -> std::io::Result<Vec<SnapshotFile>> {
    let mut files: Vec<SnapshotFile> = disk
        .read_dir(dir)?
        .into_iter()
        .filter_map(|entry| {
            let (end_offset, epoch) = file_name::parse_metadata_snapshot(&entry.name)?;
            Some(SnapshotFile {
                id: SnapshotId { end_offset, epoch },
                size: entry.len,
                written_ms: entry.modified_ms,
            })
        })
        .collect();
    files.sort_by_key(|file| file.id);
    Ok(files)
}

/// The image of the newest complete snapshot; the empty image if there is none.
///
/// A snapshot that is not complete is skipped with a warning: an older snapshot and the log may
/// still contain all records.
///
/// # Errors
/// Errors of listing the directory.
pub(super) fn newest(disk: &Disk, dir: &Path) -> std::io::Result<MetadataImage> {
    for file in list(disk, dir)?.into_iter().rev() {
        let path = dir.join(file.id.file_name());
        let read = disk.read(&path).map_err(|e| e.to_string());
        match read.and_then(|bytes| snapshot::decode(bytes, file.id)) {
            Ok(image) => return Ok(image),
            Err(e) => tracing::warn!("skipping metadata snapshot {}: {e}", path.display()),
        }
    }
    Ok(MetadataImage::empty())
}

/// Writes snapshots of the published metadata by a policy, and deletes old ones and the log before
/// them.
pub(crate) struct Snapshots {
    pub(crate) io: Io,
    pub(crate) controller: Arc<Controller>,
    pub(crate) metadata: Arc<MetadataCache>,
    pub(crate) deletions: Arc<Deletions>,
    pub(crate) directories: Arc<Directories>,
    pub(crate) policy: SnapshotPolicy,
    pub(crate) retention: SnapshotRetention,
}

impl Snapshots {
    /// Runs until it is aborted.
    pub(crate) async fn run(self) {
        let clock = &self.io.clock;
        let mut last = clock.elapsed();
        loop {
            clock.sleep(CHECK_INTERVAL).await;
            let elapsed_ms = (clock.elapsed() - last).as_millis() as i64;
            let log = Arc::clone(self.controller.log());
            let bytes = self.controller.bytes_since_snapshot();
            if !self.policy.is_due(bytes, elapsed_ms) {
                continue;
            }
            let began = clock.elapsed();
            let image = self.metadata.image();
            // After a crash, a start finishes only the deletions that are in the log after the
            // newest snapshot.
            self.deletions.all_renamed().await;
            let (disk, retention) = (self.io.disk.clone(), self.retention);
            let now_ms = clock.now_ms();
            let writing = move || write(&disk, &log, &image, retention, now_ms);
            match self.io.tasks.blocking(Pool::Background, writing).await {
                Ok(()) => {
                    last = began;
                    self.controller.note_snapshot(bytes);
                }
                Err(e) => {
                    tracing::warn!("cannot write a snapshot of the metadata log: {e}");
                    if io::is_device_failure(&e) {
                        self.directories.metadata_failed(e.to_string());
                    }
                    clock.sleep(RETRY_PAUSE).await;
                }
            }
        }
    }
}

/// Writes a snapshot, then deletes what retention allows. Blocks on the disk.
fn write(
    disk: &Disk,
    log: &Mutex<MetadataLog>,
    image: &MetadataImage,
    retention: SnapshotRetention,
    now_ms: i64,
) -> std::io::Result<()> {
    let dir: PathBuf = log.lock().dir().to_owned();
    let id = SnapshotId::of(image);
    let bytes = snapshot::encode(image, now_ms);
    disk.write_atomic(&dir.join(id.file_name()), &bytes)?;
    tracing::info!(
        end_offset = id.end_offset,
        bytes = bytes.len(),
        "wrote a metadata snapshot"
    );
    let files = list(disk, &dir)?;
    let log_bytes = log.lock().size();
    let (expired, kept) = files.split_at(retention.expired(&files, log_bytes, now_ms));
    for file in expired {
        disk.remove_file(&dir.join(file.id.file_name()))?;
    }
    if let (Some(_), Some(oldest)) = (expired.last(), kept.first()) {
        log.lock().delete_before(oldest.id.end_offset, now_ms)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use io::sim::Sim;
    use metadata::MetadataRecord;
    use wire::Uuid;
    use wire::records::metadata::TopicRecord;

    const DIR: &str = "/data";

    /// An image that ends before `end_offset` and has this topic.
    fn image(topic: &str, end_offset: i64, epoch: i32) -> MetadataImage {
        let record = MetadataRecord::Topic(TopicRecord {
            name: topic.into(),
            topic_id: Uuid([topic.len() as u8; 16]),
        });
        MetadataImage::empty()
            .apply(&[record], end_offset - 1, epoch)
            .expect("an empty image has no such topic")
    }

    fn newest_of(files: &[(String, Vec<u8>)]) -> MetadataImage {
        let disk = Sim::new(7).io().disk;
        let dir = Path::new(DIR);
        disk.create_dir_all(dir).expect("made");
        for (name, content) in files {
            disk.write_atomic(&dir.join(name), content)
                .expect("written");
        }
        newest(&disk, dir).expect("listed")
    }

    fn file(image: &MetadataImage) -> (String, Vec<u8>) {
        let name = SnapshotId::of(image).file_name();
        (name, snapshot::encode(image, 5).to_vec())
    }

    #[test]
    fn the_newest_complete_snapshot_is_read() {
        let (old, new) = (image("old", 50, 2), image("newer", 117, 3));
        let unfinished = (
            "00000000000000000200-0000000003.checkpoint.part".to_owned(),
            file(&new).1,
        );
        assert_eq!(newest_of(&[file(&old), file(&new), unfinished]), new);
        for length in 0..file(&new).1.len() {
            let (name, bytes) = file(&new);
            let cut = (name, bytes[..length].to_vec());
            assert_eq!(newest_of(&[file(&old), cut.clone()]), old, "{length} bytes");
            if length == 0 {
                assert_eq!(newest_of(&[cut]), MetadataImage::empty());
            }
        }
    }
}
