//! The step before a request executes: finds its partitions and waits until their logs are open.
//!
//! It runs in the order of the connection's requests. Logs are opened on a pool of threads, so a
//! log that has to be recovered first delays neither the executor nor other connections. Errors are
//! not reported here: the handler meets the same error again and puts it into the response.
//!
//! When a log has to be opened, the logs of later requests that have already arrived are opened, too:
//! a client that sends one request for each partition needs many logs, and opening them together is
//! cheaper and uses several threads.

use std::sync::Arc;
use std::vec;

use bytes::Bytes;
use wire::header::RequestHeader;
use wire::messages::delete_records_request::DeleteRecordsRequest;
use wire::messages::fetch_request::FetchRequest;
use wire::messages::list_offsets_request::ListOffsetsRequest;
use wire::messages::offset_for_leader_epoch_request::OffsetForLeaderEpochRequest;
use wire::messages::produce_request::ProduceRequest;
use wire::{Decoder, ErrorCode, Request, Uuid};

use crate::partition::opening::LogsToOpen;
use crate::partition::{Partition, Partitions, TopicName};
use crate::request::Call;

/// How often a request opens its logs at most. Retention can close a log again while the others are
/// opened.
const OPEN_ATTEMPTS_MAX: usize = 5;

/// How many later frames are read ahead.
const AHEAD_MAX: usize = 64;

/// A request that names partitions whose logs it needs.
pub(super) trait NamesPartitions: Request {
    /// Whether it needs the log of a partition that never had records.
    const CHANGES_LOGS: bool;

    /// Visits the partitions in the order of the request.
    fn visit(&self, version: i16, visit: impl FnMut(TopicName<'_>, i32));
}

/// The partitions of a request, in its order.
pub(super) struct Prepared(vec::IntoIter<Result<Arc<Partition>, ErrorCode>>);

impl Prepared {
    /// The next partition of the request.
    ///
    /// # Errors
    /// As [`Partitions::find`].
    pub(super) fn next(&mut self) -> Result<Arc<Partition>, ErrorCode> {
        let next = self.0.next();
        next.unwrap_or(Err(ErrorCode::UnknownTopicOrPartition))
    }
}

/// Finds the partitions of a request and waits until their logs are open. `later` are the frames
/// after the request that have already arrived.
pub(super) async fn prepare<'a, R: NamesPartitions>(
    partitions: &Partitions,
    call: &Call,
    request: &R,
    later: impl Iterator<Item = &'a [u8]>,
) -> Prepared {
    let mut later = later.take(AHEAD_MAX);
    let mut found = Vec::new();
    request.visit(call.version, |topic, number| {
        found.push(partitions.find(topic, number));
    });
    for _ in 0..OPEN_ATTEMPTS_MAX {
        let closed = not_open::<R>(found.iter().flatten());
        if closed.is_empty() {
            break;
        }
        let mut to_open = LogsToOpen::default();
        closed.iter().for_each(|partition| to_open.add(partition));
        if !to_open.is_empty() {
            for next in later.by_ref().filter_map(|frame| decode::<R>(call, frame)) {
                next.visit(call.version, |topic, number| {
                    let found = partitions.find(topic, number);
                    let closed = not_open::<R>(found.iter());
                    closed.iter().for_each(|partition| to_open.add(partition));
                });
            }
        }
        to_open.start();
        for partition in closed {
            let _ = partition.opened().await;
        }
    }
    Prepared(found.into_iter())
}

/// The partitions whose logs the request needs, and which are not open.
fn not_open<'a, R: NamesPartitions>(
    partitions: impl Iterator<Item = &'a Arc<Partition>>,
) -> Vec<Arc<Partition>> {
    let closed = partitions.filter(|partition| match R::CHANGES_LOGS {
        true => !partition.is_opened(),
        false => !partition.is_readable(),
    });
    closed.cloned().collect()
}

/// Decodes a frame if it holds a request of the same kind and version as `call`.
fn decode<R: Request>(call: &Call, frame: &[u8]) -> Option<R> {
    let mut decoder = Decoder::for_frame(Bytes::copy_from_slice(frame));
    let mut header = RequestHeader::decode_fixed(&mut decoder).ok()?;
    let is_same =
        header.request_api_key == call.key as i16 && header.request_api_version == call.version;
    if !is_same {
        return None;
    }
    let header_version = call.key.request_header_version(call.version);
    header.decode_rest(&mut decoder, header_version).ok()?;
    R::decode(&mut decoder, call.version).ok()
}

/// The name of a topic in a request that has ids from version `by_id` on.
fn topic_name(version: i16, by_id: i16, name: &str, id: Uuid) -> TopicName<'_> {
    match version < by_id {
        true => TopicName::Name(name),
        false => TopicName::Id(id),
    }
}

impl NamesPartitions for ProduceRequest {
    const CHANGES_LOGS: bool = true;

    fn visit(&self, version: i16, mut visit: impl FnMut(TopicName<'_>, i32)) {
        for topic in &self.topic_data {
            let name = topic_name(version, 13, &topic.name, topic.topic_id);
            for data in &topic.partition_data {
                visit(name, data.index);
            }
        }
    }
}

impl NamesPartitions for FetchRequest {
    const CHANGES_LOGS: bool = false;

    fn visit(&self, version: i16, mut visit: impl FnMut(TopicName<'_>, i32)) {
        for topic in &self.topics {
            let name = topic_name(version, 13, &topic.topic, topic.topic_id);
            for wanted in &topic.partitions {
                visit(name, wanted.partition);
            }
        }
    }
}

impl NamesPartitions for ListOffsetsRequest {
    const CHANGES_LOGS: bool = false;

    fn visit(&self, _: i16, mut visit: impl FnMut(TopicName<'_>, i32)) {
        for topic in &self.topics {
            for wanted in &topic.partitions {
                visit(TopicName::Name(&topic.name), wanted.partition_index);
            }
        }
    }
}

impl NamesPartitions for DeleteRecordsRequest {
    const CHANGES_LOGS: bool = true;

    fn visit(&self, _: i16, mut visit: impl FnMut(TopicName<'_>, i32)) {
        for topic in &self.topics {
            for wanted in &topic.partitions {
                visit(TopicName::Name(&topic.name), wanted.partition_index);
            }
        }
    }
}

impl NamesPartitions for OffsetForLeaderEpochRequest {
    const CHANGES_LOGS: bool = false;

    fn visit(&self, _: i16, mut visit: impl FnMut(TopicName<'_>, i32)) {
        for topic in &self.topics {
            for wanted in &topic.partitions {
                visit(TopicName::Name(&topic.topic), wanted.partition);
            }
        }
    }
}
