//! Divides the descriptors of the process between connections and files.
//!
//! Without that, connections could take all of them, and no partition could be opened.

/// Descriptors that are neither connections nor files of partitions: event queues, listeners,
/// connections of the metrics listener, standard streams.
const FIXED: u64 = 64;

/// Descriptors of each log directory that are not cached files: the redo log, locks, files that
/// recovery or compaction is writing.
const FIXED_PER_DIRECTORY: u64 = 16;

/// Each directory may keep at least this many open files. With fewer, almost every request would
/// have to open files.
const OPEN_FILES_MIN: u64 = 16;

/// How many descriptors each use may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shares {
    /// Connections of clients.
    pub connections_max: usize,
    /// Files of a log directory that are kept open while they are not in use.
    pub open_files_max: usize,
}

/// Reduces `wanted` to fit a process that can open `limit` descriptors.
///
/// At most a quarter is for unused open files of all log directories together. A quarter of what is
/// then left stays free, for files in use.
pub(crate) fn share(limit: u64, directories: usize, wanted: Shares) -> Shares {
    let directories = (directories as u64).max(1);
    let open_files = (limit / 4 / directories)
        .max(OPEN_FILES_MIN)
        .min(wanted.open_files_max as u64);
    let taken = FIXED + directories * (FIXED_PER_DIRECTORY + open_files);
    let left = limit.saturating_sub(taken);
    let connections = (left - left / 4).max(1).min(wanted.connections_max as u64);
    Shares {
        connections_max: connections as usize,
        open_files_max: open_files as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Shares = Shares {
        connections_max: i32::MAX as usize,
        open_files_max: 200,
    };

    #[test]
    fn connections_leave_descriptors_for_files() {
        for limit in [256, 1024, 4096, 1 << 20] {
            for directories in [1, 3] {
                let shares = share(limit, directories, WANTED);
                let files = directories as u64 * (shares.open_files_max as u64 + 16);
                let used = shares.connections_max as u64 + files + FIXED;
                assert!(used < limit, "{limit} {directories}: {shares:?}");
                assert!(
                    shares.connections_max > 20,
                    "{limit} {directories}: {shares:?}"
                );
            }
        }
    }

    #[test]
    fn settings_that_fit_are_kept() {
        let wanted = Shares {
            connections_max: 1000,
            open_files_max: 200,
        };
        assert_eq!(share(1 << 20, 2, wanted), wanted);
        assert_eq!(share(u64::MAX, 1, WANTED), WANTED);
    }

    #[test]
    fn a_limit_that_is_too_small_still_lets_a_client_in() {
        let shares = share(10, 2, WANTED);
        assert_eq!((shares.connections_max, shares.open_files_max), (1, 16));
    }
}
