//! `vltava topic`: lists, describes, creates, deletes and repairs topics, and shows their compaction.

mod compaction;
mod repair;

use client::{ConfigResource, ConfigSource, NewTopic, Topic};
use serde_json::json;

use super::{Cluster, Output, block_on, key_value};
use crate::Failure;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Print the names of all topics, one per line.
    #[command(alias = "ls")]
    List {
        #[command(flatten)]
        cluster: Cluster,
        /// Print internal topics, such as __consumer_offsets, as well.
        #[arg(long)]
        internal: bool,
    },
    /// Print the partitions of a topic and the settings that were set for it.
    Describe {
        /// Name of the topic.
        topic: String,
        #[command(flatten)]
        cluster: Cluster,
        /// Format of the output.
        #[arg(short, long, value_enum, default_value = "text")]
        output: Output,
    },
    /// Create a topic.
    Create {
        /// Name of the topic.
        topic: String,
        #[command(flatten)]
        cluster: Cluster,
        /// Number of partitions [default: the broker's num.partitions]
        #[arg(short, long)]
        partitions: Option<i32>,
        /// Number of replicas of each partition [default: the broker's default.replication.factor]
        #[arg(short, long)]
        replication_factor: Option<i16>,
        /// Set a topic setting, such as retention.ms=60000. Can be repeated.
        #[arg(short, long = "config", value_name = "KEY=VALUE", value_parser = key_value)]
        configs: Vec<(String, String)>,
    },
    /// Print how much of each compacted partition is compacted. Reads the broker's files: run it on the broker's machine.
    Compaction {
        /// Name of a topic [default: all compacted topics]
        topic: Option<String>,
        #[command(flatten)]
        cluster: Cluster,
        /// Format of the output.
        #[arg(short, long, value_enum, default_value = "text")]
        output: Output,
    },
    /// Delete a topic and all its records.
    #[command(alias = "rm")]
    Delete {
        /// Name of the topic.
        topic: String,
        #[command(flatten)]
        cluster: Cluster,
        /// Confirm the deletion, which cannot be undone. Without it, nothing is deleted.
        #[arg(long)]
        yes: bool,
    },
    /// List the damaged ranges of a partition of a stopped broker, or remove them with --skip.
    Repair(repair::Arguments),
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        Command::Repair(arguments) => repair::run(&arguments),
        Command::List { cluster, internal } => block_on(async |io| {
            let topics = cluster.connect(&io).await?.admin().list_topics().await?;
            for topic in topics.iter().filter(|topic| internal || !topic.is_internal) {
                println!("{}", topic.name);
            }
            Ok(())
        }),
        Command::Describe {
            topic,
            cluster,
            output,
        } => block_on(async |io| {
            let admin = cluster.connect(&io).await?.admin();
            let described = admin.describe_topic(&topic).await?;
            let configs = admin
                .describe_configs(&ConfigResource::Topic(topic))
                .await?;
            let set = configs
                .into_iter()
                .filter(|entry| entry.source == ConfigSource::Topic);
            let set = set
                .map(|entry| (entry.name, entry.value.unwrap_or_default()))
                .collect();
            describe(&described, set, output);
            Ok(())
        }),
        Command::Create {
            topic,
            cluster,
            partitions,
            replication_factor,
            configs,
        } => block_on(async |io| {
            let new = NewTopic {
                name: topic,
                partitions,
                replication_factor,
                configs: configs.into_iter().collect(),
            };
            cluster
                .connect(&io)
                .await?
                .admin()
                .create_topic(&new)
                .await?;
            println!("Created topic {}.", new.name);
            Ok(())
        }),
        Command::Compaction {
            topic,
            cluster,
            output,
        } => block_on(async |io| compaction::run(&io, &cluster, topic, output).await),
        Command::Delete {
            topic,
            cluster,
            yes,
        } => block_on(async |io| {
            if !yes {
                return Err(format!(
                    "deleting topic \"{topic}\" deletes all its records and cannot be undone; confirm with --yes"
                )
                .into());
            }
            cluster
                .connect(&io)
                .await?
                .admin()
                .delete_topic(&topic)
                .await?;
            println!("Deleted topic {topic}.");
            Ok(())
        }),
    }
}

/// Prints in the layout of `kafka-topics.sh`, which scripts read.
fn describe(topic: &Topic, configs: Vec<(String, String)>, output: Output) {
    let partitions = topic.partitions.iter();
    match output {
        Output::Json => {
            let partitions: Vec<_> = partitions
                .map(|p| {
                    json!({ "partition": p.partition, "leader": p.leader, "replicas": p.replicas, "isr": p.in_sync })
                })
                .collect();
            let configs: serde_json::Map<_, _> = configs
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect();
            println!(
                "{}",
                json!({ "topic": &*topic.name, "id": topic.id.to_string(), "partitions": partitions, "configs": configs })
            );
        }
        Output::Text => {
            let configs: Vec<_> = configs
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            println!(
                "Topic: {}\tTopicId: {}\tPartitionCount: {}\tReplicationFactor: {}\tConfigs: {}",
                topic.name,
                topic.id,
                topic.partitions.len(),
                topic.partitions.first().map_or(0, |p| p.replicas.len()),
                configs.join(",")
            );
            for p in partitions {
                println!(
                    "\tTopic: {}\tPartition: {}\tLeader: {}\tReplicas: {}\tIsr: {}",
                    topic.name,
                    p.partition,
                    p.leader
                        .map_or("none".to_owned(), |leader| leader.to_string()),
                    list(&p.replicas),
                    list(&p.in_sync)
                );
            }
        }
    }
}

fn list(brokers: &[i32]) -> String {
    brokers
        .iter()
        .map(i32::to_string)
        .collect::<Vec<_>>()
        .join(",")
}
