//! Writes a log directory with a file of every kind, so that Kafka's own tools can read it:
//!
//! ```text
//! cargo run -p vltava-log --example write_log_dir -- DIR
//! kafka-dump-log.sh --print-data-log --deep-iteration --files DIR/everything-0/00000000000000000000.log
//! ```
//!
//! The same command reads `.index`, `.timeindex`, `.snapshot` and `.txnindex`, and reports what
//! does not fit.

use std::error::Error;
use std::path::Path;

use bytes::Bytes;
use io::Io;
use vltava_log::{Log, LogConfig, LogDir, MetaProperties, RecoveryFacts, meta_properties};
use wire::record_batch::{BatchBuilder, Compression, EndTransactionMarker, Origin};
use wire::{TopicPartition, Uuid};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("give a directory to write to")?;
    let (io, _executors) = Io::real(1);
    let dir = LogDir::open(&io.disk, Path::new(&path))?;
    let properties = MetaProperties {
        cluster_id: Uuid(io.rng.uuid()).to_string(),
        node_id: 1,
        directory_id: Uuid(io.rng.uuid()),
    };
    meta_properties::write(&io.disk, dir.path(), &properties)?;

    let partition = TopicPartition::new("everything", 0);
    let partition_dir = dir.create_partition(&partition, Uuid(io.rng.uuid()))?;
    let config = LogConfig {
        segment_bytes: 16 << 10,
        ..LogConfig::default()
    };
    let now_ms = io.clock.now_ms();
    let facts = RecoveryFacts::default();
    let mut log = Log::open(
        &io,
        &partition_dir,
        partition.clone(),
        config,
        facts,
        now_ms,
    )?;
    for round in 0..40 {
        write_round(&mut log, round, now_ms)?;
    }
    let end = log.close()?;
    dir.write_recovery_points(&[(partition.clone(), end)].into())?;
    dir.write_high_watermarks(&[(partition, end)].into())?;
    dir.mark_clean_shutdown(-1)?;
    println!("{end} offsets in {} segments", log.segment_count());
    Ok(())
}

/// One batch in each compression by an idempotent producer, and a transaction, which is aborted in
/// every second round.
fn write_round(log: &mut Log, round: i32, now_ms: i64) -> Result<(), Box<dyn Error>> {
    let codecs = [
        Compression::None,
        Compression::Gzip,
        Compression::Snappy,
        Compression::Lz4,
        Compression::Zstd,
    ];
    for (at, codec) in (0..).zip(codecs) {
        let sequence = (round * 5 + at) * 10;
        let builder = BatchBuilder::new(codec).producer(1000, 0, sequence);
        log.append_as_leader(records(builder, now_ms), 3, now_ms, Origin::Client)?;
    }
    let builder = BatchBuilder::new(Compression::None)
        .producer(2000, 0, round * 10)
        .transactional();
    log.append_as_leader(records(builder, now_ms), 3, now_ms, Origin::Client)?;
    let marker = EndTransactionMarker {
        committed: round % 2 == 0,
        coordinator_epoch: 0,
    };
    log.append_as_leader(
        marker.to_batch(2000, 0, now_ms),
        3,
        now_ms,
        Origin::Coordinator,
    )?;
    Ok(())
}

/// Ten records whose timestamps go up and down.
fn records(mut builder: BatchBuilder, now_ms: i64) -> Bytes {
    for i in 0..10 {
        let key = format!("key-{i}");
        let value = format!("value {i} ").repeat(i);
        let headers: &[(&[u8], Option<&[u8]>)] = &[(b"trace", Some(b"\x01\x02")), (b"null", None)];
        let value = (i != 9).then_some(value.as_bytes());
        let time = now_ms - 1000 + (i as i64 * 37) % 100;
        builder.append(time, Some(key.as_bytes()), value, headers);
    }
    builder.build()
}
