//! Kills the process of the demonstration at random moments. Afterwards, the results must contain every row exactly once.
//!
//! The expected rows are computed here, from the records in the topic and the offset ranges in the checkpoints, batch by
//! batch, without code of the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::demonstration::dev;
use crate::process::{consume, run, serve};

const HOUR_MS: i64 = 3_600_000;

/// Number of kills; `VLTAVA_KILLS` sets another.
const KILLS: u32 = 20;

/// Hour (as `to_json` writes it), airport, airline, departures, and the mean delay in billionths of a minute (a number that
/// has been text may differ in its last bit).
type Row = (String, String, String, i64, i64);

#[test]
fn no_row_is_lost_or_duplicated_by_twenty_kills() {
    let kills = std::env::var("VLTAVA_KILLS").map_or(KILLS, |n| n.parse().expect("a number"));
    let directory = tempfile::tempdir().unwrap();
    let mut random = Random::new();
    for _ in 0..kills {
        let mut running = dev(directory.path());
        running.bootstrap();
        std::thread::sleep(Duration::from_millis(random.below(3000)));
        running.kill();
    }
    // The last run processes all flights, and is stopped when it is idle.
    let mut running = dev(directory.path());
    running.wait_for("replay complete");
    for query in ["files", "topic"] {
        wait_until_idle(&directory.path().join("checkpoints").join(query));
    }
    assert!(running.interrupt().success());

    let mut server = serve(&directory.path().join("log"));
    let bootstrap = server.bootstrap();
    let departures = departures(&bootstrap);
    let expected_files = expected(&directory.path().join("checkpoints/files"), &departures);
    let expected_topic = expected(&directory.path().join("checkpoints/topic"), &departures);
    assert!(
        expected_files.len() > 2000,
        "only {} windows were final",
        expected_files.len()
    );

    let mut in_files = rows_in_files(&bootstrap, &directory.path().join("delays"));
    in_files.sort();
    let expected_once: Vec<Row> = expected_files.into_iter().collect();
    assert_eq!(
        in_files, expected_once,
        "Parquet holds each row exactly once"
    );

    let in_topic: BTreeSet<Row> = rows_in_topic(&bootstrap).into_iter().collect();
    assert_eq!(
        in_topic, expected_topic,
        "the topic holds every row, and nothing but these"
    );
    assert!(server.interrupt().success());
}

