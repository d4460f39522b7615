//! Properties that hold for random sequences of requests, timeouts and restarts.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use wire::messages::heartbeat_request::HeartbeatRequest;
use wire::messages::join_group_request::{JoinGroupRequest, JoinGroupRequestProtocol};
use wire::messages::leave_group_request::{LeaveGroupRequest, MemberIdentity};
use wire::messages::offset_commit_request::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use wire::messages::offset_fetch_request::{OffsetFetchRequest, OffsetFetchRequestGroup};
use wire::messages::sync_group_request::{SyncGroupRequest, SyncGroupRequestAssignment};
use wire::{ErrorCode, StrBytes};

use super::driver::{Driver, responses, subscription};
use crate::CoordinatorMetadataImage;
use crate::group::{Effect, GroupConfig, GroupRequest, GroupResponse, RequestId};

const PARTITIONS: i32 = 6;

/// A small random number generator: a failing seed can be run again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// A client with what it knows from responses.
#[derive(Clone, Debug, Default)]
struct Client {
    member: StrBytes,
    instance: Option<StrBytes>,
    generation: i32,
    /// The members of the group, if the client is the leader.
    to_assign: Option<Vec<StrBytes>>,
    has_assignment: bool,
    /// Whether it must join again.
    must_join: bool,
    waiting: bool,
}

/// Random clients, and the expectations on their responses.
struct World {
    driver: Driver,
    random: Random,
    clients: Vec<Client>,
    waiting: BTreeMap<RequestId, usize>,
    /// Owner of each generation and partition, according to responses.
    owners: BTreeMap<(i32, i32), StrBytes>,
    /// Last committed offset of each partition.
    committed: BTreeMap<i32, i64>,
    last_generation: i32,
}

impl World {
    fn new(seed: u64) -> Self {
        let config = GroupConfig {
            initial_rebalance_delay_ms: 100,
            ..GroupConfig::default()
        };
        let mut clients = vec![Client::default(); 4];
        clients[3].instance = Some("static".into());
        World {
            driver: Driver::new(config),
            random: Random(seed),
            clients,
            waiting: BTreeMap::new(),
            owners: BTreeMap::new(),
            committed: BTreeMap::new(),
            last_generation: 0,
        }
    }

    fn step(&mut self) {
        let number = self.random.below(self.clients.len() as u64) as usize;
        if self.random.below(10) > 0 {
            self.follow_protocol(number)
        } else {
            self.random_step(number)
        }
        self.read_back();
    }

    /// The next step of a client that follows the protocol.
    fn follow_protocol(&mut self, number: usize) {
        let client = &self.clients[number];
        if client.waiting {
            self.wait(100);
        } else if client.has_assignment {
            match self.random.below(3) {
                0 => self.commit(number),
                _ => self.heartbeat(number),
            }
        } else if client.generation > 0 && !client.must_join {
            self.sync(number);
        } else {
            self.join(number);
        }
    }

    /// A random request, a restart, a wait, or a topic that is deleted and created again.
    fn random_step(&mut self, number: usize) {
        match self.random.below(13) {
            0..=2 => self.join(number),
            3..=4 => self.sync(number),
            5..=6 => self.heartbeat(number),
            7 => self.leave(number),
            8 => self.commit(number),
            9 => self.restart(),
            10 => self.recreate_topic(),
            _ => {
                let ms = [1, 2000, 6000, 12_000][self.random.below(4) as usize];
                self.wait(ms);
            }
        }
    }

    fn request(&mut self, number: usize, request: GroupRequest) {
        let (id, outcome) = self.driver.request(request, 8, "client");
        self.waiting.insert(id, number);
        self.clients[number].waiting = true;
        self.receive(&outcome.effects);
    }

    fn join(&mut self, number: usize) {
        // A client sends one request at a time, but sometimes it loses its connection and retries.
        if self.clients[number].waiting && self.random.below(4) > 0 {
            return;
        }
        let client = &self.clients[number];
        let topic = ["t", "u"][self.random.below(8) as usize / 7];
        let request = JoinGroupRequest {
            group_id: "g".into(),
            session_timeout_ms: 10_000,
            rebalance_timeout_ms: 5_000,
            member_id: client.member.clone(),
            group_instance_id: client.instance.clone(),
            protocol_type: "consumer".into(),
            protocols: vec![JoinGroupRequestProtocol {
                name: "range".into(),
                metadata: subscription([topic.into()]),
            }],
            reason: None,
        };
        self.request(number, GroupRequest::JoinGroup(request));
    }

