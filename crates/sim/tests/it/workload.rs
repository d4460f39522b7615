//! The workload over many seeds.

use vltava_sim::workload;

use crate::seeds;

#[test]
fn a_broker_keeps_its_promises_over_faults_of_all_kinds() {
    let mut total = workload::Report::default();
    let mut runs = 0;
    for seed in seeds(16) {
        let (report, _) = workload::run(seed);
        total.acknowledged += report.acknowledged;
        total.committed += report.committed;
        total.deleted += report.deleted;
        total.recreated += report.recreated;
        total.assignments += report.assignments;
        total.crashes += report.crashes;
        total.restored += report.restored;
        total.damaged += report.damaged;
        total.flipped += report.flipped;
        runs += 1;
    }
    // A single seed may do little; all together do everything.
    if runs > 10 {
        println!("{runs} runs: {total:?}");
        assert!(total.acknowledged > 100 * runs, "{total:?}");
        for count in [
            total.committed,
            total.deleted,
            total.recreated,
            total.assignments,
            total.crashes,
            4 * total.flipped,
        ] {
            assert!(count > runs, "{total:?}");
        }
    }
}

#[test]
fn a_seed_of_the_workload_repeats_to_the_letter() {
    for seed in [1, 2] {
        let (first, second) = (workload::run(seed), workload::run(seed));
        assert_eq!(first.1, second.1, "the traces of seed {seed} differ");
        assert_eq!(first.0, second.0);
    }
}
