//! Transcripts: requests and events, each with its outcome on the indented lines below it.
//!
//! `UPDATE_TRANSCRIPTS=1 cargo test -p vltava-coordinator` rewrites the outcomes; a reviewer reads the
//! difference. A member id is shown as the client and a number.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use wire::messages::delete_groups_request::DeleteGroupsRequest;
use wire::messages::describe_groups_request::DescribeGroupsRequest;
use wire::messages::heartbeat_request::HeartbeatRequest;
use wire::messages::join_group_request::{JoinGroupRequest, JoinGroupRequestProtocol};
use wire::messages::leave_group_request::{LeaveGroupRequest, MemberIdentity};
use wire::messages::list_groups_request::ListGroupsRequest;
use wire::messages::offset_commit_request::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use wire::messages::offset_delete_request::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use wire::messages::offset_fetch_request::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use wire::messages::offset_fetch_response::OffsetFetchResponse;
use wire::messages::sync_group_request::{SyncGroupRequest, SyncGroupRequestAssignment};
use wire::records::group::Value;
use wire::{ErrorCode, StrBytes, Uuid};

use super::driver::{Driver, Topics, responses, subscription};
use crate::group::{
    Effect, GroupConfig, GroupRequest, GroupResponse, Outcome, RequestId, Timer, record,
};
use crate::{CoordinatorMetadataImage, Record};

// Transcripts are files of the source tree; they are not on a simulated disk.
#[allow(clippy::disallowed_methods)]
#[test]
fn transcripts() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/group");
    let update = std::env::var_os("UPDATE_TRANSCRIPTS").is_some();
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .expect("testdata")
        .map(|entry| entry.expect("entry").path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let expected = std::fs::read_to_string(&file).expect("a transcript");
        let actual = run(&expected);
        if update {
            std::fs::write(&file, actual).expect("can be written");
        } else {
            assert_eq!(actual, expected, "{}", file.display());
        }
    }
}

/// Runs a transcript and returns it with the outcomes of this run.
fn run(text: &str) -> String {
    let mut player = Player {
        driver: Driver::new(GroupConfig::default()),
        clients: BTreeMap::new(),
    };
    let mut out = String::new();
    for line in text.lines() {
        if line.is_empty() || line.starts_with('#') {
            out.push_str(line);
            out.push('\n');
        } else if !line.starts_with(' ') {
            out.push_str(line);
            out.push('\n');
            for result in player.play(line) {
                out.push_str(&format!("  {result}\n"));
            }
        }
    }
    out
}

struct Player {
    driver: Driver,
    /// Client and version of each request.
    clients: BTreeMap<RequestId, (String, i16)>,
}

/// The arguments of a command.
struct Arguments<'a>(BTreeMap<&'a str, &'a str>);

impl Arguments<'_> {
    fn text(&self, name: &str) -> StrBytes {
        self.0
            .get(name)
            .map(|text| long_ids(text))
            .unwrap_or_default()
    }

    fn optional(&self, name: &str) -> Option<StrBytes> {
        self.0.get(name).map(|text| long_ids(text))
    }

    fn number(&self, name: &str, default: i64) -> i64 {
        self.0
            .get(name)
            .map_or(default, |text| text.parse().expect("a number"))
    }

    fn list(&self, name: &str) -> Vec<StrBytes> {
        let text = self.0.get(name).copied().unwrap_or_default();
        text.split(',')
            .filter(|item| !item.is_empty())
            .map(long_ids)
            .collect()
    }
}

/// `c#7` is the id that client `c` got from the seventh request.
fn long_ids(text: &str) -> StrBytes {
    match text.split_once('#') {
        Some((client, number)) => {
            let number: u64 = number.parse().expect("a number after #");
            format!("{client}-00000000-0000-4000-8000-{number:012x}").into()
        }
        None => text.into(),
    }
}

fn short_ids(text: &str) -> String {
    let marker = "-00000000-0000-4000-8000-";
    let mut out = String::new();
    let mut rest = text;
    while let Some(place) = rest.find(marker) {
        let number = &rest[place + marker.len()..place + marker.len() + 12];
        out.push_str(&rest[..place]);
        out.push_str(&format!(
            "#{}",
            u64::from_str_radix(number, 16).expect("hexadecimal")
        ));
        rest = &rest[place + marker.len() + 12..];
    }
    out + rest
}

