//! Snapshots of the metadata log, in Kafka's format (KIP-630): every record that makes the image at
//! an offset, so that a start reads only the newest snapshot and the log after it.
//!
//! A snapshot is a sequence of record batches at offsets from 0: a control batch with the header and,
//! if there are any, the voters of the quorum; the records; a control batch with the footer. A file without a footer is
//! incomplete.
//!
//! Does not write or delete files. It returns the bytes of a snapshot, and decides when a snapshot is
//! due and which ones may be deleted.

use bytes::{Bytes, BytesMut};
use wire::messages::snapshot_footer_record::SnapshotFooterRecord;
use wire::messages::snapshot_header_record::SnapshotHeaderRecord;
use wire::record_batch::{BatchBuilder, Compression, ControlType, RecordBatch, batches};
use wire::{Encoder, Message};

use crate::{MetadataImage, MetadataRecord, record};

/// Records in a batch of a snapshot, as Kafka's `SnapshotFileWriter` makes them.
const RECORDS_PER_BATCH: usize = 1024;

/// Version of the header and footer records.
const CONTROL_RECORD_VERSION: i16 = 0;

/// Largest number of bytes of a batch's records that are read. No batch that Kafka or this broker writes
/// is larger.
pub const BATCH_BYTES_MAX: usize = 64 << 20;

/// The file name of a snapshot: the offset after the last record it contains, and the leader epoch
/// of that record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SnapshotId {
    /// Offset after the last record that the snapshot contains.
    pub end_offset: i64,
    /// Leader epoch of that record.
    pub epoch: i32,
}

impl SnapshotId {
    /// The id of a snapshot of this image.
    pub fn of(image: &MetadataImage) -> SnapshotId {
        SnapshotId {
            end_offset: image.last_offset() + 1,
            epoch: image.epoch(),
        }
    }

    /// Kafka's name for the file.
    pub fn file_name(self) -> String {
        format!("{:020}-{:010}.checkpoint", self.end_offset, self.epoch)
    }
}

/// The bytes of a snapshot. `timestamp_ms` is the time of its records, which its age is counted from.
pub fn encode(image: &MetadataImage, timestamp_ms: i64) -> Bytes {
    let epoch = image.epoch();
    let mut bytes = BytesMut::new();
    let mut offset = 0;
    let control = |bytes: &mut BytesMut, offset: &mut i64, records: &[(Bytes, Bytes)]| {
        let mut batch = BatchBuilder::new(Compression::None)
            .base_offset(*offset)
            .leader_epoch(epoch)
            .control();
        for (key, value) in records {
            batch.append(timestamp_ms, Some(key), Some(value), &[]);
        }
        bytes.extend_from_slice(&batch.build());
        *offset += records.len() as i64;
    };
    let header = SnapshotHeaderRecord {
        version: CONTROL_RECORD_VERSION,
        last_contained_log_timestamp: timestamp_ms,
    };
    let mut first = vec![(key_of(HEADER_TYPE), value_of(&header))];
    first.extend(image.quorum().iter().cloned());
    control(&mut bytes, &mut offset, &first);
    for records in image.to_records().chunks(RECORDS_PER_BATCH) {
        let mut batch = BatchBuilder::new(Compression::None)
            .base_offset(offset)
            .leader_epoch(epoch);
        for record in records {
            let value = record::encode(record).expect("the record was read from a log");
            batch.append(timestamp_ms, None, Some(&value), &[]);
        }
        bytes.extend_from_slice(&batch.build());
        offset += records.len() as i64;
    }
    let footer = SnapshotFooterRecord {
        version: CONTROL_RECORD_VERSION,
    };
    let last = [(key_of(FOOTER_TYPE), value_of(&footer))];
    control(&mut bytes, &mut offset, &last);
    bytes.freeze()
}

/// Kafka's numbers of the control records around a snapshot.
const HEADER_TYPE: i16 = 3;
const FOOTER_TYPE: i16 = 4;

fn key_of(kind: i16) -> Bytes {
    let mut key = Encoder::new();
    key.i16(CONTROL_RECORD_VERSION);
    key.i16(kind);
    key.finish()
}

fn value_of(message: &impl Message) -> Bytes {
    let mut value = Encoder::new();
    message
        .encode(&mut value, CONTROL_RECORD_VERSION)
        .expect("every field fits version 0");
    value.finish()
}

