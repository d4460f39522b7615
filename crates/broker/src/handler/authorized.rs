//! The operations that a client is authorised for, as Kafka's bit field. There is no authoriser yet,
//! so these are all operations of each kind of resource.

/// Kafka's codes of the operations (`AclOperation`).
mod operation {
    pub(super) const READ: u32 = 3;
    pub(super) const WRITE: u32 = 4;
    pub(super) const CREATE: u32 = 5;
    pub(super) const DELETE: u32 = 6;
    pub(super) const ALTER: u32 = 7;
    pub(super) const DESCRIBE: u32 = 8;
    pub(super) const CLUSTER_ACTION: u32 = 9;
    pub(super) const DESCRIBE_CONFIGS: u32 = 10;
    pub(super) const ALTER_CONFIGS: u32 = 11;
    pub(super) const IDEMPOTENT_WRITE: u32 = 12;
}

use operation::{
    ALTER, ALTER_CONFIGS, CLUSTER_ACTION, CREATE, DELETE, DESCRIBE, DESCRIBE_CONFIGS,
    IDEMPOTENT_WRITE, READ, WRITE,
};

/// The client did not request them.
pub(super) const NOT_REQUESTED: i32 = i32::MIN;

/// All operations on a topic.
pub(super) const TOPIC: i32 = bits(&[
    READ,
    WRITE,
    CREATE,
    DELETE,
    ALTER,
    DESCRIBE,
    DESCRIBE_CONFIGS,
    ALTER_CONFIGS,
]);

/// All operations on the cluster.
pub(super) const CLUSTER: i32 = bits(&[
    CREATE,
    ALTER,
    DESCRIBE,
    CLUSTER_ACTION,
    DESCRIBE_CONFIGS,
    ALTER_CONFIGS,
    IDEMPOTENT_WRITE,
]);

/// All operations on a group.
pub(super) const GROUP: i32 = bits(&[READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS]);

const fn bits(operations: &[u32]) -> i32 {
    let mut bits = 0;
    let mut at = 0;
    while at < operations.len() {
        bits |= 1 << operations[at];
        at += 1;
    }
    bits
}