impl Player {
    fn play(&mut self, line: &str) -> Vec<String> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (client, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let arguments = Arguments(
            rest.split(' ')
                .filter_map(|word| word.split_once('='))
                .collect(),
        );
        let request = match verb {
            "config" => {
                let value: i64 = rest.parse().expect("a number");
                let config = &mut self.driver.config;
                match client {
                    "members_max" => config.members_max = value as usize,
                    "initial_rebalance_delay_ms" => {
                        config.initial_rebalance_delay_ms = value as i32
                    }
                    "offsets_retention_ms" => config.offsets_retention_ms = value,
                    "batch_bytes_max" => config.batch_bytes_max = value as usize,
                    "offset_metadata_bytes_max" => {
                        config.offset_metadata_bytes_max = value as usize
                    }
                    other => panic!("unknown setting {other}"),
                }
                self.driver.shard.set_config(self.driver.config);
                return Vec::new();
            }
            "wait" => return self.wait(client.parse().expect("milliseconds")),
            // The broker changes its metadata first and tells the shard afterwards.
            "delete-topic" => {
                self.driver.topics.delete(client);
                return Vec::new();
            }
            "create-topic" => {
                self.driver.topics.create(client);
                return Vec::new();
            }
            "topics-deleted" => {
                let names = client.split(',').map(StrBytes::from).collect();
                let outcome = self.driver.on_topics_deleted(names);
                return self.show(&outcome);
            }
            "unload" => {
                let stopped = self.driver.unload();
                return self.show_effects(&stopped);
            }
            "load" => {
                let loaded = self.driver.load();
                return self.show(&loaded);
            }
            "restart" => {
                let (stopped, loaded) = self.driver.restart();
                let mut out = self.show_effects(&stopped);
                out.extend(self.show(&loaded));
                return out;
            }
            "join" => join(&arguments),
            "sync" => sync(&arguments),
            "heartbeat" => GroupRequest::Heartbeat(HeartbeatRequest {
                group_id: arguments.text("group"),
                generation_id: arguments.number("generation", 0) as i32,
                member_id: arguments.text("member"),
                group_instance_id: arguments.optional("instance"),
            }),
            "leave" => leave(&arguments),
            "commit" => commit(&arguments, &self.driver.topics),
            "fetch" => fetch(&arguments, &self.driver.topics),
            "delete-offsets" => delete_offsets(&arguments),
            "list" => GroupRequest::ListGroups(ListGroupsRequest {
                states_filter: arguments.list("states"),
                types_filter: arguments.list("types"),
            }),
            "describe" => GroupRequest::DescribeGroups(DescribeGroupsRequest {
                groups: arguments.list("groups"),
                include_authorized_operations: false,
            }),
            "delete" => GroupRequest::DeleteGroups(DeleteGroupsRequest {
                groups_names: arguments.list("groups"),
            }),
            other => panic!("unknown command {other}"),
        };
        let newest = match request {
            GroupRequest::JoinGroup(_) => 9,
            GroupRequest::OffsetCommit(_) => 10,
            _ => 8,
        };
        let version = arguments.number("version", newest) as i16;
        let (id, outcome) = self.driver.request(request, version, client);
        self.clients.insert(id, (client.to_owned(), version));
        self.show(&outcome)
    }

    fn wait(&mut self, ms: i64) -> Vec<String> {
        let until_ms = self.driver.now_ms + ms;
        let mut out = Vec::new();
        while let Some((timer, outcome)) = self.driver.next_timer(until_ms) {
            let passed = ms - (until_ms - self.driver.now_ms);
            out.push(format!("after {passed} ms: {}", show_timer(&timer)));
            out.extend(self.show(&outcome));
        }
        self.driver.now_ms = until_ms;
        out
    }

    fn show(&self, outcome: &Outcome) -> Vec<String> {
        let mut out: Vec<String> = outcome.records.iter().map(show_record).collect();
        out.extend(self.show_effects(&outcome.effects));
        out
    }

    fn show_effects(&self, effects: &[Effect]) -> Vec<String> {
        let mut out = Vec::new();
        for (id, response) in responses(effects) {
            let (client, version) = &self.clients[&id];
            let response = response.clone().downgraded(*version);
            out.extend(show_response(client, &response));
        }
        for effect in effects {
            match effect {
                Effect::StartTimer { timer, after_ms } => {
                    out.push(format!("timer {} in {after_ms} ms", show_timer(timer)));
                }
                Effect::CancelTimer(timer) => out.push(format!("no timer {}", show_timer(timer))),
                Effect::Respond { .. } => {}
            }
        }
        out
    }
}

