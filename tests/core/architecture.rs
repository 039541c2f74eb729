//! docs/architecture.md and the imports say the same: a module uses only modules above it in the
//! table of its crate, and no file of a module uses a sibling that uses it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The heading of a crate's table on the page.
const HEADING: &str = "### crates/";

/// The sources of a crate: the path of each file below `src`, and its text without comments.
type Sources = BTreeMap<String, String>;

#[test]
fn modules_use_only_modules_above_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    let crates = crates_of(&page);
    assert!(crates.contains_key("evenshard"), "{:?}", crates.keys());
    for (name, table) in crates {
        let mut sources = Sources::new();
        read(
            &root.join("crates").join(name).join("src"),
            "",
            &mut sources,
        );
        let wrong = mistakes(&table, &sources);
        assert!(wrong.is_empty(), "crates/{name}:\n{}", wrong.join("\n"));
    }
}

#[test]
fn mistakes_of_the_page_and_of_imports_are_named() {
    let page = "### crates/shop\n\n| module | text |\n|---|---|\n| `a` | – |\n| `b` | uses `a` |\n\n## End\n| `z` | – |\n";
    let table = &crates_of(page)["shop"];
    assert_eq!(table, &["a", "b"]);
    let sources = |files: &[(&str, &str)]| -> Sources {
        let lib = ("lib.rs", "mod a;\nmod b;\npub use b::{Both, c::Other};");
        let files = files.iter().chain([&lib]);
        files
            .map(|(path, text)| ((*path).to_owned(), code(text)))
            .collect()
    };
    let wrong = |files: &[(&str, &str)]| mistakes(table, &sources(files));
    let fine = [
        ("a.rs", "// use crate::b;\n"),
        ("b.rs", "use crate::{a::X, b::Y};"),
    ];
    assert_eq!(wrong(&fine), [] as [&str; 0]);
    for upwards in [
        "use crate::b::Y;",
        "use crate::{a, b::Y};",
        "use crate::Both;",
        "fn f() -> crate::Other {}",
        "pub use crate::{\n    a::{One, Two},\n    b,\n};",
    ] {
        let found = wrong(&[("a/inner.rs", upwards), ("b.rs", "")]);
        assert_eq!(found.len(), 1, "{upwards}: {found:?}");
        assert!(found[0].starts_with("a/inner.rs uses b"), "{found:?}");
    }
    let unknown = mistakes(&["a".to_owned(), "x".to_owned()], &sources(&[]));
    assert_eq!(
        unknown,
        [
            "the page has no row for b",
            "the page has a row for x, which is no module"
        ]
    );
    let circle = [
        ("b/one.rs", "use super::two::T;"),
        ("b/two.rs", "use crate::b::{self, three::T};"),
        ("b/three.rs", "use crate::b::one::T;"),
    ];
    assert_eq!(wrong(&circle), ["b: one, three, two use each other"]);
}

/// Returns the modules of each crate that the page has a table of, in the page's order.
fn crates_of(page: &str) -> BTreeMap<&str, Vec<String>> {
    let sections = page.split(HEADING).skip(1);
    let section = |text: &'_ str| {
        let of_section = text
            .lines()
            .skip(1)
            .take_while(|line| !line.starts_with('#'));
        let rows = of_section.filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        rows.map(str::to_owned).collect()
    };
    let name = |text: &'_ str| text.lines().next().unwrap_or_default().len();
    sections
        .map(|text| (&text[..name(text)], section(text)))
        .collect()
}

/// Reads all source files below a folder.
fn read(folder: &Path, prefix: &str, sources: &mut Sources) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            read(&entry.path(), &format!("{name}/"), sources);
        } else if entry.path().extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            sources.insert(name, code(&text));
        }
    }
}

