//! What every committed batch of a checkpoint has read: for checks from outside.

use io::Objects;

use super::Checkpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::source::Offset;

/// What one committed batch has read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRanges {
    /// The number of the batch.
    pub batch_id: u64,
    /// Per source: where the batch began (`None`: at the source's beginning) and where it ended.
    pub sources: Vec<(Option<Offset>, Option<Offset>)>,
}

/// The ranges of all committed batches at `directory`, in order.
///
/// Old batches are purged from a checkpoint; of those the ranges are not known, nor that of the
/// oldest one left, whose beginning went with its predecessor.
///
/// # Errors
/// `Checkpoint` if a committed batch has no offsets; the store's.
pub fn read_ranges(objects: &Objects, directory: &str) -> Result<Vec<BatchRanges>> {
    let checkpoint = Checkpoint::new(objects, directory);
    let mut ranges = Vec::new();
    let mut before: Option<(u64, Vec<Option<Offset>>)> = None;
    for batch_id in checkpoint.commits.numbers()? {
        let planned = checkpoint.offsets.get(batch_id)?.ok_or_else(|| {
            Error::new(
                ErrorKind::Checkpoint,
                format!("{directory}: batch {batch_id} is committed but was never planned"),
            )
        })?;
        let starts = match before {
            None if batch_id == 0 => Some(vec![None; planned.ends.len()]),
            Some((id, ends)) if id + 1 == batch_id => Some(ends),
            _ => None,
        };
        if let Some(starts) = starts {
            ranges.push(BatchRanges {
                batch_id,
                sources: starts.into_iter().zip(planned.ends.clone()).collect(),
            });
        }
        before = Some((batch_id, planned.ends));
    }
    Ok(ranges)
}
