//! Many seeds. `VLTAVA_SEED=n` runs one of them, `VLTAVA_SEEDS=n` that many.

mod damaged_offsets_topic;
mod deleted_topics;
mod failed_directory;
mod full_disk;
mod retention;
mod topic_deletion;

use vltava_sim::power_cut;

/// Tests share the seeds, so that they run side by side.
const SHARES: u64 = 4;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
}

/// Every seed that is this test's.
fn power_cuts(share: u64) {
    let (seeds, chosen) = match number("VLTAVA_SEED") {
        Some(seed) => (seed..seed + 1, true),
        None => (0..number("VLTAVA_SEEDS").unwrap_or(1000), false),
    };
    let mut promised = 0;
    for seed in seeds.filter(|seed| seed % SHARES == share) {
        promised += power_cut::run(seed).promised;
    }
    assert!(
        chosen || promised > 0,
        "no run got as far as an acknowledgement"
    );
}

#[test]
fn nothing_acknowledged_or_seen_is_lost_in_a_power_cut_first_share() {
    power_cuts(0);
}

#[test]
fn nothing_acknowledged_or_seen_is_lost_in_a_power_cut_second_share() {
    power_cuts(1);
}

#[test]
fn nothing_acknowledged_or_seen_is_lost_in_a_power_cut_third_share() {
    power_cuts(2);
}

#[test]
fn nothing_acknowledged_or_seen_is_lost_in_a_power_cut_fourth_share() {
    power_cuts(3);
}

#[test]
fn the_same_seed_is_the_same_run() {
    assert_eq!(power_cut::run(7), power_cut::run(7));
}
