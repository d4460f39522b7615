//! Which files a path stands for.

use std::path::{Component, Path};

use io::{ObjectMeta, Objects};
use regex::Regex;
use url::Url;

use crate::checkpoint::CompactLog;
use crate::error::{Error, ErrorKind, Result};
use crate::sink::file::{MANIFEST_DIRECTORY, ManifestEntry};

/// A data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileFacts {
    /// Absolute path.
    pub(super) path: String,
    /// Bytes.
    pub(super) size: u64,
    /// Milliseconds since the epoch.
    pub(super) modified_ms: i64,
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

/// The data files of a path, which may hold the wildcards `*`, `?`, `[…]` and `{a,b}`, in no
/// particular order.
///
/// Sub-directories are read when they are named like `column=value`, or all of them if
/// `recursive`.
///
/// # Errors
/// `PATH_NOT_FOUND` for a path that is not there (a pattern may match nothing); the store's.
pub(super) fn list(objects: &Objects, path: &str, recursive: bool) -> Result<Vec<FileFacts>> {
    let mut files = Vec::new();
    if !path.contains(['*', '?', '[', '{']) {
        let found = objects
            .head(path)
            .map_err(|error| Error::io(format!("look at {path}"), error))?
            .ok_or_else(|| {
                Error::analysis(
                    "PATH_NOT_FOUND",
                    format!("Path does not exist: file:{path}."),
                )
            })?;
        add(objects, &found, recursive, true, &mut files)?;
        return Ok(files);
    }
    for found in matching(objects, path)? {
        add(objects, &found, recursive, true, &mut files)?;
    }
    Ok(files)
}

/// Adds a file, or the files of a directory.
fn add(
    objects: &Objects,
    found: &ObjectMeta,
    recursive: bool,
    named_by_user: bool,
    files: &mut Vec<FileFacts>,
) -> Result<()> {
    if !found.is_dir {
        files.push(FileFacts {
            path: found.path.clone(),
            size: found.size,
            modified_ms: found.modified_ms,
        });
        return Ok(());
    }
    if named_by_user && let Some(mut known) = files_of_sink(objects, &found.path)? {
        files.append(&mut known);
        return Ok(());
    }
    let entries = objects
        .list(&found.path)
        .map_err(|error| Error::io(format!("list {}", found.path), error))?;
    for entry in entries {
        if is_hidden(&entry.name) {
            continue;
        }
        if !entry.is_dir || recursive || entry.name.contains('=') {
            add(objects, &entry, recursive, false, files)?;
        }
    }
    Ok(())
}

/// Whether a name is not data: `_SUCCESS`, `.part.crc`, … but `_year=2024` is.
fn is_hidden(name: &str) -> bool {
    (name.starts_with('_') && !name.contains('='))
        || name.starts_with('.')
        || name.ends_with("._COPYING_")
}

/// The files that a file sink's log names, if the directory has one.
fn files_of_sink(objects: &Objects, directory: &str) -> Result<Option<Vec<FileFacts>>> {
    let log: CompactLog<ManifestEntry> =
        CompactLog::new(objects, &format!("{directory}/{MANIFEST_DIRECTORY}"));
    if log.latest()?.is_none() {
        return Ok(None);
    }
    let mut files = Vec::new();
    for entry in log.all()? {
        files.push(FileFacts {
            path: url_to_path(&entry.path)?,
            size: entry.size,
            modified_ms: entry.modification_time,
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
        let part = Regex::new(&to_regex(part)).map_err(|error| {
            Error::illegal_argument(format!("\"{pattern}\" is not a path pattern: {error}"))
        })?;
        let mut next = Vec::new();
        for directory in &level {
            let directory = if directory.is_empty() { "/" } else { directory };
            let entries = objects
                .list(directory)
                .map_err(|error| Error::io(format!("list {directory}"), error))?;
            for entry in entries {
                if !part.is_match(&entry.name) || (last && is_hidden(&entry.name)) {
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

/// A path pattern's part as a regular expression.
fn to_regex(part: &str) -> String {
    let mut regex = String::from("^");
    let mut in_braces = false;
    let mut chars = part.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => regex.push('['),
            ']' => regex.push(']'),
            '{' => {
                in_braces = true;
                regex.push_str("(?:");
            }
            '}' => {
                in_braces = false;
                regex.push(')');
            }
            ',' if in_braces => regex.push('|'),
            '\\' => {
                if let Some(escaped) = chars.next() {
                    regex.push_str(&regex::escape(escaped.encode_utf8(&mut [0; 4])));
                }
            }
            '-' | '^' => regex.push(c),
            c => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    regex.push('$');
    regex
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

    #[test]
    fn patterns_match_as_in_hadoop() {
        let matches =
            |pattern: &str, name: &str| Regex::new(&to_regex(pattern)).unwrap().is_match(name);
        assert!(matches("part-*.json", "part-00.json"));
        assert!(matches("f?.json", "f1.json"));
        assert!(matches("f[0-3].{json,csv}", "f2.csv"));
        assert!(!matches("f[0-3].{json,csv}", "f4.csv"));
        assert!(!matches("a.b", "axb"));
    }
}
