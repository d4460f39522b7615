//! DeleteRecords: moves the log start offsets of partitions, durably.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use io::{Pool, Tasks};
use wire::ErrorCode;
use wire::messages::delete_records_request::DeleteRecordsRequest;
use wire::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsResponse, DeleteRecordsTopicResult,
};

use super::prepare::Prepared;
use crate::partition::Partition;
use crate::partition::directory::Directory;
use crate::request::{Call, Reply, later};

pub(super) fn handle(
    mut prepared: Prepared,
    tasks: &Tasks,
    call: &Call,
    request: &DeleteRecordsRequest,
) -> Reply {
    let mut response = DeleteRecordsResponse::default();
    // The directories of the answers without an error, in the same order.
    let mut moved = Vec::new();
    for topic in &request.topics {
        let answers = topic.partitions.iter().map(|requested| {
            let number = requested.partition_index;
            match move_log_start(prepared.next(), requested.offset) {
                Ok((directory, low_watermark)) => {
                    moved.push(directory);
                    result(number, low_watermark, ErrorCode::None)
                }
                Err(error) => result(number, -1, error),
            }
        });
        response.topics.push(DeleteRecordsTopicResult {
            name: topic.name.clone(),
            partitions: answers.collect(),
        });
    }
    let (tasks, call) = (tasks.clone(), call.clone());
    later(async move {
        let writing = move || write_log_starts(&moved);
        let mut written = tasks.blocking(Pool::Request, writing).await.into_iter();
        let topics = response.topics.iter_mut();
        for answer in topics.flat_map(|topic| &mut topic.partitions) {
            let is_moved = answer.error_code == ErrorCode::None.code();
            if is_moved && written.next() == Some(false) {
                *answer = result(answer.partition_index, -1, ErrorCode::KafkaStorageError);
            }
        }
        call.answer(&response)
    })
}

fn result(
    partition_index: i32,
    low_watermark: i64,
    error: ErrorCode,
) -> DeleteRecordsPartitionResult {
    DeleteRecordsPartitionResult {
        partition_index,
        low_watermark,
        error_code: error.code(),
    }
}

/// Writes the checkpoint of each of the directories. Says for each whether its offsets are durable.
/// Blocks on the disk.
fn write_log_starts(directories: &[Arc<Directory>]) -> Vec<bool> {
    let mut written: BTreeMap<&Path, bool> = BTreeMap::new();
    for directory in directories {
        written.entry(directory.path()).or_insert_with(|| {
            let written = directory.write_log_starts();
            let report = |e: &std::io::Error| {
                tracing::error!("cannot write the checkpoint of log start offsets: {e}");
            };
            written.inspect_err(report).is_ok()
        });
    }
    let results = directories.iter().map(|of| written[of.path()]);
    results.collect()
}

/// Moves the log start of a partition. Returns its log directory and the new log start.
fn move_log_start(
    partition: Result<Arc<Partition>, ErrorCode>,
    offset: i64,
) -> Result<(Arc<Directory>, i64), ErrorCode> {
    let partition = partition?;
    if partition.is_internal() {
        return Err(ErrorCode::InvalidTopicException);
    }
    let log_start = partition.delete_records_before(offset)?;
    Ok((Arc::clone(partition.directory()), log_start))
}
