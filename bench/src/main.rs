//! A load generator that uses very little CPU: it sends record batches that it has built before.
//!
//! So the server is measured, and not a client library. It works with any Kafka broker; `bench/run.py` starts the two
//! servers to compare and calls it for each. Every command prints one JSON object: rates and latencies of the measured
//! time (after the warm-up) and, with `--pid`, the CPU seconds and the memory of the server's process.

// This program runs outside of the simulation and uses the operating system directly.
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
    /// Produce as fast as the broker answers, with a fixed number of requests in flight.
    Produce(produce::Arguments),
    /// Produce records on a fixed schedule; latency counts from the scheduled time.
    Paced(paced::Arguments),
    /// Read a topic from its beginning, again and again, and discard the records.
    Fetch(fetch::Arguments),
    /// Write a fixed amount of keyed records, for the log cleaner to compact.
    Fill(fill::Arguments),
}

/// Arguments of every command.
#[derive(Args, Clone)]
struct Common {
    /// Address of the broker, host:port.
    #[arg(long, default_value = "localhost:9092")]
    bootstrap: String,
    #[arg(long)]
    topic: String,
    /// Seconds to measure.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Seconds of warm-up before the measurement.
    #[arg(long, default_value_t = 3.0)]
    warmup: f64,
    /// Process id of the server, to read its CPU seconds and memory from /proc.
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
