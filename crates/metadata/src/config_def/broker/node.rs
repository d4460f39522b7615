//! Settings of the node: its id, the metadata quorum, threads, and others that belong to no other module.

use crate::config_def::{Allowed, ConfigDef, INT_MAX, boolean, class, int, list, long, string};

pub(super) const CONFIGS: &[ConfigDef] = &[
    class(
        "alter.config.policy.class.name",
        None,
        "Java class that checks configuration changes; not used here.",
    ),
    boolean(
        "auto.create.topics.enable",
        "true",
        "Whether a Metadata request for a missing topic may create it.",
    ).works(),
    int(
        "background.threads",
        "10",
        "Number of background threads in Kafka; not used here.",
    )
    .at_least(1)
    .cluster_wide(),
    int(
        "broker.heartbeat.interval.ms",
        "2000",
        "Interval of the heartbeats of a broker to the controller, in milliseconds.",
    ),
    int("broker.id", "1", "Older name of node.id, and always equal to it; -1 means that it is not given.").works(),
    string(
        "broker.rack",
        None,
        "Rack or zone of this broker. Clients can see it, and replicas are spread over racks.",
    ).works(),
    int(
        "broker.session.timeout.ms",
        "9000",
        "Time without heartbeat after which the controller fences a broker, in milliseconds.",
    ),
    class(
        "client.quota.callback.class",
        None,
        "Java class that computes quotas; not used here.",
    ),
    list(
        "config.providers",
        Some(""),
        "Names of the providers that may resolve ${provider:path:key} in values.",
    )
    .cluster_wide(),
    boolean(
        "controlled.shutdown.enable",
        "true",
        "Whether a broker moves its leaderships to other brokers before it stops.",
    ),
    list(
        "controller.listener.names",
        None,
        "Names of the listeners of the controller.",
    ).works(),
    int(
        "controller.quorum.append.linger.ms",
        "25",
        "How long the controller collects records before it writes them.",
    )
    .at_least(0),
    boolean(
        "controller.quorum.auto.join.enable",
        "false",
        "Whether a new controller joins the quorum by itself.",
    ),
    list(
        "controller.quorum.bootstrap.servers",
        Some(""),
        "Addresses by which the metadata quorum is found.",
    ),
    int(
        "controller.quorum.election.backoff.max.ms",
        "1000",
        "Longest wait before a new attempt at an election.",
    )
    .at_least(0),
    int(
        "controller.quorum.election.timeout.ms",
        "1000",
        "How long a candidate waits for votes.",
    )
    .at_least(0),
    int(
        "controller.quorum.fetch.max.bytes",
        "1048576",
        "Largest quorum fetch, in bytes.",
    )
    .at_least(1),
    int(
        "controller.quorum.fetch.snapshot.max.bytes",
        "1048576",
        "Largest snapshot fetch, in bytes.",
    )
    .at_least(1),
    int(
        "controller.quorum.fetch.timeout.ms",
        "2000",
        "How long a follower goes without a successful fetch before it stands for election.",
    )
    .at_least(0),
    int(
        "controller.quorum.request.timeout.ms",
        "2000",
        "How long a quorum request may take.",
    )
    .at_least(0),
    int(
        "controller.quorum.retry.backoff.ms",
        "20",
        "Pause before a quorum request is repeated.",
    )
    .at_least(0),
    list(
        "controller.quorum.voters",
        Some(""),
        "Voters of the metadata quorum, as id@host:port. Only this node can be a voter yet.",
    ).works(),
    int(
        "controller.quota.window.num",
        "11",
        "Samples kept for the controller mutation quota.",
    )
    .at_least(1),
    int(
        "controller.quota.window.size.seconds",
        "1",
        "Length of one sample of the controller mutation quota.",
    )
    .at_least(1),
    int(
        "controller.socket.timeout.ms",
        "30000",
        "Socket timeout of the channel to the controller.",
    ),
    class(
        "create.topic.policy.class.name",
        None,
        "Java class that checks new topics; not used here.",
    ),
    int(
        "default.replication.factor",
        "1",
        "Number of replicas of a topic that is created without a number.",
    ).works(),
    boolean(
        "delete.topic.enable",
        "true",
        "Whether topics can be deleted.",
    ).works(),
    int(
        "initial.broker.registration.timeout.ms",
        "60000",
        "How long a starting broker tries to register before it gives up.",
    ),
    int(
        "kafka.metrics.polling.interval.secs",
        "10",
        "Polling interval of the old metrics reporters.",
    )
    .at_least(1),
    list(
        "kafka.metrics.reporters",
        Some(""),
        "Java classes of the old metrics reporters; not used here.",
    ),
    string(
        "metadata.log.dir",
        None,
        "Directory of the metadata log; the first directory of log.dirs if not set.",
    ).works(),
    long(
        "metadata.log.max.record.bytes.between.snapshots",
        "20971520",
        "Bytes of metadata records after which a snapshot is written.",
    )
    .at_least(1).works(),
    long(
        "metadata.log.max.snapshot.interval.ms",
        "3600000",
        "Longest time between two metadata snapshots when there is something new.",
    )
    .at_least(0).works(),
    int(
        "metadata.log.segment.bytes",
        "1073741824",
        "Size of a segment of the metadata log.",
    )
    .at_least(8_388_608).works(),
    long(
        "metadata.log.segment.ms",
        "604800000",
        "Age at which a segment of the metadata log is closed.",
    ).works(),
    int(
        "metadata.max.idle.interval.ms",
        "500",
        "How often an idle controller writes a no-op record; 0 never does.",
    )
    .at_least(0),
    long(
        "metadata.max.retention.bytes",
        "104857600",
        "Bytes of metadata log and snapshots kept.",
    ).works(),
    long(
        "metadata.max.retention.ms",
        "604800000",
        "How long metadata segments and snapshots are kept.",
    ).works(),
    list(
        "metric.reporters",
        Some("org.apache.kafka.common.metrics.JmxReporter"),
        "Java classes of metrics reporters; not used here.",
    )
    .cluster_wide(),
    int(
        "metrics.num.samples",
        "2",
        "Samples from which rates are computed.",
    )
    .at_least(1),
    string(
        "metrics.recording.level",
        Some("INFO"),
        "Most detailed level of metrics that are recorded.",
    ),
    long(
        "metrics.sample.window.ms",
        "30000",
        "Length of one metrics sample.",
    )
    .at_least(1),
    int("node.id", "1", "Id of this node in the cluster.").works().at_least(0),
    int(
        "num.io.threads",
        "8",
        "Request threads in Kafka; not used here.",
    )
    .at_least(1)
    .cluster_wide(),
    int(
        "num.partitions",
        "1",
        "Number of partitions of a topic that is created without a number.",
    ).works()
    .at_least(1),
    int(
        "num.recovery.threads.per.data.dir",
        "2",
        "Logs of one directory that are recovered at once when starting.",
    )
    .at_least(1)
    .cluster_wide(),
    list(
        "process.roles",
        Some("broker,controller"),
        "Roles of this node; must include broker. Here a node always has both roles.",
    ).works()
    .allow(Allowed::ListOf(&["broker", "controller"])),
    int("quota.window.num", "11", "Samples kept for client quotas.").at_least(1),
    int(
        "quota.window.size.seconds",
        "1",
        "Length of one sample of a client quota.",
    )
    .at_least(1),
    int(
        "telemetry.max.bytes",
        "1048576",
        "Largest metrics push a client may send.",
    )
    .at_least(1),
    int(
        "max.request.partition.size.limit",
        "2000",
        "Partitions a describe request may return at most.",
    )
    .at_least(1),
    int(
        "max.incremental.fetch.session.cache.slots",
        "1000",
        "Incremental fetch sessions the broker remembers.",
    )
    .at_least(0),
    long(
        "leader.imbalance.check.interval.seconds",
        "300",
        "How often leaders are moved back to preferred replicas.",
    )
    .at_least(1),
    boolean(
        "auto.leader.rebalance.enable",
        "true",
        "Whether leaders move back to preferred replicas by themselves.",
    ),
    int(
        "max.connections.per.ip",
        INT_MAX,
        "Connections accepted from one address.",
    )
    .at_least(0)
    .cluster_wide(),
    string(
        "vltava.metrics.listener",
        None,
        "Address (host:port) at which metrics are served over HTTP for Prometheus (GET /metrics), without authentication. If empty, no metrics are served. Not a setting of Kafka.",
    ).works(),
];
