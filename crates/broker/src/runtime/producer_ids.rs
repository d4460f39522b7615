//! Producer ids: taken one by one from a block that the controller has set aside for us.
//!
//! Holds: no id is given twice, since a block is a record before its first id is used; what is
//! left of a block when the broker stops is lost, of which there are plenty.

use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;
use wire::ErrorCode;

use crate::node::Node;

/// Ids to give away.
#[derive(Debug)]
pub(crate) struct ProducerIds {
    block: Mutex<Range<i64>>,
    /// Whoever holds it fetches the next block.
    fetching: tokio::sync::Mutex<()>,
}

impl Default for ProducerIds {
    fn default() -> Self {
        ProducerIds {
            block: Mutex::new(0..0),
            fetching: tokio::sync::Mutex::new(()),
        }
    }
}

impl ProducerIds {
    /// An id of the current block, if there is one left.
    pub(crate) fn take_reserved(&self) -> Option<i64> {
        self.block.lock().next()
    }

    /// An id, from a new block if need be.
    pub(crate) async fn take(&self, node: &Arc<Node>) -> Result<i64, ErrorCode> {
        let _fetching = self.fetching.lock().await;
        loop {
            if let Some(id) = self.take_reserved() {
                return Ok(id);
            }
            let block = node.controller.allocate_producer_ids(node).await?;
            *self.block.lock() = block;
        }
    }
}
