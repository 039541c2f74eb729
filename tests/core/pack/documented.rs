//! What an algorithm rests on stands at its head.

use std::fs;
use std::path::{Path, PathBuf};

/// Files of the packing core that hold data, not an algorithm.
const DATA: [&str; 9] = [
    "bins.rs",
    "bounds/mod.rs",
    "certificate.rs",
    "group/mod.rs",
    "group/shards.rs",
    "items.rs",
    "layout.rs",
    "options.rs",
    "problem.rs",
];
/// Files whose algorithm is documented where it is public.
const PUBLIC_IN_FLAT: [&str; 3] = ["flat/lpt.rs", "flat/multifit.rs", "flat/solve.rs"];
/// Files that say how the parts of an algorithm in their folder go together.
const COMPOSED: [&str; 2] = ["pack/mod.rs", "bonds/contract.rs"];

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
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pack");
    let mut files = Vec::new();
    sources(&pack, &mut files);
    let left_out = |file: &&PathBuf| {
        let mut others = DATA.iter().chain(&PUBLIC_IN_FLAT).chain(&COMPOSED);
        others.any(|other| file.ends_with(other))
    };
    let (left, algorithms): (Vec<&PathBuf>, Vec<&PathBuf>) = files.iter().partition(left_out);
    assert_eq!(
        left.len(),
        DATA.len() + PUBLIC_IN_FLAT.len() + COMPOSED.len()
    );
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
