//! `evenshard verify` on what real pytest left: good builds are proved, and each fault that
//! CI can bring is named.

use std::collections::BTreeSet;
use std::path::PathBuf;

use evenshard::estimate::Estimates;
use evenshard::history::History;
use evenshard::plan::Rules;
use evenshard::record::{RunRecord, State};
use evenshard::suite::Suite;
use evenshard::verify::{Problem, ProblemKind, Verdict};

use evenshard::{Planner, ingest};

use super::check::each;
use super::python::{on_each_pytest, on_environments, on_newest_pytest};
use super::shop::{assert_long_file_is_cut, shop};
use super::zoo::{grow, zoo};
use super::{Outcome, Project, Python, Report, assert_partition};

const N: usize = 3;

/// What `evenshard verify` says of the results of the shards, with its exit status.
fn verified(project: &Project, arguments: &[&str]) -> (i32, Verdict) {
    let results = project.out(&format!("of-{N}")).display().to_string();
    let program = env!("CARGO_BIN_EXE_evenshard");
    let command = [&["verify", "--format", "json"], arguments, &[&results]].concat();
    let outcome = project.witnessed(&mut project.command(program, &command));
    let verdict = serde_json::from_str(&outcome.stdout);
    (
        outcome.status,
        verdict.unwrap_or_else(|e| panic!("{e}: {}", outcome.talk())),
    )
}

#[track_caller]
fn assert_proved(project: &Project, arguments: &[&str]) -> Verdict {
    let (status, verdict) = verified(project, arguments);
    assert_eq!(verdict.problems, []);
    assert_eq!((status, verdict.proved), (0, true));
    verdict
}

#[track_caller]
fn assert_named(project: &Project, arguments: &[&str], kinds: &[ProblemKind]) -> Vec<Problem> {
    let (status, verdict) = verified(project, arguments);
    let found: Vec<ProblemKind> = verdict.problems.iter().map(|p| p.kind).collect();
    assert_eq!(found, kinds, "{:?}", verdict.problems);
    assert_eq!((status, verdict.proved), (70, false));
    verdict.problems
}

/// A plan of exactly what pytest collects, in a file.
fn planned(project: &Project, args: &[&str]) -> String {
    let plan = project.out("plan.json").display().to_string();
    let shards = N.to_string();
    let start = [
        "plan",
        "--timings",
        "junit/",
        "--shards",
        &shards,
        "--output",
        &plan,
    ];
    let command = [&start[..], &["--", "python", "-m", "pytest"], args].concat();
    let program = env!("CARGO_BIN_EXE_evenshard");
    project
        .witnessed(&mut project.command(program, &command))
        .ended_with(0);
    plan
}

fn record_path(project: &Project, index: usize) -> PathBuf {
    project
        .junit(index, N)
        .replace(".xml", ".shard.json")
        .into()
}

fn record(project: &Project, index: usize) -> RunRecord {
    let json = fs_err::read(record_path(project, index)).expect("a record");
    RunRecord::from_json(&json, "record").expect("a record")
}

/// Changes a record, as another job would have written it.
fn forge(project: &Project, index: usize, change: impl Fn(&mut RunRecord)) {
    let mut record = record(project, index);
    change(&mut record);
    fs_err::write(record_path(project, index), record.to_json()).expect("a record");
}

/// A good build of the shop, planned from its timings.
fn good_build(python: &Python) -> Project {
    let project = shop(python);
    let shards = project.shards(N, &["--timings", "junit/"], &[]);
    assert_long_file_is_cut(&shards);
    project
}

fn shard(project: &Project, index: usize, options: &[&str], args: &[&str]) -> Outcome {
    let command = [&["python", "-m", "pytest"], args].concat();
    project.shard((index, N), options, &command)
}

