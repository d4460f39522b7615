//! Fetch: reads below the high watermark (or last stable offset); waits for data if the request
//! allows it.
//!
//! Incremental sessions are declined: the response has session id 0, and clients keep sending full
//! requests. Data is passed on as ranges of segment files.
//!
//! Each time, another partition is read first, so that a small `max_bytes` is not always used up by
//! the same one. The response keeps the order of the request.

use std::sync::Arc;
use std::time::Duration;

use io::{Chunk, Clock, Io, Pool, Tasks};
use log::Available;
use tokio::sync::Notify;
use wire::messages::fetch_request::{FetchPartition, FetchRequest};
use wire::messages::fetch_response::{
    AbortedTransaction, EpochEndOffset, FetchResponse, FetchableTopicResponse, PartitionData,
};
use wire::{ErrorCode, Records, StrBytes, Uuid};

use super::prepare::Prepared;
use crate::config::BrokerConfig;
use crate::event::OneTimeEvent;
use crate::partition::Partition;
use crate::partition::read::{Isolation, Read, ReadLimits};
use crate::request::{Answer, Call, Reply, later};

/// The session epoch of a request that wants no session.
const FINAL_EPOCH: i32 = -1;

/// How long after the stop of the broker a waiting fetch is answered. Its connection is then no
/// longer read, so that the client cannot send the next fetch at once.
const ANSWER_AFTER_STOP: Duration = Duration::from_millis(100);

/// Bytes that a waiting fetch needs per partition, apart from [`Wanted`]: an entry among the
/// partition's waiters, and the partition's part of the response.
const WAITING_PARTITION_BYTES: usize = 64 + size_of::<PartitionData>();

pub(super) fn handle(
    prepared: Prepared,
    config: &BrokerConfig,
    io: &Io,
    stop: &OneTimeEvent<()>,
    call: &Call,
    request: FetchRequest,
) -> Reply {
    if request.session_id != 0 && request.session_epoch != FINAL_EPOCH {
        return call.now(&FetchResponse {
            error_code: ErrorCode::FetchSessionIdNotFound.code(),
            ..Default::default()
        });
    }
    let wait_ms = request.max_wait_ms;
    let mut fetch = Fetch::new(prepared, config.fetch_bytes_max, call, request);
    let round = match fetch.read(Source::Cache) {
        Some(round) if round.is_enough => return Reply::Now(fetch.answer(round)),
        round => round,
    };
    let tasks = io.tasks.clone();
    let Some(memory) = call.peer.waiting.take(fetch.bytes_in_memory()) else {
        return match round {
            Some(round) => Reply::Now(fetch.answer(round)),
            None => later(async move {
                let fetch = Arc::new(fetch);
                let round = fetch.read_anywhere(&tasks).await;
                fetch.answer(round)
            }),
        };
    };
    drop(round);
    fetch.detach();
    let longest = longest_wait(wait_ms, config.connection_idle_ms);
    let (clock, stopped) = (io.clock.clone(), stop.happened());
    later(async move {
        let _memory = memory;
        Arc::new(fetch).wait(longest, &clock, &tasks, stopped).await
    })
}

/// How long a fetch waits at most: what the client requested, but no more than half of
/// `connections.max.idle.ms`, so that its connection is not closed as idle meanwhile. Kafka has no
/// such bound.
fn longest_wait(max_wait_ms: i32, connection_idle_ms: i64) -> Duration {
    let wanted = u64::try_from(max_wait_ms).unwrap_or(0);
    let allowed = match u64::try_from(connection_idle_ms) {
        Ok(idle) => idle / 2,
        // Connections are never closed as idle.
        Err(_) => u64::MAX,
    };
    Duration::from_millis(wanted.min(allowed))
}

/// A topic of the request, as the response names it.
struct Topic {
    name: StrBytes,
    id: Uuid,
}

/// A partition of the request.
struct Wanted {
    /// Index into [`Fetch::topics`].
    topic: usize,
    partition: FetchPartition,
    found: Result<Arc<Partition>, ErrorCode>,
}

/// Where records are read from.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// From memory: the records were written recently, or are in the page cache.
    Cache,
    /// From the disk, which may take long.
    Disk,
}

