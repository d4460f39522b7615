//! What a consumer has to know.

use std::time::Duration;

use super::Properties;
use super::properties::invalid;
use crate::{OffsetSpec, Result};

/// Where to begin when there is no committed offset, or it is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetReset {
    /// At the first record there is.
    Earliest,
    /// After the last.
    Latest,
    /// Nowhere: fail.
    None,
}

/// Which records a consumer sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsolationLevel {
    /// All below the high watermark.
    ReadUncommitted,
    /// Those of committed transactions, and those outside any, below the last stable offset.
    ReadCommitted,
}

impl IsolationLevel {
    pub(crate) fn code(self) -> i8 {
        match self {
            IsolationLevel::ReadUncommitted => 0,
            IsolationLevel::ReadCommitted => 1,
        }
    }
}

/// How a group shares partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AssignorKind {
    /// Of each topic, a run of partitions each.
    Range,
    /// All partitions in turn.
    RoundRobin,
}

impl AssignorKind {
    /// Its name in the group protocol.
    pub(crate) fn name(self) -> &'static str {
        match self {
            AssignorKind::Range => "range",
            AssignorKind::RoundRobin => "roundrobin",
        }
    }
}

/// How to consume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerConfig {
    /// `group.id`.
    pub group_id: Option<String>,
    /// `group.instance.id`: a member that keeps its partitions across restarts.
    pub group_instance_id: Option<String>,
    /// `auto.offset.reset`.
    pub offset_reset: OffsetReset,
    /// `enable.auto.commit`.
    pub auto_commit: bool,
    /// `auto.commit.interval.ms`.
    pub auto_commit_interval: Duration,
    /// `isolation.level`.
    pub isolation_level: IsolationLevel,
    /// `fetch.min.bytes`: the broker waits for so much, or `fetch.max.wait.ms`.
    pub fetch_min_bytes: i32,
    /// `fetch.max.bytes`: per answer; a first batch may be larger.
    pub fetch_max_bytes: i32,
    /// `fetch.max.wait.ms`.
    pub fetch_max_wait: Duration,
    /// `max.partition.fetch.bytes`: per partition and answer; a first batch may be larger.
    pub partition_fetch_max_bytes: i32,
    /// `max.poll.records`.
    pub poll_records_max: usize,
    /// `max.poll.interval.ms`: a member that does not poll for so long leaves its group.
    pub poll_interval_max: Duration,
    /// `session.timeout.ms`: a member that is not heard of for so long is put out of its group.
    pub session_timeout: Duration,
    /// `heartbeat.interval.ms`.
    pub heartbeat_interval: Duration,
    /// `check.crcs`.
    pub check_crcs: bool,
    /// `allow.auto.create.topics`: whether asking for a topic may make it.
    pub auto_create_topics: bool,
    /// `client.rack`.
    pub rack: String,
    pub(crate) assignors: Vec<AssignorKind>,
}

impl Default for ConsumerConfig {
    fn default() -> ConsumerConfig {
        ConsumerConfig::from_properties(&Properties::new()).expect("the defaults are valid")
    }
}

impl ConsumerConfig {
    /// By Kafka's property names.
    ///
    /// # Errors
    /// [`crate::Error::Config`] for a value that makes no sense.
    pub fn from_properties(properties: &Properties) -> Result<ConsumerConfig> {
        let resets = [
            ("latest", OffsetReset::Latest),
            ("earliest", OffsetReset::Earliest),
            ("none", OffsetReset::None),
        ];
        let levels = [
            ("read_uncommitted", IsolationLevel::ReadUncommitted),
            ("read_committed", IsolationLevel::ReadCommitted),
        ];
        let group_id = properties.get("group.id").map(str::to_owned);
        let protocol = properties.text("group.protocol", "classic");
        if !protocol.eq_ignore_ascii_case("classic") {
            return Err(invalid("group.protocol", &protocol, "expected classic"));
        }
        Ok(ConsumerConfig {
            group_instance_id: properties.get("group.instance.id").map(str::to_owned),
            offset_reset: properties.choice("auto.offset.reset", OffsetReset::Latest, &resets)?,
            auto_commit: properties.flag("enable.auto.commit", group_id.is_some())?,
            auto_commit_interval: properties.duration("auto.commit.interval.ms", 5_000)?,
            isolation_level: properties.choice(
                "isolation.level",
                IsolationLevel::ReadUncommitted,
                &levels,
            )?,
            fetch_min_bytes: properties.number("fetch.min.bytes", 1, 0)?,
            fetch_max_bytes: properties.number("fetch.max.bytes", 52_428_800, 0)?,
            fetch_max_wait: properties.duration("fetch.max.wait.ms", 500)?,
            partition_fetch_max_bytes: properties.number(
                "max.partition.fetch.bytes",
                1_048_576,
                0,
            )?,
            poll_records_max: properties.number("max.poll.records", 500, 1)?,
            poll_interval_max: properties.duration("max.poll.interval.ms", 300_000)?,
            session_timeout: properties.duration("session.timeout.ms", 45_000)?,
            heartbeat_interval: properties.duration("heartbeat.interval.ms", 3_000)?,
            check_crcs: properties.flag("check.crcs", true)?,
            auto_create_topics: properties.flag("allow.auto.create.topics", true)?,
            rack: properties.text("client.rack", ""),
            assignors: assignors(properties)?,
            group_id,
        })
    }
}

impl ConsumerConfig {
    /// Where to begin without a committed offset; `None`: nowhere.
    pub(crate) fn reset_spec(&self) -> Option<OffsetSpec> {
        match self.offset_reset {
            OffsetReset::Earliest => Some(OffsetSpec::Earliest),
            OffsetReset::Latest => Some(OffsetSpec::Latest),
            OffsetReset::None => None,
        }
    }
}

fn assignors(properties: &Properties) -> Result<Vec<AssignorKind>> {
    const KEY: &str = "partition.assignment.strategy";
    let mut assignors = Vec::new();
    for name in properties.list(KEY) {
        // Kafka's class name or the protocol's word.
        let assignor = match name.rsplit('.').next().unwrap_or_default() {
            "range" | "RangeAssignor" => AssignorKind::Range,
            "roundrobin" | "RoundRobinAssignor" => AssignorKind::RoundRobin,
            _ => return Err(invalid(KEY, &name, "expected range or roundrobin")),
        };
        assignors.push(assignor);
    }
    if assignors.is_empty() {
        assignors.push(AssignorKind::Range);
    }
    Ok(assignors)
}
