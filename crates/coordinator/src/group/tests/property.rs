//! Properties that hold whatever clients do, in whatever order, with restarts in between.

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

/// A small generator, so that a failing seed can be run again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What a client knows, which is what it was answered.
#[derive(Clone, Debug, Default)]
struct Client {
    member: StrBytes,
    instance: Option<StrBytes>,
    generation: i32,
    /// The members it has to assign to, if it leads.
    to_assign: Option<Vec<StrBytes>>,
    has_assignment: bool,
    /// Whether it was told to join again.
    must_join: bool,
    waiting: bool,
}

/// Clients that do whatever the dice say, and what must be true of the answers.
struct World {
    driver: Driver,
    dice: Dice,
    clients: Vec<Client>,
    waiting: BTreeMap<RequestId, usize>,
    /// Who owns a partition in a generation, as the clients were told.
    owners: BTreeMap<(i32, i32), StrBytes>,
    /// What was committed last, per partition.
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
            dice: Dice(seed),
            clients,
            waiting: BTreeMap::new(),
            owners: BTreeMap::new(),
            committed: BTreeMap::new(),
            last_generation: 0,
        }
    }

    fn step(&mut self) {
        let who = self.dice.below(self.clients.len() as u64) as usize;
        if self.dice.below(10) > 0 {
            self.behave(who)
        } else {
            self.misbehave(who)
        }
        self.read_back();
    }

    /// What a client does that follows the protocol.
    fn behave(&mut self, who: usize) {
        let client = &self.clients[who];
        if client.waiting {
            self.wait(100);
        } else if client.has_assignment {
            match self.dice.below(3) {
                0 => self.commit(who),
                _ => self.heartbeat(who),
            }
        } else if client.generation > 0 && !client.must_join {
            self.sync(who);
        } else {
            self.join(who);
        }
    }

    /// What happens to a client otherwise.
    fn misbehave(&mut self, who: usize) {
        match self.dice.below(12) {
            0..=2 => self.join(who),
            3..=4 => self.sync(who),
            5..=6 => self.heartbeat(who),
            7 => self.leave(who),
            8 => self.commit(who),
            9 => self.restart(),
            _ => {
                let ms = [1, 2000, 6000, 12_000][self.dice.below(4) as usize];
                self.wait(ms);
            }
        }
    }

    fn ask(&mut self, who: usize, request: GroupRequest) {
        let (id, outcome) = self.driver.request(request, 8, "client");
        self.waiting.insert(id, who);
        self.clients[who].waiting = true;
        self.hear(&outcome.effects);
    }

    fn join(&mut self, who: usize) {
        // A client does one thing at a time, but now and then it loses its connection and tries again.
        if self.clients[who].waiting && self.dice.below(4) > 0 {
            return;
        }
        let client = &self.clients[who];
        let topic = ["t", "u"][self.dice.below(8) as usize / 7];
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
        self.ask(who, GroupRequest::JoinGroup(request));
    }

    fn sync(&mut self, who: usize) {
        let client = &self.clients[who];
        if client.waiting || client.member.is_empty() {
            return;
        }
        let mut assignments = Vec::new();
        if let Some(members) = &client.to_assign {
            let turn = self.dice.below(members.len() as u64) as i32;
            for (place, member) in (0..).zip(members) {
                let owned = (0..PARTITIONS)
                    .filter(|partition| (partition + turn) % members.len() as i32 == place);
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
        self.ask(who, GroupRequest::SyncGroup(request));
    }

    fn heartbeat(&mut self, who: usize) {
        let client = &self.clients[who];
        if client.waiting || client.member.is_empty() {
            return;
        }
        let request = HeartbeatRequest {
            group_id: "g".into(),
            generation_id: client.generation,
            member_id: client.member.clone(),
            group_instance_id: client.instance.clone(),
        };
        self.ask(who, GroupRequest::Heartbeat(request));
    }

    fn leave(&mut self, who: usize) {
        let client = &self.clients[who];
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
        self.ask(who, GroupRequest::LeaveGroup(request));
    }

    fn commit(&mut self, who: usize) {
        let client = &self.clients[who];
        if client.waiting || client.member.is_empty() {
            return;
        }
        let partition_index = self.dice.below(PARTITIONS as u64) as i32;
        let committed_offset = self.dice.below(1000) as i64;
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
        self.ask(who, GroupRequest::OffsetCommit(request));
        if self.driver.log.len() > records_before {
            assert!(
                self.clients[who].generation == self.last_generation,
                "only the newest generation commits"
            );
            self.committed.insert(partition_index, committed_offset);
        }
    }

    fn restart(&mut self) {
        let (stopped, loaded) = self.driver.restart();
        self.hear(&stopped);
        self.hear(&loaded.effects);
        assert!(
            self.waiting.is_empty(),
            "nobody waits for a coordinator that is gone: {:?}",
            self.waiting
        );
        // A generation whose assignment was not written never was.
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
            self.hear(&outcome.effects);
        }
        self.driver.now_ms = until_ms;
    }

    fn hear(&mut self, effects: &[Effect]) {
        for (id, response) in responses(effects) {
            let who = self
                .waiting
                .remove(&id)
                .expect("every request is answered once");
            let still_waits = self.waiting.values().any(|other| *other == who);
            let client = &mut self.clients[who];
            client.waiting = still_waits;
            let code = match response {
                GroupResponse::JoinGroup(answer) => answer.error_code,
                GroupResponse::SyncGroup(answer) => answer.error_code,
                GroupResponse::Heartbeat(answer) => answer.error_code,
                GroupResponse::OffsetCommit(answer) => answer.topics[0].partitions[0].error_code,
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
                GroupResponse::JoinGroup(answer) if code == 0 => {
                    client.member = answer.member_id.clone();
                    client.generation = answer.generation_id;
                    client.has_assignment = false;
                    client.must_join = false;
                    let leads = answer.leader == answer.member_id && !answer.members.is_empty();
                    client.to_assign = leads.then(|| {
                        answer
                            .members
                            .iter()
                            .map(|member| member.member_id.clone())
                            .collect()
                    });
                    assert!(
                        answer.generation_id >= self.last_generation,
                        "generations do not go back"
                    );
                    self.last_generation = answer.generation_id;
                }
                GroupResponse::JoinGroup(answer) if code == ErrorCode::MemberIdRequired.code() => {
                    client.member = answer.member_id.clone();
                }
                GroupResponse::SyncGroup(answer) if code == 0 => {
                    client.has_assignment = true;
                    let (generation, instance) = (client.generation, client.instance.clone());
                    // A static member that comes back under another id is still the same owner.
                    let owner = instance.unwrap_or_else(|| client.member.clone());
                    for partition in &answer.assignment {
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

    /// What the group has committed is what it is told it has.
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
            .expect("answered at once");
        let GroupResponse::OffsetFetch(response) = response else {
            panic!("{response:?}")
        };
        let told: BTreeMap<i32, i64> = response.groups[0]
            .topics
            .iter()
            .flat_map(|topic| &topic.partitions)
            .map(|partition| (partition.partition_index, partition.committed_offset))
            .collect();
        assert_eq!(told, self.committed);
    }

    /// Clients that follow the protocol, until all of them have an assignment of one generation.
    fn settle(&mut self) {
        for _ in 0..500 {
            let settled = |client: &Client| {
                client.has_assignment && client.generation == self.last_generation
            };
            if self.clients.iter().all(settled) {
                return;
            }
            for who in 0..self.clients.len() {
                self.behave(who);
            }
            self.wait(500);
        }
        panic!("no agreement: {:?}", self.clients);
    }
}

#[test]
fn a_partition_has_one_owner_per_generation_and_nothing_committed_is_lost() {
    for seed in 0..300 {
        let mut world = World::new(seed);
        for _ in 0..150 {
            world.step();
        }
        // Whoever waits is answered in the end.
        world.wait(400_000);
        assert!(world.waiting.is_empty(), "seed {seed}: {:?}", world.waiting);
    }
}

#[test]
fn clients_agree_when_they_are_left_in_peace() {
    for seed in 0..50 {
        let mut world = World::new(seed);
        for _ in 0..60 {
            world.step();
        }
        world.settle();
    }
}