/// Waits until the last batch is committed and no other starts.
fn wait_until_idle(checkpoint: &Path) {
    let newest = |log: &str| {
        let names = fs::read_dir(checkpoint.join(log)).unwrap();
        names
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<u64>().ok())
            .max()
    };
    let mut idle = (None, 0);
    for _ in 0..600 {
        let (begun, done) = (newest("offsets"), newest("commits"));
        idle = if begun == done && idle.0 == done {
            (done, idle.1 + 1)
        } else {
            (done, 0)
        };
        if idle.1 == 20 {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!(
        "{} is still running batches after a minute",
        checkpoint.display()
    );
}

/// The fields of a record of the topic `flights` that the test needs.
struct Departure {
    hour_ms: i64,
    carrier: String,
    origin: String,
    delay_min: Option<i64>,
}

/// All departures by partition and offset.
fn departures(bootstrap: &str) -> BTreeMap<(i64, i64), Departure> {
    consumed(bootstrap, "flights")
        .into_iter()
        .map(|record| {
            let value: Value = serde_json::from_str(record["value"].as_str().unwrap()).unwrap();
            let text = |name: &str| value[name].as_str().unwrap().to_owned();
            let at = (
                record["partition"].as_i64().unwrap(),
                record["offset"].as_i64().unwrap(),
            );
            let departure = Departure {
                hour_ms: hour_of(&text("scheduled_at")),
                carrier: text("carrier"),
                origin: text("origin"),
                delay_min: value["dep_delay_min"].as_i64(),
            };
            (at, departure)
        })
        .collect()
}

/// The rows that a query with this checkpoint must have written: computed batch by batch, with the offset ranges and
/// watermarks of its offset log.
fn expected(checkpoint: &Path, departures: &BTreeMap<(i64, i64), Departure>) -> BTreeSet<Row> {
    let airports = names("airports.csv");
    let airlines = names("airlines.csv");
    let mut open: BTreeMap<(i64, &str, &str), Vec<Option<i64>>> = BTreeMap::new();
    let mut rows = BTreeSet::new();
    let mut from: BTreeMap<i64, i64> = BTreeMap::new();
    let mut previous_watermark_ms = 0;
    for batch in 0.. {
        let Ok(text) = fs::read_to_string(checkpoint.join(format!("offsets/{batch}"))) else {
            break;
        };
        assert!(
            checkpoint.join(format!("commits/{batch}")).exists(),
            "batch {batch} is not committed"
        );
        let mut lines = text.lines().skip(1);
        let metadata: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
        let watermark_ms = metadata["batchWatermarkMs"].as_i64().unwrap();
        let offsets: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
        for (partition, end) in offsets["flights"].as_object().unwrap() {
            let (partition, end) = (partition.parse().unwrap(), end.as_i64().unwrap());
            let start = from.insert(partition, end).unwrap_or(0);
            for (_, departure) in departures.range((partition, start)..(partition, end)) {
                if departure.hour_ms + HOUR_MS > previous_watermark_ms {
                    let airport = airports[departure.origin.as_str()];
                    let airline = airlines[departure.carrier.as_str()];
                    open.entry((departure.hour_ms, airport, airline))
                        .or_default()
                        .push(departure.delay_min);
                }
            }
        }
        let still_open = open.split_off(&(watermark_ms - HOUR_MS + 1, "", ""));
        for ((hour_ms, airport, airline), delays) in std::mem::replace(&mut open, still_open) {
            let known: Vec<i64> = delays.iter().copied().flatten().collect();
            let mean = known.iter().sum::<i64>() as f64 / known.len() as f64;
            rows.insert((
                time_of(hour_ms),
                airport.to_owned(),
                airline.to_owned(),
                delays.len() as i64,
                billionths(mean),
            ));
        }
        previous_watermark_ms = watermark_ms;
    }
    rows
}

fn rows_in_files(bootstrap: &str, directory: &Path) -> Vec<Row> {
    let query = format!("SELECT * FROM parquet.`{}`", directory.display());
    let rows = run(&["sql", "-b", bootstrap, "-o", "json", "-e", &query]);
    rows.lines()
        .map(|line| row(&serde_json::from_str(line).unwrap()))
        .collect()
}

fn rows_in_topic(bootstrap: &str) -> Vec<Row> {
    consumed(bootstrap, "delays")
        .iter()
        .map(|record| row(&serde_json::from_str(record["value"].as_str().unwrap()).unwrap()))
        .collect()
}

fn row(value: &Value) -> Row {
    let text = |name: &str| {
        value[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name} of {value}"))
            .to_owned()
    };
    (
        text("hour"),
        text("airport"),
        text("airline"),
        value["departures"].as_i64().unwrap(),
        billionths(value["mean_delay_min"].as_f64().unwrap()),
    )
}

fn billionths(number: f64) -> i64 {
    (number * 1e9).round() as i64
}

fn consumed(bootstrap: &str, topic: &str) -> Vec<Value> {
    consume(bootstrap, topic, &["-o", "json"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Maps codes to names, from a table of the demonstration.
fn names(file: &str) -> BTreeMap<&'static str, &'static str> {
    let text = match file {
        "airports.csv" => include_str!("../../../../examples/flights/airports.csv"),
        _ => include_str!("../../../../examples/flights/airlines.csv"),
    };
    text.lines()
        .skip(1)
        .map(|line| {
            let mut fields = line.split(',');
            (fields.next().unwrap(), fields.next().unwrap())
        })
        .collect()
}

/// The start of the hour of a time in January 2013 (`2013-01-05T07:15:00`), in milliseconds since 1970.
fn hour_of(time: &str) -> i64 {
    let day: i64 = time[8..10].parse().unwrap();
    let hour: i64 = time[11..13].parse().unwrap();
    assert!(time.starts_with("2013-01-"), "{time}");
    JANUARY_2013_MS + (day - 1) * 24 * HOUR_MS + hour * HOUR_MS
}

/// As Spark's `to_json` writes a timestamp of January 2013.
fn time_of(ms: i64) -> String {
    let hours = (ms - JANUARY_2013_MS) / HOUR_MS;
    format!("2013-01-{:02}T{:02}:00:00.000Z", hours / 24 + 1, hours % 24)
}

/// 2013-01-01T00:00:00Z.
const JANUARY_2013_MS: i64 = 1_356_998_400_000;

/// Random moments, from a seed that is printed. `VLTAVA_SEED` sets the seed.
struct Random(u64);

impl Random {
    fn new() -> Random {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_nanos() as u64;
        let seed = std::env::var("VLTAVA_SEED").map_or(now, |s| s.parse().expect("a number"));
        println!("VLTAVA_SEED={seed}");
        Random(seed | 1)
    }

    fn below(&mut self, bound: u64) -> u64 {
        // Xorshift is good enough here.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
