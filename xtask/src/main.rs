//! Tasks for this repository: `cargo xtask TASK`.

// `io` is for code that also runs in the simulator. This code does not.
#![allow(clippy::disallowed_methods)]

mod generate;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask generate [--check] [--jars DIR]

generate   write crates/wire/src/messages and crates/wire/src/records from the message
           definitions in Kafka's jars
  --check  write nothing; fail if what is committed differs
  --jars   where the jars are (default: $KAFKA_JARS, else target/kafka-jars)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("generate") => generate::run(&arguments[1..]),
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
