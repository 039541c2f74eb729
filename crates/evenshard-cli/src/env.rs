//! The environment as a value, so that commands are functions of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Environment variables and the current folder.
#[derive(Clone, Debug, Default)]
pub struct Env {
    variables: BTreeMap<String, String>,
    folder: PathBuf,
}

impl Env {
    /// The environment of this process. Variables that are not UTF-8 are passed over: none
    /// that matters here holds such text.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
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
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect();
        Self {
            variables,
            folder: PathBuf::new(),
        }
    }

    /// A variable's value; an empty one counts as not set.
    pub fn get(&self, variable: &str) -> Option<&str> {
        self.variables
            .get(variable)
            .map(String::as_str)
            .filter(|v| !v.is_empty())
    }

    /// `path` as an absolute one.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}
