//! What a store holds: key columns, value columns, and how keys are spread over partitions.

use std::ops::Range;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef, Fields};

use crate::error::StateError;
use crate::hash;

/// The columns of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateSchema {
    key: Fields,
    value: Fields,
    bucketed: bool,
}

impl StateSchema {
    /// A schema without event-time buckets.
    ///
    /// Values are stored as nullable, whatever `value` says: a key that was interned and never put has nulls.
    /// Fails with [`StateError::UnsupportedType`] for a key type that Spark's hash does not know, and for
    /// dictionary, run-end and union columns (give plain arrays).
    pub fn new(key: Fields, value: Fields) -> Result<StateSchema, StateError> {
        for field in &key {
            if !hash::is_hashable(field.data_type()) {
                return Err(StateError::UnsupportedType {
                    data_type: field.data_type().clone(),
                });
            }
        }
        for field in key.iter().chain(&value) {
            check_storable(field.data_type())?;
        }
        let value = value.iter().map(nullable).collect();
        Ok(StateSchema {
            key,
            value,
            bucketed: false,
        })
    }

    /// The same with an event-time bucket per key, so that [`evict_through`](crate::StateStore::evict_through)
    /// works.
    pub fn with_buckets(self) -> StateSchema {
        StateSchema {
            bucketed: true,
            ..self
        }
    }

    /// The key columns.
    pub fn key(&self) -> &Fields {
        &self.key
    }

    /// The value columns, all nullable.
    pub fn value(&self) -> &Fields {
        &self.value
    }

    /// Whether each key may have an event-time bucket.
    pub fn is_bucketed(&self) -> bool {
        self.bucketed
    }

    pub(crate) fn check_keys(&self, keys: &[ArrayRef]) {
        check("key", &self.key, keys);
    }

    pub(crate) fn check_values(&self, values: &[ArrayRef]) {
        check("value", &self.value, values);
    }
}

/// Columns that do not fit the schema are a mistake of the operator, not of data.
fn check(what: &str, fields: &Fields, columns: &[ArrayRef]) {
    assert_eq!(columns.len(), fields.len(), "number of {what} columns");
    for (field, column) in fields.iter().zip(columns) {
        assert_eq!(
            column.data_type(),
            field.data_type(),
            "type of {what} column {:?}",
            field.name()
        );
    }
}

fn nullable(field: &FieldRef) -> FieldRef {
    if field.is_nullable() {
        field.clone()
    } else {
        Field::clone(field).with_nullable(true).into()
    }
}

fn check_storable(data_type: &DataType) -> Result<(), StateError> {
    match data_type {
        DataType::Dictionary(_, _) | DataType::RunEndEncoded(_, _) | DataType::Union(_, _) => {
            Err(StateError::UnsupportedType {
                data_type: data_type.clone(),
            })
        }
        DataType::List(f)
        | DataType::LargeList(f)
        | DataType::ListView(f)
        | DataType::LargeListView(f)
        | DataType::FixedSizeList(f, _)
        | DataType::Map(f, _) => check_storable(f.data_type()),
        DataType::Struct(fields) => fields
            .iter()
            .try_for_each(|f| check_storable(f.data_type())),
        _ => Ok(()),
    }
}

/// How a store is laid out and how long its past is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateConfig {
    /// The number of state partitions of the whole operator (`spark.sql.shuffle.partitions`).
    pub partitions: u32,
    /// The partitions whose keys this store holds.
    pub owned: Range<u32>,
    /// A snapshot is due when this many versions have been committed since the last one
    /// (`spark.sql.streaming.stateStore.minDeltasForSnapshot`).
    pub snapshot_every: u64,
    /// Versions behind the newest that can still be loaded (`spark.sql.streaming.minBatchesToRetain`).
    pub versions_retained: u64,
}

impl Default for StateConfig {
    fn default() -> Self {
        StateConfig {
            partitions: 200,
            owned: 0..200,
            snapshot_every: 10,
            versions_retained: 100,
        }
    }
}
