//! What every client has to know.

use std::time::Duration;

use super::Properties;
use super::properties::invalid;
use crate::Result;

/// How to reach a cluster and how patient to be with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientConfig {
    /// `bootstrap.servers`: where to begin, each `host:port` or `pipe:NAME`. One suffices.
    pub bootstrap_servers: Vec<String>,
    /// `client.id`: a name for the broker's logs and quotas.
    pub client_id: String,
    /// `request.timeout.ms`: how long a broker may take for one answer.
    pub request_timeout: Duration,
    /// `default.api.timeout.ms`: how long a call may take, retries included.
    pub api_timeout: Duration,
    /// `retry.backoff.ms`: the first pause between attempts; doubles with each.
    pub retry_backoff: Duration,
    /// `retry.backoff.max.ms`: the longest.
    pub retry_backoff_max: Duration,
    /// `metadata.max.age.ms`: when to look for new partitions without being told.
    pub metadata_max_age: Duration,
    /// `socket.connection.setup.timeout.ms`: how long to try one address.
    pub connect_timeout: Duration,
}

impl ClientConfig {
    /// Defaults, for the cluster that has these brokers (comma-separated).
    pub fn new(bootstrap_servers: &str) -> ClientConfig {
        let properties = Properties::new().set("bootstrap.servers", bootstrap_servers);
        ClientConfig::from_properties(&properties).expect("the defaults are valid")
    }

    /// By Kafka's property names.
    ///
    /// # Errors
    /// [`crate::Error::Config`] for a value that makes no sense, a missing `bootstrap.servers`, or
    /// a security setting: it would have no effect.
    pub fn from_properties(properties: &Properties) -> Result<ClientConfig> {
        let protocol = properties.text("security.protocol", "PLAINTEXT");
        if !protocol.eq_ignore_ascii_case("PLAINTEXT") {
            return Err(invalid(
                "security.protocol",
                &protocol,
                "only PLAINTEXT is supported",
            ));
        }
        let bootstrap_servers = properties.list("bootstrap.servers");
        if bootstrap_servers.is_empty() {
            return Err(invalid("bootstrap.servers", "", "expected host:port[,...]"));
        }
        Ok(ClientConfig {
            bootstrap_servers,
            client_id: properties.text("client.id", "vltava"),
            request_timeout: properties.duration("request.timeout.ms", 30_000)?,
            api_timeout: properties.duration("default.api.timeout.ms", 60_000)?,
            retry_backoff: properties.duration("retry.backoff.ms", 100)?,
            retry_backoff_max: properties.duration("retry.backoff.max.ms", 1_000)?,
            metadata_max_age: properties.duration("metadata.max.age.ms", 300_000)?,
            connect_timeout: properties.duration("socket.connection.setup.timeout.ms", 10_000)?,
        })
    }
}
