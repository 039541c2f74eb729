//! `exec`: one shard's lines under any runner, and the proof that every line ran once.
//!
//! The runner here is a script that writes JUnit XML for the files that it is given.

use std::collections::BTreeSet;

use evenshard::RunRecord;
use evenshard::record::State;

use crate::support::{Folder, Ran};

/// Writes one case for each file; `skips` in a file's name leaves it out, `fails` ends with 3.
const RUNNER: &str = r#"#!/bin/sh
set -eu
report=$1
shift
mkdir -p "$(dirname "$report")"
echo "$@" >> started
status=0
{
    echo "<testsuites><testsuite name=\"all $$\">"
    for file in "$@"; do
        case $file in *skips*) continue ;; *fails*) status=3 ;; esac
        echo "<testcase classname=\"$file\" name=\"adds\" file=\"$file\" time=\"1.5\"/>"
    done
    echo '</testsuite></testsuites>'
} > "$report"
exit "$status"
"#;

const SPECS: &str = "spec/a.js\nspec/b c.js\nspec/d.js\nspec/e.js\nspec/f.js\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("runner.sh", RUNNER);
    folder.file("list", SPECS);
    folder
}

/// Runs one of three shards of `build`, by this list.
fn shard_of(folder: &Folder, build: &str, shard: u32, list: &str, more: &[&str]) -> Ran {
    let (shard, junit) = (format!("{shard}/3"), format!("{build}/{{shard}}.xml"));
    let record = format!("{build}/exec-{{shard}}-{{attempt}}.shard.json");
    let report = junit.replace("{shard}", &shard[..1]);
    let exec = [
        "exec", "--tests", list, "--shard", &shard, "--build", build, "--junit", &junit,
        "--record", &record,
    ];
    let command = ["--", "sh", "runner.sh", &report];
    folder.run(&[&exec[..], more, &command].concat())
}

/// Runs `exec` with these options, each a word, and this command.
fn run_exec(folder: &Folder, options: &str, command: &[&str]) -> Ran {
    let options: Vec<&str> = options.split(' ').collect();
    folder.run(&[&["exec"], &options[..], &["--"], command].concat())
}

/// Runs three shards; each has to end well.
fn build(folder: &Folder, build: &str, more: &[&str]) {
    for shard in 1..=3 {
        shard_of(folder, build, shard, "list", more).succeeds();
    }
}

/// What `verify` says: with this exit code, and each of these in its text.
fn verify(folder: &Folder, arguments: &[&str], code: i32, words: &[&str]) {
    let ran = folder.run(&[&["verify"][..], arguments].concat());
    let said = format!("{}{}", ran.out, ran.err);
    assert_eq!(ran.code, code, "{said}");
    // Lines are wrapped.
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(said.contains(word), "no '{word}' in {said}");
    }
    assert!(!said.contains("no complete earlier build"), "{said}");
}

fn record(folder: &Folder, name: &str) -> RunRecord {
    let json = std::fs::read(folder.path().join(name)).unwrap();
    RunRecord::from_json(&json, name).unwrap()
}

#[test]
fn every_line_runs_once_and_verify_proves_it() {
    let folder = folder();
    build(&folder, "b1", &["--allow-no-timings"]);
    verify(&folder, &["b1"], 0, &[]);
    verify(
        &folder,
        &["b1"],
        0,
        &["proved: 5 lines ran once in 3 shards", "5 tests"],
    );
    build(&folder, "b2", &["--timings", "b1"]);
    verify(
        &folder,
        &["b2", "--timings", "b1"],
        0,
        &["proved: 5 lines ran once in 3 shards"],
    );

    let mut lines = BTreeSet::new();
    for shard in 1..=3 {
        let record = record(&folder, &format!("b2/exec-{shard}-1.shard.json"));
        let list = record.list.unwrap();
        assert_eq!(
            (record.state, record.exit_status),
            (State::Finished, Some(0))
        );
        assert_eq!((list.lines.len(), list.known), (5, record.selected.clone()));
        assert_eq!(record.junit, Some(format!("{shard}.xml")));
        assert!(record.selected.into_iter().all(|line| lines.insert(line)));
    }
    assert_eq!(lines.len(), 5);
    // Both builds are complete: their records name the reports.
    let shown = folder.run(&["timings", "show", "b1", "b2"]);
    assert!(shown.out.contains("5 tests of 2 builds"), "{}", shown.out);
}