/// The image in a snapshot.
///
/// # Errors
/// What is wrong with the bytes: damaged, without header or footer, or with a record that this
/// version does not understand.
pub fn decode(bytes: Bytes, id: SnapshotId) -> Result<MetadataImage, String> {
    let mut image = MetadataImage::empty();
    let mut next_offset = 0;
    let mut has_header = false;
    let mut has_footer = false;
    for batch in batches(bytes) {
        let batch = batch.map_err(|e| e.to_string())?;
        batch.check_crc().map_err(|e| e.to_string())?;
        // The base offset is outside the checksum. With a wrong one, records would be left out.
        let base_offset = batch.header.base_offset;
        if base_offset != next_offset {
            return Err(format!(
                "a batch begins at offset {base_offset} instead of {next_offset}"
            ));
        }
        next_offset = batch.header.last_offset() + 1;
        if batch.header.is_control() {
            for record in batch.records(BATCH_BYTES_MAX).map_err(|e| e.to_string())? {
                match ControlType::of(&record.map_err(|e| e.to_string())?) {
                    Some(ControlType::SnapshotHeader) => has_header = true,
                    Some(ControlType::SnapshotFooter) => has_footer = true,
                    _ => {}
                }
            }
        }
        let records = records(&image, &batch)?;
        image = apply(&image, &batch, &records)?;
    }
    if !has_header || !has_footer {
        return Err("it is incomplete: it has no header or no footer".to_owned());
    }
    Ok(image.skip_to(id.end_offset - 1, id.epoch))
}

/// The metadata records of a batch of the log or of a snapshot. Records that `image` contains
/// already are left out, and so are control records.
///
/// # Errors
/// A record that cannot be read or is not understood, with its offset.
pub fn records(image: &MetadataImage, batch: &RecordBatch) -> Result<Vec<MetadataRecord>, String> {
    if batch.header.is_control() {
        return Ok(Vec::new());
    }
    let mut records = Vec::new();
    for found in batch.records(BATCH_BYTES_MAX).map_err(|e| e.to_string())? {
        let found = found.map_err(|e| e.to_string())?;
        if found.offset > image.last_offset() {
            let record = record::decode(found.value.unwrap_or_default());
            records.push(record.map_err(|e| format!("offset {}: {e}", found.offset))?);
        }
    }
    Ok(records)
}

/// The image after `records`, which are those of `batch`.
///
/// # Errors
/// A record that cannot follow.
pub fn apply(
    image: &MetadataImage,
    batch: &RecordBatch,
    records: &[MetadataRecord],
) -> Result<MetadataImage, String> {
    let header = &batch.header;
    if header.is_control() {
        return apply_control(image, batch);
    }
    image
        .apply(records, header.last_offset(), header.partition_leader_epoch)
        .map_err(|e| format!("batch of offset {}: {e}", header.base_offset))
}

fn apply_control(image: &MetadataImage, batch: &RecordBatch) -> Result<MetadataImage, String> {
    let mut quorum = image.quorum().clone();
    let mut is_changed = false;
    for record in batch.records(BATCH_BYTES_MAX).map_err(|e| e.to_string())? {
        is_changed |= quorum.add(&record.map_err(|e| e.to_string())?);
    }
    let header = &batch.header;
    let next = image.skip_to(header.last_offset(), header.partition_leader_epoch);
    Ok(match is_changed {
        true => next.with_quorum(quorum),
        false => next,
    })
}

/// When a new snapshot is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotPolicy {
    /// `metadata.log.max.record.bytes.between.snapshots`.
    pub bytes_between: u64,
    /// `metadata.log.max.snapshot.interval.ms`; 0 disables snapshots by time.
    pub interval_ms: i64,
}

impl SnapshotPolicy {
    /// Whether a snapshot is due. `bytes` were appended to the log since the last one, and
    /// `elapsed_ms` have passed. Without new records none is due.
    pub fn is_due(self, bytes: u64, elapsed_ms: i64) -> bool {
        let by_time = self.interval_ms > 0 && elapsed_ms >= self.interval_ms;
        bytes > 0 && (bytes >= self.bytes_between || by_time)
    }
}

/// How much of the metadata log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotRetention {
    /// `metadata.max.retention.bytes`: log and snapshots together; negative is no limit.
    pub bytes: i64,
    /// `metadata.max.retention.ms`: age of a snapshot; negative is no limit.
    pub ms: i64,
}

/// A snapshot file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotFile {
    /// Its name.
    pub id: SnapshotId,
    /// Size in bytes.
    pub size: u64,
    /// When it was written, in ms.
    pub written_ms: i64,
}

