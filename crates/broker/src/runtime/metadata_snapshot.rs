//! Snapshots of the metadata log, as Kafka writes them beside it: everything the log said up to an
//! offset, so that what came before may be deleted from the log.
//!
//! Only read: our own log is kept whole.

use std::path::Path;

use io::Disk;
use log::file_name;
use metadata::{MetadataImage, MetadataRecord, record};
use wire::record_batch::{ControlType, RecordBatch, batches};

/// The image of the newest snapshot in `dir` that is whole; the empty one if there is none.
///
/// A snapshot that is not whole is passed over with a warning: an older one, or the log, may
/// reach as far back.
///
/// # Errors
/// What listing fails with.
pub(super) fn newest(disk: &Disk, dir: &Path) -> std::io::Result<MetadataImage> {
    let mut found: Vec<(i64, i32, String)> = disk
        .read_dir(dir)?
        .into_iter()
        .filter_map(|entry| {
            let (end_offset, epoch) = file_name::parse_metadata_snapshot(&entry.name)?;
            Some((end_offset, epoch, entry.name))
        })
        .collect();
    found.sort();
    for (end_offset, epoch, name) in found.into_iter().rev() {
        match read(disk, &dir.join(&name), end_offset, epoch) {
            Ok(image) => return Ok(image),
            Err(e) => tracing::warn!("passing over snapshot {}: {e}", dir.join(&name).display()),
        }
    }
    Ok(MetadataImage::empty())
}

/// Reads a snapshot: batches between a header and a footer, without which it is not whole.
fn read(disk: &Disk, path: &Path, end_offset: i64, epoch: i32) -> Result<MetadataImage, String> {
    let mut image = MetadataImage::empty();
    let mut is_begun = false;
    let mut is_ended = false;
    for batch in batches(disk.read(path).map_err(|e| e.to_string())?) {
        let batch = batch.map_err(|e| e.to_string())?;
        batch.check_crc().map_err(|e| e.to_string())?;
        if batch.header.is_control() {
            for found in batch
                .records(super::metadata_log::BATCH_BYTES_MAX)
                .map_err(|e| e.to_string())?
            {
                match ControlType::of(&found.map_err(|e| e.to_string())?) {
                    Some(ControlType::SnapshotHeader) => is_begun = true,
                    Some(ControlType::SnapshotFooter) => is_ended = true,
                    _ => {}
                }
            }
            continue;
        }
        let records = records(&image, &batch)?;
        image = apply(&image, &batch, &records)?;
    }
    if !is_begun || !is_ended {
        return Err("it is cut short".to_owned());
    }
    Ok(image.skip_to(end_offset - 1, epoch))
}

/// The metadata records of a batch of the log or of a snapshot. Records that `image` contains
/// already are left out, and so are control records.
///
/// # Errors
/// A record that cannot be read or is not understood, with its offset.
pub(super) fn records(
    image: &MetadataImage,
    batch: &RecordBatch,
) -> Result<Vec<MetadataRecord>, String> {
    if batch.header.is_control() {
        return Ok(Vec::new());
    }
    let mut records = Vec::new();
    for found in batch
        .records(super::metadata_log::BATCH_BYTES_MAX)
        .map_err(|e| e.to_string())?
    {
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
pub(super) fn apply(
    image: &MetadataImage,
    batch: &RecordBatch,
    records: &[MetadataRecord],
) -> Result<MetadataImage, String> {
    let header = &batch.header;
    image
        .apply(records, header.last_offset(), header.partition_leader_epoch)
        .map_err(|e| format!("batch of offset {}: {e}", header.base_offset))
}

#[cfg(test)]
mod tests {
    use super::*;
    use io::sim::Sim;
    use wire::Uuid;
    use wire::record_batch::{BatchBuilder, Compression};
    use wire::records::metadata::{ClientQuotaRecord, TopicRecord};

    fn control(offset: i64, kind: u8) -> Vec<u8> {
        let mut batch = BatchBuilder::new(Compression::None)
            .base_offset(offset)
            .control();
        batch.append(0, Some(&[0, 0, 0, kind]), Some(&[0, 0, 0]), &[]);
        batch.build().to_vec()
    }

    fn fact(offset: i64, record: &MetadataRecord) -> Vec<u8> {
        let mut batch = BatchBuilder::new(Compression::None).base_offset(offset);
        let value = record::encode(record).expect("fits");
        batch.append(0, None, Some(&value), &[]);
        batch.build().to_vec()
    }

    fn topic(name: &str) -> MetadataRecord {
        MetadataRecord::Topic(TopicRecord {
            name: name.into(),
            topic_id: Uuid([name.len() as u8; 16]),
        })
    }

    /// Header, one record, footer.
    fn snapshot(record: &MetadataRecord) -> Vec<u8> {
        [control(0, 3), fact(1, record), control(2, 4)].concat()
    }

    fn replay(image: &MetadataImage, batch: &RecordBatch) -> Result<MetadataImage, String> {
        apply(image, batch, &records(image, batch)?)
    }

    fn in_new_directory(files: &[(&str, &[u8])]) -> MetadataImage {
        let disk = Sim::new(7).io().disk;
        let dir = Path::new("/data");
        disk.create_dir_all(dir).expect("made");
        for (name, content) in files {
            disk.write_atomic(&dir.join(name), content)
                .expect("written");
        }
        newest(&disk, dir).expect("listed")
    }

    #[test]
    fn the_newest_snapshot_says_what_was_before_its_offset() {
        let image = in_new_directory(&[
            (
                "00000000000000000050-0000000002.checkpoint",
                &snapshot(&topic("old")),
            ),
            (
                "00000000000000000117-0000000003.checkpoint",
                &snapshot(&topic("newer")),
            ),
            (
                "00000000000000000200-0000000003.checkpoint.part",
                &control(0, 3),
            ),
        ]);
        assert_eq!((image.last_offset(), image.epoch()), (116, 3));
        assert!(image.topics().by_name("newer").is_some());
        assert_eq!(image.topics().len(), 1);
        // The batch that a log goes on with may reach below it.
        let next = RecordBatch::first(&fact(117, &topic("behind").clone()).into()).expect("whole");
        let next = replay(&image, &next).expect("fits");
        assert_eq!(next.topics().len(), 2);
        let again = RecordBatch::first(&fact(116, &topic("newer")).into()).expect("whole");
        assert_eq!(replay(&image, &again).map(|i| i.topics().len()), Ok(1));
    }

    #[test]
    fn one_that_is_damaged_is_passed_over() {
        let older = snapshot(&topic("old"));
        let newer = snapshot(&topic("newer"));
        for length in 0..newer.len() {
            let image = in_new_directory(&[
                ("00000000000000000050-0000000002.checkpoint", &older),
                (
                    "00000000000000000117-0000000003.checkpoint",
                    &newer[..length],
                ),
            ]);
            assert_eq!(image.last_offset(), 49, "cut to {length} bytes");
        }
        let mut flipped = newer.clone();
        flipped[100] ^= 1;
        let image = in_new_directory(&[("00000000000000000117-0000000003.checkpoint", &flipped)]);
        assert_eq!(image, MetadataImage::empty());
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_offset() {
        let quota = MetadataRecord::ClientQuota(ClientQuotaRecord::default());
        let batch = RecordBatch::first(&fact(7, &quota).into()).expect("whole");
        let error = replay(&MetadataImage::empty(), &batch).expect_err("not understood");
        assert!(error.starts_with("batch of offset 7: "), "{error}");
        assert!(error.contains("ClientQuotaRecord"), "{error}");
    }
}