#[test]
fn a_generated_file_in_one_job_is_no_proof() {
    let folder = folder();
    folder.file("other", format!("{SPECS}spec/generated.js\n"));
    for (shard, list) in [(1, "list"), (2, "other"), (3, "list")] {
        shard_of(&folder, "b1", shard, list, &["--allow-no-timings"]).succeeds();
    }
    verify(
        &folder,
        &["b1"],
        70,
        &[
            "shards 1 and 3 had a list of 5 lines",
            "shard 2 had a list of 6 lines",
            "spec/generated.js",
        ],
    );
}

#[test]
fn a_line_without_cases_is_a_warning_until_the_newest_build_had_some() {
    let folder = folder();
    folder.file("list", format!("{SPECS}spec/skips.js\n"));
    build(&folder, "b1", &["--allow-no-timings"]);
    verify(
        &folder,
        &["b1"],
        0,
        &[
            "5 with cases",
            "1 line of shard",
            "has no cases in its reports",
            "spec/skips.js",
        ],
    );

    // The runner passes `f.js` over from now on.
    folder.file("runner.sh", RUNNER.replace("*skips*", "*skips* | *f.js"));
    build(&folder, "b2", &["--timings", "b1"]);
    verify(
        &folder,
        &["b2"],
        70,
        &[
            "1 line of shard",
            "had some in the newest build",
            "spec/f.js",
        ],
    );

    // A plan knows no build, but the timings that verify gets do.
    folder
        .run(&[
            "plan",
            "--tests",
            "list",
            "--timings",
            "b1",
            "--shards",
            "3",
            "--output",
            "plan.json",
        ])
        .succeeds();
    build(&folder, "b3", &["--plan", "plan.json"]);
    verify(&folder, &["b3"], 0, &[]);
    verify(
        &folder,
        &["b3", "--plan", "plan.json", "--timings", "b1"],
        70,
        &["had some in the newest build", "spec/f.js"],
    );
}

#[test]
fn what_ran_beside_its_share_ran_twice() {
    let folder = folder();
    build(&folder, "b1", &["--allow-no-timings"]);
    // As where a runner takes a path for the end of others.
    folder.file(
        "runner.sh",
        RUNNER.replace("for file in \"$@\"", "for file in \"$@\" spec/a.js"),
    );
    shard_of(&folder, "b1", 2, "list", &["--allow-no-timings"]).succeeds();
    shard_of(&folder, "b1", 3, "list", &["--allow-no-timings"]).succeeds();
    verify(&folder, &["b1"], 70, &["of another share", "spec/a.js"]);
}

#[test]
fn a_share_without_lines_starts_nothing_and_is_proved() {
    let folder = folder();
    folder.file("list", "spec/a.js\n");
    let mut empty = 0;
    for shard in 1..=3 {
        let ran = shard_of(&folder, "b1", shard, "list", &["--allow-no-timings"]);
        empty += usize::from(ran.succeeds().err.contains("the runner is not started"));
    }
    assert_eq!(empty, 2);
    let started = std::fs::read_to_string(folder.path().join("started")).unwrap();
    assert_eq!(started, "spec/a.js\n");
    verify(&folder, &["b1"], 0, &[]);
    // A build of which two shards had nothing is complete all the same.
    build(&folder, "b2", &["--timings", "b1"]);
    verify(&folder, &["b2", "--timings", "b1"], 0, &[]);
}

