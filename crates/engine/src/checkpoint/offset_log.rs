//! `offsets/N`: what batch N reads, written before it runs.
//!
//! ```text
//! v1
//! {"batchWatermarkMs":0,"batchTimestampMs":1795344231066,"conf":{…}}
//! {"logOffset":2}          one line per source, "-" for one that has nothing yet
//! ```

use io::Objects;
use serde::{Deserialize, Serialize};

use super::{NumberedLog, PinnedConf};
use crate::error::{Error, ErrorKind, Result};
use crate::source::Offset;

/// Stands for a source without an offset.
const NO_OFFSET: &str = "-";

/// A batch as it was planned: everything that makes running it again give the same result.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedBatch {
    /// The global watermark during the batch, in milliseconds since the epoch.
    pub watermark_ms: i64,
    /// What `current_timestamp` is during the batch, in milliseconds since the epoch.
    pub timestamp_ms: i64,
    /// Configuration that must not change between runs.
    pub conf: PinnedConf,
    /// Where each source is read to.
    pub ends: Vec<Option<Offset>>,
}

/// The first line after the version.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    batch_watermark_ms: i64,
    batch_timestamp_ms: i64,
    #[serde(default)]
    conf: PinnedConf,
}

/// The log of planned batches.
#[derive(Clone, Debug)]
pub struct OffsetLog(NumberedLog);

impl OffsetLog {
    pub(crate) fn new(objects: &Objects, directory: &str) -> OffsetLog {
        OffsetLog(NumberedLog::new(objects, directory))
    }

    /// The number of the last batch planned.
    ///
    /// # Errors
    /// The store's.
    pub fn latest(&self) -> Result<Option<u64>> {
        self.0.latest()
    }

    /// The numbers of all batches in the log, ascending.
    ///
    /// # Errors
    /// The store's.
    pub fn numbers(&self) -> Result<Vec<u64>> {
        self.0.numbers()
    }

    /// A batch, if it is in the log.
    ///
    /// # Errors
    /// `Checkpoint` if its file cannot be understood; the store's.
    pub fn get(&self, batch_id: u64) -> Result<Option<PlannedBatch>> {
        match self.0.get(batch_id)? {
            None => Ok(None),
            Some(text) => match parse(&text) {
                Ok(planned) => Ok(Some(planned)),
                Err(reason) => Err(Error::new(
                    ErrorKind::Checkpoint,
                    format!("{} is malformed: {reason}", self.0.path(batch_id)),
                )),
            },
        }
    }

    /// Writes a batch, durably.
    ///
    /// # Errors
    /// `CONCURRENT_STREAM_LOG_UPDATE` if it is there; the store's.
    pub fn add(&self, batch_id: u64, planned: &PlannedBatch) -> Result<()> {
        self.0.add(batch_id, &print(planned))
    }

    /// Forgets batches before `batch_id`.
    ///
    /// # Errors
    /// The store's.
    pub fn purge_before(&self, batch_id: u64) -> Result<()> {
        self.0.purge_before(batch_id)
    }

    /// Forgets one batch.
    pub(super) fn purge(&self, batch_id: u64) -> Result<()> {
        self.0.purge(batch_id)
    }
}

fn print(planned: &PlannedBatch) -> String {
    let header = Header {
        batch_watermark_ms: planned.watermark_ms,
        batch_timestamp_ms: planned.timestamp_ms,
        conf: planned.conf.clone(),
    };
    let mut text = serde_json::to_string(&header).expect("numbers and strings have a JSON form");
    for end in &planned.ends {
        text.push('\n');
        text.push_str(end.as_ref().map_or(NO_OFFSET, |end| end.0.as_str()));
    }
    text
}

fn parse(text: &str) -> Result<PlannedBatch, String> {
    let mut lines = text.lines();
    let header = lines.next().ok_or("it ends after its first line")?;
    let header: Header = serde_json::from_str(header).map_err(|error| error.to_string())?;
    let ends = lines
        .map(|line| (line != NO_OFFSET).then(|| Offset(line.to_string())))
        .collect();
    Ok(PlannedBatch {
        watermark_ms: header.batch_watermark_ms,
        timestamp_ms: header.batch_timestamp_ms,
        conf: header.conf,
        ends,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_printed_as_spark_prints_it() {
        let planned = PlannedBatch {
            watermark_ms: 1_767_225_595_000,
            timestamp_ms: 1_795_344_231_066,
            conf: PinnedConf::from_iter([("spark.sql.shuffle.partitions", "2")]),
            ends: vec![
                Some(Offset(r#"{"t":{"0":534,"1":134}}"#.into())),
                None,
                Some(Offset("3".into())),
            ],
        };
        let text = print(&planned);
        assert_eq!(
            text,
            "{\"batchWatermarkMs\":1767225595000,\"batchTimestampMs\":1795344231066,\
             \"conf\":{\"spark.sql.shuffle.partitions\":\"2\"}}\n\
             {\"t\":{\"0\":534,\"1\":134}}\n-\n3"
        );
        assert_eq!(parse(&text), Ok(planned));
    }

    #[test]
    fn a_torn_file_is_an_error_not_a_batch() {
        assert!(parse("").is_err());
        assert!(parse("{\"batchWatermarkMs\":17").is_err());
    }
}
