//! Remembers which records were acknowledged, and checks that the topic contains them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use wire::messages::produce_request::{PartitionProduceData, ProduceRequest, TopicProduceData};
use wire::messages::produce_response::PartitionProduceResponse;
use wire::record_batch::{BatchBuilder, Compression};
use wire::{ErrorCode, Records};

use crate::process::consume;
use crate::raw::{NoFrame, Raw};

const PRODUCE: i16 = 12;

/// Records of one topic.
#[derive(Debug, Default)]
pub struct Produced {
    /// By partition and offset.
    acknowledged: BTreeMap<(i32, i64), String>,
    /// All sent records, also those without response.
    sent: BTreeSet<String>,
    /// The time after which responses do not count.
    power_off: Arc<AtomicBool>,
}

impl Produced {
    /// Responses count until the given time, which must be before the power cut: a machine without power sends
    /// none, but a process whose file system is shut down may still do so.
    pub fn until(power_off: &Arc<AtomicBool>) -> Produced {
        Produced {
            power_off: Arc::clone(power_off),
            ..Produced::default()
        }
    }

    /// Sends one record with `acks=all`, and remembers the response.
    pub fn send(
        &mut self,
        raw: &mut Raw,
        topic: &str,
        partition: i32,
        value: String,
    ) -> Result<PartitionProduceResponse, NoFrame> {
        let mut batch = BatchBuilder::new(Compression::None);
        batch.append(1_700_000_000_000, None, Some(value.as_bytes()), &[]);
        let request = ProduceRequest {
            acks: -1,
            timeout_ms: 30_000,
            topic_data: vec![TopicProduceData {
                name: topic.into(),
                partition_data: vec![PartitionProduceData {
                    index: partition,
                    records: Records::Bytes(batch.build()),
                }],
                ..Default::default()
            }],
            ..Default::default()
        };
        assert!(self.sent.insert(value.clone()), "{value} was sent before");
        let mut response = raw.try_request(&request, PRODUCE)?;
        let answer = response.responses.remove(0).partition_responses.remove(0);
        if answer.error_code == ErrorCode::None.code() && !self.power_off.load(Ordering::SeqCst) {
            let place = (partition, answer.base_offset);
            let before = self.acknowledged.insert(place, value);
            assert_eq!(before, None, "{place:?} was acknowledged before");
        }
        Ok(answer)
    }

    /// Adds the records of another producer.
    pub fn merge(&mut self, other: Produced) {
        for (place, value) in other.acknowledged {
            let before = self.acknowledged.insert(place, value);
            assert_eq!(before, None, "{place:?} was acknowledged twice");
        }
        self.sent.extend(other.sent);
    }

    /// Number of acknowledged records.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// Checks that the topic contains every acknowledged record, no record that was not sent, none twice, and no
    /// gap.
    pub fn check(&self, bootstrap: &str, topic: &str) {
        let consumed = consume(bootstrap, topic, &["-o", "json"]);
        let mut found = BTreeMap::new();
        let mut values = BTreeSet::new();
        let mut next: BTreeMap<i32, i64> = BTreeMap::new();
        for line in consumed.lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            let partition = record["partition"].as_i64().unwrap() as i32;
            let offset = record["offset"].as_i64().unwrap();
            let value = record["value"].as_str().unwrap().to_owned();
            let expected = next.entry(partition).or_insert(0);
            assert_eq!(offset, *expected, "a gap in partition {partition}");
            *expected += 1;
            let short = &value[..value.len().min(40)];
            assert!(self.sent.contains(&value), "{short} was not sent");
            assert!(values.insert(value.clone()), "duplicate record: {short}");
            found.insert((partition, offset), value);
        }
        let is_there = |place, value| found.get(place) == Some(value);
        let lost: Vec<_> = self
            .acknowledged
            .iter()
            .filter(|(place, value)| !is_there(*place, *value))
            .map(|(place, value)| (place, &value[..value.len().min(40)]))
            .collect();
        assert!(
            lost.is_empty(),
            "acknowledged but lost: {lost:?}; the partitions end at {next:?}"
        );
    }
}
