//! Work that no request asks for: recovery, the sync threads, retention, the cleaner, delayed syncs,
//! checkpoints; closing at the end.
//!
//! A panic in any of these tasks aborts the process. Without it the broker would run on and, for
//! example, never sync again.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use io::{Pool, Task};
use log::trusted_time::{Clocks, Jump, TrustedTime};

use crate::cleaner;
use crate::node::Node;
use crate::partition::{Partition, sync};

/// The time between two checks for delayed syncs (`flush.ms`).
const FLUSH_CHECK: Duration = Duration::from_secs(1);

/// The time between two checks of the free space.
const SPACE_CHECK: Duration = Duration::from_secs(1);

/// How many logs are queued for recovery at a time. The pool bounds how many are opened at a time.
const RECOVERY_QUEUE: usize = 4;

/// Starts all tasks.
pub(crate) fn start(node: &Arc<Node>) -> Vec<Task> {
    let tasks = &node.io.tasks;
    let mut started = Vec::new();
    for directory in node.directories.live() {
        started.push(tasks.spawn_critical_thread("log-sync", sync::run(directory)));
    }
    started.push(tasks.spawn_critical("recovery", recover(Arc::clone(node))));
    started.push(tasks.spawn_critical("log-dir-failure", fail_partitions(Arc::clone(node))));
    node.groups.start();
    started.push(tasks.spawn_critical("retention", apply_retention(Arc::clone(node))));
    for _ in 0..node.config.cleaner.threads {
        started.push(tasks.spawn_critical_thread("log-cleaner", cleaner::run(Arc::clone(node))));
    }
    started.push(tasks.spawn_critical("flush", flush(Arc::clone(node))));
    started.push(tasks.spawn_critical("disk-space", check_free_space(Arc::clone(node))));
    started.push(tasks.spawn_critical("checkpoints", write_checkpoints(Arc::clone(node))));
    started
}

/// After a crash, opens the logs that no request has opened yet, several at a time, and closes them
/// when the files are durable. Requests do not wait for this: they open the log they need.
async fn recover(node: Arc<Node>) {
    let tasks = &node.io.tasks;
    let partitions = node.partitions.all().into_iter();
    let unclean = partitions.filter(|partition| !partition.directory().was_cleanly_shut_down());
    let opened: Vec<_> = stream::iter(unclean)
        .map(|partition| {
            let opening = move || partition.recover().then_some(partition);
            tasks.blocking(Pool::Background, opening)
        })
        .buffer_unordered(RECOVERY_QUEUE)
        .collect()
        .await;
    let now_ms = node.io.clock.now_ms();
    for partition in opened.into_iter().flatten() {
        let closing = move || partition.close_if_unused(now_ms);
        tasks.blocking(Pool::Background, closing).await;
    }
}

/// Takes partitions offline with their log directory, and stops the node if it cannot go on without
/// the directory.
async fn fail_partitions(node: Arc<Node>) {
    loop {
        node.directories.failed().await;
        for partition in node.partitions.all() {
            partition.fail_if_directory_offline();
        }
        if let Some(why) = node.directories.fatal_failure() {
            node.fail(why);
        }
    }
}

async fn apply_retention(node: Arc<Node>) {
    let clock = node.io.clock.clone();
    let clocks = || Clocks {
        wall_ms: clock.now_ms(),
        elapsed: clock.elapsed(),
    };
    let mut time = TrustedTime::new(clocks());
    let interval = Duration::from_millis(node.config.retention_check_interval_ms.max(1) as u64);
    loop {
        clock.sleep(interval).await;
        let (now_ms, jump) = time.read(clocks());
        if let Some(jump) = jump {
            log_jump(jump);
        }
        for partition in node.partitions.all() {
            partition.apply_retention(now_ms).await;
        }
    }
}

fn log_jump(jump: Jump) {
    match jump {
        Jump::Ahead(by_ms) => tracing::error!(
            "the clock has jumped ahead by {} s: retention by time does not use the new time for a \
             day; correct the clock",
            by_ms / 1000
        ),
        Jump::Back => tracing::info!("the clock that had jumped ahead was corrected"),
        Jump::Accepted => tracing::warn!(
            "the clock jumped ahead a day ago: retention by time uses the new time now"
        ),
    }
}

async fn flush(node: Arc<Node>) {
    loop {
        node.io.clock.sleep(FLUSH_CHECK).await;
        let now_ms = node.io.clock.now_ms();
        for partition in node.partitions.all() {
            partition.sync_if_due(now_ms);
        }
    }
}

async fn check_free_space(node: Arc<Node>) {
    loop {
        for directory in node.directories.live() {
            node.io
                .tasks
                .blocking(Pool::Background, move || directory.check_free_space())
                .await;
        }
        node.io.clock.sleep(SPACE_CHECK).await;
    }
}

async fn write_checkpoints(node: Arc<Node>) {
    let interval = Duration::from_millis(node.config.checkpoint_interval_ms as u64);
    loop {
        node.io.clock.sleep(interval).await;
        for partition in node.partitions.all() {
            partition.note_checkpoint();
        }
        note_metadata(&node);
        for directory in node.directories.live() {
            node.io
                .tasks
                .blocking(Pool::Sync, move || {
                    if let Err(e) = directory.write_checkpoints() {
                        tracing::warn!("cannot write checkpoints: {e}");
                    }
                })
                .await;
        }
    }
}

/// Notes the end of the image: its records were synced before it was published.
fn note_metadata(node: &Node) {
    if let Some(directory) = node.directories.with_metadata() {
        directory.note_metadata(node.image().last_offset() + 1);
    }
}

/// Closes every log and marks the directories as cleanly shut down. Blocks on the disk.
pub(crate) fn close(node: &Node) {
    let broker = node
        .image()
        .cluster()
        .brokers()
        .get(&node.config.node_id)
        .map(|b| b.epoch);
    let epoch = broker.unwrap_or(-1);
    let metadata_closed = node.controller.close();
    note_metadata(node);
    let partitions = node.partitions.all();
    for directory in node.directories.live() {
        let with_metadata = node.directories.with_metadata();
        let has_metadata =
            with_metadata.is_some_and(|with_metadata| Arc::ptr_eq(with_metadata, &directory));
        let mut all_closed =
            directory.sync_recovered_files().is_ok() && (metadata_closed || !has_metadata);
        let in_here = |partition: &&Arc<Partition>| Arc::ptr_eq(partition.directory(), &directory);
        for partition in partitions.iter().filter(in_here) {
            all_closed &= partition.stop();
        }
        directory.sync_queue().clear();
        let marked = directory
            .write_checkpoints()
            .and_then(|()| match all_closed {
                true => directory.mark_clean_shutdown(epoch),
                false => Ok(()),
            });
        if let Err(e) = marked {
            tracing::warn!("cannot mark a clean shutdown: {e}");
        }
    }
    if metadata_closed && let Err(e) = node.directories.mark_metadata_clean(epoch) {
        tracing::warn!("cannot mark a clean shutdown: {e}");
    }
}