/// One reading of all partitions.
#[derive(Default)]
struct Round {
    /// In the order of [`Fetch::wanted`]: the response for each partition, and its records.
    parts: Vec<(PartitionData, Vec<Chunk>)>,
    bytes: u64,
    /// A partition has something to report that must not wait: an error or a diverging epoch.
    is_urgent: bool,
    /// The response need not wait for more.
    is_enough: bool,
}

struct Fetch {
    call: Call,
    isolation: Isolation,
    /// 0 if the fetch does not wait.
    min_bytes: u64,
    max_bytes: usize,
    topics: Vec<Topic>,
    wanted: Vec<Wanted>,
    /// Index of the partition that is read first.
    first: usize,
}

impl Fetch {
    fn new(
        mut prepared: Prepared,
        response_bytes_max: usize,
        call: &Call,
        request: FetchRequest,
    ) -> Fetch {
        let mut topics = Vec::with_capacity(request.topics.len());
        let mut wanted = Vec::new();
        for topic in request.topics {
            for partition in topic.partitions {
                let found = prepared.next().and_then(|found| {
                    found.check_leader_epoch(partition.current_leader_epoch)?;
                    Ok(found)
                });
                wanted.push(Wanted {
                    topic: topics.len(),
                    partition,
                    found,
                });
            }
            topics.push(Topic {
                name: topic.topic,
                id: topic.topic_id,
            });
        }
        let first = match wanted.len() {
            0 | 1 => 0,
            n => call.correlation_id.unsigned_abs() as usize % n,
        };
        let max_bytes = usize::try_from(request.max_bytes).unwrap_or(0);
        let max_bytes = max_bytes.min(response_bytes_max);
        let min_bytes = match request.max_wait_ms {
            1.. if !wanted.is_empty() => u64::try_from(request.min_bytes).unwrap_or(0),
            _ => 0,
        };
        // As in Kafka: the fetch does not wait for more than it can return.
        let min_bytes = min_bytes.min(max_bytes as u64);
        Fetch {
            call: call.clone(),
            isolation: match request.isolation_level {
                0 => Isolation::ReadUncommitted,
                _ => Isolation::ReadCommitted,
            },
            min_bytes,
            max_bytes,
            topics,
            wanted,
            first,
        }
    }

    /// Waits until the logs are open: a log that is not used may be closed during a long wait.
    async fn open(&self) {
        for partition in self.wanted.iter().filter_map(|w| w.found.as_ref().ok()) {
            // The read meets the same error.
            let _ = partition.readable().await;
        }
    }

    /// Reads every partition once; on a thread of a pool if records are not in memory.
    async fn read_anywhere(self: &Arc<Self>, tasks: &Tasks) -> Round {
        if let Some(round) = self.read(Source::Cache) {
            return round;
        }
        let fetch = Arc::clone(self);
        let reading = move || fetch.read(Source::Disk).unwrap_or_default();
        tasks.blocking(Pool::Request, reading).await
    }

    /// Reads every partition once, without waiting for other clients. `None` with [`Source::Cache`]
    /// if the disk has to be read.
    fn read(&self, source: Source) -> Option<Round> {
        let mut left = self.max_bytes;
        let mut round = Round::default();
        let mut parts: Vec<Option<(PartitionData, Vec<Chunk>)>> =
            self.wanted.iter().map(|_| None).collect();
        for nth in 0..self.wanted.len() {
            let index = (self.first + nth) % self.wanted.len();
            let wanted = &self.wanted[index];
            let limits = ReadLimits {
                bytes_max: left
                    .min(usize::try_from(wanted.partition.partition_max_bytes).unwrap_or(0)),
                // The first batch found is returned whole, even if it is larger than the limits.
                // Otherwise it would stop a consumer for ever.
                at_least_one: round.bytes == 0 && self.max_bytes > 0,
            };
            let part = match self.read_partition(wanted, source, limits) {
                Ok(None) => return None,
                Ok(Some((data, records))) => {
                    let bytes: u64 = records.iter().map(Chunk::len).sum();
                    left = left.saturating_sub(bytes as usize);
                    round.bytes += bytes;
                    round.is_urgent |= data.diverging_epoch != EpochEndOffset::default();
                    (data, records)
                }
                Err(error) => {
                    round.is_urgent = true;
                    (refusal(&wanted.partition, error), Vec::new())
                }
            };
            parts[index] = Some(part);
        }
        round.parts = parts.into_iter().flatten().collect();
        round.is_enough = self.is_enough(&round, source)?;
        Some(round)
    }

