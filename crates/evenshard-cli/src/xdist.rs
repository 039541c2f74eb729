//! xdist's options, as seen in the user's command.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::Path;

use evenshard::pack::{Distribution, Workers};

/// What a command says of xdist.
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
}

impl Seen {
    /// Reads what stands behind `pytest` in a command; what comes before is of other tools.
    pub fn of(command: &[OsString]) -> Self {
        let words: Vec<&str> = command
            .iter()
            .map(|w| w.to_str().unwrap_or_default())
            .collect();
        let is_pytest = |word: &&str| {
            let name = Path::new(word).file_stem().and_then(|n| n.to_str());
            matches!(name, Some("pytest" | "py.test" | "py"))
        };
        let mut seen = Self::default();
        let Some(at) = words.iter().position(is_pytest) else {
            return seen;
        };
        let mut rest = words[at + 1..].iter();
        while let Some(&word) = rest.next() {
            let value = |option: &str| word.strip_prefix(option)?.strip_prefix('=');
            match word {
                "--" => break,
                "-n" | "--numprocesses" => seen.number(rest.next().copied().unwrap_or_default()),
                "--dist" => seen.mode(rest.next().copied().unwrap_or_default()),
                "-d" => seen.mode("load"),
                _ => {
                    if let Some(number) = value("--numprocesses") {
                        seen.number(number);
                    } else if let Some(mode) = value("--dist") {
                        seen.mode(mode);
                    } else if let Some(number) = word.strip_prefix("-n") {
                        seen.number(number.trim_start_matches('='));
                    }
                }
            }
        }
        seen
    }

    fn number(&mut self, text: &str) {
        self.by_machine = matches!(text, "auto" | "logical");
        self.workers = text.parse().ok();
    }

    fn mode(&mut self, text: &str) {
        self.alone = matches!(text, "no" | "each");
        self.distribution = text.parse().ok();
    }

    /// The workers to plan for: what was typed for evenshard, else what the command says.
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

    fn seen(command: &str) -> (u32, Option<Distribution>) {
        let words: Vec<OsString> = command.split(' ').map(OsString::from).collect();
        let seen = Seen::of(&words);
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
        ] {
            assert_eq!(seen(command), (0, None), "{command}");
        }
    }
}
