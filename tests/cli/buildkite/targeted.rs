//! Pattern (c): as many jobs as a target needs, added by the plan step.

use super::planned::history;
use super::world::{SUITE, What};
use super::{Build, World};
use crate::pytest::Python;

fn build(id: &str) -> Build {
    Build::of(id, ".buildkite/example-c.yml")
}

#[test]
fn the_first_build_takes_the_most_jobs_and_later_ones_what_the_target_needs() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let first = world.run(&build("1"));
        first.is_whole();
        assert_eq!(first.codes("tests"), [0; 8], "no history: --max-shards");
        assert_eq!(world.cached_builds(), ["1"]);
        let second = world.run(&build("2"));
        second.is_whole();
        assert_eq!(second.codes("tests"), [0], "all of it fits into one job");
    });
}

#[test]
fn the_number_of_jobs_follows_the_history() {
    Python::with_newest(|python| {
        let world = World::new(python);
        // Six tests of 12 s each and jobs that take 5 s besides: two a job fit into 30 s.
        history(&world, 1, 12.0);
        let finished = world.run(&build("1"));
        finished.is_whole();
        assert_eq!(finished.codes("tests"), [0; 3]);
        assert!(
            finished.log("plan").contains("3 jobs"),
            "{}",
            finished.log("plan")
        );
    });
}

#[test]
fn a_plan_step_that_is_tried_again_adds_its_jobs_once() {
    Python::with_newest(|python| {
        let world = World::new(python);
        history(&world, 1, 12.0);
        let finished = world.run(&build("1").with("plan", 0, What::LostAtTheEnd));
        finished.is_whole();
        assert_eq!(finished.codes("plan"), [-1, 0]);
        assert_eq!(finished.codes("tests"), [0; 3]);
        assert!(finished.log("plan").contains("step tests is there already"));

        // The question whether they are there fails: Buildkite refuses to add them twice.
        let again = build("2").with("plan", 0, What::LostAtTheEnd);
        let mut again = again.with("plan", 0, What::Hiccups("step get", 1));
        again.faults[1].attempt = Some(2);
        let finished = world.run(&again);
        finished.is_whole();
        assert_eq!(finished.codes("plan"), [-1, 75, 0]);
        // The upload fails: the next attempt adds them to the plan that is there.
        let finished = world.run(&build("3").with("plan", 0, What::Hiccups("pipeline upload", 1)));
        finished.is_whole();
        assert_eq!(finished.codes("plan"), [75, 0]);
    });
}

#[test]
fn jobs_find_the_plan_by_its_digest_whatever_the_meta_data_says() {
    Python::with_newest(|python| {
        let world = World::new(python);
        history(&world, 1, 12.0);
        let finished = world.run(&build("1"));
        finished.is_whole();
        let calls = fs_err::read_to_string(finished.store.join("../../calls.jsonl")).unwrap();
        let digest = fs_err::read_to_string(finished.store.join("meta/evenshard-plan")).unwrap();
        let plan = format!("{SUITE}/evenshard-ci/plan-{digest}.json*");
        let fetched = calls
            .lines()
            .filter(|l| l.starts_with("[\"artifact download") && l.contains(&plan));
        assert_eq!(fetched.count(), 4, "three jobs and the proof: {calls}");
        let plans = finished.artifacts();
        assert!(
            plans.contains(&plan.trim_end_matches('*').to_owned()),
            "{plans:?}"
        );
    });
}
