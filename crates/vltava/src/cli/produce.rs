//! `vltava produce`: sends the lines of standard input as records.

use std::io::BufRead;

use client::{ProducerConfig, ProducerRecord};
use io::Io;
use tokio::sync::mpsc;

use super::{Cluster, block_on, key_value};
use crate::Failure;

/// Maximum number of lines that are read ahead, and of records that wait for their acknowledgement.
const LINES_AHEAD: usize = 1000;

#[derive(clap::Args)]
pub struct Arguments {
    /// Name of the topic.
    topic: String,
    #[command(flatten)]
    cluster: Cluster,
    /// Text between key and value in a line. Without it, the whole line is the value and there is no key.
    #[arg(short = 'K', long, value_name = "TEXT")]
    key_separator: Option<String>,
    /// Add a header to every record. Can be repeated.
    #[arg(short = 'H', long = "header", value_name = "NAME=VALUE", value_parser = key_value)]
    headers: Vec<(String, String)>,
    /// Compression of the batches: none, gzip, snappy, lz4 or zstd.
    #[arg(short = 'z', long, default_value = "none")]
    compression: String,
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    block_on(async |io| produce(io, arguments).await)
}

async fn produce(io: Io, arguments: Arguments) -> Result<(), Failure> {
    let client = arguments.cluster.connect(&io).await?;
    let properties = arguments
        .cluster
        .properties()
        .set("compression.type", &arguments.compression);
    let producer = client.producer(ProducerConfig::from_properties(&properties)?);
    let mut lines = standard_input();
    let mut deliveries = Vec::new();
    while let Some(line) = lines.recv().await {
        let line = line?;
        let (key, value) = match &arguments.key_separator {
            Some(separator) => match line.split_once(separator) {
                Some((key, value)) => (Some(key.to_owned()), value.to_owned()),
                None => {
                    return Err(
                        format!("the line {line:?} has no key separator {separator:?}").into(),
                    );
                }
            },
            None => (None, line),
        };
        let mut record = ProducerRecord::new(arguments.topic.as_str(), value);
        if let Some(key) = key {
            record = record.key(key);
        }
        for (name, value) in &arguments.headers {
            record = record.header(name.as_str(), value.clone());
        }
        deliveries.push(producer.send(record).await?);
        // Wait for the older half, so that memory stays bounded.
        if deliveries.len() >= LINES_AHEAD {
            for delivery in deliveries.drain(..LINES_AHEAD / 2) {
                delivery.await?;
            }
        }
    }
    for delivery in deliveries {
        delivery.await?;
    }
    Ok(producer.close().await?)
}

/// The lines of standard input. A thread reads them, because reading blocks.
fn standard_input() -> mpsc::Receiver<std::io::Result<String>> {
    let (sender, lines) = mpsc::channel(LINES_AHEAD);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    lines
}
