//! From the text of a configuration file to what it says, checked.

use std::ffi::OsString;

use toml::Spanned;
use toml::de::DeValue;

use crate::config::find::File;
use crate::config::flags::{Flags, no_default};
use crate::config::quarantine::{self, Quarantine};
use crate::config::rules::{self, Rules};
use crate::config::value;
use crate::exit;
use crate::failure::Failure;

/// What a configuration file says.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// The file's path from the current folder.
    pub(super) name: String,
    /// Defaults for flags, in the order of the file.
    pub(super) settings: Vec<Setting>,
    /// Rules about tests.
    pub(super) rules: Rules,
    /// Tests whose failures are not to fail a job.
    pub(super) quarantine: Quarantine,
}

/// A default for a flag.
#[derive(Debug)]
pub(super) struct Setting {
    /// The flag's name.
    pub(super) key: String,
    /// `file:line` of it.
    pub(super) place: String,
    /// What is to be added to the command line: `--key=value`, once for every value.
    pub(super) arguments: Vec<OsString>,
}

/// Reads a file and checks all of it, whatever command it is read for: a mistake shows in
/// the first job, not in the one that happens to need the key.
///
/// # Errors
/// Code 65 for what is not TOML; 78 for unknown keys and for values that do not fit them.
pub(super) fn read(file: &File, flags: &Flags) -> Result<Config, Failure> {
    let mut config = Config {
        name: file.name.clone(),
        ..Config::default()
    };
    let mut entries: Vec<_> = file.parse()?.into_iter().flatten().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in &entries {
        let place = file.place(key.span().start);
        let key = key.get_ref().as_ref();
        config.take(file, flags, key, value, place)?;
    }
    Ok(config)
}

impl Config {
    fn take(
        &mut self,
        file: &File,
        flags: &Flags,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        place: String,
    ) -> Result<(), Failure> {
        if rules::KEYS.contains(&key) {
            return self.rules.take(file, key, value);
        }
        if key == quarantine::KEY {
            return self.quarantine.take(file, value);
        }
        let Some(flag) = flags.get(key) else {
            return Err(unknown(key, &place, flags));
        };
        let values = value::of_flag(flag, value, &file.up).map_err(|wrong| {
            let place = file.place(wrong.at);
            invalid(format!("{place}: '{key}' {}", wrong.what))
        })?;
        let off = matches!(value.get_ref(), DeValue::Boolean(false)) && !flag.is_on_by_default;
        let argument = |value: &OsString| {
            let mut argument = OsString::from(format!("--{key}="));
            argument.push(value);
            argument
        };
        // What is off or empty adds nothing, so it can exclude nothing either.
        let arguments = values.iter().filter(|_| !off).map(argument).collect();
        self.settings.push(Setting {
            key: key.to_owned(),
            place,
            arguments,
        });
        Ok(())
    }
}

pub(super) fn invalid(message: String) -> Failure {
    Failure::new(exit::CONFIG, message)
}

fn unknown(key: &str, place: &str, flags: &Flags) -> Failure {
    if let Some(why) = no_default(key) {
        return invalid(format!("{place}: '{key}' cannot have a default: {why}"))
            .hint(format!("give --{key} where the command is called"));
    }
    let failure = invalid(format!("{place}: unknown key '{key}'"));
    let known = flags.names().chain(rules::KEYS).chain([quarantine::KEY]);
    match nearest(key, known) {
        Some(near) => failure.hint(format!("did you mean '{near}'?")),
        None => failure,
    }
}

/// The known key that takes the fewest edits; of several, the first in the alphabet.
pub(super) fn nearest<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = key.to_lowercase().replace('_', "-");
    known.min_by_key(|known| (strsim::damerau_levenshtein(&plain, known), *known))
}
