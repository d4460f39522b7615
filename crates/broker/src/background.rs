//! What runs without anybody asking: recovery, the sync threads, retention, the cleaner, delayed
//! syncs, checkpoints; closing at the end.

use std::sync::Arc;
use std::time::Duration;

use io::{Pool, Task};
use log::trusted_time::{Clocks, Jump, TrustedTime};

use crate::cleaner;
use crate::node::Node;
use crate::partition::{Partition, sync};

/// How often delayed syncs (`flush.ms`) are looked for.
const FLUSH_CHECK: Duration = Duration::from_secs(1);

/// How often free space is looked at.
const SPACE_CHECK: Duration = Duration::from_secs(1);

/// Starts everything.
pub(crate) fn start(node: &Arc<Node>) -> Vec<Task> {
    let tasks = &node.io.tasks;
    let mut started = Vec::new();
    for directory in node.directories.live() {
        started.push(tasks.spawn_thread("log-sync", sync::run(directory)));
    }
    started.push(tasks.spawn("recovery", recover(Arc::clone(node))));
    started.push(tasks.spawn("log-dir-failure", follow_directories(Arc::clone(node))));
    node.groups.start();
    started.push(tasks.spawn("retention", clean_up(Arc::clone(node))));
    for _ in 0..node.config.cleaner.threads {
        started.push(tasks.spawn_thread("log-cleaner", cleaner::run(Arc::clone(node))));
    }
    started.push(tasks.spawn("flush", flush(Arc::clone(node))));
    started.push(tasks.spawn("disk-space", look_at_space(Arc::clone(node))));
    started.push(tasks.spawn("checkpoints", write_checkpoints(Arc::clone(node))));
    started
}

/// After a crash, opens the logs that nobody has asked for yet, one after another, and closes them
/// again when all is settled. One that is asked for is opened then.
async fn recover(node: Arc<Node>) {
    let mut opened = Vec::new();
    for partition in node.partitions.all() {
        if partition.directory().was_cleanly_shut_down() {
            continue;
        }
        let recovering = Arc::clone(&partition);
        let recovered = node
            .io
            .tasks
            .blocking(Pool::Background, move || recovering.recover())
            .await;
        opened.extend(recovered.then_some(partition));
    }
    let now_ms = node.io.clock.now_ms();
    for partition in opened {
        let parking = move || partition.park(now_ms);
        node.io.tasks.blocking(Pool::Background, parking).await;
    }
}

/// Takes partitions offline with their directory, and says so when too little is left to go on.
async fn follow_directories(node: Arc<Node>) {
    loop {
        node.directories.failed().await;
        for partition in node.partitions.all() {
            partition.follow_directory();
        }
        if let Some(why) = node.directories.hopeless() {
            node.fail(why);
        }
    }
}

async fn clean_up(node: Arc<Node>) {
    let clock = node.io.clock.clone();
    let clocks = || Clocks {
        wall_ms: clock.now_ms(),
        elapsed: clock.elapsed(),
    };
    let mut time = TrustedTime::new(clocks());
    let interval = Duration::from_millis(node.config.retention_check_interval_ms.max(1) as u64);
    loop {
        clock.sleep(interval).await;
        let (now_ms, jump) = time.look(clocks());
        if let Some(jump) = jump {
            tell_of_jump(jump);
        }
        for partition in node.partitions.all() {
            partition.clean_up(now_ms).await;
        }
    }
}

fn tell_of_jump(jump: Jump) {
    match jump {
        Jump::Ahead(by_ms) => tracing::error!(
            "the clock has jumped ahead by {} s: nothing is deleted for its age by the new time \
             before that has stood for a day; set the clock right",
            by_ms / 1000
        ),
        Jump::Back => tracing::info!("the clock that had jumped ahead is back"),
        Jump::Believed => tracing::warn!(
            "the clock that had jumped ahead has stood for a day: retention goes by it now"
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

async fn look_at_space(node: Arc<Node>) {
    loop {
        for directory in node.directories.live() {
            node.io
                .tasks
                .blocking(Pool::Background, move || directory.look_at_space())
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
        note_facts(&node);
        for directory in node.directories.live() {
            node.io
                .tasks
                .blocking(Pool::Sync, move || {
                    if let Err(e) = directory.write_down() {
                        tracing::warn!("cannot write checkpoints: {e}");
                    }
                })
                .await;
        }
    }
}

/// What is in the image was synced before it was.
fn note_facts(node: &Node) {
    if let Some(directory) = node.directories.with_facts() {
        directory.note_facts(node.image().last_offset() + 1);
    }
}

/// Closes every log and says so, for a quick next start. Blocks on the disk.
pub(crate) fn close(node: &Node) {
    let broker = node
        .image()
        .cluster()
        .brokers()
        .get(&node.config.node_id)
        .map(|b| b.epoch);
    let epoch = broker.unwrap_or(-1);
    let facts_closed = node.controller.close();
    note_facts(node);
    let partitions = node.partitions.all();
    for directory in node.directories.live() {
        let with_facts = node.directories.with_facts();
        let has_facts = with_facts.is_some_and(|with_facts| Arc::ptr_eq(with_facts, &directory));
        let mut all_closed = directory.settle().is_ok() && (facts_closed || !has_facts);
        let in_here = |partition: &&Arc<Partition>| Arc::ptr_eq(partition.directory(), &directory);
        for partition in partitions.iter().filter(in_here) {
            all_closed &= partition.close();
        }
        let marked = directory.write_down().and_then(|()| match all_closed {
            true => directory.mark_clean_shutdown(epoch),
            false => Ok(()),
        });
        if let Err(e) = marked {
            tracing::warn!("cannot write down a clean shutdown: {e}");
        }
    }
    if facts_closed && let Err(e) = node.directories.mark_metadata_clean(epoch) {
        tracing::warn!("cannot write down a clean shutdown: {e}");
    }
}
