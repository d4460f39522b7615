//! The partitioner: chooses the partition of a record.

use std::collections::BTreeMap;

use wire::StrBytes;

use crate::config::Partitioner;
use crate::metadata::Topic;

/// Chooses partitions for one producer.
#[derive(Debug)]
pub(super) struct Chooser {
    kind: Partitioner,
    ignore_keys: bool,
    /// Bytes that are sent to one partition before another is chosen.
    stick_bytes: usize,
    topics: BTreeMap<StrBytes, StickyPartition>,
}

/// The current partition for records without key.
#[derive(Debug, Default)]
struct StickyPartition {
    partition: Option<i32>,
    bytes: usize,
    next: u32,
}

impl Chooser {
    pub(super) fn new(kind: Partitioner, ignore_keys: bool, stick_bytes: usize) -> Chooser {
        Chooser {
            kind,
            ignore_keys,
            stick_bytes,
            topics: BTreeMap::new(),
        }
    }

    /// The partition for a record of about `bytes` bytes; `random` is any number.
    pub(super) fn choose(
        &mut self,
        topic: &Topic,
        key: Option<&[u8]>,
        bytes: usize,
        random: impl FnOnce() -> u64,
    ) -> i32 {
        let count = topic.partitions.len().max(1);
        let by_key = self.kind == Partitioner::KeyOrSticky && !self.ignore_keys;
        if let Some(key) = key.filter(|_| by_key) {
            return ((murmur2(key) & 0x7fff_ffff) as usize % count) as i32;
        }
        if !self.topics.contains_key(&topic.name) {
            self.topics
                .insert(topic.name.clone(), StickyPartition::default());
        }
        let current = self.topics.get_mut(&topic.name).expect("inserted above");
        match self.kind {
            Partitioner::RoundRobin => {
                let available = available(topic);
                let partition = available[current.next as usize % available.len()];
                current.next = current.next.wrapping_add(1);
                partition
            }
            Partitioner::KeyOrSticky => {
                let stays = current.partition.filter(|&partition| {
                    current.bytes < self.stick_bytes && (partition as usize) < count
                });
                let partition = stays.unwrap_or_else(|| {
                    let available = available(topic);
                    current.bytes = 0;
                    available[(random() % available.len() as u64) as usize]
                });
                current.partition = Some(partition);
                current.bytes += bytes;
                partition
            }
        }
    }
}

/// The partitions that have a leader; all partitions if none has one.
fn available(topic: &Topic) -> Vec<i32> {
    let led: Vec<i32> = topic
        .partitions
        .iter()
        .filter(|partition| partition.leader.is_some())
        .map(|partition| partition.partition)
        .collect();
    if led.is_empty() {
        return (0..topic.partitions.len().max(1) as i32).collect();
    }
    led
}

/// The hash of keys in Kafka's clients: MurmurHash2, 32 bits, little-endian, with Kafka's seed
/// (`org.apache.kafka.common.utils.Utils.murmur2`).
pub fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    const R: u32 = 24;
    let mut hash = SEED ^ data.len() as u32;
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        k = k.wrapping_mul(M);
        k ^= k >> R;
        k = k.wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ k;
    }
    let tail = words.remainder();
    for (index, &byte) in tail.iter().enumerate() {
        hash ^= u32::from(byte) << (8 * index);
    }
    if !tail.is_empty() {
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use wire::Uuid;

    use super::*;
    use crate::metadata::Partition;

    fn topic(leaders: &[Option<i32>]) -> Topic {
        Topic {
            name: StrBytes::from("clicks"),
            id: Uuid::ZERO,
            is_internal: false,
            partitions: leaders
                .iter()
                .enumerate()
                .map(|(number, &leader)| Partition {
                    partition: number as i32,
                    leader,
                    leader_epoch: 0,
                    replicas: Vec::new(),
                    in_sync: Vec::new(),
                    offline: Vec::new(),
                })
                .collect(),
        }
    }

    #[test]
    fn the_hash_is_that_of_kafkas_client() {
        // The values of Kafka's own test of this function.
        let known: [(&[u8], i32); 6] = [
            (b"21", -973_932_308),
            (b"foobar", -790_332_482),
            (b"a-little-bit-long-string", -985_981_536),
            (b"a-little-bit-longer-string", -1_486_304_829),
            (
                b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
                -58_897_971,
            ),
            (b"abc", 479_470_107),
        ];
        for (data, hash) in known {
            assert_eq!(murmur2(data) as i32, hash, "{data:?}");
        }
    }

    #[test]
    fn a_key_chooses_the_partition_and_records_without_key_stay_together_for_a_batch() {
        let topic = topic(&[Some(0), Some(0), None, Some(0)]);
        let mut chooser = Chooser::new(Partitioner::KeyOrSticky, false, 100);
        let mut random = 0;
        let mut choose = |key: Option<&[u8]>| {
            chooser.choose(&topic, key, 30, || {
                random += 1;
                random
            })
        };
        let by_key = (murmur2(b"N725MQ") & 0x7fff_ffff) % 4;
        assert_eq!(choose(Some(b"N725MQ")), by_key as i32);
        // The random numbers 1, 2, ... choose among the partitions with a leader: 0, 1, 3.
        let chosen: Vec<_> = (0..9).map(|_| choose(None)).collect();
        assert_eq!(chosen, [1, 1, 1, 1, 3, 3, 3, 3, 0]);
    }

    #[test]
    fn round_robin_ignores_keys() {
        let topic = topic(&[Some(0), None, Some(0)]);
        let mut chooser = Chooser::new(Partitioner::RoundRobin, false, 100);
        let chosen: Vec<_> = (0..5)
            .map(|_| chooser.choose(&topic, Some(b"key"), 1, || 0))
            .collect();
        assert_eq!(chosen, [0, 2, 0, 2, 0]);
    }
}
