//! The first records of a new cluster.

use wire::records::metadata::{FeatureLevelRecord, MetadataRecord};

use crate::image::METADATA_VERSION_FEATURE;
use crate::record::METADATA_VERSION;

/// Records that begin the metadata log of a new cluster.
///
/// Only the metadata version is agreed on: a client takes any other feature level as a promise (a
/// `transaction.version` of 2 switches its transactions to another protocol).
pub fn records() -> Vec<MetadataRecord> {
    vec![MetadataRecord::FeatureLevel(FeatureLevelRecord {
        name: METADATA_VERSION_FEATURE.into(),
        feature_level: METADATA_VERSION,
    })]
}
