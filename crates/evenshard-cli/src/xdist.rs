//! xdist's options among the words that pytest reads.

use std::num::NonZeroU32;

use evenshard::pack::{Distribution, Workers};

/// The options of xdist, the last of which win.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Xdist {
    /// A fixed number of workers.
    workers: Option<NonZeroU32>,
    /// The way in which tests are distributed to them.
    distribution: Option<Distribution>,
    /// Workers by the processors of the machine, in which jobs may differ.
    pub(crate) by_machine: bool,
    /// A mode in which every worker runs everything, or all runs in one process.
    alone: bool,
    /// A `-p` that switches the plugin off.
    is_off: bool,
}

impl Xdist {
    /// Finds the options among the words that pytest reads.
    pub(crate) fn of(words: &[String]) -> Self {
        let mut seen = Self::default();
        let mut rest = words.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            let value = |option: &str| word.strip_prefix(option)?.strip_prefix('=');
            match word {
                "--" => break,
                "-n" | "--numprocesses" => seen.number(rest.next().unwrap_or_default()),
                "--dist" => seen.mode(rest.next().unwrap_or_default()),
                // xdist has it as a short form of --dist load.
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
        // Its options are unknown to pytest then, and mean nothing.
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

    /// Returns the workers to plan for: those of evenshard's flags, otherwise those of pytest's.
    pub(crate) fn workers(
        self,
        typed: Option<NonZeroU32>,
        distribution: Option<Distribution>,
    ) -> Option<Workers> {
        // With `--dist no`, xdist starts no workers whatever -n says.
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

    use super::Xdist;
    use crate::env::Env;
    use crate::pytest_options::PytestOptions;

    fn seen(command: &str) -> (u32, Option<Distribution>) {
        let words: Vec<OsString> = command.split(' ').map(OsString::from).collect();
        let seen = Xdist::of(&PytestOptions::of(&words, &Env::default()).words);
        let workers = seen.workers(None, None);
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
