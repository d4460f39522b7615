//! `vltava serve`: runs the broker in the foreground until SIGINT or SIGTERM.

use std::path::PathBuf;

use broker::{Broker, BrokerConfig};
use io::{Address, Io, ShutdownSignal};

use crate::Failure;
use crate::config::{self, Properties};

#[derive(clap::Args)]
pub struct Arguments {
    /// Configuration file: Kafka's server.properties, or TOML if its name ends in .toml. Without it, all settings have
    /// their defaults.
    file: Option<PathBuf>,
    /// Set a broker property; wins over the file and over KAFKA_* environment variables. Can be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let properties = config::load(arguments.file.as_deref(), std::env::vars(), &arguments.set)?;
    let config = broker_config(&properties)?;
    io::raise_descriptor_limit();
    let (io, executors) = Io::real(cores());
    executors.block_on(async {
        let mut signal = io.shutdown_signal();
        let Some(broker) = start(&io, config, &mut signal).await? else {
            return Ok(());
        };
        let failed = broker.failed();
        let done = tokio::select! {
            biased;
            signal = &mut signal => {
                tracing::info!("{signal}: stopping");
                Ok(())
            }
            why = failed => Err(format!("stopped: {why}").into()),
        };
        broker.shutdown().await;
        done
    })
}

/// Starts the broker and prints where clients can connect. `None` if `signal` comes before the start is complete: the
/// next start then recovers, as after a crash.
pub async fn start(
    io: &Io,
    config: BrokerConfig,
    signal: &mut ShutdownSignal,
) -> Result<Option<Broker>, Failure> {
    tokio::select! {
        biased;
        signal = signal => {
            tracing::info!("{signal}: stopping before the start is complete");
            Ok(None)
        }
        started = Broker::start(io.clone(), config) => {
            let broker = started?;
            announce(&broker);
            Ok(Some(broker))
        }
    }
}

/// Prints where clients can connect, one line per listener.
fn announce(broker: &Broker) {
    let listeners = broker.listeners();
    for listener in listeners
        .iter()
        .filter(|l| !matches!(l.address, Address::Pipe(_)))
    {
        println!("listening on {}://{}", listener.name, listener.advertised);
    }
    if let Some(address) = broker.metrics_address() {
        println!("metrics at http://{address}/metrics");
    }
}

/// The configuration that the properties give. Warnings go to the log.
pub fn broker_config(properties: &Properties) -> Result<BrokerConfig, Failure> {
    let (config, warnings) = BrokerConfig::from_properties(properties)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    Ok(config)
}

/// The number of executors of a broker: one per core.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}
