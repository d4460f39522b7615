//! Reads the files of a data directory and returns their content, and what is wrong with it, as plain
//! values.
//!
//! Only reads: takes no lock, opens no log, changes nothing. So it works beside a running broker, on a
//! copy, and on files of Apache Kafka. A file is read piece by piece, in bounded memory.
//!
//! Damage is reported in the order of the file, with its position: checksums that differ, offsets and
//! entries that do not grow, an index entry that does not lead to its batch.

mod entries;
mod segment;
mod small_file;

use std::collections::VecDeque;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use io::Disk;
use wire::record_batch::{Record, RecordBatchHeader};
use wire::{TopicPartition, Uuid};

use crate::checkpoint;
use crate::file_name::{self, CLEANED, DELETED, FileKind, Name, SWAP};
use crate::producer_state::Producer;
use crate::{AbortedTransaction, MetaProperties};

/// An item of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A batch of a segment.
    Batch {
        /// Its position, in bytes.
        position: u64,
        /// Its header.
        header: RecordBatchHeader,
    },
    /// A record of the batch before, if records were requested.
    Record {
        /// The record.
        record: Record,
        /// Whether it is a control record.
        is_control: bool,
        /// Its sequence, if an idempotent producer has written it.
        sequence: Option<i32>,
    },
    /// An entry of an offset index.
    OffsetEntry {
        /// The last offset of a batch.
        offset: i64,
        /// Position of that batch in the `.log` file.
        position: u64,
    },
    /// An entry of a time index.
    TimeEntry {
        /// The largest timestamp so far, in ms.
        timestamp: i64,
        /// The last offset of the first batch that has it.
        offset: i64,
    },
    /// An entry of a transaction index.
    AbortedTransaction(AbortedTransaction),
    /// A producer of a snapshot.
    Producer {
        /// Its id.
        id: i64,
        /// Its state.
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
    /// Something is wrong.
    Damage {
        /// Position in bytes, if it is at one place.
        position: Option<u64>,
        /// What is wrong.
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

/// Type of a file, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    /// A file of a partition, at an offset.
    OfLog(FileKind, i64),
    /// A snapshot of the metadata log; it consists of batches, too.
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
    /// The type of a file with this name; `None` if the name is unknown. The suffixes `.deleted`,
    /// `.cleaned` and `.swap` are ignored.
    pub fn of(name: &str) -> Option<FileType> {
        Some(match stem(name).0 {
            file_name::LEADER_EPOCHS => FileType::LeaderEpochs,
            file_name::PARTITION_METADATA => FileType::PartitionMetadata,
            crate::meta_properties::FILE_NAME => FileType::MetaProperties,
            checkpoint::RECOVERY_POINTS
            | checkpoint::LOG_STARTS
            | checkpoint::HIGH_WATERMARKS
            | checkpoint::CLEANER_POINTS => FileType::Offsets,
            stem => match file_name::parse(stem) {
                Name::File(kind, offset) => FileType::OfLog(kind, offset),
                _ if file_name::parse_metadata_snapshot(stem).is_some() => {
                    FileType::MetadataSnapshot
                }
                _ => return None,
            },
        })
    }

    /// Name for messages.
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

/// A name without its suffix, and the suffix.
fn stem(name: &str) -> (&str, &str) {
    let found = [DELETED, CLEANED, SWAP]
        .into_iter()
        .find(|suffix| name.ends_with(suffix));
    name.split_at(name.len() - found.map_or(0, str::len))
}

/// The files of a partition's directory or of a data directory that can be read, in order. Files of
/// partitions come last. Files with a suffix are left out.
///
/// # Errors
/// Errors of listing.
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
            // A running broker has deleted it since it was listed.
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

/// Reads a file. `records`: also return the records in batches.
///
/// An error of reading, after the file was opened, is an item: [`Item::Damage`].
///
/// # Errors
/// `InvalidInput` if the name does not say what the file is; errors of opening it.
pub fn file(disk: &Disk, path: &Path, records: bool) -> Result<Items> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(file_type) = FileType::of(&name) else {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!(
                "{}: the name does not say what the file is; names like 00000000000000000000.log or \
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
        _ => Box::new(small_file::SmallFile::open(disk, path, file_type)?),
    };
    Ok(Items {
        walk: Some(walk),
        found: VecDeque::new(),
    })
}

/// The items of a file, from its beginning to its end. See [`file`].
pub struct Items {
    /// `None` at the end of the file.
    walk: Option<Box<dyn Walk>>,
    found: VecDeque<Item>,
}

/// Reads one type of file.
trait Walk {
    /// Reads the next few items and adds them to `found`. Returns whether there is more.
    fn step(&mut self, found: &mut VecDeque<Item>) -> Result<bool>;
}

impl Iterator for Items {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while self.found.is_empty() {
            let more = match self.walk.as_mut()?.step(&mut self.found) {
                Ok(more) => more,
                Err(error) => {
                    let what = format!("reading fails: {error}");
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

/// The file of `kind` that belongs to the same segment as `path`, with the same suffix.
fn file_of_same_segment(path: &Path, base_offset: i64, kind: FileKind) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let suffix = stem(&name).1;
    path.with_file_name(file_name::file_name(base_offset, kind) + suffix)
}
