//! What can change under a build while it runs: each ends loudly, and no test is lost in silence.

use evenshard::verify::{ProblemKind, Verdict};

use super::python::{on_environments, on_newest_pytest};
use super::shop::shop;
use super::{Outcome, Project, Python, Report};

const N: usize = 3;

fn evenshard(project: &Project, words: &[&str]) -> Outcome {
    project.witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), words))
}

fn kinds(project: &Project, options: &[&str]) -> (i32, Vec<ProblemKind>) {
    let results = project.out("of-3").display().to_string();
    let words = [&["verify", "--format", "json"], options, &[&results]].concat();
    let said = evenshard(project, &words);
    let verdict: Verdict = serde_json::from_str(&said.stdout).expect("a verdict");
    let kinds = verdict.problems.iter().map(|p| p.kind).collect();
    (said.status, kinds)
}

/// A plan from the project's timings, in a file.
fn plan(project: &Project, timings: &str) -> String {
    let path = project.out("plan.json").display().to_string();
    let words = [
        "plan",
        "--timings",
        timings,
        "--shards",
        "3",
        "--output",
        &path,
    ];
    evenshard(project, &words).ended_with(0);
    path
}

/// Timings that lead to another plan.
fn other_timings(project: &Project) {
    let report = Report::read(&project.root().join("junit/build-1.xml"));
    let report = report.slowed("tests.test_cart.", 70_000);
    project.write("other/build-9.xml", &report.to_xml());
}

const PYTEST: [&str; 3] = ["python", "-m", "pytest"];

on_newest_pytest! {
    fn a_shard_that_runs_again_after_the_timings_changed_is_named(python) {
        let project = shop(python);
        project.shards(N, &["--timings", "junit/"], &[]);
        other_timings(&project);
        let junit = format!("{}/", project.out("of-3").display());
        let run = ["run", "--shard", "2/3", "--junit", &junit, "--attempt", "2", "--timings", "other/", "--"];
        evenshard(&project, &[&run[..], &PYTEST].concat());
        let (status, kinds) = kinds(&project, &[]);
        assert_eq!((status, kinds[0]), (70, ProblemKind::MixedPlans));
    }

    fn tests_that_came_after_the_plan_run_once(python) {
        let project = shop(python);
        let plan = plan(&project, "junit/");
        project.write("tests/test_late.py", "def test_late(): pass\n");
        project.append("tests/test_long.py", "\ndef test_later(): pass\n");
        let whole = project.plain(&[]).ended_with(0);
        let mut ran: Vec<String> = Vec::new();
        for shard in project.shards(N, &["--plan", &plan], &[]) {
            ran.extend(shard.ended_with(0).ran);
        }
        ran.sort();
        let mut wanted = whole.ran;
        wanted.sort();
        assert_eq!(ran, wanted);
        assert_eq!(kinds(&project, &["--plan", &plan]), (0, vec![]));
    }
}

on_environments! {
    [pytest_9_2 "pytest-9.2"]

    fn another_number_of_shards_than_planned_stops_before_a_test_runs(python) {
        let project = shop(python);
        let plan = plan(&project, "junit/");
        for count in [2, 4] {
            let outcome = project.shard((1, count), &["--plan", &plan], &PYTEST).ended_with(78);
            assert_eq!(outcome.ran, [""; 0], "{}", outcome.talk());
        }
    }

    fn a_plan_that_is_replaced_during_the_run_is_named(python) {
        let project = shop(python);
        let path = plan(&project, "junit/");
        other_timings(&project);
        // Every shard's first test replaces the plan, by the next one's.
        let conftest = "import os, pytest\n\n@pytest.fixture(autouse=True)\ndef replace():\n    if os.path.exists('next.json'):\n        os.replace('next.json', os.environ['PLAN'])\n";
        project.write("conftest.py", conftest);
        let first = fs_err::read(&path).expect("a plan");
        plan(&project, "other/");
        let next = fs_err::read_to_string(&path).expect("a plan");
        project.write("next.json", &next);
        fs_err::write(&path, first).expect("the plan");
        for index in 1..=N {
            let mut run = project.shard_command((index, N), &["--plan", &path], &PYTEST);
            project.witnessed(run.env("PLAN", &path)).ended_with(0);
        }
        let (status, kinds) = kinds(&project, &[]);
        assert_eq!((status, kinds[0]), (70, ProblemKind::MixedPlans));
    }

    fn a_run_that_dies_early_leaves_no_results_of_the_one_before(python) {
        let project = shop(python);
        for shard in project.shards(N, &["--timings", "junit/"], &[]) {
            shard.ended_with(0);
        }
        assert_eq!(kinds(&project, &[]), (0, vec![]));
        // A look at what would run takes no results away.
        let look = [&PYTEST[..], &["--collect-only"]].concat();
        project.shard((2, N), &["--timings", "junit/"], &look).ended_with(0);
        assert_eq!(kinds(&project, &[]), (0, vec![]));
        // A session that would write no report does not run.
        let silent = [&PYTEST[..], &["-p", "no:junitxml"]].concat();
        project.shard((2, N), &["--timings", "junit/"], &silent).ended_with(78);
        project.shard((2, N), &["--timings", "junit/"], &PYTEST).ended_with(0);
        project.write("conftest.py", "import os\nos.kill(os.getpid(), 9)\n");
        project.shard((2, N), &["--timings", "junit/"], &PYTEST).ended_with(137);
        assert_eq!(kinds(&project, &[]), (70, vec![ProblemKind::MissingShard]));
    }

    fn results_of_another_scope_are_not_replaced(python) {
        let project = shop(python);
        let in_scope = |scope| {
            let options = ["--timings", "junit/", "--allow-no-timings", "--scope", scope];
            project.shard((2, N), &options, &PYTEST)
        };
        in_scope("api").ended_with(0);
        let left = fs_err::read(project.junit(2, N)).expect("a report");
        for scope in ["web", ""] {
            let refused = in_scope(scope).ended_with(78);
            assert!(refused.stderr.contains("of scope 'api'"), "{}", refused.talk());
            assert_eq!(refused.ran, [""; 0]);
        }
        assert_eq!(fs_err::read(project.junit(2, N)).expect("a report"), left);
        in_scope("api").ended_with(0);
    }

    fn results_that_cannot_be_written_stop_before_a_test_runs(python) {
        let project = shop(python);
        fs_err::write(project.out("of-3"), "a file, and no folder").expect("a file");
        for shard in project.shards(N, &["--timings", "junit/"], &[]) {
            assert_eq!(shard.ended_with(73).ran, [""; 0]);
        }
    }

    fn a_results_folder_that_breaks_during_the_run_fails_the_job(python) {
        let project = shop(python);
        let conftest = "import os, pytest, shutil\n\n@pytest.fixture(autouse=True, scope='session')\ndef breaks():\n    yield\n    out = os.environ['OUT']\n    shutil.rmtree(out)\n    open(out, 'w').close()\n";
        project.write("conftest.py", conftest);
        let mut run = project.shard_command((1, N), &["--timings", "junit/"], &PYTEST);
        let outcome = project.witnessed(run.env("OUT", project.out("of-3")));
        assert!(!outcome.ran.is_empty());
        assert_ne!(outcome.status, 0, "{}", outcome.talk());
    }
}