fn join(arguments: &Arguments<'_>) -> GroupRequest {
    let kind = arguments
        .optional("type")
        .unwrap_or_else(|| "consumer".into());
    let spec = arguments.0.get("protocols").copied().unwrap_or("range:t");
    let protocols = spec.split(';').filter(|part| !part.is_empty()).map(|part| {
        let (name, topics) = part.split_once(':').unwrap_or((part, ""));
        let metadata = match &*kind {
            "consumer" => subscription(topics.split(',').map(StrBytes::from)),
            _ => Bytes::copy_from_slice(topics.as_bytes()),
        };
        JoinGroupRequestProtocol {
            name: name.into(),
            metadata,
        }
    });
    GroupRequest::JoinGroup(JoinGroupRequest {
        group_id: arguments.optional("group").unwrap_or_else(|| "g".into()),
        session_timeout_ms: arguments.number("session", 10_000) as i32,
        rebalance_timeout_ms: arguments.number("rebalance", 60_000) as i32,
        member_id: arguments.text("member"),
        group_instance_id: arguments.optional("instance"),
        protocols: protocols.collect(),
        protocol_type: kind,
        reason: None,
    })
}

fn sync(arguments: &Arguments<'_>) -> GroupRequest {
    let spec = arguments.0.get("assign").copied().unwrap_or_default();
    let assignments = spec.split(',').filter(|part| !part.is_empty()).map(|part| {
        let (member, assignment) = part.split_once(':').expect("member:assignment");
        SyncGroupRequestAssignment {
            member_id: long_ids(member),
            assignment: Bytes::copy_from_slice(assignment.as_bytes()),
        }
    });
    GroupRequest::SyncGroup(SyncGroupRequest {
        group_id: arguments.text("group"),
        generation_id: arguments.number("generation", 0) as i32,
        member_id: arguments.text("member"),
        group_instance_id: arguments.optional("instance"),
        protocol_type: arguments.optional("type"),
        protocol_name: arguments.optional("protocol"),
        assignments: assignments.collect(),
    })
}

fn leave(arguments: &Arguments<'_>) -> GroupRequest {
    let members =
        arguments
            .list("members")
            .into_iter()
            .map(|named| match named.strip_prefix('@') {
                Some(instance) => MemberIdentity {
                    member_id: StrBytes::EMPTY,
                    group_instance_id: Some(instance.into()),
                    reason: None,
                },
                None => MemberIdentity {
                    member_id: named,
                    group_instance_id: None,
                    reason: None,
                },
            });
    GroupRequest::LeaveGroup(LeaveGroupRequest {
        group_id: arguments.text("group"),
        member_id: arguments.text("member"),
        members: members.collect(),
    })
}

/// The topic id of a command: `id=first` is the id the topic had when it was created the first time,
/// `id=none` is no id, and without `id` it is the current one.
fn id_of(topics: &Topics, topic: &str, arguments: &Arguments<'_>) -> Uuid {
    match arguments.0.get("id").copied() {
        Some("none") => Uuid::ZERO,
        Some("first") => Topics::default().topic_id(topic).unwrap_or_default(),
        Some(other) => panic!("no id is called {other}"),
        None => topics.topic_id(topic).unwrap_or_default(),
    }
}

/// A commit as the broker's handler passes it on: each topic has name and id.
fn commit(arguments: &Arguments<'_>, topics: &Topics) -> GroupRequest {
    let offsets = arguments.list("offsets").into_iter().map(|part| {
        let fields: Vec<&str> = part.split(':').collect();
        OffsetCommitRequestTopic {
            name: fields[0].into(),
            topic_id: id_of(topics, fields[0], arguments),
            partitions: vec![OffsetCommitRequestPartition {
                partition_index: fields[1].parse().expect("a partition"),
                committed_offset: fields[2].parse().expect("an offset"),
                committed_leader_epoch: 3,
                committed_metadata: fields.get(3).map(|metadata| (*metadata).into()),
            }],
        }
    });
    GroupRequest::OffsetCommit(OffsetCommitRequest {
        group_id: arguments.text("group"),
        generation_id_or_member_epoch: arguments.number("generation", -1) as i32,
        member_id: arguments.text("member"),
        group_instance_id: arguments.optional("instance"),
        retention_time_ms: arguments.number("retention", -1),
        topics: offsets.collect(),
    })
}

