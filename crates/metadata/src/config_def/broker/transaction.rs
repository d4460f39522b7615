//! Transactions and idempotent producers.

use crate::config_def::{ConfigDef, boolean, int, short};

pub(super) const CONFIGS: &[ConfigDef] = &[
    int("add.partitions.to.txn.retry.backoff.max.ms", "100", "Longest time a broker keeps retrying to add a partition to a transaction.").at_least(0),
    int("add.partitions.to.txn.retry.backoff.ms", "20", "Pause between two attempts to add a partition to a transaction.").at_least(1),
    int("producer.id.expiration.ms", "86400000", "Idle time after which a partition forgets the sequence numbers of a producer, in milliseconds.").works().at_least(1).cluster_wide(),
    int("transaction.abort.timed.out.transaction.cleanup.interval.ms", "10000", "How often transactions past their timeout are aborted.").at_least(1),
    int("transaction.max.timeout.ms", "900000", "Largest transaction timeout a producer may request, in milliseconds.").at_least(1),
    boolean("transaction.partition.verification.enable", "true", "Whether a partition checks with the coordinator that a transaction is open before it takes its records.").cluster_wide(),
    int("transaction.remove.expired.transaction.cleanup.interval.ms", "3600000", "Interval at which unused transactional ids are removed.").at_least(1),
    int("transaction.state.log.load.buffer.size", "5242880", "Bytes read at a time when a transaction coordinator loads its records.").at_least(1),
    int("transaction.state.log.min.isr", "2", "In-sync replicas the transaction topic needs.").at_least(1),
    int("transaction.state.log.num.partitions", "50", "Partitions of the transaction topic; must not change afterwards.").at_least(1),
    short("transaction.state.log.replication.factor", "3", "Replicas of the transaction topic; fewer while there are fewer brokers.").at_least(1),
    int("transaction.state.log.segment.bytes", "104857600", "Segment size of the transaction topic.").at_least(1),
    boolean("transaction.two.phase.commit.enable", "false", "Whether a producer may take part in two-phase commit with an outside coordinator."),
    int("transactional.id.expiration.ms", "604800000", "Idle time after which a transactional id is forgotten.").at_least(1),
];
