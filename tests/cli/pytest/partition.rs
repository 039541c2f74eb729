//! All shards together are the collected suite, and no two of them meet.

use super::python::{on_each_python, on_environments, on_oldest_and_newest};
use super::zoo::{grow, zoo};
use super::{Differs, Python, assert_partition_of};

const GENERATED: Differs = Differs::Parameters("test_generated");

on_each_python! {
    /// Timings of an earlier state: some tests are new, some files are.
    fn every_test_of_the_zoo_runs_in_exactly_one_of_n_shards(python) {
        let project = zoo(python);
        project.record(&[]).ended_with(0);
        grow(&project);
        let plain = project.plain(&[]).ended_with(0);
        // That the number of shards makes no difference to pytest, the newest shows.
        let newest = python.name == "pytest-9.2";
        for &count in if newest { &[1, 2, 3, 7][..] } else { &[2, 7] } {
            let shards = project.shards(count, &["--timings", "junit/"], &[]);
            assert_partition_of(&plain, &shards, GENERATED);
        }
    }
}

on_oldest_and_newest! {
    /// A first build has no timings at all.
    fn without_timings_the_zoo_is_split_all_the_same(python) {
        let project = zoo(python);
        let plain = project.plain(&[]).ended_with(0);
        for how in ["count", "hash"] {
            let shards = project.shards(7, &["--first-build", how], &[]);
            assert_partition_of(&plain, &shards, GENERATED);
            assert!(shards[0].stderr.contains("timings"), "a loud word: {}", shards[0].talk());
        }
    }
}
