//! Committing a version, and loading one.

use std::collections::BTreeSet;
use std::sync::Arc;

use io::Objects;

use crate::body;
use crate::error::StateError;
use crate::frame::{self, Kind};
use crate::hash;
use crate::home::Home;
use crate::maintenance::Maintenance;
use crate::schema::{StateConfig, StateSchema};
use crate::store::{Changes, StateBatch, StateRows, StateStore};

/// What of a store is on disk.
#[derive(Debug)]
pub(crate) struct History {
    home: Home,
    /// Checksum of the changelog of the current version; 0 at version 0.
    link: u32,
    /// The newest version that has a snapshot, or was handed out to get one.
    snapshot: u64,
    /// Snapshots found after the version that was loaded: of batches that are being run again.
    abandoned: BTreeSet<u64>,
}

/// What a commit wrote.
#[derive(Debug)]
pub struct Committed {
    /// Rows that are new or have new values.
    pub upserted: usize,
    /// Keys that are gone.
    pub deleted: usize,
    /// Size of the changelog file.
    pub bytes: u64,
    /// A snapshot, when one is due.
    pub maintenance: Option<Maintenance>,
}

/// What a load read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The version of the snapshot it began with; 0: none.
    pub snapshot: u64,
    /// Changelogs applied after it.
    pub changelogs: u64,
    /// Snapshots passed over because they were damaged; older ones and more changelogs gave the same state.
    pub skipped: Vec<StateError>,
}

impl StateStore {
    /// Opens the store in `dir` (`state/<operator>/<shard>` of a checkpoint), at version 0 until
    /// [`load`](Self::load) is called.
    ///
    /// Writes `_metadata/schema` when the directory is empty.
    /// Fails with [`StateError::KeySchema`], [`ValueSchema`](StateError::ValueSchema) or
    /// [`Layout`](StateError::Layout) when the directory holds other state than this.
    pub fn open(
        objects: Objects,
        dir: &str,
        schema: StateSchema,
        config: StateConfig,
    ) -> Result<StateStore, StateError> {
        let home = Home::new(objects, dir);
        home.settle_schema(&schema, &config)?;
        let mut store = StateStore::in_memory(schema, config)?;
        store.history = Some(History {
            home,
            link: 0,
            snapshot: 0,
            abandoned: BTreeSet::new(),
        });
        Ok(store)
    }

    /// Makes the store hold `version`, dropping changes that are not committed. Version 0 is empty.
    ///
    /// Costs nothing when the version is there and nothing was changed since. Otherwise it reads the newest
    /// sound snapshot and the changelogs after it.
    /// Fails with [`StateError::Missing`] or [`StateError::Corrupt`]; the store is then at version 0.
    pub fn load(&mut self, version: u64) -> Result<Loaded, StateError> {
        if version == self.version && self.changes.is_empty() {
            return Ok(Loaded::default());
        }
        self.reset()?;
        let Some(history) = self.history.take() else {
            return match version {
                0 => Ok(Loaded::default()),
                _ => Err(StateError::Missing {
                    path: "(memory)".to_owned(),
                    version,
                }),
            };
        };
        let result = self.read(&history.home, version);
        let home = history.home;
        match result {
            Ok((loaded, link, abandoned)) => {
                let snapshot = loaded.snapshot;
                self.history = Some(History {
                    home,
                    link,
                    snapshot,
                    abandoned,
                });
                self.changes.settle(&self.rows.keys.bytes().live());
                self.version = version;
                Ok(loaded)
            }
            Err(error) => {
                self.history = Some(History {
                    home,
                    link: 0,
                    snapshot: 0,
                    abandoned: BTreeSet::new(),
                });
                self.reset()?;
                Err(error)
            }
        }
    }

