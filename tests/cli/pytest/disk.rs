//! A disk that is full, or that fills up while the tests run. It is a real file system of its
//! own, mounted where only the command sees it; what was left there is copied out at the end.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use evenshard::record::{RunRecord, State};
use evenshard::verify::{ProblemKind, Verdict};

use super::python::{on_environments, on_newest_pytest};
use super::shop::shop;
use super::{Outcome, Project, Python, Report};

const RUN: [&str; 9] = [
    "run",
    "--timings",
    "junit/",
    "--shard",
    "1/1",
    "--junit",
    "",
    "--record",
    "",
];
const PYTEST: [&str; 4] = ["--", "python", "-m", "pytest"];

/// Mounts a disk of 1 MiB at $0, runs the rest, and keeps what is there in `$0.kept`.
const ON_A_SMALL_DISK: &str = r#"
    mount -t tmpfs -o size=1m none "$0" || exit 125
    [ -z "$FULL_FIRST" ] || dd if=/dev/zero of="$0/filler" bs=4k 2>/dev/null
    "$@"; status=$?
    rm -f "$0/filler"; cp -r "$0" "$0.kept"
    exit $status"#;

/// The last thing that the session does is to fill the disk.
const FILLS: &str = "import os, pytest

@pytest.fixture(autouse=True, scope='session')
def fills():
    yield
    with open(os.environ['DISK'] + '/filler', 'wb', buffering=0) as file:
        try:
            while True: file.write(b'x' * 4096)
        except OSError: pass
";

/// When the disk is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Full {
    First,
    Later,
}

/// How a mount of one's own is had: as root, or as whoever may make namespaces.
fn namespace() -> Option<&'static [&'static str]> {
    let ways: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let found = ways.into_iter().find(|way| {
        let mount = ["sh", "-c", "mount -t tmpfs -o size=1m none /mnt"];
        let tried = Command::new("unshare").args(*way).args(mount).output();
        tried.is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        // No package brings what the kernel does not permit: this is said, no more.
        let line = "SKIPPED: disk: no mount namespaces, so no disk that can be filled";
        writeln!(std::io::stderr(), "{line}").expect("stderr is open");
    }
    found
}

/// A suite, and a disk for some of its results.
struct OnDisk {
    project: Project,
    way: &'static [&'static str],
}

impl OnDisk {
    fn new(python: &Python) -> Option<Self> {
        let way = namespace()?;
        let project = shop(&python.cold());
        fs_err::create_dir(project.out("disk")).expect("a folder");
        Some(Self { project, way })
    }

    /// A path on the disk, as the command sees it.
    fn disk(&self, name: &str) -> String {
        self.project.out("disk").join(name).display().to_string()
    }

    /// Where that is once the command has ended.
    fn kept(&self, name: &str) -> PathBuf {
        self.project.out("disk.kept").join(name)
    }

    fn evenshard(&self, words: &[&str], full: Full, env: &[(&str, &str)]) -> Outcome {
        let plain = self.project.command(env!("CARGO_BIN_EXE_evenshard"), words);
        let mut command = Command::new("unshare");
        let disk = self.disk("");
        let disk = disk.trim_end_matches('/');
        command
            .args(self.way)
            .args(["sh", "-c", ON_A_SMALL_DISK, disk]);
        command.arg(plain.get_program()).args(plain.get_args());
        command.env_clear().current_dir(self.project.root());
        command.envs(plain.get_envs().filter_map(|(k, v)| Some((k, v?))));
        command.env("DISK", disk).envs(env.iter().copied());
        if full == Full::First {
            command.env("FULL_FIRST", "yes");
        } else {
            self.project.write("conftest.py", FILLS);
        }
        let _ = fs_err::remove_dir_all(self.kept(""));
        self.project.witnessed(&mut command)
    }

    /// Runs the only shard.
    fn run(&self, junit: &str, record: &str, full: Full, env: &[(&str, &str)]) -> Outcome {
        let mut run = RUN;
        (run[6], run[8]) = (junit, record);
        self.evenshard(&[&run[..], &PYTEST].concat(), full, env)
    }

    /// What the proof says of these results.
    fn verdict(&self, results: &[PathBuf]) -> Verdict {
        let results: Vec<String> = results.iter().map(|p| p.display().to_string()).collect();
        let results: Vec<&str> = results.iter().map(String::as_str).collect();
        let words = [&["verify", "--format", "json"], &results[..]].concat();
        let mut command = self
            .project
            .command(env!("CARGO_BIN_EXE_evenshard"), &words);
        let said = self.project.witnessed(&mut command).ended_with(70);
        serde_json::from_str(&said.stdout).expect("a verdict")
    }
}

fn record(path: &PathBuf) -> RunRecord {
    let json = fs_err::read(path).expect("a record");
    RunRecord::from_json(&json, "record").expect("a record")
}

