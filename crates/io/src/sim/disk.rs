//! The simulated disk: what was synced apart from what was only written.
//!
//! Every file has a durable content, the content that reads see, and the writes between the
//! two. Every directory likewise has durable names, current names, and the changes between.
//! Nothing but a sync moves durability along, and a file's sync does not cover its name.
//!
//! A crash applies to the durable side a part, drawn from the seed, of what was pending: of a
//! file's writes any set of 512-byte sectors, and any length the file had meanwhile; of a
//! directory's changes a prefix, since file systems keep those in a journal.

mod node;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::faults::{BitFlip, Call};
use super::{Generator, SimCore};
use crate::{DirEntry, Metadata, OpenMode};
use node::{DirectoryNode, FileChange, FileNode, NameChange};

/// What an unlimited disk says is free.
const PLENTY_BYTES: u64 = 1 << 40;

/// The root directory.
const ROOT: NodeId = 0;

type NodeId = u64;

#[derive(Debug)]
pub(super) struct DiskState {
    nodes: BTreeMap<NodeId, Node>,
    next_id: NodeId,
    /// Counts crashes: a handle from before one is dead.
    epoch: u64,
    /// Whether a crash is under way: nothing works.
    dead: bool,
    locks: BTreeSet<NodeId>,
    capacity: Option<u64>,
    /// How often writing something back has failed, in any file.
    write_back_failures: u64,
    random: Generator,
}

#[derive(Debug)]
enum Node {
    File(FileNode),
    Directory(DirectoryNode),
}

impl DiskState {
    pub(super) fn new(random: Generator) -> DiskState {
        let root = Node::Directory(DirectoryNode::default());
        DiskState {
            nodes: BTreeMap::from([(ROOT, root)]),
            next_id: ROOT + 1,
            epoch: 0,
            dead: false,
            locks: BTreeSet::new(),
            capacity: None,
            write_back_failures: 0,
            random,
        }
    }

    /// From now on, nothing is written or read.
    pub(super) fn cut_power(&mut self) {
        self.dead = true;
    }

    /// Comes back with what lasted.
    pub(super) fn restart(&mut self) {
        for node in self.nodes.values_mut() {
            match node {
                Node::File(file) => file.crash(&mut self.random),
                Node::Directory(directory) => directory.crash(&mut self.random),
            }
        }
        let reachable = self.reachable();
        self.nodes.retain(|id, _| reachable.contains(id));
        self.dead = false;
        self.close_all();
    }

    /// Ends every open file and lock, as the end of a process does.
    pub(super) fn close_all(&mut self) {
        self.epoch += 1;
        self.locks.clear();
    }

    pub(super) fn set_capacity(&mut self, bytes: Option<u64>) {
        self.capacity = bytes;
    }

    /// What is pending in files does not reach the disk, and no later sync saves it. Who syncs
    /// one by a descriptor that is open now is told, and who syncs all of them.
    pub(super) fn fail_write_back(&mut self) {
        self.write_back_failures += 1;
        for node in self.nodes.values_mut() {
            if let Node::File(file) = node {
                file.fail_write_back();
            }
        }
    }

    pub(super) fn flip_bit(&mut self, path: &Path, offset: Option<u64>) -> Option<BitFlip> {
        let id = self.find(path).ok()?;
        let Some(Node::File(file)) = self.nodes.get_mut(&id) else {
            return None;
        };
        let len = file.current.len() as u64;
        let offset = match offset {
            Some(offset) if offset < len => offset,
            None if len > 0 => self.random.below(len),
            _ => return None,
        };
        let bit = self.random.below(8) as u8;
        for content in [&mut file.current, &mut file.durable] {
            if let Some(byte) = content.get_mut(offset as usize) {
                *byte ^= 1 << bit;
            }
        }
        Some(BitFlip { offset, bit })
    }

    fn reachable(&self) -> BTreeSet<NodeId> {
        let mut reachable = BTreeSet::from([ROOT]);
        let mut directories = vec![ROOT];
        while let Some(id) = directories.pop() {
            if let Some(Node::Directory(directory)) = self.nodes.get(&id) {
                for &child in directory.current.values() {
                    if reachable.insert(child) {
                        directories.push(child);
                    }
                }
            }
        }
        reachable
    }

    fn used(&self) -> u64 {
        self.reachable()
            .iter()
            .map(|id| match &self.nodes[id] {
                Node::File(file) => file.current.len() as u64,
                Node::Directory(_) => 0,
            })
            .sum()
    }

    /// Whether a file may grow by so much.
    fn check_room(&self, growth: u64) -> io::Result<()> {
        match self.capacity {
            Some(capacity) if growth > 0 && self.used() + growth > capacity => {
                Err(io::ErrorKind::StorageFull.into())
            }
            _ => Ok(()),
        }
    }

