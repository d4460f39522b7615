//! Versions on disk: what is written, what is read back, what is said of damage.

use std::path::Path;

use arrow::datatypes::{DataType, Field, Fields};
use io::Disk;
use io::sim::Sim;
use vltava_state::{StateConfig, StateError, StateSchema, StateStore};

use crate::{content, pairs, set, small_config, word_count_schema, words};

/// Where the store of a test lies.
struct Dir {
    sim: Sim,
}

impl Dir {
    fn new() -> Dir {
        Dir { sim: Sim::new(1) }
    }

    fn try_open(&self, schema: StateSchema, config: StateConfig) -> Result<StateStore, StateError> {
        StateStore::open(self.sim.io().objects, "/state/0/0", schema, config)
    }

    fn open(&self) -> StateStore {
        self.try_open(word_count_schema(), small_config()).unwrap()
    }

    fn disk(&self) -> Disk {
        self.sim.io().disk
    }

    fn names(&self) -> Vec<String> {
        let entries = self.disk().read_dir(Path::new("/state/0/0")).unwrap();
        let mut names: Vec<_> = entries.into_iter().map(|e| e.name).collect();
        names.sort();
        names
    }

    fn read(&self, name: &str) -> Vec<u8> {
        self.disk()
            .read(&Path::new("/state/0/0").join(name))
            .unwrap()
            .to_vec()
    }

    fn write(&self, name: &str, content: &[u8]) {
        self.disk()
            .write_atomic(&Path::new("/state/0/0").join(name), content)
            .unwrap();
    }

    fn remove(&self, name: &str) {
        self.disk()
            .remove_file(&Path::new("/state/0/0").join(name))
            .unwrap();
    }

    fn flip(&self, name: &str, at: usize) {
        let mut bytes = self.read(name);
        bytes[at] ^= 4;
        self.write(name, &bytes);
    }
}

/// Version `v` holds word `w<v>` for each version so far, and `all` with count `v`; snapshots run at once.
fn grow_to(store: &mut StateStore, version: u64) {
    while store.version() < version {
        let next = store.version() + 1;
        set(store, &[(&format!("w{next}"), 1), ("all", next as i64)]);
        let committed = store.commit(next).unwrap();
        assert_eq!((committed.upserted, committed.deleted), (2, 0));
        if let Some(maintenance) = committed.maintenance {
            maintenance.run().unwrap();
        }
    }
}

#[test]
fn every_retained_version_can_be_read_again() {
    let dir = Dir::new();
    let mut store = dir.open();
    grow_to(&mut store, 11);
    // Snapshots at 3, 6, 9; five versions behind the newest snapshot are kept: from 4 on.
    assert_eq!(
        dir.names(),
        [
            "10.changelog",
            "11.changelog",
            "3.snapshot",
            "4.changelog",
            "5.changelog",
            "6.changelog",
            "6.snapshot",
            "7.changelog",
            "8.changelog",
            "9.changelog",
            "9.snapshot",
            "_metadata"
        ]
    );
    for version in (4..=11).rev() {
        let mut reopened = dir.open();
        let loaded = reopened.load(version).unwrap();
        assert_eq!(loaded.snapshot, version / 3 * 3);
        assert_eq!(reopened.len() as u64, version + 1);
        assert!(content(&reopened).contains(&("all".to_owned(), version as i64)));
        // The store that wrote it agrees, and so does its order of rows.
        store.load(version).unwrap();
        assert_eq!(content(&store), content(&reopened));
        let order = |store: &StateStore| store.keys(&store.all()).unwrap();
        assert_eq!(order(&store), order(&reopened));
    }
}

#[test]
fn what_was_not_committed_is_gone_after_a_load() {
    let dir = Dir::new();
    let mut store = dir.open();
    set(&mut store, &[("a", 1), ("b", 2)]);
    store.commit(1).unwrap();
    set(&mut store, &[("a", 9), ("c", 3)]);
    let b = store.find(&words(&["b"])).unwrap()[0].unwrap();
    store.remove(&[b]);
    store.load(1).unwrap();
    assert_eq!(content(&store), pairs(&[("a", 1), ("b", 2)]));
    store.load(0).unwrap();
    assert!(store.is_empty());
}

#[test]
fn a_batch_that_runs_again_replaces_what_its_first_run_left() {
    let dir = Dir::new();
    let mut first = dir.open();
    grow_to(&mut first, 3); // with a snapshot of 3
    let mut second = dir.open();
    second.load(2).unwrap();
    set(&mut second, &[("again", 1)]);
    second.commit(3).unwrap();

    let mut third = dir.open();
    let loaded = third.load(3).unwrap();
    assert_eq!((loaded.snapshot, loaded.changelogs), (0, 3));
    assert_eq!(
        content(&third),
        pairs(&[("again", 1), ("all", 2), ("w1", 1), ("w2", 1)])
    );
}

#[test]
fn a_snapshot_that_an_abandoned_run_wrote_late_is_passed_over() {
    let dir = Dir::new();
    let mut first = dir.open();
    grow_to(&mut first, 2);
    set(&mut first, &[("first", 1)]);
    let late = first.commit(3).unwrap().maintenance.unwrap();
    let mut second = dir.open();
    second.load(2).unwrap();
    set(&mut second, &[("second", 1)]);
    second.commit(3).unwrap();
    second.commit(4).unwrap();
    late.run().unwrap();

    for version in [3, 4] {
        let mut third = dir.open();
        let loaded = third.load(version).unwrap();
        assert!(loaded.skipped[0].to_string().contains("another history"));
        assert!(content(&third).contains(&("second".to_owned(), 1)));
        assert_eq!(third.len(), 4);
    }
}

