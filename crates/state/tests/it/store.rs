//! A store in memory: interning, values, buckets.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringArray, StructArray};
use arrow::datatypes::{DataType, Field, Fields, Int64Type};
use vltava_state::{StateConfig, StateError, StateSchema, StateStore, row_partitions};

use crate::{content, counts, pairs, set, small_config, word_count_schema, words};

#[test]
fn a_key_keeps_its_slot_and_a_new_one_is_told() {
    let mut store = StateStore::in_memory(word_count_schema(), small_config()).unwrap();
    let first = store.intern(&words(&["a", "b", "a"])).unwrap();
    assert_eq!(first.is_new, [true, true, false]);
    assert_eq!(first.slots[0], first.slots[2]);
    // A new key is a row at once, without value.
    assert!(store.take(&first.slots).unwrap()[0].is_null(0));

    store.put(&first.slots, &counts(&[1, 2, 3])).unwrap();
    assert_eq!(content(&store), pairs(&[("a", 3), ("b", 2)]));

    let second = store.intern(&words(&["b", "c"])).unwrap();
    assert_eq!(second.is_new, [false, true]);
    assert_eq!(second.slots[0], first.slots[1]);
    assert_eq!(
        store.find(&words(&["c", "zz"])).unwrap(),
        [Some(second.slots[1]), None]
    );
}

#[test]
fn a_slot_given_to_another_key_does_not_show_the_old_value() {
    let mut store = StateStore::in_memory(word_count_schema(), small_config()).unwrap();
    set(&mut store, &[("old", 7)]);
    let slot = store.find(&words(&["old"])).unwrap()[0].unwrap();
    store.remove(&[slot, slot]);
    assert!(store.is_empty());

    let new = store.intern(&words(&["new"])).unwrap();
    assert_eq!(new.slots, [slot]);
    assert!(store.take(&new.slots).unwrap()[0].is_null(0));
}

#[test]
fn without_key_columns_there_is_one_key() {
    let value = Fields::from(vec![Field::new("count", DataType::Int64, true)]);
    let config = StateConfig {
        partitions: 1,
        owned: 0..1,
        ..small_config()
    };
    let mut store =
        StateStore::in_memory(StateSchema::new(Fields::empty(), value).unwrap(), config).unwrap();
    let total = store.intern(&[]).unwrap();
    store.put(&total.slots, &counts(&[5])).unwrap();
    assert_eq!(store.intern(&[]).unwrap().is_new, [false]);
    let batch = store.batch(&store.all()).unwrap();
    assert_eq!(batch.num_rows(), 1);
    assert_eq!(batch.values[0].as_primitive::<Int64Type>().value(0), 5);
}

#[test]
fn eviction_takes_what_is_due_in_order_of_bucket_and_key() {
    let schema = word_count_schema().with_buckets();
    let mut store = StateStore::in_memory(schema, small_config()).unwrap();
    let slots = store
        .intern(&words(&["d", "c", "b", "a", "never"]))
        .unwrap()
        .slots;
    store.put(&slots, &counts(&[1, 2, 3, 4, 5])).unwrap();
    let buckets = Int64Array::from(vec![Some(20), Some(10), Some(20), Some(30), None]);
    store.put_buckets(&slots, &buckets);
    // The window of "d" is extended: it must not fall due at 20.
    store.put_buckets(&slots[..1], &Int64Array::from(vec![40]));

    assert_eq!(store.evict_through(9).unwrap().num_rows(), 0);
    let due = store.evict_through(30).unwrap();
    let keys: Vec<_> = due.keys[0].as_string::<i32>().iter().flatten().collect();
    assert_eq!(keys, ["c", "b", "a"]);
    assert_eq!(
        due.values[0].as_primitive::<Int64Type>().values().as_ref(),
        &[2, 3, 4]
    );
    assert_eq!(due.buckets.values().as_ref(), &[10, 20, 30]);
    assert_eq!(content(&store), pairs(&[("d", 1), ("never", 5)]));
}

#[test]
fn keys_and_values_may_be_nested() {
    let window = Fields::from(vec![
        Field::new("start", DataType::Int64, false),
        Field::new("end", DataType::Int64, false),
    ]);
    let item = Arc::new(Field::new("item", DataType::Utf8, true));
    let key = Fields::from(vec![Field::new(
        "window",
        DataType::Struct(window.clone()),
        true,
    )]);
    let value = Fields::from(vec![Field::new("names", DataType::List(item), true)]);
    let schema = StateSchema::new(key, value).unwrap();
    let mut store = StateStore::in_memory(schema, small_config()).unwrap();

    let bounds = |from: Vec<i64>| -> ArrayRef {
        let end = from.iter().map(|v| v + 10).collect::<Int64Array>();
        let start = Int64Array::from(from);
        Arc::new(StructArray::new(
            window.clone(),
            vec![Arc::new(start), Arc::new(end)],
            None,
        ))
    };
    let names = |lists: &[&[&str]]| -> ArrayRef {
        let mut builder = arrow::array::ListBuilder::new(arrow::array::StringBuilder::new());
        for list in lists {
            builder.append_value(list.iter().map(|name| Some(*name)));
        }
        Arc::new(builder.finish())
    };
    let slots = store.intern(&[bounds(vec![0, 10])]).unwrap().slots;
    store.put(&slots, &[names(&[&["x"], &["y", "z"]])]).unwrap();
    store.put(&slots[..1], &[names(&[&["x", "w"]])]).unwrap();

    assert_eq!(&store.keys(&slots).unwrap()[0], &bounds(vec![0, 10]));
    assert_eq!(
        &store.take_column(0, &slots).unwrap(),
        &names(&[&["x", "w"], &["y", "z"]])
    );
}

#[test]
fn a_shard_refuses_keys_of_partitions_it_does_not_own() {
    let keys = words(&["a", "b", "c", "d", "e", "f"]);
    let partitions = row_partitions(&keys, 4).unwrap();
    let foreign = *partitions.iter().find(|&&p| p >= 2).unwrap();
    let config = StateConfig {
        owned: 0..2,
        ..small_config()
    };
    let mut store = StateStore::in_memory(word_count_schema(), config).unwrap();
    match store.intern(&keys) {
        Err(StateError::ForeignPartition { partition, .. }) => assert_eq!(partition, foreign),
        other => panic!("{other:?}"),
    }
    assert!(store.is_empty());
}

#[test]
fn memory_of_strings_follows_what_is_held_not_what_was_written() {
    let key = Fields::from(vec![Field::new("k", DataType::Int64, false)]);
    let value = Fields::from(vec![Field::new("v", DataType::Utf8, true)]);
    let mut store =
        StateStore::in_memory(StateSchema::new(key, value).unwrap(), small_config()).unwrap();
    let slots = store
        .intern(&[Arc::new(Int64Array::from_iter_values(0..1000))])
        .unwrap()
        .slots;
    let text = "x".repeat(100);
    for _ in 0..200 {
        let values: ArrayRef = Arc::new(StringArray::from_iter_values(vec![text.as_str(); 1000]));
        store.put(&slots, &[values]).unwrap();
    }
    // 100 kB are held, 20 MB were written.
    assert!(store.memory_bytes() < 2_000_000, "{}", store.memory_bytes());
}
