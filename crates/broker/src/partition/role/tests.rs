use super::*;

fn offsets(end: i64, synced: i64) -> LogOffsets {
    LogOffsets { end, synced }
}

fn log(end: i64, synced: i64) -> Event {
    Event::Log(offsets(end, synced))
}

fn fetched(epoch: i32, broker: i32, end: i64, synced: i64) -> Event {
    Event::FollowerFetched {
        epoch,
        broker,
        offsets: offsets(end, synced),
    }
}

fn single(stored_when: StoredWhen) -> Role {
    let mut role = Role::single_leader(0);
    role.on(Event::Settings(stored_when, 1));
    role
}

/// The leader of epoch 1 with the in-sync followers 2 and 3.
fn leader_of_three() -> Role {
    let mut role = single(StoredWhen::Synced);
    role.on(Event::BecameLeader {
        epoch: 1,
        followers: vec![(2, true), (3, true)],
    });
    role
}

/// A follower in epoch 1 with the log end offset 10 and the high watermark 6.
fn follower() -> Role {
    let mut role = single(StoredWhen::Synced);
    role.on(log(10, 6));
    role.on(Event::BecameFollower { epoch: 1 });
    role
}

const MOVED: Actions = Actions {
    high_watermark_moved: true,
    ..NOTHING
};

#[test]
fn a_single_leader_commits_synced_records_and_of_a_relaxed_topic_all() {
    let mut strict = single(StoredWhen::Synced);
    assert_eq!(strict.on(log(5, 0)), NOTHING);
    assert_eq!(strict.on(log(5, 3)), MOVED);
    assert_eq!(strict.high_watermark(), 3);
    let mut relaxed = single(StoredWhen::Appended);
    assert_eq!(relaxed.on(log(5, 0)), MOVED);
    assert_eq!(relaxed.high_watermark(), 5);
}

#[test]
fn the_high_watermark_stays_when_a_topic_becomes_strict_again() {
    let mut role = single(StoredWhen::Appended);
    role.on(log(5, 2));
    assert_eq!(role.on(Event::Settings(StoredWhen::Synced, 1)), NOTHING);
    assert_eq!(role.high_watermark(), 5);
    assert_eq!(role.on(log(8, 4)), NOTHING);
    assert_eq!(role.on(log(8, 7)), MOVED);
    assert_eq!(role.high_watermark(), 7);
}

#[test]
fn the_slowest_in_sync_replica_holds_the_high_watermark() {
    let mut role = leader_of_three();
    role.on(log(10, 10));
    // 3 has not fetched in this epoch.
    assert_eq!(role.on(fetched(1, 2, 8, 7)), NOTHING);
    assert_eq!(role.on(fetched(1, 3, 9, 4)), MOVED);
    assert_eq!(role.high_watermark(), 4);
    let in_sync = vec![1, 2];
    assert_eq!(role.on(Event::InSyncChanged { epoch: 1, in_sync }), MOVED);
    assert_eq!(role.high_watermark(), 7);
    // It is in sync again, but its log is shorter.
    let in_sync = vec![1, 2, 3];
    assert_eq!(role.on(Event::InSyncChanged { epoch: 1, in_sync }), NOTHING);
    assert_eq!(role.high_watermark(), 7);
}

#[test]
fn a_fetch_of_another_epoch_or_of_a_broker_without_a_replica_commits_nothing() {
    let mut role = leader_of_three();
    role.on(log(10, 10));
    role.on(fetched(1, 2, 10, 10));
    assert_eq!(role.on(fetched(0, 3, 10, 10)), NOTHING);
    assert_eq!(role.on(fetched(2, 3, 10, 10)), NOTHING);
    assert_eq!(role.on(fetched(1, 4, 10, 10)), NOTHING);
    assert_eq!(role.high_watermark(), 0);
}

#[test]
fn with_too_few_in_sync_replicas_nothing_is_committed_and_acks_all_is_refused() {
    let mut role = leader_of_three();
    role.on(Event::Settings(StoredWhen::Synced, 2));
    role.on(log(10, 10));
    role.on(fetched(1, 2, 5, 5));
    role.on(fetched(1, 3, 5, 5));
    assert_eq!(role.append_as_leader(true), Ok(1));
    let in_sync = vec![1];
    assert_eq!(role.on(Event::InSyncChanged { epoch: 1, in_sync }), NOTHING);
    assert_eq!(role.high_watermark(), 5);
    assert_eq!(
        role.append_as_leader(true),
        Err(ErrorCode::NotEnoughReplicas)
    );
    assert_eq!(role.append_as_leader(false), Ok(1));
    let after_append = Some(Err(ErrorCode::NotEnoughReplicasAfterAppend));
    assert_eq!(role.committed(1, 5), after_append);
    assert_eq!(role.committed(1, 6), None);
}

#[test]
fn a_topic_with_fewer_replicas_than_min_insync_replicas_needs_all_of_them() {
    let mut role = single(StoredWhen::Synced);
    role.on(Event::Settings(StoredWhen::Synced, 2));
    assert_eq!(role.append_as_leader(true), Ok(0));
    assert_eq!(role.on(log(1, 1)), MOVED);
}