#[test]
fn a_key_removed_and_made_again_in_one_batch_has_its_new_value() {
    let dir = Dir::new();
    let mut store = dir.open();
    set(&mut store, &[("a", 1), ("b", 1)]);
    store.commit(1).unwrap();
    let slots: Vec<u32> = store
        .find(&words(&["a", "b"]))
        .unwrap()
        .into_iter()
        .flatten()
        .collect();
    store.remove(&slots);
    set(&mut store, &[("b", 2)]);
    let committed = store.commit(2).unwrap();
    assert_eq!((committed.upserted, committed.deleted), (1, 2));
    let mut reopened = dir.open();
    reopened.load(2).unwrap();
    assert_eq!(content(&reopened), pairs(&[("b", 2)]));
}

#[test]
fn a_commit_costs_what_changed() {
    let dir = Dir::new();
    let mut store = dir.open();
    let many: Vec<String> = (0..5000).map(|n| format!("word{n}")).collect();
    set(
        &mut store,
        &many.iter().map(|w| (w.as_str(), 1)).collect::<Vec<_>>(),
    );
    let all = store.commit(1).unwrap().bytes;
    set(&mut store, &[("word7", 2)]);
    let one = store.commit(2).unwrap().bytes;
    assert!(all > 100_000 && one < 2_000, "{all} {one}");
    // Touching nothing is a version too.
    assert_eq!(store.commit(3).unwrap().upserted, 0);
    dir.open().load(3).unwrap();
}

#[test]
fn damage_is_named_and_a_damaged_snapshot_is_passed_over() {
    let dir = Dir::new();
    grow_to(&mut dir.open(), 7);

    dir.flip("6.snapshot", 100);
    let loaded = dir.open().load(7).unwrap();
    assert_eq!((loaded.snapshot, loaded.changelogs), (3, 4));
    assert!(loaded.skipped[0].to_string().contains("6.snapshot"));

    // Any byte of the header, and every so many of the body.
    for at in (0..40).chain((40..dir.read("5.changelog").len()).step_by(13)) {
        dir.flip("5.changelog", at);
        let mut store = dir.open();
        let error = store.load(7).unwrap_err();
        assert!(
            matches!(&error, StateError::Corrupt { path, .. } if path.ends_with("/5.changelog")),
            "{error}"
        );
        assert_eq!((store.version(), store.len()), (0, 0));
        dir.flip("5.changelog", at);
    }
    let bytes = dir.read("5.changelog");
    dir.write("5.changelog", &bytes[..bytes.len() / 2]);
    assert!(
        dir.open()
            .load(5)
            .unwrap_err()
            .to_string()
            .contains("5.changelog")
    );
    dir.remove("5.changelog");
    // Version 7 would not need it, were 6.snapshot sound: that is the file to restore.
    assert!(
        dir.open()
            .load(7)
            .unwrap_err()
            .to_string()
            .contains("6.snapshot")
    );
    match dir.open().load(5).unwrap_err() {
        StateError::Missing { path, version: 5 } => assert!(path.ends_with("/5.changelog")),
        other => panic!("{other}"),
    }
}

#[test]
fn a_file_of_another_history_is_refused() {
    let dir = Dir::new();
    grow_to(&mut dir.open(), 2);
    let other = Dir::new();
    let mut store = other.open();
    set(&mut store, &[("else", 1)]);
    store.commit(1).unwrap();
    dir.write("1.changelog", &other.read("1.changelog"));
    let error = dir.open().load(2).unwrap_err().to_string();
    assert!(
        error.contains("2.changelog") && error.contains("another history"),
        "{error}"
    );
}

#[test]
fn state_of_other_columns_or_layout_is_refused() {
    let dir = Dir::new();
    dir.open();
    let reopen = |key: DataType, value: DataType, config: StateConfig| {
        let schema = StateSchema::new(
            Fields::from(vec![Field::new("renamed", key, true)]),
            Fields::from(vec![Field::new("count", value, true)]),
        );
        dir.try_open(schema.unwrap(), config)
            .map(|_| ())
            .map_err(|e| e.to_string())
    };
    assert_eq!(
        reopen(DataType::Utf8, DataType::Int64, small_config()),
        Ok(())
    );
    let error = reopen(DataType::Int32, DataType::Int64, small_config()).unwrap_err();
    assert!(
        error.starts_with("[STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE]"),
        "{error}"
    );
    assert!(
        error.contains("word Utf8") && error.contains("_metadata/schema"),
        "{error}"
    );
    let error = reopen(DataType::Utf8, DataType::Float64, small_config()).unwrap_err();
    assert!(
        error.starts_with("[STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE]"),
        "{error}"
    );
    let config = StateConfig {
        partitions: 8,
        owned: 0..8,
        ..small_config()
    };
    let error = reopen(DataType::Utf8, DataType::Int64, config).unwrap_err();
    assert!(
        error.contains("0..4 of 4") && error.contains("0..8 of 8"),
        "{error}"
    );
}

#[test]
fn files_without_their_schema_are_not_taken_over() {
    let dir = Dir::new();
    grow_to(&mut dir.open(), 1);
    dir.remove("_metadata/schema");
    let result = dir.try_open(word_count_schema(), small_config());
    assert!(matches!(result, Err(StateError::Missing { .. })));
}
