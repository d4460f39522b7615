//! Which files a path stands for.

use std::path::{Component, Path};

use format::time::{Zone, parse_timestamp};
use io::{ObjectMeta, Objects};
use regex::Regex;
use url::Url;

use super::glob;
use crate::checkpoint::CompactLog;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::sink::file::{MANIFEST_DIRECTORY, ManifestEntry};

/// A data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileFacts {
    /// Absolute path.
    pub(super) path: String,
    /// Bytes of the path that are the directory below which partition columns stand.
    pub(super) base_len: usize,
    /// It stands directly in a directory of the path, or the path names it.
    pub(super) at_root: bool,
    /// Bytes.
    pub(super) size: u64,
    /// Milliseconds since the epoch.
    pub(super) modified_ms: i64,
}

/// Which files are looked for: a path and the options that choose among its files.
#[derive(Clone, Debug)]
pub(super) struct Lookup {
    /// A directory, a file, or a pattern of such, as an absolute path.
    path: String,
    /// Files of all directories below the path are read, and no name stands for a column.
    pub(super) recursive: bool,
    /// The option `basePath`, absolute.
    base: Option<String>,
    name: Option<Regex>,
    /// Milliseconds since the epoch, not included.
    modified_before_ms: Option<i64>,
    /// Milliseconds since the epoch, not included.
    modified_after_ms: Option<i64>,
}

impl Lookup {
    /// The options `recursiveFileLookup`, `basePath`, `pathGlobFilter`, `modifiedBefore` and
    /// `modifiedAfter` for `path`, which is absolute.
    pub(super) fn new(path: &str, options: &Options, zone: Zone) -> Result<Lookup> {
        let time = |name: &str| -> Result<Option<i64>> {
            let Some(text) = options.get(name) else {
                return Ok(None);
            };
            match parse_timestamp(text, zone) {
                Some(micros) => Ok(Some(micros.div_euclid(1000))),
                None => Err(Error::new(
                    ErrorKind::Analysis,
                    format!(
                        "The timestamp provided for the '{name}' option is invalid. The expected \
                         format is 'YYYY-MM-DDTHH:mm:ss', but the provided timestamp: {text}"
                    ),
                )),
            }
        };
        Ok(Lookup {
            path: path.to_owned(),
            recursive: options.bool("recursiveFileLookup", false)?,
            base: options.get("basePath").map(url_to_path).transpose()?,
            name: options
                .get("pathGlobFilter")
                .map(glob::compile)
                .transpose()?,
            modified_before_ms: time("modifiedBefore")?,
            modified_after_ms: time("modifiedAfter")?,
        })
    }

    /// The length of the base path in the path of a file that a stream has taken.
    pub(super) fn base_len_in_stream(&self, file: &str) -> usize {
        let base = match &self.base {
            _ if self.recursive => return parent_len(file),
            Some(base) => base.as_str(),
            None if glob::is_pattern(&self.path) => return parent_len(file),
            None => self.path.as_str(),
        };
        let is_below = file
            .strip_prefix(base)
            .is_some_and(|rest| rest.starts_with('/') || base == "/");
        if is_below {
            base.len()
        } else {
            parent_len(file)
        }
    }

    /// The data files of the path, in no particular order. Names that begin with `_` or `.` are no
    /// data, unless they stand for a column.
    ///
    /// # Errors
    /// `PATH_NOT_FOUND` for a path that does not exist, or, if `must_match`, a pattern that matches
    /// nothing; a `basePath` that is not above the path; the store's.
    pub(super) fn list(&self, objects: &Objects, must_match: bool) -> Result<Vec<FileFacts>> {
        let roots = self.roots(objects, must_match)?;
        let mut files = Vec::new();
        for root in &roots {
            let base_len = match &self.base {
                None if root.is_dir => root.path.len(),
                None => parent_len(&root.path),
                Some(base) => self.checked_base(objects, base, &root.path)?,
            };
            self.add(objects, root, true, base_len, &mut files)?;
        }
        Ok(files)
    }

    /// The files and directories that the path names.
    fn roots(&self, objects: &Objects, must_match: bool) -> Result<Vec<ObjectMeta>> {
        let not_found = || {
            Error::analysis(
                "PATH_NOT_FOUND",
                format!("Path does not exist: file:{}.", self.path),
            )
        };
        if !glob::is_pattern(&self.path) {
            let found = objects
                .head(&self.path)
                .map_err(|error| Error::io(format!("look at {}", self.path), error))?;
            return Ok(vec![found.ok_or_else(not_found)?]);
        }
        let mut roots = Vec::new();
        for pattern in glob::expand(&self.path)? {
            roots.append(&mut matching(objects, &pattern)?);
        }
        match roots.is_empty() && must_match {
            true => Err(not_found()),
            false => Ok(roots),
        }
    }

    /// The length of the base path, which must be a directory at or above `root`.
    fn checked_base(&self, objects: &Objects, base: &str, root: &str) -> Result<usize> {
        let found = objects
            .head(base)
            .map_err(|error| Error::io(format!("look at {base}"), error))?;
        match found {
            None => return Err(Error::illegal_argument("Option 'basePath' not found")),
            Some(found) if !found.is_dir => {
                return Err(Error::illegal_argument(
                    "Option 'basePath' must be a directory",
                ));
            }
            Some(_) if Path::new(root).starts_with(base) => {}
            Some(_) => {
                return Err(Error::illegal_argument(format!(
                    "Wrong basePath {base} for the root path: file:{root}"
                )));
            }
        }
        Ok(base.len())
    }

