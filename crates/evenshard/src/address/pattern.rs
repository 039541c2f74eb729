//! Address patterns: how people name tests, files and folders in rules.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::escape::{Escaping, escape};
use super::nodeid::{NodeId, dotted};
use crate::address::split_names;
use crate::error::{Error, ErrorKind};

/// Names a folder, a file, a class or a test, and covers all that is below it.
///
/// It is written like a node id. `*` matches any text (none and separators included), `?` one
/// character; all else, brackets too, matches itself.
///
/// | pattern | covers |
/// |---|---|
/// | `tests/db` | all files of the folder |
/// | `tests/test_a.py` | all tests of the file |
/// | `tests/test_a.py::TestX` | all tests of the class |
/// | `tests/test_a.py::TestX::test_y` | the function with all its parameters |
/// | `tests/test_a.py::TestX::test_y[a]` | this one test |
/// | `tests/*_slow.py`, `*::test_migration*` | whatever fits |
///
/// Paths are compared in their dotted form, as addresses are: `tests/a`, `tests/a.py` and
/// `tests.a` are one pattern, and cover the file as well as a folder of that name. Names are
/// compared in one form for all versions of pytest, in which characters that XML cannot hold
/// are written `#x1B` and brackets are closed.
///
/// ```
/// use evenshard::NodeId;
/// use evenshard::address::Pattern;
/// let pattern: Pattern = "tests/db/*.py::TestWrite".parse()?;
/// assert!(pattern.covers(&NodeId::parse("tests/db/test_a.py::TestWrite::test_x[1]")));
/// assert!(!pattern.covers(&NodeId::parse("tests/db/test_a.py::TestWriter::test_x")));
/// // A file that can hold such tests.
/// assert!(pattern.covers_some_of("tests/db/test_new.py"));
/// assert!("::TestX".parse::<Pattern>().is_err());
/// # Ok::<(), evenshard::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    /// As it was written.
    text: String,
    path: Glob,
    /// Without names, all below the path is covered.
    names: Option<Glob>,
}

impl Pattern {
    /// Returns true if the pattern covers the test with this node id. For an id without names (a
    /// whole file), the path alone decides.
    pub fn covers(&self, id: &NodeId<'_>) -> bool {
        let file = id.dotted_file();
        self.end(&file, &Subject::of_id(id)).is_some()
    }

