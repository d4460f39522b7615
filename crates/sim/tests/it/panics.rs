//! A bug in a background task ends the broker: nothing waits for ever for a task that has ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use client::NewTopic;
use io::sim::{DiskCall, DiskError, DiskFault, Sim};

use crate::host::{self, connect, write_key};

/// Runs a broker in which disk calls on these paths panic. Returns the message with which the run fails.
fn run_with_panics(policy: &str, path: &str, calls: &[DiskCall]) -> String {
    let mut sim = Sim::new(1);
    let (io, faults) = (sim.io(), sim.faults().clone());
    let run = || {
        sim.block_on(async {
            let settings = [
                ("log.retention.check.interval.ms", "5000"),
                ("log.flush.offset.checkpoint.interval.ms", "5000"),
                ("log.cleaner.backoff.ms", "5000"),
            ];
            let _broker = host::start(&io, &settings).await;
            let client = connect(&io).await;
            let topic = NewTopic::new("t", 1)
                .config("cleanup.policy", policy)
                .config("min.cleanable.dirty.ratio", "0.01")
                .config("retention.bytes", "3000000")
                .config("segment.bytes", "1048576");
            client.admin().create_topic(&topic).await.unwrap();
            faults.add_disk_fault(DiskFault {
                path: path.to_owned(),
                calls: calls.to_vec(),
                error: DiskError::Panic,
                once_in: 1,
                times: None,
            });
            for _ in 0..8 {
                write_key(&client, "t", "k", vec![b'x'; 600_000]).await;
            }
            io.clock.sleep(Duration::from_secs(60)).await;
        });
    };
    let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("the run fails");
    *panic.downcast::<String>().expect("a message")
}

#[test]
fn a_panic_in_a_background_task_ends_the_broker() {
    let sync = &[DiskCall::Sync][..];
    let create = &[DiskCall::Create][..];
    let rename = &[DiskCall::Rename][..];
    for (task, policy, path, calls) in [
        ("log-sync", "delete", ".redo-", sync),
        (
            "checkpoints",
            "delete",
            "replication-offset-checkpoint",
            create,
        ),
        ("retention", "delete", "/t-0/00000000000000000000", rename),
        ("log-cleaner", "compact", ".cleaned", create),
    ] {
        let message = run_with_panics(policy, path, calls);
        let expected = format!("critical task \"{task}\" panicked");
        assert!(message.contains(&expected), "{task}: {message}");
    }
}
