//! The simulated disk. It distinguishes synced bytes from bytes that were only written.
//!
//! Every file has a durable content, a current content, which reads return, and pending writes, which
//! are the difference. A directory has durable names, current names and pending changes.
//! Only a sync makes changes durable, and the sync of a file does not cover its name.
//!
//! A power cut makes a part of the pending changes durable; the seed selects the part. Of the writes
//! to a file, it is any set of 512-byte sectors, and any length that the file had meanwhile. Of the
//! changes of a directory, it is a prefix, because file systems write them to a journal.
//!
//! A failed sync loses the pending writes to a file: they stay visible, and no later sync makes them
//! durable. The changes of a directory stay pending after a failed sync
//! (`docs/decisions/0007-failed-syncs.md` says why).

mod node;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use std::os::fd::BorrowedFd;

use rustix::io::Errno;

use super::faults::{BitFlip, DiskCall, Proceed};
use super::generator::Generator;
use super::machine::Machine;
use super::trace::name_hash;
use crate::backend::{DirectoryBackend, DiskBackend, FileBackend, LockBackend};
use crate::{DirEntry, Metadata, OpenMode};
use node::{DirectoryNode, FileChange, FileNode, NameChange};

/// Free space that a disk without a capacity reports.
const PLENTY_BYTES: u64 = 1 << 40;

/// The root directory.
const ROOT: NodeId = 0;

type NodeId = u64;

#[derive(Debug)]
pub(super) struct DiskState {
    nodes: BTreeMap<NodeId, Node>,
    next_id: NodeId,
    /// Number of crashes. A handle from before a crash cannot be used.
    epoch: u64,
    /// The machine has no power: nothing works.
    is_off: bool,
    locks: BTreeSet<NodeId>,
    /// How often each file is open, by the path it was opened by.
    open: BTreeMap<PathBuf, usize>,
    capacity: Option<u64>,
    /// How often a write-back has failed, in any file.
    write_back_failures: u64,
    random: Generator,
}

#[derive(Debug)]
enum Node {
    File(FileNode),
    Directory(DirectoryNode),
}

impl Node {
    /// The number of its newest change.
    fn newest(&self) -> u64 {
        match self {
            Node::File(file) => file.newest(),
            Node::Directory(directory) => directory.newest(),
        }
    }
}

/// The changes that a sync makes durable: of each node, those up to a number.
#[derive(Debug)]
pub(super) struct Covered {
    epoch: u64,
    nodes: Vec<(NodeId, u64)>,
}

impl DiskState {
    pub(super) fn new(random: Generator) -> DiskState {
        let root = Node::Directory(DirectoryNode::default());
        DiskState {
            nodes: BTreeMap::from([(ROOT, root)]),
            next_id: ROOT + 1,
            epoch: 0,
            is_off: false,
            locks: BTreeSet::new(),
            open: BTreeMap::new(),
            capacity: None,
            write_back_failures: 0,
            random,
        }
    }

    /// Cuts the power: every later call fails.
    pub(super) fn cut_power(&mut self) {
        self.is_off = true;
    }

    /// Restarts with the durable content.
    pub(super) fn restart(&mut self) {
        for node in self.nodes.values_mut() {
            match node {
                Node::File(file) => file.crash(&mut self.random),
                Node::Directory(directory) => directory.crash(&mut self.random),
            }
        }
        let reachable = self.reachable();
        self.nodes.retain(|id, _| reachable.contains(id));
        self.is_off = false;
        self.close_all();
    }

    /// Ends every open file and lock, as the end of a process does.
    pub(super) fn close_all(&mut self) {
        self.epoch += 1;
        self.locks.clear();
    }

    pub(super) fn open_files(&self, dir: &Path) -> usize {
        let open = self.open.iter().filter(|(path, _)| path.starts_with(dir));
        open.map(|(_, count)| count).sum()
    }

    pub(super) fn set_capacity(&mut self, bytes: Option<u64>) {
        self.capacity = bytes;
    }

    /// Loses the pending bytes of all files: no later sync makes them durable. The next sync through
    /// each descriptor that is open now reports it.
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

