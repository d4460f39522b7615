//! `listeners`, `advertised.listeners` and `listener.security.protocol.map`.
//!
//! Invariant: every listener returned is plaintext and has an advertised address, and no two have the
//! same name. A listener of the controller role is read and not opened: the controller is inside this
//! process.

use std::collections::BTreeMap;

use metadata::config_def::{ConfigKey, ConfigValues, keys};

use super::{ConfigError, Warning};

/// One address to listen on, and the address that clients get to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Name of the listener, in upper case.
    pub name: String,
    /// Host to bind; empty means every interface.
    pub host: String,
    /// Port to bind; 0 takes a free one.
    pub port: u16,
    /// Host that clients get; `None` means the bound one.
    pub advertised_host: Option<String>,
    /// Port that clients get; `None` or 0 means the bound one.
    pub advertised_port: Option<u16>,
}

struct ListenerAddress {
    name: String,
    host: String,
    port: u16,
}

pub(super) fn read(
    values: &ConfigValues,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Listener>, ConfigError> {
    let protocols = protocols(values)?;
    let controller: Vec<String> = values
        .get(keys::CONTROLLER_LISTENER_NAMES)
        .iter()
        .map(|name| name.to_ascii_uppercase())
        .collect();
    let mut advertised = BTreeMap::new();
    for endpoint in endpoints(keys::ADVERTISED_LISTENERS, values)? {
        if endpoint.host == "0.0.0.0" || endpoint.host == "[::]" {
            return Err(ConfigError(format!(
                "advertised.listeners: {} stands for all addresses of this machine, and no client \
                 can connect to it; write the host name or address by which clients reach this \
                 broker",
                endpoint.host
            )));
        }
        advertised.insert(endpoint.name.clone(), endpoint);
    }
    let mut listeners: Vec<Listener> = Vec::new();
    for endpoint in endpoints(keys::LISTENERS, values)? {
        if controller.contains(&endpoint.name) {
            warnings.push(Warning(format!(
                "listener {} is not opened: the controller is inside this process",
                endpoint.name
            )));
            continue;
        }
        match protocols.get(&endpoint.name).map(String::as_str) {
            Some("PLAINTEXT") => {}
            Some(protocol) => {
                return Err(ConfigError(format!(
                    "listener {} uses {protocol}, which is not supported yet; use PLAINTEXT",
                    endpoint.name
                )));
            }
            None => {
                return Err(ConfigError(format!(
                    "listener {name} has no security protocol: add {name}:PLAINTEXT to \
                     listener.security.protocol.map",
                    name = endpoint.name
                )));
            }
        }
        let wildcard = endpoint.host == "0.0.0.0" || endpoint.host == "[::]";
        if wildcard && !advertised.contains_key(&endpoint.name) {
            return Err(ConfigError(format!(
                "listener {name} binds all addresses of this machine; write in \
                 advertised.listeners the one by which clients reach it, for example \
                 {name}://localhost:{}",
                endpoint.port,
                name = endpoint.name
            )));
        }
        let address = advertised.remove(&endpoint.name);
        listeners.push(Listener {
            advertised_host: address
                .as_ref()
                .map(|e| e.host.clone())
                .filter(|h| !h.is_empty()),
            advertised_port: address.map(|e| e.port),
            name: endpoint.name,
            host: endpoint.host,
            port: endpoint.port,
        });
    }
    if let Some(name) = advertised.keys().find(|name| !controller.contains(name)) {
        return Err(ConfigError(format!(
            "advertised.listeners: there is no listener {name}; add it to listeners, or remove it here"
        )));
    }
    if listeners.is_empty() {
        return Err(ConfigError(
            "listeners has no listener for clients: add one that is not in \
             controller.listener.names"
                .into(),
        ));
    }
    Ok(listeners)
}

fn protocols(values: &ConfigValues) -> Result<BTreeMap<String, String>, ConfigError> {
    let text = values.get(keys::LISTENER_SECURITY_PROTOCOL_MAP);
    text.split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.split_once(':') {
            Some((name, protocol)) => Ok((
                name.trim().to_ascii_uppercase(),
                protocol.trim().to_ascii_uppercase(),
            )),
            None => Err(ConfigError(format!(
                "listener.security.protocol.map: {pair} is not NAME:PROTOCOL"
            ))),
        })
        .collect()
}

fn endpoints(
    key: ConfigKey<Vec<String>>,
    values: &ConfigValues,
) -> Result<Vec<ListenerAddress>, ConfigError> {
    let property = key.def().name;
    let mut found: Vec<ListenerAddress> = Vec::new();
    for text in values.get(key) {
        let wrong = |why: &str| ConfigError(format!("{property}: {text}: {why}"));
        let (name, address) = text
            .split_once("://")
            .ok_or_else(|| wrong("expected NAME://host:port"))?;
        let (host, port) = address
            .rsplit_once(':')
            .ok_or_else(|| wrong("expected NAME://host:port"))?;
        let port = port
            .parse()
            .map_err(|_| wrong("the port is not a number up to 65535"))?;
        let name = name.to_ascii_uppercase();
        if name.is_empty() {
            return Err(wrong("the listener has no name"));
        }
        if found.iter().any(|other| other.name == name) {
            return Err(wrong("two listeners have this name"));
        }
        found.push(ListenerAddress {
            name,
            host: host.to_owned(),
            port,
        });
    }
    Ok(found)
}
