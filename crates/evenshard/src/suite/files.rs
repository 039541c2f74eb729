//! Which part of a classname is the file, where no collected id tells.
//!
//! In this order: a `file` attribute whose dotted form is a prefix of the classname; the
//! names themselves (trailing parts that look like classes, a prefix that has cases of its
//! own). Never the disk: the jobs' checkouts can differ and the plan must not.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::is_under;
use crate::history::History;

/// The dotted file of every classname.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(BTreeMap<String, String>);

impl Files {
    /// The files of all classnames that `history` knows.
    pub(crate) fn of_history(history: &History) -> Self {
        let classnames: BTreeSet<&str> = history.tests().map(|t| history.classname(t)).collect();
        let file_of = |classname| match history.file_hint(classname) {
            Some(file) => file,
            None => guess(classname, &classnames),
        };
        Self(
            classnames
                .iter()
                .map(|&c| (c.to_owned(), file_of(c).to_owned()))
                .collect(),
        )
    }

    /// Settles the file of a classname, known for certain.
    pub(crate) fn settle(&mut self, classname: &str, file: &str) {
        self.0.insert(classname.to_owned(), file.to_owned());
    }

    /// The file of `classname`; itself where nothing is known of it.
    pub(crate) fn of<'a>(&'a self, classname: &'a str) -> &'a str {
        self.0.get(classname).map_or(classname, String::as_str)
    }
}

/// The likely file of `classname` among all classnames of a suite.
fn guess<'a>(classname: &'a str, all: &BTreeSet<&str>) -> &'a str {
    let without_classes = strip_classes(classname);
    if looks_like_test_file(last_part(without_classes)) {
        return without_classes;
    }
    // A class with a name like a function's (`class describe_login`): the module above it
    // is the file when it has cases of its own, or is named like a test file.
    let mut prefix = without_classes;
    while let Some((shorter, _)) = prefix.rsplit_once('.') {
        if looks_like_test_file(last_part(shorter)) || all.contains(shorter) {
            debug_assert!(is_under(classname, shorter), "a prefix stays one");
            return shorter;
        }
        prefix = shorter;
    }
    without_classes
}

/// `classname` without its trailing parts that look like classes; at least one part stays.
pub(crate) fn strip_classes(classname: &str) -> &str {
    let mut rest = classname;
    while let Some((shorter, last)) = rest.rsplit_once('.') {
        if !looks_like_class(last) || shorter.is_empty() {
            break;
        }
        rest = shorter;
    }
    rest
}

fn last_part(dotted: &str) -> &str {
    dotted.rsplit_once('.').map_or(dotted, |(_, last)| last)
}

fn looks_like_class(part: &str) -> bool {
    part.trim_start_matches('_').starts_with(char::is_uppercase)
}

fn looks_like_test_file(part: &str) -> bool {
    part.starts_with("test_") || part.ends_with("_test")
}

#[cfg(test)]
mod tests {
    use super::guess;
    use std::collections::BTreeSet;

    fn guessed<'a>(classname: &'a str, others: &[&str]) -> &'a str {
        let mut all: BTreeSet<&str> = others.iter().copied().collect();
        all.insert(classname);
        guess(classname, &all)
    }

    #[test]
    fn trailing_parts_in_capitals_are_classes() {
        assert_eq!(guessed("tests.test_a.TestX.TestInner", &[]), "tests.test_a");
        assert_eq!(guessed("tests.test_a._TestX", &[]), "tests.test_a");
        assert_eq!(guessed("tests.test_a", &[]), "tests.test_a");
        assert_eq!(guessed("TestX", &[]), "TestX");
    }

    #[test]
    fn a_prefix_with_cases_of_its_own_is_the_file() {
        assert_eq!(
            guessed("checks.login.describe_form", &["checks.login"]),
            "checks.login"
        );
        assert_eq!(
            guessed("checks.login.describe_form", &[]),
            "checks.login.describe_form"
        );
        assert_eq!(guessed("t.test_login.describe_form", &[]), "t.test_login");
    }

    #[test]
    fn a_test_file_beside_a_folder_of_its_name_stays_apart() {
        assert_eq!(
            guessed("tests.a.test_new", &["tests.a"]),
            "tests.a.test_new"
        );
    }
}
