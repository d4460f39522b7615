//! Names of files and directories, as in Kafka.
//!
//! The name of a file at an offset begins with the offset in twenty digits. A suffix after the
//! whole name says that the file is being added or removed.

use std::path::{Path, PathBuf};

use wire::TopicPartition;

/// Kind of a file in a partition directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// Record batches.
    Log,
    /// Offset index.
    Index,
    /// Time index.
    TimeIndex,
    /// Aborted transactions.
    TransactionIndex,
    /// Producer state at an offset.
    Snapshot,
}

impl FileKind {
    /// All kinds; the batches first.
    pub const ALL: [FileKind; 5] = [
        FileKind::Log,
        FileKind::Index,
        FileKind::TimeIndex,
        FileKind::TransactionIndex,
        FileKind::Snapshot,
    ];

    /// Whether it is an index of the batches with the same offset.
    pub fn is_index(self) -> bool {
        match self {
            FileKind::Index | FileKind::TimeIndex | FileKind::TransactionIndex => true,
            FileKind::Log | FileKind::Snapshot => false,
        }
    }

    /// The extension, with the dot.
    pub fn suffix(self) -> &'static str {
        match self {
            FileKind::Log => ".log",
            FileKind::Index => ".index",
            FileKind::TimeIndex => ".timeindex",
            FileKind::TransactionIndex => ".txnindex",
            FileKind::Snapshot => ".snapshot",
        }
    }
}

/// Suffix of a file that will be removed.
pub const DELETED: &str = ".deleted";
/// Suffix of a file that compaction has not completed.
pub const CLEANED: &str = ".cleaned";
/// Suffix of a file that compaction has completed and not put in place yet.
pub const SWAP: &str = ".swap";
/// Suffix of a file that an atomic write has not completed.
pub const TEMPORARY: &str = ".tmp";
/// Suffix of a partition directory that will be removed.
pub const DELETE_DIR: &str = "-delete";
/// Suffix of a partition directory that Kafka is moving here.
pub const FUTURE_DIR: &str = "-future";
/// Suffix of a partition directory of no topic of the cluster.
pub const STRAY_DIR: &str = "-stray";

/// Name of the file with the leader epochs of a partition.
pub const LEADER_EPOCHS: &str = "leader-epoch-checkpoint";
/// Name of the file with the topic id of a partition.
pub const PARTITION_METADATA: &str = "partition.metadata";

/// The longest name of a directory, in bytes.
const NAME_MAX: usize = 255;

/// The name of the file of `kind` at `offset`.
pub fn file_name(offset: i64, kind: FileKind) -> String {
    format!("{offset:020}{}", kind.suffix())
}

/// The path with `suffix` after the whole name.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Meaning of a file name in a partition directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// A file of this kind at this offset.
    File(FileKind, i64),
    /// Will be removed.
    Deleted,
    /// Written by compaction, and not completed.
    Cleaned,
    /// Written by an atomic write, and not completed.
    Temporary,
    /// Written by compaction, completed, and not put in place yet.
    Swap(FileKind, i64),
    /// Something else.
    Other,
}

/// Parses a file name.
pub fn parse(name: &str) -> Name {
    let leftovers = [
        (DELETED, Name::Deleted),
        (CLEANED, Name::Cleaned),
        (TEMPORARY, Name::Temporary),
    ];
    if let Some((_, leftover)) = leftovers.iter().find(|(end, _)| name.ends_with(end)) {
        return *leftover;
    }
    let found = match name.strip_suffix(SWAP) {
        Some(name) => of_offset(name).map(|(kind, offset)| Name::Swap(kind, offset)),
        None => of_offset(name).map(|(kind, offset)| Name::File(kind, offset)),
    };
    found.unwrap_or(Name::Other)
}

/// Kind and offset of a file at an offset.
fn of_offset(name: &str) -> Option<(FileKind, i64)> {
    let (digits, _) = name.split_once('.')?;
    if digits.len() != 20 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let offset = digits.parse().ok()?;
    let kind = FileKind::ALL
        .into_iter()
        .find(|kind| &name[20..] == kind.suffix())?;
    Some((kind, offset))
}

/// End offset and epoch of a snapshot of the metadata log, from a name like
/// `00000000000000000042-0000000003.checkpoint`; `None` for other names.
pub fn parse_metadata_snapshot(name: &str) -> Option<(i64, i32)> {
    let digits = |text: &str, len| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
    let (offset, epoch) = name.strip_suffix(".checkpoint")?.split_once('-')?;
    if !digits(offset, 20) || !digits(epoch, 10) {
        return None;
    }
    Some((offset.parse().ok()?, epoch.parse().ok()?))
}

/// The name of a partition's directory.
pub fn partition_dir(partition: &TopicPartition) -> String {
    format!("{}-{}", &*partition.topic, partition.partition)
}

