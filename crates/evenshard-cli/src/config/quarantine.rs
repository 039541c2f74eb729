//! Quarantine: tests that run, and whose failures do not fail their job.

use evenshard::address::Pattern;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::Deserializer;
use toml::Spanned;

use super::find::File;
use super::value::{Kind, Many, One, OneOrMore, spread};

/// The quarantined tests of a configuration. They are no part of a plan and move no test.
#[derive(Clone, Debug, Default)]
pub struct Quarantine(Vec<Entry>);

/// One `[[quarantine]]` of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `file:line` of the entry.
    pub place: String,
    /// The quarantined tests; at least one pattern.
    pub patterns: Vec<Pattern>,
    /// The reason in one line, not empty.
    pub reason: String,
    /// The last day (UTC) of the quarantine; without one, it has no end.
    pub until: Option<Date>,
}

impl Entry {
    /// Lists the patterns as they were written, for messages.
    pub fn names(&self) -> String {
        let names: Vec<String> = self.patterns.iter().map(|p| format!("'{p}'")).collect();
        names.join(", ")
    }
}

impl Quarantine {
    /// Returns true when nothing is quarantined.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Separates the entries that count on this day from the expired ones.
    pub fn on(&self, today: Date) -> (Vec<&Entry>, Vec<&Entry>) {
        let live = |entry: &&Entry| entry.until.is_none_or(|until| today <= until);
        self.0.iter().partition(live)
    }

    pub(super) fn of(entries: Entries, file: &File) -> Self {
        let entries = entries.0.into_iter().map(|(start, entry)| Entry {
            place: file.place(start),
            ..entry.0
        });
        Self(entries.collect())
    }
}

/// Returns today's date in UTC: all jobs of a build agree on it, wherever they run.
pub fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// The entries with their offsets in the file.
#[derive(Debug, Default)]
pub(super) struct Entries(Vec<(usize, Checked)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = Spanned::<OneOrMore<Checked>>::deserialize(deserializer)?;
        let entries = spread(entries).map(|(place, entry)| (place.start, entry));
        Ok(Self(entries.collect()))
    }
}

/// An entry whose place is still unknown.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Written")]
struct Checked(Entry);

/// An entry as it is written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    test: Many<Pattern>,
    reason: Option<One<Reason>>,
    until: Option<One<Day>>,
}

impl TryFrom<Written> for Checked {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let patterns: Vec<Pattern> = written.test.into_values().collect();
        if patterns.is_empty() {
            return Err("'quarantine' without 'test': which tests?\n\
                 test = \"tests/test_a.py::test_x\", or a list of these");
        }
        let Some(One(Reason(reason))) = written.reason else {
            return Err("'quarantine' without 'reason': why?\n\
                 whoever sees the failure will want to know");
        };
        Ok(Self(Entry {
            place: String::new(),
            patterns,
            reason,
            until: written.until.map(|One(Day(until))| until),
        }))
    }
}

struct Reason(String);

impl Kind for Reason {
    const ONE: &'static str = "a text in quotes";
    const MANY: &'static str = "";

    fn read(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.is_empty() {
            return Err(" is empty".to_owned());
        }
        Ok(Self(words.join(" ")))
    }
}

struct Day(Date);

impl Kind for Day {
    const ONE: &'static str = "a date";
    const MANY: &'static str = "";
    const DATES: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        // Of all the ways to write a date this is the one that TOML has.
        let date = text.parse::<Date>().ok();
        let date = date.filter(|date| date.to_string() == text);
        date.map(Self)
            .ok_or_else(|| format!(" cannot be '{text}'\nit is the last day, such as 2026-12-31"))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Entry, Quarantine};

    #[test]
    fn the_last_day_counts_and_the_next_does_not() {
        let entry = Entry {
            place: "evenshard.toml:1".to_owned(),
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
