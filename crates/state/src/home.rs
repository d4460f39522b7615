//! The directory of a store: names of its files, its schema file, what is there.

use std::collections::BTreeMap;

use arrow::datatypes::{DataType, Fields, Schema};
use bytes::Bytes;
use io::Objects;

use crate::body;
use crate::error::StateError;
use crate::frame::{self, Frame, Kind};
use crate::schema::{StateConfig, StateSchema};

const SCHEMA_FILE: &str = "_metadata/schema";

/// Where a store keeps its files.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    objects: Objects,
    dir: String,
}

/// The versions there are files of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Ascending.
    pub(crate) changelogs: Vec<u64>,
    /// Ascending.
    pub(crate) snapshots: Vec<u64>,
}

impl Home {
    pub(crate) fn new(objects: Objects, dir: &str) -> Home {
        Home {
            objects,
            dir: dir.trim_end_matches('/').to_owned(),
        }
    }

    pub(crate) fn changelog(&self, version: u64) -> String {
        format!("{}/{version}.changelog", self.dir)
    }

    pub(crate) fn snapshot(&self, version: u64) -> String {
        format!("{}/{version}.snapshot", self.dir)
    }

    pub(crate) fn list(&self) -> Result<Listing, StateError> {
        let mut listing = Listing::default();
        for object in self
            .objects
            .list(&self.dir)
            .map_err(StateError::io(&self.dir))?
        {
            // Anything else (`_metadata`, a checksum left by another tool) is not ours to judge.
            let Some((version, suffix)) = object.name.split_once('.') else {
                continue;
            };
            let Ok(version) = version.parse() else {
                continue;
            };
            match suffix {
                "changelog" => listing.changelogs.push(version),
                "snapshot" => listing.snapshots.push(version),
                _ => {}
            }
        }
        listing.changelogs.sort_unstable();
        listing.snapshots.sort_unstable();
        Ok(listing)
    }

    pub(crate) fn put(&self, path: &str, file: Bytes) -> Result<(), StateError> {
        self.objects.put(path, file).map_err(StateError::io(path))
    }

    pub(crate) fn delete(&self, path: &str) -> Result<(), StateError> {
        self.objects.delete(path).map_err(StateError::io(path))
    }

    /// Reads and checks a file that `version` needs.
    pub(crate) fn get(&self, path: &str, kind: Kind, version: u64) -> Result<Frame, StateError> {
        let file = match self.objects.get(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(StateError::Missing {
                    path: path.to_owned(),
                    version,
                });
            }
            Err(error) => return Err(StateError::io(path)(error)),
        };
        frame::open(path, kind, &file)
    }

    /// Writes the schema file, or checks the one that is there.
    pub(crate) fn settle_schema(
        &self,
        schema: &StateSchema,
        config: &StateConfig,
    ) -> Result<(), StateError> {
        let path = format!("{}/{SCHEMA_FILE}", self.dir);
        match self.get(&path, Kind::Schema, 0) {
            Ok(frame) => {
                let (stored, _) = body::read_stream(&path, frame.body)?;
                check(&path, &stored, &to_stored(schema, config))
            }
            Err(StateError::Missing { .. }) if self.list()? == Listing::default() => {
                let body = body::write_stream(&to_stored(schema, config), &[])
                    .map_err(StateError::arrow("encode state schema"))?;
                self.put(&path, frame::seal(Kind::Schema, 0, 0, &body).0)
            }
            Err(error) => Err(error),
        }
    }
}

/// What the schema file says: the columns of the other files, and the layout beside them.
fn to_stored(schema: &StateSchema, config: &StateConfig) -> Schema {
    let layout = BTreeMap::from([
        ("partitions", config.partitions.to_string()),
        (
            "owned",
            format!("{}..{}", config.owned.start, config.owned.end),
        ),
        ("bucketed", schema.is_bucketed().to_string()),
    ]);
    let metadata = layout.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    body::file_schema(schema).with_metadata(metadata)
}

fn check(path: &str, stored: &Schema, current: &Schema) -> Result<(), StateError> {
    let path = path.to_owned();
    let columns =
        |schema: &Schema, name: &str| match schema.field_with_name(name).map(|f| f.data_type()) {
            Ok(DataType::Struct(fields)) => Ok(fields.clone()),
            _ => Err(StateError::Corrupt {
                path: path.clone(),
                problem: format!("it lacks the {name} columns"),
            }),
        };
    let (old, new) = (columns(stored, "key")?, columns(current, "key")?);
    if !same_types(&old, &new) {
        return Err(StateError::KeySchema {
            path,
            stored: describe(&old),
            current: describe(&new),
        });
    }
    let (old, new) = (columns(stored, "value")?, columns(current, "value")?);
    if !same_types(&old, &new) {
        return Err(StateError::ValueSchema {
            path,
            stored: describe(&old),
            current: describe(&new),
        });
    }
    let (old, new) = (describe_layout(stored), describe_layout(current));
    if old != new {
        return Err(StateError::Layout {
            path,
            stored: old,
            current: new,
        });
    }
    Ok(())
}

/// As in Spark, a column may be renamed, but not change its type.
fn same_types(a: &Fields, b: &Fields) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.data_type() == b.data_type())
}

fn describe(fields: &Fields) -> String {
    let columns: Vec<String> = fields
        .iter()
        .map(|f| format!("{} {}", f.name(), f.data_type()))
        .collect();
    columns.join(", ")
}

fn describe_layout(schema: &Schema) -> String {
    let of = |name: &str| schema.metadata().get(name).map_or("?", String::as_str);
    let buckets = if of("bucketed") == "true" {
        "with"
    } else {
        "without"
    };
    format!(
        "partitions {} of {}, {buckets} event-time buckets",
        of("owned"),
        of("partitions")
    )
}
