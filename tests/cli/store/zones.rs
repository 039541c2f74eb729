//! Zones: what pull requests read, and where they write.

use super::ci::{Ci, Job};
use crate::pytest::Python;

#[test]
fn a_pull_request_reads_the_history_and_writes_into_its_own_zone() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        for shard in [1, 2] {
            ci.run(&Job::new("one", shard)).ended_with(0);
        }
        let trusted = ci.keys("trusted/");
        let first = ci.run(&Job::new("two", 1).pull_request()).ended_with(0);
        assert!(first.stderr.contains("timings for 5 tests"), "{first:?}");
        let last = ci.run(&Job::new("two", 2).pull_request()).ended_with(0);
        assert!(last.stderr.contains("not added to the history"), "{last:?}");
        assert!(last.stderr.contains("pull request"), "{last:?}");
        ci.gate(&Job::new("two", 1).pull_request()).ended_with(0);
        assert_eq!(
            ci.keys("trusted/"),
            trusted,
            "nothing of a branch was touched"
        );
        assert_eq!(ci.keys("pr/=/history"), [] as [String; 0]);

        // A build of the same name in the other zone is another build.
        ci.gate(&Job::new("two", 1)).ended_with(70);
    });
}

#[test]
fn other_branches_publish_where_the_configuration_says_so() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let on_release = |build, shard| Job {
            branch: "release/2",
            ..Job::new(build, shard)
        };
        for shard in [1, 2] {
            ci.run(&on_release("one", shard)).ended_with(0);
        }
        assert_eq!(ci.keys("history/"), [] as [String; 0]);
        ci.project
            .write("evenshard.toml", "publish = [\"main\", \"release/*\"]\n");
        for shard in [1, 2] {
            ci.run(&on_release("two", shard)).ended_with(0);
        }
        assert_eq!(ci.keys("history/").len(), 1);
    });
}
