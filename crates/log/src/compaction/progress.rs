//! Compaction progress of a log, from the names and sizes of its files: for tools, and for logs
//! that are not open.

use std::io::{ErrorKind, Result};
use std::path::Path;

use io::Disk;

use super::plan;
use crate::config::LogConfig;
use crate::file_name::{self, FileKind, Name};

/// Compaction progress of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Offset below which it is compacted; the dirty head begins here.
    pub first_dirty: i64,
    /// Bytes of the segments below that offset.
    pub clean_bytes: u64,
    /// Bytes of the closed segments from that offset on.
    pub dirty_bytes: u64,
    /// Bytes of the active segment, which is never compacted.
    pub active_bytes: u64,
}

impl Progress {
    /// Reads the names in the partition directory `dir`. Takes no lock and opens no file.
    ///
    /// `cleaner_point` and `log_start_offset` come from the checkpoints. Records that are not
    /// committed, or too young to be compacted, count as dirty.
    ///
    /// # Errors
    /// Errors of listing. A directory that does not exist counts as an empty log.
    pub fn of(
        disk: &Disk,
        dir: &Path,
        cleaner_point: Option<i64>,
        log_start_offset: i64,
    ) -> Result<Progress> {
        let entries = match disk.read_dir(dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut segments: Vec<(i64, u64)> = entries
            .iter()
            .filter_map(|entry| match file_name::parse(&entry.name) {
                Name::File(FileKind::Log, base_offset) => Some((base_offset, entry.len)),
                _ => None,
            })
            .collect();
        segments.sort_unstable();
        let first_base = segments.first().map_or(0, |(base, _)| *base);
        let active_base = segments.last().map_or(0, |(base, _)| *base);
        let log_start_offset = log_start_offset.max(first_base);
        let mut progress = Progress {
            first_dirty: plan::first_dirty(cleaner_point, log_start_offset, active_base),
            ..Progress::default()
        };
        for (at, (_, len)) in segments.iter().enumerate() {
            match segments.get(at + 1) {
                None => progress.active_bytes += len,
                Some((next, _)) if *next <= progress.first_dirty => progress.clean_bytes += len,
                Some(_) => progress.dirty_bytes += len,
            }
        }
        Ok(progress)
    }

    /// Share of the closed segments' bytes that are dirty, from 0 to 1.
    pub fn dirty_ratio(&self) -> f64 {
        match self.clean_bytes + self.dirty_bytes {
            0 => 0.0,
            all => self.dirty_bytes as f64 / all as f64,
        }
    }

    /// Whether [`Log::cleanable`](crate::Log::cleanable) may find that compaction is due. The age
    /// of records is not known here: if `max.compaction.lag.ms` is set, the answer is yes whenever
    /// there are dirty bytes.
    pub fn may_be_due(&self, config: &LogConfig) -> bool {
        let may_be_overdue =
            config.compaction_lag_max_ms < i64::MAX && self.dirty_bytes + self.active_bytes > 0;
        may_be_overdue || self.is_dirty_enough(config.dirty_ratio_min)
    }

    /// Whether the dirty ratio exceeds `min.cleanable.dirty.ratio`.
    pub fn is_dirty_enough(&self, dirty_ratio_min: f64) -> bool {
        self.dirty_ratio() > dirty_ratio_min
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_clean_dirty_or_active() {
        let disk = io::sim::Sim::new(7).io().disk;
        let dir = Path::new("/data/t-0");
        disk.create_dir_all(dir).expect("made");
        for (base_offset, len) in [(10, 100), (20, 20), (30, 3)] {
            let name = file_name::file_name(base_offset, FileKind::Log);
            disk.write_atomic(&dir.join(name), &vec![0; len])
                .expect("written");
        }
        disk.write_atomic(&dir.join("00000000000000000000.log.deleted"), b"gone")
            .expect("written");
        let of = |point, start| Progress::of(&disk, dir, point, start).expect("listed");
        let expected = |first_dirty, clean_bytes, dirty_bytes| Progress {
            first_dirty,
            clean_bytes,
            dirty_bytes,
            active_bytes: 3,
        };
        assert_eq!(of(None, 0), expected(10, 0, 120));
        // It is never compacted beyond where the active segment begins.
        assert_eq!(of(Some(31), 0), expected(10, 0, 120));
        assert_eq!(of(Some(20), 0), expected(20, 100, 20));
        assert_eq!(of(Some(30), 12), expected(30, 120, 0));
        assert_eq!(of(Some(5), 12), expected(12, 0, 120));
        assert_eq!(of(Some(20), 0).dirty_ratio(), 20.0 / 120.0);
        let config = |dirty_ratio_min, compaction_lag_max_ms| LogConfig {
            dirty_ratio_min,
            compaction_lag_max_ms,
            ..LogConfig::default()
        };
        let due = |point, ratio| of(Some(point), 0).may_be_due(&config(ratio, i64::MAX));
        assert!(due(20, 0.1) && !due(20, 0.2) && !due(30, 0.0));
        assert!(of(Some(30), 0).may_be_due(&config(1.0, 1000)));
        let nothing = Progress::of(&disk, Path::new("/data/none-0"), None, 0);
        let nothing = nothing.expect("empty");
        assert_eq!(nothing, Progress::default());
        assert!(!nothing.may_be_due(&config(0.0, 1000)));
    }
}
