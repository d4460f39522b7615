//! Background tasks: recovery, the sync threads, retention, the cleaner, delayed syncs, checkpoints.
//! Also closes all logs when the broker stops.
//!
//! A panic in any of these tasks aborts the process. Otherwise the broker would keep running and, for
//! example, never sync again.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use io::{Clock, Io, Pool, Task, Tasks};
use log::Log;
use log::removal::DeletedFile;
use log::trusted_time::{Clocks, Jump, TrustedTime};
use tokio::sync::mpsc;

use crate::cleaner;
use crate::config::BrokerConfig;
use crate::event::OneTimeEvent;
use crate::partition::directories::Directories;
use crate::partition::{Partition, Partitions, maintenance, sync};
use crate::runtime::controller::Controller;
use crate::runtime::metadata_cache::MetadataCache;

/// The time between two checks for delayed syncs (`flush.ms`).
const FLUSH_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// The time between two checks of the free space.
const SPACE_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// How many logs are queued for recovery at a time. The pool bounds how many are opened at a time.
const RECOVERY_QUEUE: usize = 4;

/// Starts all tasks. `failure` happens when a log directory has failed that the broker cannot run
/// without.
pub(crate) fn start(
    io: &Io,
    config: &BrokerConfig,
    partitions: &Arc<Partitions>,
    directories: &Arc<Directories>,
    metadata: &Arc<MetadataCache>,
    failure: &OneTimeEvent<String>,
) -> Vec<Task> {
    let tasks = &io.tasks;
    let all = || Arc::clone(partitions);
    let all_directories = || Arc::clone(directories);
    let mut started = Vec::new();
    for directory in directories.live() {
        started.push(tasks.spawn_critical_thread("log-sync", sync::run(directory)));
    }
    started.push(tasks.spawn_critical("recovery", recover(io.clone(), all())));
    let failing = fail_partitions(tasks.clone(), all(), all_directories(), failure.clone());
    started.push(tasks.spawn_critical("log-dir-failure", failing));
    let interval = Duration::from_millis(config.retention_check_interval_ms.max(1) as u64);
    let (to_remove, deleted) = mpsc::unbounded_channel();
    let retaining = apply_retention(io.clock.clone(), all(), interval, to_remove);
    started.push(tasks.spawn_critical("retention", retaining));
    let removing = maintenance::remove_received(io.clone(), deleted);
    started.push(tasks.spawn_critical("remove deleted segments", removing));
    for _ in 0..config.cleaner.threads {
        let cleaning = cleaner::run(io.clone(), config.cleaner, all());
        started.push(tasks.spawn_critical_thread("log-cleaner", cleaning));
    }
    started.push(tasks.spawn_critical("flush", flush(io.clock.clone(), all())));
    let checking = check_free_space(io.clone(), all_directories());
    started.push(tasks.spawn_critical("disk-space", checking));
    let interval = Duration::from_millis(config.checkpoint_interval_ms as u64);
    let metadata = Arc::clone(metadata);
    let writing = write_checkpoints(io.clone(), all(), all_directories(), metadata, interval);
    started.push(tasks.spawn_critical("checkpoints", writing));
    started
}

/// After a crash, opens the logs that no request has opened yet, several at a time, and closes them
/// when the files are durable. Requests do not wait for this: they open the log they need.
async fn recover(io: Io, partitions: Arc<Partitions>) {
    let tasks = &io.tasks;
    let unclean = partitions
        .all()
        .into_iter()
        .filter(|partition| !partition.directory().was_cleanly_shut_down());
    let opened: Vec<_> = stream::iter(unclean)
        .map(|partition| {
            let opening = move || partition.recover().then_some(partition);
            tasks.blocking(Pool::Background, opening)
        })
        .buffer_unordered(RECOVERY_QUEUE)
        .collect()
        .await;
    let now_ms = io.clock.now_ms();
    for partition in opened.into_iter().flatten() {
        let closing = move || partition.close_if_unused(now_ms);
        tasks.blocking(Pool::Background, closing).await;
    }
}

