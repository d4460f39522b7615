//! How fast a store takes batches: `cargo run --release -p vltava-state --example throughput [keys] [batch rows]`.
//!
//! Each batch reads and writes a sum and a count for random integer keys, as an aggregation does after it has
//! grouped its input, and commits. Says key updates per second, what a commit and a snapshot cost, and memory.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type};
use io::Io;
use vltava_state::{StateConfig, StateError, StateSchema, StateStore};

const BATCHES: u64 = 30;

fn main() -> Result<(), StateError> {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|a| a.parse::<u64>().expect("a number"));
    let keys = arguments.next().unwrap_or(1_000_000);
    let rows = arguments.next().unwrap_or(100_000);
    let (io, _executors) = Io::real(1);
    let dir = std::env::temp_dir().join(format!("vltava-state-{:x}", io.rng.u64()));
    let dir = dir.to_str().expect("a plain path");

    let key = vec![Field::new("key", DataType::Int64, false)];
    let value = vec![
        Field::new("sum", DataType::Float64, true),
        Field::new("count", DataType::Int64, true),
    ];
    let schema = StateSchema::new(key.into(), value.into())?.with_buckets();
    let mut store = StateStore::open(io.objects.clone(), dir, schema, StateConfig::default())?;

    let (mut updating, mut committing, mut snapshots) =
        (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut changelog_bytes = 0;
    for batch in 1..=BATCHES {
        let ids: Int64Array = (0..rows).map(|_| Some(io.rng.below(keys) as i64)).collect();
        let buckets: Int64Array = ids.iter().map(|id| id.map(|id| id % 100)).collect();
        let ids: ArrayRef = Arc::new(ids);

        let start = io.clock.elapsed();
        let slots = store.intern(&[ids])?.slots;
        let old = store.take(&slots)?;
        let sums: Float64Array = old[0]
            .as_primitive::<Float64Type>()
            .iter()
            .map(|sum| Some(sum.unwrap_or(0.0) + 1.5))
            .collect();
        let counts: Int64Array = old[1]
            .as_primitive::<Int64Type>()
            .iter()
            .map(|count| Some(count.unwrap_or(0) + 1))
            .collect();
        store.put(&slots, &[Arc::new(sums), Arc::new(counts)])?;
        store.put_buckets(&slots, &buckets);
        let updated = io.clock.elapsed();
        let committed = store.commit(batch)?;
        let done = io.clock.elapsed();

        updating += updated - start;
        committing += done - updated;
        changelog_bytes += committed.bytes;
        if let Some(maintenance) = committed.maintenance {
            maintenance.run()?;
            snapshots += io.clock.elapsed() - done;
        }
    }
    let start = io.clock.elapsed();
    let evicted = store.evict_through(49)?;
    let evicting = io.clock.elapsed() - start;

    let million = (rows * BATCHES) as f64 / 1e6;
    println!("{keys} keys, {BATCHES} batches of {rows} updates");
    println!("update    {:6.2} M/s", million / updating.as_secs_f64());
    println!(
        "commit    {:6.2} M/s, {} bytes per update",
        million / committing.as_secs_f64(),
        changelog_bytes / (rows * BATCHES)
    );
    println!("snapshots {:6.2} s in all", snapshots.as_secs_f64());
    println!(
        "evict     {:6.2} M/s",
        evicted.num_rows() as f64 / 1e6 / evicting.as_secs_f64()
    );
    println!(
        "memory    {} bytes per key before eviction",
        store.memory_bytes() / (store.len() + evicted.num_rows()).max(1)
    );
    io.objects.delete_dir(dir).map_err(|source| StateError::Io {
        path: dir.to_owned(),
        source,
    })
}