    fn sync(&mut self, number: usize) {
        let client = &self.clients[number];
        if client.waiting || client.member.is_empty() {
            return;
        }
        let mut assignments = Vec::new();
        if let Some(members) = &client.to_assign {
            let shift = self.random.below(members.len() as u64) as i32;
            for (place, member) in (0..).zip(members) {
                let owned = (0..PARTITIONS)
                    .filter(|partition| (partition + shift) % members.len() as i32 == place);
                assignments.push(SyncGroupRequestAssignment {
                    member_id: member.clone(),
                    assignment: Bytes::from(
                        owned.map(|partition| partition as u8).collect::<Vec<u8>>(),
                    ),
                });
            }
        }
        let request = SyncGroupRequest {
            group_id: "g".into(),
            generation_id: client.generation,
            member_id: client.member.clone(),
            group_instance_id: client.instance.clone(),
            protocol_type: Some("consumer".into()),
            protocol_name: Some("range".into()),
            assignments,
        };
        self.request(number, GroupRequest::SyncGroup(request));
    }

    fn heartbeat(&mut self, number: usize) {
        let client = &self.clients[number];
        if client.waiting || client.member.is_empty() {
            return;
        }
        let request = HeartbeatRequest {
            group_id: "g".into(),
            generation_id: client.generation,
            member_id: client.member.clone(),
            group_instance_id: client.instance.clone(),
        };
        self.request(number, GroupRequest::Heartbeat(request));
    }

    fn leave(&mut self, number: usize) {
        let client = &self.clients[number];
        if client.waiting || client.member.is_empty() {
            return;
        }
        let member = MemberIdentity {
            member_id: client.member.clone(),
            group_instance_id: client.instance.clone(),
            reason: None,
        };
        let request = LeaveGroupRequest {
            group_id: "g".into(),
            members: vec![member],
            ..Default::default()
        };
        self.request(number, GroupRequest::LeaveGroup(request));
    }

    fn commit(&mut self, number: usize) {
        let client = &self.clients[number];
        if client.waiting || client.member.is_empty() {
            return;
        }
        let partition_index = self.random.below(PARTITIONS as u64) as i32;
        let committed_offset = self.random.below(1000) as i64;
        let request = OffsetCommitRequest {
            group_id: "g".into(),
            generation_id_or_member_epoch: client.generation,
            member_id: client.member.clone(),
            group_instance_id: client.instance.clone(),
            topics: vec![OffsetCommitRequestTopic {
                name: "t".into(),
                topic_id: self.driver.topics.topic_id("t").unwrap_or_default(),
                partitions: vec![OffsetCommitRequestPartition {
                    partition_index,
                    committed_offset,
                    ..Default::default()
                }],
            }],
            ..Default::default()
        };
        let records_before = self.driver.log.len();
        self.request(number, GroupRequest::OffsetCommit(request));
        if self.driver.log.len() > records_before {
            assert!(
                self.clients[number].generation == self.last_generation,
                "only the newest generation commits"
            );
            self.committed.insert(partition_index, committed_offset);
        }
    }

    /// Deletes the topic and creates it again. The shard may stop before it removes the offsets.
    fn recreate_topic(&mut self) {
        self.driver.topics.delete("t");
        self.driver.topics.create("t");
        self.committed.clear();
        if self.random.below(2) == 0 {
            self.driver.on_topics_deleted(BTreeSet::from(["t".into()]));
        }
    }

    fn restart(&mut self) {
        let (stopped, loaded) = self.driver.restart();
        self.receive(&stopped);
        self.receive(&loaded.effects);
        assert!(
            self.waiting.is_empty(),
            "requests without a response after a restart: {:?}",
            self.waiting
        );
        // A generation without a written assignment is lost by a restart.
        let written: BTreeSet<i32> = self
            .owners
            .keys()
            .map(|(generation, _)| *generation)
            .collect();
        self.last_generation = written
            .last()
            .copied()
            .unwrap_or(0)
            .max(self.generation_of_the_log());
    }

    fn generation_of_the_log(&self) -> i32 {
        use wire::records::group::Value;
        let newest = self.driver.log.iter().rev().find_map(|record| {
            match crate::group::record::decode(record).expect("own record").1 {
                Some(Value::GroupMetadata(value)) => Some(value.generation),
                _ => None,
            }
        });
        newest.unwrap_or(0)
    }

    fn wait(&mut self, ms: i64) {
        let until_ms = self.driver.now_ms + ms;
        while let Some((_, outcome)) = self.driver.next_timer(until_ms) {
            self.receive(&outcome.effects);
        }
        self.driver.now_ms = until_ms;
    }

