//! xdist's options, as seen in what pytest is told.

use std::num::NonZeroU32;

use evenshard::pack::{Distribution, Workers};

/// What pytest is told of xdist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// A fixed number of workers.
    pub workers: Option<NonZeroU32>,
    /// How tests go to them.
    pub distribution: Option<Distribution>,
    /// Workers by the machine's processors: no number that every job agrees on.
    pub by_machine: bool,
    /// Every worker runs everything, or all runs in one process.
    pub alone: bool,
    /// The plugin is switched off.
    is_off: bool,
}

impl Seen {
    /// Reads the words that pytest reads, the last of which win.
    pub fn of(words: &[String]) -> Self {
        let mut seen = Self::default();
        let mut rest = words.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            let value = |option: &str| word.strip_prefix(option)?.strip_prefix('=');
            match word {
                "--" => break,
                "-n" | "--numprocesses" => seen.number(rest.next().unwrap_or_default()),
                "--dist" => seen.mode(rest.next().unwrap_or_default()),
                "-d" => seen.mode("load"),
                // Their values can look like options of xdist.
                "-k" | "-m" => drop(rest.next()),
                "-p" => seen.plugin(rest.next().unwrap_or_default()),
                _ => {
                    if let Some(number) = value("--numprocesses") {
                        seen.number(number);
                    } else if let Some(mode) = value("--dist") {
                        seen.mode(mode);
                    } else if let Some(number) = word.strip_prefix("-n") {
                        seen.number(number.trim_start_matches('='));
                    } else if let Some(plugin) = word.strip_prefix("-p") {
                        seen.plugin(plugin.trim_start_matches('='));
                    }
                }
            }
        }
        if seen.is_off { Self::default() } else { seen }
    }

    fn plugin(&mut self, name: &str) {
        self.is_off |= matches!(name, "no:xdist" | "no:xdist.plugin");
    }

    fn number(&mut self, text: &str) {
        self.by_machine = matches!(text, "auto" | "logical");
        self.workers = text.parse().ok();
    }

    fn mode(&mut self, text: &str) {
        self.alone = matches!(text, "no" | "each");
        self.distribution = text.parse().ok();
    }

    /// The workers to plan for: what was typed for evenshard, else what pytest is told.
    pub fn settle(
        self,
        typed: Option<NonZeroU32>,
        distribution: Option<Distribution>,
    ) -> Option<Workers> {
        let seen = if self.alone { None } else { self.workers };
        Some(Workers {
            count: typed.or(seen)?,
            distribution: distribution.or(self.distribution).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use evenshard::pack::Distribution;

    use super::Seen;
    use crate::env::Env;
    use crate::pytest_options::PytestOptions;

    fn seen(command: &str) -> (u32, Option<Distribution>) {
        let words: Vec<OsString> = command.split(' ').map(OsString::from).collect();
        let seen = Seen::of(&PytestOptions::of(&words, &Env::default()).words);
        let workers = seen.settle(None, None);
        (
            workers.map_or(0, |w| w.count.get()),
            workers.map(|w| w.distribution),
        )
    }

    #[test]
    fn workers_are_seen_however_they_are_typed() {
        let load = Some(Distribution::Load);
        for command in [
            "pytest -n 4",
            "uv run pytest -n4 -q",
            "python -m pytest tests --numprocesses=4",
            "pytest --numprocesses 4 --dist worksteal",
            ".venv/bin/pytest -n=4 --dist=load",
        ] {
            assert_eq!(seen(command), (4, load), "{command}");
        }
        let file = Some(Distribution::LoadFile);
        assert_eq!(seen("pytest -n 2 --dist loadfile"), (2, file));
    }

    #[test]
    fn what_is_not_xdists_or_no_fixed_number_is_left_alone() {
        for command in [
            "nice -n 10 pytest",
            "pytest",
            "pytest -n auto",
            "pytest -n 0",
            "pytest -n 3 --dist no",
            "pytest -n 3 --dist each",
            "tox -- -n 4",
            "pytest -n 4 -n 0",
            "pytest -n 4 -p no:xdist",
            "pytest -k -n4",
        ] {
            assert_eq!(seen(command), (0, None), "{command}");
        }
    }
}
