//! `evenshard quarantine` without a store: entries of the configuration file.

use crate::support::{Folder, Ran, small_suite};

const TEST: &str = "tests/test_a.py::test_new";

fn add(folder: &Folder, test: &str, more: &[&str]) -> Ran {
    let words = ["quarantine", "add", test, "--reason", "a \"race\""];
    folder.run(&[&words[..], more].concat())
}

fn remove(folder: &Folder, test: &str) -> Ran {
    folder.run(&["quarantine", "remove", test])
}

/// Returns what a command makes of a file.
#[track_caller]
fn edited(name: &str, before: &str, command: impl FnOnce(&Folder) -> Ran) -> String {
    let folder = Folder::new();
    let path = folder.file(name, before);
    let ran = command(&folder);
    ran.succeeds();
    std::fs::read_to_string(path).unwrap()
}

#[track_caller]
fn listed(folder: &Folder, words: &[&str]) {
    let ran = folder.run(&["quarantine", "list"]);
    ran.succeeds();
    for word in words {
        assert!(ran.out.contains(word), "no '{word}' in {}", ran.out);
    }
}

#[test]
fn without_a_configuration_one_is_made_here() {
    let folder = Folder::new();
    add(&folder, TEST, &["--until", "2999-12-31"])
        .succeeds()
        .says(&["evenshard.toml:1: added to a new configuration", TEST]);
    let written = std::fs::read_to_string(folder.path().join("evenshard.toml")).unwrap();
    insta::assert_snapshot!(written, @r#"
    [[quarantine]]
    test = "tests/test_a.py::test_new"
    reason = "a \"race\""
    until = 2999-12-31
    "#);
    listed(
        &folder,
        &[
            TEST,
            "a \"race\", until 2999-12-31 (evenshard.toml:1)",
            "1 entry",
        ],
    );
    remove(&folder, TEST).succeeds().says(&["removed"]);
    listed(&folder, &["0 entries in quarantine"]);
}

#[test]
fn an_entry_is_added_behind_the_others_and_nothing_else_changes() {
    let before = "# Ours.\nstore = 'none' # for now\n\n# known\n[[quarantine]]\ntest = 'a.py' # all\nreason = 'x'\n\n# the end\n";
    insta::assert_snapshot!(edited("evenshard.toml", before, |f| add(f, TEST, &[])), @r#"
    # Ours.
    store = 'none' # for now

    # known
    [[quarantine]]
    test = 'a.py' # all
    reason = 'x'

    [[quarantine]]
    test = "tests/test_a.py::test_new"
    reason = "a \"race\""

    # the end
    "#);
    let before = "[project]\nname = 'x'\n\n[tool.evenshard]\nscope = 'unit' # ours\n# more\n\n[tool.ruff]\nline-length = 100\n";
    insta::assert_snapshot!(edited("pyproject.toml", before, |f| add(f, TEST, &[])), @r#"
    [project]
    name = 'x'

    [tool.evenshard]
    scope = 'unit' # ours
    # more

    [[tool.evenshard.quarantine]]
    test = "tests/test_a.py::test_new"
    reason = "a \"race\""

    [tool.ruff]
    line-length = 100
    "#);
    let before = "[[tool.evenshard.quarantine]]\ntest = 'a.py'\nreason = 'x'\n[tool.ruff]\n";
    let after = edited("pyproject.toml", before, |f| add(f, TEST, &[]));
    assert_eq!(
        after.matches("[[tool.evenshard.quarantine]]").count(),
        2,
        "{after}"
    );
    assert!(after.ends_with("\n\n[tool.ruff]\n"), "{after}");
}

/// Adds a test to a file of some form, changes it twice and removes it.
#[track_caller]
fn goes_in_and_out(name: &str, before: &str, holds: &str) {
    let folder = Folder::new();
    let path = folder.file(name, before);
    let text = || std::fs::read_to_string(&path).unwrap();
    add(&folder, TEST, &["--until", "2999-12-31"]).succeeds();
    assert!(text().contains(holds), "{before:?} became {:?}", text());
    listed(&folder, &[TEST, "until 2999-12-31"]);

    // The same test again has one entry, with the new reason and without a day.
    let changed = folder.run(&["quarantine", "add", TEST, "--reason", "other"]);
    changed.succeeds().says(&["changed"]);
    let list = folder.run(&["quarantine", "list", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_str(&list.out).unwrap();
    let list = list.as_array().unwrap();
    let others = usize::from(before.contains("a.py"));
    assert_eq!(list.len(), others + 1, "{}", text());
    let own = list.iter().find(|e| e["tests"][0] == TEST).unwrap();
    assert_eq!(own["reason"], "other");
    assert_eq!(own["until"], serde_json::Value::Null, "{}", text());
    add(&folder, TEST, &["--until", "2998-01-01"]).succeeds();
    listed(&folder, &["until 2998-01-01"]);

    remove(&folder, TEST).succeeds();
    // Headers and brackets may stay as they became.
    let plain = |text: &str| text.replace(['[', ']', '\n', '\r'], "");
    assert_eq!(
        plain(&text()),
        plain(before),
        "{before:?} became {:?}",
        text()
    );
}

#[test]
fn each_form_of_a_quarantine_takes_an_entry_and_gives_it_back() {
    let one = "{ test = 'a.py', reason = 'x' }";
    let own = "evenshard.toml";
    for (name, before, holds) in [
        (own, "", "[[quarantine]]\n"),
        (own, "scope = 'no line end'", "end'\n\n[[quarantine]]\n"),
        (
            own,
            "\u{feff}[[quarantine]]\r\ntest = 'a.py'\r\nreason = 'x'\r\n",
            "\r\n\r\n[[quarantine]]\r\ntest",
        ),
        (
            own,
            "[quarantine]\ntest = 'a.py'\nreason = 'x'\n",
            "[[quarantine]]\ntest = 'a.py'",
        ),
        (own, &format!("quarantine = {one}\n"), "' }, { test = "),
        (own, &format!("quarantine = [{one}]\n"), "' }, { test = "),
        (
            own,
            &format!("quarantine = [\n    {one}, # why\n]\n"),
            "' },\n    { test = ",
        ),
        (own, "quarantine = [] # none\n", "= [{ test = "),
        (
            "pyproject.toml",
            "[tool.evenshard]\n",
            "\n\n[[tool.evenshard.quarantine]]",
        ),
        (
            "pyproject.toml",
            "[tool]\nevenshard = { quarantine = [] }\n",
            "= [{ test = ",
        ),
    ] {
        goes_in_and_out(name, before, holds);
    }
}

#[test]
fn an_entry_goes_with_its_comment_and_other_comments_stay() {
    let before = "# Ours.\n\n# seen in May\n[[quarantine]]\ntest = 'a.py'\nreason = 'x'\n\n# kept\n[[quarantine]]\ntest = ['b.py', 'c.py'] # both\nreason = 'y'\n";
    insta::assert_snapshot!(edited("evenshard.toml", before, |f| remove(f, "a.py")), @r"
    # Ours.

    # kept
    [[quarantine]]
    test = ['b.py', 'c.py'] # both
    reason = 'y'
    ");
    for (test, left) in [("b.py", "['c.py']"), ("c.py", "['b.py']")] {
        let after = edited("evenshard.toml", before, |f| remove(f, test));
        assert_eq!(after, before.replace("['b.py', 'c.py']", left));
    }
    // With a reason of its own it leaves the list of others.
    let after = edited("evenshard.toml", before, |f| add(f, "b.py", &[]));
    assert!(after.contains("test = ['c.py'] # both"), "{after}");
    assert!(
        after.ends_with("\n\n[[quarantine]]\ntest = \"b.py\"\nreason = \"a \\\"race\\\"\"\n"),
        "{after}"
    );
}

#[test]
fn the_configuration_above_is_changed_where_commands_read_it() {
    let folder = Folder::new();
    let path = folder.file("evenshard.toml", "scope = 'x'\n");
    let words = ["quarantine", "add", TEST, "--reason", "r"];
    folder
        .run_below("tests/deep", &words, &[], "")
        .succeeds()
        .says(&["../../evenshard.toml:3: added;"]);
    assert!(std::fs::read_to_string(path).unwrap().contains(TEST));
    assert!(!folder.path().join("tests/deep/evenshard.toml").exists());
}

#[test]
fn a_link_stays_a_link_and_permissions_stay() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let real = folder.file("real.toml", "scope = 'x'\n");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o600)).unwrap();
    let link = folder.path().join("evenshard.toml");
    std::os::unix::fs::symlink("real.toml", &link).unwrap();
    add(&folder, TEST, &[]).succeeds();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert!(std::fs::read_to_string(&real).unwrap().contains(TEST));
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn mistakes_say_what_to_do_and_change_nothing() {
    let folder = Folder::new();
    remove(&folder, TEST).fails(
        78,
        &["there is no configuration", "hint: write evenshard.toml"],
    );
    folder.run(&["quarantine", "list"]).succeeds();
    let text = "[[quarantine]]\ntest = 'tests/test_a.py::test_nwe'\nreason = 'x'\n";
    let path = folder.file("evenshard.toml", text);
    remove(&folder, TEST).fails(
        65,
        &[
            "is not in the quarantine of evenshard.toml",
            "did you mean tests/test_a.py::test_nwe?",
        ],
    );
    remove(&folder, "other/thing.py").fails(65, &["`evenshard quarantine list` shows it"]);
    folder
        .run(&["quarantine", "add", TEST, "--reason", " \n"])
        .fails(64, &["--reason is empty"]);
    folder
        .run(&["quarantine", "add", "::x", "--reason", "r"])
        .fails(64, &["'::x'"]);
    add(&folder, TEST, &["--until", "tomorrow"]).fails(64, &["such as 2026-12-31"]);
    add(&folder, TEST, &["--until", "2020-01-01"]).fails(64, &["--until 2020-01-01 is over"]);
    add(&folder, TEST, &["--store"]).fails(78, &["--store names no store"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    // Keys with dots cannot be continued by a header.
    folder.file(
        "evenshard.toml",
        "quarantine.test = 'a.py'\nquarantine.reason = 'x'\n",
    );
    add(&folder, TEST, &[]).fails(
        78,
        &[
            "cannot be changed",
            "hint: write the entry as [[quarantine]]",
        ],
    );
    remove(&folder, "a.py").succeeds();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
}

#[test]
fn a_test_that_no_earlier_build_had_is_added_with_a_warning() {
    let folder = Folder::new();
    folder.file("junit/one.xml", small_suite());
    folder.file("evenshard.toml", "timings = 'junit'\n");
    let shown = folder.run(&["timings", "show", "--format", "json", "junit"]);
    shown.succeeds();
    for (test, words) in [
        (
            "tests/test_a.py::test_oen",
            "no earlier build had tests/test_a.py::test_oen: did you mean tests/test_a.py::",
        ),
        (
            "tests/test_aa.py",
            "no earlier build had tests/test_aa.py: did you mean tests/test_a.py?",
        ),
        (
            "elsewhere/things/test_unlike.py",
            "no earlier build had elsewhere/things/test_unlike.py\n",
        ),
    ] {
        add(&folder, test, &[]).succeeds().says(&[words, "added"]);
    }
    for known in ["tests/test_a.py", "tests", "tests/test_*.py"] {
        let ran = add(&folder, known, &[]);
        assert!(!ran.succeeds().err.contains("no earlier build"), "{ran:?}");
    }
    // What the configuration names need not be here.
    folder.file("evenshard.toml", "timings = 'elsewhere'\n");
    add(&folder, TEST, &[]).succeeds().says(&[
        "warning: ",
        "elsewhere",
        "the test may be one that no earlier build had",
        "added",
    ]);
}
