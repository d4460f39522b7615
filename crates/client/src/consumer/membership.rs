//! Membership in a consumer group, by the classic protocol.
//!
//! A member joins, waits until all others have, learns its partitions (its leader decides them),
//! and from then on says that it lives. When the group changes it is told so in answer to that,
//! and joins again. Joining and heartbeats are tasks of their own: neither depends on how long
//! the consumer works on its records, up to `max.poll.interval.ms`.
//!
//! Partitions are given up before joining again ("eager"): a member never works on one that is
//! another's already, unless it was put out of the group without knowing.

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

/// What consumers call their kind of group.
const PROTOCOL_TYPE: &str = "consumer";

/// How much longer than the rebalance may take the answer to a join is waited for.
const JOIN_GRACE: Duration = Duration::from_secs(5);

/// How long the leader waits to hear how many partitions a topic has.
const COUNT_PATIENCE: Duration = Duration::from_secs(5);

/// The first version of LeaveGroup that names several members.
const LEAVE_BATCHED: i16 = 3;

/// A consumer's place in its group.
#[derive(Debug)]
pub(super) struct Membership {
    shared: Arc<Shared>,
    topics: BTreeSet<StrBytes>,
    joining: Option<Joining>,
    living: Option<Task>,
}

#[derive(Debug)]
struct Shared {
    client: Client,
    config: ConsumerConfig,
    group: String,
    pool: ConnectionPool,
    state: Mutex<State>,
    /// Rung when the group needs the consumer's attention.
    bell: Notify,
}

#[derive(Debug)]
struct State {
    coordinator: Option<i32>,
    member: Member,
    standing: Standing,
    polled: Duration,
}

/// How the member stands with its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Has partitions, or will learn of them from the join under way.
    Good,
    /// Must join again, and may commit before.
    Rejoin,
    /// Was put out of the group: what it has is another's by now.
    Lost,
}

/// Joining, under way.
#[derive(Debug)]
struct Joining {
    task: Task,
    /// What it comes to. Told before the bell is rung, which the end of the task is not.
    outcome: oneshot::Receiver<Result<Joined>>,
}

/// What joining came to.
#[derive(Debug)]
struct Joined {
    partitions: Vec<TopicPartition>,
    /// Set for the leader: what the assignment was based on.
    counts: Option<BTreeMap<StrBytes, i32>>,
}

