//! What a failed call to the disk was about, and whether the disk itself has failed.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;

use rustix::io::Errno;

/// Errors that speak of the device or its file system rather than of one file, of room, or of
/// what a process may.
const DEVICE_FAILURES: [Errno; 10] = [
    Errno::IO,
    Errno::ROFS,
    Errno::NODEV,
    Errno::NXIO,
    Errno::NOMEDIUM,
    Errno::REMOTEIO,
    Errno::STALE,
    Errno::NOTCONN,
    Errno::SHUTDOWN,
    // "Structure needs cleaning": the file system has found itself damaged.
    Errno::UCLEAN,
];

/// An error, and what was being done to what.
#[derive(Debug)]
struct About {
    text: String,
    error: io::Error,
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.text, self.error)
    }
}

impl Error for About {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

/// Says what was being done, to what.
pub(super) fn about(error: io::Error, action: &str, path: &Path) -> io::Error {
    let text = format!("{action} {}", path.display());
    io::Error::new(error.kind(), About { text, error })
}

/// Whether a write or sync that failed so means that the device has failed (`EIO`, `EROFS`,
/// `ENODEV` and their like): others will fail too, or seem to work and be lost. A full disk is
/// none, nor a file that may not be opened.
pub fn is_device_failure(error: &io::Error) -> bool {
    if let Some(code) = error.raw_os_error() {
        return DEVICE_FAILURES.contains(&Errno::from_raw_os_error(code));
    }
    let about = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<About>());
    about.is_some_and(|about| is_device_failure(&about.error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_device_is_told_from_a_full_one_whatever_was_being_done() {
        let cases = [
            (Errno::IO, true),
            (Errno::ROFS, true),
            (Errno::NOSPC, false),
            (Errno::DQUOT, false),
            (Errno::MFILE, false),
            (Errno::ACCESS, false),
        ];
        for (code, expected) in cases {
            let error = io::Error::from(code);
            let (kind, text) = (error.kind(), error.to_string());
            assert_eq!(is_device_failure(&error), expected, "{text}");
            let twice = about(
                about(error, "write", Path::new("/a")),
                "close",
                Path::new("/b"),
            );
            assert_eq!(is_device_failure(&twice), expected, "{text}");
            assert_eq!(twice.kind(), kind);
            assert_eq!(twice.to_string(), format!("close /b: write /a: {text}"));
        }
        assert!(!is_device_failure(&io::Error::other("something else")));
    }
}
