//! The files that a run leaves behind: pytest's report and the run record.

use std::collections::BTreeSet;
use std::path::Path;

use evenshard::RunRecord;
use evenshard::record::State;

use super::python::{on_environments, on_newest_pytest, on_oldest_and_newest};
use super::shop::shop;
use super::{Outcome, Project, Python, Report};

fn record(path: &Path) -> RunRecord {
    let json = fs_err::read(path).expect("a record");
    RunRecord::from_json(&json, "record").expect("a record that can be read")
}

/// Runs a shard with these options only, not with the harness's `--junit`.
fn run(project: &Project, of: &str, options: &[&str], pytest: &[&str]) -> Outcome {
    let mut args = vec!["run", "--shard", of, "--timings", "junit/"];
    args.extend(options);
    args.extend(["--", "python", "-m", "pytest"]);
    args.extend(pytest);
    project.witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &args))
}

/// The names in a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    fs_err::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

on_oldest_and_newest! {
    fn reports_of_all_shards_are_the_report_of_the_whole(python) {
        let project = shop(python);
        let raw = project.out("whole.xml");
        project.plain(&[&format!("--junitxml={}", raw.display())]).ended_with(0);
        let _shards = project.shards(3, &["--timings", "junit/"], &[]);
        let key = |report: &Report| -> Vec<_> {
            let mut keys: Vec<_> = report
                .cases
                .iter()
                .map(|case| (case.classname.clone(), case.name.clone()))
                .collect();
            keys.sort();
            keys
        };
        let mut cases = Vec::new();
        for index in 1..=3 {
            cases.extend(Report::read(project.junit(index, 3).as_ref()).cases);
        }
        assert_eq!(key(&Report { cases }), key(&Report::read(&raw)));
    }

    fn the_record_tells_what_the_shard_was_and_did(python) {
        let project = shop(python).file("tests/test_fails.py", "def test_it(): assert 0\n");
        let shards = project.shards(3, &["--timings", "junit/"], &[]);
        let records: Vec<RunRecord> = (1..=3)
            .map(|index| record(&project.out(&format!("of-3/junit-{index}.shard.json"))))
            .collect();
        let offered = &records[0].files;
        assert_eq!(offered.len(), 8, "{offered:?}");
        for ((record, shard), number) in records.iter().zip(&shards).zip(1..) {
            assert_eq!(record.state, State::Finished);
            assert_eq!(record.shard.to_string(), format!("{number}/3"));
            assert_eq!(record.plan_digest, records[0].plan_digest);
            assert_eq!(&record.files, offered, "the same files in every shard");
            assert_eq!(record.exit_status.map(i32::from), Some(shard.status));
            let tests: BTreeSet<&String> = record.selected.iter().collect();
            assert_eq!(tests, shard.selected.iter().collect());
            assert_eq!(record.matched.tests, record.selected.len() as u64);
            assert!(record.predicted_us.get() > 0, "{record:?}");
            assert!(record.cases_us.is_some() && record.wall_us > record.cases_us, "{record:?}");
            assert!(record.command_us > record.wall_us, "{record:?}");
            assert_eq!(record.junit, Some(format!("junit-{number}.xml")));
        }
    }
}

on_newest_pytest! {
    fn a_folder_for_reports_is_filled_by_shard_and_attempt(python) {
        let project = shop(python);
        run(&project, "2/3", &["--junit", "results/"], &[]).ended_with(0);
        run(&project, "2/3", &["--junit", "results/", "--attempt", "2"], &[]).ended_with(0);
        let wanted = ["junit-2-1.xml", "junit-2-1.shard.json", "junit-2-2.xml", "junit-2-2.shard.json"];
        assert_eq!(names(&project.root().join("results")), set(&wanted));
    }
}

