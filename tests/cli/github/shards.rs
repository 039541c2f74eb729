//! The jobs that run a shard each: one plan, made by the first and shared by the cache.

use serde_json::json;

use super::{Run, World, job, logs, ran, statuses};
use crate::buildkite::TESTS;
use crate::pytest::Python;

#[test]
fn the_first_job_plans_and_the_second_run_has_timings() {
    Python::with_newest(|python| {
        let world = World::new(python, &[]);
        for (run, planned) in [("41", "no timings"), ("42", "timings for")] {
            let jobs = world.run(&Run::of(run));
            assert_eq!(statuses(&jobs), ["success"; 5], "{}", logs(&jobs));
            assert_eq!(ran(&jobs), TESTS);
            let plans: Vec<bool> = jobs
                .iter()
                .map(|j| j.said.contains("plan ") && j.said.contains(planned))
                .collect();
            assert_eq!(plans, [true, false, false, false, false], "{}", logs(&jobs));
            for shard in 1..=4 {
                let own = format!("shard {shard} of 4");
                let said = &job(&jobs, &format!("test-{shard}")).said;
                assert!(said.contains(&own), "{said}");
            }
        }
    });
}

#[test]
fn a_job_whose_key_was_taken_uses_the_plan_of_the_other() {
    Python::with_newest(|python| {
        let world = World::of_two(python);
        // The plan that came first: with other timings, so that it is not what a job makes itself.
        world.commit("other.json", "{\"tests/test_pay.py::test_card\": 99.0}");
        let mut plan = std::process::Command::new(env!("CARGO_BIN_EXE_evenshard"));
        plan.args([
            "plan",
            "--timings",
            "other.json",
            "--shards",
            "2",
            "--output",
        ])
        .arg(world.at("winner.json"))
        .current_dir(world.at("repo"));
        assert!(plan.output().unwrap().status.success());
        let winner = fs_err::read_to_string(world.at("winner.json")).unwrap();
        let winner: serde_json::Value = serde_json::from_str(&winner).unwrap();
        let digest = &winner["digest"].as_str().unwrap()[..12];
        // At once, and after waiting for its upload.
        for (run, restore) in [("1", 2), ("2", 3)] {
            let taken = json!({ "plan": world.at("winner.json"), "restore": restore });
            let jobs = world.run(&Run::of(run).with("taken", taken));
            assert_eq!(statuses(&jobs), ["success"; 3], "{}", logs(&jobs));
            assert_eq!(ran(&jobs), TESTS);
            let gate = &job(&jobs, "tests-passed").said;
            assert!(gate.contains(&format!("of plan {digest}")), "{gate}");
        }
    });
}

#[test]
fn where_nothing_can_be_cached_equal_plans_are_proved() {
    Python::with_newest(|python| {
        let world = World::of_two(python);
        let fork = Run::of("1").with("event", json!("pull_request"));
        let fork = fork
            .with("ref", json!("refs/pull/7/merge"))
            .with("read_only", json!(true));
        let jobs = world.run(&fork);
        assert_eq!(statuses(&jobs), ["success"; 3], "{}", logs(&jobs));
        assert_eq!(ran(&jobs), TESTS);
        let said = &job(&jobs, "test-1").said;
        assert!(
            said.contains("::warning title=evenshard::The plan could not be shared"),
            "{said}"
        );
    });
}

#[test]
fn a_matrix_without_a_scope_is_refused_and_with_one_has_two_suites() {
    Python::with_newest(|python| {
        let world = World::new(python, &[]);
        world.edit(
            "shard: [1, 2, 3, 4]",
            "shard: [1, 2]\n        python: [a, b]",
        );
        world.edit("strategy.job-total", "2");
        world.edit("/${{ 2 }}", "/2");
        let jobs = world.run(&Run::of("1"));
        let refused = jobs
            .iter()
            .filter(|j| j.said.contains("409 Conflict"))
            .count();
        assert_eq!(refused, 2, "{}", logs(&jobs));

        world.edit(
            "          run: pytest",
            "          run: pytest\n          scope: ${{ matrix.python }}",
        );
        world.edit(
            "          gate: test",
            "          gate: test\n          scope: a",
        );
        let jobs = world.run(&Run::of("2"));
        assert_eq!(statuses(&jobs), ["success"; 5], "{}", logs(&jobs));
        assert_eq!(ran(&jobs).len(), 2 * TESTS.len());
        let gate = &job(&jobs, "tests-passed").said;
        assert!(
            gate.contains("proved: 6 tests ran once in 2 shards"),
            "{gate}"
        );
    });
}

#[test]
fn a_suite_in_a_folder_and_a_command_with_quotes() {
    Python::with_newest(|python| {
        let world = World::of_two(python);
        let repo = world.at("repo");
        fs_err::create_dir(repo.join("web")).unwrap();
        for part in ["tests", "pyproject.toml"] {
            fs_err::rename(repo.join(part), repo.join("web").join(part)).unwrap();
        }
        world.edit(
            "        with:\n",
            "        with:\n          working-directory: web\n",
        );
        world.edit("run: pytest", "run: pytest -k 'not (box or none)'");
        let jobs = world.run(&Run::of("1"));
        assert_eq!(statuses(&jobs), ["success"; 3], "{}", logs(&jobs));
        assert_eq!(ran(&jobs).len(), 4);
    });
}

#[test]
fn inputs_that_cannot_be_used_stop_the_job() {
    Python::with_newest(|python| {
        for (from, to) in [
            (
                "shard: ${{ matrix.shard }}/",
                "shard: x${{ matrix.shard }}/",
            ),
            ("run: pytest", "scope: ../x\n          run: pytest"),
            ("run: pytest", "path: /none\n          run: pytest"),
            ("          run: pytest\n", ""),
            ("run: pytest", "gate: test\n          run: pytest"),
        ] {
            let world = World::of_two(python);
            world.edit(from, to);
            let jobs = world.run(&Run::of("1"));
            assert_eq!(statuses(&jobs)[..2], ["failure"; 2], "{to}");
            assert!(
                jobs[0].said.contains("::error title=evenshard::"),
                "{}",
                jobs[0].said
            );
            assert_eq!(
                job(&jobs, "tests-passed").status,
                "failure",
                "{}",
                logs(&jobs)
            );
        }
    });
}
