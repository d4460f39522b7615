//! Options of the Kafka source.

use std::time::Duration;

use client::{ClientConfig, ConsumerConfig, IsolationLevel, OffsetReset, Properties};
use regex::Regex;

use super::offsets::PartitionOffsets;
use crate::error::{Error, Result};
use crate::options::Options;

/// Records that one lane takes from its consumer at a time: the size of a record batch.
const POLL_RECORDS: usize = 8192;

/// Which topics are read, from where, and how.
#[derive(Clone, Debug)]
pub struct KafkaSpec {
    /// As they were given.
    options: Options,
    pub(super) strategy: Strategy,
    pub(super) starting: Positions,
    /// For bounded reads only.
    pub(super) ending: Positions,
    pub(super) fail_on_data_loss: bool,
    pub(super) include_headers: bool,
    pub(super) max_offsets: Option<u64>,
    pub(super) min_offsets: Option<u64>,
    pub(super) max_trigger_delay: Duration,
    pub(super) poll_timeout: Duration,
    pub(super) client: ClientConfig,
    pub(super) consumer: ConsumerConfig,
}

/// Which partitions.
#[derive(Clone, Debug)]
pub(super) enum Strategy {
    /// All of these topics.
    Subscribe(Vec<String>),
    /// All of the topics whose whole name matches.
    SubscribePattern(String, Regex),
    /// These.
    Assign(PartitionOffsets),
}

/// Where to begin or end, before the cluster was asked.
#[derive(Clone, Debug)]
pub(super) enum Positions {
    /// At the first record there is.
    Earliest,
    /// After the last.
    Latest,
    /// At these offsets; −2 is the first record, −1 after the last.
    At(PartitionOffsets),
    /// At the first record of this time (milliseconds since the epoch) or later.
    Time { at_ms: i64, missing: WithoutMatch },
    /// The same per partition.
    Times {
        at_ms: PartitionOffsets,
        missing: WithoutMatch,
    },
}

/// What to do for a partition that has no record so late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WithoutMatch {
    Fail,
    Latest,
}

/// Consumer properties that the source decides itself.
const REFUSED: [(&str, &str); 9] = [
    (
        "auto.offset.reset",
        "Instead set the source option 'startingoffsets' to specify where to start. Structured \
         Streaming manages which offsets are consumed internally, rather than relying on the \
         kafkaConsumer to do it.",
    ),
    (
        "key.deserializer",
        "Keys are read as bytes; use DataFrame operations to decode them.",
    ),
    (
        "value.deserializer",
        "Values are read as bytes; use DataFrame operations to decode them.",
    ),
    ("enable.auto.commit", "The source commits no offsets."),
    ("interceptor.classes", "It is not safe to use interceptors."),
    (
        "security.protocol",
        "Encryption and authentication are not supported yet.",
    ),
    (
        "sasl.mechanism",
        "Encryption and authentication are not supported yet.",
    ),
    (
        "sasl.jaas.config",
        "Encryption and authentication are not supported yet.",
    ),
    (
        "ssl.truststore.location",
        "Encryption and authentication are not supported yet.",
    ),
];

