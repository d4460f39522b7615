//! Membership in a consumer group, by the classic protocol.
//!
//! A member sends JoinGroup, gets its partitions by SyncGroup (the leader of the group assigns them), and
//! then sends heartbeats. When the group rebalances, the response to a heartbeat says so, and the member
//! joins again. Joining and heartbeats run in tasks of their own, so the consumer may work on its records
//! for up to `max.poll.interval.ms`.
//!
//! A member revokes all its partitions before it joins again (the "eager" protocol). So two members never
//! work on the same partition, unless one of them was removed from the group and does not know it yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use io::Task;
use parking_lot::Mutex;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{Notify, oneshot};
use wire::messages::join_group_request::JoinGroupRequestProtocol;
use wire::messages::leave_group_request::MemberIdentity;
use wire::messages::sync_group_request::SyncGroupRequestAssignment;
use wire::messages::{
    HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, SyncGroupRequest,
};
use wire::{ErrorCode, StrBytes, TopicPartition};

use super::assignor::{
    Subscriber, assign, decode_subscription, encode_assignment, encode_subscription,
};
use crate::admin::{Committed, Member, commit, decode_assignment, fetch_committed};
use crate::{Client, Connection, ConnectionPool, ConsumerConfig, Error, Result};

/// The protocol type of consumers.
const PROTOCOL_TYPE: &str = "consumer";

/// Time to wait for a JoinGroup response after the rebalance time-out.
const JOIN_GRACE: Duration = Duration::from_secs(5);

/// How long the leader waits for the metadata of a topic.
const METADATA_TIMEOUT: Duration = Duration::from_secs(5);

/// The first version of LeaveGroup for several members.
const LEAVE_BATCHED: i16 = 3;

/// The membership of a consumer in its group.
#[derive(Debug)]
pub(super) struct Membership {
    shared: Arc<Shared>,
    topics: BTreeSet<StrBytes>,
    joining: Option<Joining>,
    heartbeats: Option<Task>,
}

#[derive(Debug)]
struct Shared {
    client: Client,
    config: ConsumerConfig,
    group: String,
    pool: ConnectionPool,
    state: Mutex<State>,
    /// Wakes the consumer when its group has changed.
    wakeup: Notify,
}

#[derive(Debug)]
struct State {
    coordinator: Option<i32>,
    member: Member,
    member_state: MemberState,
    /// Monotonic time of the consumer's last poll.
    polled_at: Duration,
}

/// The state of the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MemberState {
    /// Has partitions, or gets them by the join in progress.
    Active,
    /// Must join again; a commit before it is still accepted.
    MustRejoin,
    /// Was removed from the group: its partitions may belong to other members.
    Lost,
}

/// A join in progress.
#[derive(Debug)]
struct Joining {
    task: Task,
    /// The result. It is sent before the consumer is woken; the task ends later.
    outcome: oneshot::Receiver<Result<Joined>>,
}

/// The result of a join.
#[derive(Debug)]
struct Joined {
    partitions: Vec<TopicPartition>,
    /// For the leader: the numbers of partitions that the assignment is based on.
    counts: Option<BTreeMap<StrBytes, i32>>,
}

/// The next step of the consumer in its group.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing to do.
    Continue,
    /// Wait for the join in progress.
    Wait,
    /// Revoke all partitions, and then call [`Membership::join`]. If the member was removed from the group
    /// (`lost`), a commit before that would be refused.
    Revoke { lost: bool },
    /// Use these partitions.
    Assign(Vec<TopicPartition>),
}

impl Membership {
    pub(super) fn new(
        client: Client,
        config: ConsumerConfig,
        group: &str,
        topics: BTreeSet<StrBytes>,
    ) -> Membership {
        let state = State {
            coordinator: None,
            member: Member {
                instance_id: config.group_instance_id.as_deref().map(StrBytes::from),
                ..Member::default()
            },
            member_state: MemberState::MustRejoin,
            polled_at: client.io().clock.elapsed(),
        };
        Membership {
            shared: Arc::new(Shared {
                pool: client.new_pool(),
                client,
                config,
                group: group.to_owned(),
                state: Mutex::new(state),
                wakeup: Notify::new(),
            }),
            topics,
            joining: None,
            heartbeats: None,
        }
    }

    /// Changes the subscription.
    pub(super) fn subscribe(&mut self, topics: BTreeSet<StrBytes>) {
        if self.topics != topics {
            self.topics = topics;
            self.joining = None;
            self.shared.state.lock().member_state = MemberState::MustRejoin;
        }
    }

