//! The faults of a life: disk, network, and slow calls.

use std::time::Duration;

use io::Io;
use io::sim::{DiskCall, DiskError, DiskFault, DiskTimes, Faults};

use super::damage::Damage;
use super::{CLIENTS, PARTITIONS};

// Parts of the paths that disk faults are about.
pub(super) const EVENTS_FILES: &str = "/data/events-";
const TABLE_FILES: &str = "/data/table-";
const RELAXED_FILES: &str = "/data/relaxed-";
const REDO_LOG: &str = "/data/.redo-";
const TOPIC_IDS: &str = "/partition.metadata";

const SLOW: DiskError = DiskError::Slow(Duration::from_millis(100));
/// Longer than several segments of the relaxed topic are open.
const VERY_SLOW: DiskError = DiskError::Slow(Duration::from_millis(1_000));

/// The disk faults. A life of the broker has one of them, or none.
const DISK_FAULTS: [(&str, DiskCall, DiskError); 20] = [
    (EVENTS_FILES, DiskCall::Sync, DiskError::Device),
    (EVENTS_FILES, DiskCall::Write, DiskError::NoSpace),
    (EVENTS_FILES, DiskCall::Sync, DiskError::NoSpace),
    (EVENTS_FILES, DiskCall::Sync, DiskError::Quota),
    (EVENTS_FILES, DiskCall::Open, DiskError::NoDescriptor),
    (EVENTS_FILES, DiskCall::Sync, SLOW),
    (EVENTS_FILES, DiskCall::Create, DiskError::PowerCut),
    (EVENTS_FILES, DiskCall::Rename, DiskError::PowerCut),
    (TABLE_FILES, DiskCall::Open, DiskError::NoDescriptor),
    (TABLE_FILES, DiskCall::Sync, DiskError::Quota),
    (TABLE_FILES, DiskCall::Rename, DiskError::NoSpace),
    (TABLE_FILES, DiskCall::Rename, DiskError::PowerCut),
    (RELAXED_FILES, DiskCall::Sync, DiskError::NoSpace),
    (RELAXED_FILES, DiskCall::Sync, VERY_SLOW),
    (REDO_LOG, DiskCall::Write, DiskError::NoSpace),
    (REDO_LOG, DiskCall::Write, DiskError::Device),
    (REDO_LOG, DiskCall::Sync, DiskError::Device),
    (REDO_LOG, DiskCall::Sync, SLOW),
    (REDO_LOG, DiskCall::Sync, VERY_SLOW),
    (TOPIC_IDS, DiskCall::Open, DiskError::NoDescriptor),
];

/// Whether the syncs of a relaxed topic end soon in a life of the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syncs {
    /// They take a few milliseconds.
    Timely,
    /// A disk fault may delay them.
    Delayed,
    /// They fail, or take so long that several segments are closed meanwhile.
    Late,
}

/// Draws the faults of a life, except for its end. `damage` was done before it.
pub(super) fn plan(io: &Io, faults: &Faults, life: u64, damage: &Damage) -> Syncs {
    let rng = &io.rng;
    if rng.below(2) == 0 {
        faults.set_disk_times(DiskTimes {
            read: Duration::from_micros(rng.below(50)),
            write: Duration::from_micros(rng.below(20)),
            sync: Duration::from_micros(rng.below(8_000)),
        });
    }
    if rng.below(3) == 0 {
        faults.set_reset_rate(Some(100 + rng.below(400)));
    }
    if rng.below(3) == 0 {
        faults.set_drop_rate(Some(50 + rng.below(200)));
    }
    match rng.below(10) {
        0 => faults.set_link_delay(CLIENTS, Some(Duration::from_millis(rng.below(30)))),
        // Requests arrive, and no response does.
        1 => faults.cut_link(CLIENTS),
        2 | 3 => faults.set_silent_power_cuts(true),
        _ => {}
    }
    if damage.has_no_topic_ids {
        fail_opening(io, faults);
        return Syncs::Delayed;
    }
    // A third of the lives has no disk fault.
    let at = rng.below(DISK_FAULTS.len() as u64 * 3 / 2);
    let Some(&(path, call, error)) = DISK_FAULTS.get(at as usize) else {
        return Syncs::Timely;
    };
    // The topics are created without a power cut.
    if life == 0 && error == DiskError::PowerCut {
        return Syncs::Timely;
    }
    let is_very_slow = error == VERY_SLOW;
    let calls_between = match call {
        _ if is_very_slow => 3,
        // A start opens them once.
        DiskCall::Open if path == TOPIC_IDS => 5,
        DiskCall::Open | DiskCall::Write => 200,
        // They are rare, because most records are synced in the redo log.
        _ => 40,
    };
    faults.add_disk_fault(DiskFault {
        path: path.to_owned(),
        calls: match call {
            DiskCall::Open => vec![DiskCall::Open, DiskCall::Create],
            call => vec![call],
        },
        error,
        once_in: (calls_between / 10 + rng.below(calls_between)).max(1),
        times: Some(1 + rng.below(3)),
    });
    match is_very_slow || path == RELAXED_FILES {
        true => Syncs::Late,
        false => Syncs::Delayed,
    }
}

/// Lets the first attempts to open the logs of the topic with retention fail when they sync the names
/// that they have changed.
fn fail_opening(io: &Io, faults: &Faults) {
    let rule = |path: String, error, times| DiskFault {
        path,
        calls: vec![DiskCall::Sync],
        error,
        once_in: 1,
        times,
    };
    for number in 0..PARTITIONS {
        let files = format!("{EVENTS_FILES}{number}/");
        faults.add_disk_fault(rule(files, DiskError::Slow(Duration::ZERO), None));
    }
    let times = Some(1 + io.rng.below(3));
    faults.add_disk_fault(rule(EVENTS_FILES.to_owned(), DiskError::NoSpace, times));
}

/// Ends the faults of a life.
pub(super) fn mend(faults: &Faults) {
    faults.set_disk_times(DiskTimes::default());
    faults.set_reset_rate(None);
    faults.set_drop_rate(None);
    faults.set_link_delay(CLIENTS, None);
    faults.restore_link(CLIENTS);
    faults.set_silent_power_cuts(false);
    faults.clear_disk_faults();
    faults.repair_disks();
}
