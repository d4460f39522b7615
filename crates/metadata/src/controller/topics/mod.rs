//! Topics: create, delete, add partitions.

mod add_partitions;
mod create;
mod delete;

pub use add_partitions::create_partitions;
pub use create::create;
pub use delete::delete;

use wire::records::metadata::{MetadataRecord, PartitionRecord};
use wire::{ApiError, ErrorCode, Uuid};

use super::RECORDS_PER_REQUEST_MAX;
use super::placement::CannotPlace;
use crate::image::PartitionImage;

/// The record of a new partition.
fn partition_record(topic_id: Uuid, number: i32, partition: PartitionImage) -> MetadataRecord {
    MetadataRecord::Partition(PartitionRecord {
        partition_id: number,
        topic_id,
        replicas: partition.replicas,
        isr: partition.isr,
        leader: partition.leader,
        leader_epoch: partition.leader_epoch,
        partition_epoch: partition.partition_epoch,
        directories: partition.directories,
        ..PartitionRecord::default()
    })
}

/// Checks that `more` records fit into one request.
///
/// # Errors
/// `POLICY_VIOLATION`, as Kafka's `BoundedList` leads to.
fn check_room(already: usize, more: usize) -> Result<(), ApiError> {
    if already + more > RECORDS_PER_REQUEST_MAX {
        let message = "Unable to perform excessively large batch operation.";
        return Err(ApiError::new(ErrorCode::PolicyViolation, message));
    }
    Ok(())
}

/// The seed of a topic's placement, from its id, which is random.
fn placement_seed(topic_id: Uuid) -> u64 {
    let mut last = [0; 8];
    last.copy_from_slice(&topic_id.0[8..]);
    u64::from_be_bytes(last)
}

impl From<CannotPlace> for ApiError {
    fn from(why: CannotPlace) -> Self {
        ApiError::new(ErrorCode::InvalidReplicaAssignment, why.0)
    }
}

#[cfg(test)]
mod tests;
