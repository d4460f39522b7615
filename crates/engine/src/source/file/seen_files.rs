//! Which files a stream has taken already.

use std::collections::BTreeMap;
use std::path::Path;

/// The files seen, each with its modification time, as far back as `max_age_ms` before the newest
/// one. Older files count as seen.
#[derive(Debug)]
pub(super) struct SeenFiles {
    max_age_ms: i64,
    file_name_only: bool,
    files: BTreeMap<String, i64>,
    latest_ms: i64,
    /// Files older than this were seen or came too late.
    forgotten_before_ms: i64,
}

impl SeenFiles {
    /// No files seen. `i64::MAX` as age: never forget.
    pub(super) fn new(max_age_ms: i64, file_name_only: bool) -> SeenFiles {
        SeenFiles {
            max_age_ms,
            file_name_only,
            files: BTreeMap::new(),
            latest_ms: 0,
            forgotten_before_ms: 0,
        }
    }

    /// Whether a file has still to be read.
    pub(super) fn is_new(&self, path: &str, modified_ms: i64) -> bool {
        modified_ms >= self.forgotten_before_ms && !self.files.contains_key(self.key(path))
    }

    /// Notes a file as taken.
    pub(super) fn add(&mut self, path: &str, modified_ms: i64) {
        let key = self.key(path).to_string();
        self.files.insert(key, modified_ms);
        self.latest_ms = self.latest_ms.max(modified_ms);
    }

    /// Forgets files beyond the maximum age. Not done on each [`SeenFiles::add`]: files of one
    /// batch are not each other's late-comers.
    pub(super) fn forget_old(&mut self) {
        self.forgotten_before_ms = self.latest_ms.saturating_sub(self.max_age_ms);
        let before = self.forgotten_before_ms;
        self.files.retain(|_, modified_ms| *modified_ms >= before);
    }

    fn key<'a>(&self, path: &'a str) -> &'a str {
        if self.file_name_only {
            Path::new(path)
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or(path)
        } else {
            path
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_new_once_and_not_when_too_old() {
        let mut seen = SeenFiles::new(10, false);
        seen.add("/in/a", 5);
        assert!(!seen.is_new("/in/a", 5));
        assert!(seen.is_new("/in/b", 5));
        seen.add("/in/b", 15);
        seen.forget_old();
        assert!(seen.is_new("/in/c", 5), "as old as allowed");
        assert!(!seen.is_new("/in/d", 4), "too old");
        seen.add("/in/e", 16);
        seen.forget_old();
        assert!(!seen.is_new("/in/a", 5), "forgotten is not new");
    }

    #[test]
    fn a_moved_file_may_be_known_by_its_name() {
        let mut seen = SeenFiles::new(i64::MAX, true);
        seen.add("/in/a", 5);
        assert!(!seen.is_new("/elsewhere/a", 6));
    }
}
