//! Rebuilds what is derived from the batches when a log is opened or truncated: producer state,
//! leader epochs, and the transaction indexes of segments that were scanned.
//!
//! Begins with the newest readable producer snapshot and reads the headers of the batches after it.

use std::io::{ErrorKind, Result};
use std::path::Path;

use io::{Disk, File};
use wire::record_batch::{EndTransactionMarker, RecordBatch};

use crate::batch_scan::Located;
use crate::file_name::{self, FileKind};
use crate::leader_epochs::LeaderEpochs;
use crate::partition_log::marker_in;
use crate::producer_state::{CompletedTransaction, ProducerState};
use crate::segment::{Segment, read_batch};
use crate::transaction_index;
use crate::{checkpoint, producer_snapshot};

pub(crate) struct StateReplay<'a> {
    pub(crate) disk: &'a Disk,
    pub(crate) dir: &'a Path,
    pub(crate) segments: &'a [Segment],
    /// Segments from here on get a new transaction index.
    pub(crate) first_rebuilt: usize,
    pub(crate) log_start_offset: i64,
    pub(crate) log_end_offset: i64,
}

pub(crate) struct ReplayedState {
    pub(crate) producers: ProducerState,
    pub(crate) epochs: LeaderEpochs,
    /// Whether the checkpoint file holds other epochs.
    pub(crate) epochs_changed: bool,
}

impl StateReplay<'_> {
    /// `snapshots` are the offsets of the existing snapshot files, ascending.
    pub(crate) fn run(&self, snapshots: &[i64]) -> Result<ReplayedState> {
        let rebuilt_from = self
            .segments
            .get(self.first_rebuilt)
            .map_or(i64::MAX, Segment::base_offset);
        let (mut producers, snapshot_offset) =
            self.load_snapshot(snapshots, self.log_end_offset.min(rebuilt_from))?;
        let checkpointed = self.load_epochs()?;
        let mut epochs = checkpointed.clone().unwrap_or_default();
        if epochs.truncate_from_end(self.log_end_offset) {
            // At once: after the next crash, epochs of lost records would hide those of the records
            // that are appended in their place.
            let path = self.dir.join(file_name::LEADER_EPOCHS);
            checkpoint::write_epochs(self.disk, &path, epochs.entries())?;
        }
        let is_empty = self.log_end_offset == self.log_start_offset;
        let epochs_known = checkpointed.is_some() && (epochs.latest().is_some() || is_empty);
        for segment in self.segments.iter().skip(self.first_rebuilt) {
            let path = segment.path(FileKind::TransactionIndex);
            transaction_index::truncate(self.disk, &path, segment.base_offset())?;
        }
        let from = if epochs_known {
            snapshot_offset
        } else {
            self.first_offset()
        };
        for (at, segment) in self.segments.iter().enumerate() {
            let end = self
                .segments
                .get(at + 1)
                .map_or(self.log_end_offset, Segment::base_offset);
            if end <= from || segment.size() == 0 {
                continue;
            }
            segment.batches_from_offset(from, |batch, file| {
                epochs.assign(
                    batch.header.partition_leader_epoch,
                    batch.header.base_offset,
                );
                if batch.header.base_offset < snapshot_offset || !batch.header.has_producer_id() {
                    return Ok(true);
                }
                let marker = read_marker(file, batch)?;
                let completed = producers.append(&batch.header, marker.as_ref());
                if let Some(aborted) = completed.filter(|completed| !completed.committed)
                    && at >= self.first_rebuilt
                {
                    self.index_aborted(segment, &aborted, &producers)?;
                }
                Ok(true)
            })?;
        }
        self.forget_ended(&mut producers, snapshot_offset)?;
        epochs.truncate_from_start(self.log_start_offset);
        Ok(ReplayedState {
            producers,
            epochs_changed: checkpointed.as_ref() != Some(&epochs),
            epochs,
        })
    }

    /// Forgets transactions that were open at the snapshot and have ended since, though no marker was
    /// found: compaction removes the records of ended transactions only, and the marker after them.
    fn forget_ended(&self, producers: &mut ProducerState, snapshot_offset: i64) -> Result<()> {
        let inherited = self.first_offset()..snapshot_offset;
        for (start, producer_id) in producers.open_transactions() {
            if !inherited.contains(&start) {
                continue;
            }
            let at = self.segments.partition_point(|s| s.base_offset() <= start) - 1;
            let is_there = |batch: Located| {
                batch.header.base_offset == start && batch.header.producer_id == producer_id
            };
            let segment = &self.segments[at];
            let is_damaged = segment.damage_between(start, start + 1).is_some();
            if !is_damaged && !segment.locate(start)?.is_some_and(is_there) {
                producers.forget_transaction(producer_id);
            }
        }
        Ok(())
    }

    /// The offset of the first batch that exists. It may lie below the log start.
    fn first_offset(&self) -> i64 {
        self.segments
            .first()
            .map_or(self.log_start_offset, Segment::base_offset)
    }

    fn index_aborted(
        &self,
        segment: &Segment,
        aborted: &CompletedTransaction,
        producers: &ProducerState,
    ) -> Result<()> {
        let entry = producers.aborted(aborted);
        segment.index_aborted(&entry)?.sync_data()
    }

    /// The epochs in the checkpoint file; `None` if it is malformed.
    fn load_epochs(&self) -> Result<Option<LeaderEpochs>> {
        let path = self.dir.join(file_name::LEADER_EPOCHS);
        match checkpoint::read_epochs(self.disk, &path) {
            Ok(entries) => Ok(Some(LeaderEpochs::from_checkpoint(entries))),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                tracing::warn!("{error}; reading the leader epochs from the batches");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The newest readable snapshot at or below `limit`, and its offset. Snapshots above `limit`, which
    /// describe batches that are gone or may be cut, and damaged ones are removed.
    fn load_snapshot(&self, snapshots: &[i64], limit: i64) -> Result<(ProducerState, i64)> {
        for offset in snapshots.iter().rev() {
            let path = self
                .dir
                .join(file_name::file_name(*offset, FileKind::Snapshot));
            if *offset > limit {
                self.disk.remove_file(&path)?;
                continue;
            }
            match producer_snapshot::decode(&self.disk.read(&path)?) {
                Ok(state) => return Ok((state, *offset)),
                Err(error) => {
                    tracing::warn!("{}: {error}; using an older snapshot", path.display());
                    self.disk.remove_file(&path)?;
                }
            }
        }
        Ok((ProducerState::default(), self.first_offset()))
    }
}

fn read_marker(file: &File, batch: &Located) -> Result<Option<EndTransactionMarker>> {
    if !batch.header.is_control() {
        return Ok(None);
    }
    let bytes = read_batch(file, batch)?;
    Ok(marker_in(&RecordBatch {
        header: batch.header,
        bytes,
    }))
}
