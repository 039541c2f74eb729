//! Names that come from files are text wherever they are shown.

use serde_json::Value;

use crate::support::{Folder, Ran};

/// Everything that a terminal, a reader or a CI could be misled by.
const HOSTILE: &str = "a\u{1b}[2J\u{9b}31m\u{7f}\u{202e}g\u{200b}p\u{ad}j\u{2066}\n+++ forged\n::error::forged ##vso[task.x]forged\r";

/// Asserts that nothing of it got through, and that something of it was there to get through.
#[track_caller]
fn assert_tame(ran: &Ran) {
    for (stream, text) in [("stdout", &ran.out), ("stderr", &ran.err)] {
        let acts = |c: char| {
            (c.is_control() && !matches!(c, '\n' | '\t'))
                || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!text.contains(acts), "{stream}: {text:?}");
        assert!(!text.contains("##vso["), "{stream}: {text}");
        for line in text.lines() {
            let forged = line.starts_with("+++") || line.trim_start().starts_with("::");
            assert!(!forged, "{stream}: {text}");
        }
    }
}

/// Text as an attribute of XML; what XML cannot hold is written raw, as a broken writer would.
pub(super) fn attribute(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    text.replace('\n', "&#10;").replace('\r', "&#13;")
}

/// A report in which every text is hostile.
fn hostile_report(time: &str) -> String {
    let text = attribute(HOSTILE);
    format!(
        "<testsuites><testsuite name=\"{text}\" hostname=\"{text}\">\
         <testcase classname=\"tests.{text}.T\" name=\"test_{text}\" file=\"tests/{text}.py\" time=\"{time}\">\
         <failure message=\"{text}\">{text}</failure></testcase>\
         <testcase classname=\"tests.b\" name=\"test_b[{text}]\" time=\"1.0\"/>\
         </testsuite></testsuites>"
    )
}

/// A record of the first shard of `plan`, finished, with hostile names.
pub(super) fn hostile_record(plan: &Value) -> String {
    let names = [
        format!("tests/{HOSTILE}.py::test_{HOSTILE}"),
        format!("tests/b.py::test_b[{HOSTILE}]"),
    ];
    serde_json::json!({
        "version": 1, "state": "finished", "build": HOSTILE, "job": HOSTILE, "attempt": 1,
        "scope": "", "plan_digest": plan["digest"], "shard": 1, "shards": 2,
        "files": [format!("tests/{HOSTILE}.py"), "tests/b.py"], "selected": names,
        "match": {"known": 0, "tests": 2}, "predicted_us": 5, "exit_status": 1,
        "cases_us": 5, "wall_us": 5, "command_us": 5, "workers": 0, "junit": "junit-1-1.xml",
    })
    .to_string()
}

#[test]
fn hostile_names_reach_no_terminal_whatever_the_command() {
    let folder = Folder::new();
    folder.file("junit/a.xml", hostile_report("3.0"));
    folder.file("junit/b.xml", hostile_report("not a number \u{1b}[2J"));
    let id = format!("tests/{HOSTILE}.py::T::test_{HOSTILE}");
    let plan = folder.run(&["plan", "--timings", "junit", "--shards", "2"]);
    assert_tame(plan.succeeds());
    let value: Value = serde_json::from_str(&plan.out).unwrap();
    assert!(
        value.to_string().contains("forged"),
        "the names are in the plan"
    );
    folder.file("plan.json", &plan.out);
    folder.file("results/junit-1-1.xml", hostile_report("3.0"));
    folder.file("results/junit-1-1.shard.json", hostile_record(&value));
    folder.file(
        "tests.txt",
        format!("tests/{}.py::test_x\n", HOSTILE.replace('\n', " ")),
    );
    folder.file(
        "broken.json",
        format!("{{\"version\": 1, \"digest\": {HOSTILE:?}}}"),
    );

    for line in COMMANDS.lines() {
        let (command, code) = line.split_once(" -> ").unwrap();
        // Help on wrong usage has several lines of its own; what is typed has one here.
        let typed = HOSTILE.replace('\n', " ");
        let words = command.split(' ').map(|word| match word {
            "TYPED" => typed.clone(),
            "ID" => id.clone(),
            word => word.to_owned(),
        });
        let words: Vec<String> = words.collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for words in [words.clone(), [&["-v"], &words[..]].concat()] {
            let ran = folder.run(&words);
            assert_tame(&ran);
            assert_eq!(ran.code.to_string(), code, "{command}: {ran:?}");
        }
    }
}

/// What is run on hostile files, and how it ends.
const COMMANDS: &str = "\
plan --timings junit --shards 2 --format text -> 0
plan --timings junit --target 1ms --max-shards 2 -> 65
plan --timings junit --tests tests.txt --shards 2 --require-match 90 -> 65
explain ID --plan plan.json --timings junit -> 0
explain ID --timings junit --shards 2 --split test -> 0
timings show junit -> 0
timings show junit --format json -> 0
timings update junit results -> 0
timings export junit --format pytest-split -> 0
verify results --plan plan.json -> 70
verify results --plan plan.json --format json -> 70
verify results --plan plan.json --format markdown -> 70
verify broken.json -> 65
run --plan broken.json --shard 1/2 -- true -> 65
run --shard TYPED -- true -> 64
run --timings TYPED --shard 1/2 -- true -> 65
run --shard 1/2 -- TYPED -> 127
plan --shards TYPED -> 64
TYPED -> 64";

#[test]
fn select_hands_lines_on_unchanged_and_its_talk_is_tame() {
    let folder = Folder::new();
    folder.file("junit/a.xml", hostile_report("3.0"));
    let line = "tests/\u{1b}[2J\u{202e}.py";
    folder.file("tests.txt", format!("{line}\n"));
    let run = |shard| {
        folder.run(&[
            "select",
            "--timings",
            "junit",
            "--tests",
            "tests.txt",
            "--shard",
            shard,
        ])
    };
    let (one, two) = (run("1/2"), run("2/2"));
    assert_eq!(format!("{}{}", one.out, two.out), format!("{line}\n"));
    for ran in [one, two] {
        assert_tame(&Ran {
            code: 0,
            out: String::new(),
            err: ran.succeeds().err.clone(),
        });
    }
}
