//! A stream of the files that appear in a directory.
//!
//! Every time the stream moves on it writes which files it took to its own log
//! (`sources/<i>/N`), *before* the query's offset log names that position. The offset
//! `{"logOffset":N}` means: with all files of entry N.

use std::collections::BTreeMap;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use io::Io;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::listing::{FileFacts, path_of_entry, to_url};
use super::read::Input;
use super::seen_files::SeenFiles;
use super::{FileSpec, read};
use crate::checkpoint::CompactLog;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Memory;
use crate::source::{Lane, Offset, ReadLimit, Source};

/// An entry of the source's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TakenFile {
    /// URL.
    path: String,
    /// When it was modified, in milliseconds since the epoch.
    timestamp: i64,
    /// The entry of the log that took it.
    batch_id: u64,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Position {
    log_offset: i64,
}

/// How many of the last entries are kept in memory.
const CACHED_ENTRIES: usize = 16;

/// A running stream of files.
#[derive(Debug)]
pub struct FileSource {
    io: Io,
    memory: Memory,
    spec: FileSpec,
    log: CompactLog<TakenFile>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The last entry of the log; −1 before the first.
    log_offset: i64,
    seen: SeenFiles,
    /// The last entries, so that reading a new batch need not read the log.
    recent: BTreeMap<u64, Vec<TakenFile>>,
    /// Files listed but not taken because of a limit, in the order they will be.
    unread: Vec<FileFacts>,
    /// Files there when `availableNow` began, instead of what a listing would find.
    available_now: bool,
}

impl FileSource {
    /// Opens the stream with its log in `directory`.
    ///
    /// # Errors
    /// `Checkpoint` if the log cannot be understood; the store's.
    pub fn open(io: &Io, memory: &Memory, spec: &FileSpec, directory: &str) -> Result<FileSource> {
        let log: CompactLog<TakenFile> = CompactLog::new(&io.objects, directory);
        let limits = &spec.limits;
        let max_age_ms = if limits.latest_first && (limits.max_files.or(limits.max_bytes)).is_some()
        {
            // The newest come first: age must not drop those that wait for their turn.
            i64::MAX
        } else {
            i64::try_from(limits.max_age.as_millis()).unwrap_or(i64::MAX)
        };
        let mut seen = SeenFiles::new(max_age_ms, limits.file_name_only);
        log.check_whole()?;
        let log_offset = log.latest()?.map_or(-1, |latest| latest as i64);
        for taken in log.all()? {
            seen.add(&path_of_entry(&taken.path)?, taken.timestamp);
        }
        seen.forget_old();
        Ok(FileSource {
            io: io.clone(),
            memory: memory.clone(),
            spec: spec.clone(),
            log,
            state: Mutex::new(State {
                log_offset,
                seen,
                recent: BTreeMap::new(),
                unread: Vec::new(),
                available_now: false,
            }),
        })
    }

    /// New files in the order they are to be taken.
    fn list_new(&self, seen: &SeenFiles) -> Result<Vec<FileFacts>> {
        let (mut files, _) = self.spec.files(&self.io, false)?;
        files.retain(|file| seen.is_new(&file.path, file.modified_ms));
        files.sort_by(|a, b| (a.modified_ms, &a.path).cmp(&(b.modified_ms, &b.path)));
        if self.spec.limits.latest_first {
            files.reverse();
        }
        Ok(files)
    }

    /// How many of the files one batch takes.
    fn share(&self, files: &[FileFacts], limit: ReadLimit) -> usize {
        let limits = &self.spec.limits;
        match (limit, limits.max_files, limits.max_bytes) {
            (ReadLimit::AllAvailable, _, _) | (_, None, None) => files.len(),
            (_, Some(max_files), _) => files.len().min(max_files as usize),
            (_, None, Some(max_bytes)) => {
                let mut bytes = 0;
                let within = files
                    .iter()
                    .take_while(|file| {
                        bytes += file.size;
                        bytes <= max_bytes
                    })
                    .count();
                // A file larger than the limit must get through as well.
                within.max(1).min(files.len())
            }
        }
    }

