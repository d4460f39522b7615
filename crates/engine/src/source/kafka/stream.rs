//! A stream of the records that arrive in topics.

use std::collections::BTreeMap;
use std::io::ErrorKind as IoErrorKind;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use bytes::Bytes;
use io::Io;
use parking_lot::Mutex;

use super::lane::{Readers, data_loss};
use super::limit::{new_records, pro_rata};
use super::offsets::{Cluster, PartitionOffsets};
use super::options::KafkaSpec;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Memory;
use crate::source::{Lane, Offset, ReadLimit, Source};

/// What stands before the offsets in the file of the beginning: a byte that old versions of Spark
/// need, and the version.
const INITIAL_PREFIX: &str = "\0v1\n";

/// A running Kafka source.
#[derive(Debug)]
pub struct KafkaSource {
    io: Io,
    spec: KafkaSpec,
    cluster: Cluster,
    readers: Readers,
    /// Where the stream began, from the checkpoint.
    initial: PartitionOffsets,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Where partitions end, as last asked.
    latest: PartitionOffsets,
    /// Where partitions ended when `availableNow` began.
    stop_at: Option<PartitionOffsets>,
    /// When the last batch was let go, by the monotonic clock.
    last_batch_at: Option<Duration>,
    /// Where partitions that appeared later begin.
    new_partitions: PartitionOffsets,
}

impl KafkaSource {
    /// Opens the source; where it begins at its first opening is written to `directory`.
    ///
    /// # Errors
    /// If the cluster cannot be reached or has no such topics, or the file cannot be understood.
    pub async fn open(
        io: &Io,
        memory: &Memory,
        spec: &KafkaSpec,
        directory: &str,
    ) -> Result<KafkaSource> {
        let cluster = Cluster::connect(io, spec).await?;
        let name = format!("{directory}/0");
        let initial = match io.objects.get(&name) {
            Ok(bytes) => parse_initial(&name, &bytes)?,
            Err(error) if error.kind() == IoErrorKind::NotFound => {
                let partitions = cluster.partitions().await?;
                let initial = cluster.resolve(&spec.starting, &partitions).await?;
                let text = format!("{INITIAL_PREFIX}{}", initial.to_offset());
                io.objects
                    .put_new(&name, Bytes::from(text))
                    .map_err(|error| Error::io(format!("write {name}"), error))?;
                initial
            }
            Err(error) => return Err(Error::io(format!("read {name}"), error)),
        };
        Ok(KafkaSource {
            io: io.clone(),
            spec: spec.clone(),
            readers: Readers::new(io, memory, &cluster, spec),
            cluster,
            initial,
            state: Mutex::default(),
        })
    }

    /// Where the batch after `start` begins in each partition that can be read now.
    fn begin(&self, start: Option<&Offset>) -> Result<PartitionOffsets> {
        match start {
            Some(start) => PartitionOffsets::of_offset(start),
            None => Ok(self.initial.clone()),
        }
    }

    /// `begin`, completed by the partitions that have appeared since, from their first record.
    async fn with_new_partitions(
        &self,
        begin: &PartitionOffsets,
        current: &[(String, i32)],
    ) -> Result<PartitionOffsets> {
        let mut complete = begin.clone();
        let unknown: Vec<(String, i32)> = {
            let state = self.state.lock();
            current
                .iter()
                .filter(|(topic, partition)| begin.get(topic, *partition).is_none())
                .filter(|(topic, partition)| {
                    let known = state.new_partitions.get(topic, *partition);
                    if let Some(offset) = known {
                        complete.set(topic, *partition, offset);
                    }
                    known.is_none()
                })
                .cloned()
                .collect()
        };
        let earliest = self.cluster.earliest(&unknown).await?;
        for (topic, partition, offset) in earliest.iter() {
            if offset > 0 {
                self.lost(&format!(
                    "The new partition {topic}-{partition} begins at {offset}, not at 0."
                ))?;
            }
            complete.set(topic, partition, offset);
            self.state
                .lock()
                .new_partitions
                .set(topic, partition, offset);
        }
        Ok(complete)
    }

    /// Data is missing: an error, or a warning if the user prefers.
    fn lost(&self, what: &str) -> Result<()> {
        if self.spec.fail_on_data_loss {
            return Err(data_loss(what));
        }
        tracing::warn!("{what} Going on without.");
        Ok(())
    }

