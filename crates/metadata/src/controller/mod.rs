//! The controller: which records come next.
//!
//! One file per subject. Each function takes the image and a request, and returns the records that
//! would carry it out together with the answer. Nothing is changed here: the records take effect when
//! they are replayed, and the answer may be sent when they are committed.
//!
//! Does not check permissions: what a client may not touch is taken out of its request before.

pub mod bootstrap;
pub mod brokers;
pub mod configs;
pub mod producer_ids;
pub mod topics;

mod pending;
mod placement;

use std::collections::BTreeMap;

use wire::records::metadata::MetadataRecord;
use wire::{ErrorCode, StrBytes};

pub use pending::PendingChanges;

use crate::MetadataImage;
use crate::config_def::{ConfigKey, ConfigLayers};

/// Records one request may make, so that no request can fill the log; as in Kafka.
pub const RECORDS_PER_REQUEST_MAX: usize = 10_000;

/// What a request leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<R> {
    /// Records to append, all or none.
    pub records: Vec<MetadataRecord>,
    /// What to answer when they are committed.
    pub response: R,
}

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// Kafka's code.
    pub code: ErrorCode,
    /// A sentence for people; `None` lets the client use the code's own.
    pub message: Option<String>,
}

impl ApiError {
    /// An error with a sentence of its own.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        ApiError {
            code,
            message: Some(message.into()),
        }
    }

    fn wire_message(&self) -> Option<StrBytes> {
        self.message.as_deref().map(StrBytes::from)
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        ApiError {
            code,
            message: None,
        }
    }
}

/// What the controller must know of the node it runs on.
#[derive(Clone, Copy, Debug)]
pub struct NodeFacts<'a> {
    /// Number of the node that received the request.
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
