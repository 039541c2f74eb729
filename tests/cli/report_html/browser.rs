//! Pages in a real Chromium, at the widths of a desk and of a telephone, light, dark and
//! printed.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::escaping::{NAMES, hostile};
use super::suite;
use crate::support::Folder;
use crate::verify;

/// What was to be seen of one page.
#[derive(Debug, Deserialize)]
struct Seen {
    /// The hash of its script.
    script: String,
    /// What sticks out, covers something or is cut off, by width and colours.
    spilled: BTreeMap<String, Vec<String>>,
    contrast: BTreeMap<String, Contrast>,
    /// All its text.
    text: String,
    elements: Vec<String>,
    handlers: Vec<String>,
    headings: Vec<u8>,
    /// Ids that stand twice.
    ids: Vec<String>,
    #[serde(rename = "dead links")]
    dead_links: Vec<String>,
    sorting: (Sorted, Sorted, Sorted, (String, Option<String>)),
    searching: Option<(String, Vec<String>)>,
    tooltip: Option<String>,
    #[serde(rename = "boxes that scroll in print")]
    scroll_in_print: Vec<String>,
    #[serde(rename = "tables cut off in print")]
    cut_in_print: Vec<String>,
    #[serde(rename = "hidden in print")]
    hidden_in_print: Vec<String>,
    console: Vec<serde_json::Value>,
    requests: Vec<String>,
}

/// A column and the order that its header tells.
type Sorted = (Vec<String>, Option<String>);

#[derive(Debug, Deserialize)]
struct Contrast {
    ratio: f64,
    #[serde(rename = "where")]
    place: String,
    page: String,
}

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path).flat_map(|folder| {
        ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name))
    });
    let found = found.find(|program| program.is_file());
    if found.is_none() {
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        let line = format!("SKIPPED: {test}: no Chromium; Debian's package is chromium");
        assert!(
            std::env::var_os("EVENSHARD_REQUIRE_TOOLS").is_none(),
            "{line}"
        );
        writeln!(std::io::stderr(), "{line}").expect("stderr is open");
    }
    found
}

/// Looks at pages, all in one browser.
fn look(program: &Path, folder: &Folder, pages: &[&str]) -> BTreeMap<String, Seen> {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/cli/report_html/browser.py"
    );
    let mut command = Command::new("python3");
    command
        .arg("-B")
        .arg(script)
        .arg(program)
        .args(pages)
        .current_dir(folder.path());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn write(folder: &Folder, name: &str, arguments: &[&str]) {
    let mut all = vec!["report", "--format", "html", "--output", name];
    all.extend(arguments);
    let ran = folder.run(&all);
    assert!(folder.path().join(name).exists(), "{ran:?}");
}

#[test]
fn pages_read_well_at_every_width_in_light_and_dark_and_in_print() {
    let Some(program) = chromium() else {
        return;
    };
    let folder = Folder::new();
    pages(&folder);
    let pages = [
        "knee.html",
        "one.html",
        "many.html",
        "unmet.html",
        "plan.html",
        "example.html",
        "proved.html",
        "not-proved.html",
        "daily.html",
    ];
    for (page, seen) in look(&program, &folder, &pages) {
        reads_well(&page, &seen);
        let told = |words: &[&str]| words.iter().all(|word| seen.text.contains(word));
        match page.as_str() {
            "proved.html" => assert!(told(&["Proved", "+25.0 %", "Build 812: 4 tests"])),
            "not-proved.html" => assert!(told(&["Not proved", "no result", "missing"])),
            "daily.html" => {
                let (count, tests) = seen.searching.as_ref().unwrap();
                assert_eq!(count, "1 of 23");
                assert_eq!(tests.len(), 1, "{tests:?}");
                assert!(tests[0].starts_with("tests/test_cart.py::test_2failed"));
            }
            "unmet.html" => assert!(told(&["Target of 1.00 s", "not met"])),
            "plan.html" => assert!(told(&["from a plan alone"])),
            _ => {}
        }
    }
}

