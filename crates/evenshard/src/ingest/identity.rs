//! The unit of each case, and the address that follows from it.
//!
//! pytest's addresses stay as they are. Most other runners run whole files, and their class names
//! and titles repeat from file to file, so their addresses begin with the file.
//! [`producers`](crate::producers) finds the file of a case.

use crate::address::dotted;
use crate::history::CaseSeen;
use crate::ingest::path_map::{self, PathMapping};
use crate::intern::{Interner, count};
use crate::junit::{Case, path};
use crate::outcome::Outcome;
use crate::producers::{self, Seen, Unit};

/// Identifies the cases of one report.
#[derive(Debug)]
pub(super) struct Identities<'m> {
    mappings: &'m [PathMapping],
    /// The dotted names of files.
    names: Interner,
    /// By number.
    files: Vec<File>,
    /// The text that named the last file, and its number: cases of a file come together.
    last: (String, Option<u32>),
    classname: String,
}

/// A file of a report.
#[derive(Debug)]
struct File {
    /// The length of its name without the extension.
    stem: usize,
    first_suite: u32,
    /// The class of its cases in this report, if it is a class with those nested in it.
    class: Classes,
}

/// The classes of a unit's cases.
#[derive(Debug, Default)]
enum Classes {
    #[default]
    None,
    One(String),
    Many,
}

impl Classes {
    fn note(&mut self, classname: &str) {
        match self {
            Self::None => *self = Self::One(classname.to_owned()),
            Self::One(one) if one != classname => *self = Self::Many,
            Self::One(_) | Self::Many => {}
        }
    }
}

impl<'m> Identities<'m> {
    pub(super) fn new(mappings: &'m [PathMapping]) -> Self {
        Self {
            mappings,
            names: Interner::default(),
            files: Vec::new(),
            last: (String::new(), None),
            classname: String::new(),
        }
    }

    /// Returns the dotted name of a file.
    pub(super) fn file(&self, unit: u32) -> &str {
        self.names.get(unit)
    }

    /// Returns the class that gets a unit's time beyond its cases: a nested class if the report has
    /// no other, since each nested class can have a report of its own. Their times add up, like
    /// those of all tests of a unit.
    pub(super) fn class(&self, unit: u32) -> &str {
        match &self.files[unit as usize] {
            File {
                class: Classes::One(class),
                ..
            } => class,
            _ => self.file(unit),
        }
    }

    /// Returns the suite element that represents all of a file.
    pub(super) fn suite_of(&self, unit: u32) -> u32 {
        self.files[unit as usize].first_suite
    }

