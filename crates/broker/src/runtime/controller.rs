//! The controller: the cluster's facts, and the one way to change them.
//!
//! `metadata` decides which records carry a request out. Here they are appended and synced, then
//! replayed into the next image, then this node's partitions are brought in line with it; then
//! the request is answered. Changes happen one after the other.
//!
//! Holds: an image never shows what is not on disk. A change runs to its end even if whoever
//! asked for it is gone.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use io::Pool;
use metadata::controller::{self, ApiError, NodeFacts, Outcome};
use metadata::{MetadataImage, MetadataRecord};
use parking_lot::Mutex;
use wire::messages::create_topics_request::CreateTopicsRequest;
use wire::messages::create_topics_response::CreateTopicsResponse;
use wire::{ErrorCode, StrBytes, Uuid};

use super::hosting;
use super::metadata_cache::MetadataCache;
use super::metadata_log::{MetadataLog, MetadataLogError};
use crate::node::Node;

/// The cluster's facts.
#[derive(Debug)]
pub(crate) struct Controller {
    metadata: Arc<MetadataCache>,
    log: Arc<Mutex<MetadataLog>>,
    /// Whoever holds it makes the next change.
    turn: tokio::sync::Mutex<()>,
}

impl Controller {
    /// Takes an opened log and what it says so far.
    pub(crate) fn new(log: MetadataLog, image: MetadataImage) -> Controller {
        Controller {
            metadata: Arc::new(MetadataCache::new(image)),
            log: Arc::new(Mutex::new(log)),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    /// The facts as of now.
    pub(crate) fn image(&self) -> Arc<MetadataImage> {
        self.metadata.image()
    }

    /// The image, for parts that only read it.
    pub(crate) fn metadata(&self) -> &Arc<MetadataCache> {
        &self.metadata
    }

    /// Carries out what `decide` decides, given the facts and this node's settings.
    ///
    /// # Errors
    /// What `decide` refused; `KAFKA_STORAGE_ERROR` if the decision cannot be written down.
    pub(crate) async fn change<R, D>(&self, node: &Arc<Node>, decide: D) -> Result<R, ApiError>
    where
        R: Send + 'static,
        D: FnOnce(&MetadataImage, NodeFacts<'_>) -> Result<Outcome<R>, ApiError> + Send + 'static,
    {
        let changing = change(Arc::clone(node), decide);
        // In a task of its own: the connection that asked may close half way.
        match node
            .io
            .tasks
            .spawn_critical("metadata change", changing)
            .await
        {
            Ok(result) => result,
            Err(_) => Err(ErrorCode::UnknownServerError.into()),
        }
    }

    /// Creates topics.
    pub(crate) async fn create_topics(
        &self,
        node: &Arc<Node>,
        request: CreateTopicsRequest,
    ) -> Result<CreateTopicsResponse, ApiError> {
        let rng = node.io.rng.clone();
        self.change(node, move |image, facts| {
            let mut random_id = || Uuid(rng.uuid());
            Ok(controller::topics::create(
                image,
                &request,
                facts,
                &mut random_id,
            ))
        })
        .await
    }

    /// Creates topics that somebody named, with the broker's defaults; Kafka's own topics with
    /// the shape those have. Refusals are only logged: the topic goes on not to exist.
    pub(crate) async fn create_missing(&self, node: &Arc<Node>, names: Vec<StrBytes>) {
        let topics = names
            .iter()
            .map(|name| super::groups::topic_shape(&node.config.offsets_topic, name))
            .collect();
        let request = CreateTopicsRequest {
            topics,
            ..Default::default()
        };
        match self.create_topics(node, request).await {
            Ok(response) => {
                for topic in response.topics {
                    let error = ErrorCode::from_code(topic.error_code);
                    if error != ErrorCode::None && error != ErrorCode::TopicAlreadyExists {
                        tracing::warn!("topic {} was not created: {}", topic.name, error.message());
                    }
                }
            }
            Err(e) => tracing::error!("topics were not created: {}", e.code.message()),
        }
    }

    /// Waits until the change under way, if there is one, is made.
    pub(crate) async fn quiesced(&self) {
        drop(self.turn.lock().await);
    }

    /// Closes the log; whether that worked. Blocks on the disk.
    pub(crate) fn close(&self) -> bool {
        match self.log.lock().close() {
            Ok(()) => true,
            Err(e) => {
                tracing::error!("the cluster's facts cannot be closed: {e}");
                false
            }
        }
    }

    /// Sets producer ids aside for this node.
    pub(crate) async fn allocate_producer_ids(
        &self,
        node: &Arc<Node>,
    ) -> Result<Range<i64>, ErrorCode> {
        let allocated = self
            .change(node, |image, facts| {
                let broker = image.cluster().brokers().get(&facts.node_id);
                let epoch = broker.map_or(-1, |broker| broker.epoch);
                controller::producer_ids::allocate(image, facts.node_id, epoch)
            })
            .await;
        match allocated {
            Ok(block) => {
                Ok(block.first_producer_id..block.first_producer_id + i64::from(block.size))
            }
            Err(e) => Err(e.code),
        }
    }
}

async fn change<R, D>(node: Arc<Node>, decide: D) -> Result<R, ApiError>
where
    D: FnOnce(&MetadataImage, NodeFacts<'_>) -> Result<Outcome<R>, ApiError>,
{
    let controller = &node.controller;
    let _turn = controller.turn.lock().await;
    let before = controller.image();
    let facts = NodeFacts {
        node_id: node.config.node_id,
        static_config: node.config.properties(),
    };
    let Outcome {
        mut records,
        response,
    } = decide(&before, facts)?;
    if records.is_empty() {
        return Ok(response);
    }
    node.directories.assign(node.config.node_id, &mut records);
    let log = Arc::clone(&controller.log);
    let now_ms = node.io.clock.now_ms();
    let written = node
        .io
        .tasks
        .blocking(Pool::Request, move || {
            let mut log = log.lock();
            let after = log.append(&before, &records, now_ms);
            let failure = log.failure().map(str::to_owned);
            (after, before, records, failure)
        })
        .await;
    let (after, before, records) = match written {
        (Ok(after), before, records, _) => (Arc::new(after), before, records),
        (Err(e), _, _, failure) => {
            tracing::error!("the cluster's facts cannot be changed: {e}");
            if let Some(why) = failure {
                node.directories.facts_failed(why);
            }
            return Err(ErrorCode::KafkaStorageError.into());
        }
    };
    hosting::apply(&node, &before, &after, &records).await;
    let deleted: Vec<StrBytes> = records
        .iter()
        .filter_map(|record| match record {
            MetadataRecord::RemoveTopic(topic) => before.topics().by_id(topic.topic_id),
            _ => None,
        })
        .map(|topic| topic.name.clone())
        .collect();
    controller.metadata.publish(after);
    if !deleted.is_empty() {
        node.groups.on_topics_deleted(&deleted);
    }
    Ok(response)
}

/// The records of a starting broker: the cluster's first ones if there are none yet, its
/// registration, and its return to leading what it led.
pub(crate) fn start(
    log: &mut MetadataLog,
    mut image: MetadataImage,
    broker: &controller::brokers::BrokerFacts,
    static_config: &BTreeMap<String, String>,
    now_ms: i64,
) -> Result<MetadataImage, MetadataLogError> {
    if image
        .features()
        .level(metadata::image::METADATA_VERSION_FEATURE)
        == 0
    {
        image = log.append(&image, &controller::bootstrap::records(), now_ms)?;
    }
    let node = NodeFacts {
        node_id: broker.id,
        static_config,
    };
    let configs = controller::configs::eligible_leader_replicas_records(&image, node);
    if !configs.is_empty() {
        image = log.append(&image, &configs, now_ms)?;
    }
    let registered = controller::brokers::register(broker, log.next_offset());
    image = log.append(&image, &registered.records, now_ms)?;
    let unfenced = controller::brokers::unfence(&image, broker.id, registered.response)
        .unwrap_or_else(|e| unreachable!("the broker has just been registered: {e:?}"));
    log.append(&image, &unfenced.records, now_ms)
}
