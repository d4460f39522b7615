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
    if bytes.is_empty() {
        return Err(Error::new(
            ErrorKind::Checkpoint,
            format!("Failed to read log file file:{name}. Incomplete log file"),
        ));
    }
    let text = String::from_utf8_lossy(&bytes);
    let (version, content) = text.split_once('\n').unwrap_or((&text, ""));
    let version = version.trim_end();
    if version == VERSION && std::str::from_utf8(&bytes).is_ok() {
        return Ok(Some(content.to_string()));
    }
    let is_version = version
        .strip_prefix('v')
        .is_some_and(|number| number.parse::<u32>().is_ok());
    Err(match is_version && version != VERSION {
        true => Error::with_condition(
            ErrorKind::Checkpoint,
            "INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION",
            format!(
                "Failed to read log file file:{name}. The maximum supported log version is \
                 {VERSION}, but encountered {version}. The log file was produced by a newer version \
                 and cannot be read by this version. Please upgrade."
            ),
        ),
        false => Error::with_condition(
            ErrorKind::Checkpoint,
            "MALFORMED_LOG_FILE",
            format!(
                "Failed to read log file file:{name}. Log file was malformed: failed to read \
                 correct log version from {version}."
            ),
        ),
    })
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
