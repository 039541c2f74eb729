//! Pattern (b): a plan step, a fixed number of jobs, a proof at the end.

use std::fmt::Write as _;

use super::world::{SUITE, TESTS, What};
use super::{Build, World};
use crate::pytest::Python;

const PIPELINE: &str = ".buildkite/example-b.yml";

fn build(id: &str) -> Build {
    Build::of(id, PIPELINE)
}

/// A history of that many builds, each with other times.
pub(super) fn history(world: &World, builds: usize, seconds: f64) {
    let mut last = String::new();
    for n in 1..=builds {
        let mut xml = format!(
            "<testsuites><testsuite name=\"pytest\" timestamp=\"2026-01-{:02}T{:02}:00:00\">\n",
            1 + n / 24,
            n % 24
        );
        for id in TESTS {
            let (file, name) = id.split_once("::").unwrap();
            let file = file.trim_end_matches(".py").replace('/', ".");
            let (class, name) = name.rsplit_once("::").unwrap_or(("", name));
            let class = if class.is_empty() {
                file
            } else {
                format!("{file}.{class}")
            };
            let time = seconds + f64::from(u32::try_from(n).unwrap()) / 1000.0;
            let _ = writeln!(
                xml,
                "<testcase classname=\"{class}\" name=\"{name}\" time=\"{time:.3}\"/>"
            );
        }
        xml.push_str("</testsuite></testsuites>\n");
        world.commit("made/junit.xml", &xml);
        let id = format!("old-{n}");
        let history = "evenshard-history/timings.json";
        let words = [
            "timings",
            "update",
            "--history",
            history,
            "--output",
            history,
            "--complete",
            "--build",
            &id,
            "made/",
        ];
        let mut update = world.command("evenshard", &build("none"), "none");
        let output = update
            .args(words)
            .current_dir(world.repo(SUITE))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        last = id;
    }
    assert_eq!(last, format!("old-{builds}"));
    fs_err::remove_dir_all(world.repo(SUITE).join("made")).unwrap();
}

#[test]
fn the_first_build_needs_no_history_and_the_second_has_one() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let first = world.run(&build("1"));
        first.is_whole();
        assert!(
            first.log("plan").contains("no history yet"),
            "{}",
            first.log("plan")
        );
        assert_eq!(world.cached_builds(), ["1"]);
        let (style, annotation) = first.annotation();
        assert_eq!(style, "success");
        assert!(annotation.contains("proved"), "{annotation}");

        let second = world.run(&build("2"));
        second.is_whole();
        assert!(!second.log("plan").contains("no history yet"));
        assert!(
            second.log("plan").contains("6 tests"),
            "{}",
            second.log("plan")
        );
        assert_eq!(world.cached_builds(), ["1", "2"]);
    });
}

#[test]
fn a_hundredth_build_is_like_the_second() {
    Python::with_newest(|python| {
        let world = World::new(python);
        history(&world, 98, 0.01);
        let restored = world.repo(SUITE).join("evenshard-history/timings.json");
        let before = fs_err::metadata(&restored).unwrap().len();
        world.run(&build("99")).is_whole();
        fs_err::remove_dir_all(world.repo(SUITE).join("evenshard-history")).unwrap();
        world.run(&build("100")).is_whole();
        let builds = world.cached_builds();
        assert!(
            builds.ends_with(&["99".to_owned(), "100".to_owned()]),
            "{builds:?}"
        );
        assert!(builds.len() <= 12, "a history forgets: {builds:?}");
        let after = world.cached().unwrap().to_string().len();
        assert!(
            u64::try_from(after).unwrap() < 2 * before,
            "{before} -> {after}"
        );
    });
}

#[test]
fn a_store_that_hiccups_is_asked_again() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let hiccup = |command| What::Hiccups(command, 1);
        let finished = world.run(
            &build("1")
                .with("plan", 0, hiccup("artifact upload"))
                .with("tests", 1, hiccup("artifact download"))
                .with("tests", 2, hiccup("meta-data exists"))
                .with("verify", 0, hiccup("artifact search"))
                .with("publish", 0, hiccup("artifact download")),
        );
        finished.is_whole();
        assert_eq!(finished.codes("plan"), [75, 0]);
        assert_eq!(finished.codes("tests"), [0, 75, 0, 75, 0, 0]);
        assert_eq!(finished.codes("verify"), [75, 0]);
        assert_eq!(finished.codes("publish"), [75, 0]);
        assert_eq!(world.cached_builds(), ["1"]);
    });
}

#[test]
fn a_store_that_is_down_fails_the_build_and_proves_nothing() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let down = What::Hiccups("artifact download", 9);
        let finished = world.run(&build("1").always_with("tests", 0, down));
        assert!(!finished.passed);
        assert_eq!(finished.codes("tests")[..3], [75, 75, 75]);
        assert_eq!(finished.codes("verify"), [70]);
        assert!(finished.codes("publish").is_empty());
    });
}

