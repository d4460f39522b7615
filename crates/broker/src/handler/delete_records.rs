//! DeleteRecords: moves the log start offsets of partitions, durably.

use std::sync::Arc;

use io::{Pool, Tasks};
use wire::ErrorCode;
use wire::messages::delete_records_request::DeleteRecordsRequest;
use wire::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsResponse, DeleteRecordsTopicResult,
};

use super::prepare::Prepared;
use crate::partition::Partition;
use crate::partition::directories::Directories;
use crate::request::{Call, Reply, later};

pub(super) fn handle(
    mut prepared: Prepared,
    directories: &Arc<Directories>,
    tasks: &Tasks,
    call: &Call,
    request: &DeleteRecordsRequest,
) -> Reply {
    let mut response = DeleteRecordsResponse::default();
    for topic in &request.topics {
        let answers = topic.partitions.iter().map(|requested| {
            let moved = move_log_start(prepared.next(), requested.offset);
            let (low_watermark, error) = match moved {
                Ok(low_watermark) => (low_watermark, ErrorCode::None),
                Err(error) => (-1, error),
            };
            DeleteRecordsPartitionResult {
                partition_index: requested.partition_index,
                low_watermark,
                error_code: error.code(),
            }
        });
        response.topics.push(DeleteRecordsTopicResult {
            name: topic.name.clone(),
            partitions: answers.collect(),
        });
    }
    let (directories, tasks) = (Arc::clone(directories), tasks.clone());
    let call = call.clone();
    later(async move {
        let directories = directories.live();
        let writing = move || {
            directories
                .iter()
                .try_for_each(|directory| directory.write_log_starts())
        };
        if let Err(e) = tasks.blocking(Pool::Request, writing).await {
            tracing::error!("cannot write the checkpoint of log start offsets: {e}");
            let answers = response
                .topics
                .iter_mut()
                .flat_map(|topic| &mut topic.partitions);
            for answer in answers.filter(|answer| answer.error_code == ErrorCode::None.code()) {
                answer.error_code = ErrorCode::KafkaStorageError.code();
                answer.low_watermark = -1;
            }
        }
        call.answer(&response)
    })
}

fn move_log_start(
    partition: Result<Arc<Partition>, ErrorCode>,
    offset: i64,
) -> Result<i64, ErrorCode> {
    let partition = partition?;
    if partition.is_internal() {
        return Err(ErrorCode::InvalidTopicException);
    }
    partition.delete_records_before(offset)
}
