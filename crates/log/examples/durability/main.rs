//! Compares ways to make appends durable, at the level of files:
//!
//! ```text
//! cargo run --release -p vltava-log --example durability -- DIR [SECONDS [WAY]]
//! ```
//!
//! Each producer is a thread. It appends batches to the segments of partitions and waits for a batch
//! to be durable before it sends the next. A committer makes the appended batches durable, round
//! after round, in one of four ways (see [`rounds::Way`]). Each run lasts SECONDS (2). WAY selects
//! one of the ways. The table goes to the standard output, row by row; each cell has one figure per
//! way.
//!
//! A batch is ten records of 1 KB. "Unkeyed" producers use the same partition for 16 batches, as a
//! client's sticky partitioner does; "keyed" ones choose a random partition for every batch. At most
//! 200 segments are open at a time, as in the broker; writes to a segment that was closed are synced
//! by a `syncfs` (`io::Disk::cached`).
//!
//! What is measured:
//! - records/s and percentiles of the time from before the append to the acknowledgement;
//! - CPU of the process, without the kernel's own threads (write-back, journal);
//! - bytes written per byte kept: to files by this process (`write_bytes` of `/proc/self/io`,
//!   which counts pages when they become dirty), and to the device by all processes
//!   (`/proc/diskstats`, with the journal; use a quiet machine). Both include a sync at the end;
//! - tail read: reading the newest 64 KB of a partition into a buffer, from the page cache, or
//!   from memory if they are not in a segment yet;
//! - recovery: unsynced bytes are removed from the segments, as by a power cut. Then the segments are
//!   scanned from the recovery point (a run is too short for a checkpoint, which is written once a
//!   minute), or the log is read and written into the segments. In brackets: MB read. Segments
//!   are in the page cache, a log is not. All acknowledged batches are checked afterwards.
//!
//! DIR must be a new directory on the measured disk. It takes up to some GB and is removed at the end
//! (not after each run: ext4 is slow to reuse an inode for half a minute).

#![allow(
    clippy::disallowed_methods,
    reason = "a measurement, outside of the simulation"
)]

mod log_files;
mod measure;
mod partition;
mod queue;
mod rounds;
mod run;
#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use rounds::Way;
use run::{Load, Measured, run};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let dir = Path::new(args.first().ok_or("name a new directory to write to")?);
    let seconds: f64 = args.get(1).map_or(Ok(2.0), |arg| arg.parse())?;
    let duration = Duration::try_from_secs_f64(seconds)?;
    let ways = match args.get(2) {
        Some(name) => vec![Way::from_name(name).ok_or("unknown way")?],
        None => Way::ALL.to_vec(),
    };
    if dir.exists() {
        return Err("the directory exists already".into());
    }
    let names: Vec<&str> = ways.iter().map(|way| way.name()).collect();
    println!("In each cell: {}.\n", names.join(" · "));
    println!(
        "| partitions | producers | | {} |",
        Measured::HEADS.join(" | ")
    );
    println!("|{}", " --- |".repeat(3 + Measured::HEADS.len()));
    for partitions in [1, 100, 3000] {
        for producers in [1, 50] {
            // With one partition, keys make no difference.
            let sticky = if partitions == 1 { &[16][..] } else { &[16, 1] };
            for &sticky_batches in sticky {
                let load = Load {
                    partitions,
                    producers,
                    sticky_batches,
                    duration,
                };
                let mut columns: [Vec<String>; 8] = Default::default();
                for &way in &ways {
                    let cells = run(dir, way, &load)?.cells();
                    columns
                        .iter_mut()
                        .zip(cells)
                        .for_each(|(column, cell)| column.push(cell));
                }
                let columns = columns.map(|cells| cells.join(" · "));
                println!("{load} | {} |", columns.join(" | "));
            }
        }
    }
    std::fs::remove_dir_all(dir)?;
    Ok(())
}