    /// Adds a file, or the files of a directory and those below it.
    fn add(
        &self,
        objects: &Objects,
        found: &ObjectMeta,
        is_root: bool,
        base_len: usize,
        files: &mut Vec<FileFacts>,
    ) -> Result<()> {
        let mut open = Vec::new();
        if !found.is_dir {
            self.add_file(found, is_root, base_len, files);
        } else if let Some(known) = files_of_sink(objects, &found.path)? {
            for file in known {
                let at_root = parent_len(&file.path) == found.path.len();
                self.add_file(&file, at_root, base_len, files);
            }
        } else {
            open.push((found.path.clone(), true));
        }
        while let Some((directory, at_root)) = open.pop() {
            let entries = objects
                .list(&directory)
                .map_err(|error| Error::io(format!("list {directory}"), error))?;
            for entry in entries {
                if !entry.is_dir {
                    self.add_file(&entry, at_root, base_len, files);
                } else if !is_hidden(&entry.name) {
                    open.push((entry.path, false));
                }
            }
        }
        Ok(())
    }

    /// Adds a file if its name and its time are wanted.
    fn add_file(
        &self,
        found: &ObjectMeta,
        at_root: bool,
        base_len: usize,
        files: &mut Vec<FileFacts>,
    ) {
        let is_wanted = !is_hidden(&found.name)
            && self
                .name
                .as_ref()
                .is_none_or(|name| name.is_match(&found.name))
            && self
                .modified_before_ms
                .is_none_or(|before| found.modified_ms < before)
            && self
                .modified_after_ms
                .is_none_or(|after| found.modified_ms > after);
        if is_wanted {
            files.push(FileFacts {
                path: found.path.clone(),
                base_len,
                at_root,
                size: found.size,
                modified_ms: found.modified_ms,
            });
        }
    }
}

/// The length of a path without its last name.
fn parent_len(path: &str) -> usize {
    path.rfind('/').unwrap_or(0)
}

/// A plain path of a path or `file:` URL, absolute.
pub fn url_to_path(text: &str) -> Result<String> {
    if let Some(rest) = text.strip_prefix("file:") {
        let url = if rest.starts_with("//") {
            Url::parse(text)
        } else {
            Url::parse(&format!("file://{rest}"))
        };
        return url
            .ok()
            .and_then(|url| url.to_file_path().ok())
            .and_then(|path| {
                path.to_str()
                    .map(|path| path.trim_end_matches('/').to_string())
            })
            .ok_or_else(|| Error::illegal_argument(format!("\"{text}\" is not a file URL")));
    }
    if text.contains("://") {
        return Err(Error::unsupported(format!(
            "cannot read \"{text}\": only local paths and file: URLs are supported"
        )));
    }
    std::path::absolute(text)
        .ok()
        .and_then(|path| {
            path.to_str()
                .map(|path| path.trim_end_matches('/').to_string())
        })
        .filter(|path| !path.is_empty())
        .ok_or_else(|| Error::illegal_argument(format!("\"{text}\" is not a path")))
}

/// The URL of an absolute path, as logs hold it: `file:///data/a%20b.json`.
pub fn to_url(path: &str) -> String {
    match Url::from_file_path(path) {
        Ok(url) => url.to_string(),
        Err(()) => format!("file://{path}"),
    }
}

/// Whether a name is not data: `_SUCCESS`, `.part.crc`, … but `_year=2024` is.
fn is_hidden(name: &str) -> bool {
    (name.starts_with('_') && !name.contains('='))
        || name.starts_with('.')
        || name.ends_with("._COPYING_")
}

/// The files that a file sink's log names, if the directory has one.
fn files_of_sink(objects: &Objects, directory: &str) -> Result<Option<Vec<ObjectMeta>>> {
    let log: CompactLog<ManifestEntry> =
        CompactLog::new(objects, &format!("{directory}/{MANIFEST_DIRECTORY}"));
    if log.latest()?.is_none() {
        return Ok(None);
    }
    let mut files = Vec::new();
    for entry in log.all()? {
        let path = url_to_path(&entry.path)?;
        files.push(ObjectMeta {
            name: path.rsplit('/').next().unwrap_or(&path).to_owned(),
            path,
            size: entry.size,
            modified_ms: entry.modification_time,
            is_dir: false,
        });
    }
    Ok(Some(files))
}

/// What a pattern matches, level by level.
fn matching(objects: &Objects, pattern: &str) -> Result<Vec<ObjectMeta>> {
    let parts: Vec<&str> = Path::new(pattern)
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    let mut level = vec![String::new()];
    let mut found = Vec::new();
    for (depth, part) in parts.iter().enumerate() {
        let last = depth + 1 == parts.len();
        let part = glob::compile(part)?;
        let mut next = Vec::new();
        for directory in &level {
            let directory = if directory.is_empty() { "/" } else { directory };
            let entries = objects
                .list(directory)
                .map_err(|error| Error::io(format!("list {directory}"), error))?;
            for entry in entries {
                if !part.is_match(&entry.name) {
                    continue;
                }
                if last {
                    found.push(entry);
                } else if entry.is_dir {
                    next.push(entry.path);
                }
            }
        }
        level = next;
    }
    Ok(found)
}

/// The path of an entry of a source's log.
pub(super) fn path_of_entry(url: &str) -> Result<String> {
    url_to_path(url).map_err(|_| {
        Error::new(
            ErrorKind::Checkpoint,
            format!("the log of a file source names \"{url}\", which is not a file URL"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_urls_are_each_others_inverse() {
        assert_eq!(url_to_path("file:/data/in/").unwrap(), "/data/in");
        assert_eq!(url_to_path("/data/in/").unwrap(), "/data/in");
        assert_eq!(to_url("/data/a b.json"), "file:///data/a%20b.json");
        assert_eq!(
            url_to_path("file:///data/a%20b.json").unwrap(),
            "/data/a b.json"
        );
        assert!(url_to_path("s3://bucket/x").is_err());
    }
}
