//! What a dump shows of files.

mod support;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use io::{Io, OpenMode};
use vltava_log::dump::{self, FileType, Item};
use vltava_log::{Log, LogConfig, LogDir, MetaProperties, meta_properties};
use wire::record_batch::{Compression, EndTransactionMarker, Origin};
use wire::{TopicPartition, Uuid};

use support::*;

/// A data directory with one partition that has a file of every kind.
fn everything(io: &Io) {
    let dir = LogDir::open(&io.disk, Path::new("/data")).unwrap();
    let properties = MetaProperties {
        cluster_id: "c".to_owned(),
        node_id: 1,
        directory_id: Uuid([3; 16]),
    };
    meta_properties::write(&io.disk, dir.path(), &properties).unwrap();
    let partition = TopicPartition::new("t", 0);
    dir.create_partition(&partition, Uuid([7; 16])).unwrap();
    let config = LogConfig {
        segment_bytes: 1500,
        index_interval_bytes: 200,
        ..LogConfig::default()
    };
    let mut log = open(io, config, None).unwrap();
    for i in 0..40 {
        let append = |log: &mut Log, bytes, origin| {
            log.append_as_leader(bytes, i / 20, NOW + i64::from(i), origin)
                .unwrap();
        };
        let codec = [Compression::None, Compression::Zstd][i as usize % 2];
        let time = i64::from(i);
        append(
            &mut log,
            packed(codec, &[(time, "some value")]),
            Origin::Client,
        );
        append(&mut log, produced(9, 0, i, &["other"]), Origin::Client);
        if i % 10 == 9 {
            append(&mut log, transactional(i / 10), Origin::Client);
            let marker = EndTransactionMarker {
                committed: false,
                coordinator_epoch: 0,
            };
            append(&mut log, marker.to_batch(5, 0, NOW), Origin::Coordinator);
        }
    }
    let end = log.close().unwrap();
    let offsets = [(partition, end)].into();
    dir.write_recovery_points(&offsets).unwrap();
    dir.write_high_watermarks(&offsets).unwrap();
}

fn transactional(sequence: i32) -> Bytes {
    let mut builder = wire::record_batch::BatchBuilder::new(Compression::None)
        .producer(5, 0, sequence)
        .transactional();
    builder.append(NOW, None, Some(b"never to be seen"), &[]);
    builder.build()
}

fn look(io: &Io, path: &Path) -> Vec<Item> {
    dump::file(&io.disk, path, true).unwrap().collect()
}

fn files(io: &Io) -> Vec<PathBuf> {
    dump::files(&io.disk, Path::new("/data")).unwrap()
}

fn damages(items: &[Item]) -> Vec<&Item> {
    let is_damage = |item: &&Item| matches!(item, Item::Damage { .. });
    items.iter().filter(is_damage).collect()
}

fn type_of(path: &Path) -> &'static str {
    let name = path.file_name().unwrap().to_str().unwrap();
    FileType::of(name).unwrap().name()
}

fn write(io: &Io, path: &Path, content: &[u8]) {
    let file = io.disk.open(path, OpenMode::Truncate).unwrap();
    file.write_all_at(0, content).unwrap();
}

#[test]
fn every_kind_of_file_is_read_and_nothing_is_wrong() {
    let (_sim, io) = machine();
    everything(&io);
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for path in files(&io) {
        let items = look(&io, &path);
        assert_eq!(damages(&items), Vec::<&Item>::new(), "{}", path.display());
        *seen.entry(type_of(&path)).or_default() += items.len();
    }
    // 88 batches of one record each.
    assert_eq!(seen["segment"], 2 * 88);
    assert_eq!(seen["transaction index"], 4);
    assert_eq!(seen["leader epochs"], 2);
    assert_eq!(seen["offsets per partition"], 2);
    assert_eq!((seen["node"], seen["partition metadata"]), (1, 1));
    assert!(seen["offset index"] > 10 && seen["time index"] > 10);
    assert!(seen["producer snapshot"] > 0);
}

#[test]
fn records_have_the_fields_of_their_batch() {
    let (_sim, io) = machine();
    everything(&io);
    let items = look(&io, Path::new("/data/t-0/00000000000000000000.log"));
    let Item::Record {
        record, sequence, ..
    } = &items[3]
    else {
        panic!("{:?}", items[3]);
    };
    assert_eq!((record.offset, *sequence), (1, Some(0)));
    assert_eq!(record.value.as_deref(), Some(&b"other"[..]));
}

