//! Consumer groups: which shard a request goes to, and the topic they are all kept in.
//!
//! A shard is one partition of `__consumer_offsets` and one task ([`super::group_shard`]). It is
//! started when somebody first asks for one of its groups, or at once if there are any.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use coordinator::group::{Context, GroupRequest, GroupResponse, merge, partition_for, split};
use futures::future::join_all;
use io::Task;
use metadata::image::TopicImage;
use metadata::topic_name;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use wire::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use wire::{ErrorCode, StrBytes};

use super::controller::default_shape;
use super::group_shard::{self, Ask, DeletedTopics};
use crate::node::Node;
use crate::partition::{Partition, TopicName};
use crate::request::{Call, Refusal};

/// The groups of this broker.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// The shards that run, by partition.
    shards: Mutex<BTreeMap<i32, Shard>>,
}

/// A shard that runs.
#[derive(Debug)]
struct Shard {
    mailbox: mpsc::UnboundedSender<Ask>,
    deleted_topics: Arc<DeletedTopics>,
    task: Task,
}

impl Groups {
    /// Whether there is a topic to keep groups in.
    pub(crate) fn is_ready(&self, node: &Node) -> bool {
        topic(node).is_some()
    }

    /// Whether what there is about a group lies in a log directory that is offline.
    pub(crate) fn is_offline(&self, node: &Node, group: &str) -> bool {
        let partitions = topic(node).map_or(0, |topic| topic.partitions.len() as i32);
        if partitions == 0 {
            return false;
        }
        let name = TopicName::Name(topic_name::CONSUMER_OFFSETS);
        let number = partition_for(group, partitions);
        let found = node.partitions.find(name, number);
        found.is_ok_and(|partition| partition.directory().is_offline())
    }

    /// Makes the topic groups are kept in, if it is missing.
    pub(crate) async fn prepare(&self, node: &Arc<Node>) -> Result<(), Refusal> {
        if !self.is_ready(node) {
            let name = StrBytes::from_static(topic_name::CONSUMER_OFFSETS);
            node.controller.create_missing(node, vec![name]).await;
        }
        match self.is_ready(node) {
            true => Ok(()),
            false => Err(ErrorCode::CoordinatorNotAvailable.into()),
        }
    }

    /// Starts the shards that have something to remember.
    pub(crate) fn start(&self, node: &Arc<Node>) {
        for (number, partition) in existing(node) {
            self.mailbox(node, number, partition);
        }
    }

    /// Waits until every shard has ended, which they do when the broker stops.
    pub(crate) async fn ended(&self) {
        let shards = std::mem::take(&mut *self.shards.lock());
        for shard in shards.into_values() {
            let _ = shard.task.await;
        }
    }

    /// Removes the committed offsets of deleted topics, in the background.
    ///
    /// Call this after the image without the topics is visible: from then on no offset is committed
    /// to them. A shard that does not run compares its offsets with the image when it loads.
    pub(crate) fn on_topics_deleted(&self, names: &[StrBytes]) {
        for shard in self.shards.lock().values() {
            shard.deleted_topics.add(names);
        }
    }

    /// Asks the shards that `request` concerns, in the order of calls; the future waits for their
    /// answers. The request is in its own version, and so is the answer.
    pub(crate) fn ask(
        &self,
        node: &Arc<Node>,
        call: &Call,
        request: GroupRequest,
    ) -> impl Future<Output = GroupResponse> + Send + use<> {
        let version = call.version;
        let request = request.upgraded(version);
        let mut parts = Vec::new();
        for (number, part) in parts_of(node, &request) {
            let refused = part.error_response(ErrorCode::NotCoordinator);
            let answer = self.post(node, call, number, part);
            parts.push(async move {
                match answer {
                    Some(answer) => answer.await.unwrap_or(refused),
                    None => refused,
                }
            });
        }
        async move { merge(&request, join_all(parts).await).downgraded(version) }
    }

