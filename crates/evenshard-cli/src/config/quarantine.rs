//! Quarantine: tests that run, and whose failures do not fail their job.

use std::borrow::Cow;

use evenshard::address::Pattern;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::find::File;
use crate::config::read::{invalid, nearest};
use crate::config::value::kind;
use crate::failure::Failure;

/// The key that holds the entries.
pub(super) const KEY: &str = "quarantine";

const TEST: &str = "test";
const REASON: &str = "reason";
const UNTIL: &str = "until";

/// The quarantined tests of a configuration. No part of a plan: it moves no test.
#[derive(Clone, Debug, Default)]
pub struct Quarantine(Vec<Entry>);

/// One `[[quarantine]]` of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `file:line` of it.
    pub place: String,
    /// What it covers; at least one.
    pub patterns: Vec<Pattern>,
    /// Why; not empty, one line.
    pub reason: String,
    /// The last day (UTC) on which it counts; without one, it counts until it is removed.
    pub until: Option<Date>,
}

impl Entry {
    /// Its patterns as they were written, for messages.
    pub fn names(&self) -> String {
        let names: Vec<String> = self.patterns.iter().map(|p| format!("'{p}'")).collect();
        names.join(", ")
    }
}

impl Quarantine {
    /// True when nothing is quarantined.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries that count on this day, and those that have expired.
    pub fn on(&self, today: Date) -> (Vec<&Entry>, Vec<&Entry>) {
        let live = |entry: &&Entry| entry.until.is_none_or(|until| today <= until);
        self.0.iter().partition(live)
    }

    /// Takes the entries of [`KEY`].
    ///
    /// # Errors
    /// Code 78 for what is no such entry.
    pub(super) fn take(
        &mut self,
        file: &File,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), Failure> {
        let items = match value.get_ref() {
            DeValue::Array(list) => list.as_ref(),
            _ => std::slice::from_ref(value),
        };
        for item in items {
            let place = file.place(item.span().start);
            let DeValue::Table(table) = item.get_ref() else {
                let kind = kind(item.get_ref());
                return Err(
                    invalid(format!("{place}: '{KEY}' takes tables, not {kind}")).hint(
                        "write [[quarantine]], and below it test = \"...\" and reason = \"...\"",
                    ),
                );
            };
            self.0.push(entry(file, place, table)?);
        }
        Ok(())
    }
}

/// Today in UTC, so that all jobs of a build agree wherever they run.
pub fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

fn entry(file: &File, place: String, table: &DeTable<'_>) -> Result<Entry, Failure> {
    let (mut patterns, mut reason, mut until) = (Vec::new(), None, None);
    let mut keys: Vec<_> = table.iter().collect();
    keys.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in keys {
        let at = file.place(key.span().start);
        match key.get_ref().as_ref() {
            TEST => patterns = patterns_of(file, value)?,
            REASON => reason = Some(reason_of(&at, value.get_ref())?),
            UNTIL => until = Some(date_of(&at, value.get_ref())?),
            other => {
                let failure = invalid(format!("{at}: unknown key '{other}' in '{KEY}'"));
                let near = nearest(other, [TEST, REASON, UNTIL].into_iter());
                let hint = near.map(|near| format!("did you mean '{near}'?"));
                return Err(failure.hint(hint.unwrap_or_default()));
            }
        }
    }
    if patterns.is_empty() {
        let what = format!("{place}: '{KEY}' without '{TEST}': which tests?");
        return Err(invalid(what).hint("test = \"tests/test_a.py::test_x\", or a list of these"));
    }
    let Some(reason) = reason else {
        let what = format!("{place}: '{KEY}' without '{REASON}': why?");
        return Err(invalid(what).hint("whoever sees the failure will want to know"));
    };
    Ok(Entry {
        place,
        patterns,
        reason,
        until,
    })
}

fn patterns_of(file: &File, value: &Spanned<DeValue<'_>>) -> Result<Vec<Pattern>, Failure> {
    let items = match value.get_ref() {
        DeValue::Array(list) => list.as_ref(),
        _ => std::slice::from_ref(value),
    };
    let pattern = |item: &Spanned<DeValue<'_>>| {
        let place = file.place(item.span().start);
        let DeValue::String(text) = item.get_ref() else {
            let kind = kind(item.get_ref());
            let takes = "a pattern or a list of patterns";
            return Err(invalid(format!(
                "{place}: '{TEST}' takes {takes}, not {kind}"
            )));
        };
        text.parse()
            .map_err(|error| invalid(format!("{place}: '{TEST}': {error}")))
    };
    items.iter().map(pattern).collect()
}

fn reason_of(place: &str, value: &DeValue<'_>) -> Result<String, Failure> {
    let DeValue::String(text) = value else {
        let kind = kind(value);
        return Err(invalid(format!(
            "{place}: '{REASON}' takes a text in quotes, not {kind}"
        )));
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        return Err(invalid(format!("{place}: '{REASON}' is empty")));
    }
    Ok(words.join(" "))
}

fn date_of(place: &str, value: &DeValue<'_>) -> Result<Date, Failure> {
    let text: Cow<'_, str> = match value {
        DeValue::String(text) => Cow::Borrowed(text.as_ref()),
        DeValue::Datetime(date) => Cow::Owned(date.to_string()),
        _ => {
            let kind = kind(value);
            return Err(invalid(format!(
                "{place}: '{UNTIL}' takes a date, not {kind}"
            )));
        }
    };
    // Of all the ways to write a date this is the one that TOML has.
    let date = text.parse::<Date>().ok();
    date.filter(|date| date.to_string() == text).ok_or_else(|| {
        invalid(format!("{place}: '{UNTIL}' cannot be '{text}'"))
            .hint("it is the last day, such as 2026-12-31")
    })
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
