//! `docs/reliability.md` names a test for each fault.

use std::path::Path;

const PAGE: &str = include_str!("../../docs/reliability.md");

/// The rows of the table of faults.
fn rows() -> impl Iterator<Item = &'static str> {
    let rows = PAGE.lines().filter(|line| line.starts_with("| "));
    rows.filter(|line| !line.starts_with("| fault |"))
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli");
    for row in rows() {
        let last = row.trim_end_matches(" |").rsplit("| ").next();
        let named = last.unwrap_or_default().split(", ");
        for path in named.map(|name| name.trim_matches('`')) {
            let parts: Vec<&str> = path.split("::").collect();
            let [folder, module, name] = parts[..] else {
                panic!("no path of a test: {path}");
            };
            let file = tests.join(folder).join(format!("{module}.rs"));
            let text = fs_err::read_to_string(&file).expect("the module of a test");
            assert!(
                text.contains(&format!("fn {name}(")),
                "no such test: {path}"
            );
            let modules = fs_err::read_to_string(tests.join(folder).join("mod.rs"));
            let declared = format!("mod {module};");
            assert!(
                modules.expect("a folder of tests").contains(&declared),
                "{path}"
            );
        }
    }
}

#[test]
fn the_page_counts_its_faults_right() {
    let said = format!("**Faults tried: {}.", rows().count());
    assert!(PAGE.contains(&said), "{said}");
}
