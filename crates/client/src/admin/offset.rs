//! Offsets of partitions: ListOffsets and DeleteRecords.

use std::collections::BTreeMap;

use wire::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use wire::messages::{DeleteRecordsRequest, ListOffsetsRequest};
use wire::{StrBytes, TopicPartition};

use super::{Admin, timeout_ms};
use crate::{Client, Error, IsolationLevel, Result};

/// The offset of a partition to look up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetSpec {
    /// Offset of the first record.
    Earliest,
    /// Offset after the last visible record.
    Latest,
    /// Offset of the record with the largest timestamp.
    MaxTimestamp,
    /// Offset of the first record at or after this time, in milliseconds since the Unix epoch.
    At(i64),
}

impl OffsetSpec {
    fn timestamp(self) -> i64 {
        match self {
            OffsetSpec::Latest => -1,
            OffsetSpec::Earliest => -2,
            OffsetSpec::MaxTimestamp => -3,
            OffsetSpec::At(timestamp) => timestamp,
        }
    }
}

/// The result of an [`OffsetSpec`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedOffset {
    /// The offset; `None` if there is no such record.
    pub offset: Option<i64>,
    /// The record's timestamp, for a look-up by time.
    pub timestamp: Option<i64>,
    /// The leader epoch of the record; −1 if unknown.
    pub leader_epoch: i32,
}

impl Admin {
    /// Finds offsets of partitions.
    ///
    /// # Errors
    /// `UNKNOWN_TOPIC_OR_PARTITION` and other errors of the broker; [`Error::Timeout`].
    pub async fn list_offsets(
        &self,
        wanted: &BTreeMap<TopicPartition, OffsetSpec>,
        isolation: IsolationLevel,
    ) -> Result<BTreeMap<TopicPartition, ListedOffset>> {
        list_offsets(&self.client, wanted, isolation).await
    }

    /// Deletes the records before these offsets (−1: all visible records). Returns the new log start offsets.
    ///
    /// # Errors
    /// `OFFSET_OUT_OF_RANGE` and other errors of the broker; [`Error::Timeout`].
    pub async fn delete_records(
        &self,
        before: &BTreeMap<TopicPartition, i64>,
    ) -> Result<BTreeMap<TopicPartition, i64>> {
        let mut retry = self.client.retry("delete records");
        loop {
            match self.try_delete_records(before).await {
                Ok(log_starts) => return Ok(log_starts),
                Err(error) => {
                    forget(&self.client, before.keys());
                    retry.after(error).await?;
                }
            }
        }
    }

    async fn try_delete_records(
        &self,
        before: &BTreeMap<TopicPartition, i64>,
    ) -> Result<BTreeMap<TopicPartition, i64>> {
        let mut log_starts = BTreeMap::new();
        for (leader, topics) in by_leader(&self.client, before).await? {
            let request = DeleteRecordsRequest {
                topics: topics
                    .into_iter()
                    .map(|(name, partitions)| DeleteRecordsTopic {
                        name,
                        partitions: partitions
                            .into_iter()
                            .map(|partition| DeleteRecordsPartition {
                                partition_index: partition.partition,
                                offset: partition.wanted,
                            })
                            .collect(),
                    })
                    .collect(),
                timeout_ms: timeout_ms(&self.client),
            };
            let response = self.client.broker(leader).await?.request(&request).await?;
            for topic in response.topics {
                for partition in topic.partitions {
                    let key = TopicPartition::new(topic.name.clone(), partition.partition_index);
                    Error::check(partition.error_code, None, || {
                        format!("delete records of {key}")
                    })?;
                    log_starts.insert(key, partition.low_watermark);
                }
            }
        }
        Ok(log_starts)
    }
}

/// Requests offsets from the leaders of partitions, until all have responded.
pub(crate) async fn list_offsets(
    client: &Client,
    wanted: &BTreeMap<TopicPartition, OffsetSpec>,
    isolation: IsolationLevel,
) -> Result<BTreeMap<TopicPartition, ListedOffset>> {
    let mut retry = client.retry("list offsets");
    loop {
        match try_list_offsets(client, wanted, isolation).await {
            Ok(found) => return Ok(found),
            Err(error) => {
                forget(client, wanted.keys());
                retry.after(error).await?;
            }
        }
    }
}

async fn try_list_offsets(
    client: &Client,
    wanted: &BTreeMap<TopicPartition, OffsetSpec>,
    isolation: IsolationLevel,
) -> Result<BTreeMap<TopicPartition, ListedOffset>> {
    let mut found = BTreeMap::new();
    for (leader, topics) in by_leader(client, wanted).await? {
        let request = ListOffsetsRequest {
            replica_id: -1,
            isolation_level: isolation.code(),
            topics: topics
                .into_iter()
                .map(|(name, partitions)| ListOffsetsTopic {
                    name,
                    partitions: partitions
                        .into_iter()
                        .map(|partition| ListOffsetsPartition {
                            partition_index: partition.partition,
                            current_leader_epoch: partition.leader_epoch,
                            timestamp: partition.wanted.timestamp(),
                        })
                        .collect(),
                })
                .collect(),
            timeout_ms: timeout_ms(client),
        };
        let response = client.broker(leader).await?.request(&request).await?;
        for topic in response.topics {
            for partition in topic.partitions {
                let key = TopicPartition::new(topic.name.detached(), partition.partition_index);
                Error::check(partition.error_code, None, || {
                    format!("list offsets of {key}")
                })?;
                let listed = ListedOffset {
                    offset: (partition.offset >= 0).then_some(partition.offset),
                    timestamp: (partition.timestamp >= 0).then_some(partition.timestamp),
                    leader_epoch: partition.leader_epoch,
                };
                found.insert(key, listed);
            }
        }
    }
    Ok(found)
}

/// A partition of a request to its leader, and the offset that is requested for it.
struct LeaderPartition<T> {
    partition: i32,
    leader_epoch: i32,
    wanted: T,
}

/// Groups partitions by leader.
async fn by_leader<T: Copy>(
    client: &Client,
    wanted: &BTreeMap<TopicPartition, T>,
) -> Result<BTreeMap<i32, BTreeMap<StrBytes, Vec<LeaderPartition<T>>>>> {
    let mut leaders: BTreeMap<i32, BTreeMap<StrBytes, Vec<LeaderPartition<T>>>> = BTreeMap::new();
    for (key, &wanted) in wanted {
        let topic = client.topic(&key.topic, false).await?;
        let error = |code: wire::ErrorCode| Error::Broker {
            what: format!("find the leader of {key}"),
            code,
            message: None,
        };
        let partition = topic
            .partition(key.partition)
            .ok_or_else(|| error(wire::ErrorCode::UnknownTopicOrPartition))?;
        let leader = partition
            .leader
            .ok_or_else(|| error(wire::ErrorCode::LeaderNotAvailable))?;
        leaders
            .entry(leader)
            .or_default()
            .entry(key.topic.clone())
            .or_default()
            .push(LeaderPartition {
                partition: key.partition,
                leader_epoch: partition.leader_epoch,
                wanted,
            });
    }
    Ok(leaders)
}

fn forget<'a>(client: &Client, partitions: impl Iterator<Item = &'a TopicPartition>) {
    for partition in partitions {
        client.forget_topic(&partition.topic);
    }
}
