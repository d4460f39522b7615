//! Generated files: formatted, then written or compared.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Folders in which every file is generated; what is not generated any more is removed there.
const FOLDERS: [&str; 5] = [
    "messages",
    "records/group",
    "records/transaction",
    "records/share",
    "records/metadata",
];

/// Files by their path below the wire crate's `src`.
#[derive(Default)]
pub struct Files {
    sources: BTreeMap<String, String>,
}

impl Files {
    pub fn add_rust(&mut self, path: String, source: String) {
        self.sources.insert(path, source);
    }

    /// Makes the folders hold these files and no others.
    pub fn write(&self, root: &Path) -> Result<(), String> {
        let formatted = self.format()?;
        for path in self.no_longer_generated(root)? {
            std::fs::remove_file(&path).map_err(|e| format!("remove {}: {e}", path.display()))?;
        }
        for (path, text) in &formatted {
            let path = root.join(path);
            if std::fs::read_to_string(&path).is_ok_and(|existing| existing == *text) {
                continue;
            }
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)
                    .map_err(|e| format!("create {}: {e}", folder.display()))?;
            }
            std::fs::write(&path, text).map_err(|e| format!("write {}: {e}", path.display()))?;
        }
        println!("{} files", formatted.len());
        Ok(())
    }

    /// An error that names the files that differ from these.
    pub fn compare(&self, root: &Path) -> Result<(), String> {
        let mut stale: Vec<String> = Vec::new();
        for (path, text) in self.format()? {
            if std::fs::read_to_string(root.join(&path)).ok().as_deref() != Some(text.as_str()) {
                stale.push(path);
            }
        }
        for path in self.no_longer_generated(root)? {
            stale.push(path.display().to_string());
        }
        if stale.is_empty() {
            println!("{} files are fresh", self.sources.len());
            return Ok(());
        }
        Err(format!(
            "stale, run it without --check: {}",
            stale.join(", ")
        ))
    }

    fn no_longer_generated(&self, root: &Path) -> Result<Vec<PathBuf>, String> {
        let mut found = Vec::new();
        for folder in FOLDERS {
            let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
                continue;
            };
            for entry in entries {
                let entry = entry.map_err(|e| format!("list {folder}: {e}"))?;
                let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
                if !self.sources.contains_key(&path) {
                    found.push(entry.path());
                }
            }
        }
        Ok(found)
    }

    /// Every file as rustfmt leaves it.
    fn format(&self) -> Result<BTreeMap<String, String>, String> {
        let mut formatted = BTreeMap::new();
        for (path, source) in &self.sources {
            formatted.insert(
                path.clone(),
                rustfmt(source).map_err(|e| format!("{path}: {e}"))?,
            );
        }
        Ok(formatted)
    }
}

fn rustfmt(source: &str) -> Result<String, String> {
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| format!("start rustfmt: {e}"))?;
    let mut input = child.stdin.take().ok_or("rustfmt takes no input")?;
    input
        .write_all(source.as_bytes())
        .map_err(|e| format!("write to rustfmt: {e}"))?;
    drop(input);
    let output = child
        .wait_with_output()
        .map_err(|e| format!("wait for rustfmt: {e}"))?;
    if !output.status.success() {
        return Err("rustfmt does not accept the generated code".to_owned());
    }
    String::from_utf8(output.stdout).map_err(|e| format!("read from rustfmt: {e}"))
}
