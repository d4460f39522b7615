//! Generated files: formatted, then written or compared.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Folders in which all files are generated. Other files in them are removed.
const FOLDERS: [&str; 6] = [
    "src/messages",
    "src/records/group",
    "src/records/transaction",
    "src/records/share",
    "src/records/metadata",
    "tests/generated",
];

/// Files by their path in the wire crate.
#[derive(Default)]
pub struct Files {
    texts: BTreeMap<String, String>,
}

impl Files {
    /// Adds Rust source, formatted by rustfmt.
    pub fn add_rust(&mut self, path: String, source: String) -> Result<(), String> {
        let text = rustfmt(&source).map_err(|problem| format!("{path}: {problem}"))?;
        self.texts.insert(path, text);
        Ok(())
    }

    /// Adds text unchanged.
    pub fn add_text(&mut self, path: String, text: String) {
        self.texts.insert(path, text);
    }

    /// Writes these files to the folders and removes all others. Files with the right content are
    /// not written, so that cargo does not build them again.
    pub fn write(&self, root: &Path) -> Result<(), String> {
        for path in self.not_ours(root)? {
            std::fs::remove_file(&path).map_err(|e| format!("remove {}: {e}", path.display()))?;
        }
        for (path, text) in &self.texts {
            let path = root.join(path);
            if is_fresh(&path, text) {
                continue;
            }
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)
                    .map_err(|e| format!("create {}: {e}", folder.display()))?;
            }
            std::fs::write(&path, text).map_err(|e| format!("write {}: {e}", path.display()))?;
        }
        println!("{} files", self.texts.len());
        Ok(())
    }

    /// Returns an error that names the files with other content.
    pub fn compare(&self, root: &Path) -> Result<(), String> {
        let mut stale: Vec<String> = Vec::new();
        for (path, text) in &self.texts {
            if !is_fresh(&root.join(path), text) {
                stale.push(path.clone());
            }
        }
        for path in self.not_ours(root)? {
            stale.push(path.display().to_string());
        }
        if stale.is_empty() {
            println!("{} files are fresh", self.texts.len());
            return Ok(());
        }
        Err(format!(
            "stale, run it without --check: {}",
            stale.join(", ")
        ))
    }

    fn not_ours(&self, root: &Path) -> Result<Vec<PathBuf>, String> {
        let mut found = Vec::new();
        for folder in FOLDERS {
            let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
                continue;
            };
            for entry in entries {
                let entry = entry.map_err(|e| format!("list {folder}: {e}"))?;
                let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
                if !self.texts.contains_key(&path) {
                    found.push(entry.path());
                }
            }
        }
        Ok(found)
    }
}

fn is_fresh(path: &Path, text: &str) -> bool {
    std::fs::read_to_string(path).is_ok_and(|existing| existing == text)
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
