//! A throw-away project, and what happened when pytest ran in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::python::Python;
use super::report::Report;

/// A Python project in a folder of its own, and the environment it runs in.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) python: Python,
    folder: TempDir,
    autoload: bool,
    start: PathBuf,
}

/// What one pytest session did.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Its exit status; -1 when a signal ended `evenshard` itself.
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Node ids in the order in which they ran.
    pub(crate) ran: Vec<String>,
    /// Node ids left after every deselection, in order.
    pub(crate) selected: Vec<String>,
    /// Node ids that a session selected only to list them.
    pub(crate) listed: Vec<String>,
    /// The project's modules that were in memory at the end.
    pub(crate) imported: BTreeSet<String>,
}

impl Project {
    /// An empty project. Installed pytest plugins stay out until
    /// [`Project::with_installed_plugins`]: most scenarios do not need them,
    /// and they double the time that pytest takes to start.
    pub(crate) fn new(python: &Python) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // Beyond `.git` nobody looks for a configuration.
        for part in [".git", "suite", "witness", "home", "tmp", "out"] {
            fs_err::create_dir(folder.path().join(part)).expect("a new folder");
        }
        let project = Self {
            python: python.clone(),
            folder,
            autoload: false,
            start: PathBuf::new(),
        };
        fs_err::write(
            project.folder.path().join("witness/witness.py"),
            include_str!("witness.py"),
        )
        .expect("the witness");
        // Fixes the root folder where a scenario has no settings of its own.
        project.file("pytest.ini", "[pytest]\n")
    }

    /// Lets pytest load every plugin of the environment, as users have it, but
    /// for the random order, which only some scenarios want.
    pub(crate) fn with_installed_plugins(mut self) -> Self {
        self.autoload = true;
        self
    }

    /// Starts every command in this folder of the suite.
    pub(crate) fn started_in(mut self, start: &str) -> Self {
        self.start = start.into();
        self
    }

    /// Writes one file of the suite.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// Writes several files of the suite.
    pub(crate) fn files(self, files: &[(&str, &str)]) -> Self {
        for (path, text) in files {
            self.write(path, text);
        }
        self
    }

    /// Writes one file of a suite that is already in use.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs_err::create_dir_all(path.parent().expect("a file in the suite")).expect("its folder");
        fs_err::write(path, text).expect("a file of the suite");
    }

    /// Adds to a file of the suite.
    pub(crate) fn append(&self, path: &str, text: &str) {
        let old = fs_err::read_to_string(self.root().join(path)).expect("a file of the suite");
        self.write(path, &(old + text));
    }

    /// The suite's folder, without symbolic links.
    pub(crate) fn root(&self) -> PathBuf {
        fs_err::canonicalize(self.folder.path().join("suite")).expect("the suite")
    }

    /// A path for what a run writes, outside of the suite.
    pub(crate) fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join("out").join(name)
    }

    /// Runs plain pytest, and keeps its report as `junit/build-1.xml` of
    /// the suite, with invented times: [`Report::skewed`].
    pub(crate) fn record(&self, args: &[&str]) -> Outcome {
        let raw = self.out("recorded.xml");
        let xml = format!("--junitxml={}", raw.display());
        let outcome = self.plain(&[args, &[&xml]].concat());
        let report = Report::read(&raw).skewed();
        self.write("junit/build-1.xml", &report.to_xml());
        outcome
    }

    /// Runs plain pytest on the suite.
    pub(crate) fn plain(&self, args: &[&str]) -> Outcome {
        let program = self.python.starts();
        let program = program.to_str().expect("a path in UTF-8");
        self.witnessed(&mut self.command(program, &[&["-m", "pytest"], args].concat()))
    }

    /// Runs `evenshard run OPTIONS --shard I/N --junit FILE -- COMMAND`.
    pub(crate) fn shard(&self, of: (usize, usize), options: &[&str], command: &[&str]) -> Outcome {
        self.witnessed(&mut self.shard_command(of, options, command))
    }

    /// The command of [`Project::shard`], not yet started.
    pub(crate) fn shard_command(
        &self,
        (index, count): (usize, usize),
        options: &[&str],
        command: &[&str],
    ) -> Command {
        let shard = format!("{index}/{count}");
        let junit = self.junit(index, count);
        let mut args = vec!["run", "--shard", &shard, "--junit", &junit];
        // Without timings a run collects the whole suite first: what `first_build` tests, and
        // one more start of pytest in every other scenario.
        if !options.contains(&"--first-build") && !options.contains(&"--plan") {
            args.extend(["--first-build", "hash"]);
        }
        args.extend(options);
        args.push("--");
        args.extend(command);
        self.command(env!("CARGO_BIN_EXE_evenshard"), &args)
    }

    /// Where [`Project::shard`] has pytest write its report.
    pub(crate) fn junit(&self, index: usize, count: usize) -> String {
        let name = format!("of-{count}/junit-{index}.xml");
        self.out(&name).display().to_string()
    }

    /// Runs all N shards of `python -m pytest ARGS`, one after the other.
    pub(crate) fn shards(&self, count: usize, options: &[&str], args: &[&str]) -> Vec<Outcome> {
        let command = [&["python", "-m", "pytest"], args].concat();
        (1..=count)
            .map(|i| self.shard((i, count), options, &command))
            .collect()
    }

    /// A command in the suite's folder and a known environment: nothing of the
    /// caller's, so no CI variables, and the environment's programs first.
    pub(crate) fn command(&self, program: &str, args: &[&str]) -> Command {
        let at = |part: &str| self.folder.path().join(part);
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.root().join(&self.start))
            .env_clear()
            .env(
                "PATH",
                format!("{}:/usr/local/bin:/usr/bin:/bin", self.python.path()),
            )
            .env("HOME", at("home"))
            .env("TMPDIR", at("tmp"))
            .env("LC_ALL", "C.UTF-8")
            .env("PYTHONPATH", at("witness"))
            .env("PYTEST_PLUGINS", "witness");
        if self.autoload {
            command.env("PYTEST_ADDOPTS", "-p no:randomly");
        } else {
            command.env("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1");
        }
        command
    }

    /// Runs a command to its end, and reads what the witness noted.
    pub(crate) fn witnessed(&self, command: &mut Command) -> Outcome {
        let log = self.out("witness.jsonl");
        fs_err::write(&log, "").expect("an empty log");
        let child = command
            .env("WITNESS_LOG", &log)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a command that starts");
        fs_err::write(self.out("pid"), child.id().to_string()).expect("its process id");
        let output = child.wait_with_output().expect("a command that ends");
        let mut outcome = Outcome {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            ran: Vec::new(),
            selected: Vec::new(),
            listed: Vec::new(),
            imported: BTreeSet::new(),
        };
        outcome.read_notes(&log, &self.root());
        outcome
    }
}

impl Outcome {
    /// Reads the notes of sessions in this suite; those of pytest runs that a
    /// test starts elsewhere are none of its tests.
    fn read_notes(&mut self, log: &Path, suite: &Path) {
        for line in fs_err::read_to_string(log).expect("the log").lines() {
            let note: Value = serde_json::from_str(line).expect("a note");
            let text = |key: &str| note[key].as_str().expect("a string").to_owned();
            if !Path::new(&text("root")).starts_with(suite) {
                continue;
            }
            match text("kind").as_str() {
                "ran" => self.ran.push(text("value")),
                "selected" => self.selected.push(text("value")),
                "listed" => self.listed.push(text("value")),
                _ => {
                    self.imported.insert(text("value"));
                }
            }
        }
    }

    /// Asserts the exit status, and hands the outcome on.
    #[track_caller]
    pub(crate) fn ended_with(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{}", self.talk());
        self
    }

    /// What was printed, for the message of a failed test.
    pub(crate) fn talk(&self) -> String {
        format!(
            "exit status {}\n--- stdout\n{}\n--- stderr\n{}",
            self.status, self.stdout, self.stderr
        )
    }
}