    /// Makes what changed since the last version durable as `version`.
    ///
    /// Writes one file, whose size follows what changed. After an error nothing is lost: try again, or `load`.
    ///
    /// # Panics
    /// When `version` is not the one after [`version`](Self::version).
    pub fn commit(&mut self, version: u64) -> Result<Committed, StateError> {
        assert_eq!(
            version,
            self.version + 1,
            "versions are committed one after the other"
        );
        let upserted = self.changed();
        let deleted = self.changes.removed.len();
        let mut bytes = 0;
        if let Some(mut history) = self.history.take() {
            let written = self.write_changelog(&mut history, version, &upserted);
            self.history = Some(history);
            bytes = written?;
        }
        self.version = version;
        self.changes.settle(&upserted);
        let maintenance = self.history.take().and_then(|mut history| {
            let due = version - history.snapshot >= self.config.snapshot_every;
            let maintenance = due.then(|| Maintenance::freeze(self, &history.home, history.link));
            if due {
                history.snapshot = version;
            }
            self.history = Some(history);
            maintenance
        });
        Ok(Committed {
            upserted: upserted.len(),
            deleted,
            bytes,
            maintenance,
        })
    }

    /// Slots whose rows are new or have new values, ordered by state partition and key.
    fn changed(&self) -> Vec<u32> {
        let bytes = self.rows.keys.bytes();
        let mut slots: Vec<u32> = self
            .changes
            .touched()
            .iter()
            .copied()
            .filter(|&slot| bytes.is_live(slot))
            .collect();
        slots.sort_unstable_by_key(|&slot| (self.partition(slot), bytes.key(slot)));
        slots
    }

    /// Gives the size of the file.
    fn write_changelog(
        &self,
        history: &mut History,
        version: u64,
        upserted: &[u32],
    ) -> Result<u64, StateError> {
        let schema = Arc::new(body::file_schema(&self.schema));
        let mut batches = Vec::new();
        let arrow = StateError::arrow;
        if !self.changes.removed.is_empty() {
            let removed = &self.changes.removed;
            let keys = self
                .rows
                .keys
                .columns_of(removed.keys().map(|key| &**key))?;
            let batch = StateBatch::deletions(&self.schema, keys, removed.len());
            let partitions = removed
                .values()
                .map(|&hash| hash::partition_of(hash, self.config.partitions))
                .collect();
            batches.push(
                body::to_record_batch(&schema, batch, partitions, true)
                    .map_err(arrow("encode state changelog"))?,
            );
        }
        if !upserted.is_empty() {
            let batch = self.rows.batch(upserted)?;
            let partitions = upserted.iter().map(|&slot| self.partition(slot)).collect();
            batches.push(
                body::to_record_batch(&schema, batch, partitions, false)
                    .map_err(arrow("encode state changelog"))?,
            );
        }
        let body =
            body::write_stream(&schema, &batches).map_err(arrow("encode state changelog"))?;
        let (file, crc) = frame::seal(Kind::Changelog, version, history.link, &body);
        let bytes = file.len() as u64;
        // A snapshot of this version that an abandoned run left would hold that run's rows.
        if history.abandoned.contains(&version) {
            history.home.delete(&history.home.snapshot(version))?;
            history.abandoned.remove(&version);
        }
        history.home.put(&history.home.changelog(version), file)?;
        history.link = crc;
        Ok(bytes)
    }

    /// Empties the store.
    fn reset(&mut self) -> Result<(), StateError> {
        self.rows = StateRows::new(&self.schema)?;
        self.changes = Changes::default();
        self.version = 0;
        if let Some(history) = &mut self.history {
            history.link = 0;
        }
        Ok(())
    }

    /// Fills an empty store with `version`; gives also the checksum of its changelog and the snapshots after it.
    fn read(
        &mut self,
        home: &Home,
        version: u64,
    ) -> Result<(Loaded, u32, BTreeSet<u64>), StateError> {
        let listing = home.list()?;
        let abandoned = listing
            .snapshots
            .iter()
            .copied()
            .filter(|&v| v > version)
            .collect();
        let mut loaded = Loaded::default();
        let mut link = 0;
        for &candidate in listing.snapshots.iter().rev().filter(|&&v| v <= version) {
            match self.read_snapshot(home, candidate) {
                Ok(snapshot_link) => {
                    link = snapshot_link;
                    loaded.snapshot = candidate;
                    break;
                }
                Err(error @ (StateError::Corrupt { .. } | StateError::Missing { .. })) => {
                    self.reset()?;
                    loaded.skipped.push(error);
                }
                Err(error) => return Err(error),
            }
        }
        for next in loaded.snapshot + 1..=version {
            match self.apply_changelog(home, next, version, link) {
                Ok(crc) => link = crc,
                // The damaged snapshot is why this file is asked for at all: it is the one to name.
                Err(StateError::Missing { .. }) if !loaded.skipped.is_empty() => {
                    return Err(loaded.skipped.swap_remove(0));
                }
                Err(error) => return Err(error),
            }
            loaded.changelogs += 1;
        }
        Ok((loaded, link, abandoned))
    }

