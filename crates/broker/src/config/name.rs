//! Names of properties that are not in the table: removed ones and misspelt ones.

use metadata::config_def::BROKER_CONFIGS;

/// The known name that is similar to a misspelt one, if there is one.
///
/// Similar means: with other separators or capitals, or with at most two wrong letters in a long
/// name.
pub(super) fn similar(name: &str) -> Option<&'static str> {
    let plain = name.trim().to_ascii_lowercase().replace(['_', '-'], ".");
    let allowed = match plain.len() {
        0..=5 => 0,
        6..=10 => 1,
        _ => 2,
    };
    BROKER_CONFIGS
        .iter()
        .map(|def| (strsim::osa_distance(&plain, def.name), def.name))
        .min()
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, known)| known)
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

/// Properties that Kafka has removed; a trailing `*` stands for any ending.
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
