//! Which file holds the configuration.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::env::Env;
use crate::exit;
use crate::failure::Failure;
use crate::inputs::files;
use crate::streams::Streams;

/// A file of nothing but the configuration.
const OWN: &str = "evenshard.toml";
/// A file of many tools, this one's settings in [`TABLE`].
const SHARED: &str = "pyproject.toml";
/// The way to the settings in [`SHARED`].
const TABLE: [&str; 2] = ["tool", "evenshard"];

/// A configuration file.
#[derive(Debug)]
pub(super) struct File {
    /// Its path from the current folder, such as `../evenshard.toml`.
    pub(super) name: String,
    /// The way from the current folder to the file's: `..` for the one above, empty for none.
    /// Relative, so that a `[` in a folder's name does not become part of a glob.
    pub(super) up: PathBuf,
    /// What it holds.
    pub(super) text: String,
    /// The way to the table that holds the settings.
    pub(super) table: &'static [&'static str],
}

/// The nearest configuration at or above the current folder, up to the first folder that has
/// a `.git`.
///
/// # Errors
/// Code 65 for one that is there and cannot be read: the other jobs may plan with it.
pub(super) fn upward(env: &Env, streams: &mut Streams<'_>) -> Result<Option<File>, Failure> {
    let start = env.folder();
    if start.as_os_str().is_empty() {
        return Ok(None);
    }
    let mut up = PathBuf::new();
    for folder in start.ancestors() {
        let own = open(folder, &up, OWN, &[])?;
        let shared = open(folder, &up, SHARED, &TABLE)?;
        if let (Some(own), Some(shared)) = (&own, &shared) {
            streams.warn(&format!(
                "{} has [tool.evenshard] as well: only {} is used",
                shared.name, own.name
            ));
        }
        if let Some(file) = own.or(shared) {
            return Ok(Some(file));
        }
        if folder.join(".git").symlink_metadata().is_ok() {
            break;
        }
        up.push("..");
    }
    Ok(None)
}

/// The file `name` of a folder, where it is there and holds the table.
fn open(
    folder: &Path,
    up: &Path,
    name: &str,
    table: &'static [&'static str],
) -> Result<Option<File>, Failure> {
    let shown = up.join(name).display().to_string();
    let text = match files::read_text(&folder.join(name), files::MOST_OF_CONFIGURATION) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let what = format!("cannot read the configuration {shown}");
            return Err(Failure::new(exit::DATA, what).caused_by(&error));
        }
    };
    // Another tool's file that is broken is that tool's affair.
    if !table.iter().all(|part| text.contains(part)) {
        return Ok(None);
    }
    let file = File {
        name: shown,
        up: up.to_owned(),
        text,
        table,
    };
    let has_table = file.parse()?.is_some();
    Ok(has_table.then_some(file))
}

impl File {
    /// The table of the settings, if there is one.
    ///
    /// # Errors
    /// Code 65 for what is not TOML.
    pub(super) fn parse(&self) -> Result<Option<DeTable<'_>>, Failure> {
        let root = DeTable::parse(&self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let what = error.message().trim_end();
            let what = what.replace('\n', ", ");
            Failure::new(exit::DATA, format!("{}: {what}", self.place(at)))
                .hint("the configuration has to be TOML: key = value, texts in quotes")
        })?;
        let mut table = root.into_inner();
        for part in self.table {
            let Some((_, value)) = table.into_iter().find(|(key, _)| key.get_ref() == part) else {
                return Ok(None);
            };
            let at = value.span().start;
            let DeValue::Table(inner) = value.into_inner() else {
                let what = format!("{}: '{part}' is not a table", self.place(at));
                return Err(Failure::new(exit::CONFIG, what));
            };
            table = inner;
        }
        Ok(Some(table))
    }

    /// The line, counted from 1, of the byte at `offset`.
    pub(super) fn line(&self, offset: usize) -> usize {
        let before = self.text.bytes().take(offset);
        1 + before.filter(|&byte| byte == b'\n').count()
    }

    /// `file:line` of the byte at `offset`.
    pub(super) fn place(&self, offset: usize) -> String {
        format!("{}:{}", self.name, self.line(offset))
    }
}