/// What the consumer has to do about its group.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing.
    Stay,
    /// Wait: joining.
    Wait,
    /// Give up all partitions, and then [`Membership::join`]. Committing before is of use only if
    /// they are not lost.
    Leave { lost: bool },
    /// Take these partitions.
    Take(Vec<TopicPartition>),
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
            standing: Standing::Rejoin,
            polled: client.io().clock.elapsed(),
        };
        Membership {
            shared: Arc::new(Shared {
                pool: client.new_pool(),
                client,
                config,
                group: group.to_owned(),
                state: Mutex::new(state),
                bell: Notify::new(),
            }),
            topics,
            joining: None,
            living: None,
        }
    }

    /// Subscribes to other topics.
    pub(super) fn subscribe(&mut self, topics: BTreeSet<StrBytes>) {
        if self.topics != topics {
            self.topics = topics;
            self.joining = None;
            self.shared.state.lock().standing = Standing::Rejoin;
        }
    }

    /// What is to be done now. Says also that the consumer polls.
    pub(super) async fn step(&mut self) -> Result<Step> {
        {
            let mut state = self.shared.state.lock();
            state.polled = self.shared.client.io().clock.elapsed();
            if self.joining.is_none() {
                match state.standing {
                    Standing::Good => return Ok(Step::Stay),
                    Standing::Rejoin => return Ok(Step::Leave { lost: false }),
                    Standing::Lost => return Ok(Step::Leave { lost: true }),
                }
            }
        }
        let Some(joining) = &mut self.joining else {
            return Ok(Step::Wait);
        };
        let joined = match joining.outcome.try_recv() {
            Ok(joined) => joined,
            Err(TryRecvError::Empty) => return Ok(Step::Wait),
            Err(TryRecvError::Closed) => {
                Err(Error::State("joining the group was broken off".to_owned()))
            }
        };
        self.joining = None;
        match joined {
            Ok(joined) => {
                let shared = Arc::clone(&self.shared);
                let tasks = &self.shared.client.io().tasks;
                self.living = Some(tasks.spawn("group heartbeat", live(shared, joined.counts)));
                Ok(Step::Take(joined.partitions))
            }
            Err(error) => {
                self.shared.state.lock().standing = Standing::Rejoin;
                Err(error)
            }
        }
    }

    /// Begins to join. The consumer has no partitions now.
    pub(super) fn join(&mut self) {
        if let Some(living) = self.living.take() {
            living.abort();
        }
        self.shared.state.lock().standing = Standing::Good;
        let (shared, topics) = (Arc::clone(&self.shared), self.topics.clone());
        let tasks = &self.shared.client.io().tasks;
        let (tell, outcome) = oneshot::channel();
        let task = tasks.spawn("group join", async move {
            let joined = join_until_done(&shared, &topics).await;
            // Nobody listens any more if the consumer has subscribed to something else.
            let _ = tell.send(joined);
            shared.bell.notify_one();
        });
        self.joining = Some(Joining { task, outcome });
    }

    /// Completes when [`Membership::step`] may have something new to say.
    pub(super) async fn changed(&self) {
        self.shared.bell.notified().await;
    }

    /// Commits as a member.
    pub(super) async fn commit(&self, offsets: &BTreeMap<TopicPartition, Committed>) -> Result<()> {
        let member = self.shared.state.lock().member.clone();
        self.shared.commit(&member, offsets).await
    }

    /// What the group has committed.
    pub(super) async fn committed(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, Committed>> {
        self.shared.committed(partitions).await
    }

    /// Leaves the group, so that the others need not wait for the session to time out. A static
    /// member stays: it is expected back.
    pub(super) async fn leave(&mut self) {
        self.joining = None;
        if let Some(living) = self.living.take() {
            living.abort();
        }
        self.shared.leave().await;
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        for task in self.living.iter() {
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

    /// Lets the coordinator be looked for again, if `error` may come from its having moved.
    fn doubt_coordinator(&self, error: &Error) {
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
                    self.doubt_coordinator(&error);
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
                    self.doubt_coordinator(&error);
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
        // A courtesy: the session ends by itself too.
        if let Err(error) = left.await {
            tracing::debug!(group = self.group, %error, "cannot leave the group");
        }
    }

    /// The consumer must look at its group.
    fn ring(&self, standing: Standing) {
        self.state.lock().standing = standing;
        self.bell.notify_one();
    }

    fn forget_member(&self) {
        let mut state = self.state.lock();
        state.member.member_id = StrBytes::EMPTY;
        state.member.generation = -1;
    }

    async fn count(&self, topic: &StrBytes) -> i32 {
        let create = self.config.auto_create_topics;
        match self
            .client
            .topic_within(topic, create, COUNT_PATIENCE)
            .await
        {
            Ok(topic) => topic.partitions.len() as i32,
            // Not there, for now: whoever leads looks again with every heartbeat.
            Err(_) => 0,
        }
    }

    async fn counts(&self, topics: &BTreeSet<StrBytes>) -> BTreeMap<StrBytes, i32> {
        let mut counts = BTreeMap::new();
        for topic in topics {
            counts.insert(topic.clone(), self.count(topic).await);
        }
        counts
    }
}

/// Joins, however often the group changes meanwhile.
async fn join_until_done(shared: &Shared, topics: &BTreeSet<StrBytes>) -> Result<Joined> {
    let mut backoff = shared.client.backoff();
    loop {
        let error = match join_once(shared, topics).await {
            Ok(joined) => return Ok(joined),
            Err(error) => error,
        };
        match error.code() {
            // The id to join with came along.
            Some(ErrorCode::MemberIdRequired) => continue,
            Some(ErrorCode::RebalanceInProgress) => {}
            Some(ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration) => {
                shared.forget_member();
            }
            _ if error.is_retriable() => shared.doubt_coordinator(&error),
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
    let answer = connection
        .send_within(&request, version, timeout)
        .await?
        .await?;
    if ErrorCode::from_code(answer.error_code) == ErrorCode::MemberIdRequired {
        shared.state.lock().member.member_id = answer.member_id.detached();
    }
    let what = |step: &str| format!("{step} group \"{}\"", shared.group);
    Error::check(answer.error_code, None, || what("join"))?;
    let member = Member {
        generation: answer.generation_id,
        member_id: answer.member_id.detached(),
        instance_id: member.instance_id,
    };
    shared.state.lock().member = member.clone();

    let leads = answer.leader == answer.member_id && !answer.skip_assignment;
    let mut counts = None;
    let mut assignments = Vec::new();
    if leads {
        let (made, counted) = decide(shared, &answer).await?;
        assignments = made;
        counts = Some(counted);
    }
    let request = SyncGroupRequest {
        group_id: StrBytes::from(shared.group.as_str()),
        generation_id: member.generation,
        member_id: member.member_id,
        group_instance_id: member.instance_id,
        protocol_type: answer.protocol_type,
        protocol_name: answer.protocol_name,
        assignments,
    };
    let version = connection.version::<SyncGroupRequest>()?;
    let answer = connection
        .send_within(&request, version, timeout)
        .await?
        .await?;
    Error::check(answer.error_code, None, || what("sync with"))?;
    let partitions = decode_assignment(answer.assignment)
        .map_err(|error| Error::malformed(connection.broker(), error))?;
    Ok(Joined { partitions, counts })
}

/// The leader's decision: who gets what.
async fn decide(
    shared: &Shared,
    answer: &JoinGroupResponse,
) -> Result<(Vec<SyncGroupRequestAssignment>, BTreeMap<StrBytes, i32>)> {
    let kind = shared
        .config
        .assignors
        .iter()
        .copied()
        .find(|kind| answer.protocol_name.as_deref() == Some(kind.name()))
        .ok_or_else(|| {
            let name = answer.protocol_name.as_deref().unwrap_or("none");
            Error::State(format!("the group chose an unknown assignor: {name}"))
        })?;
    let mut members = Vec::new();
    for member in &answer.members {
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
    let counts = shared.counts(&topics).await;
    let assignments = assign(kind, &members, &counts)
        .into_iter()
        .map(|(member_id, partitions)| SyncGroupRequestAssignment {
            member_id,
            assignment: encode_assignment(&partitions),
        })
        .collect();
    Ok((assignments, counts))
}

/// Says again and again that the member lives, until it must join again. A leader looks also
/// whether its topics have grown.
async fn live(shared: Arc<Shared>, counts: Option<BTreeMap<StrBytes, i32>>) {
    let clock = shared.client.io().clock.clone();
    let mut heard = clock.elapsed();
    loop {
        clock.sleep(shared.config.heartbeat_interval).await;
        let silent = clock.elapsed().saturating_sub(shared.state.lock().polled);
        if silent > shared.config.poll_interval_max {
            let limit = shared.config.poll_interval_max.as_millis();
            tracing::warn!(
                group = shared.group,
                "no poll for longer than max.poll.interval.ms ({limit}); leaving the group"
            );
            shared.leave().await;
            shared.ring(Standing::Lost);
            return;
        }
        match heartbeat(&shared).await {
            Ok(()) => heard = clock.elapsed(),
            Err(error) => match error.code() {
                // Goes on living: the consumer may be busy for a while yet.
                Some(ErrorCode::RebalanceInProgress) => {
                    heard = clock.elapsed();
                    shared.ring(Standing::Rejoin);
                }
                _ if error.is_retriable() => {
                    shared.doubt_coordinator(&error);
                    if clock.elapsed() - heard > shared.config.session_timeout {
                        shared.ring(Standing::Lost);
                        return;
                    }
                }
                _ => {
                    tracing::info!(group = shared.group, %error, "no member any more");
                    shared.forget_member();
                    shared.ring(Standing::Lost);
                    return;
                }
            },
        }
        if let Some(counts) = &counts {
            let topics = counts.keys().cloned().collect();
            if shared.counts(&topics).await != *counts {
                shared.ring(Standing::Rejoin);
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
    let answer = connection.request(&request).await?;
    Error::check(answer.error_code, None, || {
        format!("heartbeat of group \"{}\"", shared.group)
    })
}

fn millis(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}
