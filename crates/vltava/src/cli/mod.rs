//! The commands of the command line. Each is a Kafka client, except `dump`, `topic repair` and `topic compaction`,
//! which read files. Each prints text for people or, with `-o json`, JSON for programs.

pub mod consume;
pub mod dump;
pub mod produce;
#[cfg(feature = "engine")]
pub mod sql;
pub mod topic;

use std::future::Future;

use client::{Client, ClientConfig, Properties};
use io::Io;
use serde_json::{Map, Value, json};
use wire::record_batch::Record;

use crate::Failure;

/// The cluster that a command talks to.
#[derive(clap::Args)]
pub struct Cluster {
    /// Brokers to connect to first, comma-separated. One that can be reached is enough.
    #[arg(
        short,
        long,
        value_name = "HOST:PORT",
        default_value = "localhost:9092",
        env = "VLTAVA_BOOTSTRAP"
    )]
    pub bootstrap: String,
    /// Set a property of the Kafka client, such as request.timeout.ms=5000. Can be repeated.
    #[arg(short = 'X', value_name = "KEY=VALUE", value_parser = key_value)]
    properties: Vec<(String, String)>,
}

impl Cluster {
    /// The client properties of the command line, `bootstrap.servers` included.
    fn properties(&self) -> Properties {
        let start = Properties::new().set("bootstrap.servers", &self.bootstrap);
        self.properties
            .iter()
            .fold(start, |properties, (key, value)| properties.set(key, value))
    }

    async fn connect(&self, io: &Io) -> Result<Client, Failure> {
        Ok(Client::connect(io, ClientConfig::from_properties(&self.properties())?).await?)
    }
}

/// Reads a `key=value` of the command line.
pub fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as key=value")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// The format of a command's output.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// Text for people.
    Text,
    /// One JSON object per line, for programs.
    Json,
}

/// Runs a client command until it ends or Ctrl-C is pressed.
fn block_on<F>(command: impl FnOnce(Io) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    let (io, executors) = Io::real(1);
    let done = executors.block_on(async {
        let interrupted = io.shutdown_signal();
        tokio::select! {
            biased;
            _ = interrupted => Ok(()),
            done = command(io.clone()) => done,
        }
    });
    executors.shutdown();
    done
}

/// A record's headers, in order.
fn insert_headers(object: &mut Map<String, Value>, record: &Record) {
    let headers = record.headers.iter().map(|header| {
        let mut pair = Map::new();
        pair.insert("name".to_owned(), json!(header.key_text()));
        insert_bytes(&mut pair, "value", header.value.as_deref());
        Value::Object(pair)
    });
    object.insert("headers".to_owned(), headers.collect());
}

/// Text as it is; what is not UTF-8 in hexadecimal, under `NAME_hex`, so that nothing is lost.
fn insert_bytes(object: &mut Map<String, Value>, name: &str, bytes: Option<&[u8]>) {
    match bytes.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
        None => object.insert(name.to_owned(), Value::Null),
        Some((_, Ok(text))) => object.insert(name.to_owned(), json!(text)),
        Some((bytes, Err(_))) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            object.insert(format!("{name}_hex"), json!(hex))
        }
    };
}
