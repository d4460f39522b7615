//! Listeners, sockets and the limits of requests and connections.

use crate::config_def::{ConfigDef, INT_MAX, int, list, long, string};

pub(super) const CONFIGS: &[ConfigDef] = &[
    list("advertised.listeners", None, "Addresses told to clients, one per listener; the listeners' own if not set.").works(),
    int("connection.failed.authentication.delay.ms", "100", "How long a connection that failed to authenticate is kept before it is closed.").at_least(0),
    long("connections.max.idle.ms", "600000", "Idle time after which a connection is closed.").works(),
    long("connections.max.reauth.ms", "0", "Age after which an authenticated connection must authenticate again; 0 never asks.").security(),
    int("delete.records.purgatory.purge.interval.requests", "1", "Purge interval of waiting delete-records requests in Kafka; kept for compatibility."),
    list("early.start.listeners", None, "Listeners that open before the authorizer is ready."),
    int("fetch.max.bytes", "57671680", "Bytes one fetch answer may carry, save that a first batch is always returned whole.").works().at_least(1024),
    int("fetch.purgatory.purge.interval.requests", "1000", "Purge interval of waiting fetches in Kafka; kept for compatibility."),
    string("inter.broker.listener.name", None, "Listener that brokers use among themselves."),
    string("listener.security.protocol.map", Some("SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT"), "Security protocol of each listener name.").works().per_broker(),
    list("listeners", Some("PLAINTEXT://localhost:9092"), "Addresses to listen on, as NAME://host:port; port 0 takes a free one, an empty host every address.").works().per_broker(),
    int("max.connection.creation.rate", INT_MAX, "New connections accepted per second.").at_least(0).cluster_wide(),
    int("max.connections", INT_MAX, "Connections accepted at once.").works().at_least(0).cluster_wide(),
    string("max.connections.per.ip.overrides", Some(""), "Connection limits of single addresses, as host:limit, comma-separated.").cluster_wide(),
    int("message.max.bytes", "1048588", "Largest record batch the broker accepts unless the topic says otherwise.").works().at_least(0).cluster_wide(),
    int("num.network.threads", "3", "Network threads in Kafka; kept for compatibility.").at_least(1).cluster_wide(),
    int("producer.purgatory.purge.interval.requests", "1000", "Purge interval of waiting produce requests in Kafka; kept for compatibility."),
    long("queued.max.request.bytes", "268435456", "Bytes of requests in progress before reading stops; -1 sets no limit.").works(),
    int("queued.max.requests", "500", "Requests in progress before reading stops.").at_least(1),
    int("request.timeout.ms", "30000", "How long a request to another node may take."),
    int("share.fetch.purgatory.purge.interval.requests", "1000", "Purge interval of waiting share fetches in Kafka; kept for compatibility."),
    long("socket.connection.setup.timeout.max.ms", "30000", "Longest wait for a connection to another node after repeated failures."),
    long("socket.connection.setup.timeout.ms", "10000", "How long the first attempt to connect to another node may take."),
    int("socket.listen.backlog.size", "50", "Connections the system queues before they are accepted.").at_least(1),
    int("socket.receive.buffer.bytes", "-1", "Receive buffer of server sockets; -1 leaves it to the system, which costs less than Kafka's 102400.").works(),
    int("socket.request.max.bytes", "104857600", "Largest request the broker reads.").works().at_least(1),
    int("socket.send.buffer.bytes", "102400", "Send buffer of server sockets; -1 leaves it to the system.").works(),
];
