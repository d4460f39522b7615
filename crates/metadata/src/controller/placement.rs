//! Placement: the brokers of a new partition.
//!
//! Leaders are assigned to the active brokers in turn, and followers to the next ones, so that both
//! are spread evenly. Does not consider racks yet.

use wire::Uuid;

use crate::MetadataImage;
use crate::directory_id;
use crate::image::{BrokerRegistration, PartitionImage};

/// Partitions cannot be placed. The message is Kafka's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CannotPlace(pub String);

/// Replicas of `count` partitions from number `first` on, leader first.
///
/// `seed` chooses the first broker. New partitions of a topic continue with the same seed.
pub(super) fn place(
    image: &MetadataImage,
    first: i32,
    count: i32,
    replication_factor: i16,
    seed: u64,
) -> Result<Vec<Vec<i32>>, CannotPlace> {
    let brokers = image.cluster().brokers();
    let wanted = usize::try_from(replication_factor).expect("checked to be positive");
    let unfenced: Vec<i32> = brokers
        .values()
        .filter(|broker| !broker.fenced)
        .map(|broker| broker.id)
        .collect();
    let fenced: Vec<i32> = brokers
        .values()
        .filter(|broker| broker.fenced)
        .map(|broker| broker.id)
        .collect();
    if unfenced.is_empty() {
        return Err(CannotPlace("All brokers are currently fenced.".to_owned()));
    }
    if wanted > brokers.len() {
        return Err(CannotPlace(format!(
            "The target replication factor of {replication_factor} cannot be reached because only {} broker(s) \
             are registered.",
            brokers.len()
        )));
    }
    let from_unfenced = wanted.min(unfenced.len());
    let placed = (first..first + count)
        .map(|partition| {
            let start = seed.wrapping_add(partition.unsigned_abs().into());
            let of = |ids: &[i32], step: usize| {
                ids[(start.wrapping_add(step as u64) % ids.len() as u64) as usize]
            };
            let leaders_and_followers = (0..from_unfenced).map(|step| of(&unfenced, step));
            let fenced_followers = (0..wanted - from_unfenced).map(|step| of(&fenced, step));
            leaders_and_followers.chain(fenced_followers).collect()
        })
        .collect();
    Ok(placed)
}

/// A new partition on these replicas. The first one in sync is the leader.
pub(super) fn new_partition(
    image: &MetadataImage,
    replicas: Vec<i32>,
    isr: Vec<i32>,
) -> PartitionImage {
    let directories = replicas
        .iter()
        .map(|id| default_directory(image.cluster().brokers().get(id)))
        .collect();
    PartitionImage {
        leader: isr[0],
        replicas,
        directories,
        isr,
        removing_replicas: Vec::new(),
        adding_replicas: Vec::new(),
        eligible_leader_replicas: Vec::new(),
        last_known_leaders: Vec::new(),
        leader_recovery_state: 0,
        leader_epoch: 0,
        partition_epoch: 0,
    }
}

/// The log directory of a broker that has only one; otherwise the broker chooses.
fn default_directory(broker: Option<&BrokerRegistration>) -> Uuid {
    match broker.map(|broker| broker.directories.as_slice()) {
        Some([only]) => *only,
        _ => directory_id::UNASSIGNED,
    }
}

/// Checks a manual assignment.
///
/// `expected` is the number of replicas of the topic's other partitions, if there are any.
pub(super) fn check_manual(
    image: &MetadataImage,
    replicas: &[i32],
    expected: Option<usize>,
) -> Result<(), CannotPlace> {
    let prefix = "The manual partition assignment includes";
    if replicas.is_empty() {
        return Err(CannotPlace(format!("{prefix} an empty replica list.")));
    }
    let mut sorted = replicas.to_vec();
    sorted.sort_unstable();
    for (place, id) in sorted.iter().enumerate() {
        if !image.cluster().brokers().contains_key(id) {
            return Err(CannotPlace(format!(
                "{prefix} broker {id}, but no such broker is registered."
            )));
        }
        if place > 0 && sorted[place - 1] == *id {
            return Err(CannotPlace(format!(
                "{prefix} the broker {id} more than once."
            )));
        }
    }
    match expected {
        Some(expected) if expected != replicas.len() => Err(CannotPlace(format!(
            "{prefix} a partition with {} replica(s), but this is not consistent with previous partitions, \
             which have {expected} replica(s).",
            replicas.len()
        ))),
        _ => Ok(()),
    }
}

/// The active brokers among `replicas`.
pub(super) fn active(image: &MetadataImage, replicas: &[i32]) -> Vec<i32> {
    replicas
        .iter()
        .copied()
        .filter(|id| image.cluster().is_active(*id))
        .collect()
}
