//! The rule for the file in a classname: `tests.test_a` of `tests.test_a.TestX`.
//!
//! A node id of a list decides, then a `file` attribute whose dotted form begins the classname,
//! then the names themselves: trailing parts that look like classes, a prefix that has cases of
//! its own. Never the disk: the checkouts of two jobs can differ and their plans must not.

use rustc_hash::FxHashMap;

use crate::address::{NodeId, is_test_file, is_under, strip_classes};
use crate::history::{ClassId, History, count};
use crate::producers::outer_class;

/// The length of the file in each classname of a history, by class.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(Vec<u32>);

impl Files {
    /// Finds the files of all classnames.
    pub(crate) fn of_history(history: &History) -> Self {
        let known = |name: &str| history.find_class(name).is_some();
        let length = |class| count(find(history, class, &known).len());
        Self(history.class_ids().map(length).collect())
    }

    /// Finds the files of classnames by the node ids of a list, and those of other classnames as
    /// [`of_history`](Self::of_history) does.
    pub(crate) fn of_list(history: &History, lines: &[&str]) -> Self {
        let mut files = Self::of_history(history);
        let mut last: Option<(NodeId<'_>, Option<ClassId>)> = None;
        for line in lines {
            let id = NodeId::parse(line);
            // Lists are long, and most lines are of the class of the line before.
            let same = |(before, _): &(NodeId<'_>, _)| {
                before.path() == id.path() && before.classes() == id.classes()
            };
            if last.as_ref().is_some_and(same) {
                continue;
            }
            let before = last.take().and_then(|(_, class)| class);
            let class = history.find_class_after(before, &id.classname());
            if let Some(class) = class {
                files.0[class.index()] = count(id.dotted_file().len());
            }
            last = Some((id, class.or(before)));
        }
        files
    }

    /// Returns the file of a class.
    pub(crate) fn of<'h>(&self, history: &'h History, class: ClassId) -> &'h str {
        let name = history.class_name(class);
        name.get(..self.0[class.index()] as usize).unwrap_or(name)
    }
}

/// Returns the files of some classnames, judged by these alone.
pub(super) fn of_classes<'h>(
    history: &'h History,
    classes: &[ClassId],
) -> FxHashMap<ClassId, &'h str> {
    let mut files: FxHashMap<ClassId, &str> = classes.iter().map(|&class| (class, "")).collect();
    let known = |name: &str| {
        let class = history.find_class(name);
        class.is_some_and(|class| files.contains_key(&class))
    };
    let found: Vec<_> = { files.keys() }
        .map(|&class| (class, find(history, class, &known)))
        .collect();
    files.extend(found);
    files
}

/// Returns the file in the name of a class.
fn find<'h>(history: &'h History, class: ClassId, known: &impl Fn(&str) -> bool) -> &'h str {
    let hint = history.file_hint(class);
    hint.unwrap_or_else(|| guess(history.class_name(class), known))
}

/// Numbers for the files of a history.
#[derive(Clone, Debug)]
pub(crate) struct FileNumbers<'h> {
    of_class: Vec<u32>,
    numbers: FxHashMap<&'h str, u32>,
}

impl<'h> FileNumbers<'h> {
    pub(crate) fn new(history: &'h History, files: &Files) -> Self {
        let mut numbers = FxHashMap::default();
        let of_class = history.class_ids().map(|class| {
            let next = count(numbers.len());
            *numbers.entry(files.of(history, class)).or_insert(next)
        });
        Self {
            of_class: of_class.collect(),
            numbers,
        }
    }

    /// Returns the number of the file of a class.
    pub(crate) fn of(&self, class: ClassId) -> u32 {
        self.of_class[class.index()]
    }

    /// Returns the number of a dotted file.
    pub(crate) fn find(&self, file: &str) -> Option<u32> {
        self.numbers.get(file).copied()
    }

    /// Returns the number of files.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }
}

/// Guesses the file of `classname`; `known` finds the other classnames of its suite.
fn guess<'a>(classname: &'a str, known: &impl Fn(&str) -> bool) -> &'a str {
    // Nested classes of Java and .NET are no files.
    let outer = outer_class(classname);
    if outer.len() < classname.len() {
        return outer;
    }
    let without_classes = strip_classes(classname);
    if is_test_file(last_part(without_classes)) {
        return without_classes;
    }
    // A class with a name like a function's (`class describe_login`): the module above it
    // is the file when it has cases of its own, or is named like a test file.
    let mut prefix = without_classes;
    while let Some((shorter, _)) = prefix.rsplit_once('.') {
        if is_test_file(last_part(shorter)) || known(shorter) {
            debug_assert!(is_under(classname, shorter), "a prefix stays one");
            return shorter;
        }
        prefix = shorter;
    }
    without_classes
}

fn last_part(dotted: &str) -> &str {
    dotted.rsplit_once('.').map_or(dotted, |(_, last)| last)
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