#[test]
fn lines_go_where_the_command_says() {
    let folder = folder();
    folder.file("list", "a b.js\r\nspec/[id].js\r\n");
    let exec = |more: &[&str], command: &[&str]| {
        let exec = [
            "exec",
            "--tests",
            "list",
            "--allow-no-timings",
            "--shard",
            "1/1",
            "--record",
            "r.shard.json",
        ];
        folder.run(&[&exec[..], more, &["--"], command].concat())
    };
    let print = ["sh", "-c", "for word; do echo \"<$word>\"; done", "sh"];
    let printed = |more: &[&str], command: &[&str]| {
        exec(more, &[&print[..], command].concat())
            .succeeds()
            .out
            .clone()
    };
    assert_eq!(printed(&[], &["x"]), "<x>\n<a b.js>\n<spec/[id].js>\n");
    assert_eq!(
        printed(&[], &["x", "{}", "y"]),
        "<x>\n<a b.js>\n<spec/[id].js>\n<y>\n"
    );
    assert_eq!(
        printed(&["--escape", "regex"], &["{}"]),
        "<a b\\.js>\n<spec/\\[id\\]\\.js>\n"
    );
    let ran = exec(&[], &["cat", "{file}"]);
    assert_eq!(ran.succeeds().out, "a b.js\nspec/[id].js\n");
    for (command, words) in [
        (&["x", "{}", "{}"][..], &["one place"][..]),
        (&["x", "{}", "{file}"], &["one place"]),
        (
            &["x", "--files={}"],
            &["part of the argument --files={}", "{file}"],
        ),
        (&["{}"], &["which program"]),
    ] {
        exec(&[], command).fails(64, words);
    }
    folder.file("list", "--watch\n");
    exec(&[], &["true"]).fails(65, &["for an option: --watch", "./--watch"]);
    exec(&[], &["cat", "{file}"]).succeeds();
}

#[test]
fn more_lines_than_the_system_takes_are_never_split() {
    let folder = folder();
    let lines = (0..40_000).map(|n| format!("spec/{n:0100}.js\n"));
    folder.file("list", lines.collect::<String>());
    let exec = |word: &str| {
        run_exec(
            &folder,
            "--tests list --allow-no-timings --shard 1/1",
            &["wc", "-l", word],
        )
    };
    exec("{}").fails(78, &["{file}"]);
    let ran = exec("{file}");
    assert!(ran.succeeds().out.starts_with("40000 "), "{}", ran.out);
}

#[test]
fn the_runner_s_exit_status_is_passed_on() {
    let folder = folder();
    folder.file("list", "spec/fails.js\n");
    let ran = shard_of(&folder, "b1", 1, "list", &["--allow-no-timings"]);
    let others: Vec<i32> = (2..=3)
        .map(|shard| shard_of(&folder, "b1", shard, "list", &["--allow-no-timings"]).code)
        .collect();
    let codes: BTreeSet<i32> = others.into_iter().chain([ran.code]).collect();
    assert_eq!(codes, BTreeSet::from([0, 3]));
    // Failing tests are their job's own matter.
    verify(&folder, &["b1"], 0, &[]);
    let exec = [
        "exec",
        "--tests",
        "list",
        "--allow-no-timings",
        "--shard",
        "1/1",
        "--",
    ];
    let run = |command: &[&str]| folder.run(&[&exec[..], command].concat());
    run(&["no-such-runner"]).fails(127, &["cannot start no-such-runner"]);
    let ran = run(&["sh", "-c", "kill -TERM $$"]);
    assert_eq!(ran.code, 143, "{}", ran.err);
    verify(
        &folder,
        &["results"],
        70,
        &["shard 1 of 1 was killed or is still running"],
    );
}

#[test]
fn only_reports_that_the_runner_wrote_count() {
    let folder = folder();
    build(&folder, "b1", &["--allow-no-timings"]);
    // The second time it writes none.
    folder.file("runner.sh", "exit 0\n");
    let ran = shard_of(&folder, "b1", 2, "list", &["--allow-no-timings"]);
    ran.fails(73, &["wrote no report to"]);
    verify(&folder, &["b1"], 70, &["shard 2 wrote no JUnit file"]);
}