    fn find(&self, path: &Path) -> io::Result<NodeId> {
        let mut id = ROOT;
        for name in names(path)? {
            id = *self
                .directory(id)?
                .current
                .get(&name)
                .ok_or(io::ErrorKind::NotFound)?;
        }
        Ok(id)
    }

    /// The directory that holds the last name of a path, and that name.
    fn find_parent(&self, path: &Path) -> io::Result<(NodeId, String)> {
        let mut names = names(path)?;
        let name = names.pop().ok_or(io::ErrorKind::InvalidInput)?;
        let mut id = ROOT;
        for name in names {
            id = *self
                .directory(id)?
                .current
                .get(&name)
                .ok_or(io::ErrorKind::NotFound)?;
        }
        self.directory(id)?;
        Ok((id, name))
    }

    fn directory(&self, id: NodeId) -> io::Result<&DirectoryNode> {
        match &self.nodes[&id] {
            Node::Directory(directory) => Ok(directory),
            Node::File(_) => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn directory_mut(&mut self, id: NodeId, now_ms: i64) -> io::Result<&mut DirectoryNode> {
        match self.nodes.get_mut(&id) {
            Some(Node::Directory(directory)) => {
                directory.modified_ms = now_ms;
                Ok(directory)
            }
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn file_mut(&mut self, id: NodeId) -> io::Result<&mut FileNode> {
        match self.nodes.get_mut(&id) {
            Some(Node::File(file)) => Ok(file),
            Some(Node::Directory(_)) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn add(&mut self, parent: NodeId, name: String, node: Node, now_ms: i64) -> io::Result<NodeId> {
        let id = self.next_id;
        self.next_id += 1;
        self.nodes.insert(id, node);
        self.directory_mut(parent, now_ms)?
            .change(NameChange::Link { name, node: id });
        Ok(id)
    }

    fn remove_tree(&mut self, parent: NodeId, name: String, now_ms: i64) -> io::Result<()> {
        let id = *self
            .directory(parent)?
            .current
            .get(&name)
            .ok_or(io::ErrorKind::NotFound)?;
        if let Ok(directory) = self.directory(id) {
            for child in directory.current.keys().cloned().collect::<Vec<_>>() {
                self.remove_tree(id, child, now_ms)?;
            }
        }
        self.directory_mut(parent, now_ms)?
            .change(NameChange::Unlink { name });
        Ok(())
    }

    fn facts(&self, id: NodeId) -> Metadata {
        match &self.nodes[&id] {
            Node::File(file) => Metadata {
                is_dir: false,
                len: file.current.len() as u64,
                modified_ms: file.modified_ms,
            },
            Node::Directory(directory) => Metadata {
                is_dir: true,
                len: 0,
                modified_ms: directory.modified_ms,
            },
        }
    }
}

/// The names on the way from the root; a relative path begins there too.
fn names(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir => {
                names.pop();
            }
            Component::Normal(name) => {
                names.push(name.to_str().ok_or(io::ErrorKind::InvalidInput)?.to_owned());
            }
            Component::Prefix(_) => return Err(io::ErrorKind::InvalidInput.into()),
        }
    }
    Ok(names)
}

/// The simulated file system.
#[derive(Clone, Debug)]
pub(crate) struct SimDisk(pub(crate) Arc<SimCore>);

impl SimDisk {
    /// Does what is asked of `path`.
    fn with<T>(
        &self,
        path: &Path,
        work: impl FnOnce(&mut DiskState) -> io::Result<T>,
    ) -> io::Result<T> {
        self.0.check_device(path)?;
        let mut state = self.0.disk.lock();
        if state.dead {
            return Err(io::Error::other("the machine has no power"));
        }
        work(&mut state)
    }

    pub(crate) fn open(&self, path: &Path, mode: OpenMode) -> io::Result<SimFile> {
        let now_ms = self.0.now_ms();
        self.with(path, |state| {
            let id = match state.find(path) {
                Ok(_) if mode == OpenMode::CreateNew => {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                Ok(id) => id,
                Err(error)
                    if error.kind() == io::ErrorKind::NotFound
                        && !matches!(mode, OpenMode::Read | OpenMode::ReadWrite) =>
                {
                    let (parent, name) = state.find_parent(path)?;
                    let file = FileNode::new(now_ms);
                    state.add(parent, name, Node::File(file), now_ms)?
                }
                Err(error) => return Err(error),
            };
            let file = state.file_mut(id)?;
            if mode == OpenMode::Truncate {
                file.change(FileChange::SetLen(0), now_ms);
            }
            Ok(SimFile {
                core: Arc::clone(&self.0),
                node: id,
                path: path.to_owned(),
                told: AtomicU64::new(state.file_mut(id)?.write_back_failures),
                epoch: state.epoch,
                writable: mode != OpenMode::Read,
                write_through: mode == OpenMode::WriteThrough,
            })
        })
    }

    pub(crate) fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        let now_ms = self.0.now_ms();
        self.with(path, |state| {
            let mut id = ROOT;
            for name in names(path)? {
                id = match state.directory(id)?.current.get(&name) {
                    Some(&child) => child,
                    None => {
                        let directory = DirectoryNode::new(now_ms);
                        state.add(id, name, Node::Directory(directory), now_ms)?
                    }
                };
            }
            state.directory(id).map(|_| ())
        })
    }

    pub(crate) fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.with(path, |state| {
            let directory = state.directory(state.find(path)?)?;
            Ok(directory
                .current
                .iter()
                .map(|(name, &id)| {
                    let facts = state.facts(id);
                    DirEntry {
                        name: name.clone(),
                        is_dir: facts.is_dir,
                        len: facts.len,
                        modified_ms: facts.modified_ms,
                    }
                })
                .collect())
        })
    }

    pub(crate) fn rename(&self, from: &Path, to: &Path, replace: bool) -> io::Result<()> {
        let now_ms = self.0.now_ms();
        self.with(from, |state| {
            let node = state.find(from)?;
            let (from_parent, from) = state.find_parent(from)?;
            let (to_parent, to) = state.find_parent(to)?;
            if let Some(&other) = state.directory(to_parent)?.current.get(&to) {
                if !replace {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                if other == node {
                    return Ok(());
                }
                if let Ok(directory) = state.directory(other)
                    && !directory.current.is_empty()
                {
                    return Err(io::ErrorKind::DirectoryNotEmpty.into());
                }
            }
            if from_parent == to_parent {
                state
                    .directory_mut(from_parent, now_ms)?
                    .change(NameChange::Rename { from, to, node });
            } else {
                state
                    .directory_mut(to_parent, now_ms)?
                    .change(NameChange::Link { name: to, node });
                state
                    .directory_mut(from_parent, now_ms)?
                    .change(NameChange::Unlink { name: from });
            }
            Ok(())
        })
    }

    pub(crate) fn remove_file(&self, path: &Path) -> io::Result<()> {
        let now_ms = self.0.now_ms();
        self.with(path, |state| {
            let (parent, name) = state.find_parent(path)?;
            let id = *state
                .directory(parent)?
                .current
                .get(&name)
                .ok_or(io::ErrorKind::NotFound)?;
            state.file_mut(id)?;
            state
                .directory_mut(parent, now_ms)?
                .change(NameChange::Unlink { name });
            Ok(())
        })
    }

    pub(crate) fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        let now_ms = self.0.now_ms();
        self.with(path, |state| {
            state.directory(state.find(path)?)?;
            let (parent, name) = state.find_parent(path)?;
            state.remove_tree(parent, name, now_ms)
        })
    }

    pub(crate) fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let failure = self.0.check(Call::Sync);
        self.with(path, |state| {
            let id = state.find(path)?;
            let Some(Node::Directory(directory)) = state.nodes.get_mut(&id) else {
                return Err(io::ErrorKind::NotADirectory.into());
            };
            if failure.is_err() {
                directory.lose_pending();
                return failure;
            }
            directory.sync();
            Ok(())
        })?;
        self.0.note(event("sync_dir"));
        Ok(())
    }

    pub(crate) fn open_directory(&self, path: &Path) -> io::Result<SimDirectory> {
        self.with(path, |state| {
            state.directory(state.find(path)?)?;
            Ok(SimDirectory {
                disk: self.clone(),
                path: path.to_owned(),
                epoch: state.epoch,
                told: AtomicU64::new(state.write_back_failures),
            })
        })
    }

    pub(crate) fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.with(path, |state| Ok(state.facts(state.find(path)?)))
    }

    pub(crate) fn lock(&self, path: &Path) -> io::Result<SimLock> {
        let file = self.open(path, OpenMode::Create)?;
        self.with(path, |state| {
            if !state.locks.insert(file.node) {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(())
        })?;
        Ok(SimLock(file))
    }

    pub(crate) fn free_space(&self, path: &Path) -> io::Result<u64> {
        self.with(path, |state| {
            state.find(path)?;
            Ok(state
                .capacity
                .unwrap_or(PLENTY_BYTES)
                .saturating_sub(state.used()))
        })
    }
}

/// A directory that is held open.
#[derive(Debug)]
pub(crate) struct SimDirectory {
    disk: SimDisk,
    path: PathBuf,
    epoch: u64,
    /// How many failures to write something back its owner knows of.
    told: AtomicU64,
}

impl SimDirectory {
    pub(crate) fn sync_file_system(&self) -> io::Result<()> {
        let failure = self.disk.0.check(Call::Sync);
        self.disk.with(&self.path, |state| {
            check_epoch(state, self.epoch)?;
            for node in state.nodes.values_mut() {
                match (node, failure.is_ok()) {
                    (Node::File(file), true) => file.sync(),
                    (Node::File(file), false) => file.lose_pending(),
                    (Node::Directory(directory), true) => directory.sync(),
                    (Node::Directory(directory), false) => directory.lose_pending(),
                }
            }
            failure?;
            tell(&self.told, state.write_back_failures)
        })?;
        self.disk.0.note(event("sync_file_system"));
        Ok(())
    }
}

/// A handle from before a crash is dead.
fn check_epoch(state: &DiskState, epoch: u64) -> io::Result<()> {
    match state.epoch == epoch {
        true => Ok(()),
        false => Err(io::Error::other("the file was open before the crash")),
    }
}

/// Tells the owner of a descriptor of failures it was not told of yet.
fn tell(told: &AtomicU64, failures: u64) -> io::Result<()> {
    match told.swap(failures, Ordering::Relaxed) == failures {
        true => Ok(()),
        false => Err(io::Error::other(
            "what was written could not be written back",
        )),
    }
}

/// An event of the trace by its name.
fn event(name: &str) -> u64 {
    name.bytes().fold(0, |hash, byte| {
        super::generator::mix(hash ^ u64::from(byte))
    })
}

/// An open file of the simulated disk.
#[derive(Debug)]
pub(crate) struct SimFile {
    core: Arc<SimCore>,
    node: NodeId,
    /// By which it was opened.
    path: PathBuf,
    epoch: u64,
    /// How many failures to write something back its owner knows of.
    told: AtomicU64,
    writable: bool,
    /// Whether every write is followed by a sync.
    write_through: bool,
}

impl SimFile {
    fn with<T>(&self, work: impl FnOnce(&mut DiskState, NodeId) -> io::Result<T>) -> io::Result<T> {
        self.core.check_device(&self.path)?;
        let mut state = self.core.disk.lock();
        if state.dead {
            return Err(io::Error::other("the machine has no power"));
        }
        check_epoch(&state, self.epoch)?;
        work(&mut state, self.node)
    }

    fn check_writable(&self) -> io::Result<()> {
        if self.writable {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the file is open for reading only",
        ))
    }

    pub(crate) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.core.check(Call::Read)?;
        self.with(|state, node| {
            let content = &state.file_mut(node)?.current;
            let start = (offset as usize).min(content.len());
            let n = buffer.len().min(content.len() - start);
            buffer[..n].copy_from_slice(&content[start..start + n]);
            Ok(n)
        })
    }

