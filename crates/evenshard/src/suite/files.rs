//! Which part of a classname is the file, where no collected id tells.
//!
//! In this order: a `file` attribute whose dotted form is a prefix of the classname; the
//! names themselves (trailing parts that look like classes, a prefix that has cases of its
//! own). Never the disk: the jobs' checkouts can differ and the plan must not.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::address::is_under;
use crate::history::{ClassId, History};
use crate::producers::outer_class;

/// How much of each classname of a history is the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(FxHashMap<ClassId, usize>);

impl Files {
    /// The files of all classnames that `history` knows.
    pub(crate) fn of_history(history: &History) -> Self {
        let known = |name: &str| history.find_class(name).is_some();
        Self::guessed(history, history.class_ids(), &known)
    }

    /// The files of some classnames, judged by these alone.
    pub(crate) fn of_classes(history: &History, classes: impl Iterator<Item = ClassId>) -> Self {
        let classes: FxHashSet<ClassId> = classes.collect();
        let known = |name: &str| {
            let class = history.find_class(name);
            class.is_some_and(|class| classes.contains(&class))
        };
        Self::guessed(history, classes.iter().copied(), &known)
    }

    fn guessed(
        history: &History,
        classes: impl Iterator<Item = ClassId>,
        known: &impl Fn(&str) -> bool,
    ) -> Self {
        let length = |class: ClassId| {
            let file = history
                .file_hint(class)
                .unwrap_or_else(|| guess(history.class_name(class), known));
            (class, file.len())
        };
        Self(classes.map(length).collect())
    }

    /// Settles the file of a classname, known for certain.
    pub(crate) fn settle(&mut self, class: ClassId, file: &str) {
        self.0.insert(class, file.len());
    }

    /// The file of a class; all of its name where nothing is known of it.
    pub(crate) fn of<'h>(&self, history: &'h History, class: ClassId) -> &'h str {
        let name = history.class_name(class);
        self.0
            .get(&class)
            .and_then(|&length| name.get(..length))
            .unwrap_or(name)
    }
}

/// The likely file of `classname`; `known` tells other classnames of its suite.
fn guess<'a>(classname: &'a str, known: &impl Fn(&str) -> bool) -> &'a str {
    let outer = outer_class(classname);
    if outer.len() < classname.len() {
        return outer;
    }
    let without_classes = strip_classes(classname);
    if looks_like_test_file(last_part(without_classes)) {
        return without_classes;
    }
    // A class with a name like a function's (`class describe_login`): the module above it
    // is the file when it has cases of its own, or is named like a test file.
    let mut prefix = without_classes;
    while let Some((shorter, _)) = prefix.rsplit_once('.') {
        if looks_like_test_file(last_part(shorter)) || known(shorter) {
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

    fn guessed<'a>(classname: &'a str, others: &[&str]) -> &'a str {
        guess(classname, &|name: &str| others.contains(&name))
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
