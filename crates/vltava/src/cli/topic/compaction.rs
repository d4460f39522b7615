//! `vltava topic compaction`: prints how much of each compacted partition is compacted.
//!
//! The settings of topics come from the broker. The progress of compaction is not part of Kafka's protocol; it is
//! read from the broker's data directories, so the command works on the broker's machine only.

use std::path::{Path, PathBuf};

use client::{Admin, ConfigEntry, ConfigResource};
use io::{Disk, Io};
use log::checkpoint;
use log::compaction::Progress;
use serde_json::json;
use wire::TopicPartition;

use super::super::{Cluster, Output};
use crate::Failure;

/// A partition of a compacted topic.
struct Line {
    partition: TopicPartition,
    progress: Progress,
    dirty_ratio_min: f64,
}

/// Prints one line per partition, of one topic or of all.
pub async fn run(
    io: &Io,
    cluster: &Cluster,
    topic: Option<String>,
    output: Output,
) -> Result<(), Failure> {
    let admin = cluster.connect(io).await?.admin();
    let names = match topic {
        Some(name) => vec![name],
        None => {
            let topics = admin.list_topics().await?;
            topics.iter().map(|topic| topic.name.to_string()).collect()
        }
    };
    let mut lines = Vec::new();
    for name in names {
        let configs = describe(&admin, ConfigResource::Topic(name.clone())).await?;
        if value(&configs, "cleanup.policy").is_some_and(|policy| policy.contains("compact")) {
            lines.extend(of_topic(io, &admin, &name, &configs).await?);
        }
    }
    print(&lines, output);
    Ok(())
}

async fn of_topic(
    io: &Io,
    admin: &Admin,
    name: &str,
    configs: &[ConfigEntry],
) -> Result<Vec<Line>, Failure> {
    let dirty_ratio_min = value(configs, "min.cleanable.dirty.ratio")
        .and_then(|ratio| ratio.parse().ok())
        .ok_or("the broker does not describe min.cleanable.dirty.ratio")?;
    let mut lines = Vec::new();
    for partition in &admin.describe_topic(name).await?.partitions {
        let Some(leader) = partition.leader else {
            continue;
        };
        let broker_configs = describe(admin, ConfigResource::Broker(Some(leader))).await?;
        let partition = TopicPartition::new(name, partition.partition);
        let progress = progress(&io.disk, &directories(&broker_configs), &partition)?;
        lines.push(Line {
            partition,
            progress,
            dirty_ratio_min,
        });
    }
    Ok(lines)
}

/// Reads the progress from the log directory that holds the partition.
fn progress(
    disk: &Disk,
    directories: &[PathBuf],
    partition: &TopicPartition,
) -> Result<Progress, Failure> {
    if !directories.iter().any(|directory| disk.exists(directory)) {
        let paths: Vec<String> = directories
            .iter()
            .map(|d| d.display().to_string())
            .collect();
        return Err(format!(
            "the broker's log.dirs, {}, is not on this machine; run this command on the broker's machine",
            paths.join(",")
        )
        .into());
    }
    let Some(directory) = directories
        .iter()
        .find(|directory| disk.exists(&directory.join(partition.to_string())))
    else {
        return Ok(Progress::default());
    };
    let cleaner_points =
        checkpoint::read_offsets(disk, &directory.join(checkpoint::CLEANER_POINTS))?;
    let log_starts = checkpoint::read_offsets(disk, &directory.join(checkpoint::LOG_STARTS))?;
    Ok(Progress::of(
        disk,
        &directory.join(Path::new(&partition.to_string())),
        cleaner_points.get(partition).copied(),
        log_starts.get(partition).copied().unwrap_or(0),
    )?)
}

fn directories(broker_configs: &[ConfigEntry]) -> Vec<PathBuf> {
    let set = value(broker_configs, "log.dirs").filter(|dirs| !dirs.is_empty());
    let listed = set
        .or_else(|| value(broker_configs, "log.dir"))
        .unwrap_or("");
    listed
        .split(',')
        .map(str::trim)
        .map(PathBuf::from)
        .collect()
}

async fn describe(admin: &Admin, resource: ConfigResource) -> Result<Vec<ConfigEntry>, Failure> {
    Ok(admin.describe_configs(&resource).await?)
}

fn value<'a>(configs: &'a [ConfigEntry], name: &str) -> Option<&'a str> {
    let entry = configs.iter().find(|entry| entry.name == name)?;
    entry.value.as_deref()
}

fn print(lines: &[Line], output: Output) {
    for line in lines {
        let Line {
            partition,
            progress,
            dirty_ratio_min,
        } = line;
        let is_due = progress.is_dirty_enough(*dirty_ratio_min);
        let total = progress.clean_bytes + progress.dirty_bytes + progress.active_bytes;
        match output {
            Output::Json => println!(
                "{}",
                json!({
                    "topic": &*partition.topic, "partition": partition.partition,
                    "clean_up_to": progress.first_dirty, "dirty_bytes": progress.dirty_bytes,
                    "active_bytes": progress.active_bytes, "total_bytes": total,
                    "dirty_ratio": progress.dirty_ratio(), "due": is_due,
                })
            ),
            Output::Text => println!(
                "Topic: {}\tPartition: {}\tCleanUpTo: {}\tDirtyBytes: {}\tActiveBytes: {}\tTotalBytes: {total}\tDirtyRatio: {:.3}\tDue: {}",
                partition.topic,
                partition.partition,
                progress.first_dirty,
                progress.dirty_bytes,
                progress.active_bytes,
                progress.dirty_ratio(),
                if is_due { "yes" } else { "no" },
            ),
        }
    }
}
