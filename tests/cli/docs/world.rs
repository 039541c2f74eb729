//! The project in which the commands of a page are run.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::pytest::python::venvs;
use crate::pytest::{Project, Python};
use crate::support::junit;

/// The jobs of one build, where a command is what each job runs.
const JOBS: [u32; 2] = [1, 2];

/// A small project in a Git repository, with timings of an earlier build.
pub(super) struct World {
    project: Project,
    /// How long the tests of the project take, compared with [`timings`].
    pace: &'static str,
}

impl World {
    pub(super) fn new(python: &Python, pace: &'static str) -> Self {
        let project = Project::new(python)
            .with_installed_plugins()
            .files(SUITE)
            .file("junit/build-1.xml", &timings())
            .file(".test_durations", DURATIONS);
        let bin = project.out("bin");
        fs_err::create_dir_all(&bin).unwrap();
        symlink(env!("CARGO_BIN_EXE_evenshard"), bin.join("evenshard")).unwrap();
        symlink(venvs().join("uv/bin/uv"), bin.join("uv")).unwrap();
        for runner in ["npx", "bundle"] {
            let path = bin.join(runner);
            fs_err::write(&path, RUNNER).unwrap();
            fs_err::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        }
        let world = Self { project, pace };
        world.run("its setting up", "git init -q . && git add -A", 0);
        world
    }

    /// Writes a file that a page shows. Of the two that can hold a configuration, it is the
    /// one that counts from here on.
    pub(super) fn write(&self, name: &str, content: &str) {
        let other = match name {
            "evenshard.toml" => "pyproject.toml",
            "pyproject.toml" => "evenshard.toml",
            _ => "",
        };
        if !other.is_empty() {
            let _absent = fs_err::remove_file(self.project.root().join(other));
        }
        self.project.write(name, content);
    }

    /// Runs a script, in each job where it is one of a job, and returns what was printed.
    #[track_caller]
    pub(super) fn run(&self, place: &str, script: &str, exits: i32) -> String {
        if let Some((shard, index)) = shard_of_exec(script) {
            let report = format!("results/{index}.xml");
            let in_job = |job: u32| {
                let own = script.replace(shard, &format!("{job}/{}", JOBS.len()));
                let own = own.replace(&report, &format!("results/{job}.xml"));
                self.once(place, &own, exits, &[])
            };
            return JOBS.map(in_job).concat();
        }
        let script = smaller(script);
        let in_jobs = script.contains("$SHARD")
            || ["run", "select", "exec"]
                .iter()
                .any(|command| script.contains(&format!("evenshard {command} ")))
                && !script.contains("--shard ");
        if !in_jobs {
            return self.once(place, &script, exits, &[]);
        }
        let said = JOBS.map(|job| {
            let shard = format!("{job}/{}", JOBS.len());
            let (index, count) = ((job - 1).to_string(), JOBS.len().to_string());
            let variables = [
                ("SHARD", &*shard),
                ("CIRCLECI", "true"),
                ("CIRCLE_NODE_INDEX", &index),
                ("CIRCLE_NODE_TOTAL", &count),
            ];
            let by_hand = script.contains("--shard ");
            let variables = if by_hand { &variables[..1] } else { &variables };
            self.once(place, &script, exits, variables)
        });
        said.concat()
    }

    #[track_caller]
    fn once(&self, place: &str, script: &str, exits: i32, variables: &[(&str, &str)]) -> String {
        let script = format!("exec 2>&1\n{script}");
        let mut command = self.project.command("bash", &["-eu", "-c", &script]);
        let bin = self.project.out("bin");
        let path = format!("{}:{}", bin.display(), self.project.python.path());
        command.env("PATH", path + ":/usr/local/bin:/usr/bin:/bin");
        command.env("VIRTUAL_ENV", venvs().join(&self.project.python.name));
        command.env("UV_OFFLINE", "1").env("PACE", self.pace);
        command
            .env_remove("PYTHONPATH")
            .env_remove("PYTEST_PLUGINS");
        command.envs(variables.iter().copied());
        let outcome = self.project.witnessed(&mut command);
        assert_eq!(
            outcome.status, exits,
            "{place}: {script}\n{}",
            outcome.stdout
        );
        outcome.stdout
    }
}

