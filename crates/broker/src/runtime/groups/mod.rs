//! Consumer groups: runs the shards of the group coordinator, and passes each request to its shard
//! (Kafka's `GroupCoordinatorService`).
//!
//! A shard is one partition of `__consumer_offsets`, one task ([`shard`]) and a bounded mailbox
//! ([`mailbox`]). It starts with the broker if its partition has records, else when a request first
//! needs it.

mod batches;
mod image;
mod loading;
mod mailbox;
mod offsets_topic;
mod pending_responses;
mod shard;
mod timers;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use coordinator::group::{
    Context, GroupConfig, GroupRequest, GroupResponse, merge, partition_for, split,
};
use futures::future::join_all;
use io::{Io, Task};
use metadata::image::TopicImage;
use metadata::topic_name;
use parking_lot::Mutex;
use tokio::sync::oneshot;
use wire::{ErrorCode, StrBytes};

use self::mailbox::{Mailbox, Message};
pub(crate) use self::offsets_topic::topic_shape;
use super::metadata_cache::MetadataCache;
use crate::partition::{Partition, Partitions, TopicName};
use crate::request::Call;

/// The group coordinator of this broker.
#[derive(Debug)]
pub(crate) struct Groups {
    environment: Arc<Environment>,
    partitions: Arc<Partitions>,
    shards: Mutex<Shards>,
}

/// The parts of the broker that a shard uses.
#[derive(Debug)]
struct Environment {
    io: Io,
    config: GroupConfig,
    metadata: Arc<MetadataCache>,
}

#[derive(Debug, Default)]
struct Shards {
    /// By partition of `__consumer_offsets`.
    running: BTreeMap<i32, Shard>,
    /// Tasks of shards whose mailbox was closed.
    ending: Vec<Task>,
    /// The broker stops: no more shards are started.
    is_stopped: bool,
}

#[derive(Debug)]
struct Shard {
    partition: Arc<Partition>,
    mailbox: Mailbox,
    task: Task,
}

impl Groups {
    pub(crate) fn new(
        io: Io,
        config: GroupConfig,
        partitions: &Arc<Partitions>,
        metadata: &Arc<MetadataCache>,
    ) -> Groups {
        Groups {
            environment: Arc::new(Environment {
                io,
                config,
                metadata: Arc::clone(metadata),
            }),
            partitions: Arc::clone(partitions),
            shards: Mutex::default(),
        }
    }

    /// Whether `__consumer_offsets` exists.
    pub(crate) fn is_available(&self) -> bool {
        self.topic().is_some()
    }

    /// Whether the shard of `group` is in a log directory that is offline.
    pub(crate) fn is_offline(&self, group: &str) -> bool {
        let Some(topic) = self.topic() else {
            return false;
        };
        let number = partition_for(group, topic.partitions.len() as i32);
        self.partition(number)
            .is_some_and(|partition| partition.directory().is_offline())
    }

    /// Starts the shards whose partition has records.
    pub(crate) fn start(&self) {
        for (number, partition) in self.partitions_with_records() {
            self.mailbox(number, &partition);
        }
    }

    /// Tells the shards to end. Requests that wait for other members are answered at once.
    pub(crate) fn stop(&self) {
        let mut shards = self.shards.lock();
        shards.is_stopped = true;
        for shard in std::mem::take(&mut shards.running).into_values() {
            shards.ending.push(shard.task);
        }
    }

    /// Waits until every shard has ended after [`Groups::stop`].
    pub(crate) async fn ended(&self) {
        let ending = std::mem::take(&mut self.shards.lock().ending);
        for task in ending {
            let _ = task.await;
        }
    }

    /// Removes the committed offsets of deleted topics, in the background.
    ///
    /// Call this after the image without the topics is published: from then on no offset is
    /// committed to them. A shard that is not running compares its offsets with the image when it
    /// loads.
    pub(crate) fn on_topics_deleted(&self, names: &[StrBytes]) {
        for shard in self.shards.lock().running.values() {
            shard.mailbox.add_deleted_topics(names);
        }
    }

