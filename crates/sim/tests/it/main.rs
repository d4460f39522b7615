//! Tests with whole brokers on simulated machines. Some run many seeds: see [`seeds`].
//! `VLTAVA_TRACE=1` prints the end of the trace of a seed that fails.

mod bystander;
mod damaged_offsets_topic;
mod deleted_topics;
mod failed_directory;
mod full_disk;
mod host;
mod metadata_log;
mod panics;
mod retention;
mod slow_disk;
mod topic_deletion;
mod workload;

use std::ops::Range;

use vltava_sim::power_cut;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
}

/// The seeds of a test. `VLTAVA_SEED` is the first one, and `VLTAVA_SEEDS` is their number. If only
/// the first one is set, it is the only one. If none is set, there are `default` seeds from 0 on.
fn seeds(default: u64) -> Range<u64> {
    match (number("VLTAVA_SEED"), number("VLTAVA_SEEDS")) {
        (Some(first), count) => first..first + count.unwrap_or(1),
        (None, count) => 0..count.unwrap_or(default),
    }
}

#[test]
fn nothing_acknowledged_or_read_is_lost_in_a_power_cut() {
    let seeds = seeds(100);
    let is_many = seeds.end - seeds.start > 10;
    let promised: usize = seeds.map(|seed| power_cut::run(seed).promised).sum();
    assert!(
        !is_many || promised > 0,
        "no run got as far as an acknowledgement"
    );
}

#[test]
fn the_same_seed_is_the_same_run() {
    assert_eq!(power_cut::run(7), power_cut::run(7));
}
