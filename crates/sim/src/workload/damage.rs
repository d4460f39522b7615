//! What happens to the files of a broker that does not run.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use io::sim::Faults;
use io::{Disk, Io};
use wire::record_batch::{HEADER_LEN, batches};

use super::disk_faults::{EVENTS_FILES, Syncs};
use super::promises::Ending;
use super::{PARTITIONS, RELAXED, files_left};

/// The damage between two lives of the broker.
#[derive(Debug, Default)]
pub(super) struct Damage {
    /// Records of the relaxed topic that cannot be read any more, by offset: those of a batch in
    /// which a bit was flipped, and those after it in its segment.
    pub(super) lost: BTreeMap<i64, Bytes>,
    /// Whether the topic id files of the topic with retention were removed.
    pub(super) has_no_topic_ids: bool,
}

impl Damage {
    /// Draws the damage after a life that has ended so.
    pub(super) fn draw(
        io: &Io,
        disk: &Disk,
        faults: &Faults,
        ending: Ending,
        syncs: Syncs,
    ) -> Damage {
        let mut damage = Damage::default();
        // Segments that are not synced are damaged more often: what is done with them depends on more.
        let is_flip_due = match syncs {
            Syncs::Timely | Syncs::Delayed => io.rng.below(6) == 0,
            Syncs::Late => io.rng.below(3) > 0,
        };
        if is_flip_due {
            damage.lost = flip_bit_of_closed_segment(io, disk, faults);
        }
        // An operator may remove the files. After a crash, the redo log would not be used then.
        if ending == Ending::Stop {
            damage.has_no_topic_ids = remove_topic_ids(disk);
        }
        damage
    }
}

/// Flips a bit of a batch in one of the last closed segments of the relaxed topic. Returns the records
/// that are lost.
fn flip_bit_of_closed_segment(io: &Io, disk: &Disk, faults: &Faults) -> BTreeMap<i64, Bytes> {
    let partition = (RELAXED, 0);
    let mut closed = files_left::segments(disk, partition).expect("the directory can be listed");
    closed.pop();
    let back = 1 + io.rng.below(4) as usize;
    let Some(path) = closed.len().checked_sub(back).map(|at| &closed[at]) else {
        return BTreeMap::new();
    };
    let bytes = disk.read(path).expect("the segment can be read");
    let Some((batch, offset)) = offset_in_a_batch(io, bytes.clone()) else {
        return BTreeMap::new();
    };
    faults.flip_bit(path, Some(offset));
    records_from(&bytes, batch)
}

/// The records of a segment in the whole batches from a position on. A batch before or among them may be damaged already: an
/// earlier power cut has torn it.
fn records_from(segment: &Bytes, position: usize) -> BTreeMap<i64, Bytes> {
    batches(segment.slice(position..))
        .map_while(Result::ok)
        .filter(|batch| batch.check_crc().is_ok())
        .flat_map(|batch| files_left::records_of(&batch))
        .collect()
}

/// The positions of a batch, and of a byte that its checksum covers.
fn offset_in_a_batch(io: &Io, segment: Bytes) -> Option<(usize, u64)> {
    let mut positions = Vec::new();
    let mut position = 0;
    for batch in batches(segment).map_while(Result::ok) {
        let len = batch.header.total_len();
        positions.push((position, len - HEADER_LEN));
        position += len;
    }
    let at = io.rng.below(positions.len().max(1) as u64) as usize;
    let &(batch, len) = positions.get(at)?;
    Some((
        batch,
        (batch + HEADER_LEN) as u64 + io.rng.below(len as u64),
    ))
}

/// Removes the topic id files of the topic with retention. Returns whether there were any.
fn remove_topic_ids(disk: &Disk) -> bool {
    let mut has_removed = false;
    for number in 0..PARTITIONS {
        let dir = format!("{EVENTS_FILES}{number}");
        let file = Path::new(&dir).join("partition.metadata");
        if disk.exists(&file) {
            disk.remove_file(&file).expect("the file can be removed");
            let synced = disk.sync_dir(Path::new(&dir));
            synced.expect("the directory can be synced");
            has_removed = true;
        }
    }
    has_removed
}

#[cfg(test)]
mod tests {
    use wire::record_batch::{BatchBuilder, Compression};

    use super::*;

    #[test]
    fn records_behind_a_torn_batch_are_lost_with_a_flipped_bit() {
        let batch = |offset| {
            let mut batch = BatchBuilder::new(Compression::None).base_offset(offset);
            batch.append(0, None, Some(b"value"), &[]);
            batch.build().to_vec()
        };
        let [mut torn, whole, flipped] = [batch(7), batch(8), batch(9)];
        *torn.last_mut().expect("a batch has bytes") ^= 1;
        let position = torn.len() + whole.len();
        let segment = Bytes::from([torn, whole, flipped].concat());
        let lost = |position| {
            records_from(&segment, position)
                .into_keys()
                .collect::<Vec<_>>()
        };
        assert_eq!(lost(position), [9]);
        assert_eq!(lost(0), [8, 9]);
    }
}
