//! A log file's text: the line `v1`, then the content.

use std::io::ErrorKind as IoErrorKind;

use bytes::Bytes;
use io::Objects;

use crate::error::{Error, ErrorKind, Result};

const VERSION: &str = "v1";

/// The content of a file after its version line; `None` if there is no file.
///
/// # Errors
/// If it cannot be read, is not text, or is of a version we do not know.
pub fn read_versioned(objects: &Objects, name: &str) -> Result<Option<String>> {
    let bytes = match objects.get(name) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == IoErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(format!("read {name}"), error)),
    };
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Error::new(ErrorKind::Checkpoint, format!("{name} is not UTF-8 text")))?;
    let (version, content) = text.split_once('\n').unwrap_or((text, ""));
    if version.trim_end() == VERSION {
        return Ok(Some(content.to_string()));
    }
    let is_version = version
        .strip_prefix('v')
        .is_some_and(|number| number.trim_end().parse::<u32>().is_ok());
    Err(Error::new(
        ErrorKind::Checkpoint,
        if is_version {
            format!(
                "{name}: maximum supported log version is {VERSION}, but encountered {version}; \
                 a newer version wrote it"
            )
        } else {
            format!(
                "{name} is malformed: it begins with \"{version}\" where \"{VERSION}\" should be"
            )
        },
    ))
}

/// Writes a file that must not be there yet, durably.
///
/// # Errors
/// `CONCURRENT_STREAM_LOG_UPDATE` if it is there: somebody else runs the same query.
pub fn write_versioned(objects: &Objects, name: &str, content: &str) -> Result<()> {
    let text = format!("{VERSION}\n{content}");
    match objects.put_new(name, Bytes::from(text)) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == IoErrorKind::AlreadyExists => Err(Error::with_condition(
            ErrorKind::Checkpoint,
            "CONCURRENT_STREAM_LOG_UPDATE",
            format!(
                "Concurrent update to the log. Multiple streaming jobs detected for {name}. \
                 Please make sure only one streaming job runs on a specific checkpoint location \
                 at a time."
            ),
        )),
        Err(error) => Err(Error::io(format!("write {name}"), error)),
    }
}
