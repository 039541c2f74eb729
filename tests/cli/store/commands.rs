//! Commands that look after a store, and those that read it.

use super::ci::{Ci, Job};
use crate::pytest::Python;

fn two_builds(ci: &Ci) {
    for (build, shard) in [("one", 1), ("one", 2), ("two", 1), ("two", 2)] {
        ci.run(&Job::new(build, shard)).ended_with(0);
    }
}

#[test]
fn check_names_each_verb_and_leaves_nothing_behind() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let job = Job::new("one", 1);
        let check = ci.ask(&job, &["store", "check"]).ended_with(0);
        for verb in ["create ", "create once", "read", "write", "list"] {
            assert!(check.stdout.contains(verb), "{check:?}");
        }
        assert_eq!(ci.keys(""), [] as [String; 0]);
        let nowhere = ci.ask(&job, &["store", "check", "--store", "/nowhere/at/all"]);
        assert_eq!(nowhere.status, 78, "{nowhere:?}");
    });
}

#[test]
fn status_says_what_there_is_and_why_nothing_is_published() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        two_builds(&ci);
        let status = ci
            .ask(&Job::new("two", 1), &["store", "status"])
            .ended_with(0);
        for words in [
            "2 builds",
            "publishes   yes",
            "test: 2 of 2 shards finished",
        ] {
            assert!(status.stdout.contains(words), "{status:?}");
        }
        let of_pull = ci.ask(&Job::new("two", 1).pull_request(), &["store", "status"]);
        let of_pull = of_pull.ended_with(0);
        assert!(
            of_pull.stdout.contains("no: it is of a pull request"),
            "{of_pull:?}"
        );
        let pruned = ci.ask(
            &Job::new("two", 1),
            &["store", "prune", "--older-than", "60d"],
        );
        let pruned = pruned.ended_with(0);
        assert!(pruned.stdout.contains("deleted 0 builds"), "{pruned:?}");
    });
}

#[test]
fn reports_timings_and_explanations_read_the_history() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let job = Job::new("two", 1);
        let empty = ci.ask(&job, &["report", "--store"]).ended_with(65);
        assert!(empty.stderr.contains("has no history"), "{empty:?}");
        two_builds(&ci);
        let report = ci.ask(&job, &["report", "--store"]).ended_with(0);
        assert!(report.stdout.contains("5 tests"), "{report:?}");
        let shown = ci.ask(&job, &["timings", "show", "--store"]).ended_with(0);
        assert!(shown.stdout.contains("5 tests of 2 builds"), "{shown:?}");
        let test = "tests/test_a.py::test_1";
        let explain = ci.ask(&job, &["explain", test, "--store", "--build", "two"]);
        let explain = explain.ended_with(0);
        assert!(explain.stdout.contains("of 2, plan"), "{explain:?}");
        let trend = ci
            .ask(&job, &["report", "--store", "--since", "90d"])
            .ended_with(0);
        assert!(trend.stdout.contains("2 builds, 2 proved"), "{trend:?}");
        assert!(
            trend.stdout.contains("slowest tests of the newest build"),
            "{trend:?}"
        );
    });
}

#[test]
fn a_quarantine_is_kept_in_the_store_and_frozen_with_the_plan() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let job = Job::new("one", 1);
        let test = "tests/test_b.py::test_may_fail";
        let add = [
            "quarantine",
            "add",
            test,
            "--reason",
            "a race",
            "--until",
            "2999-12-31",
            "--store",
        ];
        ci.ask(&job, &add).ended_with(0);
        let list = ci
            .ask(&job, &["quarantine", "list", "--store"])
            .ended_with(0);
        for words in [test, "a race, until 2999-12-31", "1 entry"] {
            assert!(list.stdout.contains(words), "{list:?}");
        }
        // Its failure does not fail the build that was planned with it.
        ci.run_red(&Job::new("one", 1)).ended_with(0);
        ci.ask(&job, &["quarantine", "remove", test, "--store"])
            .ended_with(0);
        ci.run_red(&Job::new("one", 2)).ended_with(0);
        ci.gate(&job).ended_with(0);
        let ended = [1, 2].map(|shard| ci.run_red(&Job::new("two", shard)).status);
        assert!(ended.contains(&1), "it counts from the next build on");
        ci.ask(&job, &["quarantine", "remove", test, "--store"])
            .ended_with(65);
    });
}

#[test]
fn a_plan_beside_a_store_contradicts_it() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let both = ci
            .run(&Job::new("one", 1).with("--plan=plan.json"))
            .ended_with(78);
        assert!(
            both.stderr.contains("--plan contradicts --store"),
            "{both:?}"
        );
    });
}
