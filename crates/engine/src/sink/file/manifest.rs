//! An entry of a file sink's log: one file that belongs to the output.

use serde::{Deserialize, Serialize};

/// Where, below an output directory, the log lies.
pub const MANIFEST_DIRECTORY: &str = "_spark_metadata";

/// The block size that Spark reports for local files. Readers split by it; nothing else looks.
const BLOCK_SIZE: u64 = 32 * 1024 * 1024;

/// A file that a batch has added, as `_spark_metadata/N` holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestEntry {
    /// URL.
    pub path: String,
    /// Bytes.
    pub size: u64,
    is_dir: bool,
    /// Milliseconds since the epoch.
    pub modification_time: i64,
    block_replication: u32,
    block_size: u64,
    action: String,
}

impl ManifestEntry {
    /// The entry of a new file.
    pub fn added(url: String, size: u64, modified_ms: i64) -> ManifestEntry {
        ManifestEntry {
            path: url,
            size,
            is_dir: false,
            modification_time: modified_ms,
            block_replication: 1,
            block_size: BLOCK_SIZE,
            action: "add".to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_printed_as_spark_prints_it() {
        // As Spark 4.3.0 wrote it.
        let text = r#"{"path":"file:///out/part-00000-b1b2b17d-13e9-4faa-9d3b-d92fe5d791f7-c000.snappy.parquet","size":978,"isDir":false,"modificationTime":1795369703002,"blockReplication":1,"blockSize":33554432,"action":"add"}"#;
        let entry: ManifestEntry = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&entry).unwrap(), text);
    }
}
