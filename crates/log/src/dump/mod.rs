//! What is in the files of a data directory, and what is wrong with it: plain values, for people.
//!
//! Only reads: takes no lock, opens no log, changes nothing; so it works beside a running broker,
//! on a copy, and on what another broker has written. A file is gone through piece by piece, in
//! bounded memory whatever it claims.
//!
//! Damage is found in the order of the file and named with its position: checksums that differ,
//! offsets and entries that do not grow, an index entry that does not point at its batch.

mod entries;
mod facts;
mod segment;

use std::collections::VecDeque;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use io::Disk;
use wire::record_batch::{Record, RecordBatchHeader};
use wire::{TopicPartition, Uuid};

use crate::file_name::{self, CLEANED, DELETED, FileKind, Name, SWAP};
use crate::producer_state::Producer;
use crate::{AbortedTransaction, MetaProperties};

/// Something that was found in a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A batch of a segment.
    Batch {
        /// Where it begins, in bytes.
        position: u64,
        /// Its header.
        header: RecordBatchHeader,
    },
    /// A record of the batch before, if records are asked for.
    Record {
        /// The record.
        record: Record,
        /// Whether it is a marker of the broker's own.
        is_control: bool,
        /// Its sequence, if an idempotent producer wrote it.
        sequence: Option<i32>,
    },
    /// An entry of an offset index.
    OffsetEntry {
        /// The last offset of a batch.
        offset: i64,
        /// Where that batch begins in the segment's file.
        position: u64,
    },
    /// An entry of a time index.
    TimeEntry {
        /// The largest timestamp so far, in ms.
        timestamp: i64,
        /// The last offset of the batch that brought it.
        offset: i64,
    },
    /// An entry of a transaction index.
    AbortedTransaction(AbortedTransaction),
    /// A producer of a snapshot.
    Producer {
        /// Its id.
        id: i64,
        /// What is known of it.
        producer: Producer,
    },
    /// A leader epoch.
    LeaderEpoch {
        /// The epoch.
        epoch: i32,
        /// The offset it begins at.
        start_offset: i64,
    },
    /// A partition's entry in a checkpoint of offsets.
    Offset {
        /// The partition.
        partition: TopicPartition,
        /// Its offset.
        offset: i64,
    },
    /// The topic a partition directory belongs to.
    TopicId(Uuid),
    /// The node and cluster a data directory belongs to.
    Node(MetaProperties),
    /// Something that is not as it should be.
    Damage {
        /// Where, in bytes, if it is at one place.
        position: Option<u64>,
        /// What.
        what: String,
    },
}

impl Item {
    fn damage(position: u64, what: impl Into<String>) -> Item {
        Item::Damage {
            position: Some(position),
            what: what.into(),
        }
    }

    fn damage_of_all(what: impl Into<String>) -> Item {
        Item::Damage {
            position: None,
            what: what.into(),
        }
    }
}

/// What a file is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    /// Of a partition, at an offset.
    OfLog(FileKind, i64),
    /// A snapshot of the metadata log, which is batches too.
    MetadataSnapshot,
    /// `leader-epoch-checkpoint`.
    LeaderEpochs,
    /// `partition.metadata`.
    PartitionMetadata,
    /// `meta.properties`.
    MetaProperties,
    /// A checkpoint of one offset per partition.
    Offsets,
}

impl FileType {
    /// The type of a file of this name, `None` if it tells none. A suffix that says that the file is on
    /// its way out or in is passed over.
    pub fn of(name: &str) -> Option<FileType> {
        Some(match stem(name).0 {
            file_name::LEADER_EPOCHS => FileType::LeaderEpochs,
            file_name::PARTITION_METADATA => FileType::PartitionMetadata,
            crate::meta_properties::FILE_NAME => FileType::MetaProperties,
            "recovery-point-offset-checkpoint"
            | "log-start-offset-checkpoint"
            | "replication-offset-checkpoint"
            | "cleaner-offset-checkpoint" => FileType::Offsets,
            stem => match file_name::parse(stem) {
                Name::File(kind, offset) => FileType::OfLog(kind, offset),
                _ if file_name::parse_metadata_snapshot(stem).is_some() => {
                    FileType::MetadataSnapshot
                }
                _ => return None,
            },
        })
    }

