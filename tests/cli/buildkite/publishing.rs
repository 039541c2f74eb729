//! The history: who writes it, who reads it, and what becomes of one that is broken.

use super::world::{SUITE, TESTS, What};
use super::{Build, World};
use crate::pytest::Python;

fn build(id: &str) -> Build {
    Build::of(id, ".buildkite/example-b.yml")
}

#[test]
fn pull_requests_and_forks_publish_nothing() {
    Python::with_newest(|python| {
        let world = World::new(python);
        world.run(&build("1")).is_whole();
        let before = world.cached();

        let branch = Build {
            branch: "feature",
            ..build("2")
        };
        let pull = Build {
            branch: "feature",
            pull_request: "7",
            ..build("3")
        };
        // A fork without the agents' secrets, whose branch has the default branch's name.
        let fork = Build {
            pull_request: "8",
            cache: false,
            ..build("4")
        };
        for (build, reads) in [(branch, true), (pull, true), (fork, false)] {
            let finished = world.run(&build);
            finished.is_whole();
            assert!(finished.codes("publish").is_empty());
            assert!(
                finished
                    .log("verify")
                    .contains("the history is left as it is")
            );
            assert_eq!(!finished.log("plan").contains("warning: no history"), reads);
            assert!(!finished.artifacts().iter().any(|a| a.contains("history")));
            assert_eq!(world.cached(), before);
        }
    });
}

#[test]
fn the_merge_queue_publishes_where_it_is_named() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let queued = Build {
            branch: "gh-readonly-queue/main/pr-7-0123abcd",
            ..build("1")
        };
        world.run(&queued).is_whole();
        assert_eq!(world.cached(), None);
        let refs = "main gh-readonly-queue/main/*".to_owned();
        let named = Build {
            id: "2".to_owned(),
            env: vec![("EVENSHARD_PUBLISH_REFS", refs)],
            ..queued
        };
        world.run(&named).is_whole();
        assert_eq!(world.cached_builds(), ["2"]);
    });
}

#[test]
fn a_publish_step_where_it_does_not_belong_writes_nothing() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let pull = Build {
            pull_request: "7",
            ..build("1")
        };
        let publish = ".buildkite/steps/publish.sh";
        let mut script = world.command(publish, &pull, "publish");
        let output = script
            .current_dir(world.repo(""))
            .env("EVENSHARD_FOLDER", SUITE)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(78), "{output:?}");
    });
}

#[test]
fn a_history_that_cannot_be_read_costs_balance_and_is_not_overwritten() {
    Python::with_newest(|python| {
        let world = World::new(python);
        world.commit("evenshard-history/timings.json", "{\"version\": 1, \"scop");
        let finished = world.run(&build("1"));
        assert_eq!(finished.ran(), TESTS, "{}", finished.logs());
        assert_eq!(finished.codes("verify"), [0]);
        assert_eq!(
            finished.codes("publish"),
            [65],
            "{}",
            finished.log("publish")
        );
        assert_eq!(world.cached(), None);
    });
}

#[test]
fn the_history_of_a_named_build_stands_in_for_the_cache() {
    Python::with_newest(|python| {
        let world = World::new(python);
        world.run(&build("1")).is_whole();
        let named = |id: &str, of: &str| Build {
            env: vec![("EVENSHARD_HISTORY_BUILD", of.to_owned())],
            cache: false,
            ..build(id)
        };
        let finished = world.run(&named("2", "1"));
        finished.is_whole();
        assert!(
            !finished.log("plan").contains("no history"),
            "{}",
            finished.log("plan")
        );

        // A store that is down is asked three times; then the build goes on without.
        let down = What::Hiccups("artifact search", 9);
        let finished = world.run(&named("3", "1").always_with("plan", 0, down));
        finished.is_whole();
        assert_eq!(finished.codes("plan"), [75, 75, 0]);
        assert!(finished.log("plan").contains("going on without"));
    });
}
