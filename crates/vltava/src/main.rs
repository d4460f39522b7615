//! Vltava: a Kafka-compatible message broker and a structured-streaming engine in one program.
//!
//! This crate wires the rooms together and gives them a command line; what they do is in them.

// The front door talks to the operating system as any command-line program does.
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
    /// Run the server in the foreground.
    Serve(serve::Arguments),
    /// Run server and engine on this machine, with a demonstration on real flights.
    #[cfg(feature = "engine")]
    Dev(dev::Arguments),
    /// List, describe, create and delete topics.
    Topic(cli::topic::Arguments),
    /// Send lines of standard input to a topic.
    Produce(cli::produce::Arguments),
    /// Print the records of a topic.
    Consume(cli::consume::Arguments),
    /// Look into the files of a data directory, and check them.
    Dump(cli::dump::Arguments),
    /// Query topics and files, and run streaming queries, in SQL.
    #[cfg(feature = "engine")]
    Sql(cli::sql::Arguments),
}

/// What a command fails with: a text for people, already complete.
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

/// Logs go to standard error; `VLTAVA_LOG` chooses levels by target (`info`, `warn,broker=debug`).
fn log_to_stderr() {
    let chosen = std::env::var("VLTAVA_LOG").ok();
    let targets = chosen
        .as_deref()
        .unwrap_or("warn")
        .parse()
        .unwrap_or_else(|error| {
            eprintln!("vltava: VLTAVA_LOG: {error}; logging warnings");
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
