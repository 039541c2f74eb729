//! `explain --bisect`: the tests that make another one fail in its shard, with real pytest.

use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::python::{on_environments, on_newest_pytest};
use super::{Outcome, Project, Python};

const STATE: &str = ".evenshard-bisect.json";
/// A module that tests share, as a cache or a registry.
const SHARED: &str = "seen = set()\n";
const POLLUTER: &str = "import shared\ndef test_before(): pass\ndef test_pollute(): shared.seen.add(1)\ndef test_behind(): pass\n";
const VICTIM: &str =
    "import shared\ndef test_ok(): pass\ndef test_victim(): assert not shared.seen\n";
const HARMLESS: &str = "def test_1(): pass\ndef test_2(): pass\n";

/// A suite with these files beside a module that they share, and timings of it.
fn suite(python: &Python, files: &[(&str, &str)]) -> Project {
    let project = Project::new(python)
        .file("pytest.ini", "[pytest]\npythonpath = .\n")
        .file("shared.py", SHARED)
        .files(files);
    project.record(&[]);
    project
}

fn one_polluter(python: &Python) -> Project {
    suite(
        python,
        &[
            ("test_a.py", HARMLESS),
            ("test_b.py", POLLUTER),
            ("test_c.py", HARMLESS),
            ("test_d.py", VICTIM),
        ],
    )
}

/// The command that bisects `test` in a shard of one, not yet started.
fn command(project: &Project, test: &str, options: &[&str], pytest: &[&str]) -> Command {
    let of = ["--timings", "junit/", "--shards", "1"];
    let start = ["--", "python", "-m", "pytest"];
    let words = [
        &["explain", "--bisect", test],
        &of[..],
        options,
        &start,
        pytest,
    ]
    .concat();
    project.command(env!("CARGO_BIN_EXE_evenshard"), &words)
}

fn bisect(project: &Project, test: &str, options: &[&str], pytest: &[&str]) -> Outcome {
    project.witnessed(&mut command(project, test, options, pytest))
}

/// The lines of the answer with this label.
fn lines<'o>(outcome: &'o Outcome, label: &str) -> Vec<&'o str> {
    let lines = outcome.stdout.lines();
    let found = lines.filter_map(|line| line.strip_prefix("  ")?.strip_prefix(label));
    found.map(str::trim).collect()
}

/// Runs the plain command that an answer shows, and returns its exit status.
fn repeated(project: &Project, outcome: &Outcome) -> i32 {
    let shown = lines(outcome, "repeat");
    project
        .witnessed(&mut project.command("bash", &["-c", shown[0]]))
        .status
}

on_environments! {
    [pytest_7_4 "pytest-7.4" pytest_9_2 "pytest-9.2"]

    fn one_polluter_among_others_is_found_with_the_command_that_repeats_it(python) {
        let project = one_polluter(python).file("out.xml", "mine");
        let outcome = bisect(&project, "test_d.py::test_victim", &[], &["-q", ".", "--junitxml=out.xml"]).ended_with(0);
        assert_eq!(lines(&outcome, "after"), ["test_b.py::test_pollute"]);
        let because = "it fails after this test, and passes without it";
        assert_eq!(lines(&outcome, "because"), [because]);
        let shown = "python -m pytest -q '--junitxml=out.xml' test_b.py::test_pollute test_d.py::test_victim";
        assert_eq!(lines(&outcome, "repeat"), [shown]);
        // 1 alone, 1 whole, at most 2 for each of three halvings, 1 for the plain command.
        let took = lines(&outcome, "took")[0];
        let runs: usize = took.split(' ').next().and_then(|n| n.parse().ok()).expect("a number");
        assert!((5..=9).contains(&runs), "{}", outcome.talk());
        for said in ["8 tests before it in shard 1/1", "run 1: passes alone", "run 2: fails after 8 tests"] {
            assert!(outcome.stderr.contains(said), "{}", outcome.talk());
        }
        // The plain command alone wrote there, as it says.
        assert!(!project.root().join(STATE).exists());
        assert!(!project.root().join("out.shard.json").exists());
        assert_eq!(repeated(&project, &outcome), 1);
    }
}