fn fetch(arguments: &Arguments<'_>, topics: &Topics) -> GroupRequest {
    let requested = arguments.0.get("partitions").map(|_| {
        let parts = arguments.list("partitions").into_iter().map(|part| {
            let (topic, partition) = part.split_once(':').expect("topic:partition");
            OffsetFetchRequestTopics {
                name: topic.into(),
                topic_id: match arguments.0.contains_key("id") {
                    true => id_of(topics, topic, arguments),
                    false => Uuid::ZERO,
                },
                partition_indexes: vec![partition.parse().expect("a partition")],
            }
        });
        parts.collect()
    });
    let groups = arguments.list("group").into_iter();
    let groups = groups.map(|group_id| OffsetFetchRequestGroup {
        group_id,
        topics: requested.clone(),
        ..Default::default()
    });
    if arguments.number("version", 8) >= 8 {
        return GroupRequest::OffsetFetch(OffsetFetchRequest {
            groups: groups.collect(),
            ..Default::default()
        });
    }
    let topics = requested.map(|topics: Vec<OffsetFetchRequestTopics>| {
        let topics = topics.into_iter().map(|topic| OffsetFetchRequestTopic {
            name: topic.name,
            partition_indexes: topic.partition_indexes,
        });
        topics.collect()
    });
    GroupRequest::OffsetFetch(OffsetFetchRequest {
        group_id: arguments.text("group"),
        topics,
        ..Default::default()
    })
}

fn delete_offsets(arguments: &Arguments<'_>) -> GroupRequest {
    let topics = arguments.list("partitions").into_iter().map(|part| {
        let (topic, partition) = part.split_once(':').expect("topic:partition");
        let partition_index = partition.parse().expect("a partition");
        OffsetDeleteRequestTopic {
            name: topic.into(),
            partitions: vec![OffsetDeleteRequestPartition { partition_index }],
        }
    });
    GroupRequest::OffsetDelete(OffsetDeleteRequest {
        group_id: arguments.text("group"),
        topics: topics.collect(),
    })
}

fn error(code: i16) -> &'static str {
    ErrorCode::from_code(code).name()
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn show_timer(timer: &Timer) -> String {
    match timer {
        Timer::Session { group, member } => short_ids(&format!("session {group} {member}")),
        Timer::Join { group } => format!("join {group}"),
        Timer::Sync { group } => format!("sync {group}"),
        Timer::OffsetExpiration => "offset-expiration".to_owned(),
    }
}

fn show_record(record: &Record) -> String {
    let (key, value) = record::decode(record).expect("just written");
    let key = match key {
        wire::records::group::Key::GroupMetadata(key) => format!("group {}", key.group),
        wire::records::group::Key::OffsetCommit(key) => {
            format!("offset {} {}-{}", key.group, key.topic, key.partition)
        }
        other => panic!("never written: {other:?}"),
    };
    let value = match value {
        None => "tombstone".to_owned(),
        Some(Value::GroupMetadata(value)) => {
            let members: Vec<_> = value
                .members
                .iter()
                .map(|member| format!("{}={}", member.member_id, text(&member.assignment)))
                .collect();
            format!(
                "generation={} type={} protocol={} leader={} members=[{}]",
                value.generation,
                value.protocol_type,
                value.protocol.as_deref().unwrap_or("-"),
                value.leader.as_deref().unwrap_or("-"),
                members.join(" ")
            )
        }
        Some(Value::OffsetCommit(value)) => {
            format!(
                "offset={} epoch={} metadata={:?}",
                value.offset, value.leader_epoch, value.metadata
            )
        }
        Some(other) => panic!("never written: {other:?}"),
    };
    short_ids(&format!("record {key}: {value}"))
}