    pub(crate) fn write_all_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check_writable()?;
        self.core.check(Call::Write)?;
        let now_ms = self.core.now_ms();
        self.with(|state, node| {
            let len = state.file_mut(node)?.current.len() as u64;
            state.check_room((offset + data.len() as u64).saturating_sub(len))?;
            if data.is_empty() {
                return Ok(());
            }
            let data = data.to_vec();
            state
                .file_mut(node)?
                .change(FileChange::Write { offset, data }, now_ms);
            Ok(())
        })?;
        self.core
            .note(self.node ^ offset.rotate_left(20) ^ (data.len() as u64).rotate_left(40));
        match self.write_through {
            true => self.sync(),
            false => Ok(()),
        }
    }

    pub(crate) fn len(&self) -> io::Result<u64> {
        self.with(|state, node| Ok(state.file_mut(node)?.current.len() as u64))
    }

    pub(crate) fn set_len(&self, len: u64) -> io::Result<()> {
        self.check_writable()?;
        self.core.check(Call::Write)?;
        let now_ms = self.core.now_ms();
        self.with(|state, node| {
            state
                .file_mut(node)?
                .change(FileChange::SetLen(len), now_ms);
            Ok(())
        })
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        let failure = self.core.check(Call::Sync);
        self.with(|state, node| {
            let file = state.file_mut(node)?;
            if failure.is_err() {
                file.lose_pending();
                return failure;
            }
            file.sync();
            tell(&self.told, file.write_back_failures)
        })?;
        self.core.note(self.node ^ event("sync"));
        Ok(())
    }
}

/// A lock on a file of the simulated disk.
#[derive(Debug)]
pub(crate) struct SimLock(SimFile);

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut state = self.0.core.disk.lock();
        // A lock from before a crash is nobody's any more.
        if state.epoch == self.0.epoch {
            state.locks.remove(&self.0.node);
        }
    }
}
