//! Configuration of a consumer.

use std::time::Duration;

use super::Properties;
use super::properties::invalid;
use crate::{OffsetSpec, Result};

/// Where to begin without a committed offset, or when the offset is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetReset {
    /// At the first record.
    Earliest,
    /// After the last record.
    Latest,
    /// Fail.
    None,
}

/// Which records a consumer sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsolationLevel {
    /// All records below the high watermark.
    ReadUncommitted,
    /// Below the last stable offset: records of committed transactions, and records outside of transactions.
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

/// How a group assigns partitions to its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AssignorKind {
    /// `RangeAssignor`: of each topic, a range of partitions to each member.
    Range,
    /// `RoundRobinAssignor`: all partitions to the members in turn.
    RoundRobin,
}

impl AssignorKind {
    /// Name of the assignor in the group protocol.
    pub(crate) fn name(self) -> &'static str {
        match self {
            AssignorKind::Range => "range",
            AssignorKind::RoundRobin => "roundrobin",
        }
    }
}

/// The settings of a consumer.
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
    /// `fetch.min.bytes`: the broker waits until this many bytes are available, at most `fetch.max.wait.ms`.
    pub fetch_min_bytes: i32,
    /// `fetch.max.bytes`: largest response; a first batch may be larger.
    pub fetch_max_bytes: i32,
    /// `fetch.max.wait.ms`.
    pub fetch_max_wait: Duration,
    /// `max.partition.fetch.bytes`: largest data of one partition in a response; a first batch may be
    /// larger.
    pub partition_fetch_max_bytes: i32,
    /// `max.poll.records`.
    pub poll_records_max: usize,
    /// `max.poll.interval.ms`: a member that does not poll for this time leaves its group.
    pub poll_interval_max: Duration,
    /// `session.timeout.ms`: a member that sends no heartbeat for this time is removed from its
    /// group.
    pub session_timeout: Duration,
    /// `heartbeat.interval.ms`.
    pub heartbeat_interval: Duration,
    /// `check.crcs`.
    pub check_crcs: bool,
    /// `allow.auto.create.topics`: whether a Metadata request may create a missing topic.
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
    /// Reads properties by Kafka's names.
    ///
    /// # Errors
    /// [`crate::Error::Config`] for an invalid value.
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
    /// Where to begin without a committed offset; `None` fails.
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
        // Kafka's class name, or the name in the group protocol.
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