#[test]
fn a_shard_that_never_ran_is_missed_by_name() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let finished = world.run(&build("1").always_with("tests", 1, What::Lost));
        assert!(!finished.passed);
        assert_eq!(finished.codes("tests"), [0, -1, -1, -1, 0, 0]);
        assert_eq!(finished.codes("verify"), [70]);
        let log = finished.log("verify");
        assert!(
            log.contains("NOT proved") && log.contains("shard 2"),
            "{log}"
        );
        assert_eq!(finished.annotation().0, "error");
        assert_eq!(world.cached(), None, "what is not proved is not published");
    });
}

#[test]
fn no_shard_at_all_is_no_proof() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let lost = |build: Build, index| build.always_with("tests", index, What::Lost);
        let finished = world.run(&(0..4).fold(build("1"), lost));
        assert_eq!(finished.codes("verify"), [70]);
        assert_eq!(finished.annotation().0, "error");
    });
}

#[test]
fn a_shard_whose_agent_went_runs_again() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let finished = world.run(&build("1").with("tests", 0, What::AgentStopped).with(
            "tests",
            1,
            What::Lost,
        ));
        finished.is_whole();
        assert_eq!(finished.codes("tests"), [143, 0, -1, 0, 0, 0]);
        // It ran all of its tests, and nobody saw: they run again, and count once.
        let finished = world.run(&build("2").with("tests", 0, What::LostAtTheEnd));
        assert!(finished.passed, "{}", finished.logs());
        assert_eq!(finished.codes("tests"), [-1, 0, 0, 0, 0]);
        let ran = finished.ran();
        assert!(TESTS.iter().all(|t| ran.contains(t)), "{ran:?}");
    });
}

#[test]
fn a_failed_test_fails_its_job_and_leaves_the_proof_alone() {
    Python::with_newest(|python| {
        let world = World::new(python);
        world.commit("tests/test_ship.py", "def test_box(): assert 1 == 2\n");
        let finished = world.run(&build("1"));
        assert!(!finished.passed);
        assert_eq!(finished.codes("verify"), [0]);
        let (style, annotation) = finished.annotation();
        assert_eq!(style, "error");
        assert!(annotation.contains("test_box"), "{annotation}");
        assert_eq!(world.cached_builds(), ["1"]);
    });
}

#[test]
fn where_there_is_no_verdict_the_annotation_says_so() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let conftest = fs_err::read_to_string(world.repo(SUITE).join("tests/conftest.py")).unwrap();
        let loses = "\ndef pytest_unconfigure():\n    import glob\n    \
                     for record in glob.glob('evenshard-ci/results/*.shard.json'): os.remove(record)\n";
        world.commit("tests/conftest.py", &(conftest + loses));
        let finished = world.run(&build("1"));
        assert!(!finished.passed);
        assert_eq!(finished.codes("verify"), [65], "{}", finished.logs());
        let (style, annotation) = finished.annotation();
        assert_eq!(style, "error");
        assert!(annotation.contains("NOT proved"), "{annotation}");
        assert_eq!(world.cached(), None);
    });
}

#[test]
fn a_plan_step_that_is_tried_again_keeps_its_plan() {
    Python::with_newest(|python| {
        let world = World::new(python);
        world.run(&build("1")).is_whole();
        // Lost once the plan was made; meanwhile the history of its second attempt is another.
        let other = "{\"tests/test_pay.py::test_card\": 9.0}".to_owned();
        let again = build("2").with("plan", 0, What::LostAtTheEnd);
        let mut again = again.with(
            "plan",
            0,
            What::Holds("evenshard-history/timings.json", other),
        );
        again.faults[1].attempt = Some(2);
        let finished = world.run(&again);
        finished.is_whole();
        assert_eq!(finished.codes("plan"), [-1, 0]);
        assert!(
            finished.log("plan").contains("kept"),
            "{}",
            finished.log("plan")
        );
    });
}

#[test]
fn scopes_keep_suites_of_one_repository_apart() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let scoped = |id: &str, scope: &str| Build {
            env: vec![("EVENSHARD_SCOPE", scope.to_owned())],
            ..build(id)
        };
        // The example's publish step and the files are named by the scope.
        let finished = world.run(&scoped("1", "py3.9"));
        finished.is_whole();
        assert_eq!(finished.codes("publish-py3.9"), [0]);
        assert!(finished.store.join("annotations/evenshard-py3.9").is_file());
        let history = world.cached().unwrap();
        assert!(
            history["scopes"]["py3.9"]["builds"][0]["id"] == "1",
            "{history}"
        );
        let finished = world.run(&scoped("2", "a b"));
        assert_eq!(finished.codes("plan"), [78]);
    });
}
