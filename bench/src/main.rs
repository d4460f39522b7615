//! A load generator that costs next to nothing: it sends record batches made beforehand.
//!
//! So what is measured is the server, and a slow client library does not hide it. It speaks to any
//! Kafka broker; `bench/run` starts the two servers to compare and calls it for each. Every command prints one
//! JSON object: rates and latencies of the measured time (after the warm-up), and with `--pid` the CPU seconds and the
//! memory of the server's whole process.

// A program of its own, outside the simulated world.
#![allow(clippy::disallowed_methods)]

mod connection;
mod fetch;
mod fill;
mod latency;
mod paced;
mod process;
mod produce;
mod topic;

use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(name = "loadgen", about = "Ready-made load for a Kafka broker")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// As many batches as the broker takes, with a fixed number of requests in flight.
    Produce(produce::Arguments),
    /// Records on a fixed schedule, latency counted from the scheduled time.
    Paced(paced::Arguments),
    /// Reads a topic from its beginning, again and again, and throws it away.
    Fetch(fetch::Arguments),
    /// A fixed amount of keyed records, for a cleaner to compact.
    Fill(fill::Arguments),
}

/// What every command needs to know.
#[derive(Args, Clone)]
struct Common {
    /// The broker, as host:port.
    #[arg(long, default_value = "localhost:9092")]
    bootstrap: String,
    #[arg(long)]
    topic: String,
    /// Seconds that are measured.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Seconds before that, not measured.
    #[arg(long, default_value_t = 3.0)]
    warmup: f64,
    /// The server's process, to read its CPU seconds and memory from /proc.
    #[arg(long)]
    pid: Option<u32>,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let report = match Arguments::parse().command {
        Command::Produce(arguments) => produce::run(arguments)?,
        Command::Paced(arguments) => paced::run(arguments)?,
        Command::Fetch(arguments) => fetch::run(arguments)?,
        Command::Fill(arguments) => fill::run(arguments)?,
    };
    println!("{report}");
    Ok(())
}