    /// Returns true if the pattern can cover tests of the file at `path`.
    #[doc(hidden)]
    pub fn covers_some_of(&self, path: &str) -> bool {
        self.can_cover(&dotted(path))
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns true if the pattern can cover tests of this dotted file.
    pub(crate) fn can_cover(&self, file: &str) -> bool {
        // With names the file has to be covered as a whole, else a folder above it does.
        let above = if self.names.is_some() { "" } else { file };
        let dots = above.match_indices('.').map(|(at, _)| at);
        self.path.end(file, dots.chain([file.len()])).is_some()
    }

    /// Returns the shortest length of a test's names that the pattern needs to cover the test: 0 if
    /// it covers the whole file. `None` if it does not cover the test.
    pub(crate) fn end(&self, file: &str, subject: &Subject) -> Option<usize> {
        if !self.can_cover(file) {
            return None;
        }
        match &self.names {
            Some(names) if !subject.text.is_empty() => {
                names.end(&subject.text, subject.ends.iter().copied())
            }
            _ => Some(0),
        }
    }

    /// The pieces between the stars of the path and of the names, if it has any: what a
    /// runner's plugin compares with.
    #[doc(hidden)]
    pub fn pieces(&self) -> (&[String], Option<&[String]>) {
        let names = self.names.as_ref().map(|names| names.0.as_slice());
        (&self.path.0, names)
    }
}

impl FromStr for Pattern {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::MalformedPattern`] for one without a path, or with `::` and no name.
    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = |detail| {
            Error::new(ErrorKind::MalformedPattern {
                pattern: text.to_owned(),
                detail,
            })
        };
        let (path, names) = match text.split_once("::") {
            Some((path, names)) => (path, Some(names)),
            None => (text, None),
        };
        // A folder may be written with its slash.
        let path = dotted(path.trim_end_matches('/'));
        if path.is_empty() || path == "." {
            return Err(malformed("it names no file or folder ('*' names all)"));
        }
        if names.is_some_and(|names| names.is_empty() || names.starts_with("::")) {
            return Err(malformed("no name follows its '::'"));
        }
        Ok(Self {
            text: text.to_owned(),
            path: Glob::new(&path),
            names: names.map(|names| Glob::new(&names_of_pattern(names))),
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl TryFrom<String> for Pattern {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.text
    }
}

/// The names of a pattern in the form of a [`Subject`].
fn names_of_pattern(names: &str) -> String {
    // Tests are compared without their groups.
    let (names, _) = split_names(names);
    let (names, params) = names.split_at(names.find('[').unwrap_or(names.len()));
    let mut out = names.replace("::", ".");
    out.push_str(params);
    canonical_name(&out)
}

/// A name in the one form in which all its spellings in reports agree.
fn canonical_name(name: &str) -> String {
    let mut out = escape(name, Escaping::Either).into_owned();
    if name.contains('[') && !name.ends_with(']') {
        out.push(']');
    }
    out
}

/// The classes and the name of a test, as patterns see them: joined by `.`, since addresses do not
/// distinguish `a.py::b.c::test` from `a.py::b::c::test`.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) text: String,
    /// The ends that a pattern may have, ascending: after each class, before parameters, at the
    /// end.
    ends: Vec<usize>,
}

impl Subject {
    /// Of a test with these classes, joined by `.`, and this name.
    pub(crate) fn new(classes: &str, name: &str) -> Self {
        let name = canonical_name(name);
        let mut ends: Vec<usize> = classes.match_indices('.').map(|(at, _)| at).collect();
        let mut text = String::with_capacity(classes.len() + 1 + name.len());
        if !classes.is_empty() {
            ends.push(classes.len());
            text.push_str(classes);
            text.push('.');
        }
        ends.extend(name.find('[').map(|at| text.len() + at));
        text.push_str(&name);
        ends.push(text.len());
        Self { text, ends }
    }

    pub(crate) fn of_id(id: &NodeId<'_>) -> Self {
        Self::new(&id.classes().join("."), &id.name())
    }

    /// Of the test of this address, whose dotted file is known; of what is not under it, the
    /// name alone.
    pub(crate) fn of_address(file: &str, classname: &str, name: &str) -> Self {
        let classes = classname.strip_prefix(file);
        let classes = classes.and_then(|rest| rest.strip_prefix('.'));
        Self::new(classes.unwrap_or_default(), name)
    }
}

/// Text with `*` and `?`: the pieces between the stars.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Glob(Vec<String>);

impl Glob {
    fn new(text: &str) -> Self {
        Self(text.split('*').map(str::to_owned).collect())
    }

    /// The first of `ends` (ascending) up to which the glob takes the text.
    ///
    /// Each piece but the last is taken where it first fits, which leaves most room for the
    /// others; so nothing is ever tried twice, whatever the pattern: O(text * pattern).
    fn end(&self, text: &str, mut ends: impl Iterator<Item = usize>) -> Option<usize> {
        let (first, rest) = self.0.split_first()?;
        let mut at = fits(first, text)?;
        let Some((last, middle)) = rest.split_last() else {
            return ends.find(|&end| end == at);
        };
        for piece in middle {
            at += text[at..]
                .char_indices()
                .map(|(from, _)| from)
                .chain([text.len() - at])
                .find_map(|from| Some(from + fits(piece, &text[at + from..])?))?;
        }
        ends.find(|&end| end >= at && fits_at_end(last, &text[at..end]))
    }
}

/// Returns the number of bytes at the beginning of `text` that the piece matches.
fn fits(piece: &str, text: &str) -> Option<usize> {
    let mut chars = text.chars();
    for wanted in piece.chars() {
        let found = chars.next()?;
        if wanted != '?' && wanted != found {
            return None;
        }
    }
    Some(text.len() - chars.as_str().len())
}

/// Returns true if `text` ends with the piece.
fn fits_at_end(piece: &str, text: &str) -> bool {
    let mut chars = text.chars().rev();
    piece
        .chars()
        .rev()
        .all(|wanted| chars.next().is_some_and(|c| wanted == '?' || wanted == c))
}

#[cfg(test)]
mod tests {
    use super::{NodeId, Pattern};

    fn covers(pattern: &str, id: &str) -> bool {
        let pattern: Pattern = pattern.parse().unwrap();
        pattern.covers(&NodeId::parse(id))
    }

    #[test]
    fn a_pattern_covers_what_it_names_and_all_below() {
        let id = "tests/db/test_a.py::TestX::TestIn::test_y[a::b]";
        for pattern in [
            "tests",
            "./tests/",
            "tests/db",
            "tests/db/test_a.py",
            "tests.db.test_a",
            "tests/db/test_a.py::TestX",
            "tests/db/test_a.py::TestX::TestIn",
            "tests/db/test_a.py::TestX::TestIn::test_y",
            id,
            "*",
            "tests/*/test_?.py::*::test_y",
            "*::TestX",
            "*::*[a::b]",
            "*test_a.py::Test*",
        ] {
            assert!(covers(pattern, id), "{pattern}");
        }
        for pattern in [
            "test",
            "tests/d",
            "tests/db/test_a.py::Test",
            "tests/db/test_a.py::TestX::test_y",
            "tests/db/test_a.py::TestX::TestIn::test",
            "tests/db/test_a.py::TestX::TestIn::test_y[a]",
            "tests/db/test_a.py::TestX::TestIn::test_y[a",
            "tests/db::TestX",
            "tests/db/test_??.py",
        ] {
            assert!(!covers(pattern, id), "{pattern}");
        }
    }

    #[test]
    fn of_a_whole_file_the_path_decides() {
        assert!(covers("spec/a_spec.rb", "spec/a_spec.rb"));
        assert!(covers("spec/a_spec.rb::logs in", "spec/a_spec.rb"));
        assert!(!covers("spec/b_spec.rb::logs in", "spec/a_spec.rb"));
    }

    #[test]
    fn names_meet_in_every_spelling() {
        assert!(covers("a.py::t[\u{1F600}]", "a.py::t[#x1F600]"));
        assert!(covers("a.py::t[#x7F]", "a.py::t[\x7f]"));
        assert!(covers("a.py::t[open", "a.py::t[open"));
        assert!(covers("a.py::b.c::t", "a.py::b::c::t"));
        assert!(covers("a.py::mod.f", "a.py::mod.f"));
        assert!(!covers("a.py::mod", "a.py::mod.f"), "a name is no class");
    }

    #[test]
    fn stars_that_fit_in_many_ways_do_not_take_long() {
        let id = format!("a.py::{}", "a".repeat(5_000));
        let pattern = format!("a.py::{}b", "a*".repeat(2_000));
        assert!(!covers(&pattern, &id));
        assert!(covers(&pattern[..pattern.len() - 1], &id));
    }

    #[test]
    fn patterns_that_name_nothing_are_errors() {
        for text in ["", "./", "/", "::TestX", "a.py::", "a.py::::x"] {
            assert!(text.parse::<Pattern>().is_err(), "{text:?}");
        }
        let error = "::x".parse::<Pattern>().unwrap_err().to_string();
        assert_eq!(
            error,
            "'::x' is not a pattern such as tests/test_a.py::TestX: it names no file or folder ('*' names all)"
        );
    }
}