on_newest_pytest! {
    fn tests_that_are_needed_together_are_found_together(python) {
        let project = suite(python, &[
            ("test_a.py", "import shared\ndef test_1(): shared.seen.add('a')\ndef test_2(): pass\n"),
            ("test_b.py", HARMLESS),
            ("test_c.py", "import shared\ndef test_1(): pass\ndef test_2(): shared.seen.add('c')\n"),
            ("test_d.py", "import shared\ndef test_victim(): assert len(shared.seen) < 2\n"),
        ]);
        let outcome = bisect(&project, "test_d.py::test_victim", &[], &[]).ended_with(0);
        assert_eq!(lines(&outcome, "after"), ["test_a.py::test_1", "test_c.py::test_2"]);
        let because = lines(&outcome, "because")[0];
        assert_eq!(because, "it fails after these 2 tests, and passes without any one of them");
        assert_eq!(repeated(&project, &outcome), 1);
    }

    fn a_test_that_fails_alone_needs_no_polluter(python) {
        let project = suite(python, &[("test_a.py", HARMLESS), ("test_b.py", "def test_bad(): assert 0\n")]);
        let outcome = bisect(&project, "test_b.py::test_bad", &[], &[]).ended_with(0);
        assert_eq!(lines(&outcome, "because"), ["it fails alone: no test before it is needed"]);
        assert_eq!(lines(&outcome, "repeat"), ["python -m pytest test_b.py::test_bad"]);
        assert_eq!(lines(&outcome, "after"), [""; 0]);
        assert!(lines(&outcome, "took")[0].starts_with("2 runs of pytest"), "{}", outcome.talk());
        // Where only a file that another test needs breaks it, the plain command passes.
        project.write("test_a.py", "import shared\nshared.seen.add(1)\ndef test_1(): pass\n");
        project.write("test_b.py", VICTIM);
        let outcome = bisect(&project, "test_b.py::test_victim", &[], &[]).ended_with(0);
        let but = "this command passes: that other files of the shard are imported takes part";
        assert_eq!(lines(&outcome, "but"), [but]);
    }

    fn only_the_shards_own_tests_count_and_what_passes_with_them_is_flaky(python) {
        let project = one_polluter(python)
            .file("evenshard.toml", "together = [[\"test_a.py\", \"test_b.py\"], [\"test_c.py\", \"test_d.py\"]]\n");
        let of = ["explain", "--bisect", "test_d.py::test_victim", "--timings", "junit/", "--shards", "2"];
        let words = [&of[..], &["--", "python", "-m", "pytest"]].concat();
        let mut command = project.command(env!("CARGO_BIN_EXE_evenshard"), &words);
        let outcome = project.witnessed(&mut command).ended_with(65);
        for said in [
            "error: the failure cannot be repeated: test_d.py::test_victim passes alone, and after the 3 tests before it in shard",
            "hint: it is flaky",
        ] {
            assert!(outcome.stderr.contains(said), "{}", outcome.talk());
        }
        assert!(outcome.ran.iter().all(|id| id.starts_with("test_c") || id.starts_with("test_d")));
        assert!(!project.root().join(STATE).exists());
    }

    fn a_search_that_reached_its_bounds_goes_on_where_it_stopped(python) {
        let project = one_polluter(python);
        let test = "test_d.py::test_victim";
        let outcome = bisect(&project, test, &["--max-runs", "3"], &[]).ended_with(75);
        assert!(outcome.stderr.contains("error: stopped after 3 runs"), "{}", outcome.talk());
        assert!(outcome.stderr.contains("3 runs so far are kept in"), "{}", outcome.talk());
        let none = bisect(&project, test, &["--max-time", "0"], &[]).ended_with(75);
        assert!(none.stderr.contains("error: stopped after 0 runs"), "{}", none.talk());
        let outcome = bisect(&project, test, &[], &[]).ended_with(0);
        assert!(outcome.stderr.contains("going on after 3 runs"), "{}", outcome.talk());
        assert!(outcome.stderr.contains("run 4: ") && !outcome.stderr.contains("run 3: "));
        assert_eq!(lines(&outcome, "after"), ["test_b.py::test_pollute"]);
        // What was kept for another command is not taken.
        bisect(&project, test, &["--max-runs", "1"], &[]).ended_with(75);
        let other = bisect(&project, test, &["--max-runs", "1"], &["-v"]).ended_with(75);
        assert!(other.stderr.contains("starting anew"), "{}", other.talk());
        // A file of somebody else stays.
        project.write("notes.json", "{}");
        let refused = bisect(&project, test, &["--state", "notes.json"], &[]).ended_with(65);
        assert!(refused.stderr.contains("notes.json is no state of a search"), "{}", refused.talk());
        assert_eq!(fs_err::read_to_string(project.root().join("notes.json")).expect("notes"), "{}");
    }

    fn an_interrupt_keeps_what_was_found(python) {
        let slow = "import os, pathlib, time\ndef test_slow():\n    \
            pathlib.Path(os.environ['WITNESS_LOG'] + '.started').touch()\n    \
            time.sleep(0 if os.path.exists('go') else 30)\n";
        let project = suite(&python.cold(), &[("test_b.py", POLLUTER), ("test_d.py", VICTIM)]);
        project.write("test_c.py", slow);
        project.write("list", "test_b.py::test_before\ntest_b.py::test_pollute\ntest_b.py::test_behind\ntest_c.py::test_slow\ntest_d.py::test_ok\ntest_d.py::test_victim\n");
        let mut run = command(&project, "test_d.py::test_victim", &[], &[]);
        run.process_group(0);
        let (started, pid) = (project.out("witness.jsonl.started"), project.out("pid"));
        let killer = thread::spawn(move || {
            let deadline = Instant::now() + Duration::from_secs(40);
            while !started.exists() && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(20));
            }
            let group = format!("-{}", fs_err::read_to_string(pid).expect("a process id"));
            let sent = Command::new("kill").args(["-INT", "--", &group]).status();
            assert!(sent.expect("kill").success());
        });
        let outcome = project.witnessed(&mut run);
        killer.join().expect("the signal was sent");
        let outcome = outcome.ended_with(130);
        assert!(outcome.stderr.contains("1 run so far are kept in"), "{}", outcome.talk());
        project.write("go", "");
        let outcome = bisect(&project, "test_d.py::test_victim", &[], &[]).ended_with(0);
        assert!(outcome.stderr.contains("going on after 1 run,"), "{}", outcome.talk());
        assert_eq!(lines(&outcome, "after"), ["test_b.py::test_pollute"]);
    }

    fn names_with_spaces_brackets_and_other_letters_are_found_and_quoted(python) {
        let polluter = "import pytest, shared\n\
            @pytest.mark.parametrize('x', ['a b', '[c]', 'd::e', \"it's\", 'é'])\n\
            def test_p(x):\n    if x == \"it's\": shared.seen.add(x)\n";
        let victim = "import pytest, shared\nclass TestÜ:\n    \
            @pytest.mark.parametrize('x', ['[v] w::x'])\n    \
            def test_v(self, x): assert not shared.seen\n";
        let project = suite(python, &[("über uns/test_a b.py", polluter), ("über uns/test_c.py", victim)]);
        let test = "über uns/test_c.py::TestÜ::test_v[[v] w::x]";
        let outcome = bisect(&project, test, &[], &[]).ended_with(0);
        assert_eq!(lines(&outcome, "after"), ["über uns/test_a b.py::test_p[it's]"]);
        assert_eq!(repeated(&project, &outcome), 1, "{}", outcome.talk());
    }

    fn a_fixture_of_a_class_pollutes_by_any_test_of_the_class(python) {
        let class = "import shared\nclass TestA:\n    @classmethod\n    \
            def setup_class(cls): shared.seen.add(1)\n    \
            def test_1(self): pass\n    def test_2(self): pass\n";
        let project = suite(python, &[("test_a.py", class), ("test_b.py", HARMLESS), ("test_c.py", VICTIM)]);
        let outcome = bisect(&project, "test_c.py::test_victim", &[], &[]).ended_with(0);
        assert_eq!(lines(&outcome, "after"), ["test_a.py::TestA::test_1"]);
        assert_eq!(repeated(&project, &outcome), 1);
    }

    fn a_test_that_the_shard_does_not_select_is_said_with_what_was_meant(python) {
        let project = one_polluter(python);
        for (test, hint) in [
            ("test_d.py::test_victm", "did you mean test_d.py::test_victim?"),
            ("test_d.py", "name one test, such as test_d.py::test_ok"),
            ("nothing.py::test_here", "does the command select it"),
        ] {
            let outcome = bisect(&project, test, &[], &[]).ended_with(65);
            let error = format!("error: the command selects no test {test} in shard 1/1");
            assert!(outcome.stderr.contains(&error) && outcome.stderr.contains(hint), "{}", outcome.talk());
            assert_eq!(outcome.ran, [""; 0]);
        }
        // Filters of the command count as in the shard.
        bisect(&project, "test_d.py::test_victim", &[], &["-k", "not victim"]).ended_with(65);
        let without = bisect(&project, "test_d.py::test_victim", &[], &["-k", "not pollute"]).ended_with(65);
        assert!(without.stderr.contains("cannot be repeated"), "{}", without.talk());
        let broken = project.file("test_e.py", "import nothing\n");
        let outcome = bisect(&broken, "test_d.py::test_victim", &[], &[]).ended_with(65);
        assert!(outcome.stderr.contains("No module named 'nothing'"), "{}", outcome.talk());
    }

    fn workers_stops_and_random_orders_do_not_get_in_the_way(python) {
        let project = one_polluter(python).with_installed_plugins();
        project.write("test_c.py", "def test_fails(): assert 0\n");
        let words = ["-n", "2", "-x", "--dist", "loadfile"];
        let outcome = bisect(&project, "test_d.py::test_victim", &[], &words).ended_with(0);
        assert!(outcome.stderr.contains("xdist is off (-n0)"), "{}", outcome.talk());
        assert_eq!(lines(&outcome, "after"), ["test_b.py::test_pollute"]);
        assert!(lines(&outcome, "repeat")[0].contains("-n0 '--maxfail=0' "), "{}", outcome.talk());
        assert_eq!(repeated(&project, &outcome), 1);
        // The module's tests are shuffled; seed 2 draws some that pollute before the victim.
        let polluters: Vec<String> = (0..8)
            .map(|n| format!("def test_{n}(): shared.seen.add({n})\n"))
            .collect();
        project.write("test_d.py", &format!("{VICTIM}{}", polluters.concat()));
        let seed = ["test_d.py", "-p", "randomly", "--randomly-seed=2"];
        let mut command = command(&project, "test_d.py::test_victim", &[], &seed);
        let outcome = project.witnessed(command.env_remove("PYTEST_ADDOPTS")).ended_with(0);
        assert_eq!(lines(&outcome, "after").len(), 1, "{}", outcome.talk());
        assert!(lines(&outcome, "repeat")[0].contains("--randomly-dont-reorganize"));
        assert_eq!(lines(&outcome, "but"), [""; 0], "{}", outcome.talk());
    }

    fn what_cannot_be_bisected_is_wrong_usage(python) {
        let project = one_polluter(python);
        let say = |words: &[&str], code: i32, said: &str| {
            let of = ["explain", "test_d.py::test_victim", "--timings", "junit/", "--shards", "1"];
            let mut command = project.command(env!("CARGO_BIN_EXE_evenshard"), &[&of[..], words].concat());
            let outcome = project.witnessed(&mut command).ended_with(code);
            assert!(outcome.stderr.contains(said), "{}", outcome.talk());
        };
        say(&["--bisect"], 64, "-- <COMMAND>");
        say(&["--", "pytest"], 64, "--bisect");
        say(&["--max-runs", "3"], 64, "--bisect");
        say(&["--bisect", "--max-runs", "0", "--", "pytest"], 64, "--max-runs");
        say(&["--bisect", "--", "npx", "jest"], 78, "another runner");
        say(&["--bisect", "--", "no-such-pytest"], 127, "cannot start");
        say(&["--bisect", "--", "true"], 78, "the plugin never loaded");
    }
}
