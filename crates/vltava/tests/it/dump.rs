//! `vltava dump`: prints the files of a server, for people and for programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::process::{Running, VLTAVA, consume, run, run_with_input, serve};

/// A server with a topic of three records, and a group that has read them.
fn server_with_records(directory: &Path) -> Running {
    let mut server = serve(directory);
    let bootstrap = server.bootstrap();
    run(&["topic", "create", "t", "-p", "1", "-b", &bootstrap]);
    let input = "a:one\nb:two\nc:three\n";
    run_with_input(
        &["produce", "t", "-b", &bootstrap, "--key-separator", ":"],
        input,
    );
    consume(&bootstrap, "t", &["--group", "readers"]);
    server
}

/// The parsed output of `vltava dump --json`, and whether the command succeeded.
fn dump(arguments: &[&str], path: &Path) -> (Vec<Value>, bool) {
    let output = Command::new(VLTAVA)
        .args(["dump", "--json"])
        .args(arguments)
        .arg(path)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains("panicked"), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let parsed = text.lines().map(|line| serde_json::from_str(line).unwrap());
    (parsed.collect(), output.status.success())
}

fn of_kind<'a>(items: &'a [Value], kind: &str) -> Vec<&'a Value> {
    items.iter().filter(|item| item["kind"] == kind).collect()
}

/// The directory of a partition of `__consumer_offsets` that has records.
fn offsets_dir(directory: &Path) -> PathBuf {
    let entries = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_used = |path: &PathBuf| {
        let log = fs::metadata(path.join("00000000000000000000.log"));
        path.to_string_lossy().contains("__consumer_offsets-") && log.is_ok_and(|log| log.len() > 0)
    };
    entries
        .into_iter()
        .find(is_used)
        .expect("the group has committed")
}

#[test]
fn all_files_of_a_server_are_printed_without_damage_while_it_runs_and_afterwards() {
    let directory = tempfile::tempdir().unwrap();
    let server = server_with_records(directory.path());
    let look = || {
        let (items, well) = dump(&["--records"], directory.path());
        assert_eq!((of_kind(&items, "damage"), well), (vec![], true));
        items
    };
    look();
    assert!(server.interrupt().success());
    let items = look();
    for kind in ["node", "topic", "batch", "record", "offset", "epoch"] {
        assert!(!of_kind(&items, kind).is_empty(), "no {kind}");
    }
    let (records, _) = dump(&["--records"], &directory.path().join("t-0"));
    let values: Vec<_> = of_kind(&records, "record")
        .iter()
        .map(|record| {
            (
                record["offset"].as_i64(),
                record["key"].as_str(),
                record["value"].as_str(),
            )
        })
        .collect();
    let expected = [("a", "one"), ("b", "two"), ("c", "three")];
    let expected: Vec<_> = (0..)
        .zip(expected)
        .map(|(offset, (key, value))| (Some(offset), Some(key), Some(value)))
        .collect();
    assert_eq!(values, expected);
}

#[test]
fn records_of_internal_topics_are_decoded() {
    let directory = tempfile::tempdir().unwrap();
    let server = server_with_records(directory.path());
    let (metadata, _) = dump(
        &["--records"],
        &directory.path().join("__cluster_metadata-0"),
    );
    let is_topic = |record: &&&Value| {
        record["value"]["type"] == "Topic" && record["value"]["data"]["name"] == "t"
    };
    let records = of_kind(&metadata, "record");
    assert_eq!(records.iter().filter(is_topic).count(), 1);
    assert!(records.iter().all(|record| record["undecoded"].is_null()));

    let (offsets, _) = dump(&["--records"], &offsets_dir(directory.path()));
    let commit = of_kind(&offsets, "record")
        .into_iter()
        .find(|record| record["key"]["type"] == "OffsetCommit")
        .expect("an offset was committed");
    assert_eq!(commit["key"]["data"]["group"], "readers");
    assert_eq!(commit["value"]["data"]["offset"], 3);
    assert!(server.interrupt().success());
}

#[test]
fn max_limits_the_output_and_not_the_check() {
    let directory = tempfile::tempdir().unwrap();
    assert!(server_with_records(directory.path()).interrupt().success());
    let log = directory.path().join("t-0/00000000000000000000.log");
    let (items, well) = dump(&["--records", "--max", "2"], &log);
    assert_eq!((items.len(), well), (2, true));

    let mut content = fs::read(&log).unwrap();
    let last = content.len() - 1;
    content[last] ^= 1;
    fs::write(&log, content).unwrap();
    let (items, well) = dump(&["--records", "--max", "0"], &log);
    assert!(!well);
    assert_eq!(items.len(), 1);
    assert!(
        items[0]["what"].as_str().unwrap().contains("crc"),
        "{items:?}"
    );
}

#[test]
fn damage_is_printed_with_file_and_position_and_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    assert!(server_with_records(directory.path()).interrupt().success());
    let partition = directory.path().join("t-0");
    let cases: [(PathBuf, &[u8]); 6] = [
        (partition.join("00000000000000000000.log"), &[0xff; 100]),
        (partition.join("00000000000000000000.index"), &[0x7f; 8]),
        (
            partition.join("00000000000000000000.timeindex"),
            &[0x7f; 13],
        ),
        (
            partition.join("leader-epoch-checkpoint"),
            b"0\n2\n1 0\n1 5\n",
        ),
        (partition.join("partition.metadata"), b"\xff\xfe"),
        (
            directory.path().join("replication-offset-checkpoint"),
            b"0\n1\nt zero 1\n",
        ),
    ];
    for (path, content) in cases {
        let good = fs::read(&path).unwrap();
        fs::write(&path, content).unwrap();
        let (items, well) = dump(&[], directory.path());
        let damage = of_kind(&items, "damage");
        assert!(!well && !damage.is_empty(), "{}", path.display());
        let named = damage
            .iter()
            .any(|item| item["file"] == *path.to_str().unwrap());
        assert!(named, "{}: {damage:?}", path.display());
        fs::write(&path, good).unwrap();
    }
    let log = partition.join("00000000000000000000.log");
    fs::OpenOptions::new()
        .append(true)
        .open(&log)
        .and_then(|mut file| std::io::Write::write_all(&mut file, b"torn"))
        .unwrap();
    let end = fs::metadata(&log).unwrap().len() - 4;
    let output = Command::new(VLTAVA).arg("dump").arg(&log).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(&format!("DAMAGE position: {end}:")), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_missing_or_empty_path_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("notes.txt"), "hello").unwrap();
    for path in ["", "gone", "notes.txt"] {
        let path = directory.path().join(path);
        let (items, well) = dump(&[], &path);
        assert_eq!((items.len(), well), (1, false), "{}", path.display());
    }
}
