//! State as its users see it: Spark's hash, versions on disk, and a store against a plain map.

mod files;
mod model;
mod spark_hash;
mod store;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Fields};
use vltava_state::{StateConfig, StateSchema, StateStore};

/// Counts per word: the smallest state there is.
fn word_count_schema() -> StateSchema {
    let key = Fields::from(vec![Field::new("word", DataType::Utf8, true)]);
    let value = Fields::from(vec![Field::new("count", DataType::Int64, true)]);
    StateSchema::new(key, value).unwrap()
}

/// Four partitions, all owned; a snapshot every third version.
fn small_config() -> StateConfig {
    StateConfig {
        partitions: 4,
        owned: 0..4,
        snapshot_every: 3,
        versions_retained: 5,
    }
}

fn words(words: &[&str]) -> Vec<ArrayRef> {
    vec![Arc::new(StringArray::from(words.to_vec()))]
}

fn counts(counts: &[i64]) -> Vec<ArrayRef> {
    vec![Arc::new(Int64Array::from(counts.to_vec()))]
}

/// Sets the count of each word.
fn set(store: &mut StateStore, pairs: &[(&str, i64)]) {
    let (keys, values): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
    let interned = store.intern(&words(&keys)).unwrap();
    store.put(&interned.slots, &counts(&values)).unwrap();
}

/// All words with their counts, alphabetically.
fn content(store: &StateStore) -> Vec<(String, i64)> {
    let batch = store.batch(&store.all()).unwrap();
    let words = batch.keys[0]
        .as_any()
        .downcast_ref::<StringArray>()
        .unwrap();
    let counts = batch.values[0]
        .as_any()
        .downcast_ref::<Int64Array>()
        .unwrap();
    let mut content: Vec<_> = (0..batch.num_rows())
        .map(|i| (words.value(i).to_owned(), counts.value(i)))
        .collect();
    content.sort();
    content
}

fn pairs(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs
        .iter()
        .map(|(word, count)| ((*word).to_owned(), *count))
        .collect()
}
