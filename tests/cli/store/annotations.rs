//! What `run` shows where a CI has a place for it: GitHub's errors and step summary, Buildkite's
//! annotation.

use std::process::Command;

use super::ci::{Ci, Job};
use crate::pytest::{Outcome, Project, Python};

/// The command of a job on GitHub Actions, with a store.
fn on_github(ci: &Ci, job: &Job<'_>) -> Command {
    let mut command = ci.command(job);
    for variable in ["BUILDKITE", "BUILDKITE_BUILD_ID", "BUILDKITE_PARALLEL_JOB"] {
        command.env_remove(variable);
    }
    command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_RUN_ID", job.build)
        .env("GITHUB_JOB", job.step)
        .env("GITHUB_RUN_ATTEMPT", job.attempt.to_string())
        .env("GITHUB_EVENT_NAME", "push")
        .env("GITHUB_REF", "refs/heads/main")
        .env("GITHUB_WORKSPACE", ci.project.root().parent().unwrap())
        .env("GITHUB_STEP_SUMMARY", ci.project.out("summary.md"));
    command
}

fn errors(job: &Outcome) -> Vec<&str> {
    let lines = job.stdout.lines();
    lines.filter(|line| line.starts_with("::")).collect()
}

#[test]
fn on_github_each_job_shows_its_failures_beside_their_lines_and_the_last_one_the_build() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let folder = ci.project.root();
        let folder = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let shards = [("1/2", 1), ("2/2", 2)];
        let ended = shards.map(|(option, shard)| {
            let job = Job::new("one", shard)
                .with("--shard")
                .with(option)
                .with("--publish=main");
            let mut command = on_github(&ci, &job);
            (shard, ci.project.witnessed(command.env("FAILS", "yes")))
        });
        let (red, green): (Vec<_>, Vec<_>) = ended.iter().partition(|(_, job)| job.status == 1);
        let [(red, job)] = red[..] else {
            panic!("{ended:?}")
        };
        let error = format!(
            "::error file={folder}/tests/test_b.py,line=6,title=tests/test_b.py%3A%3Atest_may_fail::"
        );
        let [line] = errors(job)[..] else {
            panic!("{job:?}")
        };
        assert!(line.starts_with(&error), "{line}");
        assert!(
            line.ends_with("%0Apytest tests/test_b.py::test_may_fail"),
            "{line}"
        );
        for (_, job) in green {
            assert_eq!(errors(job), [] as [&str; 0]);
        }
        let summary = || fs_err::read_to_string(ci.project.out("summary.md")).unwrap();
        assert!(
            summary().starts_with("### 1 failed, 4 passed"),
            "{}",
            summary()
        );
        assert_eq!(
            summary().matches("### ").count(),
            1,
            "only the last job judges"
        );

        let option = format!("{red}/2");
        let again = Job::new("one", *red)
            .attempt(2)
            .with("--shard")
            .with(&option)
            .with("--publish=main");
        let again = ci
            .project
            .witnessed(&mut on_github(&ci, &again))
            .ended_with(0);
        assert_eq!(errors(&again), [] as [&str; 0]);
        assert!(summary().contains("### 5 passed, 1 flaky"), "{}", summary());
    });
}

/// Without a store, too; and nothing but GitHub gets them.
#[test]
fn at_most_ten_errors_are_shown_and_the_others_counted() {
    Python::with_newest(|python| {
        let own =
            |n| format!("def test_own_{n:02}(): assert {n} == 'own', '100%\\n::warning::x'\n");
        let alike = |n| format!("def test_alike_{n:02}(): raise OSError('refused')\n");
        let suite: Vec<String> = (0..12).map(own).chain((0..30).map(alike)).collect();
        let suite = suite.concat();
        let project = Project::new(python).file("tests/test_a.py", &suite);
        let run = |github: &str, options: &[&str]| {
            let pytest = ["--", "python", "-m", "pytest", "-q"];
            let words = [&["run", "--shard", "1/1"], options, &pytest].concat();
            let mut command = project.command(env!("CARGO_BIN_EXE_evenshard"), &words);
            command.env("GITHUB_ACTIONS", github);
            project.witnessed(&mut command).ended_with(1)
        };
        let junit = project.out("results").display().to_string() + "/";
        let shown = run("true", &["--junit", &junit]);
        let lines = errors(&shown);
        assert_eq!(lines.len(), 10, "{lines:?}");
        assert!(
            lines[0].contains("OSError: refused%0Aand 29 more tests alike%0A"),
            "{}",
            lines[0]
        );
        assert!(
            lines
                .iter()
                .all(|line| line.starts_with("::error file=tests/test_a.py,line=")),
            "{lines:?}"
        );
        assert!(lines[1].contains("100%25"), "{}", lines[1]);
        let rest = shown.stdout.split(lines[9]).nth(1).unwrap();
        assert_eq!(rest, "\nand 3 more tests that failed\n");

        // It has no results to read, or it is another CI.
        assert_eq!(errors(&run("true", &[])), [] as [&str; 0]);
        assert_eq!(errors(&run("", &["--junit", &junit])), [] as [&str; 0]);
    });
}