impl SnapshotRetention {
    /// How many of the oldest snapshots may be deleted, and with them the log below the oldest that
    /// remains (Kafka's `KafkaMetadataLog.maybeClean`). The newest is never among them.
    ///
    /// `files` are all snapshots, oldest first; the log has `log_bytes`.
    pub fn expired(self, files: &[SnapshotFile], log_bytes: u64, now_ms: i64) -> usize {
        let mut total = log_bytes + files.iter().map(|file| file.size).sum::<u64>();
        let Some((_newest, older)) = files.split_last() else {
            return 0;
        };
        let mut expired = 0;
        for file in older {
            let too_much = u64::try_from(self.bytes).is_ok_and(|max| total > max);
            let too_old = self.ms >= 0 && now_ms.saturating_sub(file.written_ms) > self.ms;
            if !too_much && !too_old {
                break;
            }
            total -= file.size;
            expired += 1;
        }
        expired
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Cluster;

    const ID: SnapshotId = SnapshotId {
        end_offset: 117,
        epoch: 3,
    };

    fn image() -> MetadataImage {
        let mut cluster = Cluster::of_brokers(&[1, 2]);
        cluster.create_topic("t", 3, &[("retention.ms", "1000")]);
        cluster.create_topic("u", 1500, &[]);
        cluster.image.skip_to(ID.end_offset - 1, ID.epoch)
    }

    #[test]
    fn a_snapshot_read_back_is_the_image() {
        let image = image();
        let bytes = encode(&image, 1_700_000_000_000);
        assert_eq!(SnapshotId::of(&image), ID);
        assert_eq!(decode(bytes, ID).as_ref(), Ok(&image));
        assert_eq!(ID.file_name(), "00000000000000000117-0000000003.checkpoint");
    }

    #[test]
    fn batches_are_numbered_from_0_and_have_the_epoch_of_the_snapshot() {
        let mut next = 0;
        let mut controls = Vec::new();
        for batch in batches(encode(&image(), 5)) {
            let batch = batch.expect("whole");
            batch.check_crc().expect("just written");
            assert_eq!(batch.header.base_offset, next);
            assert_eq!(batch.header.partition_leader_epoch, ID.epoch);
            assert_eq!(batch.header.max_timestamp, 5);
            next = batch.header.last_offset() + 1;
            controls.push(batch.header.is_control());
        }
        assert_eq!(controls, [true, false, false, true]);
    }

    #[test]
    fn the_voters_of_the_quorum_are_kept() {
        let mut batch = BatchBuilder::new(Compression::None).control();
        let (version, voters) = (Bytes::from_static(b"v1"), Bytes::from_static(b"node 1"));
        batch.append(0, Some(&key_of(2)), Some(b"leader"), &[]);
        batch.append(0, Some(&key_of(6)), Some(b"older"), &[]);
        batch.append(0, Some(&key_of(6)), Some(&voters), &[]);
        batch.append(0, Some(&key_of(5)), Some(&version), &[]);
        let batch = RecordBatch::first(&batch.build()).expect("whole");
        let image = apply(&MetadataImage::empty(), &batch, &[]).expect("control records follow");
        let kept = [(key_of(5), version), (key_of(6), voters)];
        assert_eq!(image.quorum().iter().cloned().collect::<Vec<_>>(), kept);

        let image = image.skip_to(ID.end_offset - 1, ID.epoch);
        assert_eq!(decode(encode(&image, 5), ID).as_ref(), Ok(&image));
    }

    #[test]
    fn a_snapshot_that_is_cut_or_damaged_is_refused() {
        let cluster = Cluster::of_brokers(&[1]);
        let bytes = encode(&cluster.image, 0);
        for length in 0..bytes.len() {
            assert!(decode(bytes.slice(..length), ID).is_err(), "{length} bytes");
        }
        for place in 0..bytes.len() {
            let mut flipped = bytes.to_vec();
            flipped[place] ^= 1;
            if let Ok(image) = decode(flipped.into(), ID) {
                // The epoch of a batch is outside its checksum, and not used.
                assert_eq!(image.topics(), cluster.image.topics(), "byte {place}");
            }
        }
    }

    #[test]
    fn a_snapshot_is_due_by_bytes_or_by_time_if_there_is_anything_new() {
        let policy = SnapshotPolicy {
            bytes_between: 100,
            interval_ms: 1000,
        };
        assert!(policy.is_due(100, 0) && policy.is_due(1, 1000));
        assert!(!policy.is_due(99, 999) && !policy.is_due(0, 5000));
        let by_bytes_only = SnapshotPolicy {
            interval_ms: 0,
            ..policy
        };
        assert!(!by_bytes_only.is_due(99, i64::MAX) && by_bytes_only.is_due(100, 0));
    }

    #[test]
    fn old_snapshots_expire_by_size_or_age_and_the_newest_stays() {
        let file = |end_offset, written_ms| SnapshotFile {
            id: SnapshotId {
                end_offset,
                epoch: 1,
            },
            size: 10,
            written_ms,
        };
        let files = [file(10, 100), file(20, 200), file(30, 300)];
        let expired = |bytes, ms, log_bytes, now_ms| {
            SnapshotRetention { bytes, ms }.expired(&files, log_bytes, now_ms)
        };
        assert_eq!(expired(-1, -1, 1 << 40, i64::MAX), 0);
        assert_eq!(expired(130, -1, 100, 0), 0);
        assert_eq!(expired(129, -1, 100, 0), 1);
        assert_eq!(expired(0, -1, 100, 0), 2);
        assert_eq!(expired(-1, 50, 0, 150), 0);
        assert_eq!(expired(-1, 50, 0, 151), 1);
        assert_eq!(expired(-1, 50, 0, 1000), 2);
        assert_eq!(SnapshotRetention { bytes: 0, ms: 0 }.expired(&[], 1, 1), 0);
    }
}