    fn read_snapshot(&mut self, home: &Home, version: u64) -> Result<u32, StateError> {
        let path = home.snapshot(version);
        let frame = home.get(&path, Kind::Snapshot, version)?;
        check_version(&path, frame.version, version)?;
        check_same_history(home, &path, version, frame.link)?;
        for batch in body::read_file(&path, frame.body)? {
            self.apply(
                &path,
                &body::from_record_batch(&path, &self.schema, &batch?)?,
            )?;
        }
        Ok(frame.link)
    }

    /// Gives the file's checksum.
    fn apply_changelog(
        &mut self,
        home: &Home,
        version: u64,
        wanted: u64,
        link: u32,
    ) -> Result<u32, StateError> {
        let path = home.changelog(version);
        let frame = home.get(&path, Kind::Changelog, wanted)?;
        check_version(&path, frame.version, version)?;
        if frame.link != link {
            return Err(StateError::Corrupt {
                path,
                problem: format!(
                    "it continues another history than that of version {}",
                    version - 1
                ),
            });
        }
        let (_, batches) = body::read_stream(&path, frame.body)?;
        for batch in batches {
            self.apply(
                &path,
                &body::from_record_batch(&path, &self.schema, &batch)?,
            )?;
        }
        Ok(frame.crc)
    }

    /// Deletes and upserts rows as a file says; deletions in a file come before upserts.
    fn apply(&mut self, path: &str, stored: &body::StoredRows) -> Result<(), StateError> {
        let encoded = self.rows.keys.encode(&stored.keys)?;
        if encoded.len() != stored.rows && stored.rows > 0 {
            return Err(StateError::Corrupt {
                path: path.to_owned(),
                problem: format!("{} rows, but only one key is possible", stored.rows),
            });
        }
        let mut slots = Vec::with_capacity(stored.rows);
        if stored.deleted.true_count() > 0 {
            for row in 0..stored.rows {
                // A key that is not there is fine: a changelog may say twice that it is gone.
                slots.extend(self.rows.keys.find(&encoded, row));
            }
            self.remove(&slots);
            return Ok(());
        }
        for row in 0..stored.rows {
            slots.push(self.rows.keys.intern(&encoded, row)?.0);
        }
        self.rows.grow();
        for (column, array) in self.rows.values.iter_mut().zip(&stored.values) {
            column.put(&slots, array)?;
        }
        for (&slot, bucket) in slots.iter().zip(&stored.buckets) {
            self.rows.buckets.set(slot, bucket);
        }
        Ok(())
    }
}

/// A snapshot that an abandoned run of a batch wrote late does not fit the changelog that was written since.
///
/// Where retention has deleted the changelog, or it is damaged itself, there is nothing to compare with.
fn check_same_history(
    home: &Home,
    snapshot: &str,
    version: u64,
    link: u32,
) -> Result<(), StateError> {
    match home.get(&home.changelog(version), Kind::Changelog, version) {
        Ok(changelog) if changelog.crc != link => Err(StateError::Corrupt {
            path: snapshot.to_owned(),
            problem: format!("it is of another history than the changelog of version {version}"),
        }),
        Ok(_) | Err(StateError::Missing { .. } | StateError::Corrupt { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

fn check_version(path: &str, found: u64, version: u64) -> Result<(), StateError> {
    if found == version {
        return Ok(());
    }
    let problem = format!("it holds version {found}");
    Err(StateError::Corrupt {
        path: path.to_owned(),
        problem,
    })
}