#[test]
fn a_file_that_does_not_import_is_an_error_on_github() {
    Python::with_newest(|python| {
        let project = Project::new(python).file("tests/test_a.py", "import nothing_like_this\n");
        let junit = project.out("results").display().to_string() + "/";
        let words = [
            "run", "--shard", "1/1", "--junit", &junit, "--", "python", "-m", "pytest",
        ];
        let mut command = project.command(env!("CARGO_BIN_EXE_evenshard"), &words);
        let ended = project
            .witnessed(command.env("GITHUB_ACTIONS", "true"))
            .ended_with(2);
        let [line] = errors(&ended)[..] else {
            panic!("{ended:?}")
        };
        assert!(line.starts_with("::error file=tests/test_a.py,"), "{line}");
        assert!(
            line.contains("No module named 'nothing_like_this'"),
            "{line}"
        );
    });
}

/// A job on Buildkite beside the stand-in for its agent.
fn on_buildkite(ci: &Ci, python: &Python, job: &Job<'_>) -> Command {
    use std::os::unix::fs::PermissionsExt as _;

    let bin = ci.project.out("bin");
    fs_err::create_dir_all(&bin).unwrap();
    let agent = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/cli/buildkite/agent.py"
    );
    let script = format!(
        "#!/bin/sh\nexec '{}' -S '{agent}' \"$@\"\n",
        python.program().display()
    );
    let program = bin.join("buildkite-agent");
    fs_err::write(&program, script).unwrap();
    fs_err::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = ci.command(job);
    let path = command
        .get_envs()
        .find(|(name, _)| *name == "PATH")
        .unwrap();
    let path = format!("{}:{}", bin.display(), path.1.unwrap().to_str().unwrap());
    command
        .env("PATH", path)
        .env("STAND_IN_STORE", ci.project.out("buildkite"))
        .env("BUILDKITE_AGENT_ACCESS_TOKEN", "token")
        .env("BUILDKITE_BUILD_URL", "https://buildkite.test/builds/1");
    command
}

#[test]
fn on_buildkite_the_last_job_annotates_and_a_retried_one_annotates_anew() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let run = |job: Job<'_>, fails: bool| {
            let mut command = on_buildkite(&ci, python, &job);
            if fails {
                command.env("FAILS", "yes");
            }
            ci.project.witnessed(&mut command)
        };
        let folder = ci.project.out("buildkite/builds/one/annotations");
        let read = |name: &str| {
            let text = fs_err::read_to_string(folder.join(name));
            text.unwrap_or_else(|error| panic!("{error}"))
        };
        let first = run(Job::new("one", 1), true);
        assert!(!folder.exists(), "nothing is proved yet: {first:?}");
        let last = run(Job::new("one", 2), true);
        assert!(!last.stderr.contains("warning: "), "{last:?}");
        assert!(
            read("evenshard").starts_with("### 1 failed, 4 passed"),
            "{last:?}"
        );
        assert!(read("evenshard").contains("pytest tests/test_b.py::test_may_fail"));
        assert_eq!(read("evenshard.style"), "error");

        let failed = if first.status == 1 { 1 } else { 2 };
        run(Job::new("one", failed).attempt(2), false).ended_with(0);
        assert!(
            read("evenshard").starts_with("### 5 passed, 1 flaky"),
            "{}",
            read("evenshard")
        );
        assert_eq!(read("evenshard.style"), "success");
        assert!(!last.stdout.contains("::error"), "this is not GitHub");
    });
}

#[test]
fn an_agent_that_refuses_is_a_warning_and_the_verdict_is_in_the_log() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let mut command = on_buildkite(&ci, python, &Job::new("one", 1).of(1));
        let bin = ci.project.out("bin/buildkite-agent");
        fs_err::write(&bin, "#!/bin/sh\ncat >/dev/null\nexit 1\n").unwrap();
        let job = ci.project.witnessed(&mut command).ended_with(0);
        assert!(
            job.stderr.contains(
                "warning: the verdict could not be shown: `buildkite-agent annotate` failed"
            ),
            "{job:?}"
        );
        assert!(
            job.stderr.contains("proved: 5 tests ran once in 1 shard"),
            "{job:?}"
        );
    });
}