/// Meaning of the name of a directory in a log directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirName {
    /// A partition.
    Partition(TopicPartition),
    /// A partition that will be removed.
    Delete,
    /// A partition that Kafka is moving here.
    Future,
    /// A partition of no topic of the cluster.
    Stray,
    /// Something else.
    Other,
}

/// Parses the name of a directory in a log directory.
pub fn parse_dir(name: &str) -> DirName {
    let suffixes = [
        (DELETE_DIR, DirName::Delete),
        (FUTURE_DIR, DirName::Future),
        (STRAY_DIR, DirName::Stray),
    ];
    for (suffix, meaning) in suffixes {
        if name.ends_with(suffix) {
            return meaning;
        }
    }
    of_partition(name).map_or(DirName::Other, DirName::Partition)
}

/// The partition of this directory. `None` for other directories, also for those that will be
/// removed.
pub fn parse_partition_dir(name: &str) -> Option<TopicPartition> {
    match parse_dir(name) {
        DirName::Partition(partition) => Some(partition),
        _ => None,
    }
}

fn of_partition(name: &str) -> Option<TopicPartition> {
    let (topic, partition) = name.rsplit_once('-')?;
    if topic.is_empty() || partition.is_empty() || !partition.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(TopicPartition {
        topic: topic.into(),
        partition: partition.parse().ok()?,
    })
}

/// The name of a partition directory before it is removed: `topic-partition.uuid-delete`.
///
/// The topic name is shortened if the result would be too long.
pub fn deleted_dir(partition: &TopicPartition, unique: [u8; 16]) -> String {
    let unique: String = unique.iter().map(|byte| format!("{byte:02x}")).collect();
    renamed_dir(partition, &unique, DELETE_DIR)
}

/// The name of a partition directory of no topic of the cluster: `topic-partition.number-stray`.
///
/// The topic name is shortened if the result would be too long.
pub fn stray_dir(partition: &TopicPartition, unique: u64) -> String {
    renamed_dir(partition, &format!("{unique:016x}"), STRAY_DIR)
}

fn renamed_dir(partition: &TopicPartition, unique: &str, suffix: &str) -> String {
    let tail = format!("-{}.{unique}{suffix}", partition.partition);
    let room = NAME_MAX - tail.len();
    let topic: &str = &partition.topic;
    format!("{}{tail}", &topic[..topic.len().min(room)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kafkas() {
        assert_eq!(
            file_name(368_769, FileKind::Log),
            "00000000000000368769.log"
        );
        assert_eq!(
            parse("00000000000000368769.timeindex"),
            Name::File(FileKind::TimeIndex, 368_769)
        );
        assert_eq!(parse("00000000000000000000.log.deleted"), Name::Deleted);
        assert_eq!(parse("00000000000000000000.log.cleaned"), Name::Cleaned);
        assert_eq!(
            parse("00000000000000000012.log.swap"),
            Name::Swap(FileKind::Log, 12)
        );
        for other in [
            "leader-epoch-checkpoint",
            "1.log",
            "99999999999999999999.log",
            "x.index",
            "x.swap",
            "00000000000000000012.swap",
        ] {
            assert_eq!(parse(other), Name::Other, "{other}");
        }
    }

    #[test]
    fn snapshots_of_the_metadata_log_say_where_they_end() {
        let parsed = parse_metadata_snapshot("00000000000000000042-0000000003.checkpoint");
        assert_eq!(parsed, Some((42, 3)));
        for other in [
            "bootstrap.checkpoint",
            "00000000000000000042-0000000003.checkpoint.part",
            "00000000000000000042-0000000003.checkpoint.deleted",
            "99999999999999999999-0000000003.checkpoint",
            "42-3.checkpoint",
        ] {
            assert_eq!(parse_metadata_snapshot(other), None, "{other}");
        }
    }

    #[test]
    fn a_topic_may_have_dashes_and_digits() {
        let partition = TopicPartition {
            topic: "my-topic-7".into(),
            partition: 12,
        };
        assert_eq!(partition_dir(&partition), "my-topic-7-12");
        assert_eq!(
            parse_partition_dir("my-topic-7-12"),
            Some(partition.clone())
        );
        let deleted = deleted_dir(&partition, [0xab; 16]);
        assert_eq!(deleted, format!("my-topic-7-12.{}-delete", "ab".repeat(16)));
        assert_eq!(parse_partition_dir(&deleted), None);
        assert_eq!(parse_partition_dir("lost+found"), None);
        let long = TopicPartition {
            topic: "t".repeat(249).as_str().into(),
            partition: 0,
        };
        assert_eq!(deleted_dir(&long, [0; 16]).len(), 255);
        assert_eq!(stray_dir(&long, 7).len(), 255);
        let stray = stray_dir(&partition, 7);
        assert_eq!(stray, "my-topic-7-12.0000000000000007-stray");
        assert_eq!(parse_dir(&stray), DirName::Stray);
    }
}
