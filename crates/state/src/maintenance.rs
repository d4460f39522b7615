//! What is done between batches, away from them: a snapshot, then the deletion of what it makes superfluous.

use std::sync::Arc;

use crate::body::{self, SNAPSHOT_BATCH_ROWS};
use crate::column::Column;
use crate::error::StateError;
use crate::frame::{self, Kind};
use crate::hash;
use crate::home::{Home, Listing};
use crate::key_index::KeyBytes;
use crate::schema::{StateConfig, StateSchema};
use crate::store::{StateBatch, StateStore};
use crate::time_buckets::BucketOfSlot;

/// A snapshot that is due, holding the state as it was at the commit; the store may go on meanwhile.
///
/// Run it on any thread, or drop it: then starting takes longer, and the next one comes `snapshot_every` versions
/// later. Run those of one store one after the other.
#[derive(Debug)]
pub struct Maintenance {
    home: Home,
    schema: StateSchema,
    config: StateConfig,
    version: u64,
    link: u32,
    keys: KeyBytes,
    values: Vec<Column>,
    buckets: BucketOfSlot,
}

/// What [`Maintenance::run`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintained {
    /// The version there is a snapshot of now.
    pub version: u64,
    /// Its size.
    pub bytes: u64,
    /// Files deleted because no retained version needs them.
    pub deleted: usize,
}

impl Maintenance {
    /// Freezes a store as it is right after a commit whose changelog has the checksum `link`.
    pub(crate) fn freeze(store: &StateStore, home: &Home, link: u32) -> Maintenance {
        Maintenance {
            home: home.clone(),
            schema: store.schema.clone(),
            config: store.config.clone(),
            version: store.version,
            link,
            keys: store.rows.keys.bytes().clone(),
            values: store.rows.values.clone(),
            buckets: store.rows.buckets.by_slot().clone(),
        }
    }

    /// The version it will write.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Writes the snapshot, then deletes files that no retained version needs.
    pub fn run(self) -> Result<Maintained, StateError> {
        let body = self.encode()?;
        let (file, _) = frame::seal(Kind::Snapshot, self.version, self.link, &body);
        let bytes = file.len() as u64;
        self.home.put(&self.home.snapshot(self.version), file)?;
        let listing = self.home.list()?;
        let expired = expired(&listing, self.version, self.config.versions_retained);
        for &version in &expired.changelogs {
            self.home.delete(&self.home.changelog(version))?;
        }
        for &version in &expired.snapshots {
            self.home.delete(&self.home.snapshot(version))?;
        }
        let deleted = expired.changelogs.len() + expired.snapshots.len();
        Ok(Maintained {
            version: self.version,
            bytes,
            deleted,
        })
    }

    /// All rows, ordered by state partition and key.
    fn encode(&self) -> Result<Vec<u8>, StateError> {
        let partition =
            |slot: u32| hash::partition_of(self.keys.hash(slot), self.config.partitions);
        let mut slots = self.keys.live();
        slots.sort_unstable_by_key(|&slot| (partition(slot), self.keys.key(slot)));
        let schema = Arc::new(body::file_schema(&self.schema));
        let arrow = StateError::arrow;
        let mut writer = body::file_writer(&schema).map_err(arrow("encode state snapshot"))?;
        for slots in slots.chunks(SNAPSHOT_BATCH_ROWS) {
            let batch = StateBatch::new(
                self.keys.columns(self.schema.key(), slots)?,
                self.values
                    .iter()
                    .map(|column| column.take(slots))
                    .collect::<Result<_, _>>()?,
                slots.iter().map(|&slot| self.buckets.get(slot)).collect(),
                slots.len(),
            );
            let partitions = slots.iter().map(|&slot| partition(slot)).collect();
            let batch = body::to_record_batch(&schema, batch, partitions, false)
                .map_err(arrow("encode state snapshot"))?;
            writer
                .write(&batch)
                .map_err(arrow("encode state snapshot"))?;
        }
        writer.into_inner().map_err(arrow("encode state snapshot"))
    }
}

/// The files that no version from `newest - retained` on needs.
///
/// Never among them: the newest snapshot at or before the oldest retained version, and all after it.
fn expired(listing: &Listing, newest: u64, retained: u64) -> Listing {
    let oldest = newest.saturating_sub(retained);
    let Some(base) = listing
        .snapshots
        .iter()
        .copied()
        .rfind(|&version| version <= oldest)
    else {
        return Listing::default();
    };
    Listing {
        changelogs: listing
            .changelogs
            .iter()
            .copied()
            .filter(|&version| version <= base)
            .collect(),
        snapshots: listing
            .snapshots
            .iter()
            .copied()
            .filter(|&version| version < base)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(changelogs: impl IntoIterator<Item = u64>, snapshots: &[u64]) -> Listing {
        Listing {
            changelogs: changelogs.into_iter().collect(),
            snapshots: snapshots.to_vec(),
        }
    }

    #[test]
    fn retention_keeps_what_the_oldest_retained_version_is_made_of() {
        // Version 15 is the oldest to keep: snapshot 10 and changelogs 11 to 15 make it.
        let files = listing(1..=20, &[5, 10, 20]);
        assert_eq!(expired(&files, 20, 5), listing(1..=10, &[5]));
        // Nothing at or before version 3 is a snapshot, so all changelogs are needed.
        assert_eq!(expired(&files, 20, 17), Listing::default());
        assert_eq!(expired(&files, 20, 100), Listing::default());
    }
}
