//! Offsets of many partitions, and what the cluster says of them.

use std::collections::BTreeMap;

use client::{Client, IsolationLevel, ListedOffset, OffsetSpec};
use io::Io;
use serde::{Deserialize, Serialize};
use wire::TopicPartition;

use super::options::{KafkaSpec, Positions, Strategy, WithoutMatch};
use crate::error::{Error, ErrorKind, Result};
use crate::source::Offset;

/// In JSON options: the first record there is.
const EARLIEST: i64 = -2;
/// In JSON options: after the last record.
const LATEST: i64 = -1;

/// An offset (or another number) per topic and partition, in the order of both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartitionOffsets(BTreeMap<String, BTreeMap<i32, i64>>);

impl PartitionOffsets {
    /// Reads `{"topic":{"0":23,"1":-2}}`.
    ///
    /// # Errors
    /// `IllegalArgument` for anything else.
    pub fn parse(json: &str) -> Result<PartitionOffsets> {
        serde_json::from_str(json).map_err(|_| {
            Error::illegal_argument(format!(
                "Expected e.g. {{\"topicA\":{{\"0\":23,\"1\":-1}},\"topicB\":{{\"0\":-2}}}}, \
                 offsets per topic and partition, got {json}"
            ))
        })
    }

    /// Reads `{"topic":[0,1]}`; the numbers are 0.
    pub(super) fn parse_assignment(json: &str) -> Result<PartitionOffsets> {
        let assigned: BTreeMap<String, Vec<i32>> = serde_json::from_str(json).map_err(|_| {
            Error::illegal_argument(format!(
                "Expected e.g. {{\"topicA\":[0,1],\"topicB\":[0,1]}}, got {json}"
            ))
        })?;
        Ok(assigned
            .into_iter()
            .flat_map(|(topic, partitions)| {
                partitions
                    .into_iter()
                    .map(move |partition| (topic.clone(), partition, 0))
            })
            .collect())
    }

    /// Reads a source's offset.
    pub(super) fn of_offset(offset: &Offset) -> Result<PartitionOffsets> {
        serde_json::from_str(&offset.0).map_err(|_| {
            Error::new(
                ErrorKind::Checkpoint,
                format!("\"{offset}\" is not an offset of a Kafka source"),
            )
        })
    }

    /// The source's offset.
    pub(super) fn to_offset(&self) -> Offset {
        Offset(serde_json::to_string(self).expect("names and numbers have a JSON form"))
    }

    /// The number of a partition.
    pub fn get(&self, topic: &str, partition: i32) -> Option<i64> {
        self.0.get(topic)?.get(&partition).copied()
    }

    /// Sets the number of a partition.
    pub(super) fn set(&mut self, topic: &str, partition: i32, offset: i64) {
        self.0
            .entry(topic.to_string())
            .or_default()
            .insert(partition, offset);
    }

    /// Topics, partitions and numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i32, i64)> {
        self.0.iter().flat_map(|(topic, partitions)| {
            partitions
                .iter()
                .map(move |(partition, offset)| (topic.as_str(), *partition, *offset))
        })
    }
}

impl FromIterator<(String, i32, i64)> for PartitionOffsets {
    fn from_iter<I: IntoIterator<Item = (String, i32, i64)>>(entries: I) -> PartitionOffsets {
        let mut offsets = PartitionOffsets::default();
        for (topic, partition, offset) in entries {
            offsets.set(&topic, partition, offset);
        }
        offsets
    }
}

/// The cluster, asked on behalf of one source.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    pub(super) client: Client,
    strategy: Strategy,
    isolation: IsolationLevel,
}

impl Cluster {
    pub(super) async fn connect(io: &Io, spec: &KafkaSpec) -> Result<Cluster> {
        let client = Client::connect(io, spec.client.clone())
            .await
            .map_err(|error| kafka_error(&format!("open {}", spec.description()), error))?;
        Ok(Cluster {
            client,
            strategy: spec.strategy.clone(),
            isolation: spec.isolation(),
        })
    }

