//! Changes, crashes in the middle of them, and damage.

// Tests of real files use the operating system directly.
#![allow(clippy::disallowed_methods)]

use std::path::{Path, PathBuf};

use io::Io;
use io::sim::Sim;
use vltava_catalog::{Catalogue, Database, Error, FileChange, Pending, Staging, Table, TableKind};

struct Warehouse {
    directory: tempfile::TempDir,
    catalogue: Catalogue,
    io: Io,
}

fn warehouse() -> Warehouse {
    let directory = tempfile::tempdir().unwrap();
    let (io, _) = Io::real(1);
    Warehouse {
        catalogue: Catalogue::new(&io.disk, directory.path()),
        directory,
        io,
    }
}

impl Warehouse {
    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn create(&self, name: &str) {
        let mut table = Table::new(TableKind::Managed, 0, "test".to_owned());
        table.location = Some(self.path(name).to_string_lossy().into_owned());
        let changes = self.catalogue.lock().unwrap();
        changes.create_table("default", name, &table).unwrap();
    }

    /// Writes a change into the entry of a table, as a process that crashed has left it.
    fn leave_pending(&self, name: &str, pending: &Pending) {
        let path = self.path(&format!(".vltava-catalog/tables/default/{name}.json"));
        let mut entry: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        entry["pending"] = serde_json::to_value(pending).unwrap();
        std::fs::write(&path, serde_json::to_vec(&entry).unwrap()).unwrap();
    }