on_each_pytest! {
    fn failures_are_listed_and_prove_nothing_against_it(python) {
        let project = shop(python);
        project.append("tests/test_cart.py", FAILING);
        project.shards(N, &["--timings", "junit/"], &["-o", "junit_logging=all"]);
        let verdict = assert_proved(&project, &[]);
        let failed: Vec<&str> = verdict.failures.iter().map(|f| f.test.as_str()).collect();
        assert_eq!(failed, [
            "tests/test_cart.py::test_broken[a::b]",
            "tests/test_cart.py::test_teardown",
            "tests/test_cart.py::test_twice",
        ]);
        let text = &verdict.failures[0].text;
        assert!(text.message.contains("assert 1 == 2"), "{text:?}");
        assert!(text.text.contains("def test_broken"), "{text:?}");
        assert!(text.system_out.contains("printed <b>"), "{text:?}");
        assert_eq!(verdict.flaky, []);
    }

    fn an_error_while_collecting_is_named(python) {
        let project = shop(python);
        project.append("tests/test_cart.py", "\nimport gone\n");
        project.shards(N, &["--timings", "junit/"], &[]);
        let (status, verdict) = verified(&project, &[]);
        assert_eq!(status, 70);
        assert_eq!(verdict.problems[0].kind, ProblemKind::CutShort);
        let failure = &verdict.failures[0];
        assert_eq!(failure.test, "tests.test_cart");
        assert!(failure.text.text.contains("No module named 'gone'"), "{failure:?}");
    }

    /// The tests of one function come from what else was imported.
    fn parameters_that_other_files_add_run_once(python) {
        let (project, plain) = registry(python, "registry.names += ['b', 'd', 'f', 'h']");
        let shards = project.shards(N, &["--timings", "junit/"], &[]);
        assert_partition(&plain, &shards);
        assert_proved(&project, &[]);
    }

    /// As many by other names: nothing tells that from parameters made anew in every process.
    fn parameters_that_depend_on_imports_are_named(python) {
        let (project, plain) = registry(python, "registry.names[:] = ['b', 'd', 'f', 'h']");
        let shards = project.shards(N, &["--timings", "junit/"], &[]);
        let ran: BTreeSet<&String> = shards.iter().flat_map(|shard| &shard.ran).collect();
        assert_ne!(ran, plain.ran.iter().collect(), "a test was to be lost");
        let problems = assert_named(&project, &[], &[ProblemKind::DifferentParameters]);
        assert_eq!(problems[0].tests, ["tests.test_uses::test_uses"]);
        assert_eq!(problems[0].shards, [1, 2, 3]);
    }
}

/// A suite whose parameters another file makes when it is imported, with timings of two builds
/// by which they are spread over all shards; and what plain pytest makes of it.
fn registry(python: &Python, adds: &str) -> (Project, Outcome) {
    let project = Project::new(python).files(&[
            ("pytest.ini", "[pytest]\npythonpath = .\n"),
            ("registry.py", "names = ['a', 'c', 'e', 'g']\n"),
            ("tests/test_adds.py", &format!("import registry\n{adds}\n\ndef test_adds(): pass\n")),
            ("tests/test_uses.py", "import pytest, registry\n\n@pytest.mark.parametrize('name', sorted(registry.names))\ndef test_uses(name): pass\n"),
        ]);
    project.record(&[]).ended_with(0);
    let report = Report::read(&project.root().join("junit/build-1.xml"));
    // Cut only where two builds had the same parameters.
    let report = report.slowed("tests.test_uses.", 60_000);
    project.write("junit/build-1.xml", &report.to_xml());
    project.write(
        "junit/build-2.xml",
        &format!("{}\n<!-- the next one -->\n", report.to_xml()),
    );
    let plain = project.plain(&[]).ended_with(0);
    (project, plain)
}