/// The shard that a page shows `exec` with, as `2/5` and as its index: each job has its own.
fn shard_of_exec(script: &str) -> Option<(&str, &str)> {
    let (_, behind) = script.split_once("evenshard exec ")?;
    let (_, behind) = behind.split_once("--shard ")?;
    let shard = behind.split_whitespace().next()?;
    let (index, count) = shard.split_once('/')?;
    many(count).then_some((shard, index))
}

/// The script for two shards where it says many: the project has few tests.
fn smaller(script: &str) -> String {
    let mut before = "";
    let mut small = String::new();
    for word in script.split_inclusive([' ', '\n']) {
        let bare = word.trim_end();
        let fewer = match (before, bare.split_once('/')) {
            ("--shard", Some((_, count))) if many(count) => "2/2",
            ("--shards", None) if many(bare) => "2",
            _ => bare,
        };
        small += fewer;
        small += &word[bare.len()..];
        before = bare;
    }
    small
}

fn many(count: &str) -> bool {
    count.parse::<u32>().is_ok_and(|count| count >= 5)
}

/// Stands in for runners that come from other indexes: its report has a passed test for each file
/// that it is given, as RSpec and Mocha name them.
const RUNNER: &str = r#"#!/usr/bin/env python3
import os, re, sys
words = " ".join(sys.argv[1:])
report = re.search(r"(?:--out |output=)(\S+)", words).group(1)
files = [word for word in sys.argv[1:] if os.path.isfile(word)]
suite = '<testsuite name="{0}" file="{0}"><testcase classname="{0}" name="works" file="{0}" time="0.1"/></testsuite>'
with open(report, "w") as file:
    file.write("<testsuites>" + "".join(suite.format(name) for name in files) + "</testsuites>")
"#;

/// What the earlier build took.
fn timings() -> String {
    junit(&[
        ("tests.test_api.TestLogin", "test_post[json]", 2.5),
        ("tests.test_api.TestLogin", "test_post[form]", 2.25),
        ("tests.test_api.TestLogin", "test_get", 0.4),
        ("tests.test_cart", "test_total", 1.9),
        ("tests.test_cart", "test_add", 0.6),
        ("tests.test_search", "test_words", 1.2),
        ("tests.test_smoke", "test_up", 0.1),
        ("tests.db.test_tables", "test_rows", 0.7),
        ("tests.test_migrations.TestSchema", "test_up", 0.5),
    ])
}

/// What pytest-split had stored of some of it.
const DURATIONS: &str = r#"{
    "tests/test_api.py::TestLogin::test_get": 0.41,
    "tests/test_api.py::TestLogin::test_post[form]": 2.2,
    "tests/test_api.py::TestLogin::test_post[json]": 2.6,
    "tests/test_cart.py::test_add": 0.6,
    "tests/test_cart.py::test_total": 1.8,
    "tests/test_search.py::test_words": 1.1
}"#;

const SUITE: &[(&str, &str)] = &[
    ("pytest.ini", "[pytest]\npythonpath = .\n"),
    (
        "pace.py",
        "import os, time\n\ndef take(seconds):\n    time.sleep(seconds * float(os.environ.get('PACE', '0')))\n",
    ),
    (
        "tests/test_api.py",
        "import pytest\nfrom pace import take\n\nclass TestLogin:\n    @pytest.mark.parametrize('how', ['json', 'form'])\n    def test_post(self, how): take(2.0)\n    def test_get(self): take(0.4)\n",
    ),
    (
        "tests/test_cart.py",
        "from pace import take\n\ndef test_total(): take(1.9)\ndef test_add(): take(0.6)\n",
    ),
    (
        "tests/test_search.py",
        "from pace import take\n\ndef test_words(): take(1.2)\n",
    ),
    (
        "tests/test_smoke.py",
        "from pace import take\n\ndef test_up(): take(0.5)\n",
    ),
    (
        "tests/db/test_tables.py",
        "from pace import take\n\ndef test_rows(): take(0.7)\n",
    ),
    (
        "tests/test_migrations.py",
        "from pace import take\n\nclass TestSchema:\n    def test_up(self): take(0.5)\n",
    ),
    ("e2e/cart.spec.js", ""),
    ("e2e/login.spec.js", ""),
    ("spec/cart_spec.rb", ""),
    ("spec/login_spec.rb", ""),
];