#[test]
fn reports_that_name_no_file_prove_the_lists() {
    let folder = folder();
    folder.file(
        "runner.sh",
        RUNNER.replace(
            "classname=\\\"$file\\\" name=\\\"adds\\\" file=\\\"$file\\\"",
            "classname=\\\"Cart\\\" name=\\\"adds $file\\\"",
        ),
    );
    build(&folder, "b1", &["--allow-no-timings"]);
    verify(
        &folder,
        &["b1"],
        0,
        &[
            "5 lines in one share each",
            "the reports name no line of the list",
        ],
    );
    // Nor does anything without reports.
    for shard in 1..=3 {
        let shard = format!("{shard}/3");
        run_exec(
            &folder,
            &format!("--tests list --allow-no-timings --shard {shard}"),
            &["true"],
        )
        .succeeds();
    }
    verify(
        &folder,
        &["results"],
        0,
        &["5 lines in one share each", "there are no reports"],
    );
}

#[test]
fn select_leaves_the_same_record() {
    let folder = folder();
    let select = |shard: u32| {
        let (shard, record) = (format!("{shard}/3"), "r/{shard}.shard.json");
        let select = [
            "select",
            "--tests",
            "list",
            "--allow-no-timings",
            "--shard",
            &shard,
            "--record",
            record,
        ];
        let ran = folder.run(&select);
        ran.succeeds().out.clone()
    };
    let shares: Vec<String> = (1..=3).map(select).collect();
    verify(
        &folder,
        &["r"],
        0,
        &["5 lines in one share each", "there are no reports"],
    );
    let report = |lines: &str| {
        let case =
            |line: &str| format!(r#"<testcase classname="x" name="t" file="{line}" time="1"/>"#);
        let cases: String = lines.lines().map(case).collect();
        format!("<testsuite>{cases}</testsuite>")
    };
    for (at, share) in shares.iter().enumerate() {
        folder.file(&format!("r/junit-{at}.xml"), report(share));
    }
    verify(&folder, &["r"], 0, &["5 lines ran once"]);
    std::fs::remove_file(folder.path().join("r/2.shard.json")).unwrap();
    verify(&folder, &["r"], 70, &["shard 2 of 3 left no record"]);
}

#[test]
fn reports_in_folders_of_their_own_are_found_again() {
    let folder = folder();
    for shard in ["1/2", "2/2"] {
        let options = format!(
            "--tests list --allow-no-timings --shard {shard} --build b1 --junit pkg-*/out --record records/{{shard}}.shard.json"
        );
        let each = "for file; do name=$(basename \"$file\" .js); sh runner.sh \"pkg-$name/out/junit.xml\" \"$file\"; done";
        run_exec(&folder, &options, &["sh", "-c", each, "sh"]).succeeds();
    }
    verify(&folder, &["."], 0, &["5 lines ran once in 2 shards"]);
    // As where each job's results were stored below a folder of its own.
    for from in ["records", "pkg-a", "pkg-b c", "pkg-d", "pkg-e", "pkg-f"] {
        std::fs::create_dir_all(folder.path().join("stored")).unwrap();
        std::fs::rename(
            folder.path().join(from),
            folder.path().join("stored").join(from),
        )
        .unwrap();
    }
    verify(&folder, &["stored"], 0, &["5 lines ran once in 2 shards"]);
}

#[test]
fn names_that_git_quoted_are_found_and_run() {
    let folder = folder();
    folder.file("list", "\"spec/caf\\303\\251.js\"\nspec/a.js\n");
    let ran = run_exec(
        &folder,
        "--tests list --allow-no-timings --shard 1/1",
        &["echo"],
    );
    assert_eq!(ran.succeeds().out, "spec/café.js spec/a.js\n");
    ran.says(&["1 name unquoted that git had put into quotes"]);
}

#[test]
fn run_refuses_other_runners_before_anything_runs() {
    let folder = folder();
    let ran = folder.run(&[
        "run",
        "--shard",
        "1/2",
        "--allow-no-timings",
        "--",
        "npx",
        "jest",
        "--ci",
    ]);
    ran.fails(
        78,
        &[
            "run is for pytest",
            "use evenshard exec",
            "-- npx jest --ci {}",
        ],
    );
    let plan = [
        "plan",
        "--timings",
        "junit.xml",
        "--shards",
        "2",
        "--",
        "npx",
        "jest",
    ];
    folder.file("junit.xml", crate::support::small_suite());
    folder
        .run(&plan)
        .fails(78, &["plan collects with pytest", "--tests LIST"]);
}

#[test]
fn packages_with_files_of_one_name_have_a_mapping_each() {
    let folder = Folder::new();
    let report = |seconds: f64| {
        format!(
            r#"<testsuite><testcase classname="x" name="t" file="src/a.test.js" time="{seconds}"/></testsuite>"#
        )
    };
    folder.file("junit/web/1.xml", report(9.0));
    folder.file("junit/api/1.xml", report(1.0));
    folder.file(
        "list",
        "packages/web/src/a.test.js\npackages/api/src/a.test.js\n",
    );
    let ran = folder.run(&[
        "plan",
        "--tests",
        "list",
        "--timings",
        "junit",
        "--shards",
        "2",
        "--format",
        "text",
        "--path-map",
        "junit/web:.=packages/web",
        "--path-map",
        "junit/api/*.xml:.=packages/api",
    ]);
    ran.succeeds()
        .says(&["timings for 2 of 2 tests (100.00 %)"]);
    assert!(
        ran.out.contains("9.05 s") && ran.out.contains("1.05 s"),
        "{}",
        ran.out
    );

    // Without the mappings, nobody knows which package a report is of.
    let ran = folder.run(&[
        "plan",
        "--tests",
        "list",
        "--timings",
        "junit",
        "--shards",
        "2",
    ]);
    ran.succeeds().says(&[
        "timings for 0 of 2 tests",
        "1 name in the reports may be of several lines",
        "packages/api/src/a.test.js or packages/web/src/a.test.js",
        "--path-map",
    ]);
}

#[test]
fn reports_without_a_test_prove_nothing() {
    let folder = folder();
    build(&folder, "b1", &["--allow-no-timings"]);
    folder.file("runner.sh", RUNNER.replace("*skips*", "*"));
    build(&folder, "b2", &["--timings", "b1"]);
    let words = ["no shard ran any test", "had some in the newest build"];
    verify(&folder, &["b2"], 70, &words);
    // Something else ran in each job.
    folder.file(
        "runner.sh",
        RUNNER.replace("in \"$@\"", "in other/smoke.js"),
    );
    build(&folder, "b3", &["--timings", "b1"]);
    verify(&folder, &["b3"], 70, &["had some in the newest build"]);
}

#[test]
fn tests_and_lines_that_are_gone_are_named() {
    let folder = folder();
    let both =
        "<testcase classname=\\\"$file\\\" name=\\\"takes\\\" file=\\\"$file\\\" time=\\\"1\\\"/>";
    folder.file(
        "runner.sh",
        RUNNER.replace("time=\\\"1.5\\\"/>", &format!("time=\\\"1.5\\\"/>{both}")),
    );
    build(&folder, "b1", &["--allow-no-timings"]);
    folder
        .run(&[
            "plan",
            "--tests",
            "list",
            "--timings",
            "b1",
            "--shards",
            "3",
            "--output",
            "plan.json",
        ])
        .succeeds();
    // One of two tests in each file.
    folder.file("runner.sh", RUNNER);
    build(&folder, "b2", &["--timings", "b1"]);
    let gone = ["5 tests of build b1 are gone", "takes"];
    verify(&folder, &["b2", "--timings", "b1"], 0, &gone);
    verify(
        &folder,
        &["b2", "--timings", "b1", "--max-missing", "4"],
        70,
        &gone,
    );
    // A file less in all jobs.
    folder.file("list", SPECS.replace("spec/a.js\n", ""));
    build(&folder, "b3", &["--plan", "plan.json"]);
    verify(&folder, &["b3"], 0, &["4 lines ran once"]);
    let words = ["of the plan that no list has", "spec.a.js"];
    verify(&folder, &["b3", "--plan", "plan.json"], 70, &words);
}

#[test]
fn a_shell_that_did_not_find_its_runner_is_no_end() {
    let folder = folder();
    for shard in ["1/2", "2/2"] {
        let exec = [
            "exec",
            "--tests",
            "list",
            "--shard",
            shard,
            "--",
            "sh",
            "-c",
            "no-such-runner \"$@\"",
            "sh",
        ];
        assert_eq!(folder.run(&exec).code, 127);
    }
    verify(&folder, &["results"], 70, &["ended with 127"]);
}

#[test]
fn another_suite_of_one_job_keeps_its_record() {
    let folder = folder();
    folder.file("e2e", "e2e/a.js\n");
    let exec = |list: &str| {
        run_exec(
            &folder,
            &format!("--tests {list} --shard 1/1 --build b1"),
            &["true"],
        )
    };
    exec("list").succeeds();
    exec("list").succeeds();
    exec("e2e").fails(78, &["of another list", "--record of its own"]);
    let ran = run_exec(&folder, "--tests list --shard 1/1 --record list", &["true"]);
    ran.fails(78, &["would replace the list"]);
}

#[test]
fn lists_that_are_separated_otherwise_are_refused() {
    let folder = folder();
    let exec = |more: &[&str]| {
        folder.run(
            &[
                &["exec", "--tests", "list", "--shard", "1/1"],
                more,
                &["--", "echo"],
            ]
            .concat(),
        )
    };
    exec(&["--null"]).fails(65, &["no NUL is in the list", "take --null away"]);
    folder.file("list", SPECS.replace('\n', "\0"));
    exec(&[]).fails(65, &["separated by NUL", "add --null"]);
    exec(&["--null"]).succeeds();
    // What editors and tools leave is no part of a name.
    folder.file(
        "list",
        "\u{feff}spec/a.js\n./spec/a.js\nspec/d.js\nspec/d.js\n",
    );
    let ran = exec(&[]);
    assert_eq!(ran.succeeds().out, "spec/a.js spec/d.js\n");
    ran.says(&["2 lines dropped that the list has twice"]);
    verify(&folder, &["results"], 0, &["2 lines in one share each"]);
}

#[test]
fn a_name_that_reports_have_for_files_of_two_shards_is_of_each() {
    let folder = folder();
    folder.file("list", "test/a/cart.bats\ntest/b/cart.bats\n");
    folder.file(
        "runner.sh",
        RUNNER.replace(
            "classname=\\\"$file\\\" name=\\\"adds\\\" file=\\\"$file\\\"",
            "classname=\\\"cart.bats\\\" name=\\\"adds\\\"",
        ),
    );
    for shard in ["1/2", "2/2"] {
        let report = format!("b1/{}.xml", &shard[..1]);
        let options = format!(
            "--tests list --shard {shard} --build b1 --junit {report} --record b1/{{shard}}.shard.json"
        );
        run_exec(&folder, &options, &["sh", "runner.sh", &report]).succeeds();
    }
    verify(&folder, &["b1"], 0, &["2 lines ran once"]);
}

#[test]
fn a_test_in_several_reports_of_a_shard_is_named() {
    let folder = folder();
    let twice = RUNNER.replace(
        "exit \"$status\"",
        "sed 's/name=\"all/name=\"again/' \"$report\" > \"${report%.xml}-again.xml\"",
    );
    folder.file("runner.sh", twice);
    run_exec(
        &folder,
        "--tests list --shard 1/1 --junit results/*.xml",
        &["sh", "runner.sh", "results/1.xml"],
    )
    .succeeds();
    verify(
        &folder,
        &["results"],
        0,
        &["5 tests in several of the reports that shard 1 left"],
    );
}
