//! The role of this broker's replica of a partition: leader, follower or offline. It decides what is
//! committed, who may append, and what a change of the leader means for the log.
//!
//! A state machine without log, lock or clock: it gets events, and returns [`Actions`]. The follower
//! half is not used before there is replication; its tests state what replication can rely on.
//!
//! Invariant: the high watermark never moves back, whatever the role, the epoch or the topic's settings.
//! The leader's high watermark is the smallest committed offset of all in-sync replicas (Kafka's
//! `Partition.maybeIncrementLeaderHW`).

use wire::ErrorCode;

/// How far a replica's log reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LogOffsets {
    /// The log end offset.
    pub end: i64,
    /// Offsets below are durable on this replica.
    pub synced: i64,
}

/// When a record counts as stored on a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StoredWhen {
    /// When it is synced.
    Synced,
    /// When it is appended: a topic with `flush.messages` above 1.
    Appended,
}

impl StoredWhen {
    fn stored(self, offsets: LogOffsets) -> i64 {
        match self {
            StoredWhen::Synced => offsets.synced,
            StoredWhen::Appended => offsets.end,
        }
    }
}

/// The replica of another broker, as its leader knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Follower {
    pub broker: i32,
    pub is_in_sync: bool,
    /// `None` before its first fetch in this epoch.
    pub offsets: Option<LogOffsets>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// The leader, which is always in sync; the other replicas.
    Leader(Vec<Follower>),
    Follower,
    Offline,
}

/// A change that concerns a replica.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code))]
pub(super) enum Event {
    /// The local log was opened, has grown, was synced or was truncated.
    Log(LogOffsets),
    /// The topic's settings: its stored_when and `min.insync.replicas`.
    Settings(StoredWhen, usize),
    /// The controller has made this replica the leader of `epoch`. The other replicas, and whether
    /// each is in sync.
    BecameLeader {
        epoch: i32,
        followers: Vec<(i32, bool)>,
    },
    /// The controller has made another replica the leader of `epoch`.
    BecameFollower { epoch: i32 },
    /// The controller has changed the in-sync replicas of `epoch`, which has the same leader.
    InSyncChanged { epoch: i32, in_sync: Vec<i32> },
    /// A follower has fetched: its log has these offsets.
    FollowerFetched {
        epoch: i32,
        broker: i32,
        offsets: LogOffsets,
    },
    /// The leader's answer to a fetch of this follower: its high watermark.
    LeaderAnswered { epoch: i32, high_watermark: i64 },
    /// The leader's answer to a fetch of this follower: the logs differ from this offset on
    /// (KIP-595, `DivergingEpoch`).
    Diverged { epoch: i32, end_offset: i64 },
    /// The log cannot be used any more.
    WentOffline,
}

/// What the caller has to do after an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Actions {
    /// Wake the requests that wait for the high watermark: it has moved.
    pub high_watermark_moved: bool,
    /// Wake all waiting requests: those that wait for the leader fail, see [`Role::committed`].
    pub wake_all: bool,
    /// Truncate the log to this offset, then report its offsets.
    pub truncate_to: Option<i64>,
}

const NOTHING: Actions = Actions {
    high_watermark_moved: false,
    wake_all: false,
    truncate_to: None,
};

/// The role of a replica: a state machine.
#[derive(Debug)]
pub(super) struct Role {
    kind: Kind,
    leader_epoch: i32,
    log: LogOffsets,
    stored_when: StoredWhen,
    /// `min.insync.replicas`.
    in_sync_min: usize,
    high_watermark: i64,
}

impl Role {
    /// The leader of a partition without other replicas, whose log is empty.
    pub(super) fn single_leader(leader_epoch: i32) -> Role {
        Role {
            kind: Kind::Leader(Vec::new()),
            leader_epoch,
            log: LogOffsets { end: 0, synced: 0 },
            stored_when: StoredWhen::Synced,
            in_sync_min: 1,
            high_watermark: 0,
        }
    }

