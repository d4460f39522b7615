//! Deletion of partitions whose topic was deleted.
//!
//! One task handles all topics that were deleted since it last ran together: it takes their
//! partitions out of service, writes each checkpoint file once and renames the directories
//! (`-delete`). Another task removes the files after `file.delete.delay.ms`, little by little.
//!
//! A crash in between loses nothing: the next start finds directories of deleted topics
//! ([`Directories::finish_deletions`](super::directories::Directories::finish_deletions)) and
//! `-delete` directories, and deletes both.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use io::{Disk, Io, Pool, Task};
use log::removal::FilesInUse;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use wire::{StrBytes, TopicPartition};

use super::Partition;
use super::directory::Directory;
use super::maintenance::remove_files;
use crate::progress::Progress;

/// The deletions in progress.
#[derive(Debug)]
pub(crate) struct Deletions {
    /// One entry per deleted topic.
    queue: mpsc::UnboundedSender<DeletedTopic>,
    submitted: Mutex<Submitted>,
    /// Number of the last topic whose directories were renamed.
    renamed: Progress,
}

#[derive(Debug, Default)]
struct Submitted {
    /// Number of the last submitted topic; the first is 1.
    last: i64,
    /// The last number of each topic name whose directories may not be renamed yet.
    by_name: BTreeMap<StrBytes, i64>,
}

/// A deleted topic and its partitions on this node.
#[derive(Debug)]
struct DeletedTopic {
    number: i64,
    partitions: Vec<Arc<Partition>>,
    file_delete_delay: Duration,
}

/// Directories of deleted partitions, renamed to `-delete`.
#[derive(Debug)]
struct RenamedDirectories {
    file_delete_delay: Duration,
    directories: Vec<RenamedDirectory>,
}

/// A directory of a deleted partition, renamed to `-delete`.
#[derive(Debug)]
pub(crate) struct RenamedDirectory {
    /// The disk as the log directory uses it.
    pub disk: Disk,
    /// The path after renaming.
    pub path: PathBuf,
    /// Files in it that others still read or sync.
    pub in_use: FilesInUse,
}

impl Deletions {
    /// Starts the tasks. `leftovers` are directories whose deletion an earlier run did not finish.
    pub(crate) fn start(io: &Io, leftovers: Vec<RenamedDirectory>) -> (Arc<Deletions>, Vec<Task>) {
        let (queue, submitted) = mpsc::unbounded_channel();
        let (to_remove, renamed) = mpsc::unbounded_channel();
        let deletions = Arc::new(Deletions {
            queue,
            submitted: Mutex::default(),
            renamed: Progress::new(0),
        });
        let leftovers = RenamedDirectories {
            file_delete_delay: Duration::ZERO,
            directories: leftovers,
        };
        let _ = to_remove.send(leftovers);
        let renaming = rename_submitted(io.clone(), Arc::clone(&deletions), submitted, to_remove);
        let removing = remove_renamed(io.clone(), renamed);
        let tasks = vec![
            io.tasks
                .spawn_critical("rename deleted partitions", renaming),
            io.tasks
                .spawn_critical("remove deleted partitions", removing),
        ];
        (deletions, tasks)
    }

    /// Starts the deletion of a topic's partitions. They are already out of the partition table.
    pub(crate) fn submit(
        &self,
        topic: &StrBytes,
        partitions: Vec<Arc<Partition>>,
        file_delete_delay: Duration,
    ) {
        let mut submitted = self.submitted.lock();
        submitted.last += 1;
        let number = submitted.last;
        submitted.by_name.insert(topic.clone(), number);
        // Fails only once the broker has stopped; the next start finishes the deletion.
        let _ = self.queue.send(DeletedTopic {
            number,
            partitions,
            file_delete_delay,
        });
    }

    /// Waits until the directories of deleted topics of this name are renamed, so that a new topic
    /// can have the name.
    pub(crate) async fn renamed(&self, topic: &str) {
        let number = self.submitted.lock().by_name.get(topic).copied();
        if let Some(number) = number {
            self.renamed.wait_for(number).await;
        }
    }

    /// Waits until the directories of all topics submitted so far are renamed.
    pub(crate) async fn all_renamed(&self) {
        let last = self.submitted.lock().last;
        self.renamed.wait_for(last).await;
    }

    fn note_renamed(&self, number: i64) {
        let mut submitted = self.submitted.lock();
        submitted.by_name.retain(|_, last| *last > number);
        self.renamed.advance(number);
    }
}