#[test]
fn no_flipped_bit_under_a_checksum_or_in_an_index_goes_unnoticed_and_none_panics() {
    let (_sim, io) = machine();
    everything(&io);
    for path in files(&io) {
        let good = io.disk.read(&path).unwrap();
        let kind = type_of(&path);
        let starts = match kind {
            "segment" => batch_starts(&good),
            _ => Vec::new(),
        };
        for at in 0..good.len() {
            let mut content = good.to_vec();
            content[at] ^= 0x24;
            write(&io, &path, &content);
            let items = look(&io, &path);
            let must_notice = match kind {
                "offset index" | "time index" | "producer snapshot" => true,
                "segment" => !is_unchecked(&starts, at),
                _ => false,
            };
            assert!(
                !must_notice || !damages(&items).is_empty(),
                "{} byte {at}",
                path.display()
            );
        }
        write(&io, &path, &good);
    }
}

/// Positions of the batches in these bytes, and the end of the last one.
fn batch_starts(bytes: &Bytes) -> Vec<usize> {
    let mut starts = vec![0];
    for batch in wire::record_batch::batches(bytes.clone()) {
        starts.push(starts.last().unwrap() + batch.unwrap().bytes.len());
    }
    starts
}

/// No checksum covers the leader epoch, so it may be anything. The same is true of the base
/// offset; after the last batch nothing contradicts a larger one.
fn is_unchecked(starts: &[usize], at: usize) -> bool {
    let last = starts[starts.len() - 2];
    let is_epoch = |start: &usize| (start + 12..start + 16).contains(&at);
    starts.iter().any(is_epoch) || (last..last + 8).contains(&at)
}

#[test]
fn a_file_cut_anywhere_is_read() {
    let (_sim, io) = machine();
    everything(&io);
    for path in files(&io) {
        let good = io.disk.read(&path).unwrap();
        let whole = whole_lengths(&path, &good);
        for len in 0..good.len() {
            write(&io, &path, &good[..len]);
            let items = look(&io, &path);
            if let Some(whole) = &whole {
                assert_eq!(
                    damages(&items).is_empty(),
                    whole.contains(&len),
                    "{} cut to {len}",
                    path.display()
                );
            }
        }
        write(&io, &path, &good);
    }
}

/// Lengths to which the file can be cut without damage, if they are known.
fn whole_lengths(path: &Path, bytes: &Bytes) -> Option<Vec<usize>> {
    let every = |len| Some((0..=bytes.len()).step_by(len).collect());
    match type_of(path) {
        "segment" => Some(batch_starts(bytes)),
        "offset index" => every(8),
        "time index" => every(12),
        "transaction index" => every(34),
        _ => None,
    }
}

#[test]
fn after_damage_the_dump_continues_at_the_next_indexed_batch() {
    let (_sim, io) = machine();
    everything(&io);
    let path = Path::new("/data/t-0/00000000000000000000.log");
    let good = look(&io, path);
    let mut content = io.disk.read(path).unwrap().to_vec();
    // Damage the length of the first batch.
    content[8] = 0x7f;
    write(&io, path, &content);
    let items = look(&io, path);
    let Item::Damage { position, what } = &items[0] else {
        panic!("{:?}", items[0]);
    };
    assert_eq!(*position, Some(0));
    assert!(
        what.contains("continuing at the next batch of the index"),
        "{what}"
    );
    let behind = &good[good.len() - (items.len() - 1)..];
    assert_eq!(&items[1..], behind);
    assert!(behind.len() > 10);
}

#[test]
fn zeros_after_the_entries_of_a_running_kafka_are_no_damage() {
    let (_sim, io) = machine();
    everything(&io);
    let path = Path::new("/data/t-0/00000000000000000000.index");
    let good = io.disk.read(path).unwrap();
    let mut content = good.to_vec();
    content.resize(10 << 20, 0);
    write(&io, path, &content);
    let items = look(&io, path);
    assert_eq!((damages(&items).len(), items.len()), (0, good.len() / 8));
    *content.last_mut().unwrap() = 1;
    write(&io, path, &content);
    assert_eq!(damages(&look(&io, path)).len(), 1);
}

#[test]
fn an_unknown_file_name_is_an_error() {
    let (_sim, io) = machine();
    everything(&io);
    let path = Path::new("/data/notes.txt");
    write(&io, path, b"hello");
    let error = dump::file(&io.disk, path, false).err().unwrap();
    assert!(error.to_string().contains("notes.txt"));
    assert!(!files(&io).contains(&path.to_path_buf()));
}