    /// Puts a request into a shard's mailbox. `None` if there is no such shard.
    fn post(
        &self,
        node: &Arc<Node>,
        call: &Call,
        number: i32,
        request: GroupRequest,
    ) -> Option<oneshot::Receiver<GroupResponse>> {
        let name = TopicName::Name(topic_name::CONSUMER_OFFSETS);
        let partition = node.partitions.find(name, number).ok()?;
        let (reply, answer) = oneshot::channel();
        let context = Context {
            api_version: call.version,
            client_id: call
                .client_id
                .as_ref()
                .map(StrBytes::detached)
                .unwrap_or_default(),
            client_host: call.peer.host().into(),
            now_ms: node.io.clock.now_ms(),
            random: node.io.rng.bytes(),
        };
        let ask = Ask {
            request,
            context,
            reply,
            memory: call.memory.clone(),
        };
        self.mailbox(node, number, partition).send(ask).ok()?;
        Some(answer)
    }

    /// The mailbox of a shard, which is started if it does not run.
    fn mailbox(
        &self,
        node: &Arc<Node>,
        number: i32,
        partition: Arc<Partition>,
    ) -> mpsc::UnboundedSender<Ask> {
        let mut shards = self.shards.lock();
        match shards.get(&number) {
            Some(shard) if !shard.mailbox.is_closed() => shard.mailbox.clone(),
            _ => {
                // Each message holds the permit for the bytes of its request: that is the bound.
                let (mailbox, asked) = mpsc::unbounded_channel();
                let deleted_topics = Arc::new(DeletedTopics::default());
                let running = group_shard::run(
                    Arc::clone(node),
                    partition,
                    asked,
                    Arc::clone(&deleted_topics),
                );
                let task = node.io.tasks.spawn_critical("group shard", running);
                let shard = Shard {
                    mailbox: mailbox.clone(),
                    deleted_topics,
                    task,
                };
                shards.insert(number, shard);
                mailbox
            }
        }
    }
}

fn topic(node: &Node) -> Option<Arc<TopicImage>> {
    node.image()
        .topics()
        .by_name(topic_name::CONSUMER_OFFSETS)
        .cloned()
}

/// The parts of a request, by partition. What is about all groups goes only where there may be some.
fn parts_of(node: &Node, request: &GroupRequest) -> BTreeMap<i32, GroupRequest> {
    let partitions = topic(node).map_or(0, |topic| topic.partitions.len() as i32);
    if let GroupRequest::ListGroups(_) = request {
        return existing(node)
            .into_iter()
            .map(|(number, _)| (number, request.clone()))
            .collect();
    }
    match partitions {
        // Nobody is a coordinator yet.
        0 => BTreeMap::from([(0, request.clone())]),
        partitions => split(request.clone(), partitions),
    }
}

/// The partitions that hold, or held, groups.
fn existing(node: &Node) -> Vec<(i32, Arc<Partition>)> {
    let Some(topic) = topic(node) else {
        return Vec::new();
    };
    let partitions = node.partitions.of_topic(topic.id).into_iter();
    partitions
        .filter(|partition| partition.directory().holds(partition.id()))
        .map(|partition| (partition.id().partition, partition))
        .collect()
}

/// The shape of a topic that is made because somebody needs it: Kafka's own have theirs, all
/// others get the broker's defaults.
pub(super) fn topic_shape(node: &Node, name: &StrBytes) -> CreatableTopic {
    if **name != *topic_name::CONSUMER_OFFSETS {
        return default_shape(name);
    }
    let settings = &node.config.offsets_topic;
    let config = |name: &str, value: &str| CreatableTopicConfig {
        name: name.into(),
        value: Some(value.into()),
    };
    CreatableTopic {
        name: name.clone(),
        num_partitions: settings.partitions,
        // As many as asked for, but no more than there are brokers.
        replication_factor: 1,
        configs: vec![
            config("cleanup.policy", "compact"),
            config("compression.type", "producer"),
            config("segment.bytes", &settings.segment_bytes.to_string()),
        ],
        ..Default::default()
    }
}