/// Returns the lines of a source without comments.
fn code(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Returns what is wrong with a crate: rows of the table, imports, circles.
fn mistakes(table: &[String], sources: &Sources) -> Vec<String> {
    let lib = &sources["lib.rs"];
    let modules: BTreeSet<&str> = declared(lib).collect();
    let missing = modules
        .iter()
        .filter(|module| !table.iter().any(|row| row == *module));
    let mut wrong: Vec<String> = missing
        .map(|name| format!("the page has no row for {name}"))
        .collect();
    let unknown = table.iter().filter(|row| !modules.contains(row.as_str()));
    wrong.extend(unknown.map(|name| format!("the page has a row for {name}, which is no module")));
    let owners = reexports(lib, &modules);
    let place = |module: &str| table.iter().position(|row| row == module);
    let mut siblings: BTreeMap<&str, BTreeMap<&str, BTreeSet<String>>> = BTreeMap::new();
    for (path, text) in sources {
        let (own, within) = split(path);
        let inner = split(within).0;
        for used in paths(text, "crate::") {
            let first = used.split("::").next().unwrap_or_default();
            let module = owners.get(first).map_or(first, |owner| owner);
            if place(module) > place(own) && place(own).is_some() {
                wrong.push(format!(
                    "{path} uses {module} (crate::{used}), which is below {own} on the page"
                ));
            }
            let below = used
                .strip_prefix(own)
                .and_then(|rest| rest.strip_prefix("::"));
            note(&mut siblings, own, inner, below);
        }
        // In a file right below the module, `super` is the module.
        let is_child = !within.is_empty() && !within.contains('/');
        for used in paths(text, "super::").into_iter().filter(|_| is_child) {
            note(&mut siblings, own, inner, Some(&used));
        }
    }
    for (module, uses) in siblings {
        let files: BTreeSet<&str> = uses.keys().copied().collect();
        let circle = files.iter().filter(|file| reaches(&uses, file, file));
        let circle: Vec<&str> = circle.copied().collect();
        if !circle.is_empty() {
            wrong.push(format!("{module}: {} use each other", circle.join(", ")));
        }
    }
    wrong
}

/// Notes that a file of a module uses another one; `used` is a path within the module.
fn note<'s>(
    siblings: &mut BTreeMap<&'s str, BTreeMap<&'s str, BTreeSet<String>>>,
    module: &'s str,
    file: &'s str,
    used: Option<&str>,
) {
    let used = used.and_then(|used| used.split("::").next());
    if let Some(used) = used.filter(|used| !file.is_empty() && *used != file) {
        let of_module = siblings.entry(module).or_default();
        of_module.entry(file).or_default().insert(used.to_owned());
    }
}

/// Returns true if a chain of uses leads from one file to another.
fn reaches(uses: &BTreeMap<&str, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        for next in uses.get(file).into_iter().flatten() {
            if next == to {
                return true;
            }
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    false
}

/// Splits the path of a source at its first module.
fn split(path: &str) -> (&str, &str) {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    (first.strip_suffix(".rs").unwrap_or(first), rest)
}

/// Returns the modules that a file declares.
fn declared(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    })
}

/// Returns the module of each name that `lib.rs` exports from one.
fn reexports(lib: &str, modules: &BTreeSet<&str>) -> BTreeMap<String, String> {
    let mut owners = BTreeMap::new();
    for used in paths(lib, "pub use ") {
        if let (Some((module, _)), Some(name)) = (used.split_once("::"), used.rsplit("::").next())
            && modules.contains(module)
        {
            owners.insert(name.to_owned(), module.to_owned());
        }
    }
    owners
}

/// Returns all paths that follow a prefix, groups in braces taken apart.
fn paths(text: &str, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(prefix) {
        expand(&text[at + prefix.len()..], "", &mut found);
    }
    found
}

/// Expands the path at the beginning of a text, and returns what follows it.
fn expand<'t>(text: &'t str, before: &str, found: &mut Vec<String>) -> &'t str {
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    let text = text.trim_start();
    let end = text.find(|c| !is_path(c)).unwrap_or(text.len());
    let (path, mut rest) = (format!("{before}{}", &text[..end]), &text[end..]);
    let Some(group) = rest
        .strip_prefix('{')
        .filter(|_| path.is_empty() || path.ends_with("::"))
    else {
        found.push(path);
        return rest;
    };
    rest = group.trim_start();
    while !rest.is_empty() && !rest.starts_with('}') {
        rest = expand(rest, &path, found).trim_start();
        rest = rest.trim_start_matches(|c| c != ',' && c != '}');
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    rest.strip_prefix('}').unwrap_or(rest)
}
