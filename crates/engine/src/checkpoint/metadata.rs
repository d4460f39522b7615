//! `metadata`: who the query is, `{"id":"<uuid>"}`.

use std::io::ErrorKind as IoErrorKind;

use bytes::Bytes;
use io::Objects;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, ErrorKind, Result};

/// What is true of a query in all its runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryMetadata {
    /// The query's id; a run has one of its own besides.
    #[serde(with = "as_text")]
    pub id: Uuid,
}

impl QueryMetadata {
    /// Reads the file of a checkpoint, if it is there.
    ///
    /// # Errors
    /// `Checkpoint` if it cannot be understood; the store's.
    pub fn read(objects: &Objects, checkpoint: &str) -> Result<Option<QueryMetadata>> {
        let name = path(checkpoint);
        let bytes = match objects.get(&name) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == IoErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(format!("read {name}"), error)),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            Error::new(
                ErrorKind::Checkpoint,
                format!("{name} is malformed: {error}"),
            )
        })
    }

    /// Writes the file of a new checkpoint, durably.
    ///
    /// # Errors
    /// The store's; also if somebody else has written it meanwhile.
    pub fn write(&self, objects: &Objects, checkpoint: &str) -> Result<()> {
        let name = path(checkpoint);
        let text = serde_json::to_string(self).expect("an id has a JSON form");
        objects
            .put_new(&name, Bytes::from(text))
            .map_err(|error| Error::io(format!("write {name}"), error))
    }
}

fn path(checkpoint: &str) -> String {
    format!("{checkpoint}/metadata")
}

mod as_text {
    use serde::{Deserialize, Deserializer, Serializer};
    use uuid::Uuid;

    pub(super) fn serialize<S: Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Uuid, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
