//! Whether a file is in use.

use std::sync::{Arc, Weak};

use super::open_files::CachedFile;
use super::{File, FileKind};
use crate::backend::FileBackend;

/// Tells whether a clone of a [`File`] still exists. It does not keep the file open itself.
#[derive(Clone, Debug)]
pub struct FileWatch(Watched);

#[derive(Clone, Debug)]
enum Watched {
    Open(Weak<dyn FileBackend>),
    Cached(Weak<CachedFile>),
}

impl FileWatch {
    pub(super) fn new(file: &File) -> FileWatch {
        FileWatch(match &file.0 {
            FileKind::Open(file) => Watched::Open(Arc::downgrade(file)),
            FileKind::Cached(file) => Watched::Cached(Arc::downgrade(file)),
        })
    }

    /// Whether a clone of the file still exists.
    pub fn is_in_use(&self) -> bool {
        match &self.0 {
            Watched::Open(file) => file.strong_count() > 0,
            Watched::Cached(file) => file.strong_count() > 0,
        }
    }
}
