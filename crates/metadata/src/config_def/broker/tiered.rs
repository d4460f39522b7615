//! Tiered storage.

use crate::config_def::{ConfigDef, LONG_MAX, boolean, int, long, string};

pub(super) const CONFIGS: &[ConfigDef] = &[
    boolean(
        "follower.fetch.last.tiered.offset.enable",
        "false",
        "Whether a new follower starts at the last tiered offset.",
    )
    .cluster_wide(),
    int(
        "remote.fetch.max.wait.ms",
        "500",
        "How long a fetch may wait for remote storage.",
    )
    .at_least(1)
    .cluster_wide(),
    long(
        "remote.list.offsets.request.timeout.ms",
        "30000",
        "How long a lookup of offsets may wait for remote storage.",
    )
    .at_least(1)
    .cluster_wide(),
    long(
        "remote.log.index.file.cache.total.size.bytes",
        "1073741824",
        "Bytes of remote indexes kept on local disk.",
    )
    .at_least(1)
    .cluster_wide(),
    int(
        "remote.log.manager.copier.thread.pool.size",
        "10",
        "Segments copied to remote storage at once.",
    )
    .at_least(1)
    .cluster_wide(),
    long(
        "remote.log.manager.copy.max.bytes.per.second",
        LONG_MAX,
        "Bytes per second copied to remote storage.",
    )
    .at_least(1)
    .cluster_wide(),
    int(
        "remote.log.manager.copy.quota.window.num",
        "11",
        "Samples kept for the copy quota.",
    )
    .at_least(1),
    int(
        "remote.log.manager.copy.quota.window.size.seconds",
        "1",
        "Length of one sample of the copy quota.",
    )
    .at_least(1),
    int(
        "remote.log.manager.expiration.thread.pool.size",
        "10",
        "Partitions whose remote segments are expired at once.",
    )
    .at_least(1)
    .cluster_wide(),
    long(
        "remote.log.manager.fetch.max.bytes.per.second",
        LONG_MAX,
        "Bytes per second read from remote storage.",
    )
    .at_least(1)
    .cluster_wide(),
    int(
        "remote.log.manager.fetch.quota.window.num",
        "11",
        "Samples kept for the remote read quota.",
    )
    .at_least(1),
    int(
        "remote.log.manager.fetch.quota.window.size.seconds",
        "1",
        "Length of one sample of the remote read quota.",
    )
    .at_least(1),
    int(
        "remote.log.manager.follower.thread.pool.size",
        "2",
        "Threads for followers of tiered partitions.",
    )
    .at_least(1)
    .cluster_wide(),
    long(
        "remote.log.manager.task.interval.ms",
        "30000",
        "Interval at which segments of tiered partitions are copied and expired.",
    )
    .at_least(1),
    int(
        "remote.log.manager.thread.pool.size",
        "2",
        "Threads for tiered partitions.",
    )
    .at_least(1),
    int(
        "remote.log.metadata.custom.metadata.max.bytes",
        "128",
        "Largest note the storage plugin may keep with a segment.",
    )
    .at_least(0),
    string(
        "remote.log.metadata.manager.class.name",
        Some(
            "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager",
        ),
        "Java class that keeps the remote segments' metadata; not used here.",
    ),
    string(
        "remote.log.metadata.manager.class.path",
        None,
        "Class path of remote.log.metadata.manager.class.name; not used here.",
    ),
    string(
        "remote.log.metadata.manager.impl.prefix",
        Some("rlmm.config."),
        "Prefix of the settings of remote.log.metadata.manager.class.name.",
    ),
    string(
        "remote.log.metadata.manager.listener.name",
        None,
        "Listener that remote.log.metadata.manager.class.name connects to.",
    ),
    int(
        "remote.log.reader.max.pending.tasks",
        "100",
        "Remote reads that may wait.",
    )
    .at_least(1),
    int("remote.log.reader.threads", "10", "Remote reads at once.")
        .at_least(1)
        .cluster_wide(),
    string(
        "remote.log.storage.manager.class.name",
        None,
        "Java class that stores remote segments; not used here.",
    ),
    string(
        "remote.log.storage.manager.class.path",
        None,
        "Class path of remote.log.storage.manager.class.name; not used here.",
    ),
    string(
        "remote.log.storage.manager.impl.prefix",
        Some("rsm.config."),
        "Prefix of the settings of remote.log.storage.manager.class.name.",
    ),
    boolean(
        "remote.log.storage.system.enable",
        "false",
        "Whether tiered storage is offered at all.",
    ),
];
