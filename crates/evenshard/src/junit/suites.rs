//! The suites of a file: their tags, the open ones, and the files that they are named after.

use super::attrs::{self, Odd, TagText};
use super::case::Notation;
use super::limits::{SUITE_TEXT_BYTES, SUITES};
use super::path;
use super::report::{Outcome, Suite, SuiteId};
use crate::Micros;

/// The start tag of a suite.
#[derive(Debug, Default)]
pub(super) struct SuiteTag {
    pub(super) suite: Suite,
    /// Set when it announces one test, whose time is then that of the suite.
    pub(super) single: bool,
}

/// Reads the start tag of a suite.
pub(super) fn parse(tag: &TagText<'_>, notation: &mut Notation, odd: &mut Odd) -> SuiteTag {
    let mut found = SuiteTag::default();
    let (mut time, mut duration) = (None, None);
    let suite = &mut found.suite;
    tag.each(odd, |key, raw, odd| {
        let mut value = || {
            let mut value = String::new();
            attrs::push_value(raw, &mut value, odd);
            value
        };
        match key {
            "name" => suite.name = value(),
            "file" | "filepath" | "filename" if suite.file.is_none() => {
                suite.file = Some(value()).filter(|file| !file.trim().is_empty());
            }
            "time" => time = Some(value()),
            "duration" => duration = Some(value()),
            "timestamp" => suite.timestamp = Some(value()),
            "hostname" => suite.hostname = Some(value()),
            // Only whether it is one matters.
            "tests" => found.single = raw.trim() == "1",
            _ => {}
        }
    });
    let mut read = |text: String| notation.read(&text, odd).0;
    suite.time = time.and_then(&mut read).or_else(|| duration.and_then(read));
    found
}

/// An open suite, with the facts that its children need.
#[derive(Debug)]
struct Frame {
    id: SuiteId,
    /// The nearest suite from here outwards that has a file.
    file: Option<SuiteId>,
    /// The nearest suite from here outwards that is named like a file.
    like_file: Option<SuiteId>,
    /// An empty suite that ended here and left its file to those that follow.
    heir: Option<SuiteId>,
    single: bool,
    /// Set when it has suites within.
    nested: bool,
}

/// All suites so far, and the open ones.
#[derive(Debug, Default)]
pub(super) struct Suites {
    all: Vec<Suite>,
    frames: Vec<Frame>,
    /// Bytes of text in `all`.
    text: usize,
    /// The suite of cases outside of all suites.
    implied: Option<SuiteId>,
    /// As [`Frame::heir`], outside of all suites.
    heir: Option<SuiteId>,
}

impl Suites {
    /// Opens a suite within the open one; returns a limit that was reached, if any.
    pub(super) fn open(&mut self, mut suite: Suite, single: bool) -> Option<&'static str> {
        let own = suite.file.is_some();
        let mut like_file = None;
        let (parent, outer, heir) = match self.frames.last_mut() {
            Some(frame) => {
                frame.nested = true;
                like_file = frame.like_file;
                (Some(frame.id), frame.file, &mut frame.heir)
            }
            None => (None, None, &mut self.heir),
        };
        let named_like_file = path::looks_like_file(&suite.name);
        // A file of its own ends what an empty suite before it left.
        if own {
            *heir = None;
        }
        if let Some(giver) = *heir {
            suite.file.clone_from(&self.all[giver.index()].file);
        }
        let file = suite.file.is_some();
        suite.parent = parent;
        let (id, limit) = self.add(suite);
        self.frames.push(Frame {
            id,
            file: if file { Some(id) } else { outer },
            like_file: if named_like_file { Some(id) } else { like_file },
            heir: None,
            single,
            nested: false,
        });
        limit
    }

    /// Keeps a suite, within the limits of number and text.
    fn add(&mut self, mut suite: Suite) -> (SuiteId, Option<&'static str>) {
        let id = |index: usize| SuiteId(u32::try_from(index).unwrap_or(u32::MAX));
        if self.all.len() == SUITES {
            // Further cases count as those of the last suite.
            return (id(SUITES - 1), Some("too many suites to be kept apart"));
        }
        let texts = [&suite.file, &suite.timestamp, &suite.hostname];
        let texts = texts.iter().filter_map(|text| text.as_ref());
        let size = suite.name.len() + texts.map(String::len).sum::<usize>();
        let mut limit = None;
        if self.text + size > SUITE_TEXT_BYTES {
            limit = Some("too much text in the attributes of suites: not kept");
            suite.name = String::new();
            (suite.file, suite.timestamp, suite.hostname) = (None, None, None);
        } else {
            self.text += size;
        }
        self.all.push(suite);
        (id(self.all.len() - 1), limit)
    }

    /// Closes the innermost suite.
    pub(super) fn close(&mut self) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let suite = &self.all[frame.id.index()];
        // Mocha's "Root Suite" has the file of the suites behind it.
        if suite.file.is_some() && suite.cases == 0 && !frame.nested {
            match self.frames.last_mut() {
                Some(parent) => parent.heir = Some(frame.id),
                None => self.heir = Some(frame.id),
            }
        }
    }

    /// Forgets the facts that hold within one root element.
    pub(super) fn end_root(&mut self) {
        (self.implied, self.heir) = (None, None);
    }

    /// Returns the suite of a case at `line`, and the suite's time if the case is all of it.
    pub(super) fn current(&mut self, line: u64) -> (SuiteId, Option<Micros>) {
        if let Some(frame) = self.frames.last() {
            let suite = &self.all[frame.id.index()];
            // One test is announced, and this is the first that comes.
            let whole = suite.time.filter(|_| frame.single && suite.cases == 0);
            return (frame.id, whole);
        }
        let id = self.implied.unwrap_or_else(|| {
            let implied = Suite {
                implied: true,
                line,
                ..Suite::default()
            };
            self.add(implied).0
        });
        self.implied = Some(id);
        (id, None)
    }

    /// Returns the nearest file around a case.
    pub(super) fn file(&self) -> Option<&str> {
        let giver = self.frames.last()?.file?;
        self.all[giver.index()].file.as_deref()
    }

    /// Returns the name of the innermost suite.
    pub(super) fn name(&self) -> &str {
        let frame = self.frames.last();
        frame.map_or("", |frame| &self.all[frame.id.index()].name)
    }

    /// Returns the name of the nearest suite that is named like a file.
    pub(super) fn like_file(&self) -> Option<&str> {
        let named = self.frames.last()?.like_file?;
        Some(&self.all[named.index()].name)
    }

    /// Counts a case of a suite.
    pub(super) fn count(&mut self, id: SuiteId, outcome: Outcome, time: Option<Micros>) {
        let suite = &mut self.all[id.index()];
        suite.cases += 1;
        suite.samples += u64::from(time.is_some());
        suite.untimed += u64::from(time.is_none() && outcome.ran());
        suite.cases_time += time.unwrap_or_default();
    }

    /// Returns all suites in the order in which they started.
    pub(super) fn finish(self) -> Vec<Suite> {
        self.all
    }
}