fn show_response(client: &str, response: &GroupResponse) -> Vec<String> {
    let lines: Vec<String> = match response {
        GroupResponse::JoinGroup(response) => {
            let members: Vec<_> = response
                .members
                .iter()
                .map(|member| &*member.member_id)
                .collect();
            let code = error(response.error_code);
            vec![match code {
                "NONE" => format!(
                    "joined {} generation={} protocol={} leader={} members=[{}]{}",
                    response.member_id,
                    response.generation_id,
                    response.protocol_name.as_deref().unwrap_or("-"),
                    response.leader,
                    members.join(" "),
                    if response.skip_assignment {
                        " skip-assignment"
                    } else {
                        ""
                    }
                ),
                _ => format!("{code} member={}", response.member_id),
            }]
        }
        GroupResponse::SyncGroup(response) => vec![match error(response.error_code) {
            "NONE" => format!("synced {:?}", text(&response.assignment)),
            code => code.to_owned(),
        }],
        GroupResponse::Heartbeat(response) => {
            vec![format!("heartbeat {}", error(response.error_code))]
        }
        GroupResponse::LeaveGroup(response) => response
            .members
            .iter()
            .map(|member| format!("left {} {}", member.member_id, error(member.error_code)))
            .chain((response.error_code != 0).then(|| error(response.error_code).to_owned()))
            .collect(),
        GroupResponse::OffsetCommit(response) => response
            .topics
            .iter()
            .flat_map(|topic| {
                topic.partitions.iter().map(|partition| {
                    format!(
                        "committed {}-{} {}",
                        topic.name,
                        partition.partition_index,
                        error(partition.error_code)
                    )
                })
            })
            .collect(),
        GroupResponse::OffsetFetch(response) => show_offsets(response),
        GroupResponse::OffsetDelete(response) => response
            .topics
            .iter()
            .flat_map(|topic| {
                topic.partitions.iter().map(|partition| {
                    format!(
                        "deleted {}-{} {}",
                        topic.name,
                        partition.partition_index,
                        error(partition.error_code)
                    )
                })
            })
            .chain((response.error_code != 0).then(|| error(response.error_code).to_owned()))
            .collect(),
        GroupResponse::ListGroups(response) => response
            .groups
            .iter()
            .map(|group| {
                let (id, state) = (&group.group_id, &group.group_state);
                format!(
                    "group {id} {state} type={} protocol={}",
                    group.group_type, group.protocol_type
                )
            })
            .collect(),
        GroupResponse::DescribeGroups(response) => response
            .groups
            .iter()
            .flat_map(|group| {
                let head = format!(
                    "group {} {} protocol={}/{} {}",
                    group.group_id,
                    group.group_state,
                    group.protocol_type,
                    group.protocol_data,
                    error(group.error_code)
                );
                let members = group.members.iter().map(|member| {
                    let instance = member.group_instance_id.as_deref().unwrap_or("-");
                    let (id, host) = (&member.member_id, &member.client_host);
                    format!(
                        "  member {id} instance={instance} client={} host={host} assignment={:?}",
                        member.client_id,
                        text(&member.member_assignment)
                    )
                });
                std::iter::once(head).chain(members)
            })
            .collect(),
        GroupResponse::DeleteGroups(response) => response
            .results
            .iter()
            .map(|result| format!("deleted {} {}", result.group_id, error(result.error_code)))
            .collect(),
    };
    lines
        .iter()
        .map(|line| short_ids(&format!("{client}: {line}")))
        .collect()
}

/// Offsets by group, then those of a version that has one group.
fn show_offsets(response: &OffsetFetchResponse) -> Vec<String> {
    let mut out = Vec::new();
    for group in &response.groups {
        let id = &group.group_id;
        for topic in &group.topics {
            let name = &topic.name;
            out.extend(topic.partitions.iter().map(|partition| {
                let number = partition.partition_index;
                let metadata = partition.metadata.as_deref().unwrap_or_default();
                format!(
                    "offset {id} {name}-{number} is {} epoch={} metadata={metadata:?}{}",
                    partition.committed_offset,
                    partition.committed_leader_epoch,
                    suffix(partition.error_code),
                )
            }));
        }
        if group.topics.is_empty() {
            out.push(format!("no offsets of {id}{}", suffix(group.error_code)));
        }
    }
    for topic in &response.topics {
        out.extend(topic.partitions.iter().map(|partition| {
            format!(
                "offset {}-{} is {}{}",
                topic.name,
                partition.partition_index,
                partition.committed_offset,
                suffix(partition.error_code),
            )
        }));
    }
    if response.groups.is_empty() && response.topics.is_empty() {
        out.push(format!("no offsets{}", suffix(response.error_code)));
    }
    out
}

/// An error at the end of a line.
fn suffix(code: i16) -> String {
    match error(code) {
        "NONE" => String::new(),
        name => format!(" {name}"),
    }
}
