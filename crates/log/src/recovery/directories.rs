//! The names in a log directory.

use super::Row;
use crate::file_name::{DirName, parse_dir};

/// Facts about an entry of a log directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DirectoryFacts {
    pub(crate) is_dir: bool,
    pub(crate) name: DirName,
}

impl DirectoryFacts {
    pub(crate) fn of(entry: &io::DirEntry) -> DirectoryFacts {
        DirectoryFacts {
            is_dir: entry.is_dir,
            name: parse_dir(&entry.name),
        }
    }
}

/// What is done with an entry of a log directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DirectoryRow {
    PartitionDirectory,
    DeleteDirectory,
    FutureDirectory,
    StrayDirectory,
    NotAPartition,
}

impl Row for DirectoryRow {
    type Facts = DirectoryFacts;
    const ALL: &'static [DirectoryRow] = &[
        DirectoryRow::PartitionDirectory,
        DirectoryRow::DeleteDirectory,
        DirectoryRow::FutureDirectory,
        DirectoryRow::StrayDirectory,
        DirectoryRow::NotAPartition,
    ];

    fn matches(self, facts: &DirectoryFacts) -> bool {
        let name = &facts.name;
        match self {
            DirectoryRow::PartitionDirectory => {
                facts.is_dir && matches!(name, DirName::Partition(_))
            }
            DirectoryRow::DeleteDirectory => facts.is_dir && *name == DirName::Delete,
            DirectoryRow::FutureDirectory => facts.is_dir && *name == DirName::Future,
            DirectoryRow::StrayDirectory => facts.is_dir && *name == DirName::Stray,
            DirectoryRow::NotAPartition => !facts.is_dir || *name == DirName::Other,
        }
    }

    #[cfg(test)]
    fn text(self) -> (&'static str, &'static str) {
        match self {
            DirectoryRow::PartitionDirectory => (
                "a directory `topic-number`",
                "opened when it is first used; renamed to `-stray` if the cluster metadata has no such \
                 partition",
            ),
            DirectoryRow::DeleteDirectory => ("a directory `…-delete`", "removed"),
            DirectoryRow::FutureDirectory => ("a directory `…-future`", "kept"),
            DirectoryRow::StrayDirectory => ("a directory `…-stray`", "kept"),
            DirectoryRow::NotAPartition => ("anything else", "kept"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_one_row_each;
    use super::*;

    #[test]
    fn every_entry_of_a_log_directory_has_its_row() {
        let names = ["t-0", "t-0.ab-delete", "t-0.ab-future", "t-0.1-stray", "t"];
        let mut combinations = Vec::new();
        for is_dir in [false, true] {
            combinations.extend(names.map(|name| DirectoryFacts {
                is_dir,
                name: parse_dir(name),
            }));
        }
        assert_one_row_each::<DirectoryRow>(&combinations);
        let rows: Vec<DirectoryRow> = combinations[5..].iter().map(DirectoryRow::of).collect();
        assert_eq!(rows, DirectoryRow::ALL);
    }
}
