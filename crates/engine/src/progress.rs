//! What a query reports about each batch, in Spark's JSON.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One batch, as reported to listeners and by `last_progress`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamingQueryProgress {
    /// The query's id, the same in all its runs.
    pub id: String,
    /// The id of this run.
    pub run_id: String,
    /// The query's name, if it has one.
    pub name: Option<String>,
    /// When the query began to look for this batch: ISO 8601, UTC, with milliseconds.
    pub timestamp: String,
    /// The number of the batch.
    pub batch_id: u64,
    /// Milliseconds from beginning to end.
    pub batch_duration: u64,
    /// Rows read from all sources.
    pub num_input_rows: u64,
    /// Rows read per second since the last batch began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_rows_per_second: Option<f64>,
    /// Rows read per second of the batch's own time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processed_rows_per_second: Option<f64>,
    /// Milliseconds by phase.
    pub duration_ms: BTreeMap<String, u64>,
    /// `watermark`, and `min`, `max`, `avg` of the event times seen; empty without watermark.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub event_time: BTreeMap<String, String>,
    /// Operators with state.
    pub state_operators: Vec<StateOperatorProgress>,
    /// Sources.
    pub sources: Vec<SourceProgress>,
    /// The sink.
    pub sink: SinkProgress,
}

impl StreamingQueryProgress {
    /// The report as one line of JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("a report has a JSON form")
    }

    /// The report as JSON for people.
    pub fn pretty_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a report has a JSON form")
    }
}

/// What an operator with state did in a batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateOperatorProgress {
    /// Such as `stateStoreSave`.
    pub operator_name: String,
    /// Keys in the state after the batch.
    pub num_rows_total: u64,
    /// Keys written.
    pub num_rows_updated: u64,
    /// Milliseconds spent on writing.
    pub all_updates_time_ms: u64,
    /// Keys forgotten.
    pub num_rows_removed: u64,
    /// Milliseconds spent on forgetting.
    pub all_removals_time_ms: u64,
    /// Milliseconds spent on making the state durable.
    pub commit_time_ms: u64,
    /// Bytes of memory.
    pub memory_used_bytes: u64,
    /// Rows that came too late; after a partial aggregation, groups of them.
    pub num_rows_dropped_by_watermark: u64,
    /// `spark.sql.shuffle.partitions` of this query.
    pub num_shuffle_partitions: u64,
    /// Stores behind the operator.
    pub num_state_store_instances: u64,
    /// Further numbers by name.
    pub custom_metrics: BTreeMap<String, i64>,
}

/// What a batch read from one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceProgress {
    /// The source's name, such as `KafkaV2[Subscribe[t]]`.
    pub description: String,
    /// Where the batch began; null in the first one.
    pub start_offset: Value,
    /// Where it ended.
    pub end_offset: Value,
    /// How far the source could have been read; null if it does not know.
    pub latest_offset: Value,
    /// Rows read.
    pub num_input_rows: u64,
    /// Rows read per second since the last batch began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_rows_per_second: Option<f64>,
    /// Rows read per second of the batch's own time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processed_rows_per_second: Option<f64>,
    /// Numbers of the source's own, as text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, String>,
}

/// What a batch wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SinkProgress {
    /// The sink's name.
    pub description: String,
    /// Rows written; −1 if the sink does not count.
    pub num_output_rows: i64,
}

/// Rows per second as reports print it: one decimal; `None` if there is no such number.
pub fn rate(rows: u64, seconds: f64) -> Option<f64> {
    let rate = rows as f64 / seconds;
    rate.is_finite().then(|| (rate * 10.0).round() / 10.0)
}

/// A time in reports: `2026-11-22T10:43:36.017Z`.
pub fn timestamp(ms: i64) -> String {
    match DateTime::<Utc>::from_timestamp_millis(ms) {
        Some(time) => time.to_rfc3339_opts(SecondsFormat::Millis, true),
        // Only beyond the year 262143.
        None => format!("{ms} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_and_prints_as_spark_prints_it() {
        // As Spark 4.3.0 printed it, spaces removed.
        let text = include_str!("../tests/data/spark/progress.json").trim_end();
        let progress: StreamingQueryProgress = serde_json::from_str(text).unwrap();
        assert_eq!(progress.json(), text);
    }

    #[test]
    fn rates_have_one_decimal_or_are_left_out() {
        assert_eq!(rate(3, 0.766), Some(3.9));
        assert_eq!(rate(3, f64::INFINITY), Some(0.0));
        assert_eq!(rate(0, 0.0), None);
        assert_eq!(timestamp(0), "1970-01-01T00:00:00.000Z");
    }
}
