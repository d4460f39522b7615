//! Disk errors: their context, and what they mean for later calls.

use std::io;
use std::path::Path;

use rustix::io::Errno;

/// Errors about the device or its file system, rather than about one file, space, or permission.
const DEVICE_ERRORS: [Errno; 10] = [
    Errno::IO,
    Errno::ROFS,
    Errno::NODEV,
    Errno::NXIO,
    Errno::NOMEDIUM,
    Errno::REMOTEIO,
    Errno::STALE,
    Errno::NOTCONN,
    Errno::SHUTDOWN,
    // "Structure needs cleaning": the file system has detected that it is damaged.
    Errno::UCLEAN,
];

/// What an error of a disk call means for later calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskErrorKind {
    /// `EMFILE`, `ENFILE`: no descriptor is free. Transient: the call succeeds once one is.
    OutOfDescriptors,
    /// `ENOSPC`, `EDQUOT`: no space. The data of such a failed write is never used. After such a
    /// failed *sync*, unsynced bytes may be lost.
    Full,
    /// `EIO`, `EROFS`, `ENODEV` and similar: the device has failed. Other calls will fail too, or
    /// will seem to succeed and be lost.
    Device,
    /// Every other error: a missing file, a permission, bad input.
    Other,
}

impl DiskErrorKind {
    /// Sorts an error by its `errno`, through the context that [`crate::Disk`] adds.
    pub fn of(error: &io::Error) -> DiskErrorKind {
        let Some(code) = errno(error) else {
            return DiskErrorKind::Other;
        };
        match code {
            Errno::MFILE | Errno::NFILE => DiskErrorKind::OutOfDescriptors,
            Errno::NOSPC | Errno::DQUOT => DiskErrorKind::Full,
            code if DEVICE_ERRORS.contains(&code) => DiskErrorKind::Device,
            _ => DiskErrorKind::Other,
        }
    }
}

/// Whether an error means that the device has failed: [`DiskErrorKind::Device`].
pub fn is_device_failure(error: &io::Error) -> bool {
    DiskErrorKind::of(error) == DiskErrorKind::Device
}

/// The error number of the operating system, if it reported this error.
fn errno(error: &io::Error) -> Option<Errno> {
    if let Some(code) = error.raw_os_error() {
        return Some(Errno::from_raw_os_error(code));
    }
    let outer = error.get_ref()?.downcast_ref::<WithContext>()?;
    errno(&outer.error)
}

/// A copy of an error for a second caller: same kind, same `errno`.
pub(super) fn repeat(error: &io::Error) -> io::Error {
    match errno(error) {
        Some(code) => code.into(),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// An error with its context.
#[derive(Debug, thiserror::Error)]
#[error("{text}: {error}")]
struct WithContext {
    text: String,
    #[source]
    error: io::Error,
}

/// Adds the action that failed, and its path.
pub(super) fn with_context(error: io::Error, action: &str, path: &Path) -> io::Error {
    let text = format!("{action} {}", path.display());
    io::Error::new(error.kind(), WithContext { text, error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_sorted_by_its_errno_whatever_context_it_has() {
        use DiskErrorKind::{Device, Full, Other, OutOfDescriptors};
        let cases = [
            (Errno::MFILE, OutOfDescriptors),
            (Errno::NFILE, OutOfDescriptors),
            (Errno::NOSPC, Full),
            (Errno::DQUOT, Full),
            (Errno::IO, Device),
            (Errno::ROFS, Device),
            (Errno::NODEV, Device),
            (Errno::STALE, Device),
            (Errno::UCLEAN, Device),
            (Errno::ACCESS, Other),
            (Errno::NOENT, Other),
            (Errno::INTR, Other),
            (Errno::NOMEM, Other),
        ];
        for (code, expected) in cases {
            let error = io::Error::from(code);
            let (kind, text) = (error.kind(), error.to_string());
            assert_eq!(DiskErrorKind::of(&error), expected, "{text}");
            let twice = with_context(
                with_context(error, "write", Path::new("/a")),
                "close",
                Path::new("/b"),
            );
            assert_eq!(DiskErrorKind::of(&twice), expected, "{text}");
            assert_eq!(DiskErrorKind::of(&repeat(&twice)), expected, "{text}");
            assert_eq!(is_device_failure(&twice), expected == Device, "{text}");
            assert_eq!(twice.kind(), kind);
            assert_eq!(twice.to_string(), format!("close /b: write /a: {text}"));
        }
        let ours = io::Error::other("something else");
        assert_eq!(DiskErrorKind::of(&ours), Other);
    }
}
