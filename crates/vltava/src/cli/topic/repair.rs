//! `vltava topic repair`: lists the damaged ranges of a partition of a stopped broker, or removes them.

use std::path::PathBuf;

use io::Io;
use log::repair::Repair;
use log::{DamagedRange, LogDir};
use serde_json::json;
use wire::TopicPartition;

use super::super::Output;
use crate::Failure;

/// The topic of the metadata log.
const CLUSTER_METADATA: &str = "__cluster_metadata";

#[derive(clap::Args)]
pub struct Arguments {
    /// Name of the topic.
    #[arg(short, long)]
    topic: String,
    /// Number of the partition.
    #[arg(short, long)]
    partition: i32,
    /// The directory of log.dirs that holds the partition. Its broker must be stopped.
    #[arg(long, visible_alias = "data-dir", value_name = "DIRECTORY")]
    log_dir: PathBuf,
    /// Remove the damaged ranges: consumers skip their offsets. The removed bytes are kept in files.
    #[arg(long)]
    skip: bool,
    /// Directory for the removed bytes [default: beside the segment]
    #[arg(long, value_name = "DIRECTORY", requires = "skip")]
    quarantine: Option<PathBuf>,
    /// Format of the output.
    #[arg(short, long, value_enum, default_value = "text")]
    output: Output,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (io, executors) = Io::real(1);
    let done = repair(&io, arguments);
    executors.shutdown();
    done
}

fn repair(io: &Io, arguments: &Arguments) -> Result<(), Failure> {
    let partition = TopicPartition::new(arguments.topic.as_str(), arguments.partition);
    if arguments.skip && arguments.topic == CLUSTER_METADATA {
        return Err(format!(
            "{partition} is the metadata log, which cannot be used with gaps; restore it from a backup"
        )
        .into());
    }
    let log_dir = LogDir::open_stopped(&io.disk, &arguments.log_dir)?;
    let repair = Repair::open(io, log_dir, &partition)?;
    let damaged = repair.damaged();
    for range in &damaged {
        print_range(range, arguments.output);
    }
    if !arguments.skip {
        return match damaged.len() {
            0 => Ok(()),
            1 => Err(format!("{partition}: 1 range is damaged; --skip removes it").into()),
            n => Err(format!("{partition}: {n} ranges are damaged; --skip removes them").into()),
        };
    }
    for file in repair.skip(arguments.quarantine.as_deref())? {
        let file = file.display();
        match arguments.output {
            Output::Text => println!("Kept the removed bytes in {file}."),
            Output::Json => println!("{}", json!({ "kept": file.to_string() })),
        }
    }
    if arguments.output == Output::Text {
        println!("Damaged ranges of {partition} removed: {}.", damaged.len());
    }
    Ok(())
}

fn print_range(range: &DamagedRange, output: Output) {
    match output {
        Output::Text => println!("{range}"),
        Output::Json => println!(
            "{}",
            json!({
                "file": range.file.display().to_string(),
                "position": range.position,
                "end_position": range.end_position,
                "first_offset": range.first_offset,
                "next_offset": range.next_offset,
                "what": range.what,
            })
        ),
    }
}
