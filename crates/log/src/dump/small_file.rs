//! Reads the small files, each at once: checkpoints, ids, producer snapshots.

use std::collections::VecDeque;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use io::Disk;

use super::{FileType, Item, Walk};
use crate::file_name::FileKind;
use crate::{checkpoint, meta_properties, partition_metadata, producer_snapshot};

/// Maximum size of such a file, in bytes. A checkpoint of 200,000 partitions is smaller.
const FILE_BYTES_MAX: u64 = 32 << 20;

pub(super) struct SmallFile {
    disk: Disk,
    path: PathBuf,
    file_type: FileType,
}

impl SmallFile {
    pub(super) fn open(disk: &Disk, path: &Path, file_type: FileType) -> Result<SmallFile> {
        let len = disk.metadata(path)?.len;
        if len > FILE_BYTES_MAX {
            return Err(Error::new(
                ErrorKind::InvalidData,
                format!(
                    "{}: {len} bytes are too many for this type of file",
                    path.display()
                ),
            ));
        }
        Ok(SmallFile {
            disk: disk.clone(),
            path: path.to_owned(),
            file_type,
        })
    }

    fn leader_epochs(&self, found: &mut VecDeque<Item>) -> Result<()> {
        let mut last = None;
        for (epoch, start_offset) in checkpoint::read_epochs(&self.disk, &self.path)? {
            found.push_back(Item::LeaderEpoch {
                epoch,
                start_offset,
            });
            if let Some((last_epoch, last_start)) = last
                && (epoch <= last_epoch || start_offset <= last_start)
            {
                found.push_back(Item::damage_of_all(format!(
                    "epoch {epoch} at {start_offset} does not come after {last_epoch} at {last_start}"
                )));
            }
            last = Some((epoch, start_offset));
        }
        Ok(())
    }

    fn producers(&self, offset: i64, found: &mut VecDeque<Item>) -> Result<()> {
        let state = match producer_snapshot::decode(&self.disk.read(&self.path)?) {
            Ok(state) => state,
            Err(error) => {
                found.push_back(Item::damage_of_all(error.to_string()));
                return Ok(());
            }
        };
        for (id, producer) in state.producers() {
            let last_offset = producer.batches.back().map(|batch| batch.last_offset);
            found.push_back(Item::Producer {
                id: *id,
                producer: producer.clone(),
            });
            if let Some(last_offset) = last_offset.filter(|last| *last >= offset) {
                found.push_back(Item::damage_of_all(format!(
                    "producer {id} wrote offset {last_offset}, which is not below the offset of the snapshot"
                )));
            }
        }
        Ok(())
    }
}

impl Walk for SmallFile {
    fn step(&mut self, found: &mut VecDeque<Item>) -> Result<bool> {
        let dir = self.path.parent().unwrap_or(Path::new(""));
        let read = match self.file_type {
            FileType::LeaderEpochs => self.leader_epochs(found),
            FileType::Offsets => checkpoint::read_offsets(&self.disk, &self.path).map(|offsets| {
                let items = offsets
                    .into_iter()
                    .map(|(partition, offset)| Item::Offset { partition, offset });
                found.extend(items);
            }),
            FileType::PartitionMetadata => partition_metadata::read(&self.disk, dir).map(|id| {
                found.push_back(match id {
                    Some(id) => Item::TopicId(id),
                    None => Item::damage_of_all("the file is empty, as after a crash"),
                });
            }),
            FileType::MetaProperties => meta_properties::read(&self.disk, dir).map(|properties| {
                found.extend(properties.map(Item::Node));
            }),
            FileType::OfLog(FileKind::Snapshot, offset) => self.producers(offset, found),
            FileType::OfLog(..) | FileType::MetadataSnapshot => {
                unreachable!("opened as what it is")
            }
        };
        match read {
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                found.push_back(Item::damage_of_all(error.to_string()));
            }
            read => read?,
        }
        Ok(false)
    }
}
