//! The Python that a command starts.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::ask;
use crate::commands::run::launcher::Launcher;
use crate::env::Env;

/// Python that prints `yes` or `no`.
const ASKS_FOR_PYTEST: &str =
    "import importlib.util as u; print('yes' if u.find_spec('pytest') else 'no')";

/// The time that a Python has to answer. Chosen: starting one takes far below a second.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of a script that hold its interpreter: Linux reads 256 of them, pip's trampoline needs two
/// lines.
const FIRST_LINES: u64 = 4096;

/// A Python, and its own options.
pub(super) struct Python<'a> {
    pub(super) program: PathBuf,
    options: Vec<&'a str>,
}

impl<'a> Python<'a> {
    /// Finds the Python that a command names, by itself, in a line for a shell, or as the
    /// interpreter of a script.
    pub(super) fn of(words: &[&'a str], launcher: &Launcher<'_>, env: &Env) -> Option<Self> {
        let first = words.iter().position(|word| {
            !matches!(base(word), "env" | "sh" | "bash" | "dash" | "exec")
                && !word.starts_with('-')
                && !word.contains('=')
        })?;
        let word = words[first];
        if is_python(base(word)) {
            return Some(Self {
                program: word.into(),
                options: options(&words[first + 1..]).collect(),
            });
        }
        Some(Self {
            program: named_in(&on_path(word, launcher, env)?)?,
            options: Vec::new(),
        })
    }

    /// Returns true where this Python answers that it finds no pytest.
    pub(super) fn lacks_pytest(&self, launcher: &Launcher<'_>) -> bool {
        self.asked(launcher)
            .is_some_and(|answer| answer.trim() == "no")
    }

    fn asked(&self, launcher: &Launcher<'_>) -> Option<String> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.options)
            .args(["-c", ASKS_FOR_PYTEST])
            .envs(launcher.variables().iter().map(|(k, v)| (k, v)))
            // A Python that cannot start has said so once already.
            .stderr(Stdio::null());
        let answer = ask::ask(&mut command, Instant::now() + PATIENCE);
        Some(answer.ok()??.text)
    }
}

/// Lists the options of Python itself, which come before `-m` or a script.
pub(super) fn options<'a>(words: &[&'a str]) -> impl Iterator<Item = &'a str> {
    let mut words = words.iter().copied();
    std::iter::from_fn(move || {
        let word = words
            .next()
            .filter(|w| w.starts_with('-') && !matches!(*w, "-m" | "-c"))?;
        // Their values are words of their own.
        if matches!(word, "-X" | "-W") {
            words.next();
        }
        Some(word)
    })
}

/// Returns the name of a program without its folder.
pub(super) fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Returns true for `python`, `python3.12`, `pypy3` and the like.
pub(super) fn is_python(name: &str) -> bool {
    ["python", "pypy"].iter().any(|known| {
        name.strip_prefix(known)
            .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
    })
}

/// Finds the file of a command.
fn on_path(word: &str, launcher: &Launcher<'_>, env: &Env) -> Option<PathBuf> {
    // As a shell does: a path is not looked up.
    if word.contains('/') {
        return Some(env.absolute(Path::new(word)));
    }
    let own = launcher
        .variables()
        .iter()
        .find(|(name, _)| *name == "PATH");
    let path: &OsStr = own
        .map(|(_, path)| path.as_os_str())
        .or_else(|| env.get_os("PATH"))?;
    std::env::split_paths(path)
        .map(|folder| folder.join(word))
        .find(|file| file.is_file())
}

/// Reads the Python from the first line of a script, or from behind `'''exec'` in the second, as
/// pip writes a path that is too long for the first.
fn named_in(script: &Path) -> Option<PathBuf> {
    let mut start = Vec::new();
    let file = fs_err::File::open(script).ok()?;
    file.take(FIRST_LINES).read_to_end(&mut start).ok()?;
    let text = String::from_utf8_lossy(&start);
    let mut lines = text.lines();
    let program = lines.next()?.strip_prefix("#!")?.trim();
    let second = lines.next().and_then(|line| line.strip_prefix("'''exec' "));
    let named = match second {
        Some(line) if line.starts_with('"') => line.trim_start_matches('"').split('"').next()?,
        Some(line) => line.split(' ').next()?,
        None => program
            .strip_prefix("/usr/bin/env ")
            .unwrap_or(program)
            .split(' ')
            .next()?,
    };
    is_python(base(named)).then(|| named.into())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::named_in;

    #[test]
    fn a_script_names_its_python() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("pytest");
        for (text, python) in [
            (
                "#!/opt/venv/bin/python3.12\nimport sys\n",
                Some("/opt/venv/bin/python3.12"),
            ),
            ("#!/usr/bin/env python3\n", Some("python3")),
            (
                "#!/bin/sh\n'''exec' \"/a b/python\" \"$0\"\n",
                Some("/a b/python"),
            ),
            (
                "#!/bin/sh\n'''exec' /long/python \"$0\"\n",
                Some("/long/python"),
            ),
            ("#!/bin/bash\npython -m pytest\n", None),
            ("", None),
        ] {
            fs_err::write(&script, text).unwrap();
            assert_eq!(
                named_in(&script).as_deref(),
                python.map(Path::new),
                "{text}"
            );
        }
    }
}
