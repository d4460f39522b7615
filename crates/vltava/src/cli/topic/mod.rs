//! `vltava topic`: list, describe, create, delete, compaction, repair.

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
    /// Names of all topics.
    #[command(alias = "ls")]
    List {
        #[command(flatten)]
        cluster: Cluster,
        /// Brokers' own topics too.
        #[arg(long)]
        internal: bool,
    },
    /// Partitions and configuration of a topic.
    Describe {
        topic: String,
        #[command(flatten)]
        cluster: Cluster,
        #[arg(short, long, value_enum, default_value = "text")]
        output: Output,
    },
    /// Make a topic.
    Create {
        topic: String,
        #[command(flatten)]
        cluster: Cluster,
        /// How many partitions; the broker's num.partitions if not given.
        #[arg(short, long)]
        partitions: Option<i32>,
        /// How many replicas; the broker's default.replication.factor if not given.
        #[arg(short, long)]
        replication_factor: Option<i16>,
        /// A topic configuration; may be given again.
        #[arg(short, long = "config", value_name = "KEY=VALUE", value_parser = key_value)]
        configs: Vec<(String, String)>,
    },
    /// How far compacted topics are compacted; to be run on the broker's machine.
    Compaction {
        /// Only this one.
        topic: Option<String>,
        #[command(flatten)]
        cluster: Cluster,
        #[arg(short, long, value_enum, default_value = "text")]
        output: Output,
    },
    /// Delete a topic and all its records.
    #[command(alias = "rm")]
    Delete {
        topic: String,
        #[command(flatten)]
        cluster: Cluster,
        /// Do it: there is no way back.
        #[arg(long)]
        yes: bool,
    },
    /// List what is damaged in a partition of a stopped server, or take it out.
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
                    "deleting topic \"{topic}\" loses all its records for ever; say so with --yes"
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

/// In the layout of Kafka's own tool, which scripts know.
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
