//! The decisions of the controller: which records a request results in.
//!
//! One file per subject. Each function takes the image and a request and returns records and a
//! response. Nothing is changed here: the records take effect when they are replayed, and the response
//! is sent when they are committed. [`PendingChanges`] keeps track of the changes in between.
//!
//! Does not check permissions: the caller passes only what the client may change.

pub mod bootstrap;
pub mod brokers;
pub mod configs;
pub mod producer_ids;
pub mod topics;

mod pending;
mod placement;

use std::collections::BTreeMap;

use wire::records::metadata::MetadataRecord;

pub use pending::PendingChanges;

use crate::MetadataImage;
use crate::config_def::{ConfigKey, ConfigLayers};

/// Most records of one request, as Kafka's `MAX_RECORDS_PER_USER_OP`.
pub const RECORDS_PER_REQUEST_MAX: usize = 10_000;

/// The decision about a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<R> {
    /// Records to append, all or none.
    pub records: Vec<MetadataRecord>,
    /// The response, to be sent when they are committed.
    pub response: R,
}

/// The node that the controller runs on.
#[derive(Clone, Copy, Debug)]
pub struct NodeFacts<'a> {
    /// Its id.
    pub node_id: i32,
    /// Settings it was started with, by Kafka's names.
    pub static_config: &'a BTreeMap<String, String>,
}

impl<'a> NodeFacts<'a> {
    /// Where this node's settings come from.
    pub fn layers(&self, image: &'a MetadataImage) -> ConfigLayers<'a> {
        ConfigLayers::new(image.configs(), self.node_id, self.static_config)
    }

    /// A setting that the node was started with, or its default.
    pub(crate) fn get<T>(&self, key: ConfigKey<T>) -> T {
        key.read(self.static_config.get(key.def().name).map(String::as_str))
    }
}