on_newest_pytest! {
    fn a_disk_that_is_full_stops_before_a_test_runs(python) {
        let Some(on) = OnDisk::new(python) else { return };
        let (junit, record) = (on.project.out("a.xml"), on.project.out("a.shard.json"));
        let (junit, record) = (junit.display().to_string(), record.display().to_string());
        let full = Full::First;
        for outcome in [
            on.run(&on.disk("a.xml"), &record, full, &[]),
            on.run(&junit, &on.disk("a.shard.json"), full, &[]),
            on.run(&junit, &record, full, &[("TMPDIR", &on.disk(""))]),
        ] {
            let outcome = outcome.ended_with(73);
            assert_eq!(outcome.ran, [""; 0], "{}", outcome.talk());
            assert!(outcome.stderr.contains("No space left"), "{}", outcome.talk());
        }
    }

    fn a_report_for_which_no_room_is_left_fails_the_job(python) {
        let Some(on) = OnDisk::new(python) else { return };
        let kept = on.project.out("a.shard.json");
        let outcome = on.run(&on.disk("a.xml"), &kept.display().to_string(), Full::Later, &[]);
        assert!(!outcome.ran.is_empty() && outcome.status != 0, "{}", outcome.talk());
        let verdict = on.verdict(&[kept, on.kept("")]);
        assert_eq!(verdict.totals.lost, outcome.ran.len() as u64, "{verdict:?}");
    }

    fn a_record_for_which_no_room_is_left_stays_started(python) {
        let Some(on) = OnDisk::new(python) else { return };
        let junit = on.project.out("a.xml");
        let shown = junit.display().to_string();
        let outcome = on.run(&shown, &on.disk("a.shard.json"), Full::Later, &[]);
        // The tests have run, and their report is whole: their exit status stands.
        let outcome = outcome.ended_with(0);
        assert!(outcome.stderr.contains("a.shard.json") && outcome.stderr.contains("No space left"), "{}", outcome.talk());
        assert_eq!(Report::read(&junit).cases.len(), outcome.ran.len());
        assert_eq!(record(&on.kept("a.shard.json")).state, State::Started);
        let verdict = on.verdict(&[junit, on.kept("")]);
        assert_eq!(verdict.problems[0].kind, ProblemKind::CutShort);
        let left = fs_err::read_dir(on.kept("")).expect("the disk").count();
        assert_eq!(left, 1, "nothing lies about");
    }

    fn a_hand_over_for_which_no_room_is_left_fails_the_job(python) {
        let Some(on) = OnDisk::new(python) else { return };
        let (junit, kept) = (on.project.out("a.xml"), on.project.out("a.shard.json"));
        let (shown, at) = (junit.display().to_string(), kept.display().to_string());
        let outcome = on.run(&shown, &at, Full::Later, &[("TMPDIR", &on.disk(""))]);
        assert!(!outcome.ran.is_empty() && outcome.status != 0, "{}", outcome.talk());
        assert!(outcome.talk().contains("No space left"), "{}", outcome.talk());
        assert_eq!(Report::read(&junit).cases.len(), outcome.ran.len());
        assert_eq!(on.verdict(&[junit, kept]).problems[0].kind, ProblemKind::CutShort);
        let left = fs_err::read_dir(on.kept("")).expect("the disk").count();
        assert_eq!(left, 0, "the private folder is gone");
    }
}

#[test]
fn a_plan_and_a_history_stay_as_they_were_on_a_full_disk() {
    Python::with_newest(|python| {
        let Some(on) = OnDisk::new(python) else {
            return;
        };
        let (plan, history) = (on.disk("plan.json"), on.disk("timings.json"));
        let make = |shards: &'static str| {
            [
                "plan",
                "--timings",
                "junit/",
                "--shards",
                shards,
                "--output",
            ]
        };
        let update = ["timings", "update", "junit/", "--output"];
        let words = |command: &[&'static str], output: &str| {
            let words = command.iter().map(|word| (*word).to_owned());
            words.chain([output.to_owned()]).collect::<Vec<_>>()
        };
        for (command, output) in [(&make("2")[..], &plan), (&update, &history)] {
            // The first is there before the disk is full.
            let script = "\"$@\" && dd if=/dev/zero of=\"$DISK/filler\" bs=4k 2>/dev/null; \
                          cp -r \"$DISK\" \"$DISK.before\"; \"$@\"";
            let command = words(command, output);
            let mut run = Command::new("unshare");
            let disk = on.disk("").trim_end_matches('/').to_owned();
            run.args(on.way).args(["sh", "-c", ON_A_SMALL_DISK, &disk]);
            run.args(["sh", "-c", script, "sh", env!("CARGO_BIN_EXE_evenshard")]);
            run.args(&command)
                .current_dir(on.project.root())
                .env("DISK", &disk);
            let output = run.output().expect("a command");
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(73), "{said}");
            assert!(said.contains("No space left"), "{said}");
            let name = command
                .last()
                .and_then(|p| p.rsplit('/').next())
                .expect("a name");
            let before = on.project.out("disk.before");
            let old = fs_err::read(before.join(name)).expect("the first one");
            assert_eq!(fs_err::read(on.kept(name)).expect("the same"), old);
            let left = fs_err::read_dir(on.kept("")).expect("the disk").count();
            assert_eq!(left, 1, "nothing lies about");
            for folder in [before, on.kept("")] {
                fs_err::remove_dir_all(folder).expect("a folder");
            }
        }
    });
}
