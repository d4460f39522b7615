//! `meta.properties`: the node and the cluster that a log directory belongs to. Version 1, as
//! Kafka 4 writes it.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use io::Disk;
use wire::Uuid;

use crate::properties;

/// The file's name.
pub const FILE_NAME: &str = "meta.properties";
const VERSION: &str = "1";

/// The content of `meta.properties`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaProperties {
    /// The id of the cluster.
    pub cluster_id: String,
    /// The id of the node.
    pub node_id: i32,
    /// The id of the directory itself.
    pub directory_id: Uuid,
}

/// Reads the file in `log_dir`. `None` if there is none: the directory is new.
///
/// # Errors
/// `InvalidData` with what is missing or wrong; errors of reading.
pub fn read(disk: &Disk, log_dir: &Path) -> Result<Option<MetaProperties>> {
    let path = log_dir.join(FILE_NAME);
    let content = match disk.read(&path) {
        Ok(content) => content,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let malformed = |what: &str| {
        Error::new(
            ErrorKind::InvalidData,
            format!(
                "{}: {what}; restore the file from a copy, or from another directory of this node",
                path.display()
            ),
        )
    };
    let text = String::from_utf8_lossy(&content);
    let fields = properties::parse(&text).map_err(|e| malformed(&e.to_string()))?;
    let field = |name: &str| {
        fields
            .get(name)
            .ok_or_else(|| malformed(&format!("{name} is missing")))
    };
    let version = field("version")?;
    if version != VERSION {
        return Err(malformed(&format!(
            "version is {version}; only directories of Kafka in KRaft mode (version {VERSION}) \
             can be opened"
        )));
    }
    Ok(Some(MetaProperties {
        cluster_id: field("cluster.id")?.clone(),
        node_id: field("node.id")?
            .parse()
            .map_err(|_| malformed("node.id is not a number"))?,
        directory_id: match fields.get("directory.id") {
            Some(id) => id
                .parse()
                .map_err(|_| malformed("directory.id is not an id"))?,
            None => Uuid::default(),
        },
    }))
}

/// Writes the file in `log_dir`, durably.
///
/// # Errors
/// Errors of writing.
pub fn write(disk: &Disk, log_dir: &Path, properties: &MetaProperties) -> Result<()> {
    let text = format!(
        "#\ncluster.id={}\ndirectory.id={}\nnode.id={}\nversion={VERSION}\n",
        properties.cluster_id, properties.directory_id, properties.node_id
    );
    disk.write_atomic(&log_dir.join(FILE_NAME), text.as_bytes())
}
