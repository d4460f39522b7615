//! Finalized feature levels of the cluster (KIP-584).

use std::collections::BTreeMap;

use wire::StrBytes;
use wire::records::metadata::FeatureLevelRecord;

/// The feature whose level determines the records of the metadata log.
pub const METADATA_VERSION_FEATURE: &str = "metadata.version";

/// The feature that keeps eligible leader replicas of partitions (KIP-966).
pub const ELIGIBLE_LEADER_REPLICAS_FEATURE: &str = "eligible.leader.replicas.version";

/// Feature levels by name, without features at level 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeaturesImage {
    levels: BTreeMap<StrBytes, i16>,
}

impl FeaturesImage {
    /// The level of a feature; 0 if it is disabled.
    pub fn level(&self, name: &str) -> i16 {
        self.levels.get(name).copied().unwrap_or(0)
    }

    /// Every enabled feature, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&StrBytes, i16)> {
        self.levels.iter().map(|(name, level)| (name, *level))
    }

    pub(super) fn replay(&mut self, record: &FeatureLevelRecord) {
        if record.feature_level == 0 {
            self.levels.remove(&*record.name);
        } else {
            self.levels
                .insert(record.name.detached(), record.feature_level);
        }
    }
}
