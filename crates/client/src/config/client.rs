//! Configuration of every client.

use std::time::Duration;

use super::Properties;
use super::properties::invalid;
use crate::Result;

/// How to reach a cluster, and how long to wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientConfig {
    /// `bootstrap.servers`: brokers to connect to first, each `host:port` or `pipe:NAME`. One is enough.
    pub bootstrap_servers: Vec<String>,
    /// `client.id`: a name for the broker's logs and quotas.
    pub client_id: String,
    /// `request.timeout.ms`: how long a broker may take for one response.
    pub request_timeout: Duration,
    /// `default.api.timeout.ms`: how long a call may take, retries included.
    pub api_timeout: Duration,
    /// `retry.backoff.ms`: the first pause between attempts. Each further pause is twice as long.
    pub retry_backoff: Duration,
    /// `retry.backoff.max.ms`: the longest pause between attempts.
    pub retry_backoff_max: Duration,
    /// `metadata.max.age.ms`: age at which cached metadata is fetched again.
    pub metadata_max_age: Duration,
    /// `socket.connection.setup.timeout.ms`: how long one attempt to connect may take.
    pub connect_timeout: Duration,
}

/// The settings of a single connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionConfig {
    /// Name of the client, for the broker's logs and quotas.
    pub client_id: String,
    /// How long an attempt to connect may take.
    pub connect_timeout: Duration,
    /// How long a broker may take for one response, and for reading one request.
    pub request_timeout: Duration,
}

impl ClientConfig {
    /// The settings of one connection.
    pub fn connection(&self) -> ConnectionConfig {
        ConnectionConfig {
            client_id: self.client_id.clone(),
            connect_timeout: self.connect_timeout,
            request_timeout: self.request_timeout,
        }
    }

    /// The defaults, for the cluster of these brokers (comma-separated).
    pub fn new(bootstrap_servers: &str) -> ClientConfig {
        let properties = Properties::new().set("bootstrap.servers", bootstrap_servers);
        ClientConfig::from_properties(&properties).expect("the defaults are valid")
    }

    /// Reads properties by Kafka's names.
    ///
    /// # Errors
    /// [`crate::Error::Config`] for an invalid value, a missing `bootstrap.servers`, or a security
    /// setting, which would have no effect.
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
