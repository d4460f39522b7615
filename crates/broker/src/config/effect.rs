//! What setting a broker property does here, and which properties Kafka no longer has.
//!
//! Names, types and defaults are `metadata::config_def`'s; this says which of them this broker
//! acts on. A property moves into [`WORKS`] in the change that makes it work.

/// What setting a known property does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// What it does in Kafka.
    Works,
    /// Nothing yet; a value other than the default is a warning.
    Waits,
    /// Nothing yet, and somebody would rely on it: a value other than the default refuses to start.
    Security,
}

/// The effect of setting `name`, which is a known property.
pub(super) fn of(name: &str) -> Effect {
    if is_security(name) {
        Effect::Security
    } else if WORKS.binary_search(&name).is_ok() {
        Effect::Works
    } else {
        Effect::Waits
    }
}

fn is_security(name: &str) -> bool {
    name.starts_with("ssl.")
        || name.starts_with("sasl.")
        || name.starts_with("delegation.token.")
        || matches!(
            name,
            "authorizer.class.name"
                | "connections.max.reauth.ms"
                | "principal.builder.class"
                | "security.inter.broker.protocol"
                | "security.providers"
                | "super.users"
        )
}

/// Whether Kafka once had the property and removed it.
pub(super) fn is_removed(name: &str) -> bool {
    REMOVED
        .iter()
        .any(|removed| match removed.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => *removed == name,
        })
}

/// Properties that do here what they do in Kafka, sorted.
const WORKS: &[&str] = &[
    "advertised.listeners",
    "auto.create.topics.enable",
    "broker.id",
    "broker.rack",
    "compression.gzip.level",
    "compression.lz4.level",
    "compression.type",
    "compression.zstd.level",
    "connections.max.idle.ms",
    "controller.listener.names",
    "controller.quorum.bootstrap.servers",
    "controller.quorum.voters",
    "default.replication.factor",
    "delete.topic.enable",
    "fetch.max.bytes",
    "group.initial.rebalance.delay.ms",
    "group.max.session.timeout.ms",
    "group.max.size",
    "group.min.session.timeout.ms",
    "inter.broker.listener.name",
    "listener.security.protocol.map",
    "listeners",
    "log.cleaner.backoff.ms",
    "log.cleaner.dedupe.buffer.size",
    "log.cleaner.delete.retention.ms",
    "log.cleaner.enable",
    "log.cleaner.io.buffer.load.factor",
    "log.cleaner.io.buffer.size",
    "log.cleaner.io.max.bytes.per.second",
    "log.cleaner.max.compaction.lag.ms",
    "log.cleaner.min.cleanable.ratio",
    "log.cleaner.min.compaction.lag.ms",
    "log.cleaner.threads",
    "log.cleanup.policy",
    "log.dir",
    "log.dirs",
    "log.flush.interval.messages",
    "log.flush.interval.ms",
    "log.flush.offset.checkpoint.interval.ms",
    "log.flush.scheduler.interval.ms",
    "log.flush.start.offset.checkpoint.interval.ms",
    "log.index.interval.bytes",
    "log.index.size.max.bytes",
    "log.message.timestamp.after.max.ms",
    "log.message.timestamp.before.max.ms",
    "log.message.timestamp.type",
    "log.preallocate",
    "log.retention.bytes",
    "log.retention.check.interval.ms",
    "log.retention.hours",
    "log.retention.minutes",
    "log.retention.ms",
    "log.roll.hours",
    "log.roll.jitter.hours",
    "log.roll.jitter.ms",
    "log.roll.ms",
    "log.segment.bytes",
    "log.segment.delete.delay.ms",
    "max.connections",
    "message.max.bytes",
    "metadata.log.dir",
    "min.insync.replicas",
    "node.id",
    "num.partitions",
    "offset.metadata.max.bytes",
    "offsets.retention.check.interval.ms",
    "offsets.retention.minutes",
    "offsets.topic.num.partitions",
    "offsets.topic.replication.factor",
    "offsets.topic.segment.bytes",
    "process.roles",
    "producer.id.expiration.ms",
    "queued.max.request.bytes",
    "socket.receive.buffer.bytes",
    "socket.request.max.bytes",
    "socket.send.buffer.bytes",
    "unclean.leader.election.enable",
    "vltava.log.dir.min.free.bytes",
    "vltava.log.dir.open.files.max",
    "vltava.metrics.listener",
];

/// Properties that Kafka had and removed; a trailing `*` stands for any rest.
const REMOVED: &[&str] = &[
    "advertised.host.name",
    "advertised.port",
    "auto.include.jmx.reporter",
    "broker.id.generation.enable",
    "control.plane.listener.name",
    "controlled.shutdown.max.retries",
    "controlled.shutdown.retry.backoff.ms",
    "delegation.token.master.key",
    "eligible.leader.replicas.enable",
    "group.coordinator.new.enable",
    "group.share.enable",
    "host.name",
    "inter.broker.protocol.version",
    "log.message.downconversion.enable",
    "log.message.format.version",
    "log.message.timestamp.difference.max.ms",
    "offsets.commit.required.acks",
    "password.encoder.*",
    "port",
    "quota.consumer.default",
    "quota.producer.default",
    "reserved.broker.max.id",
    "zookeeper.*",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_works_is_known_and_sorted() {
        assert!(WORKS.windows(2).all(|pair| pair[0] < pair[1]));
        for name in WORKS {
            assert!(
                metadata::config_def::broker_config(name).is_some(),
                "{name}"
            );
        }
    }
}
