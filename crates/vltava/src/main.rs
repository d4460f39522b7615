//! Vltava: a Kafka-compatible message broker and a structured-streaming engine in one program.
//!
//! This crate starts the other crates and gives them a command line. It contains no logic of its own.

// A command-line program uses standard input and output, the environment and files directly.
#![allow(clippy::disallowed_methods)]

mod cli;
mod config;
#[cfg(feature = "engine")]
mod dev;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// A Kafka-compatible broker and a structured-streaming engine in one program.
#[derive(Parser)]
#[command(name = "vltava", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the broker in the foreground until SIGINT or SIGTERM.
    Serve(serve::Arguments),
    /// Run broker and streaming engine on this machine, with a demonstration on real flight data.
    #[cfg(feature = "engine")]
    Dev(dev::Arguments),
    /// List, describe, create, delete and repair topics.
    Topic(cli::topic::Arguments),
    /// Send the lines of standard input to a topic, one record per line.
    Produce(cli::produce::Arguments),
    /// Print the records of a topic, one per line.
    Consume(cli::consume::Arguments),
    /// Print and check the files of a data directory.
    Dump(cli::dump::Arguments),
    /// Run SQL statements on topics and files, and streaming queries.
    #[cfg(feature = "engine")]
    Sql(cli::sql::Arguments),
}

/// Why a command failed: a complete message for the user.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_to_stderr();
    let done = match arguments.command {
        Command::Serve(arguments) => serve::run(arguments),
        #[cfg(feature = "engine")]
        Command::Dev(arguments) => dev::run(arguments),
        Command::Topic(arguments) => cli::topic::run(arguments),
        Command::Produce(arguments) => cli::produce::run(arguments),
        Command::Consume(arguments) => cli::consume::run(arguments),
        Command::Dump(arguments) => cli::dump::run(arguments),
        #[cfg(feature = "engine")]
        Command::Sql(arguments) => cli::sql::run(arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("vltava: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Writes logs to standard error. `VLTAVA_LOG` sets the levels by target (`info`, `warn,broker=debug`); the
/// default is `warn`.
fn log_to_stderr() {
    let chosen = std::env::var("VLTAVA_LOG").ok();
    let targets = chosen
        .as_deref()
        .unwrap_or("warn")
        .parse()
        .unwrap_or_else(|error| {
            eprintln!("vltava: VLTAVA_LOG: {error}; the level is \"warn\"");
            Targets::new().with_default(tracing::Level::WARN)
        });
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()));
    tracing_subscriber::registry()
        .with(lines)
        .with(targets)
        .init();
}
