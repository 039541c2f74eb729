//! What an algorithm rests on stands at its head.

use std::fs;
use std::path::{Path, PathBuf};

/// Files of the packing core that hold data, not an algorithm.
const DATA: [&str; 19] = [
    "bins.rs",
    "bisect.rs",
    "certificate.rs",
    "error.rs",
    "falling.rs",
    "files/layout.rs",
    "files/shards.rs",
    "floor.rs",
    "items.rs",
    "loads.rs",
    "micros.rs",
    "options.rs",
    "packer.rs",
    "packing.rs",
    "problem.rs",
    "shard.rs",
    "src/bounds.rs",
    "src/files.rs",
    "src/flat.rs",
];
/// Files that put the others together.
const COMPOSED: [&str; 2] = ["src/lib.rs", "src/balance.rs"];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else {
            into.push(path);
        }
    }
}

#[test]
fn every_algorithm_names_its_source_complexity_guarantee_and_an_example() {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../evenshard-pack/src");
    let mut files = Vec::new();
    sources(&pack, &mut files);
    let left_out = |file: &&PathBuf| {
        let mut others = DATA.iter().chain(&COMPOSED);
        others.any(|other| file.ends_with(other))
    };
    let (left, algorithms): (Vec<&PathBuf>, Vec<&PathBuf>) = files.iter().partition(left_out);
    assert_eq!(left.len(), DATA.len() + COMPOSED.len());
    for file in algorithms {
        let text = fs::read_to_string(file).unwrap();
        for part in ["Source:", "Complexity:", "Guarantee:", "Worked example"] {
            let said = text
                .lines()
                .any(|line| line.trim_start().starts_with("//") && line.contains(part));
            assert!(said, "{} has no {part}", file.display());
        }
    }
}

#[test]
fn parts_of_a_module_use_each_other_and_never_the_module() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../evenshard-pack/src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for file in files {
        let module = file.parent().unwrap();
        if module == root {
            continue;
        }
        let own = format!("crate::{}::", module.file_name().unwrap().to_string_lossy());
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("use super::"), "{}", file.display());
        for line in text.lines().filter(|line| line.starts_with("use ")) {
            let ends = |c: char| !c.is_alphanumeric() && c != '_';
            let path = line.split(&own).nth(1);
            if let Some(part) = path.and_then(|path| path.split(ends).next()) {
                let is_part = module.join(format!("{part}.rs")).is_file();
                assert!(is_part, "{}: {line}", file.display());
            }
        }
    }
}
