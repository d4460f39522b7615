//! Producer ids, taken one by one from a block that the controller has allocated to this node.
//!
//! Invariant: no id is given out twice, because a block is committed before its first id is used. The
//! rest of a block is lost when the broker stops.

use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;
use wire::ErrorCode;

use super::controller::Controller;

/// The ids that this node can give out.
#[derive(Debug)]
pub(crate) struct ProducerIds {
    controller: Arc<Controller>,
    block: Mutex<Range<i64>>,
    /// Held while the next block is requested, so that only one is.
    requesting: tokio::sync::Mutex<()>,
}

impl ProducerIds {
    /// Starts without a block.
    pub(crate) fn new(controller: &Arc<Controller>) -> ProducerIds {
        ProducerIds {
            controller: Arc::clone(controller),
            block: Mutex::new(0..0),
            requesting: tokio::sync::Mutex::new(()),
        }
    }

    /// An id of the current block, if one is left.
    pub(crate) fn take_reserved(&self) -> Option<i64> {
        self.block.lock().next()
    }

    /// An id, of a new block if the current one is used up.
    pub(crate) async fn take(&self) -> Result<i64, ErrorCode> {
        let _requesting = self.requesting.lock().await;
        loop {
            if let Some(id) = self.take_reserved() {
                return Ok(id);
            }
            let block = self.controller.allocate_producer_ids().await?;
            *self.block.lock() = block;
        }
    }
}