    fn read_partition(
        &self,
        wanted: &Wanted,
        source: Source,
        limits: ReadLimits,
    ) -> Result<Option<(PartitionData, Vec<Chunk>)>, ErrorCode> {
        let partition = wanted.found.as_ref().map_err(|error| *error)?;
        let offset = wanted.partition.fetch_offset;
        if let Some(diverging) = diverging_epoch(partition, &wanted.partition)? {
            let bounds = partition.bounds()?;
            let data = PartitionData {
                high_watermark: bounds.high_watermark,
                last_stable_offset: bounds.last_stable,
                log_start_offset: bounds.log_start,
                diverging_epoch: diverging,
                ..self.partition_data(wanted, &[], 0)
            };
            return Ok(Some((data, Vec::new())));
        }
        let read = match source {
            Source::Cache => partition.read_cached(offset, self.isolation, limits)?,
            Source::Disk => Some(partition.read_from_disk(offset, self.isolation, limits)?),
        };
        let Some(Read {
            records,
            high_watermark,
            last_stable_offset,
            log_start_offset,
            aborted,
        }) = read
        else {
            return Ok(None);
        };
        let bytes = records.iter().map(Chunk::len).sum();
        let data = PartitionData {
            high_watermark,
            last_stable_offset,
            log_start_offset,
            ..self.partition_data(wanted, &aborted, bytes)
        };
        Ok(Some((data, records)))
    }

    fn partition_data(
        &self,
        wanted: &Wanted,
        aborted: &[log::AbortedTransaction],
        bytes: u64,
    ) -> PartitionData {
        let aborted = aborted.iter().map(|aborted| AbortedTransaction {
            producer_id: aborted.producer_id,
            first_offset: aborted.first_offset,
        });
        PartitionData {
            partition_index: wanted.partition.partition,
            aborted_transactions: match self.isolation {
                Isolation::ReadUncommitted => None,
                Isolation::ReadCommitted => Some(aborted.collect()),
            },
            records: match bytes {
                0 => Records::Bytes(bytes::Bytes::new()),
                bytes => Records::Elsewhere(bytes),
            },
            ..Default::default()
        }
    }

    /// Whether the response need not wait for more. `None` with [`Source::Cache`] if that has to be
    /// read from the disk.
    ///
    /// As in Kafka's `DelayedFetch`, bytes count that the reader may see even if they do not fit its
    /// limit as whole batches. One partition whose next offset is in an older segment is enough.
    fn is_enough(&self, round: &Round, source: Source) -> Option<bool> {
        if round.is_urgent || round.bytes >= self.min_bytes {
            return Some(true);
        }
        let mut available = 0;
        for (wanted, (data, _)) in self.wanted.iter().zip(&round.parts) {
            let Ok(partition) = &wanted.found else {
                return Some(true);
            };
            let offset = wanted.partition.fetch_offset;
            if offset >= data.high_watermark {
                continue;
            }
            let found = match source {
                Source::Cache => partition.available_cached(offset, self.isolation),
                Source::Disk => partition
                    .available_from_disk(offset, self.isolation)
                    .map(Some),
            };
            match found {
                // Compaction may have removed everything up to the bound. Then there is nothing to
                // return, and the reader would send the same fetch again at once.
                Ok(Some(Available::BeyondSegment)) => {
                    if round.bytes > 0 {
                        return Some(true);
                    }
                }
                Ok(Some(Available::Bytes(bytes))) => {
                    let max = u64::try_from(wanted.partition.partition_max_bytes).unwrap_or(0);
                    available += bytes.min(max);
                }
                Ok(None) => return None,
                Err(_) => return Some(true),
            }
        }
        Some(available >= self.min_bytes)
    }

