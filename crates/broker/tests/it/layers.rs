//! The layers of the crate, read from its sources.

#![allow(
    clippy::disallowed_methods,
    reason = "reads the sources, not the data of a broker"
)]

use std::path::{Path, PathBuf};

/// The modules of the crate; each may use only those before it in this list.
const LAYERS: &[&str] = &[
    "config",
    "descriptors",
    "event",
    "progress",
    "delayed",
    "request",
    "identity",
    "partition",
    "cleaner",
    "runtime",
    "background",
    "node",
    "handler",
    "server",
    "metrics",
    "broker",
];

/// The files that may use `Node`: the composition, and the dispatch of requests.
const USERS_OF_NODE: &[&str] = &["broker.rs", "handler/mod.rs", "server/mod.rs"];

#[test]
fn a_module_uses_only_modules_below_it() {
    let layer = |module: &str| LAYERS.iter().position(|name| *name == module);
    for (file, module) in files() {
        if module == "lib" {
            continue;
        }
        let own = layer(&module).unwrap_or_else(|| panic!("{module} is missing in LAYERS"));
        for used in modules_used_by(&file) {
            let below = layer(&used).unwrap_or_else(|| panic!("{used} is missing in LAYERS"));
            assert!(below <= own, "{} uses {used}", file.display());
        }
    }
}

#[test]
fn only_the_composition_and_the_dispatch_take_the_whole_node() {
    let root = source();
    let mut users: Vec<String> = files()
        .into_iter()
        .filter(|(file, _)| modules_used_by(file).iter().any(|used| used == "node"))
        .map(|(file, _)| file.strip_prefix(&root).unwrap().display().to_string())
        .collect();
    users.sort();
    assert_eq!(users, USERS_OF_NODE);
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every source file, and the module of the crate that it belongs to.
fn files() -> Vec<(PathBuf, String)> {
    let root = source();
    let mut files = Vec::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let inside = path.strip_prefix(&root).unwrap();
            let first = Path::new(inside.components().next().unwrap().as_os_str());
            let module = first.file_stem().unwrap().to_str().unwrap().to_owned();
            files.push((path, module));
        }
    }
    files
}

/// The modules that a file names after `crate::`, except in comments.
fn modules_used_by(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let code: Vec<&str> = text
        .lines()
        .map(|line| line.split("//").next().unwrap())
        .collect();
    let code = code.join("\n");
    let mut used = Vec::new();
    for after in code.split("crate::").skip(1) {
        let names = match after.strip_prefix('{') {
            Some(several) => several.split('}').next().unwrap().split(',').collect(),
            None => vec![after],
        };
        for name in names {
            let is_part = |c: char| c.is_ascii_lowercase() || c == '_';
            let name = name.trim_start();
            let end = name.find(|c| !is_part(c)).unwrap_or(name.len());
            used.push(name[..end].to_owned());
        }
    }
    used.retain(|name| !name.is_empty());
    used
}
