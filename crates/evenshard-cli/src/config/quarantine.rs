//! Quarantine: tests that run, and whose failures do not fail their job.

use evenshard::address::Pattern;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use super::find::File;
use super::value::{Kind, Many, One, values};
use crate::values::Day;

/// The quarantined tests of a configuration. They are no part of a plan and move no test.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quarantine(Vec<Entry>);

/// One `[[quarantine]]` of a configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Written")]
pub(crate) struct Entry {
    /// `file:line` of the entry.
    pub(crate) location: String,
    /// At least one pattern.
    pub(crate) patterns: Vec<Pattern>,
    /// Not empty, one line.
    pub(crate) reason: String,
    /// The last day (UTC) of the quarantine; without one, it has no end.
    pub(crate) until: Option<Date>,
}

impl Entry {
    /// Lists the patterns as they were written, for messages.
    pub(crate) fn names(&self) -> String {
        let names: Vec<String> = self.patterns.iter().map(|p| format!("'{p}'")).collect();
        names.join(", ")
    }
}

impl Quarantine {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds an entry that is kept elsewhere.
    pub(crate) fn add(&mut self, entry: Entry) {
        self.0.push(entry);
    }

    /// Lists the entries.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// Separates the entries that count on this day from the expired ones.
    pub(crate) fn on(&self, today: Date) -> (Vec<&Entry>, Vec<&Entry>) {
        let live = |entry: &&Entry| entry.until.is_none_or(|until| today <= until);
        // Expired ones are named, so that somebody removes them.
        self.0.iter().partition(live)
    }

    pub(super) fn of(entries: &[Spanned<Entry>], file: &File) -> Self {
        let entries = entries.iter().map(|entry| Entry {
            // serde knows no files: only here is one at hand.
            location: file.line_of(entry.span().start),
            ..entry.get_ref().clone()
        });
        Self(entries.collect())
    }
}

/// Returns today's date in UTC: all jobs of a build agree on it, wherever they run.
pub(crate) fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// An entry as it is written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    test: Many<Pattern>,
    reason: Option<One<Reason>>,
    until: Option<One<Day>>,
}

impl TryFrom<Written> for Entry {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        if written.test.is_empty() {
            return Err("'quarantine' without 'test': which tests?\n\
                 test = \"tests/test_a.py::test_x\", or a list of these");
        }
        let Some(One(Reason(reason))) = written.reason else {
            return Err("'quarantine' without 'reason': why?\n\
                 whoever sees the failure will want to know");
        };
        Ok(Self {
            location: String::new(),
            patterns: values(written.test).collect(),
            reason,
            until: written.until.map(|One(Day(until))| until),
        })
    }
}

struct Reason(String);

impl Kind for Reason {
    const NAME: &'static str = "a text in quotes";

    fn read(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.is_empty() {
            return Err(" is empty".to_owned());
        }
        Ok(Self(words.join(" ")))
    }
}

impl Kind for Day {
    const NAME: &'static str = "a date";
    const DATES: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        Self::read(text).map_err(|what| format!(" cannot be '{text}'\n{what}"))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Entry, Quarantine};

    #[test]
    fn the_last_day_counts_and_the_next_does_not() {
        let entry = Entry {
            location: "evenshard.toml:1".to_owned(),
            patterns: vec!["tests/test_a.py".parse().unwrap()],
            reason: "race".to_owned(),
            until: Some(date(2026, 12, 31)),
        };
        let quarantine = Quarantine(vec![entry]);
        let live = |day| quarantine.on(day).0.len();
        assert_eq!(live(date(2026, 12, 30)), 1);
        assert_eq!(live(date(2026, 12, 31)), 1);
        assert_eq!(live(date(2027, 1, 1)), 0);
        assert_eq!(quarantine.on(date(2027, 1, 1)).1.len(), 1);
    }
}
