//! The search for the configuration file.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::env::Env;
use crate::failure::Failure;
use crate::files;
use crate::streams::Streams;

/// A file of nothing but the configuration.
const OWN: &str = "evenshard.toml";
/// A file of many tools, with the configuration in [`TABLE`].
const SHARED: &str = "pyproject.toml";
/// The tables above the configuration in [`SHARED`].
const TABLE: [&str; 2] = ["tool", "evenshard"];

/// A configuration file.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// Its path from the current folder, such as `../evenshard.toml`.
    pub(crate) name: String,
    /// The folder of the file from the current folder: `..` for the one above, empty for none.
    /// Relative, so that a `[` in a folder's name does not become part of a glob.
    pub(super) up: PathBuf,
    pub(super) text: String,
    /// The tables above the configuration.
    pub(super) table: &'static [&'static str],
}

/// Finds the nearest configuration at or above the current folder, up to the first folder that
/// has a `.git`.
pub(super) fn upward(env: &Env, streams: &mut Streams<'_>) -> Result<Option<File>, Failure> {
    let start = env.folder();
    if start.as_os_str().is_empty() {
        return Ok(None);
    }
    let mut up = PathBuf::new();
    // Both files of a folder before the next folder: the nearest one is meant.
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
        // A file in a worktree or a submodule, a folder elsewhere.
        if folder.join(".git").symlink_metadata().is_ok() {
            break;
        }
        up.push("..");
    }
    Ok(None)
}

/// Reads the file `name` of a folder, where it exists and holds the table.
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
            return Err(Failure::data(what).caused_by(&error));
        }
    };
    // A broken file of other tools is for them to report.
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
    /// A file of the current folder that has nothing in it yet.
    pub(super) fn empty() -> Self {
        Self {
            name: OWN.to_owned(),
            up: PathBuf::new(),
            text: String::new(),
            table: &[],
        }
    }

    /// Finds the header of the table that the configuration is in, or whatever names it.
    pub(super) fn section(&self) -> Result<Option<Range<usize>>, Failure> {
        let root = self.root()?;
        let mut table = root.get_ref();
        let mut span = None;
        for part in self.table {
            let Some(value) = table.get(*part) else {
                return Ok(None);
            };
            span = Some(value.span());
            let Some(below) = value.get_ref().as_table() else {
                return Ok(None);
            };
            table = below;
        }
        Ok(span)
    }

    fn root(&self) -> Result<Spanned<DeTable<'_>>, Failure> {
        DeTable::parse(&self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let what = error.message().trim_end();
            // toml's messages have several lines, ours one.
            let what = what.replace('\n', ", ");
            Failure::data(format!("{}: {what}", self.line_of(at)))
                .hint("the configuration has to be TOML: key = value, texts in quotes")
        })
    }

    /// Parses the table of the configuration, if there is one.
    pub(super) fn parse(&self) -> Result<Option<DeTable<'_>>, Failure> {
        let mut table = self.root()?.into_inner();
        for part in self.table {
            let Some((_, value)) = table.into_iter().find(|(key, _)| key.get_ref() == part) else {
                return Ok(None);
            };
            let at = value.span().start;
            let DeValue::Table(inner) = value.into_inner() else {
                let what = format!("{}: '{part}' is not a table", self.line_of(at));
                return Err(Failure::config(what));
            };
            table = inner;
        }
        Ok(Some(table))
    }

    /// Names the line of a byte: `file:line`, counted from 1.
    pub(super) fn line_of(&self, offset: usize) -> String {
        let before = self.text.bytes().take(offset);
        let line = 1 + before.filter(|&byte| byte == b'\n').count();
        format!("{}:{line}", self.name)
    }
}
