//! `--quiet` and `--verbose`: how much is said.

use crate::support::{Folder, Ran, junit, small_suite};

fn suite() -> Folder {
    let folder = Folder::new();
    folder.file("junit/a.xml", small_suite());
    folder.file("junit/b.xml", junit(&[("tests.test_a", "test_1", 5.0)]));
    folder.file("junit/other.json", "[]");
    folder
}

const PLAN: &[&str] = &["plan", "--timings", "junit/", "--shards", "2"];

/// What was said, with times of this machine left out.
fn said(ran: &Ran) -> String {
    let timed = ["read ", "planned ", "collected ", "judged "];
    let lines = ran.err.lines().map(|line| match line.rsplit_once(" in ") {
        Some((what, _))
            if timed.iter().any(|word| line.starts_with(word)) && !line.ends_with("in all") =>
        {
            format!("{what} in TIME\n")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn verbose_tells_what_was_read_and_what_binds() {
    let folder = suite();
    let verbose = folder.run(&[PLAN, &["-v"]].concat());
    insta::assert_snapshot!(said(verbose.succeeds()), @r"
    no configuration: neither evenshard.toml nor [tool.evenshard] in pyproject.toml, here or above
    read junit/a.xml: JUnit XML, 4 cases, 4 with a time, 8.00 s in all
    read junit/b.xml: JUnit XML, 1 case, 1 with a time, 5.00 s in all
    read junit/other.json: no timings
    read 3 files, 465 bytes, 5 cases in TIME
    planned in TIME
    units, split auto: 3 whole files, 0 whole classes, 0 parts of classes; 0 in every shard
    work in all shards: 9.12 s in tests, 150 ms in setup
    slowest shard 2 with 5.10 s, fastest 1 with 4.16 s
    limiting factor: all work, evenly shared; more shards would make it faster
    large unit: 4.11 s in shard 1, all of tests/test_a.py
    large unit: 3.00 s in shard 2, all of tests/test_b.py
    large unit: 2.00 s in shard 2, all of tests/test_c.py
    timings for 4 tests, from 2 builds
    plan 132822f170b3 for 2 shards: slowest shard 5.10 s, lower bound 4.63 s (all work, evenly shared), gap 10.1552 %
    ");
    let normal = folder.run(PLAN);
    assert_eq!(verbose.out, normal.out, "a plan is a plan");
    for line in normal.err.lines() {
        assert!(verbose.err.contains(line), "{line}");
    }
}

#[test]
fn quiet_leaves_results_warnings_and_errors() {
    let folder = suite();
    let normal = folder.run(PLAN);
    let quiet = folder.run(&[&["-q"], PLAN].concat());
    assert_eq!((quiet.err.as_str(), &quiet.out), ("", &normal.out));
    let missing = &["plan", "-qq", "--timings", "none", "--shards", "2"];
    folder
        .run(missing)
        .fails(65, &["error: no file", "hint: check"]);
    folder.file("junit/broken.xml", "<testsuite><testcase");
    let ran = folder.run(&[PLAN, &["--quiet"]].concat());
    assert!(ran.succeeds().err.starts_with("warning: "), "{ran:?}");
    assert!(
        ran.err.lines().all(|line| line.starts_with("warning: ")),
        "{ran:?}"
    );
}

#[test]
fn what_belongs_to_a_warning_is_said_with_it() {
    let folder = suite();
    folder.file("list", "tests/other.py::test_x\n");
    let ran = folder.run(&[PLAN, &["--tests", "list", "-q"]].concat());
    ran.succeeds().says(&[
        "warning: timings for 0 of 1 test",
        "  tests, such as    tests/other.py",
    ]);
}

#[test]
fn both_at_once_are_wrong_wherever_they_stand() {
    let folder = suite();
    for arguments in [
        &[PLAN, &["-q", "-v"]].concat(),
        &[&["-q"], PLAN, &["-v"]].concat(),
        &[&["-v"], PLAN, &["-q"]].concat(),
    ] {
        folder
            .run(arguments)
            .fails(64, &["'--quiet'", "'--verbose'"]);
    }
    // Of one, more is the same.
    folder
        .run(&[&["-vv"], PLAN, &["-v", "--verbose"]].concat())
        .succeeds();
}

#[test]
fn what_stands_behind_the_dashes_is_the_commands_own() {
    let folder = suite();
    let run = ["run", "--timings", "junit/", "--shard", "1/2", "--"];
    let ran = folder.run(
        &[
            &run[..],
            &["true", "-q", "-v", "--color", "never", "--help"],
        ]
        .concat(),
    );
    ran.fails(78, &["shard 1 of 2", "the plugin never loaded"]);
    let build = ["--build", "7", "--junit", "out/"];
    let ran = folder.run(&[&["-v"], &run[..5], &build, &["--", "true", "-q"]].concat());
    ran.fails(
        78,
        &[
            "starting EVENSHARD_SLICE=",
            " true -q\n",
            "read junit/a.xml: JUnit XML",
            "build 7, attempt 1; JUnit XML: ",
            "out/junit-1-1.xml; record: beside it",
            "the command ended with 0",
        ],
    );
    let ran = folder.run(&[&["-q"], &run[..], &["true", "-v"]].concat());
    assert!(
        ran.err.starts_with("error: the plugin never loaded"),
        "{ran:?}"
    );
}

#[test]
fn a_project_can_have_its_own_defaults_and_flags_win() {
    let folder = suite();
    folder.file("evenshard.toml", "quiet = true\ncolor = \"always\"\n");
    assert_eq!(folder.run(PLAN).succeeds().err, "");
    let verbose = folder.run(&[&["-v"], PLAN].concat());
    verbose
        .succeeds()
        .says(&["settings from evenshard.toml: color; not quiet (there is --verbose)"]);
    verbose.says(&["configuration: evenshard.toml", "\u{1b}[2mread junit/a.xml"]);
    let typed = folder.run(&[PLAN, &["--quiet=false", "--color", "never"]].concat());
    assert!(
        typed.succeeds().err.starts_with("timings for 4 tests"),
        "{typed:?}"
    );

    folder.file("evenshard.toml", "verbos = true\n");
    folder
        .run(PLAN)
        .fails(78, &["unknown key 'verbos'", "did you mean 'verbose'?"]);
    folder.file("evenshard.toml", "color = \"sometimes\"\n");
    folder.run(PLAN).fails(
        78,
        &["'color' cannot be 'sometimes': it is one of auto, always, never"],
    );
    folder.file("evenshard.toml", "quiet = true\nverbose = true\n");
    folder
        .run(PLAN)
        .fails(78, &["'verbose' contradicts 'quiet'"]);
}