impl KafkaSpec {
    /// Reads the options of a stream, or of one bounded read.
    ///
    /// # Errors
    /// `IllegalArgument` for options that make no sense.
    pub fn new(options: &Options, streaming: bool) -> Result<KafkaSpec> {
        let properties = properties(options)?;
        let client = ClientConfig::from_properties(&properties).map_err(config_error)?;
        let mut consumer = ConsumerConfig::from_properties(&properties).map_err(config_error)?;
        consumer.offset_reset = OffsetReset::None;
        consumer.auto_commit = false;
        // Positions come from the checkpoint, never from a group.
        consumer.group_id = None;
        consumer.poll_records_max = POLL_RECORDS;
        let default = if streaming { "latest" } else { "earliest" };
        let starting = positions(options, "starting", default)?;
        let ending = positions(options, "ending", "latest")?;
        if !streaming {
            if matches!(starting, Positions::Latest) {
                return Err(Error::illegal_argument(
                    "starting offset can't be latest for batch queries on Kafka",
                ));
            }
            if matches!(ending, Positions::Earliest) {
                return Err(Error::illegal_argument(
                    "ending offset can't be earliest for batch queries on Kafka",
                ));
            }
        }
        let max_offsets = options.positive("maxOffsetsPerTrigger")?;
        let min_offsets = options.positive("minOffsetsPerTrigger")?;
        if let (Some(min), Some(max)) = (min_offsets, max_offsets)
            && min > max
        {
            return Err(Error::illegal_argument(format!(
                "The value of minOffsetPerTrigger({min}) is higher than the \
                 maxOffsetsPerTrigger({max})."
            )));
        }
        let poll_timeout_ms = options.positive("kafkaConsumer.pollTimeoutMs")?;
        Ok(KafkaSpec {
            options: options.clone(),
            strategy: Strategy::new(options)?,
            starting,
            ending,
            fail_on_data_loss: options.bool("failOnDataLoss", true)?,
            include_headers: options.bool("includeHeaders", false)?,
            max_offsets,
            min_offsets,
            max_trigger_delay: options.duration("maxTriggerDelay", Duration::from_secs(15 * 60))?,
            poll_timeout: Duration::from_millis(poll_timeout_ms.unwrap_or(120_000)),
            client,
            consumer,
        })
    }

    pub(in crate::source) fn options(&self) -> &Options {
        &self.options
    }

    /// Which records are seen.
    pub(super) fn isolation(&self) -> IsolationLevel {
        self.consumer.isolation_level
    }

    /// As Spark prints it.
    pub fn description(&self) -> String {
        let strategy = match &self.strategy {
            Strategy::Subscribe(topics) => format!("Subscribe[{}]", topics.join(", ")),
            Strategy::SubscribePattern(pattern, _) => format!("SubscribePattern[{pattern}]"),
            Strategy::Assign(partitions) => {
                let names: Vec<String> = partitions
                    .iter()
                    .map(|(topic, partition, _)| format!("{topic}-{partition}"))
                    .collect();
                format!("Assign[{}]", names.join(", "))
            }
        };
        format!("KafkaV2[{strategy}]")
    }
}

/// The client of a source or sink: all options that begin with `kafka.`.
pub fn client_config(options: &Options) -> Result<(ClientConfig, Properties)> {
    let properties = properties(options)?;
    let client = ClientConfig::from_properties(&properties).map_err(config_error)?;
    Ok((client, properties))
}

fn properties(options: &Options) -> Result<Properties> {
    let given = options.with_prefix("kafka.");
    if !given.contains_key("bootstrap.servers") {
        return Err(Error::illegal_argument(
            "Option 'kafka.bootstrap.servers' must be specified for configuring Kafka",
        ));
    }
    for (name, reason) in REFUSED {
        if given.contains_key(name) {
            return Err(Error::illegal_argument(format!(
                "Kafka option '{name}' is not supported. {reason}"
            )));
        }
    }
    Ok(given.into_iter().collect())
}

fn config_error(error: client::Error) -> Error {
    Error::illegal_argument(format!("Kafka options: {error}"))
}

impl Strategy {
    fn new(options: &Options) -> Result<Strategy> {
        let given: Vec<(&str, &str)> = ["assign", "subscribe", "subscribePattern"]
            .into_iter()
            .filter_map(|name| Some((name, options.get(name)?)))
            .collect();
        match given.as_slice() {
            [("assign", json)] => Ok(Strategy::Assign(PartitionOffsets::parse_assignment(json)?)),
            [("subscribe", list)] => {
                let mut topics: Vec<String> = list
                    .split(',')
                    .map(str::trim)
                    .filter(|topic| !topic.is_empty())
                    .map(str::to_string)
                    .collect();
                topics.dedup();
                if topics.is_empty() {
                    return Err(Error::illegal_argument(format!(
                        "No topics to subscribe to as specified value for option 'subscribe' is \
                         '{list}'"
                    )));
                }
                Ok(Strategy::Subscribe(topics))
            }
            [(_, pattern)] => {
                let whole = format!("^(?:{pattern})$");
                let regex = Regex::new(&whole).map_err(|error| {
                    Error::illegal_argument(format!(
                        "'{pattern}' is not a pattern for option 'subscribePattern': {error}"
                    ))
                })?;
                Ok(Strategy::SubscribePattern(pattern.to_string(), regex))
            }
            [] => Err(Error::illegal_argument(
                "One of the following options must be specified for Kafka source: subscribe, \
                 subscribepattern, assign. See the docs for more details.",
            )),
            _ => Err(Error::illegal_argument(
                "Only one of the following options can be specified for Kafka source: subscribe, \
                 subscribepattern, assign. See the docs for more details.",
            )),
        }
    }
}