/// Takes the partitions of failed log directories offline, and reports a failure if the node cannot
/// run without a directory that has failed.
async fn fail_partitions(
    tasks: Tasks,
    partitions: Arc<Partitions>,
    directories: Arc<Directories>,
    failure: OneTimeEvent<String>,
) {
    loop {
        directories.failed().await;
        let all = partitions.all();
        let logs = all.iter().filter_map(|of| of.fail_if_directory_offline());
        let logs: Vec<Box<Log>> = logs.collect();
        // Closing the files of a device that has failed may take long. Nothing waits for it.
        tasks.spawn_blocking("close failed logs", Pool::Background, move || drop(logs));
        if let Some(why) = directories.fatal_failure() {
            failure.happen(why);
        }
    }
}

/// Applies retention to one partition after another. `to_remove` gets the files of deleted segments.
async fn apply_retention(
    clock: Clock,
    partitions: Arc<Partitions>,
    interval: Duration,
    to_remove: mpsc::UnboundedSender<Vec<DeletedFile>>,
) {
    let clocks = || Clocks {
        wall_ms: clock.now_ms(),
        elapsed: clock.elapsed(),
    };
    let mut time = TrustedTime::new(clocks());
    loop {
        clock.sleep(interval).await;
        for partition in partitions.all() {
            let (now_ms, jump) = time.read(clocks());
            if let Some(jump) = jump {
                log_jump(jump);
            }
            let deleted = partition.apply_retention(now_ms).await;
            if !deleted.is_empty() {
                // Fails only while the broker stops; the next open of the log removes the files.
                let _ = to_remove.send(deleted);
            }
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
        Jump::Back => tracing::info!("the clock, which had jumped ahead, was corrected"),
        Jump::Accepted => tracing::warn!(
            "the clock jumped ahead a day ago: retention by time uses the new time now"
        ),
    }
}

async fn flush(clock: Clock, partitions: Arc<Partitions>) {
    loop {
        clock.sleep(FLUSH_CHECK_INTERVAL).await;
        let now_ms = clock.now_ms();
        for partition in partitions.all() {
            partition.sync_if_due(now_ms);
        }
    }
}

async fn check_free_space(io: Io, directories: Arc<Directories>) {
    loop {
        for directory in directories.live() {
            io.tasks
                .blocking(Pool::Background, move || directory.check_free_space())
                .await;
        }
        io.clock.sleep(SPACE_CHECK_INTERVAL).await;
    }
}

async fn write_checkpoints(
    io: Io,
    partitions: Arc<Partitions>,
    directories: Arc<Directories>,
    metadata: Arc<MetadataCache>,
    interval: Duration,
) {
    loop {
        io.clock.sleep(interval).await;
        for partition in partitions.all() {
            partition.note_checkpoint();
        }
        note_metadata(&directories, &metadata);
        for directory in directories.live() {
            io.tasks
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
fn note_metadata(directories: &Directories, metadata: &MetadataCache) {
    if let Some(directory) = directories.with_metadata() {
        directory.note_metadata(metadata.image().last_offset() + 1);
    }
}

/// Closes every log and marks the directories as cleanly shut down. Blocks on the disk.
pub(crate) fn close(
    node_id: i32,
    partitions: &Partitions,
    directories: &Directories,
    metadata: &MetadataCache,
    controller: &Controller,
) {
    let image = metadata.image();
    let broker = image.cluster().brokers().get(&node_id);
    let epoch = broker.map_or(-1, |broker| broker.epoch);
    let metadata_closed = controller.close();
    note_metadata(directories, metadata);
    let partitions = partitions.all();
    for directory in directories.live() {
        let with_metadata = directories.with_metadata();
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
    if metadata_closed && let Err(e) = directories.mark_metadata_clean(epoch) {
        tracing::warn!("cannot mark a clean shutdown: {e}");
    }
}
