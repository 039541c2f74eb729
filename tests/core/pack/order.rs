//! The modules of evenshard-pack use only those before them in docs/architecture.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::documented::sources;

/// The modules in the order of the page's table.
fn order() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/architecture.md");
    let page = fs::read_to_string(page).unwrap();
    let section = page
        .split("\n## ")
        .find(|s| s.starts_with("Inside packing\n"));
    let rows = section
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| Some(row.split_once('`')?.0.to_owned()))
        .collect()
}

/// The paths after `crate::` in a file's code, up to two names each.
fn used(text: &str) -> BTreeSet<(String, Option<String>)> {
    let code: Vec<&str> = { text.lines() }
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let name = |text: &str| {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let mut used = BTreeSet::new();
    for path in code.join("\n").split("crate::").skip(1) {
        match path.strip_prefix('{') {
            Some(list) => {
                let list = list.split('}').next().unwrap_or_default();
                used.extend(list.split(',').map(|item| (name(item.trim()), None)));
            }
            None => {
                let second = path
                    .split_once("::")
                    .filter(|(first, _)| *first == name(path));
                used.insert((name(path), second.map(|(_, rest)| name(rest))));
            }
        }
    }
    used.retain(|(first, _)| !first.is_empty());
    used
}

/// The names of a module's file below `src`, such as `files` and `cut`.
fn names(root: &Path, file: &Path) -> Vec<String> {
    let inside = file.strip_prefix(root).unwrap().with_extension("");
    let names = inside
        .iter()
        .map(|name| name.to_string_lossy().into_owned());
    names.collect()
}

#[test]
fn modules_use_only_those_before_them_and_parts_never_their_whole() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../evenshard-pack/src");
    let mut files: Vec<PathBuf> = Vec::new();
    sources(&root, &mut files);
    let order = order();
    let place = |module: &str| order.iter().position(|of| of == module);
    // By whole and part, the parts of the same whole that it uses.
    let mut beside: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.ends_with("lib.rs")) {
        let names = names(&root, file);
        let own = place(&names[0]);
        assert!(
            own.is_some(),
            "docs/architecture.md has no row for {names:?}"
        );
        for (first, second) in used(&fs::read_to_string(file).unwrap()) {
            if first != names[0] {
                assert!(place(&first) < own, "{names:?} uses {first}");
                assert!(place(&first).is_some(), "{names:?} uses {first}");
            } else if let [_, part] = names.as_slice() {
                let second = second.unwrap_or_default();
                let is_part = root.join(&first).join(format!("{second}.rs")).is_file();
                assert!(is_part, "{names:?} uses {second} of its whole");
                let key = (first, part.clone());
                beside.entry(key).or_default().insert(second);
            }
        }
    }
    // Parts that use none that are left go, until none is left: then there is no circle.
    while !beside.is_empty() {
        let left: BTreeSet<(String, String)> = beside.keys().cloned().collect();
        beside.retain(|(whole, _), uses| {
            uses.iter()
                .any(|part| left.contains(&(whole.clone(), part.clone())))
        });
        assert!(beside.len() < left.len(), "a circle of {beside:?}");
    }
}