    /// Notes that a sync is in progress.
    fn sync_started(&mut self, covered: &Covered) {
        for &(id, upto) in &covered.nodes {
            if let Some(Node::File(file)) = self.nodes.get_mut(&id) {
                file.sync_started(upto);
            }
        }
    }

    /// Makes changes durable, at the end of a sync.
    pub(super) fn make_durable(&mut self, covered: &Covered) {
        if covered.epoch != self.epoch {
            return;
        }
        for &(id, upto) in &covered.nodes {
            match self.nodes.get_mut(&id) {
                Some(Node::File(file)) => file.sync_to(upto),
                Some(Node::Directory(directory)) => directory.sync_to(upto),
                None => {}
            }
        }
    }

    /// All pending changes of one node.
    fn cover(&self, id: NodeId) -> Covered {
        let newest = self.nodes.get(&id).map_or(0, Node::newest);
        Covered {
            epoch: self.epoch,
            nodes: vec![(id, newest)],
        }
    }

    /// All pending changes of all nodes.
    fn cover_all(&self) -> Covered {
        Covered {
            epoch: self.epoch,
            nodes: self
                .nodes
                .iter()
                .map(|(&id, node)| (id, node.newest()))
                .collect(),
        }
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

    /// Checks that the capacity allows `growth` more bytes.
    fn check_room(&self, growth: u64) -> io::Result<()> {
        match self.capacity {
            Some(capacity) if growth > 0 && self.used() + growth > capacity => {
                Err(Errno::NOSPC.into())
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

/// The longest name of a file or directory, in bytes, as on Linux.
const NAME_MAX: usize = 255;

/// The names in a path, from the root on. A relative path also begins at the root.
fn names(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir => {
                names.pop();
            }
            Component::Normal(name) => {
                let name = name.to_str().ok_or(io::ErrorKind::InvalidInput)?;
                if name.len() > NAME_MAX {
                    return Err(Errno::NAMETOOLONG.into());
                }
                names.push(name.to_owned());
            }
            Component::Prefix(_) => return Err(io::ErrorKind::InvalidInput.into()),
        }
    }
    Ok(names)
}

/// The simulated file system.
#[derive(Debug)]
pub(super) struct SimDisk(pub(super) Arc<Machine>);

fn no_power() -> io::Error {
    io::Error::other("the machine has no power")
}

impl Machine {
    /// Runs `work` on a disk that has power and is not broken at `path`.
    fn on_disk<T>(
        &self,
        path: &Path,
        work: impl FnOnce(&mut DiskState) -> io::Result<T>,
    ) -> io::Result<T> {
        self.check_device(path)?;
        let mut state = self.disk.lock();
        match state.is_off {
            true => Err(no_power()),
            false => work(&mut state),
        }
    }

    /// A call that changes names or content, but not durability.
    fn change<T>(
        &self,
        call: DiskCall,
        path: &Path,
        subject: u64,
        work: impl FnOnce(&mut DiskState) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.disk.lock().is_off {
            return Err(no_power());
        }
        let proceed = self.begin(call, path, subject)?;
        if call.is_mutating() {
            self.end_syncs();
        }
        let result = self.on_disk(path, work);
        match proceed {
            Proceed::Whole => result,
            Proceed::PowerCut => {
                self.cut_power();
                Err(no_power())
            }
        }
    }

    /// Syncs what `cover` returns, and may defer it. `lose` is called if the sync fails.
    fn sync<T>(
        &self,
        path: &Path,
        subject: u64,
        cover: impl FnOnce(&mut DiskState) -> io::Result<(Covered, T)>,
        lose: impl FnOnce(&mut DiskState),
    ) -> io::Result<T> {
        if self.disk.lock().is_off {
            return Err(no_power());
        }
        self.check_device(path)?;
        match self.begin(DiskCall::Sync, path, subject) {
            Ok(Proceed::Whole) => {}
            Ok(Proceed::PowerCut) => {
                self.cut_power();
                return Err(no_power());
            }
            Err(error) => {
                self.on_disk(path, |state| {
                    lose(state);
                    Ok(())
                })?;
                return Err(error);
            }
        }
        let (covered, output) = self.on_disk(path, cover)?;
        self.disk.lock().sync_started(&covered);
        if let Some(covered) = self.world.defer_sync(covered) {
            self.disk.lock().make_durable(&covered);
        }
        Ok(output)
    }

    /// Makes the syncs that the caller has deferred durable.
    fn end_syncs(&self) {
        for (_, covered) in self.world.take_syncs() {
            self.disk.lock().make_durable(&covered);
        }
    }
}

fn subject(path: &Path) -> u64 {
    name_hash(&path.to_string_lossy())
}

impl SimDisk {
    fn open_file(&self, path: &Path, mode: OpenMode) -> io::Result<SimFile> {
        let now_ms = self.0.now_ms();
        let exists = self.0.disk.lock().find(path).is_ok();
        let call = match (exists, mode) {
            (_, OpenMode::Read | OpenMode::ReadWrite) => DiskCall::Open,
            (true, OpenMode::Truncate) => DiskCall::Truncate,
            (true, _) => DiskCall::Open,
            (false, _) => DiskCall::Create,
        };
        self.0.change(call, path, subject(path), |state| {
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
            *state.open.entry(path.to_owned()).or_default() += 1;
            Ok(SimFile {
                machine: Arc::clone(&self.0),
                node: id,
                path: path.to_owned(),
                reported: AtomicU64::new(state.file_mut(id)?.write_back_failures),
                epoch: state.epoch,
                writable: mode != OpenMode::Read,
                write_through: mode == OpenMode::WriteThrough,
            })
        })
    }

    fn rename_to(&self, from: &Path, to: &Path, replace: bool) -> io::Result<()> {
        let now_ms = self.0.now_ms();
        self.0.change(DiskCall::Rename, from, subject(to), |state| {
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
}

impl DiskBackend for SimDisk {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn FileBackend>> {
        Ok(Arc::new(self.open_file(path, mode)?))
    }

    fn open_directory(&self, path: &Path) -> io::Result<Box<dyn DirectoryBackend>> {
        self.0.on_disk(path, |state| {
            state.directory(state.find(path)?)?;
            Ok(Box::new(SimDirectory {
                machine: Arc::clone(&self.0),
                path: path.to_owned(),
                epoch: state.epoch,
                reported: AtomicU64::new(state.write_back_failures),
            }) as Box<dyn DirectoryBackend>)
        })
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        let exists = self.0.disk.lock().find(path).is_ok();
        let call = match exists {
            true => DiskCall::Open,
            false => DiskCall::Create,
        };
        let now_ms = self.0.now_ms();
        self.0.change(call, path, subject(path), |state| {
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

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.0.on_disk(path, |state| {
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

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.rename_to(from, to, true)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.rename_to(from, to, false)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let now_ms = self.0.now_ms();
        self.0
            .change(DiskCall::Remove, path, subject(path), |state| {
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

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        let now_ms = self.0.now_ms();
        self.0
            .change(DiskCall::Remove, path, subject(path), |state| {
                state.directory(state.find(path)?)?;
                let (parent, name) = state.find_parent(path)?;
                state.remove_tree(parent, name, now_ms)
            })
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.0.sync(
            path,
            subject(path),
            |state| {
                let id = state.find(path)?;
                state.directory(id)?;
                Ok((state.cover(id), ()))
            },
            |_| (),
        )
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.0
            .on_disk(path, |state| Ok(state.facts(state.find(path)?)))
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn LockBackend>> {
        let file = self.open_file(path, OpenMode::Create)?;
        self.0.on_disk(path, |state| {
            if !state.locks.insert(file.node) {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(())
        })?;
        Ok(Box::new(SimLock(file)))
    }

    fn free_space(&self, path: &Path) -> io::Result<u64> {
        self.0.on_disk(path, |state| {
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
struct SimDirectory {
    machine: Arc<Machine>,
    path: PathBuf,
    epoch: u64,
    /// How many failed write-backs were reported through it.
    reported: AtomicU64,
}

impl DirectoryBackend for SimDirectory {
    fn sync_file_system(&self) -> io::Result<()> {
        let failures = self.machine.sync(
            &self.path,
            subject(&self.path),
            |state| {
                check_epoch(state, self.epoch)?;
                Ok((state.cover_all(), state.write_back_failures))
            },
            |state| {
                for node in state.nodes.values_mut() {
                    if let Node::File(file) = node {
                        file.lose_pending();
                    }
                }
            },
        )?;
        // Other callers rely on it at once: they do not sync what it has covered.
        self.machine.end_syncs();
        report(&self.reported, failures)
    }
}

/// Fails if the handle is from before a crash.
fn check_epoch(state: &DiskState, epoch: u64) -> io::Result<()> {
    match state.epoch == epoch {
        true => Ok(()),
        false => Err(io::Error::other("the file was open before the crash")),
    }
}

/// Reports failed write-backs that were not reported yet through this descriptor.
fn report(reported: &AtomicU64, failures: u64) -> io::Result<()> {
    match reported.swap(failures, Ordering::Relaxed) == failures {
        true => Ok(()),
        false => Err(Errno::IO.into()),
    }
}

impl Drop for SimFile {
    fn drop(&mut self) {
        let mut state = self.machine.disk.lock();
        if let Some(count) = state.open.get_mut(&self.path) {
            *count -= 1;
            if *count == 0 {
                state.open.remove(&self.path);
            }
        }
    }
}

/// An open file of the simulated disk.
#[derive(Debug)]
struct SimFile {
    machine: Arc<Machine>,
    node: NodeId,
    /// The path by which it was opened.
    path: PathBuf,
    epoch: u64,
    /// How many failed write-backs were reported through it.
    reported: AtomicU64,
    writable: bool,
    /// Whether every write is followed by a sync.
    write_through: bool,
}

impl SimFile {
    fn change<T>(
        &self,
        call: DiskCall,
        work: impl FnOnce(&mut DiskState, NodeId) -> io::Result<T>,
    ) -> io::Result<T> {
        self.machine.change(call, &self.path, self.node, |state| {
            check_epoch(state, self.epoch)?;
            work(state, self.node)
        })
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
}

impl FileBackend for SimFile {
    fn is_cached(&self, _: u64, _: u64) -> bool {
        !self.machine.is_slow(DiskCall::Read, &self.path)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.change(DiskCall::Read, |state, node| {
            let content = &state.file_mut(node)?.current;
            let start = (offset as usize).min(content.len());
            let n = buffer.len().min(content.len() - start);
            buffer[..n].copy_from_slice(&content[start..start + n]);
            Ok(n)
        })
    }

    fn write_all_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check_writable()?;
        let now_ms = self.machine.now_ms();
        self.change(DiskCall::Write, |state, node| {
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
        self.machine.world.note("bytes", offset, data.len() as u64);
        match self.write_through {
            true => self.sync_data(),
            false => Ok(()),
        }
    }

    fn len(&self) -> io::Result<u64> {
        self.machine.on_disk(&self.path, |state| {
            check_epoch(state, self.epoch)?;
            Ok(state.file_mut(self.node)?.current.len() as u64)
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check_writable()?;
        let now_ms = self.machine.now_ms();
        self.change(DiskCall::Truncate, |state, node| {
            state
                .file_mut(node)?
                .change(FileChange::SetLen(len), now_ms);
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        let failures = self.machine.sync(
            &self.path,
            self.node,
            |state| {
                check_epoch(state, self.epoch)?;
                let failures = state.file_mut(self.node)?.write_back_failures;
                Ok((state.cover(self.node), failures))
            },
            |state| {
                if let Ok(file) = state.file_mut(self.node) {
                    file.lose_pending();
                }
            },
        )?;
        report(&self.reported, failures)
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

/// A lock on a file of the simulated disk.
#[derive(Debug)]
struct SimLock(SimFile);

impl LockBackend for SimLock {}

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut state = self.0.machine.disk.lock();
        // A crash has released the locks from before it.
        if state.epoch == self.0.epoch {
            state.locks.remove(&self.0.node);
        }
    }
}
