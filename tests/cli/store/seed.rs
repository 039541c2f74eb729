//! The first builds of a store: with nothing known, or with reports of earlier ones.

use super::ci::{Ci, Job};
use crate::pytest::Python;

#[test]
fn a_first_build_asks_for_nothing_and_warns_of_nothing() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        for shard in [1, 2] {
            let job = ci.run(&Job::new("one", shard)).ended_with(0);
            assert!(!job.stderr.contains("--timings"), "{job:?}");
            assert!(!job.stderr.contains("warning: "), "{job:?}");
            if shard == 1 {
                assert!(
                    job.stderr
                        .contains("builds count times once the store has the history of one"),
                    "{job:?}"
                );
            }
        }
        let gate = ci.gate(&Job::new("one", 1)).ended_with(0);
        assert!(!gate.stderr.contains("warning: "), "{gate:?}");
        assert!(
            gate.stderr.contains("the first build of the history"),
            "{gate:?}"
        );
        for shard in [1, 2] {
            ci.run(&Job::new("two", shard)).ended_with(0);
        }
        let gate = ci.gate(&Job::new("two", 1)).ended_with(0);
        assert!(!gate.stderr.contains("the first build"), "{gate:?}");
    });
}

/// Two builds of a suite that is like ours, a day apart.
fn reports(ci: &Ci) {
    for (day, build) in [(1, "first"), (2, "second")] {
        for (shard, test) in [(1, "a"), (2, "b")] {
            let text = format!(
                "<testsuite name='pytest' timestamp='2026-03-0{day}T10:00:00'>\
                 <testcase classname='tests.test_{test}' name='test_1' time='{shard}.5'/></testsuite>"
            );
            let name = format!("{build}/junit-{shard}.xml");
            let path = ci.project.out("junit").join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
    }
}

#[test]
fn reports_of_earlier_builds_seed_the_history_of_a_store() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        reports(&ci);
        let job = Job::new("one", 1);
        let junit = ci.project.out("junit");
        let junit = junit.to_str().unwrap();
        let seed = |more: &[&str]| {
            let words = [
                "timings",
                "update",
                "--store",
                ci.store().to_str().unwrap(),
                junit,
            ]
            .map(str::to_owned);
            let words: Vec<&str> = words
                .iter()
                .map(String::as_str)
                .chain(more.iter().copied())
                .collect();
            // On a laptop: in a build, reports without a name are of that build.
            let mut command = ci.project.command(env!("CARGO_BIN_EXE_evenshard"), &words);
            command.env("WITNESS_LOG", ci.project.out("unread.jsonl"));
            ci.project.witnessed(&mut command)
        };
        let seeded = seed(&["--complete"]).ended_with(0);
        assert!(
            seeded.stderr.contains("2 builds added to the history of "),
            "{seeded:?}"
        );
        assert_eq!(seeded.stdout, "", "the history is in the store");
        let keys = ci.keys("trusted/=/history/");
        assert_eq!(keys.len(), 2, "{keys:?}");
        assert!(keys[0].contains("/1772359200000-"), "{keys:?}");
        // The same reports again are no new builds.
        let again = seed(&["--complete"]).ended_with(0);
        assert!(again.stderr.contains("0 builds added"), "{again:?}");
        assert!(again.stderr.contains("2 builds there already"), "{again:?}");
        assert_eq!(ci.keys("history/"), keys);

        let planned = ci.run(&job).ended_with(0);
        assert!(
            planned.stderr.contains("timings for 2 tests"),
            "{planned:?}"
        );
        let shown = ci.ask(&job, &["timings", "show", "--store"]).ended_with(0);
        assert!(shown.stdout.contains("2 tests of 2 builds"), "{shown:?}");
    });
}

#[test]
fn what_may_not_publish_may_not_seed_either() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        reports(&ci);
        let junit = ci.project.out("junit");
        let junit = junit.to_str().unwrap();
        let words = ["timings", "update", junit, "--store"];
        let of_pull = ci
            .ask(&Job::new("one", 1).pull_request(), &words)
            .ended_with(78);
        assert!(
            of_pull
                .stderr
                .contains("nothing was added: it is of a pull request"),
            "{of_pull:?}"
        );
        assert!(
            of_pull.stderr.contains("hint: pull requests never add"),
            "{of_pull:?}"
        );
        let topic = Job {
            branch: "topic",
            ..Job::new("one", 1)
        };
        let topic = ci.ask(&topic, &words).ended_with(78);
        assert!(
            topic.stderr.contains("hint: --publish names the branches"),
            "{topic:?}"
        );
        for file in ["--output", "--history"] {
            let both = [&words[..], &["--scope=x", file, "timings.json"]].concat();
            let both = ci.ask(&Job::new("one", 1), &both).ended_with(64);
            assert!(both.stderr.contains("cannot be used with"), "{both:?}");
        }
        let nowhere = ci
            .ask(
                &Job::new("one", 1),
                &["timings", "update", "nowhere", "--store"],
            )
            .ended_with(65);
        assert!(nowhere.stderr.contains("nowhere"), "{nowhere:?}");
        assert_eq!(ci.keys(""), [] as [String; 0]);
        // A history that is named is a file, whatever store the jobs have.
        let history = ci.project.out("timings.json");
        let to_file = ["timings", "update", history.to_str().unwrap(), junit];
        ci.ask(&Job::new("one", 1), &to_file).ended_with(0);
        assert!(history.exists());
        assert_eq!(ci.keys(""), [] as [String; 0]);

        // On a laptop nobody stands for a branch.
        let mut laptop = ci.project.command(env!("CARGO_BIN_EXE_evenshard"), &words);
        laptop
            .arg(ci.store())
            .env("WITNESS_LOG", ci.project.out("unread.jsonl"));
        ci.project.witnessed(&mut laptop).ended_with(0);
        assert_eq!(ci.keys("trusted/=/history/").len(), 2);
    });
}