    /// The partitions that are to be read at the moment.
    pub(super) async fn partitions(&self) -> Result<Vec<(String, i32)>> {
        let mut found = Vec::new();
        match &self.strategy {
            Strategy::Assign(assigned) => {
                for (topic, partition, _) in assigned.iter() {
                    found.push((topic.to_string(), partition));
                }
            }
            Strategy::Subscribe(topics) => {
                for name in topics {
                    let topic =
                        self.client.topic(name, false).await.map_err(|error| {
                            kafka_error(&format!("read topic \"{name}\""), error)
                        })?;
                    for partition in &topic.partitions {
                        found.push((name.clone(), partition.partition));
                    }
                }
            }
            Strategy::SubscribePattern(_, regex) => {
                let topics = self
                    .client
                    .admin()
                    .list_topics()
                    .await
                    .map_err(|error| kafka_error("list topics", error))?;
                for topic in topics {
                    if regex.is_match(&topic.name) {
                        for partition in &topic.partitions {
                            found.push((topic.name.to_string(), partition.partition));
                        }
                    }
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Where each partition ends.
    pub(super) async fn latest(&self, partitions: &[(String, i32)]) -> Result<PartitionOffsets> {
        self.ask(partitions, |_, _| OffsetSpec::Latest, WithoutMatch::Fail)
            .await
    }

    /// Where each partition begins.
    pub(super) async fn earliest(&self, partitions: &[(String, i32)]) -> Result<PartitionOffsets> {
        self.ask(partitions, |_, _| OffsetSpec::Earliest, WithoutMatch::Fail)
            .await
    }

    /// What the option says, as offsets.
    ///
    /// # Errors
    /// `IllegalArgument` if the option names other partitions than there are, or a time that no
    /// record has.
    pub(super) async fn resolve(
        &self,
        positions: &Positions,
        partitions: &[(String, i32)],
    ) -> Result<PartitionOffsets> {
        match positions {
            Positions::Earliest => self.earliest(partitions).await,
            Positions::Latest => self.latest(partitions).await,
            Positions::At(given) => {
                check_names(given, partitions)?;
                let relative: Vec<(String, i32)> = given
                    .iter()
                    .filter(|(_, _, offset)| *offset < 0)
                    .map(|(topic, partition, _)| (topic.to_string(), partition))
                    .collect();
                let spec = |topic: &str, partition: i32| match given.get(topic, partition) {
                    Some(EARLIEST) => OffsetSpec::Earliest,
                    _ => OffsetSpec::Latest,
                };
                if let Some((topic, partition, offset)) =
                    given.iter().find(|(_, _, offset)| *offset < EARLIEST)
                {
                    return Err(Error::illegal_argument(format!(
                        "{offset} is not an offset of {topic}-{partition}; {EARLIEST} is the \
                         first record, {LATEST} after the last"
                    )));
                }
                let mut offsets = given.clone();
                let found = self.ask(&relative, spec, WithoutMatch::Fail).await?;
                for (topic, partition, offset) in found.iter() {
                    offsets.set(topic, partition, offset);
                }
                Ok(offsets)
            }
            Positions::Time { at_ms, missing } => {
                self.ask(partitions, |_, _| OffsetSpec::At(*at_ms), *missing)
                    .await
            }
            Positions::Times { at_ms, missing } => {
                check_names(at_ms, partitions)?;
                let spec = |topic: &str, partition: i32| {
                    OffsetSpec::At(at_ms.get(topic, partition).unwrap_or_default())
                };
                self.ask(partitions, spec, *missing).await
            }
        }
    }

    async fn ask(
        &self,
        partitions: &[(String, i32)],
        spec: impl Fn(&str, i32) -> OffsetSpec,
        missing: WithoutMatch,
    ) -> Result<PartitionOffsets> {
        if partitions.is_empty() {
            return Ok(PartitionOffsets::default());
        }
        let wanted = partitions
            .iter()
            .map(|(topic, partition)| {
                let key = TopicPartition::new(topic.as_str(), *partition);
                (key, spec(topic, *partition))
            })
            .collect();
        let found = self.list(&wanted).await?;
        let mut unmatched = BTreeMap::new();
        let mut offsets = PartitionOffsets::default();
        for key in wanted.keys() {
            match found.get(key).and_then(|listed| listed.offset) {
                Some(offset) => offsets.set(&key.topic, key.partition, offset),
                None => {
                    unmatched.insert(key.clone(), OffsetSpec::Latest);
                }
            }
        }
        if unmatched.is_empty() {
            return Ok(offsets);
        }
        if missing == WithoutMatch::Fail {
            let names: Vec<String> = unmatched.keys().map(ToString::to_string).collect();
            return Err(Error::illegal_argument(format!(
                "No offset matched from request of timestamps for {}",
                names.join(", ")
            )));
        }
        for (key, listed) in self.list(&unmatched).await? {
            offsets.set(&key.topic, key.partition, listed.offset.unwrap_or_default());
        }
        Ok(offsets)
    }

    async fn list(
        &self,
        wanted: &BTreeMap<TopicPartition, OffsetSpec>,
    ) -> Result<BTreeMap<TopicPartition, ListedOffset>> {
        self.client
            .admin()
            .list_offsets(wanted, self.isolation)
            .await
            .map_err(|error| kafka_error("list offsets", error))
    }
}

/// An option with offsets must name the partitions that are read, all of them.
fn check_names(given: &PartitionOffsets, partitions: &[(String, i32)]) -> Result<()> {
    let named: Vec<(String, i32)> = given
        .iter()
        .map(|(topic, partition, _)| (topic.to_string(), partition))
        .collect();
    if named == partitions {
        return Ok(());
    }
    let list = |partitions: &[(String, i32)]| {
        let names: Vec<String> = partitions
            .iter()
            .map(|(topic, partition)| format!("{topic}-{partition}"))
            .collect();
        names.join(", ")
    };
    Err(Error::illegal_argument(format!(
        "If startingOffsets contains specific offsets, you must specify all TopicPartitions. Use \
         -1 for latest, -2 for earliest. Specified: {} Assigned: {}",
        list(&named),
        list(partitions)
    )))
}

/// What the client says, with what was being done.
pub fn kafka_error(doing: &str, error: client::Error) -> Error {
    Error::io(doing, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_in_the_order_of_their_numbers() {
        let offsets: PartitionOffsets = [("t", 10, 1), ("t", 2, 5), ("a", 0, 7)]
            .into_iter()
            .map(|(topic, partition, offset)| (topic.to_string(), partition, offset))
            .collect();
        let text = r#"{"a":{"0":7},"t":{"2":5,"10":1}}"#;
        assert_eq!(offsets.to_offset().0, text);
        assert_eq!(
            PartitionOffsets::of_offset(&Offset(text.into())).unwrap(),
            offsets
        );
    }

    #[test]
    fn an_option_must_name_what_is_read() {
        let given = PartitionOffsets::parse(r#"{"t":{"0":1}}"#).unwrap();
        assert!(check_names(&given, &[("t".into(), 0)]).is_ok());
        let error = check_names(&given, &[("t".into(), 0), ("t".into(), 1)]).unwrap_err();
        assert!(error.to_string().contains("Assigned: t-0, t-1"), "{error}");
    }
}
