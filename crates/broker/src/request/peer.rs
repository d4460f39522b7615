//! The client at the other end of a connection.

use std::fmt;

use io::Address;
use wire::StrBytes;

use super::WaitingMemory;

/// A connection as its requests see it.
#[derive(Debug)]
pub(crate) struct Peer {
    /// The address of the client.
    pub address: Address,
    /// The listener that accepted the connection: its index among the listeners of the broker.
    pub listener: usize,
    /// Memory for requests that wait for other clients.
    pub waiting: WaitingMemory,
}

impl Peer {
    /// The host as Kafka shows it in group descriptions: `/127.0.0.1`.
    pub(crate) fn host(&self) -> String {
        match self.address.ip() {
            Some(ip) => format!("/{ip}"),
            None => format!("/{}", self.address),
        }
    }
}

/// The identity of a client, as Kafka's `KafkaPrincipal`: a type and a name, written `User:alice`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    kind: StrBytes,
    name: StrBytes,
}

impl Principal {
    /// `User:ANONYMOUS`: a client that was not authenticated.
    pub(crate) fn anonymous() -> Principal {
        Principal::user("ANONYMOUS")
    }

    /// The user `name`.
    pub(crate) fn user(name: &'static str) -> Principal {
        Principal {
            kind: StrBytes::from_static("User"),
            name: StrBytes::from_static(name),
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", &*self.kind, &*self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_is_written_as_kafka_writes_it() {
        assert_eq!(Principal::anonymous().to_string(), "User:ANONYMOUS");
    }
}