#[test]
fn a_wait_for_commit_ends_when_this_replica_is_no_longer_the_leader() {
    let mut role = leader_of_three();
    role.on(log(10, 10));
    assert_eq!(role.committed(1, 10), None);
    let actions = role.on(Event::BecameFollower { epoch: 2 });
    assert!(actions.wake_all);
    let demoted = Some(Err(ErrorCode::NotLeaderOrFollower));
    assert_eq!(role.committed(1, 10), demoted);
    // The leader again, in a later epoch: the offsets may be those of other records.
    role.on(Event::BecameLeader {
        epoch: 3,
        followers: Vec::new(),
    });
    assert_eq!(role.high_watermark(), 10);
    assert_eq!(role.committed(1, 10), demoted);
    assert_eq!(role.committed(3, 10), Some(Ok(())));
}

#[test]
fn events_of_an_older_epoch_do_not_change_the_role() {
    let mut role = leader_of_three();
    assert_eq!(role.on(Event::BecameFollower { epoch: 1 }), NOTHING);
    assert_eq!(role.append_as_leader(false), Ok(1));
    role.on(Event::BecameFollower { epoch: 5 });
    let followers = Vec::new();
    assert_eq!(
        role.on(Event::BecameLeader {
            epoch: 4,
            followers
        }),
        NOTHING
    );
    assert_eq!(
        role.append_as_leader(false),
        Err(ErrorCode::NotLeaderOrFollower)
    );
    assert_eq!(role.leader_epoch(), 5);
}

#[test]
fn a_new_leader_waits_for_the_first_fetch_of_each_in_sync_follower() {
    let mut role = follower();
    let followers = vec![(2, true)];
    let actions = role.on(Event::BecameLeader {
        epoch: 2,
        followers,
    });
    assert!(!actions.high_watermark_moved);
    assert_eq!(role.on(log(12, 12)), NOTHING);
    assert_eq!(role.on(fetched(2, 2, 11, 11)), MOVED);
    assert_eq!(role.high_watermark(), 11);
}

#[test]
fn a_follower_appends_at_its_log_end_in_the_current_epoch_only() {
    let mut role = follower();
    assert_eq!(role.append_as_follower(1, 10), Ok(()));
    assert_eq!(
        role.append_as_follower(1, 9),
        Err(ErrorCode::OffsetOutOfRange)
    );
    assert_eq!(
        role.append_as_follower(1, 11),
        Err(ErrorCode::OffsetOutOfRange)
    );
    for epoch in [0, 2] {
        let refused = Err(ErrorCode::NotLeaderOrFollower);
        assert_eq!(role.append_as_follower(epoch, 10), refused);
    }
    role.on(Event::WentOffline);
    assert_eq!(
        role.append_as_follower(1, 10),
        Err(ErrorCode::NotLeaderOrFollower)
    );
}

#[test]
fn a_followers_high_watermark_is_the_leaders_up_to_its_own_log_end() {
    let mut role = follower();
    let answered = |high_watermark| Event::LeaderAnswered {
        epoch: 1,
        high_watermark,
    };
    assert_eq!(role.on(answered(8)), MOVED);
    assert_eq!(role.on(answered(7)), NOTHING);
    assert_eq!(role.high_watermark(), 8);
    assert_eq!(role.on(answered(30)), MOVED);
    assert_eq!(role.high_watermark(), 10);
    // Its own syncs commit nothing.
    assert_eq!(role.on(log(20, 20)), NOTHING);
}

#[test]
fn a_follower_truncates_records_that_its_leader_does_not_have() {
    let mut role = follower();
    let diverged = |epoch, end_offset| Event::Diverged { epoch, end_offset };
    assert_eq!(role.on(diverged(0, 7)), NOTHING);
    assert_eq!(role.on(diverged(1, 10)), NOTHING);
    assert_eq!(role.on(diverged(1, 7)).truncate_to, Some(7));
    assert_eq!(role.append_as_follower(1, 7), Ok(()));
    assert_eq!(role.high_watermark(), 6);
}

#[test]
fn a_follower_goes_offline_rather_than_truncate_committed_records() {
    let mut role = follower();
    let actions = role.on(Event::Diverged {
        epoch: 1,
        end_offset: 5,
    });
    assert_eq!(actions.truncate_to, None);
    assert!(actions.wake_all);
    assert_eq!(
        role.append_as_follower(1, 10),
        Err(ErrorCode::NotLeaderOrFollower)
    );
    assert_eq!(role.high_watermark(), 6);
}

#[test]
fn a_clients_epoch_is_compared_with_the_leaders() {
    let role = leader_of_three();
    assert_eq!(role.check_leader_epoch(-1), Ok(()));
    assert_eq!(role.check_leader_epoch(1), Ok(()));
    assert_eq!(
        role.check_leader_epoch(0),
        Err(ErrorCode::FencedLeaderEpoch)
    );
    assert_eq!(
        role.check_leader_epoch(2),
        Err(ErrorCode::UnknownLeaderEpoch)
    );
}
