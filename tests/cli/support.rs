//! Running the real binary in a folder of its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder that goes when the test ends, and the binary run in it.
pub(crate) struct Folder(tempfile::TempDir);

/// How a run of the binary ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    /// An empty folder, but for the `.git` beyond which nobody looks for a configuration.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Runs `evenshard` with these arguments and no environment but PATH.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[], "")
    }

    /// The same with environment variables and standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], env: &[(&str, &str)], input: &str) -> Ran {
        self.run_below("", arguments, env, input)
    }

    /// The same in a folder below, which is made where it is not there.
    pub(crate) fn run_below(
        &self,
        folder: &str,
        arguments: &[&str],
        env: &[(&str, &str)],
        input: &str,
    ) -> Ran {
        let folder = self.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_evenshard"));
        command.args(arguments).current_dir(folder).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(env.iter().copied());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that stops early closes its input; that is its right.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        Ran::of(&child.wait_with_output().unwrap())
    }
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Checks the exit code and that stderr says all of `words`.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, words: &[&str]) -> &Self {
        assert_eq!(self.code, code, "{self:?}");
        self.says(words)
    }

    #[track_caller]
    pub(crate) fn succeeds(&self) -> &Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.err.contains(word), "no '{word}' in {}", self.err);
        }
        self
    }
}

/// A report of cases: classname, name, seconds.
pub(crate) fn junit(cases: &[(&str, &str, f64)]) -> String {
    let cases: Vec<String> = cases
        .iter()
        .map(|(c, n, t)| format!("<testcase classname=\"{c}\" name=\"{n}\" time=\"{t:.3}\"/>\n"))
        .collect();
    format!(
        "<testsuites><testsuite name=\"pytest\">\n{}</testsuite></testsuites>\n",
        cases.concat()
    )
}

/// A small suite: three files, one of them with a class.
pub(crate) fn small_suite() -> String {
    junit(&[
        ("tests.test_a", "test_1", 3.0),
        ("tests.test_b.TestX", "test_1", 2.0),
        ("tests.test_b.TestX", "test_2[x]", 1.0),
        ("tests.test_c", "test_1", 2.0),
    ])
}