    /// The paths of the files of log entries `first..=last`, in the order taken.
    fn files_of(&self, first: i64, last: i64) -> Result<Vec<String>> {
        let wanted = (first.max(0) as u64)..=(last.max(0) as u64);
        if last < first {
            return Ok(Vec::new());
        }
        let cached: Option<Vec<TakenFile>> = {
            let state = self.state.lock();
            wanted
                .clone()
                .map(|entry| state.recent.get(&entry).cloned())
                .collect::<Option<Vec<_>>>()
                .map(|entries| entries.concat())
        };
        let taken = match cached {
            Some(taken) => taken,
            None if self.state.lock().log_offset < last => return Err(no_entry(last)),
            None => self
                .log
                .all()?
                .into_iter()
                .filter(|taken| wanted.contains(&taken.batch_id))
                .collect(),
        };
        taken
            .iter()
            .map(|taken| path_of_entry(&taken.path))
            .collect()
    }
}

/// The log lacks an entry that the offset log names.
fn no_entry(entry: i64) -> Error {
    Error::new(
        ErrorKind::Checkpoint,
        format!("batch {entry} doesn't exist"),
    )
}

fn parse(offset: &Offset) -> Result<i64> {
    let position = serde_json::from_str::<Position>(&offset.0).map(|position| position.log_offset);
    // Spark also accepts a bare number, from its earliest versions.
    position.or_else(|_| {
        offset.0.trim().parse().map_err(|_| {
            Error::new(
                ErrorKind::Checkpoint,
                format!("\"{offset}\" is not an offset of a file source"),
            )
        })
    })
}

#[async_trait]
impl Source for FileSource {
    fn schema(&self) -> SchemaRef {
        self.spec.schema()
    }

    fn description(&self) -> String {
        self.spec.description()
    }

    async fn latest_offset(
        &self,
        start: Option<&Offset>,
        limit: ReadLimit,
    ) -> Result<Option<Offset>> {
        let mut state = self.state.lock();
        // The offset log names no entry that was not written before.
        if let Some(start) = start
            .map(parse)
            .transpose()?
            .filter(|at| *at > state.log_offset)
        {
            return Err(no_entry(start));
        }
        // What a limit left over is taken first, without listing again; not if newer files
        // would have to go before it.
        let keep_rest = !self.spec.limits.latest_first || state.available_now;
        let mut files = std::mem::take(&mut state.unread);
        if files.is_empty() && !state.available_now {
            files = self.list_new(&state.seen)?;
        }
        let share = self.share(&files, limit);
        let rest = files.split_off(share);
        if keep_rest {
            state.unread = rest;
        }
        if !files.is_empty() {
            let entry = (state.log_offset + 1) as u64;
            let taken: Vec<TakenFile> = files
                .iter()
                .map(|file| TakenFile {
                    path: to_url(&file.path),
                    timestamp: file.modified_ms,
                    batch_id: entry,
                })
                .collect();
            self.log.add(entry, taken.clone(), self.io.clock.now_ms())?;
            for file in &files {
                state.seen.add(&file.path, file.modified_ms);
            }
            state.seen.forget_old();
            state.recent.insert(entry, taken);
            while state.recent.len() > CACHED_ENTRIES {
                state.recent.pop_first();
            }
            state.log_offset += 1;
        }
        Ok((state.log_offset >= 0).then(|| {
            let position = Position {
                log_offset: state.log_offset,
            };
            Offset(serde_json::to_string(&position).expect("a number has a JSON form"))
        }))
    }

    async fn read(&self, start: Option<&Offset>, end: &Offset) -> Result<Vec<Lane>> {
        let after = start.map(parse).transpose()?.unwrap_or(-1);
        let files = self.files_of(after + 1, parse(end)?)?;
        let inputs = files.into_iter().map(|path| Input {
            base_len: self.spec.lookup.base_len_in_stream(&path),
            path,
        });
        read::lanes(&self.io, &self.memory, &self.spec, None, inputs.collect())
    }

    async fn commit(&self, _end: &Offset) -> Result<()> {
        Ok(())
    }

    async fn prepare_available_now(&self) -> Result<()> {
        let mut state = self.state.lock();
        state.unread = self.list_new(&state.seen)?;
        state.available_now = true;
        Ok(())
    }
}