    fn answer(&self, round: Round) -> Answer {
        let mut response = FetchResponse::default();
        for topic in &self.topics {
            response.responses.push(FetchableTopicResponse {
                topic: topic.name.clone(),
                topic_id: topic.id,
                ..Default::default()
            });
        }
        let mut chunks = Vec::new();
        for (wanted, (data, records)) in self.wanted.iter().zip(round.parts) {
            response.responses[wanted.topic].partitions.push(data);
            chunks.extend(records);
        }
        self.call.answer_with(&response, chunks)
    }

    /// The approximate memory that the fetch takes while it waits.
    fn bytes_in_memory(&self) -> usize {
        let topics = self.topics.iter();
        let topics: usize = topics
            .map(|topic| size_of::<Topic>() + topic.name.len())
            .sum();
        let partition = size_of::<Wanted>() + WAITING_PARTITION_BYTES;
        size_of::<Fetch>() + topics + self.wanted.len() * partition
    }

    /// Copies what the fetch still needs of the request, so that it no longer shares its memory.
    fn detach(&mut self) {
        for topic in &mut self.topics {
            topic.name = topic.name.detached();
        }
        self.call = self.call.without_memory();
    }

    /// Waits until there is enough data, something fails, `longest` has passed, or the broker stops;
    /// then answers with the data that is available.
    async fn wait(
        self: Arc<Self>,
        longest: Duration,
        clock: &Clock,
        tasks: &Tasks,
        stopped: impl Future<Output = ()>,
    ) -> Answer {
        let mut stopped = Box::pin(async {
            stopped.await;
            clock.sleep(ANSWER_AFTER_STOP).await;
        });
        let mut timer = Box::pin(clock.sleep(longest));
        let wake = Arc::new(Notify::new());
        let _waiting: Vec<_> = self
            .wanted
            .iter()
            .filter_map(|wanted| {
                let partition = wanted.found.as_ref().ok()?;
                let next = wanted.partition.fetch_offset.saturating_add(1);
                Some(partition.wait(next, &wake))
            })
            .collect();
        loop {
            self.open().await;
            // After registering, so that nothing is missed in between.
            let round = self.read_anywhere(tasks).await;
            if round.is_enough {
                return self.answer(round);
            }
            tokio::select! {
                biased;
                () = wake.notified() => {}
                () = &mut timer => {
                    self.open().await;
                    let round = self.read_anywhere(tasks).await;
                    return self.answer(round);
                }
                () = &mut stopped => return self.answer(round),
            }
        }
    }
}

/// Where the leader's log diverges from the log that the client has read, if it does (KIP-595): the
/// largest epoch that both have, and its end offset here.
fn diverging_epoch(
    partition: &Arc<Partition>,
    wanted: &FetchPartition,
) -> Result<Option<EpochEndOffset>, ErrorCode> {
    let last_epoch = wanted.last_fetched_epoch;
    if last_epoch < 0 {
        return Ok(None);
    }
    let (epoch, end_offset) = partition.end_of_epoch(last_epoch)?;
    if epoch < 0 {
        // The log has no record of this epoch or an earlier one. If it is the leader's own epoch,
        // that only means that the leader has not appended yet.
        return match partition.check_leader_epoch(last_epoch) {
            Ok(()) => Ok(None),
            Err(_) => Err(ErrorCode::OffsetOutOfRange),
        };
    }
    let diverges = epoch < last_epoch || end_offset < wanted.fetch_offset;
    Ok(diverges.then_some(EpochEndOffset { epoch, end_offset }))
}

fn refusal(wanted: &FetchPartition, error: ErrorCode) -> PartitionData {
    PartitionData {
        partition_index: wanted.partition,
        error_code: error.code(),
        high_watermark: -1,
        last_stable_offset: -1,
        log_start_offset: -1,
        records: Records::Bytes(bytes::Bytes::new()),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetch_waits_as_long_as_requested_but_not_until_its_connection_is_idle() {
        let ten_minutes = 600_000;
        assert_eq!(longest_wait(500, ten_minutes), Duration::from_millis(500));
        assert_eq!(
            longest_wait(i32::MAX, ten_minutes),
            Duration::from_secs(300)
        );
        assert_eq!(longest_wait(-1, ten_minutes), Duration::ZERO);
        assert_eq!(longest_wait(1000, -1), Duration::from_secs(1));
    }
}