async fn rename_submitted(
    io: Io,
    deletions: Arc<Deletions>,
    mut submitted: mpsc::UnboundedReceiver<DeletedTopic>,
    to_remove: mpsc::UnboundedSender<RenamedDirectories>,
) {
    while let Some(first) = submitted.recv().await {
        let mut topics = vec![first];
        while let Ok(next) = submitted.try_recv() {
            topics.push(next);
        }
        let number = topics.last().map_or(0, |topic| topic.number);
        // A client that creates a topic of the same name waits for it.
        let renamed = io
            .tasks
            .blocking(Pool::Request, move || rename(&topics))
            .await;
        deletions.note_renamed(number);
        for directories in renamed {
            let _ = to_remove.send(directories);
        }
    }
}

/// Takes the partitions out of service and renames their directories. Blocks on the disk.
fn rename(topics: &[DeletedTopic]) -> Vec<RenamedDirectories> {
    let mut renamed = Vec::new();
    for (delay, partitions) in by_delay(topics) {
        let mut in_use: BTreeMap<TopicPartition, FilesInUse> = partitions
            .iter()
            .map(|partition| (partition.id().clone(), partition.retire()))
            .collect();
        let mut directories = Vec::new();
        for (directory, ids) in by_directory(&partitions) {
            match directory.rename_deleted(&ids) {
                Ok(renamed) => directories.extend(renamed.into_iter().map(|(id, renamed)| {
                    let in_use = in_use.remove(&id).unwrap_or_default();
                    RenamedDirectory { in_use, ..renamed }
                })),
                // The next start finishes it.
                Err(e) => tracing::warn!(
                    "cannot rename directories of deleted partitions in {}: {e}",
                    directory.path().display()
                ),
            }
        }
        renamed.push(RenamedDirectories {
            file_delete_delay: delay,
            directories,
        });
    }
    renamed
}

fn by_delay(topics: &[DeletedTopic]) -> BTreeMap<Duration, Vec<Arc<Partition>>> {
    let mut by_delay: BTreeMap<Duration, Vec<Arc<Partition>>> = BTreeMap::new();
    for topic in topics {
        let partitions = by_delay.entry(topic.file_delete_delay).or_default();
        partitions.extend(topic.partitions.iter().cloned());
    }
    by_delay
}

fn by_directory(partitions: &[Arc<Partition>]) -> Vec<(Arc<Directory>, Vec<TopicPartition>)> {
    let mut by_directory: Vec<(Arc<Directory>, Vec<TopicPartition>)> = Vec::new();
    for partition in partitions {
        let directory = partition.directory();
        let id = partition.id().clone();
        match by_directory
            .iter_mut()
            .find(|(known, _)| Arc::ptr_eq(known, directory))
        {
            Some((_, ids)) => ids.push(id),
            None => by_directory.push((Arc::clone(directory), vec![id])),
        }
    }
    by_directory
}

/// Removes directories once their delay has passed, one after another.
async fn remove_renamed(io: Io, mut renamed: mpsc::UnboundedReceiver<RenamedDirectories>) {
    // By the monotonic time when the delay has passed; the number makes the keys unique.
    let mut due: BTreeMap<(Duration, u64), Vec<RenamedDirectory>> = BTreeMap::new();
    let mut number = 0;
    loop {
        let now = io.clock.elapsed();
        let next = due.first_key_value().map(|((at, _), _)| *at);
        let wait = next.map_or(Duration::MAX, |at| at.saturating_sub(now));
        if wait.is_zero() {
            if let Some((_, directories)) = due.pop_first() {
                for directory in directories {
                    remove(&io, directory).await;
                }
            }
            continue;
        }
        let more = tokio::select! {
            biased;
            more = renamed.recv() => more,
            () = io.clock.sleep(wait.min(MAX_SLEEP)) => continue,
        };
        let Some(more) = more else { return };
        number += 1;
        let at = io.clock.elapsed().saturating_add(more.file_delete_delay);
        due.insert((at, number), more.directories);
    }
}

/// The longest time to sleep at once. Some timers do not accept an unlimited time.
const MAX_SLEEP: Duration = Duration::from_secs(3600);

async fn remove(io: &Io, directory: RenamedDirectory) {
    let RenamedDirectory {
        disk, path, in_use, ..
    } = directory;
    let (listing, dir) = (disk.clone(), path.clone());
    let files = io.tasks.blocking(Pool::Background, move || {
        let listed = listing.read_dir(&dir).unwrap_or_default();
        let file = |name: &str| in_use.deleted_file(&dir, name);
        listed.iter().map(|entry| file(&entry.name)).collect()
    });
    remove_files(io, files.await).await;
    let removing = move || {
        if let Err(e) = disk.remove_dir_all(&path) {
            // The next start tries again.
            tracing::warn!("cannot remove {}: {e}", path.display());
        }
    };
    io.tasks.blocking(Pool::Background, removing).await;
}
