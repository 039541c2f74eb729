//! The environment as a value, so that commands are functions of it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

/// Environment variables and the current folder.
#[derive(Clone, Debug, Default)]
pub struct Env {
    variables: BTreeMap<String, OsString>,
    folder: PathBuf,
}

impl Env {
    /// Reads the environment of this process.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v)))
            .collect();
        Self {
            variables,
            folder: std::env::current_dir().unwrap_or_default(),
        }
    }

    /// Makes an environment of these variables alone, for tests.
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

    /// Puts the variables into another folder, for tests.
    #[must_use]
    pub fn in_folder(self, folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            ..self
        }
    }

    /// Returns a variable's value; an empty one, or one that is not UTF-8, counts as not set.
    pub(crate) fn get(&self, variable: &str) -> Option<&str> {
        self.get_os(variable)?.to_str()
    }

    /// Returns a variable's value in any encoding; an empty one counts as not set.
    pub(crate) fn get_os(&self, variable: &str) -> Option<&OsStr> {
        self.variables
            .get(variable)
            .map(OsString::as_os_str)
            .filter(|v| !v.is_empty())
    }

    /// Lists the variables whose values are UTF-8.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.variables.iter();
        all.filter_map(|(name, value)| Some((name.as_str(), value.to_str()?)))
    }

    /// Returns true for a variable that is set to nothing.
    pub(crate) fn is_empty(&self, variable: &str) -> bool {
        self.variables.get(variable).is_some_and(|v| v.is_empty())
    }

    /// Returns the current folder; empty where it is not known.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes `path` absolute, without leading `..`, so that paths of a configuration
    /// file further up compare with others. The current folder has no symbolic links.
    pub(crate) fn absolute(&self, path: &Path) -> PathBuf {
        let mut below = path.components();
        let mut folder = self.folder.as_path();
        // `canonicalize` would follow symbolic links, and the names of reports would differ from
        // the typed ones.
        while let Some(Component::ParentDir) = below.clone().next() {
            let Some(parent) = folder.parent() else { break };
            folder = parent;
            below.next();
        }
        folder.join(below.as_path())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Env;

    #[test]
    fn paths_further_up_are_absolute_without_dots() {
        let env = Env::default().in_folder("/a/b");
        let absolute = |path: &str| env.absolute(Path::new(path)).display().to_string();
        assert_eq!(absolute("x/../y"), "/a/b/x/../y");
        assert_eq!(absolute("../x"), "/a/x");
        assert_eq!(absolute("../../../x"), "/../x");
        assert_eq!(absolute("/x"), "/x");
        assert_eq!(
            Env::default().absolute(Path::new("../x")),
            Path::new("../x")
        );
    }
}
