//! As many jobs as a target needs: the first step adds them.

use super::world::PIPELINE;
use super::{Build, World};
use crate::pytest::Python;

/// The command of docs/ci.md, for this suite.
const FIRST: &str = "
steps:
  - key: jobs
    command: >-
      sed \"s/EVENSHARD_SHARDS/$$(evenshard shards --timings junit/ --allow-no-timings --target 30s
      --job-overhead 5s --max-shards 8 --format buildkite)/\" .buildkite/tests.yml |
      buildkite-agent pipeline upload
";

#[test]
fn the_number_of_jobs_follows_the_timings() {
    Python::with_newest(|python| {
        let world = World::new(python);
        world.edit("parallelism: 4", "parallelism: EVENSHARD_SHARDS");
        world.edit("--shards 4", "--shards EVENSHARD_SHARDS");
        let steps = fs_err::read_to_string(world.repo(PIPELINE)).unwrap();
        world.commit(".buildkite/tests.yml", &steps);
        fs_err::write(world.repo(PIPELINE), FIRST).unwrap();
        let first = world.run(&Build::of("1"));
        first.is_whole();
        assert_eq!(first.codes("tests"), [0; 8], "no timings: --max-shards");

        // Tests of 12 s each and jobs that take 5 s besides: two a job fit into 30 s.
        let ids = super::world::TESTS
            .iter()
            .map(|id| format!("\"{id}\": 12.0"));
        let durations = ids.collect::<Vec<_>>().join(",");
        world.commit("junit/.test_durations", &format!("{{{durations}}}"));
        let second = world.run(&Build::of("2"));
        second.is_whole();
        assert_eq!(second.codes("tests"), [0; 3]);
    });
}
