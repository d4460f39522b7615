//! The command line: each command is a Kafka client, and prints for people or, with `-o json`, for programs.

pub mod consume;
pub mod produce;
#[cfg(feature = "engine")]
pub mod sql;
pub mod topic;

use std::future::Future;

use client::{Client, ClientConfig, Properties};
use io::Io;

use crate::Failure;

/// The cluster that a command talks to.
#[derive(clap::Args)]
pub struct Cluster {
    /// The brokers to start from, host:port, comma-separated.
    #[arg(
        short,
        long,
        value_name = "HOST:PORT",
        default_value = "localhost:9092",
        env = "VLTAVA_BOOTSTRAP"
    )]
    pub bootstrap: String,
    /// A Kafka client property; may be given again.
    #[arg(short = 'X', value_name = "KEY=VALUE", value_parser = key_value)]
    properties: Vec<(String, String)>,
}

impl Cluster {
    /// The client properties given, with the brokers among them.
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

/// A `key=value` of the command line.
pub fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as key=value")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// How a command prints.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// For people.
    Text,
    /// A JSON object a line, for programs.
    Json,
}

/// Runs a client command to its end, or to Ctrl-C.
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
