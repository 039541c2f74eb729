//! The open test case: facts from its tag and its children, until it ends.

use super::attrs::{self, Odd, TagText};
use super::exact::{self, Exact};
use super::report::Outcome;
use super::time::ABSURD;
use super::time::{self, Doubt, Reading};
use crate::Micros;

/// The open case. Its buffers serve all cases of a file.
#[derive(Debug, Default)]
pub(super) struct OpenCase {
    pub(super) classname: String,
    pub(super) name: String,
    pub(super) file: String,
    pub(super) line: u64,
    class: String,
    scratch: String,
    named: [bool; 3],
    time: Slot,
    duration: Slot,
    extra: Option<Micros>,
    ended: Option<Outcome>,
    status: Option<Outcome>,
    /// Set when it failed as expected without having run.
    pub(super) not_run: bool,
    /// Set when it failed in quarantine.
    pub(super) quarantined: bool,
}

/// A time that may be written, and may be usable.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    there: bool,
    value: Option<Micros>,
}

/// The notation of a file's times.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Notation {
    /// Set when the file has a comma that can only be a decimal one.
    pub(super) decimal_comma: bool,
}

impl Notation {
    /// Reads a time in the light of those before it; also returns its value on its own.
    pub(super) fn read(&mut self, text: &str, odd: &mut Odd) -> (Option<Micros>, Option<Exact>) {
        let alone = time::read(text);
        let reading = self.resolve(text, alone);
        let usable = reading.usable();
        if let Some(doubt) = usable.doubt {
            odd.doubts.push((doubt, text.chars().take(40).collect()));
        }
        (usable.value, alone.exact)
    }

    fn resolve(&mut self, text: &str, alone: Reading) -> Reading {
        match alone.doubt {
            Some(Doubt::DecimalComma) => self.decimal_comma = true,
            Some(Doubt::AmbiguousComma) if self.decimal_comma => {
                return time::read_decimal_comma(text);
            }
            _ => {}
        }
        alone
    }
}

impl OpenCase {
    /// Starts over with the start tag of a case. Returns its `time` attribute as written, for the
    /// sum of the file.
    pub(super) fn start(
        &mut self,
        tag: &TagText<'_>,
        line: u64,
        notation: &mut Notation,
        odd: &mut Odd,
    ) -> Option<Exact> {
        self.clear();
        self.line = line;
        let mut time = None;
        tag.each(odd, |key, value, odd| match key {
            "time" => time = self.take_time(key, value, notation, odd).or(time),
            "duration" => {
                self.take_time(key, value, notation, odd);
            }
            _ => self.take(key, value, odd),
        });
        // Some producers write `class` alone.
        if self.classname.is_empty() {
            std::mem::swap(&mut self.classname, &mut self.class);
        }
        time
    }

    fn clear(&mut self) {
        for text in [
            &mut self.classname,
            &mut self.name,
            &mut self.file,
            &mut self.class,
        ] {
            text.clear();
        }
        self.named = [false; 3];
        (self.time, self.duration) = (Slot::default(), Slot::default());
        (self.extra, self.ended, self.status) = (None, None, None);
        (self.not_run, self.quarantined) = (false, false);
    }

    fn take(&mut self, key: &str, value: &str, odd: &mut Odd) {
        let (nth, text) = match key {
            "name" => (0, &mut self.name),
            "classname" => (1, &mut self.classname),
            "class" => (2, &mut self.class),
            "file" | "filepath" | "filename" => {
                // The first that says something; `file` comes first wherever it is known.
                if self.file.trim().is_empty() {
                    self.file.clear();
                    attrs::push_value(value, &mut self.file, odd);
                }
                return;
            }
            "status" | "result" => {
                self.status = self.status.or_else(|| outcome_of(value));
                return;
            }
            _ => return,
        };
        if std::mem::replace(&mut self.named[nth], true) {
            odd.syntax = true;
        } else {
            attrs::push_value(value, text, odd);
        }
    }

    /// Reads the time of an attribute; a further one of the same name is not well-formed.
    fn take_time(
        &mut self,
        key: &str,
        value: &str,
        notation: &mut Notation,
        odd: &mut Odd,
    ) -> Option<Exact> {
        let slot = if key == "time" {
            &mut self.time
        } else {
            &mut self.duration
        };
        if std::mem::replace(&mut slot.there, true) {
            odd.syntax = true;
            return None;
        }
        // Nearly all times are plain digits, whose value needs no copy.
        let plain = exact::plain(value.as_bytes()).filter(|exact| exact.rounded() <= ABSURD);
        let (usable, exact) = if let Some(exact) = plain {
            (Some(exact.rounded()), plain)
        } else {
            self.scratch.clear();
            attrs::push_value(value, &mut self.scratch, odd);
            notation.read(&self.scratch, odd)
        };
        slot.value = usable;
        exact
    }

    /// Returns true while neither the tag nor a child has a time.
    pub(super) fn lacks_time(&self) -> bool {
        self.time.value.or(self.duration.value).is_none()
    }

    /// Sets the time that a child element has.
    pub(super) fn set_time(&mut self, value: Option<Micros>) {
        self.duration.value = value;
    }

    /// Adds a further attempt.
    pub(super) fn add_attempt(&mut self, time: Option<Micros>) {
        self.extra = sum(self.extra, time);
    }

    /// Notes the outcome that a child has. The gravest one counts: an error, then a failure, then
    /// an expected failure.
    pub(super) fn set_outcome(&mut self, outcome: Outcome) {
        let grave = |outcome| match outcome {
            Outcome::Errored => 3,
            Outcome::Failed => 2,
            Outcome::XFailed => 1,
            Outcome::Skipped | Outcome::NotRun | Outcome::Passed => 0,
        };
        let is_graver = |before| grave(outcome) > grave(before);
        if self.ended.is_none_or(is_graver) {
            self.ended = Some(outcome);
        }
    }

    /// Returns the outcome by its children, else by its `status` or `result`.
    pub(super) fn outcome(&self) -> Outcome {
        self.ended.or(self.status).unwrap_or(Outcome::Passed)
    }

    /// Returns the time of all attempts; `suite` is the time of a suite that has no other case.
    pub(super) fn total(&self, suite: Option<Micros>) -> Option<Micros> {
        let own = self.time.value.or(self.duration.value);
        // A time that is there and cannot be read is no reason to take the suite's.
        let own = own.or(if self.time.there { None } else { suite });
        sum(own, self.extra)
    }
}

pub(super) fn sum(one: Option<Micros>, other: Option<Micros>) -> Option<Micros> {
    one.into_iter()
        .chain(other)
        .reduce(|one, other| one + other)
}

/// Returns the outcome for a `status` or `result`; `None` for "it ran" and for unknown words.
fn outcome_of(word: &str) -> Option<Outcome> {
    // Without separators: producers write `not-run`, `not_run` and `NotRun`.
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).take(16);
    let word: String = letters
        .map(|b| char::from(b.to_ascii_lowercase()))
        .collect();
    Some(match word.as_str() {
        "passed" | "pass" | "success" | "successful" | "ok" => Outcome::Passed,
        "failed" | "fail" | "failure" => Outcome::Failed,
        "error" | "errored" | "broken" => Outcome::Errored,
        "skipped" | "skip" | "ignored" | "pending" => Outcome::Skipped,
        "notrun" | "disabled" | "suppressed" | "untested" | "inactive" => Outcome::NotRun,
        _ => return None,
    })
}
