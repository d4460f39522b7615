//! Rows as JSON.

use std::collections::BTreeMap;

use format::json::{JsonEncoder, JsonEncoderOptions};
use format::time::Zone;

use crate::error::{Error, Result};

/// Rows as JSON objects, a line each, in the time zone called `zone`.
pub(crate) fn json_lines(batch: &arrow::array::RecordBatch, zone: &str) -> Result<Vec<String>> {
    let zone = Zone::parse(zone).unwrap_or(Zone::UTC);
    let mut lines = Vec::new();
    let options = JsonEncoderOptions::from_map(&BTreeMap::new(), zone)?;
    JsonEncoder::new(options)
        .encode_lines(batch, &mut lines)
        .map_err(Error::from)?;
    let text = String::from_utf8_lossy(&lines);
    Ok(text.lines().map(str::to_owned).collect())
}
