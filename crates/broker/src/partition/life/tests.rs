use super::*;

const PHASES: [Phase; 8] = [
    Phase::Empty,
    Phase::Closed,
    Phase::Opening,
    Phase::Open,
    Phase::Closing,
    Phase::Stopped,
    Phase::Failed,
    Phase::Deleted,
];

const NOW: Duration = Duration::from_secs(1000);

fn failed(is_final: bool) -> Event {
    Event::OpenFailed { is_final, now: NOW }
}

#[test]
fn every_event_in_every_phase_changes_the_phase_as_in_the_table() {
    use Phase::{Closed, Closing, Deleted, Empty, Failed, Open, Opening, Stopped};
    // In the order of `PHASES`.
    let table = [
        (
            Event::OpenStarted,
            [
                Opening, Opening, Opening, Open, Closing, Stopped, Failed, Deleted,
            ],
        ),
        (
            Event::Opened,
            [Empty, Closed, Open, Open, Closing, Stopped, Failed, Deleted],
        ),
        (
            failed(false),
            [
                Empty, Closed, Closed, Open, Closing, Stopped, Failed, Deleted,
            ],
        ),
        (
            failed(true),
            [
                Empty, Closed, Failed, Open, Closing, Stopped, Failed, Deleted,
            ],
        ),
        (
            Event::CloseStarted,
            [
                Empty, Closed, Opening, Closing, Closing, Stopped, Failed, Deleted,
            ],
        ),
        (
            Event::Closed,
            [
                Empty, Closed, Opening, Open, Closed, Stopped, Failed, Deleted,
            ],
        ),
        (
            Event::CloseFailed,
            [Empty, Closed, Opening, Open, Open, Stopped, Failed, Deleted],
        ),
        (
            Event::Stopped,
            [
                Stopped, Stopped, Stopped, Stopped, Stopped, Stopped, Failed, Deleted,
            ],
        ),
        (
            Event::DirectoryFailed,
            [
                Failed, Failed, Failed, Failed, Failed, Failed, Failed, Deleted,
            ],
        ),
        (Event::TopicDeleted, [Deleted; 8]),
    ];
    for (event, expected) in table {
        for (phase, expected) in PHASES.into_iter().zip(expected) {
            let mut life = Life::new(phase);
            life.on(event);
            assert_eq!(life.phase(), expected, "{phase:?} {event:?}");
        }
    }
}

#[test]
fn a_failed_open_is_tried_again_after_a_wait_that_doubles_up_to_a_limit() {
    let mut life = Life::new(Phase::Closed);
    assert_eq!(life.access(NOW), Access::Open);
    let mut now = NOW;
    let mut waits = Vec::new();
    for _ in 0..9 {
        life.on(Event::OpenStarted);
        assert_eq!(life.access(now), Access::Wait);
        life.on(Event::OpenFailed {
            is_final: false,
            now,
        });
        assert_eq!(
            life.access(now),
            Access::Refused(ErrorCode::KafkaStorageError)
        );
        waits.push(life.retry_delay().as_millis());
        now += life.retry_delay();
        assert_eq!(life.access(now), Access::Open);
    }
    assert_eq!(
        waits,
        [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]
    );
    life.on(Event::OpenStarted);
    life.on(Event::Opened);
    assert_eq!(life.access(now), Access::Ready);
    assert_eq!(life.retry_delay(), Duration::ZERO);
}

#[test]
fn one_of_many_callers_queues_the_open() {
    let mut life = Life::new(Phase::Closed);
    assert!(life.queue_open());
    assert!(!life.queue_open());
    life.open_dequeued();
    assert!(life.queue_open());
}

#[test]
fn a_log_has_its_job_until_the_job_ends_even_if_the_topic_is_deleted() {
    let mut life = Life::new(Phase::Closed);
    life.on(Event::OpenStarted);
    life.on(Event::TopicDeleted);
    assert!(life.has_job());
    life.on(Event::Opened);
    assert!(!life.has_job());
    assert_eq!(
        life.access(NOW),
        Access::Refused(ErrorCode::UnknownTopicOrPartition)
    );
}

#[test]
fn only_a_log_that_is_not_in_use_may_be_closed() {
    for phase in PHASES {
        let life = Life::new(phase);
        assert_eq!(life.may_close(), phase == Phase::Open, "{phase:?}");
    }
    let mut life = Life::new(Phase::Open);
    life.mark_used();
    assert!(!life.may_close());
    assert!(life.take_used() && !life.take_used());
    assert!(life.queue_sync() && !life.queue_sync());
    assert!(!life.may_close());
    life.sync_done();
    life.segment_sync_started();
    assert!(!life.may_close());
    life.segment_sync_ended();
    assert!(life.start_compaction() && !life.start_compaction());
    assert!(!life.may_close());
    life.end_compaction();
    life.renaming_started();
    assert!(!life.may_close() && life.has_job());
    life.renaming_ended();
    life.roll_started();
    assert!(!life.may_close() && life.has_job());
    life.roll_ended();
    life.roll_queued();
    assert!(!life.may_close() && life.is_roll_pending());
    life.roll_dequeued();
    life.reading_started();
    assert!(!life.may_close() && life.has_job() && !life.may_rename());
    life.reading_ended();
    assert!(life.may_close() && !life.has_job());
}

#[test]
fn a_log_that_cannot_be_compacted_is_not_tried_again() {
    let mut life = Life::new(Phase::Open);
    assert!(life.start_compaction());
    life.give_up_compaction();
    life.end_compaction();
    assert_eq!(life.cleaner(), Cleaner::GivenUp);
    assert_eq!(life.compaction_check(NOW, true), CompactionCheck::Skip);
    assert!(!life.start_compaction());
    assert!(life.may_close());
}

#[test]
fn retention_reads_the_directory_of_a_closed_log_once() {
    let mut life = Life::new(Phase::Closed);
    assert_eq!(life.retention_check(10), RetentionCheck::ReadDirectory);
    life.set_retention_due(20);
    assert_eq!(life.retention_check(19), RetentionCheck::Skip);
    assert_eq!(life.retention_check(20), RetentionCheck::Run);
    life.settings_changed();
    assert_eq!(life.retention_check(19), RetentionCheck::ReadDirectory);
    for phase in PHASES {
        let expected = match phase {
            Phase::Open => RetentionCheck::Run,
            Phase::Closed => RetentionCheck::ReadDirectory,
            _ => RetentionCheck::Skip,
        };
        assert_eq!(Life::new(phase).retention_check(0), expected, "{phase:?}");
    }
}

#[test]
fn compaction_of_a_closed_log_is_checked_once_an_hour_unless_it_was_due() {
    let mut life = Life::new(Phase::Closed);
    assert_eq!(
        life.compaction_check(NOW, false),
        CompactionCheck::ReadDirectory
    );
    life.compaction_checked(NOW);
    assert_eq!(life.compaction_check(NOW, false), CompactionCheck::Skip);
    assert_eq!(life.compaction_check(NOW, true), CompactionCheck::ReadLog);
    let later = NOW + COMPACTION_CHECK_INTERVAL;
    assert_eq!(
        life.compaction_check(later, false),
        CompactionCheck::ReadDirectory
    );
    for phase in PHASES {
        let expected = match phase {
            Phase::Open => CompactionCheck::ReadLog,
            Phase::Closed => CompactionCheck::ReadDirectory,
            _ => CompactionCheck::Skip,
        };
        assert_eq!(
            Life::new(phase).compaction_check(NOW, false),
            expected,
            "{phase:?}"
        );
    }
}