    fn receive(&mut self, effects: &[Effect]) {
        for (id, response) in responses(effects) {
            let number = self
                .waiting
                .remove(&id)
                .expect("every request has one response");
            let still_waits = self.waiting.values().any(|other| *other == number);
            let client = &mut self.clients[number];
            client.waiting = still_waits;
            let code = match response {
                GroupResponse::JoinGroup(response) => response.error_code,
                GroupResponse::SyncGroup(response) => response.error_code,
                GroupResponse::Heartbeat(response) => response.error_code,
                GroupResponse::OffsetCommit(response) => {
                    response.topics[0].partitions[0].error_code
                }
                GroupResponse::LeaveGroup(_) => ErrorCode::UnknownMemberId.code(),
                _ => 0,
            };
            if code != 0 {
                client.has_assignment = false;
                client.must_join = true;
            }
            match ErrorCode::from_code(code) {
                ErrorCode::UnknownMemberId | ErrorCode::FencedInstanceId => {
                    client.member = StrBytes::EMPTY
                }
                _ => {}
            }
            match response {
                GroupResponse::JoinGroup(response) if code == 0 => {
                    client.member = response.member_id.clone();
                    client.generation = response.generation_id;
                    client.has_assignment = false;
                    client.must_join = false;
                    let leads =
                        response.leader == response.member_id && !response.members.is_empty();
                    client.to_assign = leads.then(|| {
                        response
                            .members
                            .iter()
                            .map(|member| member.member_id.clone())
                            .collect()
                    });
                    assert!(
                        response.generation_id >= self.last_generation,
                        "generations do not go back"
                    );
                    self.last_generation = response.generation_id;
                }
                GroupResponse::JoinGroup(response)
                    if code == ErrorCode::MemberIdRequired.code() =>
                {
                    client.member = response.member_id.clone();
                }
                GroupResponse::SyncGroup(response) if code == 0 => {
                    client.has_assignment = true;
                    let (generation, instance) = (client.generation, client.instance.clone());
                    // A static member stays the same owner under a new member id.
                    let owner = instance.unwrap_or_else(|| client.member.clone());
                    for partition in &response.assignment {
                        let key = (generation, i32::from(*partition));
                        let known = self.owners.entry(key).or_insert_with(|| owner.clone());
                        assert_eq!(
                            *known, owner,
                            "partition {partition} in generation {generation}"
                        );
                    }
                }
                _ => {}
            }
        }
    }

    /// Checks that OffsetFetch returns the committed offsets.
    fn read_back(&mut self) {
        let group = OffsetFetchRequestGroup {
            group_id: "g".into(),
            topics: None,
            ..Default::default()
        };
        let request = OffsetFetchRequest {
            groups: vec![group],
            ..Default::default()
        };
        let (_, outcome) = self
            .driver
            .request(GroupRequest::OffsetFetch(request), 8, "reader");
        let (_, response) = responses(&outcome.effects)
            .next()
            .expect("the response is in the outcome");
        let GroupResponse::OffsetFetch(response) = response else {
            panic!("{response:?}")
        };
        let returned: BTreeMap<i32, i64> = response.groups[0]
            .topics
            .iter()
            .flat_map(|topic| &topic.partitions)
            .map(|partition| (partition.partition_index, partition.committed_offset))
            .collect();
        assert_eq!(returned, self.committed);
    }

    /// Lets the clients follow the protocol until all have an assignment of the same generation.
    fn make_stable(&mut self) {
        for _ in 0..500 {
            let is_stable = |client: &Client| {
                client.has_assignment && client.generation == self.last_generation
            };
            if self.clients.iter().all(is_stable) {
                return;
            }
            for number in 0..self.clients.len() {
                self.follow_protocol(number);
            }
            self.wait(500);
        }
        panic!("no agreement: {:?}", self.clients);
    }
}

#[test]
fn a_partition_has_one_owner_per_generation_and_no_committed_offset_is_lost() {
    for seed in 0..300 {
        let mut world = World::new(seed);
        for _ in 0..150 {
            world.step();
        }
        // Every request gets a response in the end.
        world.wait(400_000);
        assert!(world.waiting.is_empty(), "seed {seed}: {:?}", world.waiting);
    }
}

#[test]
fn a_group_becomes_stable_when_all_clients_follow_the_protocol() {
    for seed in 0..50 {
        let mut world = World::new(seed);
        for _ in 0..60 {
            world.step();
        }
        world.make_stable();
    }
}