    fn tables(&self) -> Vec<String> {
        self.catalogue.tables("default").unwrap()
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[test]
fn an_entry_survives_and_a_second_one_of_the_name_is_refused() {
    let warehouse = warehouse();
    warehouse.create("t");
    assert!(warehouse.path("t").is_dir());
    let again = Catalogue::new(&warehouse.io.disk, warehouse.directory.path());
    assert_eq!(again.tables("default").unwrap(), ["t"]);
    let table = again.table("default", "t").unwrap().unwrap();
    let error = again.lock().unwrap().create_table("default", "t", &table);
    assert!(matches!(error, Err(Error::TableExists(..))), "{error:?}");
    let error = again.lock().unwrap().create_table("nope", "t", &table);
    assert!(
        matches!(error, Err(Error::DatabaseNotFound(_))),
        "{error:?}"
    );
}

#[test]
fn a_second_writer_is_told_that_the_catalogue_is_busy() {
    let warehouse = warehouse();
    let held = warehouse.catalogue.lock().unwrap();
    let other = Catalogue::new(&warehouse.io.disk, warehouse.directory.path());
    let error = other.lock().map(|_| ()).unwrap_err();
    assert!(matches!(error, Error::Busy(_)));
    assert!(
        error.to_string().contains(".vltava-catalog/lock"),
        "{error}"
    );
    drop(held);
    other.lock().unwrap();
}

#[test]
fn an_insert_that_was_decided_is_finished_and_one_that_was_not_leaves_nothing() {
    let warehouse = warehouse();
    warehouse.create("t");
    let table = warehouse.path("t");
    std::fs::write(table.join("old.json"), "old").unwrap();
    let staging = Staging::begin(&warehouse.io.disk, &table, "one").unwrap();
    std::fs::create_dir_all(staging.directory().join("p=1")).unwrap();
    std::fs::write(staging.directory().join("p=1/new.json"), "new").unwrap();
    assert_eq!(staging.files().unwrap(), ["p=1/new.json"]);
    let change = FileChange {
        removes: vec![text(&table.join("old.json"))],
        moves: vec![(
            text(&staging.directory().join("p=1/new.json")),
            text(&table.join("p=1/new.json")),
        )],
        staging: Some(text(staging.root())),
    };
    staging.keep();
    warehouse.leave_pending("t", &Pending::Files(change.clone()));

    let found = warehouse.catalogue.table("default", "t").unwrap().unwrap();
    assert_eq!(found.pending, None);
    assert!(!table.join("old.json").exists());
    assert_eq!(std::fs::read(table.join("p=1/new.json")).unwrap(), b"new");
    assert!(!table.join("_temporary/one").exists());
    // Every step can be repeated.
    warehouse.leave_pending("t", &Pending::Files(change));
    warehouse.catalogue.table("default", "t").unwrap();
    assert!(table.join("p=1/new.json").exists());

    // A process that died before its change was decided.
    let staging = Staging::begin(&warehouse.io.disk, &table, "two").unwrap();
    std::fs::create_dir_all(staging.directory()).unwrap();
    std::fs::write(staging.directory().join("lost.json"), "lost").unwrap();
    staging.keep();
    let next = Staging::begin(&warehouse.io.disk, &table, "three").unwrap();
    assert!(!table.join("_temporary/two").exists());
    drop(next);
    assert!(!table.join("_temporary/three").exists());
}

#[test]
fn a_rename_is_finished_from_every_step() {
    let warehouse = warehouse();
    for step in 0..3 {
        let (from, to) = (format!("a{step}"), format!("b{step}"));
        warehouse.create(&from);
        std::fs::write(warehouse.path(&from).join("rows"), "rows").unwrap();
        let entry = warehouse.path(&format!(".vltava-catalog/tables/default/{from}.json"));
        let before = std::fs::read(&entry).unwrap();
        let directory = Some((text(&warehouse.path(&from)), text(&warehouse.path(&to))));
        let rename = Pending::Rename {
            to: to.clone(),
            directory,
        };
        warehouse.leave_pending(&from, &rename);
        if step > 0 {
            std::fs::rename(warehouse.path(&from), warehouse.path(&to)).unwrap();
        }
        if step > 1 {
            let entry = warehouse.path(&format!(".vltava-catalog/tables/default/{to}.json"));
            let moved = String::from_utf8(before).unwrap();
            let moved = moved.replace(&text(&warehouse.path(&from)), &text(&warehouse.path(&to)));
            std::fs::write(entry, moved).unwrap();
        }
        assert_eq!(warehouse.catalogue.table("default", &from).unwrap(), None);
        let table = warehouse.catalogue.table("default", &to).unwrap().unwrap();
        assert_eq!(table.location, Some(text(&warehouse.path(&to))));
        assert!(warehouse.path(&to).join("rows").exists(), "step {step}");
    }
    assert_eq!(warehouse.tables(), ["b0", "b1", "b2"]);
}

#[test]
fn a_drop_takes_the_files_of_a_managed_table_only() {
    let warehouse = warehouse();
    warehouse.create("t");
    let mut external = Table::new(TableKind::External, 0, "test".to_owned());
    std::fs::create_dir(warehouse.path("files")).unwrap();
    external.location = Some(text(&warehouse.path("files")));
    let changes = warehouse.catalogue.lock().unwrap();
    changes.create_table("default", "e", &external).unwrap();
    changes.drop_table("default", "t").unwrap();
    changes.drop_table("default", "e").unwrap();
    let error = changes.drop_table("default", "e");
    assert!(matches!(error, Err(Error::TableNotFound(..))));
    drop(changes);
    assert!(!warehouse.path("t").exists());
    assert!(warehouse.path("files").exists());
    assert!(warehouse.tables().is_empty());
}

#[test]
fn a_database_goes_with_its_tables_or_not_at_all() {
    let warehouse = warehouse();
    let location = text(&warehouse.path("d.db"));
    let changes = warehouse.catalogue.lock().unwrap();
    changes
        .create_database("d", &Database::new(location.clone()))
        .unwrap();
    let mut table = Table::new(TableKind::Managed, 0, "test".to_owned());
    table.location = Some(format!("{location}/t"));
    changes.create_table("d", "t", &table).unwrap();
    let error = changes.drop_database("d", false);
    assert!(
        matches!(error, Err(Error::DatabaseNotEmpty(_))),
        "{error:?}"
    );
    changes.drop_database("d", true).unwrap();
    drop(changes);
    assert_eq!(warehouse.catalogue.databases().unwrap(), ["default"]);
    assert!(!Path::new(&location).exists());
}

#[test]
fn damage_names_the_file_and_what_to_do() {
    let warehouse = warehouse();
    warehouse.create("t");
    let entry = warehouse.path(".vltava-catalog/tables/default/t.json");
    let whole = std::fs::read_to_string(&entry).unwrap();
    for content in [
        "",
        "{",
        &whole.replace("\"version\": 1", "\"version\": 2"),
        &whole.replace("\"partition_columns\": 0", "\"partition_columns\": 7"),
        &whole.replace("\"provider\"", "\"unknown\""),
    ] {
        std::fs::write(&entry, content).unwrap();
        let error = warehouse.catalogue.table("default", "t").unwrap_err();
        let said = error.to_string();
        assert!(matches!(error, Error::Damaged { .. }), "{said}");
        assert!(
            said.contains("tables/default/t.json") && said.contains("Restore it"),
            "{said}"
        );
    }
}

#[test]
fn files_of_a_new_partition_of_many_levels_survive_a_power_cut() {
    for seed in 0..8 {
        let mut sim = Sim::new(seed);
        let io = sim.io();
        let warehouse = Path::new("/warehouse");
        let catalogue = Catalogue::new(&io.disk, warehouse);
        let location = warehouse.join("t");
        let mut table = Table::new(TableKind::Managed, 0, "test".to_owned());
        table.location = Some(text(&location));
        let changes = catalogue.lock().unwrap();
        changes.create_table("default", "t", &table).unwrap();
        let staging = Staging::begin(&io.disk, &location, "1").unwrap();
        let from = staging.directory().join("f");
        io.disk.create_dir_all(&staging.directory()).unwrap();
        io.disk.write_atomic(&from, b"rows").unwrap();
        let to = location.join("a=1/b=2/c=3/d=4/e=5/f");
        let change = FileChange {
            moves: vec![(text(&from), text(&to))],
            ..FileChange::default()
        };
        let altered = changes.alter_table("default", "t", |table| {
            table.pending = Some(Pending::Files(change));
            Ok::<(), Error>(())
        });
        altered.flatten().unwrap();
        staging.keep();
        drop(changes);
        sim.crash();
        let content = sim.io().disk.read(&to);
        assert_eq!(content.ok().as_deref(), Some(&b"rows"[..]), "seed {seed}");
    }
}
