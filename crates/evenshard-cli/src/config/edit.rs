//! Changes to the quarantine of a configuration file.
//!
//! An edit replaces the bytes of one entry, by the spans of the parsed file, so that comments and
//! layout around it stay as they are. What comes out is read again before it is written.

mod place;
mod text;

use std::path::{Path, PathBuf};

use evenshard::address::Pattern;
use jiff::civil::Date;

use super::Config;
use super::find::File;
use super::quarantine::Entry;
use crate::env::Env;
use crate::failure::Failure;
use crate::streams::write_whole;
use place::{Form, Kept};
use text::Text;

/// A configuration file whose quarantine is to be changed.
#[derive(Clone)]
pub(crate) struct QuarantineFile {
    file: File,
    path: PathBuf,
    is_new: bool,
}

/// A test or a pattern of tests to quarantine.
#[derive(Clone, Debug)]
pub(crate) struct Addition<'a> {
    pub(crate) test: &'a Pattern,
    /// Not empty, one line.
    pub(crate) reason: &'a str,
    pub(crate) until: Option<Date>,
}

/// What an addition did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// There is a new entry.
    New,
    /// The entry of the test has another reason and last day.
    Changed,
}

impl std::fmt::Debug for QuarantineFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Its text is no setting.
        f.debug_tuple("QuarantineFile")
            .field(&self.file.name)
            .finish()
    }
}

impl QuarantineFile {
    /// Opens the configuration that the command found; without one, a new file in the current
    /// folder.
    pub(crate) fn of(found: Option<File>, env: &Env) -> Self {
        let is_new = found.is_none();
        let file = found.unwrap_or_else(File::empty);
        let path = env.absolute(Path::new(&file.name));
        Self { file, path, is_new }
    }

    /// Returns the path from the current folder.
    pub(crate) fn name(&self) -> &str {
        &self.file.name
    }

    pub(crate) fn is_new(&self) -> bool {
        self.is_new
    }

    /// Adds an entry. One of the same test gets the new reason and last day; a test of a list of
    /// several is taken out of it.
    pub(crate) fn add(&mut self, addition: &Addition<'_>) -> Result<Added, Failure> {
        let before = self.entries()?;
        let found = self.find(addition.test)?;
        let (text, added) = match found {
            Some(Kept { entry, of: 1, .. }) => {
                (entry.changed(self.text(), addition), Added::Changed)
            }
            Some(kept) => {
                let mut without = self.clone();
                without.replace(kept.removed(self.text()), before.len())?;
                let form = without.form()?;
                (form.with(without.text(), addition), Added::New)
            }
            None => (self.form()?.with(self.text(), addition), Added::New),
        };
        let more = usize::from(added == Added::New);
        self.replace(text.ok_or_else(|| self.refused())?, before.len() + more)?;
        Ok(added)
    }

    /// Removes a test. Returns false where no entry names it.
    pub(crate) fn remove(&mut self, test: &Pattern) -> Result<bool, Failure> {
        let before = self.entries()?.len();
        let Some(kept) = self.find(test)? else {
            return Ok(false);
        };
        let fewer = usize::from(kept.of == 1);
        self.replace(kept.removed(self.text()), before - fewer)?;
        Ok(true)
    }

    /// Writes the file, and returns the place of the test in it: `file:line`.
    pub(crate) fn write(&self, test: &Pattern) -> Result<String, Failure> {
        // Through a link, and with the permissions that the file had.
        let path = fs_err::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let permissions = fs_err::metadata(&path).map(|found| found.permissions());
        write_whole(&path, self.file.text.as_bytes())?;
        if let Ok(permissions) = permissions {
            // The content is what counts.
            let _ = fs_err::set_permissions(&path, permissions);
        }
        let entries = self.entries()?;
        let entry = entries.iter().find(|entry| names(entry, test));
        Ok(entry.map_or_else(|| self.file.name.clone(), |entry| entry.location.clone()))
    }

    fn text(&self) -> Text<'_> {
        Text::new(&self.file.text)
    }

    /// Lists the entries as every other command reads them.
    fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let table = self.file.parse()?.unwrap_or_default();
        let config = Config::read(table, &self.file)?;
        let quarantine = super::Quarantine::of(&config.quarantine, &self.file);
        Ok(quarantine.entries().to_vec())
    }

    fn find(&self, test: &Pattern) -> Result<Option<Kept>, Failure> {
        let table = self.file.parse()?.unwrap_or_default();
        Ok(place::find(&table, test))
    }

    fn form(&self) -> Result<Form, Failure> {
        self.file.form().map(|form| form.unwrap_or(Form::Foreign))
    }

    /// Takes the new text if it has so many entries, and what it had besides.
    fn replace(&mut self, text: String, count: usize) -> Result<(), Failure> {
        let mut changed = self.clone();
        changed.file.text = text;
        match changed.entries() {
            Ok(entries) if entries.len() == count => {
                *self = changed;
                Ok(())
            }
            _ => Err(self.refused()),
        }
    }

    fn refused(&self) -> Failure {
        let what = format!(
            "{} cannot be changed: its quarantine has a form that only you can edit",
            self.file.name
        );
        Failure::config(what).hint(format!(
            "write the entry as {}, with test = \"...\" and reason = \"...\" below it",
            self.file.header()
        ))
    }
}

/// Returns true where an entry has this pattern.
fn names(entry: &Entry, test: &Pattern) -> bool {
    entry.patterns.iter().any(|pattern| same(pattern, test))
}

/// Returns true for patterns that cover the same tests, however they are written.
fn same(one: &Pattern, other: &Pattern) -> bool {
    one.pieces() == other.pieces()
}
