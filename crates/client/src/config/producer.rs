//! Configuration of a producer.

use std::time::Duration;

use wire::record_batch::Compression;

use super::Properties;
use super::properties::invalid;
use crate::Result;

/// When a record counts as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acks {
    /// `0`: when it is sent. Its offset is not known.
    None,
    /// `1`: when the leader has appended it.
    Leader,
    /// `all` or `-1`: when the in-sync replicas have it.
    All,
}

impl Acks {
    pub(crate) fn code(self) -> i16 {
        match self {
            Acks::None => 0,
            Acks::Leader => 1,
            Acks::All => -1,
        }
    }
}

/// The partition of a record that does not name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partitioner {
    /// The default: by the murmur2 hash of the key. Without key, one partition for the bytes of a batch,
    /// then another (KIP-794).
    KeyOrSticky,
    /// `RoundRobinPartitioner`: each partition in turn, whatever the key.
    RoundRobin,
}

/// The settings of a producer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerConfig {
    /// `acks`: when a record counts as written.
    pub acks: Acks,
    /// `enable.idempotence`: whether a retried batch is written once.
    pub idempotent: bool,
    /// `linger.ms`: how long to wait for more records for a batch.
    pub linger: Duration,
    /// `batch.size`: bytes before compression at which a batch is sent.
    pub batch_bytes: usize,
    /// `buffer.memory`: bytes of records that are not acknowledged; at this limit, sending waits.
    pub buffer_bytes: usize,
    /// `max.request.size`: the largest record, and request, in bytes.
    pub request_bytes_max: usize,
    /// `max.in.flight.requests.per.connection`.
    pub in_flight_max: usize,
    /// `compression.type`.
    pub compression: Compression,
    /// `compression.gzip.level`, `compression.lz4.level` or `compression.zstd.level`.
    pub compression_level: Option<i32>,
    /// `max.block.ms`: how long sending may wait for metadata or memory.
    pub block_max: Duration,
    /// `delivery.timeout.ms`: longest time from sending a record to its acknowledgement.
    pub delivery_timeout: Duration,
    /// `request.timeout.ms`: how long a broker may take for one response.
    pub request_timeout: Duration,
    /// `retries`.
    pub retries: u32,
    /// `partitioner.class`.
    pub partitioner: Partitioner,
    /// `partitioner.ignore.keys`: whether the partitioner ignores keys.
    pub ignore_keys: bool,
}

impl Default for ProducerConfig {
    fn default() -> ProducerConfig {
        ProducerConfig::from_properties(&Properties::new()).expect("the defaults are valid")
    }
}

impl ProducerConfig {
    /// Reads properties by Kafka's names.
    ///
    /// # Errors
    /// [`crate::Error::Config`] for an invalid value, or settings that contradict each other.
    pub fn from_properties(properties: &Properties) -> Result<ProducerConfig> {
        let acks_choices = [
            ("all", Acks::All),
            ("-1", Acks::All),
            ("1", Acks::Leader),
            ("0", Acks::None),
        ];
        let acks = properties.choice("acks", Acks::All, &acks_choices)?;
        let in_flight_max = properties.number("max.in.flight.requests.per.connection", 5, 1)?;
        let retries = properties.number("retries", i32::MAX as u32, 0)?;
        let fits = acks == Acks::All && in_flight_max <= 5 && retries > 0;
        // As in Kafka: settings that contradict idempotence turn off the default, but not an explicit
        // `enable.idempotence=true`.
        let idempotent = properties.flag("enable.idempotence", fits)?;
        if idempotent && !fits {
            return Err(invalid(
                "enable.idempotence",
                "true",
                "needs acks=all, retries above 0 and at most 5 requests in flight",
            ));
        }
        if let Some(id) = properties.get("transactional.id") {
            return Err(invalid(
                "transactional.id",
                id,
                "transactions are not supported",
            ));
        }
        let compression_name = properties.text("compression.type", "none");
        let compression = Compression::from_name(&compression_name).ok_or_else(|| {
            let expected = "expected one of none, gzip, snappy, lz4, zstd";
            invalid("compression.type", &compression_name, expected)
        })?;
        let level_key = format!("compression.{}.level", compression.name());
        let compression_level = match properties.get(&level_key) {
            Some(_) => Some(properties.number(&level_key, 0, i32::MIN)?),
            None => None,
        };
        let partitioner = match properties.get("partitioner.class") {
            None => Partitioner::KeyOrSticky,
            Some(class) if class.ends_with("RoundRobinPartitioner") => Partitioner::RoundRobin,
            Some(class) => {
                let expected = "expected none or RoundRobinPartitioner";
                return Err(invalid("partitioner.class", class, expected));
            }
        };
        Ok(ProducerConfig {
            acks,
            idempotent,
            linger: properties.duration("linger.ms", 5)?,
            batch_bytes: properties.number("batch.size", 16_384, 0)?,
            buffer_bytes: properties.number("buffer.memory", 33_554_432, 1)?,
            request_bytes_max: properties.number("max.request.size", 1_048_576, 1)?,
            in_flight_max,
            compression,
            compression_level,
            block_max: properties.duration("max.block.ms", 60_000)?,
            delivery_timeout: properties.duration("delivery.timeout.ms", 120_000)?,
            request_timeout: properties.duration("request.timeout.ms", 30_000)?,
            retries,
            partitioner,
            ignore_keys: properties.flag("partitioner.ignore.keys", false)?,
        })
    }
}
