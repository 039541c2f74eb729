//! The private folder that pytest reads the plugin from, here and in a container.
//!
//! A container sees the checkout under another path, and nothing of the host's temporary
//! folder. `--work-dir .evenshard=/app/.evenshard` puts the private folder below the checkout
//! and names it to the command as the container has it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tempfile::TempDir;

use crate::env::Env;

/// The folder for private folders, and its path where the command runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WorkDir {
    here: PathBuf,
    /// Absolute; `None` for the same path as here.
    seen: Option<PathBuf>,
}

impl FromStr for WorkDir {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (here, seen) = match text.split_once('=') {
            Some((here, seen)) => (here, Some(seen)),
            None => (text, None),
        };
        if here.is_empty() || seen.is_some_and(|s| !s.starts_with('/') || s.contains(':')) {
            return Err("give a folder, and behind = its absolute path in the container, such as .evenshard=/app/.evenshard".to_owned());
        }
        Ok(Self {
            here: here.into(),
            seen: seen.map(Into::into),
        })
    }
}

/// A private folder; dropping it removes the folder.
#[derive(Debug)]
pub(crate) struct Private {
    folder: TempDir,
    path: PathBuf,
    seen: PathBuf,
}

impl Private {
    /// Makes a folder in the system's temporary one, or in a [`WorkDir`]. Nobody but this user and
    /// root can look into it.
    pub(crate) fn new(work_dir: Option<&WorkDir>, env: &Env) -> io::Result<Self> {
        let Some(work_dir) = work_dir else {
            let folder = builder("evenshard-").tempdir()?;
            let path = env.absolute(folder.path());
            return Ok(Self {
                seen: path.clone(),
                path,
                folder,
            });
        };
        let above = env.absolute(&work_dir.here);
        fs_err::create_dir_all(&above)?;
        // Hidden, so that pytest does not look into it for tests.
        let folder = builder(".evenshard-").tempdir_in(&above)?;
        // The name alone: a container sees the folder above under another path.
        let name: OsString = folder.path().file_name().unwrap_or_default().to_owned();
        let path = above.join(&name);
        // The folder lies in the checkout, and a killed run leaves it there.
        fs_err::write(path.join(".gitignore"), "*\n")?;
        let seen = match &work_dir.seen {
            Some(seen) => seen.join(&name),
            None => path.clone(),
        };
        Ok(Self { folder, path, seen })
    }

    /// Returns the absolute path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves the folder where it is, for people to look into.
    pub(crate) fn keep(self) -> PathBuf {
        let _ = self.folder.keep();
        self.path
    }

    /// Returns the path where the command runs.
    pub(crate) fn seen(&self) -> &Path {
        &self.seen
    }
}

/// Makes a builder of folders that only this user can enter, whatever the umask.
fn builder(prefix: &str) -> tempfile::Builder<'_, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder
}

#[cfg(test)]
mod tests {
    use super::{Private, WorkDir};
    use crate::env::Env;

    #[test]
    fn a_mapping_names_thefolder_as_the_container_has_it() {
        let above = tempfile::tempdir().unwrap();
        let text = format!("{}=/app/.work", above.path().join("new").display());
        let private = Private::new(Some(&text.parse().unwrap()), &Env::default()).unwrap();
        let name = private.path().file_name().unwrap();
        assert!(name.to_string_lossy().starts_with(".evenshard-"));
        assert_eq!(
            private.seen(),
            std::path::Path::new("/app/.work").join(name)
        );
        let path = private.path().to_owned();
        drop(private);
        assert!(!path.exists());
    }

    #[test]
    fn the_path_in_the_container_is_absolute() {
        for text in ["", "=/app", "work=app", "work=", "work=/a:/b"] {
            assert!(text.parse::<WorkDir>().is_err(), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_look_into_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let above = tempfile::tempdir().unwrap();
        let work_dir: WorkDir = above.path().to_str().unwrap().parse().unwrap();
        for work_dir in [None, Some(&work_dir)] {
            let private = Private::new(work_dir, &Env::default()).unwrap();
            let mode = fs_err::metadata(private.path())
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o700);
        }
    }
}
