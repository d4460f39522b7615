//! Files and directories of the simulated disk, each with a durable and a current side.

use std::collections::BTreeMap;

use super::{Generator, NodeId};

/// A disk writes a sector whole or not at all.
const SECTOR_BYTES: u64 = 512;

#[derive(Debug, Default)]
pub(super) struct FileNode {
    pub(super) durable: Vec<u8>,
    pub(super) current: Vec<u8>,
    pending: Vec<FileChange>,
    /// How many changes are no longer pending.
    completed: u64,
    /// The last change that a sync in progress covers.
    syncing: u64,
    /// How often a write-back has failed.
    pub(super) write_back_failures: u64,
    pub(super) modified_ms: i64,
}

#[derive(Debug)]
pub(super) enum FileChange {
    Write { offset: u64, data: Vec<u8> },
    SetLen(u64),
}

#[derive(Debug, Default)]
pub(super) struct DirectoryNode {
    durable: BTreeMap<String, NodeId>,
    pub(super) current: BTreeMap<String, NodeId>,
    pending: Vec<NameChange>,
    /// How many changes are no longer pending.
    completed: u64,
    pub(super) modified_ms: i64,
}

#[derive(Debug)]
pub(super) enum NameChange {
    Link {
        name: String,
        node: NodeId,
    },
    Unlink {
        name: String,
    },
    Rename {
        from: String,
        to: String,
        node: NodeId,
    },
}

impl NameChange {
    pub(super) fn apply(&self, names: &mut BTreeMap<String, NodeId>) {
        match self {
            NameChange::Link { name, node } => {
                names.insert(name.clone(), *node);
            }
            NameChange::Unlink { name } => {
                names.remove(name);
            }
            NameChange::Rename { from, to, node } => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
        }
    }
}

impl DirectoryNode {
    pub(super) fn new(now_ms: i64) -> DirectoryNode {
        DirectoryNode {
            modified_ms: now_ms,
            ..DirectoryNode::default()
        }
    }

    pub(super) fn change(&mut self, change: NameChange) {
        change.apply(&mut self.current);
        self.pending.push(change);
    }

    /// The number of its newest change: changes are numbered from 1.
    pub(super) fn newest(&self) -> u64 {
        self.completed + self.pending.len() as u64
    }

    /// Makes the changes up to number `upto` durable.
    pub(super) fn sync_to(&mut self, upto: u64) {
        let count = upto.saturating_sub(self.completed) as usize;
        for change in self.pending.drain(..count.min(self.pending.len())) {
            change.apply(&mut self.durable);
            self.completed += 1;
        }
    }

    /// Makes a random number of the first pending changes durable: names are written to a journal, in
    /// order.
    pub(super) fn crash(&mut self, random: &mut Generator) {
        let lasting = random.below(self.pending.len() as u64 + 1) as usize;
        self.sync_to(self.completed + lasting as u64);
        self.completed = self.newest();
        self.pending.clear();
        self.current.clone_from(&self.durable);
    }
}

fn write_into(content: &mut Vec<u8>, offset: u64, data: &[u8]) {
    let (start, end) = (offset as usize, offset as usize + data.len());
    if content.len() < end {
        content.resize(end, 0);
    }
    content[start..end].copy_from_slice(data);
}

impl FileChange {
    pub(super) fn apply(&self, content: &mut Vec<u8>) {
        match self {
            FileChange::Write { offset, data } => write_into(content, *offset, data),
            FileChange::SetLen(len) => content.resize(*len as usize, 0),
        }
    }
}

impl FileNode {
    pub(super) fn new(now_ms: i64) -> FileNode {
        FileNode {
            modified_ms: now_ms,
            ..FileNode::default()
        }
    }

    pub(super) fn change(&mut self, change: FileChange, now_ms: i64) {
        change.apply(&mut self.current);
        self.pending.push(change);
        self.modified_ms = now_ms;
    }

    /// The number of its newest change: changes are numbered from 1.
    pub(super) fn newest(&self) -> u64 {
        self.completed + self.pending.len() as u64
    }

    /// Makes the changes up to number `upto` durable.
    pub(super) fn sync_to(&mut self, upto: u64) {
        let count = upto.saturating_sub(self.completed) as usize;
        for change in self.pending.drain(..count.min(self.pending.len())) {
            change.apply(&mut self.durable);
            self.completed += 1;
        }
    }

    /// Notes that a sync of the changes up to number `upto` is in progress.
    pub(super) fn sync_started(&mut self, upto: u64) {
        self.syncing = upto.max(self.syncing);
    }

    pub(super) fn fail_write_back(&mut self) {
        if !self.pending.is_empty() {
            self.lose_pending();
            self.write_back_failures += 1;
        }
    }

    /// Loses the pending changes after a failed sync: the pages count as clean, and no later sync
    /// writes them. A sync in progress has written its changes before: one file is synced by one caller
    /// at a time.
    pub(super) fn lose_pending(&mut self) {
        self.sync_to(self.syncing);
        self.completed = self.newest();
        self.pending.clear();
    }

    pub(super) fn crash(&mut self, random: &mut Generator) {
        let newest = self.newest();
        let pending = std::mem::take(&mut self.pending);
        self.completed = newest;
        match random.below(4) {
            // No change is durable.
            0 => {}
            // Every change is durable.
            1 => pending
                .iter()
                .for_each(|change| change.apply(&mut self.durable)),
            // The first changes are durable, and a part of the next one.
            2 => {
                let whole = random.below(pending.len() as u64 + 1) as usize;
                for change in &pending[..whole] {
                    change.apply(&mut self.durable);
                }
                if let Some(change) = pending.get(whole) {
                    self.tear(change, random);
                }
            }
            // Any set of sectors is durable, whatever the order of the writes.
            _ => {
                for change in &pending {
                    self.tear(change, random);
                }
            }
        }
        self.current.clone_from(&self.durable);
    }

    /// Makes some sectors of a write durable.
    fn tear(&mut self, change: &FileChange, random: &mut Generator) {
        let FileChange::Write { offset, data } = change else {
            if random.once_in(2) {
                change.apply(&mut self.durable);
            }
            return;
        };
        let end = offset + data.len() as u64;
        // The length is metadata. If it is durable and the data is not, the data reads as zeros.
        if random.once_in(3) && self.durable.len() < end as usize {
            self.durable.resize(end as usize, 0);
        }
        let in_order = random.once_in(2);
        let mut start = *offset;
        while start < end {
            let sector_end = ((start / SECTOR_BYTES + 1) * SECTOR_BYTES).min(end);
            if random.once_in(2) {
                let sector = &data[(start - offset) as usize..(sector_end - offset) as usize];
                write_into(&mut self.durable, start, sector);
            } else if in_order {
                break;
            }
            start = sector_end;
        }
    }
}
