//! The order in which xdist's workers get the tests of a shard, and workers of `addopts`.

use evenshard::Plan;

use super::python::{on_environments, on_newest_pytest};
use super::{Outcome, Project, Python, Report, assert_partition};

/// Forty tests of 25 ms, and behind them one of 900 ms.
fn project(python: &Python) -> Project {
    let project = Project::new(python).with_installed_plugins();
    let small: Vec<String> = (0..40)
        .map(|n| format!("def test_{n:02}(): time.sleep(0.025)\n"))
        .collect();
    let text = format!(
        "import time\n{}def test_long(): time.sleep(0.9)\n",
        small.concat()
    );
    project.write("test_a.py", &text);
    let raw = project.out("raw.xml");
    project
        .plain(&[&format!("--junitxml={}", raw.display())])
        .ended_with(0);
    fs_err::create_dir_all(project.root().join("junit")).expect("a folder");
    fs_err::copy(&raw, project.root().join("junit/1.xml")).expect("the timings");
    project
}

fn run(project: &Project, options: &[&str], pytest: &[&str]) -> Outcome {
    let command = [&["python", "-m", "pytest", "-n", "2"], pytest].concat();
    let options = [&["--timings", "junit/"], options].concat();
    project.shard((1, 1), &options, &command)
}

/// How many tests ended before the long one did.
fn before_the_long_one(outcome: &Outcome) -> usize {
    let at = outcome.ran.iter().position(|id| id.ends_with("test_long"));
    at.expect("the long test ran")
}

on_newest_pytest! {
    fn a_plan_alone_knows_no_more_than_the_mean_of_its_units(python) {
        let project = project(python);
        project.write("test_b.py", "def test_b(): pass\n");
        let plan = ["plan", "--shards", "1", "--timings", "junit/", "--output", "plan.json"];
        project.witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &plan)).ended_with(0);
        let command = ["python", "-m", "pytest", "-n", "2"];
        let options = ["--plan", "plan.json", "--order", "longest-first"];
        let outcome = project.shard((1, 1), &options, &command).ended_with(0);
        assert_eq!(outcome.ran.len(), 42);
    }

    fn without_workers_and_under_loadfile_the_order_is_pytests(python) {
        let project = project(python);
        let plain = project.plain(&[]).ended_with(0);
        let alone = project.shard(
            (1, 1),
            &["--timings", "junit/", "--order", "longest-first"],
            &["python", "-m", "pytest"],
        );
        assert_eq!(alone.ran, plain.ran);
        let whole = run(&project, &["--order", "longest-first"], &["--dist", "loadfile"]).ended_with(0);
        assert!(before_the_long_one(&whole) > 10, "{:?}", whole.ran);
    }

    fn workers_in_addopts_are_planned_for(python) {
        let project = Project::new(python).with_installed_plugins();
        let mut report = Report { cases: Vec::new() };
        for file in ["a", "b", "c", "d", "e"] {
            project.write(&format!("test_{file}.py"), "def test_it(): pass\n");
        }
        let raw = project.out("raw.xml");
        let plain = project.plain(&[&format!("--junitxml={}", raw.display())]).ended_with(0);
        report.cases.extend(Report::read(&raw).cases);
        for (at, case) in report.cases.iter_mut().enumerate() {
            case.millis = if at == 0 { 12_000 } else { 4_000 };
        }
        project.write("junit/1.xml", &report.to_xml());
        let digest = |options: &[&str], ini: &str| {
            project.write("pytest.ini", ini);
            let words = [&["plan", "--shards", "2", "--timings", "junit/"], options, &["--", "python", "-m", "pytest"]].concat();
            let outcome = project.witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &words)).ended_with(0);
            let made = Plan::from_json(&outcome.stdout, "plan").expect("a plan");
            (made.digest().to_owned(), made.content().workers.map(|w| w.count.get()))
        };
        let typed = digest(&["--workers", "2"], "[pytest]\n");
        let configured = digest(&[], "[pytest]\naddopts = -n 2\n");
        assert_eq!(configured, typed);
        assert_eq!(configured.1, Some(2));
        assert_eq!(digest(&[], "[pytest]\n").1, None);
        let shards = project.shards(2, &["--timings", "junit/"], &[]);
        assert_partition(&plain, &shards);
    }
}

on_newest_pytest! {
    fn the_longest_tests_come_first_where_that_is_asked_for(python) {
        let project = project(python);
        for dist in ["load", "worksteal"] {
            let asked = run(&project, &["--order", "longest-first"], &["--dist", dist]).ended_with(0);
            assert_eq!(asked.selected.len(), 41);
            assert!(before_the_long_one(&asked) <= 2, "{dist}: {:?}", asked.ran);
            let collected = run(&project, &[], &["--dist", dist]).ended_with(0);
            assert!(before_the_long_one(&collected) > 10, "{dist}: {:?}", collected.ran);
        }
    }
}
