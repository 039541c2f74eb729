//! Other plugins keep working: workers, retries, random order, coverage.

use super::check::each;
use super::python::{on_each_pytest, on_environments, on_oldest_and_newest};
use super::shop::{assert_long_file_is_cut, shop};
use super::zoo::{grow, zoo};
use super::{Differs, Outcome, Project, Python, assert_partition, assert_partition_of};

const FLAKY: &str = r"tries = []

def test_flaky():
    tries.append(1)
    assert len(tries) > 1

class TestFlaky:
    def test_flaky(self):
        tries.append(1)
        assert len(tries) > 3

    def test_steady(self): pass
";

on_each_pytest! {
    fn random_order_may_differ_from_shard_to_shard(python) {
        let project = zoo(python);
        project.record(&[]).ended_with(0);
        grow(&project);
        let plain = project.plain(&[]).ended_with(0);
        let seeded = |index: usize| {
            let option = format!("--randomly-seed={index}");
            let command = ["python", "-m", "pytest", &option];
            let mut run = project.shard_command((index, 3), &["--timings", "junit/"], &command);
            project.witnessed(run.env_remove("PYTEST_ADDOPTS"))
        };
        let shards: Vec<Outcome> = (1..=3).map(seeded).collect();
        for (shard, seed) in shards.iter().zip(1..) {
            let said = format!("--randomly-seed={seed}");
            assert!(shard.stdout.contains(&said), "randomly is on: {}", shard.talk());
        }
        assert_partition_of(&plain, &shards, Differs::Parameters("test_generated"));
    }

    fn retried_tests_count_once_and_stay_in_their_shard(python) {
        let project = shop(python).with_installed_plugins().file("tests/test_flaky.py", FLAKY);
        project.plain(&[]).ended_with(1);
        each(
            &[
                ["--retries", "3", "--retry-delay=0"],
                ["--reruns", "3", "--reruns-delay=0"],
            ],
            |args| {
                let plain = project.plain(args).ended_with(0);
                let shards = project.shards(3, &["--timings", "junit/"], args);
                assert_partition(&plain, &shards);
            },
        );
    }
}

on_oldest_and_newest! {
    fn a_shard_without_tests_succeeds_under_xdist(python) {
        let project = Project::new(python)
            .with_installed_plugins()
            .file("test_only.py", "def test_only(): pass\n");
        let plain = project.record(&[]).ended_with(0);
        assert_partition(&plain, &project.shards(3, &["--timings", "junit/"], &["-n", "2"]));
    }

    fn retries_work_inside_workers_too(python) {
        let project = shop(python).with_installed_plugins().file("tests/test_flaky.py", FLAKY);
        let plain = project.plain(&["--reruns", "3"]).ended_with(0);
        each(&["--reruns", "--retries"], |option| {
            let args = [*option, "3", "-n", "2", "--dist", "loadfile"];
            let shards = project.shards(2, &["--timings", "junit/"], &args);
            assert_partition(&plain, &shards);
        });
    }

    fn coverage_is_measured_in_every_shard(python) {
        let project = shop(&python.cold()).with_installed_plugins();
        let plain = project.plain(&[]).ended_with(0);
        let args = ["--cov=.", "--cov-report=term"];
        let shards = project.shards(2, &["--timings", "junit/"], &args);
        assert_partition(&plain, &shards);
        // A line is "stock.py  2  0  100%", and only one shard imports it.
        let covers = |shard: &&Outcome| {
            let mut lines = shard.stdout.lines();
            lines.any(|line| line.starts_with("stock.py") && line.ends_with("100%"))
        };
        assert_eq!(shards.iter().filter(covers).count(), 1, "{}", shards[0].talk());
    }
}

on_oldest_and_newest! {
    fn workers_of_xdist_agree_on_the_shard(python) {
        let project = shop(python).with_installed_plugins();
        let plain = project.plain(&[]).ended_with(0);
        each(&["load", "loadfile", "loadgroup"], |dist| {
            let args = ["-n", "2", "--dist", dist];
            let shards = project.shards(2, &["--timings", "junit/"], &args);
            assert_partition(&plain, &shards);
            assert_long_file_is_cut(&shards);
        });
    }
}

on_oldest_and_newest! {
    /// xdist itself refuses ids that differ from worker to worker.
    fn the_zoo_is_split_exactly_under_xdist(python) {
        let project = zoo(python);
        let args = ["--ignore=tests/test_generated.py"];
        project.record(&args).ended_with(0);
        grow(&project);
        let plain = project.plain(&args).ended_with(0);
        let shards = project.shards(3, &["--timings", "junit/"], &[args[0], "-n2"]);
        assert_partition(&plain, &shards);
    }
}
