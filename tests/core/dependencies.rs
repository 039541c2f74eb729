//! docs/architecture.md has a word on each dependency, and on no other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The crates by the names that the page has for them.
const CRATES: [(&str, &str); 5] = [
    ("evenshard-pack", "pack"),
    ("evenshard", "evenshard"),
    ("evenshard-report", "report"),
    ("evenshard-store", "store"),
    ("evenshard-cli", "cli"),
];

/// The users of each dependency, `tests` where it is needed for nothing else.
type Users = BTreeMap<String, BTreeSet<String>>;

#[test]
fn each_dependency_has_a_word_on_the_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut declared = Users::new();
    for (name, short) in CRATES {
        let manifest = root.join("crates").join(name).join("Cargo.toml");
        note(
            &std::fs::read_to_string(manifest).unwrap(),
            short,
            &mut declared,
        );
    }
    for users in declared.values_mut().filter(|users| users.len() > 1) {
        users.remove("tests");
    }
    let page = std::fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    assert_eq!(on_page(&page), declared);
}

#[test]
fn dependencies_of_all_kinds_are_found() {
    let mut found = Users::new();
    let manifest = "[dependencies]\na.workspace = true\nb = { version = \"1\" }\n\n\
        [target.'cfg(unix)'.dependencies]\nc.workspace = true\n\n\
        [dev-dependencies]\nd = \"1\"\n\n[lints]\nworkspace = true\n";
    note(manifest, "shop", &mut found);
    let users = |name: &str| found[name].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(found.len(), 4);
    assert_eq!(users("b"), ["shop"]);
    assert_eq!(users("c"), ["shop"]);
    assert_eq!(users("d"), ["tests"]);
}

/// Notes the dependencies of a manifest, but for those between the crates.
fn note(manifest: &str, user: &str, found: &mut Users) {
    let mut section = "";
    for line in manifest.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        }
        let Some((name, _)) = line
            .split_once(['.', ' '])
            .filter(|_| !line.starts_with('['))
        else {
            continue;
        };
        let user = if section.ends_with("dev-dependencies") {
            "tests"
        } else {
            user
        };
        if section.ends_with("dependencies") && !name.starts_with("evenshard") {
            found
                .entry(name.to_owned())
                .or_default()
                .insert(user.to_owned());
        }
    }
}

fn on_page(page: &str) -> Users {
    let (_, section) = page.split_once("\n## Dependencies\n").unwrap();
    let lines = section.lines().take_while(|line| !line.starts_with('#'));
    let row = |line: &str| {
        let (name, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
        let users = rest.split(" | ").next()?.split(", ");
        Some((name.to_owned(), users.map(str::to_owned).collect()))
    };
    lines.filter_map(row).collect()
}