    /// Sends a request to the shards of its groups. The future is ready when they have answered.
    ///
    /// Requests and responses are in the version of the call. Requests of one connection reach a
    /// shard in the order in which this function is called. The future of a request that waits for
    /// other members keeps no part of the request.
    pub(crate) fn request(
        &self,
        call: &Call,
        request: GroupRequest,
    ) -> impl Future<Output = GroupResponse> + Send + use<> {
        let version = call.version;
        let request = request.upgraded(version);
        let merged = request.is_about_several_groups().then(|| request.clone());
        let mut responses = Vec::new();
        for (number, part) in self.parts(request) {
            let refusal = part.error_response(ErrorCode::NotCoordinator);
            let response = self.send(call, number, part);
            responses.push(async move {
                match response {
                    Some(response) => response.await.unwrap_or(refusal),
                    None => refusal,
                }
            });
        }
        async move {
            let mut responses = join_all(responses).await;
            let response = match merged {
                Some(request) => merge(&request, responses),
                None => responses.remove(0),
            };
            response.downgraded(version)
        }
    }

    /// The parts of a request, by the partition of their shard.
    fn parts(&self, request: GroupRequest) -> BTreeMap<i32, GroupRequest> {
        if matches!(request, GroupRequest::ListGroups(_)) {
            let shards = self.partitions_with_records().into_iter();
            return shards
                .map(|(number, _)| (number, request.clone()))
                .collect();
        }
        match self.topic() {
            Some(topic) => split(request, topic.partitions.len() as i32),
            // There is no shard yet that could answer it.
            None => BTreeMap::from([(0, request)]),
        }
    }

    /// Puts a request into the mailbox of a shard. `None` if there is no such shard. The future is
    /// ready with `None` if the shard ended before it answered.
    fn send(
        &self,
        call: &Call,
        number: i32,
        request: GroupRequest,
    ) -> Option<impl Future<Output = Option<GroupResponse>> + Send + use<>> {
        let partition = self.partition(number)?;
        let mailbox = self.mailbox(number, &partition)?;
        let io = &self.environment.io;
        let client_id = call.client_id.as_ref().map(StrBytes::detached);
        let context = Context {
            api_version: call.version,
            client_id: client_id.unwrap_or_default(),
            client_host: call.peer.host().into(),
            now_ms: io.clock.now_ms(),
            random: io.rng.bytes(),
        };
        let (reply, response) = oneshot::channel();
        let sending = mailbox.send(Message {
            request,
            context,
            reply,
            memory: call.memory.clone(),
        });
        Some(async move {
            sending.await;
            response.await.ok()
        })
    }

    /// The mailbox of a shard, which is started if it is not running. `None` if the broker stops.
    fn mailbox(&self, number: i32, partition: &Arc<Partition>) -> Option<Mailbox> {
        let mut shards = self.shards.lock();
        if shards.is_stopped {
            return None;
        }
        if let Some(shard) = shards.running.get(&number) {
            // The topic may have been deleted and created again.
            if Arc::ptr_eq(&shard.partition, partition) && !shard.mailbox.is_closed() {
                return Some(shard.mailbox.clone());
            }
        }
        let (mailbox, inbox) = mailbox::mailbox();
        let environment = Arc::clone(&self.environment);
        let running = shard::run(environment, Arc::clone(partition), inbox);
        let task = self
            .environment
            .io
            .tasks
            .spawn_critical("group shard", running);
        let shard = Shard {
            partition: Arc::clone(partition),
            mailbox: mailbox.clone(),
            task,
        };
        if let Some(previous) = shards.running.insert(number, shard) {
            shards.ending.retain(|task| !task.is_finished());
            shards.ending.push(previous.task);
        }
        Some(mailbox)
    }

    fn topic(&self) -> Option<Arc<TopicImage>> {
        let image = self.environment.metadata.image();
        image
            .topics()
            .by_name(topic_name::CONSUMER_OFFSETS)
            .cloned()
    }

    fn partition(&self, number: i32) -> Option<Arc<Partition>> {
        let name = TopicName::Name(topic_name::CONSUMER_OFFSETS);
        self.partitions.find(name, number).ok()
    }

    /// Partitions of `__consumer_offsets` that have ever had records, by number.
    fn partitions_with_records(&self) -> Vec<(i32, Arc<Partition>)> {
        let Some(topic) = self.topic() else {
            return Vec::new();
        };
        let partitions = self.partitions.of_topic(topic.id).into_iter();
        partitions
            .filter(|partition| !partition.is_empty())
            .map(|partition| (partition.id().partition, partition))
            .collect()
    }
}