/// Reads `<end>Timestamp` over `<end>OffsetsByTimestamp` over `<end>Offsets`.
fn positions(options: &Options, end: &str, default: &str) -> Result<Positions> {
    let missing = match (end, options.get("startingOffsetsByTimestampStrategy")) {
        ("starting", Some(text)) if text.eq_ignore_ascii_case("latest") => WithoutMatch::Latest,
        ("starting", Some(text)) if !text.eq_ignore_ascii_case("error") => {
            return Err(Error::illegal_argument(format!(
                "Invalid value '{text}' for option 'startingOffsetsByTimestampStrategy', must be \
                 'error' or 'latest'"
            )));
        }
        ("starting", _) => WithoutMatch::Fail,
        // A bounded read that ends after the last record ends at the last record.
        _ => WithoutMatch::Latest,
    };
    if let Some(text) = options.get(&format!("{end}Timestamp")) {
        let at_ms = text.trim().parse().map_err(|_| {
            Error::illegal_argument(format!(
                "Invalid value '{text}' for option '{end}Timestamp', must be milliseconds since \
                 the epoch"
            ))
        })?;
        return Ok(Positions::Time { at_ms, missing });
    }
    if let Some(json) = options.get(&format!("{end}OffsetsByTimestamp")) {
        let at_ms = PartitionOffsets::parse(json)?;
        return Ok(Positions::Times { at_ms, missing });
    }
    let text = options.get(&format!("{end}Offsets")).unwrap_or(default);
    match text.trim().to_ascii_lowercase().as_str() {
        "earliest" => Ok(Positions::Earliest),
        "latest" => Ok(Positions::Latest),
        _ => Ok(Positions::At(PartitionOffsets::parse(text)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> Options {
        let mut options: Options = pairs.iter().copied().collect();
        options.set("kafka.bootstrap.servers", "localhost:9092");
        options
    }

    #[test]
    fn a_source_is_named_as_spark_names_it() {
        for (given, description) in [
            (("subscribe", "a, b"), "KafkaV2[Subscribe[a, b]]"),
            (
                ("subscribePattern", "a.*"),
                "KafkaV2[SubscribePattern[a.*]]",
            ),
            (("assign", r#"{"a":[1,0]}"#), "KafkaV2[Assign[a-0, a-1]]"),
        ] {
            let spec = KafkaSpec::new(&options(&[given]), true).unwrap();
            assert_eq!(spec.description(), description);
        }
    }

    #[test]
    fn mistakes_are_named() {
        let subscribe = ("subscribe", "a");
        for (given, part) in [
            (vec![], "One of the following options must be specified"),
            (
                vec![subscribe, ("assign", "{}")],
                "Only one of the following options",
            ),
            (
                vec![subscribe, ("kafka.auto.offset.reset", "earliest")],
                "auto.offset.reset",
            ),
            (
                vec![subscribe, ("startingOffsets", "{\"a\":")],
                "offsets per topic and partition",
            ),
            (
                vec![
                    subscribe,
                    ("minOffsetsPerTrigger", "2"),
                    ("maxOffsetsPerTrigger", "1"),
                ],
                "is higher than",
            ),
        ] {
            let error = KafkaSpec::new(&options(&given), true).unwrap_err();
            assert!(
                error.to_string().contains(part),
                "{error} should name {part}"
            );
        }
        let batch = KafkaSpec::new(&options(&[subscribe, ("startingOffsets", "latest")]), false);
        assert!(batch.is_err());
    }
}