/// Pages of all kinds: of timings, of a plan, of results.
fn pages(folder: &Folder) {
    suite(folder);
    let timings = ["--timings", "junit"];
    let with = |more: &[&'static str]| [&timings[..], more].concat();
    write(folder, "knee.html", &timings);
    write(folder, "one.html", &with(&["--shards", "1"]));
    write(
        folder,
        "many.html",
        &with(&["--shards", "70", "--job-overhead", "1h"]),
    );
    write(folder, "unmet.html", &with(&["--target", "1s"]));
    folder
        .run(&[
            "plan",
            "--timings",
            "junit",
            "--shards",
            "3",
            "--output",
            "plan.json",
        ])
        .succeeds();
    write(folder, "plan.html", &["--plan", "plan.json"]);
    let fixture = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/pytest-parallel/junit"
    );
    write(
        folder,
        "example.html",
        &["--timings", fixture, "--shards", "8"],
    );
    let (build, _) = verify::build();
    let results = build.path().join("results");
    let left = results.to_str().unwrap();
    write(folder, "proved.html", &[left, "--timings", "junit"]);
    std::fs::remove_file(results.join("junit-2-1.shard.json")).unwrap();
    write(folder, "not-proved.html", &[left]);
    let daily = crate::report::daily::folder();
    let [results, timings] = ["results", "timings"].map(|name| daily.path().join(name));
    let (results, timings) = (results.to_str().unwrap(), timings.to_str().unwrap());
    let price = ["--cost-per-minute", "0.008"];
    let all = [&[results, "--timings", timings][..], &price].concat();
    write(folder, "daily.html", &all);
}

fn reads_well(page: &str, seen: &Seen) {
    for (how, spilled) in &seen.spilled {
        assert!(spilled.is_empty(), "{page}, {how}: {spilled:?}");
    }
    for (scheme, contrast) in &seen.contrast {
        assert!(
            contrast.ratio >= 4.5,
            "{page}, {scheme}: {} at {}",
            contrast.ratio,
            contrast.place
        );
    }
    assert_eq!(seen.contrast["light"].page, "rgb(245, 246, 247)", "{page}");
    assert_eq!(seen.contrast["dark"].page, "rgb(16, 19, 22)", "{page}");
    assert!(seen.console.is_empty(), "{page}: {:?}", seen.console);
    assert!(seen.requests.is_empty(), "{page}: {:?}", seen.requests);
    let steps = seen.headings.windows(2).all(|pair| pair[1] <= pair[0] + 1);
    assert!(
        seen.headings[0] == 1 && steps,
        "{page}: {:?}",
        seen.headings
    );
    assert!(
        seen.ids.is_empty() && seen.dead_links.is_empty(),
        "{page}: {seen:?}"
    );
    assert!(
        seen.scroll_in_print.is_empty(),
        "{page}: {:?}",
        seen.scroll_in_print
    );
    assert!(
        seen.cut_in_print.is_empty(),
        "{page}: {:?}",
        seen.cut_in_print
    );
    assert!(
        seen.hidden_in_print.is_empty(),
        "{page}: {:?}",
        seen.hidden_in_print
    );
    let policy = include_str!("../../../crates/evenshard-report/templates/report.js.sha256");
    assert_eq!(
        policy.trim_end(),
        seen.script,
        "report.js.sha256 is not that of report.js"
    );
    assert!(
        seen.tooltip.as_ref().is_some_and(|tip| tip.contains(": ")),
        "{page}: {:?}",
        seen.tooltip
    );
}

#[test]
fn tables_sort_by_click_and_by_keyboard_and_names_stay_text() {
    let Some(program) = chromium() else {
        return;
    };
    let folder = Folder::new();
    hostile(&folder);
    write(
        &folder,
        "hostile.html",
        &["--timings", "junit", "--shards", "3"],
    );
    let seen = &look(&program, &folder, &["hostile.html"])["hostile.html"];
    reads_well("hostile.html", seen);
    let (before, once, twice, by_key) = &seen.sorting;
    let turned: Vec<String> = before.0.iter().rev().cloned().collect();
    assert!(before.0.len() > 2 && before.1.is_none(), "{before:?}");
    assert_eq!((&once.0, once.1.as_deref()), (&turned, Some("descending")));
    assert_eq!(
        (&twice.0, twice.1.as_deref()),
        (&before.0, Some("ascending"))
    );
    assert_eq!(
        by_key,
        &("wall time".to_owned(), Some("descending".to_owned()))
    );
    for element in ["img", "b", "i"] {
        assert!(
            !seen.elements.iter().any(|e| e == element),
            "{:?}",
            seen.elements
        );
    }
    assert!(seen.handlers.is_empty(), "{:?}", seen.handlers);
    let script = "<script>document.title='x'</script>";
    assert!(seen.text.contains(script) && seen.text.contains(NAMES[2].0));
}