    /// Identifies one case: the number of its file, if its runner runs files, and the case as a
    /// history takes it in.
    pub(super) fn of<'a>(&'a mut self, case: &Case<'a>) -> (Option<u32>, CaseSeen<'a>) {
        let seen = Seen {
            classname: case.classname,
            name: case.name,
            file: case.file,
            suite: case.suite_name,
            suite_like_file: case.suite_like_file,
        };
        // The address in the report, unless the unit of the case is known.
        let reported = as_reported(case);
        match producers::unit_of(&seen) {
            None | Some(Unit::AsReported) => (None, reported),
            Some(Unit::File(raw)) => match self.number(raw, reported.suite) {
                Some(unit) => (Some(unit), self.within(unit, reported)),
                None => (None, reported),
            },
            Some(Unit::Package(raw)) => match self.number(raw, reported.suite) {
                Some(unit) => (Some(unit), self.package(unit, reported)),
                None => (None, reported),
            },
            Some(Unit::Named(name)) => {
                let unit = self.named(name, reported.suite);
                (Some(unit), self.in_class(unit, reported))
            }
            Some(Unit::Class(name)) => {
                let case = CaseSeen {
                    file: Some(name),
                    never_cut: true,
                    ..reported
                };
                (None, case)
            }
        }
    }

    /// Identifies a test of a Go package. Several suites of one package are several runs of it, not
    /// parts of one, so each keeps its own.
    fn package<'a>(&'a self, unit: u32, case: CaseSeen<'a>) -> CaseSeen<'a> {
        let package = self.file(unit);
        CaseSeen {
            classname: package,
            file: Some(package),
            whole_files: true,
            never_cut: true,
            nested_name: true,
            ..case
        }
    }

    /// Identifies a case of a class or a suite that is a unit by its own name.
    fn in_class<'a>(&'a mut self, unit: u32, case: CaseSeen<'a>) -> CaseSeen<'a> {
        if !case.classname.is_empty() {
            self.files[unit as usize].class.note(case.classname);
        }
        let own = self.file(unit);
        CaseSeen {
            classname: if case.classname.is_empty() {
                own
            } else {
                case.classname
            },
            file: Some(own),
            whole_files: true,
            never_cut: producers::runs_whole(own),
            ..case
        }
    }

    /// Identifies a case of a file. Its suite is the first one of the file, since everything with
    /// one address within a file (in two projects of Playwright, in two blocks of one title) runs
    /// whenever the file does.
    fn within<'a>(&'a mut self, unit: u32, case: CaseSeen<'a>) -> CaseSeen<'a> {
        let File {
            stem, first_suite, ..
        } = self.files[unit as usize];
        let dotted = self.names.get(unit);
        self.classname.clear();
        self.classname.push_str(dotted);
        // Jest repeats the file or the title as a class, which would make addresses longer.
        if !says_nothing(&case, dotted, stem) {
            self.classname.push('.');
            self.classname.push_str(case.classname);
        }
        CaseSeen {
            classname: &self.classname,
            file: Some(dotted),
            suite: first_suite,
            whole_files: true,
            never_cut: true,
            ..case
        }
    }

    /// Returns the number of the file that `raw` names.
    fn number(&mut self, raw: &str, suite: u32) -> Option<u32> {
        // Cases of one file come together.
        if self.last.0 == raw {
            return self.last.1;
        }
        let unit = path::normalise(raw).map(|path| {
            let path = path_map::map(path, self.mappings);
            let stem = path::extension(&path).map_or(0, |extension| extension.len() + 1);
            self.unit(&dotted(&path), stem, suite)
        });
        self.note_last(raw, unit);
        unit
    }

    fn note_last(&mut self, text: &str, unit: Option<u32>) {
        text.clone_into(&mut self.last.0);
        self.last.1 = unit;
    }

    /// Returns the number of the unit of this name.
    fn named(&mut self, name: &str, suite: u32) -> u32 {
        match &self.last {
            (last, Some(unit)) if last == name => *unit,
            _ => {
                let unit = self.unit(name, 0, suite);
                self.note_last(name, Some(unit));
                unit
            }
        }
    }

    fn unit(&mut self, dotted: &str, extension: usize, suite: u32) -> u32 {
        let unit = self.names.intern(dotted);
        // It is new.
        if unit as usize == self.files.len() {
            self.files.push(File {
                stem: dotted.len() - extension,
                first_suite: suite,
                class: Classes::None,
            });
        }
        unit
    }
}

/// Returns the case under its address in the report.
fn as_reported<'a>(case: &Case<'a>) -> CaseSeen<'a> {
    CaseSeen {
        classname: case.classname,
        name: case.name,
        file: case.file,
        suite: count(case.suite.index()),
        sample: case.time,
        skip_time: case.skip_time,
        // A failure in quarantine is a failure, so that flaky tests stay distinct from those that
        // are known to fail; a case that never ran is no sample.
        outcome: match case.outcome {
            Outcome::XFailed if case.not_run => Outcome::NotRun,
            Outcome::XFailed if case.quarantined => Outcome::Failed,
            outcome => outcome,
        },
        ..CaseSeen::default()
    }
}

/// Returns true if a class name adds nothing to the file and the name: it is empty, the end of the
/// name (Jest and Mocha repeat titles there), or the file again.
fn says_nothing(case: &CaseSeen<'_>, file: &str, stem: usize) -> bool {
    let classname = case.classname;
    if case.name.ends_with(classname) || is_file_again(classname, file, stem) {
        return true;
    }
    // An old form of Playwright's: `a.spec.ts:4:3 › title`.
    classname.contains(':')
        && path::normalise(classname).is_some_and(|path| is_file_again(&path, file, stem))
}

/// Returns true if a text is the end of the file's path, with or without its extension: RSpec
/// writes `spec.models.user_spec`.
fn is_file_again(text: &str, file: &str, stem: usize) -> bool {
    let text = text.strip_prefix("./").unwrap_or(text);
    let ends_so = |file: &str| {
        let Some(start) = file.len().checked_sub(text.len()) else {
            return false;
        };
        let same = |(a, b): (u8, u8)| a == b || (matches!(a, b'/' | b'\\') && b == b'.');
        text.bytes().zip(file.bytes().skip(start)).all(same)
            && (start == 0 || file.as_bytes()[start - 1] == b'.')
    };
    ends_so(file) || ends_so(&file[..stem])
}
