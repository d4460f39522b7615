//! Replication between brokers.

use crate::config_def::{ConfigDef, LONG_MAX, boolean, int, int_or_null, long, string};

pub(super) const CONFIGS: &[ConfigDef] = &[
    int("alter.log.dirs.replication.quota.window.num", "11", "Samples kept for the quota of moves between log directories.").at_least(1),
    int("alter.log.dirs.replication.quota.window.size.seconds", "1", "Length of one sample of the quota of moves between log directories.").at_least(1),
    long("follower.replication.throttled.rate", LONG_MAX, "Bytes per second that throttled replicas may fetch.").described_when_set().at_least(0).cluster_wide(),
    long("leader.replication.throttled.rate", LONG_MAX, "Bytes per second that may be served to throttled replicas.").described_when_set().at_least(0).cluster_wide(),
    int("min.insync.replicas", "1", "Default of the topic setting min.insync.replicas: the number of in-sync replicas that a write with acks=all needs.").works().at_least(1).cluster_wide(),
    int_or_null("num.replica.alter.log.dirs.threads", "Threads that move replicas between log directories."),
    int("num.replica.fetchers", "1", "Connections on which a broker fetches from each other broker.").at_least(1).cluster_wide(),
    long("replica.alter.log.dirs.io.max.bytes.per.second", LONG_MAX, "Bytes per second of moves between log directories.").described_when_set().at_least(0).cluster_wide(),
    int("replica.fetch.backoff.ms", "1000", "Pause after a failed replica fetch.").at_least(0),
    int("replica.fetch.max.bytes", "1048576", "Bytes per partition that a replica fetch requests.").at_least(0),
    int("replica.fetch.min.bytes", "1", "Bytes a replica fetch waits for."),
    int("replica.fetch.response.max.bytes", "10485760", "Bytes one replica fetch may return.").at_least(0),
    int("replica.fetch.wait.max.ms", "500", "How long a replica fetch waits for data."),
    long("replica.high.watermark.checkpoint.interval.ms", "5000", "Interval at which high watermarks are checkpointed, in milliseconds."),
    long("replica.lag.time.max.ms", "30000", "How long a follower may lag before it leaves the in-sync replicas."),
    string("replica.selector.class", None, "Java class that picks the replica a consumer reads from; not used here."),
    int("replica.socket.receive.buffer.bytes", "65536", "Receive buffer of replica fetches."),
    int("replica.socket.timeout.ms", "30000", "Socket timeout of replica fetches."),
    int("replication.quota.window.num", "11", "Samples kept for the replication quota.").at_least(1),
    int("replication.quota.window.size.seconds", "1", "Length of one sample of the replication quota.").at_least(1),
    boolean("unclean.leader.election.enable", "false", "Whether a replica that is not in sync may become leader if there is no other. Records can be lost.").cluster_wide(),
];