    /// Offsets below are committed.
    pub(super) fn high_watermark(&self) -> i64 {
        self.high_watermark
    }

    pub(super) fn leader_epoch(&self) -> i32 {
        self.leader_epoch
    }

    /// Compares the leader epoch of a client with ours; −1 means that the client does not know it.
    ///
    /// # Errors
    /// `FENCED_LEADER_EPOCH` if the client's is older, `UNKNOWN_LEADER_EPOCH` if it is newer.
    pub(super) fn check_leader_epoch(&self, epoch: i32) -> Result<(), ErrorCode> {
        match epoch {
            -1 => Ok(()),
            epoch if epoch < self.leader_epoch => Err(ErrorCode::FencedLeaderEpoch),
            epoch if epoch > self.leader_epoch => Err(ErrorCode::UnknownLeaderEpoch),
            _ => Ok(()),
        }
    }

    /// Checks that a client's records may be appended. Returns the epoch to append them in.
    ///
    /// # Errors
    /// `NOT_LEADER_OR_FOLLOWER`; `NOT_ENOUGH_REPLICAS` for `acks=all` with too few in-sync replicas.
    pub(super) fn append_as_leader(&self, acks_all: bool) -> Result<i32, ErrorCode> {
        match &self.kind {
            Kind::Leader(followers) if acks_all && self.is_under_min(followers) => {
                Err(ErrorCode::NotEnoughReplicas)
            }
            Kind::Leader(_) => Ok(self.leader_epoch),
            Kind::Follower | Kind::Offline => Err(ErrorCode::NotLeaderOrFollower),
        }
    }

