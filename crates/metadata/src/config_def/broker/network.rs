//! Listeners, sockets and the limits of requests and connections.

use crate::config_def::{ConfigDef, INT_MAX, int, list, long, string};

pub(super) const CONFIGS: &[ConfigDef] = &[
    list("advertised.listeners", None, "Addresses that clients get to connect to, one per listener; the addresses of listeners if not set.").works(),
    int("connection.failed.authentication.delay.ms", "100", "How long a connection stays open after its authentication has failed, in milliseconds.").at_least(0),
    long("connections.max.idle.ms", "600000", "Idle time after which a connection is closed, in milliseconds.").works(),
    long("connections.max.reauth.ms", "0", "Age in milliseconds at which an authenticated connection must authenticate again; 0 means never.").security(),
    int("delete.records.purgatory.purge.interval.requests", "1", "Purge interval of waiting delete-records requests in Kafka; not used here."),
    list("early.start.listeners", None, "Listeners that open before the authorizer is ready."),
    int("fetch.max.bytes", "57671680", "Largest Fetch response, in bytes. A first batch is always returned whole, even if it is larger.").works().at_least(1024),
    int("fetch.purgatory.purge.interval.requests", "1000", "Purge interval of waiting fetches in Kafka; not used here."),
    string("inter.broker.listener.name", None, "Listener that brokers use among themselves."),
    string("listener.security.protocol.map", Some("SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT"), "Security protocol of each listener name.").works().per_broker(),
    list("listeners", Some("PLAINTEXT://localhost:9092"), "Addresses to listen on, as NAME://host:port. Port 0 is any free port, an empty host is every address.").works().per_broker(),
    int("max.connection.creation.rate", INT_MAX, "Largest number of new connections per second.").at_least(0).cluster_wide(),
    int("max.connections", INT_MAX, "Largest number of open connections.").works().at_least(0).cluster_wide(),
    string("max.connections.per.ip.overrides", Some(""), "Connection limits of single addresses, as host:limit, comma-separated.").cluster_wide(),
    int("message.max.bytes", "1048588", "Default of the topic setting max.message.bytes: the largest record batch that the broker accepts, in bytes.").works().at_least(0).cluster_wide(),
    int("num.network.threads", "3", "Network threads in Kafka; not used here.").at_least(1).cluster_wide(),
    int("producer.purgatory.purge.interval.requests", "1000", "Purge interval of waiting produce requests in Kafka; not used here."),
    long("queued.max.request.bytes", "268435456", "Bytes of the requests in progress at which the broker stops reading from clients; -1 means no limit.").works(),
    int("queued.max.requests", "500", "Number of requests in progress at which the broker stops reading from clients.").at_least(1),
    int("request.timeout.ms", "30000", "How long a request to another node may take."),
    int("share.fetch.purgatory.purge.interval.requests", "1000", "Purge interval of waiting share fetches in Kafka; not used here."),
    long("socket.connection.setup.timeout.max.ms", "30000", "Longest wait for a connection to another node after repeated failures."),
    long("socket.connection.setup.timeout.ms", "10000", "How long the first attempt to connect to another node may take."),
    int("socket.listen.backlog.size", "50", "Number of connections that the system queues before they are accepted.").at_least(1),
    int("socket.receive.buffer.bytes", "-1", "Receive buffer of client connections in bytes; -1 is the system's default, which is faster than Kafka's 102400.").works(),
    int("socket.request.max.bytes", "104857600", "Largest request that the broker reads, in bytes. A larger one closes the connection.").works().at_least(1),
    int("socket.send.buffer.bytes", "102400", "Send buffer of client connections in bytes; -1 is the system's default.").works(),
];
