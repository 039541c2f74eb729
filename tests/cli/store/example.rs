//! The example suite goes through three builds in four jobs with nothing but a store.

use std::path::Path;
use std::process::{Command, Stdio};

use evenshard::record::RunRecord;

use super::ci::{Ci, Job};
use crate::pytest::{Project, Python};

/// Waits of the example are so much shorter here.
const HASTE: &str = "time.sleep(0.02 * ";

fn example(python: &Python) -> Project {
    let project = Project::new(python).with_installed_plugins();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/pytest-parallel");
    for part in ["shop", "tests", "pyproject.toml"] {
        for entry in walkdir::WalkDir::new(folder.join(part)) {
            let entry = entry.unwrap();
            let below = entry.path().strip_prefix(&folder).unwrap();
            let is_source = below.extension().is_some_and(|e| e == "py" || e == "toml");
            if entry.file_type().is_file() && is_source {
                let text = fs_err::read_to_string(entry.path()).unwrap();
                // Calls of the example fail now and then, as calls do.
                let text = text
                    .replace("time.sleep(", HASTE)
                    .replace("FAILURE_RATE = 0.01", "FAILURE_RATE = 0");
                project.write(&below.display().to_string(), &text);
            }
        }
    }
    fs_err::remove_file(project.root().join("pytest.ini")).unwrap();
    project
}

fn all_at_once(ci: &Ci, jobs: &[Job<'_>]) -> Vec<(i32, String)> {
    let start = |job: &Job<'_>| {
        let mut command: Command = ci.command(job);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let started: Vec<_> = jobs.iter().map(start).collect();
    let ended = started
        .into_iter()
        .map(|job| job.wait_with_output().unwrap());
    ended
        .map(|ended| {
            let text = String::from_utf8_lossy(&ended.stderr).into_owned();
            (ended.status.code().unwrap_or(-1), text)
        })
        .collect()
}

#[test]
fn three_builds_need_nothing_but_a_store() {
    Python::with("example", |python| {
        let ci = Ci::of(example(python));
        for build in ["one", "two", "three"] {
            let jobs: Vec<Job<'_>> = (1..=4).map(|shard| Job::new(build, shard).of(4)).collect();
            // Three of four jobs are never a pass.
            let (last, first) = jobs.split_last().unwrap();
            for (code, text) in all_at_once(&ci, first) {
                assert_eq!(code, 0, "{text}");
                assert!(text.contains("not proved yet"), "{text}");
            }
            ci.gate(last).ended_with(70);
            let ended = ci.run(last).ended_with(0);
            assert!(
                ended.stderr.contains("added to the history"),
                "{}",
                ended.stderr
            );
            assert!(
                ended
                    .stderr
                    .contains("proved: 100 tests ran once in 4 shards"),
                "{}",
                ended.stderr
            );
            let gate = ci.gate(last).ended_with(0);
            assert!(gate.stdout.contains("gate: passed"), "{}", gate.stdout);

            // One plan, which all jobs used, and each test once.
            let step = format!("builds/{build}/test/");
            assert_eq!(ci.keys(&format!("{step}plan")).len(), 1);
            assert_eq!(ci.keys(&format!("{step}verdict")).len(), 1);
            let verdict = ci.verdict(last);
            assert!(verdict.proved, "{verdict:?}");
            assert_eq!(verdict.totals.tests, 100);
            let predicted: Vec<u64> = verdict
                .shards
                .iter()
                .map(|s| s.predicted_us.get())
                .collect();
            let (slowest, all) = (
                predicted.iter().max().unwrap(),
                predicted.iter().sum::<u64>(),
            );
            if build == "one" {
                assert_eq!(all, 4 * slowest, "nothing was known: {predicted:?}");
            } else {
                assert!(
                    slowest * 4 <= all + all / 20,
                    "{build} is balanced: {predicted:?}"
                );
            }
        }
        assert_eq!(ci.keys("trusted/=/history/").len(), 3);
        assert_eq!(ci.keys("trusted/=/trend/").len(), 3);
        assert_eq!(ci.keys("pr/"), [] as [String; 0]);

        // What is in the store reads as it did on the disk.
        let record = ci.keys("record").pop().unwrap();
        let stored = fs_err::read(ci.store().join(record)).unwrap();
        assert!(
            RunRecord::from_json(&stored, "").is_err(),
            "it is compressed"
        );
    });
}