    /// Returns the next step, and notes the time of this poll.
    pub(super) async fn step(&mut self) -> Result<Step> {
        {
            let mut state = self.shared.state.lock();
            state.polled_at = self.shared.client.io().clock.elapsed();
            if self.joining.is_none() {
                match state.member_state {
                    MemberState::Active => return Ok(Step::Continue),
                    MemberState::MustRejoin => return Ok(Step::Revoke { lost: false }),
                    MemberState::Lost => return Ok(Step::Revoke { lost: true }),
                }
            }
        }
        let Some(joining) = &mut self.joining else {
            return Ok(Step::Wait);
        };
        let joined = match joining.outcome.try_recv() {
            Ok(joined) => joined,
            Err(TryRecvError::Empty) => return Ok(Step::Wait),
            Err(TryRecvError::Closed) => Err(Error::State(
                "the task that joins the group ended without a result".to_owned(),
            )),
        };
        self.joining = None;
        match joined {
            Ok(joined) => {
                let shared = Arc::clone(&self.shared);
                let tasks = &self.shared.client.io().tasks;
                self.heartbeats =
                    Some(tasks.spawn("group heartbeat", send_heartbeats(shared, joined.counts)));
                Ok(Step::Assign(joined.partitions))
            }
            Err(error) => {
                self.shared.state.lock().member_state = MemberState::MustRejoin;
                Err(error)
            }
        }
    }

    /// Starts to join. The consumer must have revoked its partitions.
    pub(super) fn join(&mut self) {
        if let Some(heartbeats) = self.heartbeats.take() {
            heartbeats.abort();
        }
        self.shared.state.lock().member_state = MemberState::Active;
        let (shared, topics) = (Arc::clone(&self.shared), self.topics.clone());
        let tasks = &self.shared.client.io().tasks;
        let (tell, outcome) = oneshot::channel();
        let task = tasks.spawn("group join", async move {
            let joined = join_until_done(&shared, &topics).await;
            // The receiver is gone if the subscription has changed.
            let _ = tell.send(joined);
            shared.wakeup.notify_one();
        });
        self.joining = Some(Joining { task, outcome });
    }

    /// Completes when [`Membership::step`] may return another step.
    pub(super) async fn changed(&self) {
        self.shared.wakeup.notified().await;
    }

    /// Commits as a member.
    pub(super) async fn commit(&self, offsets: &BTreeMap<TopicPartition, Committed>) -> Result<()> {
        let member = self.shared.state.lock().member.clone();
        self.shared.commit(&member, offsets).await
    }

    /// The committed offsets of the group.
    pub(super) async fn committed(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, Committed>> {
        self.shared.committed(partitions).await
    }

    /// Leaves the group, so that it rebalances before the session time-out. A static member does not leave,
    /// because it will return.
    pub(super) async fn leave(&mut self) {
        self.joining = None;
        if let Some(heartbeats) = self.heartbeats.take() {
            heartbeats.abort();
        }
        self.shared.leave().await;
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        for task in self.heartbeats.iter() {
            task.abort();
        }
        for joining in self.joining.iter() {
            joining.task.abort();
        }
    }
}

impl Shared {
    /// A connection to the coordinator.
    async fn coordinator(&self) -> Result<Connection> {
        let known = self.state.lock().coordinator;
        let id = match known {
            Some(id) => id,
            None => {
                let id = self.client.find_group_coordinator(&self.group).await?;
                self.state.lock().coordinator = Some(id);
                id
            }
        };
        let connection = self.client.broker_in(&self.pool, id).await;
        if connection.is_err() {
            self.state.lock().coordinator = None;
        }
        connection
    }

    /// Forgets the coordinator if `error` means that it may have moved.
    fn forget_coordinator_after(&self, error: &Error) {
        let moved = match error.code() {
            Some(code) => matches!(
                code,
                ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable
            ),
            None => true,
        };
        if moved {
            self.state.lock().coordinator = None;
        }
    }

    async fn commit(
        &self,
        member: &Member,
        offsets: &BTreeMap<TopicPartition, Committed>,
    ) -> Result<()> {
        let mut retry = self.client.retry("commit offsets");
        loop {
            let result = match self.coordinator().await {
                Ok(connection) => commit(&connection, &self.group, member, offsets).await,
                Err(error) => Err(error),
            };
            match result {
                Ok(()) => return Ok(()),
                Err(error) => {
                    self.forget_coordinator_after(&error);
                    retry.after(error).await?;
                }
            }
        }
    }

