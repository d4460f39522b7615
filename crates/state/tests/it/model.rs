//! A store against a map that does the obvious, through random lives of batches, crashes and reruns.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type};
use io::sim::Sim;
use vltava_state::{StateBatch, StateConfig, StateSchema, StateStore};

type Key = (Option<String>, i64);

/// What is kept per key; sums are whole numbers, so that they can be compared.
#[derive(Clone, Debug, PartialEq, PartialOrd, Default)]
struct Row {
    sum: Option<f64>,
    name: Option<String>,
    bucket: Option<i64>,
}

type Model = BTreeMap<Key, Row>;

/// A seeded random number generator (splitmix64).
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn key(&mut self) -> Key {
        let word = match self.below(12) {
            0 => None,
            n => Some("k".repeat(n as usize)),
        };
        (word, self.below(6) as i64)
    }
}

fn schema() -> StateSchema {
    let key = vec![
        Field::new("word", DataType::Utf8, true),
        Field::new("n", DataType::Int64, false),
    ];
    let value = vec![
        Field::new("sum", DataType::Float64, true),
        Field::new("name", DataType::Utf8, true),
    ];
    StateSchema::new(key.into(), value.into())
        .unwrap()
        .with_buckets()
}

fn key_columns(keys: &[Key]) -> Vec<ArrayRef> {
    let words: StringArray = keys.iter().map(|(word, _)| word.as_deref()).collect();
    let numbers: Int64Array = keys.iter().map(|(_, n)| Some(*n)).collect();
    vec![Arc::new(words), Arc::new(numbers)]
}

fn rows(batch: &StateBatch) -> Vec<(Key, Row)> {
    let words = batch.keys[0].as_string::<i32>();
    let numbers = batch.keys[1].as_primitive::<Int64Type>();
    let sums = batch.values[0].as_primitive::<Float64Type>();
    let names = batch.values[1].as_string::<i32>();
    (0..batch.num_rows())
        .map(|i| {
            let key = (
                words.is_valid(i).then(|| words.value(i).to_owned()),
                numbers.value(i),
            );
            let row = Row {
                sum: sums.is_valid(i).then(|| sums.value(i)),
                name: names.is_valid(i).then(|| names.value(i).to_owned()),
                bucket: batch.buckets.is_valid(i).then(|| batch.buckets.value(i)),
            };
            (key, row)
        })
        .collect()
}

fn content(store: &StateStore) -> Model {
    rows(&store.batch(&store.all()).unwrap())
        .into_iter()
        .collect()
}

/// Adds to the sums of random keys, renames them, moves their buckets: as an aggregation does.
fn upsert(random: &mut Seeded, store: &mut StateStore, model: &mut Model) {
    let keys: Vec<Key> = (0..random.below(20)).map(|_| random.key()).collect();
    let interned = store.intern(&key_columns(&keys)).unwrap();
    for ((key, slot), is_new) in keys.iter().zip(&interned.slots).zip(&interned.is_new) {
        assert_eq!(*is_new, !model.contains_key(key), "{key:?}");
        let row = model.entry(key.clone()).or_default();
        let old = store.take(&[*slot]).unwrap();
        let old = old[0].as_primitive::<Float64Type>();
        assert_eq!(old.is_valid(0).then(|| old.value(0)), row.sum);
        row.sum = Some(row.sum.unwrap_or(0.0) + random.below(100) as f64);
        row.name = (random.below(4) > 0).then(|| format!("name{}", random.below(1000)));
        row.bucket = (random.below(5) > 0).then(|| random.below(50) as i64);
        let values: Vec<ArrayRef> = vec![
            Arc::new(Float64Array::from(vec![row.sum])),
            Arc::new(StringArray::from(vec![row.name.clone()])),
        ];
        store.put(&[*slot], &values).unwrap();
        store.put_buckets(&[*slot], &Int64Array::from(vec![row.bucket]));
    }
}

fn remove(random: &mut Seeded, store: &mut StateStore, model: &mut Model) {
    let keys: Vec<Key> = (0..random.below(5)).map(|_| random.key()).collect();
    let found: Vec<u32> = store
        .find(&key_columns(&keys))
        .unwrap()
        .into_iter()
        .flatten()
        .collect();
    store.remove(&found);
    for key in keys {
        model.remove(&key);
    }
}

fn evict(random: &mut Seeded, store: &mut StateStore, model: &mut Model) {
    let bound = random.below(40) as i64;
    let due = |row: &Row| row.bucket.is_some_and(|bucket| bucket <= bound);
    let mut expected: Vec<(Key, Row)> = model
        .iter()
        .filter(|(_, row)| due(row))
        .map(|(k, r)| (k.clone(), r.clone()))
        .collect();
    expected.sort_by_key(|(key, row)| (row.bucket, key.clone()));
    assert_eq!(rows(&store.evict_through(bound).unwrap()), expected);
    model.retain(|_, row| !due(row));
}

/// One life: batches, of which some crash before or after their commit and run again otherwise.
fn live(seed: u64) {
    let random = &mut Seeded(seed);
    let config = StateConfig {
        partitions: 5,
        owned: 0..5,
        snapshot_every: 1 + random.below(5),
        versions_retained: 6,
    };
    let mut sim = Sim::new(seed);
    let open = |sim: &Sim| {
        StateStore::open(sim.io().objects, "/state/0/0", schema(), config.clone()).unwrap()
    };
    let mut store = open(&sim);
    let mut history = vec![Model::new()];
    let mut model = Model::new();
    for _ in 0..40 {
        for _ in 0..random.below(4) {
            match random.below(3) {
                0 => upsert(random, &mut store, &mut model),
                1 => remove(random, &mut store, &mut model),
                _ => evict(random, &mut store, &mut model),
            }
        }
        assert_eq!(content(&store), model);
        assert_eq!(store.len(), model.len());
        if random.below(5) > 0 {
            let committed = store.commit(store.version() + 1).unwrap();
            history.truncate(store.version() as usize);
            history.push(model.clone());
            // A snapshot may be lost, or come late, after the next batch has changed the store.
            if let Some(maintenance) = committed.maintenance.filter(|_| random.below(4) > 0) {
                upsert(random, &mut store, &mut model.clone());
                maintenance.run().unwrap();
                store.load(store.version()).unwrap();
            }
        }
        if random.below(3) == 0 {
            // A crash; the batch that was last may have to run again.
            let newest = history.len() as u64 - 1;
            let version = newest - random.below(2).min(newest);
            if random.below(2) == 0 {
                sim.crash();
                store = open(&sim);
            }
            store.load(version).unwrap();
            model = history[version as usize].clone();
            assert_eq!(
                content(&store),
                history[version as usize],
                "version {version}"
            );
        }
    }
    let newest = history.len() as u64 - 1;
    for version in newest.saturating_sub(6)..=newest {
        let mut reopened = open(&sim);
        reopened.load(version).unwrap();
        assert_eq!(
            content(&reopened),
            history[version as usize],
            "version {version} of {newest}"
        );
    }
}

#[test]
fn a_store_is_a_map_with_versions() {
    for seed in 0..60 {
        println!("seed {seed}");
        live(seed);
    }
}
