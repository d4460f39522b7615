//! Removing a large file without its being felt: a file system may hold others up for as long as
//! it takes to free all of a file's blocks at once.

use std::io::{ErrorKind, Result};
use std::path::Path;

use io::{Disk, OpenMode};

/// Freed at a time.
pub const STEP_BYTES: u64 = 16 << 20;

/// Takes the last [`STEP_BYTES`] off a file that nobody needs any more, or removes it if it has no
/// more than that; whether it is gone. Who calls it pauses in between. Blocks on the disk.
///
/// # Errors
/// What cutting and removing fails with. That it is gone already is none.
pub fn shrink(disk: &Disk, path: &Path) -> Result<bool> {
    let shrunk = disk.metadata(path).and_then(|facts| {
        if facts.len <= STEP_BYTES {
            return disk.remove_file(path).map(|()| true);
        }
        let file = disk.open(path, OpenMode::ReadWrite)?;
        file.set_len(facts.len - STEP_BYTES).map(|()| false)
    });
    match shrunk {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn a_file_goes_step_by_step() {
        let sim = io::sim::Sim::new(1);
        let disk = sim.io().disk;
        let path = PathBuf::from("/f.deleted");
        let file = disk.open(&path, OpenMode::Create).unwrap();
        file.set_len(2 * STEP_BYTES + 1).unwrap();
        let mut sizes = Vec::new();
        while !shrink(&disk, &path).unwrap() {
            sizes.push(disk.metadata(&path).unwrap().len);
        }
        assert_eq!(sizes, [STEP_BYTES + 1, 1]);
        assert!(!disk.exists(&path));
        assert!(shrink(&disk, &path).unwrap());
    }
}