on_oldest_and_newest! {
    fn each_session_of_one_command_has_a_report_of_its_own(python) {
        let project = Project::new(python)
            .file("test_a.py", "def test_1(): pass\n")
            .file("test_b.py", "def test_1(): pass\n");
        let script = "pytest -q test_a.py && pytest -q test_b.py";
        project.shard((1, 1), &[], &["sh", "-c", script]).ended_with(0);
        let first = project.junit(1, 1);
        let second = first.replace(".xml", "-2.xml");
        for name in [first, second] {
            assert!(Path::new(&name).is_file(), "{name}");
        }
    }
}

on_newest_pytest! {
    fn results_that_cannot_be_written_stop_the_job_before_a_test_runs(python) {
        let project = Project::new(python)
            .file("test_a.py", "def test_1(): open('ran', 'w')\n")
            .file("taken", "a file, no folder");
        let options = ["--record", "taken/results/"];
        project.shard((1, 1), &options, &["pytest"]).ended_with(73);
        assert!(!project.root().join("ran").exists());
    }

    fn placeholders_in_file_names_are_filled_in(python) {
        let project = shop(python);
        let options = ["--junit", "r/{shard}/j.{attempt}.xml", "--record", "r/{shard}-{attempt}.json"];
        run(&project, "3/3", &options, &[]).ended_with(0);
        assert_eq!(names(&project.root().join("r")), set(&["3", "3-1.json"]));
        assert_eq!(names(&project.root().join("r/3")), set(&["j.1.xml"]));
    }
}

on_oldest_and_newest! {
    fn the_users_own_report_is_respected(python) {
        let project = shop(python);
        for option in [&["--junitxml=own/mine.xml"][..], &["--junitxml", "own/mine.xml"], &["--junit-xml=own/mine.xml"]] {
            run(&project, "1/3", &[], option).ended_with(0);
            assert_eq!(names(&project.root().join("own")), set(&["mine.xml", "mine.shard.json"]));
            fs_err::remove_dir_all(project.root().join("own")).expect("the reports");
        }
        project.write("pytest.ini", "[pytest]\naddopts = --junitxml=own/ini.xml\npythonpath = .\n");
        run(&project, "1/3", &[], &[]).ended_with(0);
        assert_eq!(names(&project.root().join("own")), set(&["ini.xml", "ini.shard.json"]));
    }
}

on_newest_pytest! {
    fn without_a_place_for_it_no_record_is_written_and_that_is_said(python) {
        let project = shop(python);
        let before = names(&project.root());
        let shard = run(&project, "1/3", &[], &["-p", "no:cacheprovider"]).ended_with(0);
        assert_eq!(names(&project.root()), before);
        assert!(shard.stderr.contains("record"), "{}", shard.talk());
    }

    /// Its stand after collection is what a killed job leaves behind.
    fn a_killed_job_leaves_a_record_of_what_it_had_started(python) {
        let project = shop(python).file(
            "tests/test_kills.py",
            "import os, signal\n\ndef test_it(): os.kill(os.getpid(), signal.SIGKILL)\n",
        );
        let shards = project.shards(2, &["--timings", "junit/"], &[]);
        let killed = shards.iter().position(|shard| shard.status == 137).expect("one was killed");
        let record = record(&project.out(&format!("of-2/junit-{}.shard.json", killed + 1)));
        assert_eq!((record.state, record.exit_status), (State::Started, None));
        assert_eq!(record.selected.len(), shards[killed].selected.len());
    }

    fn an_empty_shard_leaves_a_record_too(python) {
        let project = Project::new(python).file("test_only.py", "def test_only(): pass\n");
        project.record(&[]).ended_with(0);
        let _shards = project.shards(2, &["--timings", "junit/"], &[]);
        let count = |index: usize| {
            let record = record(&project.out(&format!("of-2/junit-{index}.shard.json")));
            assert_eq!(record.exit_status, Some(0), "{record:?}");
            record.selected.len()
        };
        let mut counts = [count(1), count(2)];
        counts.sort_unstable();
        assert_eq!(counts, [0, 1]);
    }
}
