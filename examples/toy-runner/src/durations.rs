//! The runner's own file of durations: a name, a tab and microseconds a line.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use evenshard_pack::Micros;

/// The duration of each test (`cart::adds_up`), and of the setup of each group (`cart`).
#[derive(Default)]
pub(crate) struct Durations(BTreeMap<String, Micros>);

impl Durations {
    /// Adds what a file holds.
    ///
    /// A file that is not there is an error: the jobs that have it would plan otherwise, and
    /// then tests would run twice or not at all.
    pub(crate) fn read(&mut self, path: &Path) -> Result<(), String> {
        let path_of = path.display();
        let text = fs::read_to_string(path).map_err(|error| format!("{path_of}: {error}"))?;
        for (number, line) in (1..).zip(text.lines()) {
            let entry = line.split_once('\t');
            let entry = entry.and_then(|(name, us)| Some((name, us.parse().ok()?)));
            let (name, us) = entry.ok_or_else(|| {
                format!("{path_of}:{number}: not a name, a tab and whole microseconds")
            })?;
            self.note(name.to_owned(), Micros::new(us));
        }
        Ok(())
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), String> {
        let mut text = String::new();
        for (name, time) in &self.0 {
            let _ = writeln!(text, "{name}\t{}", time.get());
        }
        fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    }

    pub(crate) fn note(&mut self, name: String, time: Micros) {
        self.0.insert(name, time);
    }

    pub(crate) fn get(&self, name: &str) -> Option<Micros> {
        self.0.get(name).copied()
    }
}