on_newest_pytest! {
    fn a_retried_job_counts_once(python) {
        let project = good_build(python);
        project.append("tests/test_cart.py", "\nimport os\ndef test_network(): assert os.environ.get('AGAIN')\n");
        let junit = project.out("of-3/").display().to_string();
        let run = |index: usize, attempt: &str, again: bool| {
            let shard = format!("{index}/{N}");
            let args = ["run", "--shard", &shard, "--junit", &junit, "--attempt", attempt,
                        "--timings", "junit/", "--", "python", "-m", "pytest"];
            let mut command = project.command(env!("CARGO_BIN_EXE_evenshard"), &args);
            if again {
                command.env("AGAIN", "1");
            }
            project.witnessed(&mut command).status
        };
        fs_err::remove_dir_all(project.out("of-3")).expect("the results so far");
        let failed: Vec<usize> = (1..=N).filter(|&index| run(index, "1", false) == 1).collect();
        assert_eq!(failed.len(), 1);
        assert_eq!(run(failed[0], "2", true), 0);
        let verdict = assert_proved(&project, &[]);
        assert_eq!(verdict.flaky.len(), 1);
        assert_eq!(verdict.flaky[0].test, "tests/test_cart.py::test_network");
        assert_eq!(verdict.failures, []);
        assert_eq!(verdict.shards[failed[0] - 1].attempts, [1, 2]);
    }

    fn one_command_can_start_pytest_twice(python) {
        let project = shop(python);
        for index in 1..=N {
            let script = "python -m pytest tests && python -m pytest more";
            project.shard((index, N), &["--timings", "junit/"], &["sh", "-c", script]);
        }
        let verdict = assert_proved(&project, &[]);
        assert_eq!(verdict.totals.tests, project.plain(&[]).ran.len() as u64);
    }

    fn tests_that_run_everywhere_are_proved_to(python) {
        let project = shop(python).with_installed_plugins();
        let report = fs_err::File::open(project.root().join("junit/build-1.xml")).expect("timings");
        let mut history = History::new();
        ingest::read(report, ingest::Source::named("build-1.xml"), &mut history);
        let everywhere = vec!["tests/test_stock.py".parse().expect("a pattern")];
        let rules = Rules { everywhere, ..Rules::default() };
        let planner = Planner::new(3).expect("few shards").rules(rules);
        let plan = planner.plan(&Suite::from_history(&Estimates::new(&history))).expect("a plan");
        let path = project.out("plan.json").display().to_string();
        fs_err::write(&path, plan.to_json()).expect("the plan");
        each(&["", "-n2"], |flags| {
            let args: Vec<&str> = flags.split_whitespace().collect();
            project.shards(N, &["--plan", &path], &args);
            let verdict = assert_proved(&project, &["--plan", &path]);
            assert_eq!(assert_proved(&project, &[]).totals, verdict.totals);
            assert_eq!(record(&project, 2).everywhere.len(), 2);
        });
    }

    fn a_missing_shard_is_named(python) {
        let project = good_build(python);
        fs_err::remove_file(record_path(&project, 2)).expect("a record");
        let problems = assert_named(&project, &[], &[ProblemKind::MissingShard]);
        assert_eq!(problems[0].message, "shard 2 of 3 left no record");
    }

    fn a_killed_shard_is_named_with_its_tests(python) {
        let project = shop(python);
        project.write("tests/test_kills.py", "import os, signal\n\ndef test_it(): os.kill(os.getpid(), signal.SIGKILL)\n");
        let shards = project.shards(N, &["--timings", "junit/"], &[]);
        let killed = shards.iter().position(|shard| shard.status == 137).expect("one was killed") + 1;
        assert_eq!(record(&project, killed).state, State::Started);
        let problems = assert_named(&project, &[], &[ProblemKind::CutShort, ProblemKind::NoResult]);
        assert_eq!(problems[1].tests.len(), record(&project, killed).selected.len());
    }

    fn a_report_that_is_cut_short_is_named_with_the_tests_it_lost(python) {
        let project = good_build(python);
        let path = project.junit(1, N);
        let xml = fs_err::read_to_string(&path).expect("a report");
        let last = xml.rfind("<testcase").expect("a case");
        fs_err::write(&path, &xml[..last + 12]).expect("a report");
        let kinds = [ProblemKind::JunitCutShort, ProblemKind::NoResult];
        let problems = assert_named(&project, &[], &kinds);
        assert_eq!(problems[1].tests.len(), 1);
    }

    fn a_shard_with_other_timings_is_named(python) {
        let project = good_build(python);
        project.write("other/build-9.xml", &Report::read(&project.root().join("junit/build-1.xml"))
            .slowed("tests.test_cart.", 70_000).to_xml());
        shard(&project, 2, &["--timings", "other/"], &[]);
        let (status, verdict) = verified(&project, &[]);
        assert_eq!(status, 70);
        assert_eq!(verdict.problems[0].kind, ProblemKind::MixedPlans);
    }

    fn a_shard_of_another_number_is_named(python) {
        let project = good_build(python);
        let junit = project.junit(2, N);
        let args = ["run", "--shard", "2/4", "--junit", &junit, "--timings", "junit/", "--", "python", "-m", "pytest"];
        project.witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &args));
        let (status, verdict) = verified(&project, &[]);
        assert_eq!(status, 70);
        let kinds: Vec<ProblemKind> = verdict.problems.iter().map(|p| p.kind).collect();
        assert!(kinds.contains(&ProblemKind::MixedCounts), "{kinds:?}");
        assert!(kinds.contains(&ProblemKind::MissingShard), "{kinds:?}");
    }

    fn two_jobs_of_one_index_are_named(python) {
        let project = good_build(python);
        let junit = project.out("of-3/again/junit-2.xml").display().to_string();
        let args = ["run", "--shard", "2/3", "--junit", &junit, "--timings", "junit/", "--", "python", "-m", "pytest"];
        project.witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &args)).ended_with(0);
        let kinds = [ProblemKind::DuplicateShard, ProblemKind::RanTwice];
        let problems = assert_named(&project, &[], &kinds);
        assert_eq!(problems[1].tests.len(), record(&project, 2).selected.len());
    }

    fn results_of_another_build_are_named(python) {
        let project = shop(python);
        for index in 1..=N {
            let build = if index == 2 { "811" } else { "812" };
            shard(&project, index, &["--timings", "junit/", "--build", build], &[]);
        }
        let kinds = [ProblemKind::MixedBuilds, ProblemKind::MissingShard];
        assert_named(&project, &[], &kinds);
        assert_named(&project, &["--build", "812"], &kinds);
    }

    fn a_job_that_ran_everything_is_named(python) {
        let project = good_build(python);
        let xml = format!("--junitxml={}", project.junit(1, N));
        let plain = project.plain(&[&xml]);
        let kinds = [ProblemKind::RanTwice, ProblemKind::RanTwice, ProblemKind::Unlisted];
        let problems = assert_named(&project, &[], &kinds);
        assert_eq!(problems[2].tests.len(), plain.ran.len() - record(&project, 1).selected.len());
        // Though its record should say so as well.
        forge(&project, 1, |record| record.selected.clone_from(&plain.ran));
        let kinds = [ProblemKind::RanTwice, ProblemKind::RanTwice];
        assert_named(&project, &[], &kinds);
    }

    fn a_file_that_is_not_in_every_checkout_is_named(python) {
        let project = shop(python);
        for index in 1..=N {
            if index == N {
                project.write("tests/test_late.py", "def test_late(): pass\n");
            }
            shard(&project, index, &["--timings", "junit/"], &[]);
        }
        let problems = assert_named(&project, &[], &[ProblemKind::DifferentFiles]);
        assert_eq!(problems[0].files, ["tests/test_late.py"]);
        assert_eq!(problems[0].shards, [1, 2]);
    }

    fn a_plan_that_is_out_of_date_is_named(python) {
        let project = shop(python);
        let plan = planned(&project, &[]);
        let path = project.root().join("more/test_more.py");
        fs_err::remove_file(path).expect("a file of the suite");
        project.shards(N, &["--plan", &plan], &[]);
        assert_proved(&project, &[]);
        let problems = assert_named(&project, &["--plan", &plan], &[ProblemKind::Vanished]);
        assert_eq!(problems[0].tests, ["more.test_more::test_one", "more.test_more::test_two"]);
    }

    fn a_build_that_ran_nothing_is_named(python) {
        let project = shop(python);
        project.shards(N, &["--timings", "junit/"], &["-k", "nothing_of_that_name"]);
        assert_named(&project, &[], &[ProblemKind::NothingRan]);
    }
}