    async fn committed(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, Committed>> {
        let mut retry = self.client.retry("read committed offsets");
        loop {
            let result = match self.coordinator().await {
                Ok(connection) => fetch_committed(&connection, &self.group, Some(partitions)).await,
                Err(error) => Err(error),
            };
            match result {
                Ok(committed) => return Ok(committed),
                Err(error) => {
                    self.forget_coordinator_after(&error);
                    retry.after(error).await?;
                }
            }
        }
    }

    async fn leave(&self) {
        let member = std::mem::take(&mut self.state.lock().member);
        if member.member_id.is_empty() || member.instance_id.is_some() {
            return;
        }
        let left = async {
            let connection = self.coordinator().await?;
            let version = connection.version::<LeaveGroupRequest>()?;
            let mut request = LeaveGroupRequest {
                group_id: StrBytes::from(self.group.as_str()),
                ..LeaveGroupRequest::default()
            };
            if version >= LEAVE_BATCHED {
                request.members.push(MemberIdentity {
                    member_id: member.member_id,
                    ..MemberIdentity::default()
                });
            } else {
                request.member_id = member.member_id;
            }
            connection.request_in(&request, version).await
        };
        // An error is ignored, because the session also ends by its time-out.
        if let Err(error) = left.await {
            tracing::debug!(group = self.group, %error, "cannot leave the group");
        }
    }

    /// Changes the state of the member and wakes the consumer.
    fn set_state(&self, member_state: MemberState) {
        self.state.lock().member_state = member_state;
        self.wakeup.notify_one();
    }

    fn forget_member(&self) {
        let mut state = self.state.lock();
        state.member.member_id = StrBytes::EMPTY;
        state.member.generation = -1;
    }

    async fn partition_count(&self, topic: &StrBytes) -> i32 {
        let create = self.config.auto_create_topics;
        match self
            .client
            .topic_within(topic, create, METADATA_TIMEOUT)
            .await
        {
            Ok(topic) => topic.partitions.len() as i32,
            // The topic does not exist yet. The leader checks it again with every heartbeat.
            Err(_) => 0,
        }
    }

    async fn partition_counts(&self, topics: &BTreeSet<StrBytes>) -> BTreeMap<StrBytes, i32> {
        let mut counts = BTreeMap::new();
        for topic in topics {
            counts.insert(topic.clone(), self.partition_count(topic).await);
        }
        counts
    }
}

/// Joins the group. Repeats that if the group rebalances meanwhile.
async fn join_until_done(shared: &Shared, topics: &BTreeSet<StrBytes>) -> Result<Joined> {
    let mut backoff = shared.client.backoff();
    loop {
        let error = match join_once(shared, topics).await {
            Ok(joined) => return Ok(joined),
            Err(error) => error,
        };
        match error.code() {
            // The response contains the member id to join with.
            Some(ErrorCode::MemberIdRequired) => continue,
            Some(ErrorCode::RebalanceInProgress) => {}
            Some(ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration) => {
                shared.forget_member();
            }
            _ if error.is_retriable() => shared.forget_coordinator_after(&error),
            _ => return Err(error),
        }
        tracing::debug!(group = shared.group, %error, "joining again");
        let io = shared.client.io();
        io.clock.sleep(backoff.next(io)).await;
    }
}

async fn join_once(shared: &Shared, topics: &BTreeSet<StrBytes>) -> Result<Joined> {
    let connection = shared.coordinator().await?;
    let member = shared.state.lock().member.clone();
    let config = &shared.config;
    let metadata = encode_subscription(topics);
    let request = JoinGroupRequest {
        group_id: StrBytes::from(shared.group.as_str()),
        session_timeout_ms: millis(config.session_timeout),
        rebalance_timeout_ms: millis(config.poll_interval_max),
        member_id: member.member_id,
        group_instance_id: member.instance_id.clone(),
        protocol_type: StrBytes::from_static(PROTOCOL_TYPE),
        protocols: config
            .assignors
            .iter()
            .map(|assignor| JoinGroupRequestProtocol {
                name: StrBytes::from_static(assignor.name()),
                metadata: metadata.clone(),
            })
            .collect(),
        ..JoinGroupRequest::default()
    };
    let version = connection.version::<JoinGroupRequest>()?;
    let timeout = config.poll_interval_max + JOIN_GRACE;
    let response = connection
        .send_within(&request, version, timeout)
        .await?
        .await?;
    if ErrorCode::from_code(response.error_code) == ErrorCode::MemberIdRequired {
        shared.state.lock().member.member_id = response.member_id.detached();
    }
    let what = |step: &str| format!("{step} group \"{}\"", shared.group);
    Error::check(response.error_code, None, || what("join"))?;
    let member = Member {
        generation: response.generation_id,
        member_id: response.member_id.detached(),
        instance_id: member.instance_id,
    };
    shared.state.lock().member = member.clone();

    let leads = response.leader == response.member_id && !response.skip_assignment;
    let mut counts = None;
    let mut assignments = Vec::new();
    if leads {
        let (made, counted) = assign_partitions(shared, &response).await?;
        assignments = made;
        counts = Some(counted);
    }
    let request = SyncGroupRequest {
        group_id: StrBytes::from(shared.group.as_str()),
        generation_id: member.generation,
        member_id: member.member_id,
        group_instance_id: member.instance_id,
        protocol_type: response.protocol_type,
        protocol_name: response.protocol_name,
        assignments,
    };
    let version = connection.version::<SyncGroupRequest>()?;
    let response = connection
        .send_within(&request, version, timeout)
        .await?
        .await?;
    Error::check(response.error_code, None, || what("sync with"))?;
    let partitions = decode_assignment(response.assignment)
        .map_err(|error| Error::malformed(connection.broker(), error))?;
    Ok(Joined { partitions, counts })
}

/// Assigns the partitions of all members, as the leader of the group.
async fn assign_partitions(
    shared: &Shared,
    response: &JoinGroupResponse,
) -> Result<(Vec<SyncGroupRequestAssignment>, BTreeMap<StrBytes, i32>)> {
    let kind = shared
        .config
        .assignors
        .iter()
        .copied()
        .find(|kind| response.protocol_name.as_deref() == Some(kind.name()))
        .ok_or_else(|| {
            let name = response.protocol_name.as_deref().unwrap_or("none");
            Error::State(format!("the group chose an unknown assignor: {name}"))
        })?;
    let mut members = Vec::new();
    for member in &response.members {
        let topics = decode_subscription(member.metadata.clone()).map_err(|error| {
            let id = &member.member_id;
            Error::State(format!(
                "cannot read the subscription of member {id}: {error}"
            ))
        })?;
        members.push(Subscriber {
            member_id: member.member_id.clone(),
            instance_id: member.group_instance_id.clone(),
            topics,
        });
    }
    let topics = members
        .iter()
        .flat_map(|member| &member.topics)
        .cloned()
        .collect();
    let counts = shared.partition_counts(&topics).await;
    let assignments = assign(kind, &members, &counts)
        .into_iter()
        .map(|(member_id, partitions)| SyncGroupRequestAssignment {
            member_id,
            assignment: encode_assignment(&partitions),
        })
        .collect();
    Ok((assignments, counts))
}

/// Sends heartbeats until the member must join again. The leader also checks whether its topics have new
/// partitions.
async fn send_heartbeats(shared: Arc<Shared>, counts: Option<BTreeMap<StrBytes, i32>>) {
    let clock = shared.client.io().clock.clone();
    let mut last_response = clock.elapsed();
    loop {
        clock.sleep(shared.config.heartbeat_interval).await;
        let silent = clock
            .elapsed()
            .saturating_sub(shared.state.lock().polled_at);
        if silent > shared.config.poll_interval_max {
            let limit = shared.config.poll_interval_max.as_millis();
            tracing::warn!(
                group = shared.group,
                "no poll for longer than max.poll.interval.ms ({limit}); leaving the group"
            );
            shared.leave().await;
            shared.set_state(MemberState::Lost);
            return;
        }
        match heartbeat(&shared).await {
            Ok(()) => last_response = clock.elapsed(),
            Err(error) => match error.code() {
                // Continue: the consumer may be busy.
                Some(ErrorCode::RebalanceInProgress) => {
                    last_response = clock.elapsed();
                    shared.set_state(MemberState::MustRejoin);
                }
                _ if error.is_retriable() => {
                    shared.forget_coordinator_after(&error);
                    if clock.elapsed() - last_response > shared.config.session_timeout {
                        shared.set_state(MemberState::Lost);
                        return;
                    }
                }
                _ => {
                    tracing::info!(
                        group = shared.group,
                        %error,
                        "removed from the group; the consumer joins again"
                    );
                    shared.forget_member();
                    shared.set_state(MemberState::Lost);
                    return;
                }
            },
        }
        if let Some(counts) = &counts {
            let topics = counts.keys().cloned().collect();
            if shared.partition_counts(&topics).await != *counts {
                shared.set_state(MemberState::MustRejoin);
            }
        }
    }
}

async fn heartbeat(shared: &Shared) -> Result<()> {
    let connection = shared.coordinator().await?;
    let member = shared.state.lock().member.clone();
    let request = HeartbeatRequest {
        group_id: StrBytes::from(shared.group.as_str()),
        generation_id: member.generation,
        member_id: member.member_id,
        group_instance_id: member.instance_id,
    };
    let response = connection.request(&request).await?;
    Error::check(response.error_code, None, || {
        format!("heartbeat of group \"{}\"", shared.group)
    })
}

fn millis(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}
