//! Compares ways to make appends durable, at the level of files:
//!
//! ```text
//! cargo run --release -p vltava-log --example durability -- DIR [SECONDS [WAY]]
//! ```
//!
//! Producers append batches to the segments of partitions, each a thread that waits for one batch
//! to be durable before it sends the next. A committer makes what was appended durable, round
//! after round, in one of four ways (see [`rounds::Way`]). Each run lasts SECONDS (2); WAY runs one
//! of them only. The table goes to the standard output, row by row; each of its cells has a figure
//! of each way.
//!
//! A batch is ten records of 1 KB. "Unkeyed" producers stay with a partition for 16 batches, as a
//! client's sticky partitioner does; "keyed" ones choose one at random for every batch. At most
//! 200 segments are open at a time, as in the broker; what was written to one that was closed
//! is synced by a `syncfs` (`io::Disk::cached`).
//!
//! What is measured:
//! - records/s and percentiles of the time from before the append to the acknowledgement;
//! - CPU of the process, without what the kernel does in threads of its own (write-back, journal);
//! - bytes written per byte kept: to files by this process (`write_bytes` of `/proc/self/io`,
//!   which counts pages as they become dirty), and to the device by everybody (`/proc/diskstats`,
//!   with the journal; only on a quiet machine is that ours). Both with all that is still in memory
//!   written out at the end;
//! - tail read: reading the newest 64 KB of a partition into a buffer, from the page cache, or
//!   from our memory where they are not in a segment yet;
//! - recovery: unsynced bytes are taken from the segments, as by a power cut, and then: segments
//!   are scanned from the recovery point (none was written down in the few seconds of a run: that
//!   happens once a minute without a log to be freed) or the log is read and put into the
//!   segments. In brackets, how many MB were read. Segments are in the page cache, a log is not.
//!   Every acknowledged batch is looked for afterwards.
//!
//! DIR is to be on the disk that is measured, and new; it takes up to some GB, and is removed in
//! the end. (Not after each run: for half a minute, ext4 looks long for an inode to use again.)

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
    let dir = Path::new(args.first().ok_or("give a new directory to write to")?);
    let seconds: f64 = args.get(1).map_or(Ok(2.0), |arg| arg.parse())?;
    let duration = Duration::try_from_secs_f64(seconds)?;
    let ways = match args.get(2) {
        Some(name) => vec![Way::from_name(name).ok_or("there is no such way")?],
        None => Way::ALL.to_vec(),
    };
    if dir.exists() {
        return Err("the directory is there already".into());
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
