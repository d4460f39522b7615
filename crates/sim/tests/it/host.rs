//! A broker on a simulated machine, and a client of it.

use std::collections::BTreeMap;

use broker::{Broker, BrokerConfig};
use client::{Client, ClientConfig};
use io::Io;

const ADDRESS: &str = "localhost:9092";

/// Starts a broker with its data in `/data`, these settings, and a redo log of 1 MiB.
pub async fn start(io: &Io, settings: &[(&str, &str)]) -> Broker {
    let listeners = format!("PLAINTEXT://{ADDRESS}");
    let fixed = [("listeners", listeners.as_str()), ("log.dirs", "/data")];
    let properties = fixed.iter().chain(settings);
    let properties: BTreeMap<String, String> = properties
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    let (mut config, _) = BrokerConfig::from_properties(&properties).unwrap();
    config.redo_bytes = 1 << 20;
    Broker::start(io.clone(), config).await.unwrap()
}

/// Connects a client to that broker.
pub async fn connect(io: &Io) -> Client {
    let config = ClientConfig::new(ADDRESS);
    Client::connect(io, config).await.unwrap()
}