    /// What to call it.
    pub fn name(self) -> &'static str {
        match self {
            FileType::OfLog(FileKind::Log, _) => "segment",
            FileType::OfLog(FileKind::Index, _) => "offset index",
            FileType::OfLog(FileKind::TimeIndex, _) => "time index",
            FileType::OfLog(FileKind::TransactionIndex, _) => "transaction index",
            FileType::OfLog(FileKind::Snapshot, _) => "producer snapshot",
            FileType::MetadataSnapshot => "metadata snapshot",
            FileType::LeaderEpochs => "leader epochs",
            FileType::PartitionMetadata => "partition metadata",
            FileType::MetaProperties => "node",
            FileType::Offsets => "offsets per partition",
        }
    }
}

/// A name without the suffix behind it, and the suffix.
fn stem(name: &str) -> (&str, &str) {
    let found = [DELETED, CLEANED, SWAP]
        .into_iter()
        .find(|suffix| name.ends_with(suffix));
    name.split_at(name.len() - found.map_or(0, str::len))
}

/// The files of a partition's or a data directory that can be looked into, in order; those of the
/// partitions behind those about all of them. Of what is on its way out or in, none.
///
/// # Errors
/// What listing fails with.
pub fn files(disk: &Disk, dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut partitions = Vec::new();
    for entry in disk.read_dir(dir)? {
        let path = dir.join(&entry.name);
        if entry.is_dir {
            partitions.push(path);
        } else if is_current(&entry.name) {
            found.push(path);
        }
    }
    for partition in partitions {
        let entries = match disk.read_dir(&partition) {
            // Deleted by a running broker since it was listed.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            entries => entries?,
        };
        let files = entries
            .iter()
            .filter(|entry| !entry.is_dir && is_current(&entry.name));
        found.extend(files.map(|entry| partition.join(&entry.name)));
    }
    Ok(found)
}

fn is_current(name: &str) -> bool {
    stem(name).1.is_empty() && FileType::of(name).is_some()
}

/// Goes through a file. `records` asks for the records inside batches.
///
/// What reading fails with later on is an item, [`Item::Damage`].
///
/// # Errors
/// `InvalidInput` if the name does not tell what the file is; what opening it fails with.
pub fn file(disk: &Disk, path: &Path, records: bool) -> Result<Items> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(file_type) = FileType::of(&name) else {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!(
                "{}: the name does not tell what is in it; names like 00000000000000000000.log or \
                 leader-epoch-checkpoint do",
                path.display()
            ),
        ));
    };
    let walk: Box<dyn Walk> = match file_type {
        FileType::OfLog(FileKind::Log, base) => {
            Box::new(segment::Batches::open(disk, path, base, records)?)
        }
        FileType::MetadataSnapshot => Box::new(segment::Batches::open(disk, path, 0, records)?),
        FileType::OfLog(FileKind::Index, base) => {
            Box::new(entries::OffsetIndex::open(disk, path, base)?)
        }
        FileType::OfLog(FileKind::TimeIndex, base) => {
            Box::new(entries::TimeIndex::open(disk, path, base)?)
        }
        FileType::OfLog(FileKind::TransactionIndex, base) => {
            Box::new(entries::TransactionIndex::open(disk, path, base)?)
        }
        _ => Box::new(facts::Facts::open(disk, path, file_type)?),
    };
    Ok(Items {
        walk: Some(walk),
        found: VecDeque::new(),
    })
}

/// What is in a file, from its beginning to its end. See [`file`].
pub struct Items {
    /// `None` once the file was gone through.
    walk: Option<Box<dyn Walk>>,
    found: VecDeque<Item>,
}

/// Goes through one kind of file.
trait Walk {
    /// Goes one step on and adds what it finds; whether there is more. A step finds few items.
    fn step(&mut self, found: &mut VecDeque<Item>) -> Result<bool>;
}

impl Iterator for Items {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while self.found.is_empty() {
            let more = match self.walk.as_mut()?.step(&mut self.found) {
                Ok(more) => more,
                Err(error) => {
                    let what = format!("reading on fails: {error}");
                    self.found.push_back(Item::damage_of_all(what));
                    false
                }
            };
            if !more {
                self.walk = None;
            }
        }
        self.found.pop_front()
    }
}

/// The file of `kind` that belongs to the same segment as `path`, with the same suffix behind it.
fn beside(path: &Path, base_offset: i64, kind: FileKind) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let suffix = stem(&name).1;
    path.with_file_name(file_name::file_name(base_offset, kind) + suffix)
}
