//! Metrics of the cleaner, per log directory.

use std::path::Path;

use super::exposition::{Exposition, Kind};
use crate::partition::compaction::CompactionStatus;
use crate::partition::directories::Directories;
use crate::partition::directory::CompactionCounts;
use crate::partition::{Partition, Partitions};

/// The values of one directory.
#[derive(Default)]
struct Figures {
    counts: CompactionCounts,
    compacted: usize,
    due: usize,
    uncleanable: usize,
    dirty_bytes: u64,
    dirty_ratio_max: f64,
}

pub(super) fn describe(
    directories: &Directories,
    partitions: &Partitions,
    exposition: &mut Exposition,
) {
    let mut found: Vec<(String, Figures)> = Vec::new();
    for directory in directories.all() {
        let path = directory.path();
        let mut figures = Figures {
            counts: directory.compaction_counts(),
            ..Figures::default()
        };
        for partition in partitions.all() {
            if let Some(status) = status_in(path, &partition) {
                figures.compacted += 1;
                figures.due += usize::from(status.is_due);
                figures.uncleanable += usize::from(status.is_uncleanable);
                figures.dirty_bytes += status.dirty_bytes;
                figures.dirty_ratio_max = figures.dirty_ratio_max.max(status.dirty_ratio);
            }
        }
        found.push((path.display().to_string(), figures));
    }
    type Figure = fn(&Figures) -> f64;
    let families: [(&str, Kind, &str, Figure); 10] = [
        (
            "passes_total",
            Kind::Counter,
            "Passes of compaction that have ended.",
            |f| f.counts.passes as f64,
        ),
        (
            "cleaned_bytes_total",
            Kind::Counter,
            "Bytes of the segments that passes have read.",
            |f| f.counts.bytes_before as f64,
        ),
        (
            "kept_bytes_total",
            Kind::Counter,
            "Bytes of the segments that passes have written instead.",
            |f| f.counts.bytes_after as f64,
        ),
        (
            "recopy_ratio",
            Kind::Gauge,
            "Share of the bytes read that the last pass has kept, from 0 to 1.",
            |f| f.counts.last_recopy_ratio,
        ),
        (
            "last_run_timestamp_seconds",
            Kind::Gauge,
            "When the last pass ended; 0 if none has ended since the start.",
            |f| f.counts.last_run_ms as f64 / 1000.0,
        ),
        (
            "compacted_partitions",
            Kind::Gauge,
            "Partitions of topics with cleanup.policy=compact.",
            |f| f.compacted as f64,
        ),
        (
            "due_partitions",
            Kind::Gauge,
            "Compacted partitions that are to be compacted now.",
            |f| f.due as f64,
        ),
        (
            "uncleanable_partitions",
            Kind::Gauge,
            "Compacted partitions that are not compacted, or only up to some offset, because of damage.",
            |f| f.uncleanable as f64,
        ),
        (
            "dirty_bytes",
            Kind::Gauge,
            "Bytes above the cleaner points that could be compacted, as of the cleaner's last check.",
            |f| f.dirty_bytes as f64,
        ),
        (
            "dirty_ratio_max",
            Kind::Gauge,
            "The largest share of a log that is dirty, from 0 to 1, as of the cleaner's last check.",
            |f| f.dirty_ratio_max,
        ),
    ];
    for (name, kind, help, figure) in families {
        let labels: Vec<_> = found
            .iter()
            .map(|(path, figures)| ([("directory", path.as_str())], figure(figures)))
            .collect();
        let samples = labels.iter().map(|(labels, value)| (&labels[..], *value));
        exposition.family(&format!("vltava_log_cleaner_{name}"), kind, help, samples);
    }
}

fn status_in(path: &Path, partition: &Partition) -> Option<CompactionStatus> {
    (partition.directory().path() == path)
        .then(|| partition.compaction_status())
        .flatten()
}
