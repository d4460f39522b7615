//! The first records of a new cluster.

use wire::records::metadata::{FeatureLevelRecord, MetadataRecord};

use crate::image::METADATA_VERSION_FEATURE;
use crate::record::METADATA_VERSION;

/// The records that begin the metadata log of a new cluster.
///
/// Only the metadata version is set. Clients rely on any other feature level: a `transaction.version`
/// of 2, for example, switches them to another transaction protocol.
pub fn records() -> Vec<MetadataRecord> {
    vec![MetadataRecord::FeatureLevel(FeatureLevelRecord {
        name: METADATA_VERSION_FEATURE.into(),
        feature_level: METADATA_VERSION,
    })]
}
