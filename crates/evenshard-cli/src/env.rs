//! The environment as a value, so that commands are functions of it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Environment variables and the current folder.
#[derive(Clone, Debug, Default)]
pub struct Env {
    variables: BTreeMap<String, OsString>,
    folder: PathBuf,
}

impl Env {
    /// The environment of this process.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v)))
            .collect();
        Self {
            variables,
            folder: std::env::current_dir().unwrap_or_default(),
        }
    }

    /// An environment of just these variables, for tests.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let variables = pairs
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v.into()))
            .collect();
        Self {
            variables,
            folder: PathBuf::new(),
        }
    }

    /// A variable's value; an empty one, or one that is not UTF-8, counts as not set.
    pub fn get(&self, variable: &str) -> Option<&str> {
        self.get_os(variable)?.to_str()
    }

    /// A variable's value, whatever bytes it holds; an empty one counts as not set.
    pub fn get_os(&self, variable: &str) -> Option<&OsStr> {
        self.variables
            .get(variable)
            .map(OsString::as_os_str)
            .filter(|v| !v.is_empty())
    }

    /// The current folder; empty where it is not known.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `path` as an absolute one.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}
