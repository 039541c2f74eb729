//! The Python environments that `scripts/venvs` makes.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A virtual environment with pytest and its plugins.
#[derive(Debug, Clone)]
pub(crate) struct Python {
    /// Its name under `target/venvs/`, as `pytest-9.2`.
    pub(crate) name: String,
    /// Its folder of programs.
    pub(crate) bin: PathBuf,
    /// The folder with a `python` and `pytest` that start warm, where `scripts/test` left one.
    warm: Option<PathBuf>,
}

impl Python {
    /// Runs a scenario in the environment of that name. Where the environment
    /// was not made, it says so past libtest's capture and passes, unless
    /// `EVENSHARD_REQUIRE_TOOLS` is set.
    pub(crate) fn with(name: &str, scenario: impl FnOnce(&Self)) {
        let bin = venvs().join(name).join("bin");
        if bin.join("python").exists() {
            let warm = std::env::var_os("EVENSHARD_WARM");
            return scenario(&Self {
                name: name.to_owned(),
                bin,
                warm: warm
                    .map(|folder| Path::new(&folder).join(name).join("bin"))
                    .filter(|bin| bin.join("python").exists()),
            });
        }
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        let line = format!("SKIPPED: {test}: no {name} environment; `scripts/venvs` makes it");
        // A second Python cannot be had from PyPI: where there is none, this is said, no more.
        assert!(
            name.ends_with("py3.9") || std::env::var_os("EVENSHARD_REQUIRE_TOOLS").is_none(),
            "{line}"
        );
        writeln!(std::io::stderr(), "{line}").expect("stderr is open");
    }

    /// Runs a scenario under the newest pytest only: for what does not depend
    /// on pytest's version.
    pub(crate) fn with_newest(scenario: impl FnOnce(&Self)) {
        Self::with("pytest-9.2", scenario);
    }

    /// The same one, whose starts are all real: for scenarios whose subject is the process.
    pub(crate) fn cold(&self) -> Self {
        Self {
            warm: None,
            ..self.clone()
        }
    }

    /// The interpreter.
    pub(crate) fn program(&self) -> PathBuf {
        self.bin.join("python")
    }

    /// What `python` means on [`Python::path`].
    pub(crate) fn starts(&self) -> PathBuf {
        self.warm.as_ref().unwrap_or(&self.bin).join("python")
    }

    /// Its folders for PATH.
    pub(crate) fn path(&self) -> String {
        let folders: Vec<_> = self.warm.iter().chain([&self.bin]).collect();
        let folders = std::env::join_paths(folders).expect("folders without a colon");
        folders.into_string().expect("paths in UTF-8")
    }

    /// True where starts are warm.
    pub(crate) fn is_warm(&self) -> bool {
        self.warm.is_some()
    }

    /// True from pytest 8 on.
    pub(crate) fn is_at_least_8(&self) -> bool {
        !self.name.starts_with("pytest-7")
    }
}

/// Where the environments are.
pub(crate) fn venvs() -> PathBuf {
    std::env::var_os("EVENSHARD_VENVS").map_or_else(
        || {
            // As scripts/venvs names it: Python tells where it was started from.
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
            root.unwrap_or(Path::new("")).join("target/venvs")
        },
        PathBuf::from,
    )
}

/// Makes tests out of scenarios, one for each environment that is named.
macro_rules! on_environments {
    ($environments:tt $($(#[$doc:meta])* fn $name:ident($python:ident) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "not every scenario needs all of them")]
            use super::*;

            fn scenario($python: &Python) $body

            on_environments!(@tests $environments);
        }
    )*};
    (@tests [$($test:ident $environment:literal)*]) => {$(
        #[test]
        fn $test() {
            Python::with($environment, scenario);
        }
    )*};
}

/// For what depends on how pytest collects: every version of it.
macro_rules! on_each_pytest {
    ($($scenarios:tt)*) => {
        on_environments! {
            [pytest_7_4 "pytest-7.4" pytest_8_4 "pytest-8.4" pytest_9_2 "pytest-9.2"]
            $($scenarios)*
        }
    };
}

/// For the core of it all: every version of pytest, and the oldest Python too.
macro_rules! on_each_python {
    ($($scenarios:tt)*) => {
        on_environments! {
            [
                pytest_7_4 "pytest-7.4"
                pytest_7_4_on_python_3_9 "pytest-7.4-py3.9"
                pytest_8_4 "pytest-8.4"
                pytest_8_4_on_python_3_9 "pytest-8.4-py3.9"
                pytest_9_2 "pytest-9.2"
            ]
            $($scenarios)*
        }
    };
}

/// For what versions are not likely to differ in: the two ends, and the oldest Python.
macro_rules! on_oldest_and_newest {
    ($($scenarios:tt)*) => {
        on_environments! {
            [pytest_7_4_on_python_3_9 "pytest-7.4-py3.9" pytest_9_2 "pytest-9.2"]
            $($scenarios)*
        }
    };
}

/// For what `run` and `verify` do, whatever pytest does in between.
macro_rules! on_newest_pytest {
    ($($scenarios:tt)*) => {
        on_environments! { [pytest_9_2 "pytest-9.2"] $($scenarios)* }
    };
}

pub(crate) use {
    on_each_pytest, on_each_python, on_environments, on_newest_pytest, on_oldest_and_newest,
};