    /// Whether to wait for more before a batch is made.
    fn hold_back(&self, begin: &PartitionOffsets, latest: &PartitionOffsets) -> bool {
        let Some(min) = self.spec.min_offsets else {
            return false;
        };
        let now = self.io.clock.elapsed();
        let mut state = self.state.lock();
        let waited_enough = state
            .last_batch_at
            .is_none_or(|last| now - last >= self.spec.max_trigger_delay);
        if waited_enough || new_records(begin, latest) >= min {
            state.last_batch_at = Some(now);
            return false;
        }
        true
    }
}

fn parse_initial(name: &str, bytes: &[u8]) -> Result<PartitionOffsets> {
    std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.strip_prefix(INITIAL_PREFIX))
        .and_then(|json| serde_json::from_str(json.trim_end()).ok())
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Checkpoint,
                format!("{name} does not hold the beginning of a Kafka source"),
            )
        })
}

#[async_trait]
impl Source for KafkaSource {
    fn schema(&self) -> SchemaRef {
        self.spec.schema()
    }

    fn description(&self) -> String {
        self.spec.description()
    }

    async fn latest_offset(
        &self,
        start: Option<&Offset>,
        limit: ReadLimit,
    ) -> Result<Option<Offset>> {
        let stop_at = self.state.lock().stop_at.clone();
        let latest = match stop_at {
            Some(latest) => latest,
            None => {
                let partitions = self.cluster.partitions().await?;
                let latest = self.cluster.latest(&partitions).await?;
                self.state.lock().latest = latest.clone();
                latest
            }
        };
        let current: Vec<(String, i32)> = latest
            .iter()
            .map(|(topic, partition, _)| (topic.to_string(), partition))
            .collect();
        let known = self.begin(start)?;
        for (topic, partition, offset) in known.iter() {
            match latest.get(topic, partition) {
                None => self.lost(&format!("{topic}-{partition} is gone."))?,
                Some(end) if end < offset => self.lost(&format!(
                    "The end of {topic}-{partition} went back from {offset} to {end}."
                ))?,
                Some(_) => {}
            }
        }
        let begin = self.with_new_partitions(&known, &current).await?;
        let end = match (limit, self.spec.max_offsets) {
            (ReadLimit::AsConfigured, _) if self.hold_back(&begin, &latest) => known,
            (ReadLimit::AsConfigured, Some(max)) => pro_rata(max, &begin, &latest),
            _ => latest,
        };
        Ok(Some(end.to_offset()))
    }

    async fn read(&self, start: Option<&Offset>, end: &Offset) -> Result<Vec<Lane>> {
        let end = PartitionOffsets::of_offset(end)?;
        let current: Vec<(String, i32)> = end
            .iter()
            .map(|(topic, partition, _)| (topic.to_string(), partition))
            .collect();
        let begin = self
            .with_new_partitions(&self.begin(start)?, &current)
            .await?;
        self.readers.lanes(&begin, &end)
    }

    async fn commit(&self, _end: &Offset) -> Result<()> {
        Ok(())
    }

    async fn prepare_available_now(&self) -> Result<()> {
        let partitions = self.cluster.partitions().await?;
        let latest = self.cluster.latest(&partitions).await?;
        let mut state = self.state.lock();
        state.latest = latest.clone();
        state.stop_at = Some(latest);
        Ok(())
    }

    async fn report_latest_offset(&self) -> Option<Offset> {
        Some(self.state.lock().latest.to_offset())
    }

    fn metrics(&self, consumed: Option<&Offset>) -> BTreeMap<String, String> {
        let Some(consumed) = consumed.and_then(|end| PartitionOffsets::of_offset(end).ok()) else {
            return BTreeMap::new();
        };
        let behind: Vec<i64> = self
            .state
            .lock()
            .latest
            .iter()
            .filter_map(|(topic, partition, end)| Some(end - consumed.get(topic, partition)?))
            .collect();
        let (Some(min), Some(max)) = (behind.iter().min(), behind.iter().max()) else {
            return BTreeMap::new();
        };
        let avg = behind.iter().sum::<i64>() as f64 / behind.len() as f64;
        BTreeMap::from([
            ("minOffsetsBehindLatest".to_string(), min.to_string()),
            ("maxOffsetsBehindLatest".to_string(), max.to_string()),
            ("avgOffsetsBehindLatest".to_string(), format!("{avg:?}")),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_is_kept_as_spark_keeps_it() {
        let offsets = parse_initial("0", b"\0v1\n{\"t\":{\"0\":23}}").unwrap();
        assert_eq!(offsets.get("t", 0), Some(23));
        assert!(parse_initial("0", b"v1\n{\"t\":{\"0\":23}}").is_err());
        assert!(parse_initial("0", b"\0v2\n{}").is_err());
    }
}