const FAILING: &str = r"
@pytest.mark.parametrize('n', ['a::b'])
def test_broken(n):
    print('printed <b>')
    assert 1 == 2

@pytest.fixture
def late():
    yield
    assert 0, 'teardown'

def test_teardown(late): pass

def test_twice(late): assert 0, 'call'
";

const FLAKY: &str = r"tries = []

def test_flaky():
    tries.append(1)
    assert len(tries) > 1

def test_broken(): assert 0
";

on_newest_pytest! {
    fn good_builds_are_proved(python) {
        let project = shop(python).with_installed_plugins();
        each(
            &["", "-n2", "-n2 --dist=loadgroup", "--junit-prefix=py39", "-k one", "tests/test_long.py tests/sub"],
            |flags| {
                let args: Vec<&str> = flags.split_whitespace().collect();
                let whole = project.plain(&args).ended_with(0);
                project.shards(N, &["--timings", "junit/"], &args);
                let verdict = assert_proved(&project, &[]);
                assert_eq!(verdict.totals.tests, whole.ran.len() as u64);
                assert_eq!(verdict.totals.outcomes.passed, whole.ran.len() as u64);
                assert!(verdict.balance.is_some());
                let plan = planned(&project, &args);
                project.shards(N, &["--plan", &plan], &args);
                assert_proved(&project, &["--plan", &plan]);
            },
        );
    }
}

