//! `vltava dump`: prints the files of a data directory and checks them.
//!
//! Needs no broker. It only reads, so it does not disturb a running one.

mod describe;
mod internal;

use std::collections::BTreeSet;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use io::{Disk, Io};
use log::dump::{self, FileType, Item};
use serde_json::{Map, Value};

use super::Output;
use crate::Failure;
use internal::InternalTopic;

#[derive(clap::Args)]
pub struct Arguments {
    /// Files, partition directories or log directories.
    #[arg(required = true, value_name = "FILE_OR_DIRECTORY")]
    paths: Vec<PathBuf>,
    /// Print the records inside the batches as well. Records of internal topics are decoded.
    #[arg(short, long, visible_alias = "deep")]
    records: bool,
    /// Print at most this many batches, records or entries of each file. The whole file is still checked, and all
    /// damage is printed.
    #[arg(short = 'n', long, value_name = "COUNT")]
    max: Option<usize>,
    /// Format of the output. text: for people; json: one object per line.
    #[arg(short, long, value_enum, default_value = "text")]
    output: Output,
    /// The same as --output json.
    #[arg(long, conflicts_with = "output")]
    json: bool,
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let (io, executors) = Io::real(1);
    let output = if arguments.json {
        Output::Json
    } else {
        arguments.output
    };
    let mut printer = Printer {
        out: BufWriter::new(std::io::stdout().lock()),
        output,
        records: arguments.records,
        max: arguments.max.unwrap_or(usize::MAX),
        damaged: BTreeSet::new(),
    };
    let done = printer.all(&io.disk, &arguments.paths);
    executors.shutdown();
    match done {
        // The reader of the pipe has closed it.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        done => done?,
    }
    match printer.damaged.len() {
        0 => Ok(()),
        1 => Err("1 file is damaged".into()),
        count => Err(format!("{count} files are damaged").into()),
    }
}

struct Printer<W: Write> {
    out: W,
    output: Output,
    records: bool,
    max: usize,
    /// Damaged files and directories.
    damaged: BTreeSet<PathBuf>,
}

impl<W: Write> Printer<W> {
    fn all(&mut self, disk: &Disk, paths: &[PathBuf]) -> std::io::Result<()> {
        for path in paths {
            if !disk.metadata(path).is_ok_and(|facts| facts.is_dir) {
                self.file(disk, path)?;
                continue;
            }
            match dump::files(disk, path) {
                Ok(files) if files.is_empty() => {
                    self.damage(path, "contains no log file".to_owned())?;
                }
                Ok(files) => {
                    for file in files {
                        // A running broker may have deleted the file since the listing.
                        if disk.exists(&file) {
                            self.file(disk, &file)?;
                        }
                    }
                }
                Err(error) => self.damage(path, error.to_string())?,
            }
        }
        self.out.flush()
    }

    fn file(&mut self, disk: &Disk, path: &Path) -> std::io::Result<()> {
        let items = match dump::file(disk, path, self.records) {
            Ok(items) => items,
            Err(error) => return self.damage(path, error.to_string()),
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let file_type = FileType::of(&name).map_or("", FileType::name);
        let topic = InternalTopic::of(path);
        if self.output == Output::Text {
            writeln!(self.out, "{} ({file_type})", path.display())?;
        }
        let mut left = self.max;
        let mut unprinted = 0_u64;
        for item in items {
            if matches!(item, Item::Damage { .. }) {
                self.damaged.insert(path.to_owned());
            } else if left == 0 {
                unprinted += 1;
                continue;
            } else {
                left -= 1;
            }
            let (kind, object) = describe::item(&item, topic);
            self.line(path, kind, object)?;
        }
        if unprinted > 0 && self.output == Output::Text {
            writeln!(self.out, "  … {unprinted} more")?;
        }
        Ok(())
    }

    /// Prints damage of a whole file or directory.
    fn damage(&mut self, path: &Path, what: String) -> std::io::Result<()> {
        self.damaged.insert(path.to_owned());
        if self.output == Output::Text {
            writeln!(self.out, "{}", path.display())?;
        }
        let position = None;
        let (kind, object) = describe::item(&Item::Damage { position, what }, None);
        self.line(path, kind, object)
    }

    fn line(&mut self, path: &Path, kind: &str, object: Map<String, Value>) -> std::io::Result<()> {
        match self.output {
            Output::Json => {
                let mut line = Map::new();
                line.insert("file".to_owned(), path.to_string_lossy().into());
                line.insert("kind".to_owned(), kind.into());
                line.extend(object);
                writeln!(self.out, "{}", Value::Object(line))
            }
            Output::Text => {
                write!(
                    self.out,
                    "  {}",
                    if kind == "damage" { "DAMAGE" } else { kind }
                )?;
                for (name, value) in &object {
                    match value {
                        // A description of damage is a sentence: no quotes.
                        Value::String(text) if name == "what" => write!(self.out, ": {text}")?,
                        // Ids and names need no quotes; texts of producers may contain anything.
                        Value::String(text) if kind != "record" && is_word(text) => {
                            write!(self.out, " {name}: {text}")?;
                        }
                        Value::String(text) => write!(self.out, " {name}: {text:?}")?,
                        value => write!(self.out, " {name}: {value}")?,
                    }
                }
                writeln!(self.out)
            }
        }
    }
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}
