//! Producer ids: blocks that are allocated to brokers.

use wire::records::metadata::{MetadataRecord, ProducerIdsRecord};
use wire::{ApiError, ErrorCode};

use super::{Outcome, brokers};
use crate::MetadataImage;

/// Ids in one block.
pub const BLOCK_SIZE: i32 = 1000;

/// A block of producer ids of one broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerIdBlock {
    /// First id of the block.
    pub first_producer_id: i64,
    /// Number of ids.
    pub size: i32,
}

/// Allocates the next block to a broker.
///
/// # Errors
/// If the broker is not registered with this epoch, or no ids are left.
pub fn allocate(
    image: &MetadataImage,
    broker_id: i32,
    broker_epoch: i64,
) -> Result<Outcome<ProducerIdBlock>, ApiError> {
    brokers::check_epoch(image, broker_id, broker_epoch)?;
    let first_producer_id = image.producer_ids().next_producer_id;
    let Some(next_producer_id) = first_producer_id.checked_add(BLOCK_SIZE.into()) else {
        return Err(ApiError::new(
            ErrorCode::UnknownServerError,
            "all producer ids are allocated",
        ));
    };
    let record = ProducerIdsRecord {
        broker_id,
        broker_epoch,
        next_producer_id,
    };
    Ok(Outcome {
        records: vec![MetadataRecord::ProducerIds(record)],
        response: ProducerIdBlock {
            first_producer_id,
            size: BLOCK_SIZE,
        },
    })
}