on_newest_pytest! {
    fn the_zoo_is_proved(python) {
        let project = zoo(python);
        project.record(&[]).ended_with(0);
        grow(&project);
        project.shards(N, &["--timings", "junit/"], &[]);
        assert_proved(&project, &[]);
        let plan = planned(&project, &[]);
        project.shards(N, &["--plan", &plan], &[]);
        assert_proved(&project, &["--plan", &plan]);
    }
}

on_newest_pytest! {
    fn a_shard_that_was_asked_to_stop_is_no_fault(python) {
        let project = shop(python).with_installed_plugins();
        project.append("tests/test_long.py", "\nclass TestFirst:\n    def test_one(self): assert 0\n    def test_two(self): pass\n");
        each(&["-x", "--maxfail=1", "-x -n1"], |flags| {
            let args: Vec<&str> = flags.split_whitespace().collect();
            project.shards(N, &["--timings", "junit/"], &args);
            let verdict = assert_proved(&project, &[]);
            let stopped: Vec<&Problem> = verdict
                .warnings
                .iter()
                .filter(|w| w.kind == ProblemKind::StoppedOnRequest)
                .collect();
            assert_eq!(stopped.len(), 1, "{:?}", verdict.warnings);
            assert_eq!(stopped[0].tests.len() as u64, verdict.totals.not_run);
            assert!(verdict.totals.not_run > 0);
        });
    }
}

on_newest_pytest! {
    fn retried_tests_count_once_and_are_flaky(python) {
        let project = shop(python).with_installed_plugins();
        project.write("tests/test_flaky.py", FLAKY);
        each(&["--retries=2 -p no:rerunfailures", "--reruns=2", "--reruns=2 -n2"], |flags| {
            let args: Vec<&str> = flags.split_whitespace().collect();
            project.shards(N, &["--timings", "junit/"], &args);
            let verdict = assert_proved(&project, &[]);
            // pytest-retry tells of the first time only.
            let runs = if flags.contains("--retries") { 2 } else { 3 };
            let named = |tests: &[evenshard::verify::RanAgain]| -> Vec<(String, u32)> {
                tests.iter().map(|t| (t.test.clone(), t.runs)).collect()
            };
            assert_eq!(named(&verdict.flaky), [("tests/test_flaky.py::test_flaky".to_owned(), 2)]);
            assert_eq!(named(&verdict.retried), [("tests/test_flaky.py::test_broken".to_owned(), runs)]);
            assert_eq!(verdict.failures.len(), 1);
        });
    }
}