    /// Checks that records that were fetched from the leader of `epoch` may be appended.
    ///
    /// # Errors
    /// `NOT_LEADER_OR_FOLLOWER` if this replica is not a follower, or of another leader by now;
    /// `OFFSET_OUT_OF_RANGE` if the records do not begin at the log end offset.
    #[cfg_attr(not(test), expect(dead_code))]
    pub(super) fn append_as_follower(&self, epoch: i32, base_offset: i64) -> Result<(), ErrorCode> {
        if self.kind != Kind::Follower || epoch != self.leader_epoch {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        match base_offset == self.log.end {
            true => Ok(()),
            false => Err(ErrorCode::OffsetOutOfRange),
        }
    }

    /// Whether the records below `offset`, which were appended in `epoch`, are committed; `None`
    /// while they may still be.
    ///
    /// # Errors
    /// `NOT_LEADER_OR_FOLLOWER` if this replica is no longer the leader of that epoch: another leader
    /// may have other records at these offsets. `NOT_ENOUGH_REPLICAS_AFTER_APPEND` if they are
    /// committed, but replicas have left the in-sync set since they were appended.
    pub(super) fn committed(&self, epoch: i32, offset: i64) -> Option<Result<(), ErrorCode>> {
        let Kind::Leader(followers) = &self.kind else {
            return Some(Err(ErrorCode::NotLeaderOrFollower));
        };
        if epoch != self.leader_epoch {
            return Some(Err(ErrorCode::NotLeaderOrFollower));
        }
        (self.high_watermark >= offset).then(|| match self.is_under_min(followers) {
            true => Err(ErrorCode::NotEnoughReplicasAfterAppend),
            false => Ok(()),
        })
    }

    /// Whether fewer replicas are in sync than `min.insync.replicas` requires. A topic with fewer
    /// replicas than that needs all of them (Kafka's `Partition.effectiveMinIsr`).
    fn is_under_min(&self, followers: &[Follower]) -> bool {
        let in_sync = 1 + followers.iter().filter(|f| f.is_in_sync).count();
        in_sync < self.in_sync_min.min(1 + followers.len())
    }

    /// Applies an event. One of an older epoch changes nothing.
    pub(super) fn on(&mut self, event: Event) -> Actions {
        match event {
            Event::Log(log) => self.log = log,
            Event::Settings(stored_when, in_sync_min) => {
                self.stored_when = stored_when;
                self.in_sync_min = in_sync_min;
            }
            Event::BecameLeader { epoch, followers } => {
                if epoch <= self.leader_epoch {
                    return NOTHING;
                }
                let followers = followers.into_iter().map(|(broker, is_in_sync)| Follower {
                    broker,
                    is_in_sync,
                    offsets: None,
                });
                return self.change_role(epoch, Kind::Leader(followers.collect()));
            }
            Event::BecameFollower { epoch } => {
                if epoch <= self.leader_epoch {
                    return NOTHING;
                }
                return self.change_role(epoch, Kind::Follower);
            }
            Event::WentOffline => return self.change_role(self.leader_epoch, Kind::Offline),
            Event::InSyncChanged { epoch, in_sync } => {
                if let Some(followers) = self.followers_in(epoch) {
                    for follower in followers {
                        follower.is_in_sync = in_sync.contains(&follower.broker);
                    }
                }
            }
            Event::FollowerFetched {
                epoch,
                broker,
                offsets,
            } => {
                if let Some(followers) = self.followers_in(epoch)
                    && let Some(follower) = followers.iter_mut().find(|f| f.broker == broker)
                {
                    follower.offsets = Some(offsets);
                }
            }
            Event::LeaderAnswered {
                epoch,
                high_watermark,
            } => {
                if self.follows_in(epoch) {
                    return self.advance(high_watermark.min(self.log.end));
                }
            }
            Event::Diverged { epoch, end_offset } => {
                if self.follows_in(epoch) {
                    return self.truncate(end_offset);
                }
            }
        }
        match self.committed_by_in_sync_replicas() {
            Some(committed) => self.advance(committed),
            None => NOTHING,
        }
    }

    fn change_role(&mut self, epoch: i32, kind: Kind) -> Actions {
        self.kind = kind;
        self.leader_epoch = epoch;
        let advanced = self.committed_by_in_sync_replicas();
        let actions = advanced.map_or(NOTHING, |committed| self.advance(committed));
        Actions {
            wake_all: true,
            ..actions
        }
    }

    fn followers_in(&mut self, epoch: i32) -> Option<&mut Vec<Follower>> {
        match &mut self.kind {
            Kind::Leader(followers) if epoch == self.leader_epoch => Some(followers),
            _ => None,
        }
    }

    fn follows_in(&self, epoch: i32) -> bool {
        self.kind == Kind::Follower && epoch == self.leader_epoch
    }

    /// The smallest offset below which all in-sync replicas have stored the records; `None` if this
    /// is not the leader, one of them has not fetched yet, or there are too few.
    fn committed_by_in_sync_replicas(&self) -> Option<i64> {
        let Kind::Leader(followers) = &self.kind else {
            return None;
        };
        if self.is_under_min(followers) {
            return None;
        }
        let mut committed = self.stored_when.stored(self.log);
        for follower in followers.iter().filter(|follower| follower.is_in_sync) {
            committed = committed.min(self.stored_when.stored(follower.offsets?));
        }
        Some(committed)
    }

    fn advance(&mut self, high_watermark: i64) -> Actions {
        if high_watermark <= self.high_watermark {
            return NOTHING;
        }
        self.high_watermark = high_watermark;
        Actions {
            high_watermark_moved: true,
            ..NOTHING
        }
    }

    /// Truncates records that the leader does not have. Committed records are on every leader that
    /// the controller may elect. If the leader does not have them (an unclean election), this replica
    /// goes offline instead, so that an operator can decide which records are lost.
    fn truncate(&mut self, end_offset: i64) -> Actions {
        if end_offset >= self.log.end {
            return NOTHING;
        }
        if end_offset < self.high_watermark {
            return self.change_role(self.leader_epoch, Kind::Offline);
        }
        self.log.end = end_offset;
        self.log.synced = self.log.synced.min(end_offset);
        Actions {
            truncate_to: Some(end_offset),
            ..NOTHING
        }
    }
}

#[cfg(test)]
mod tests;
