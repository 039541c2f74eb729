//! Timings of builds that selected the same tests as this one, such as `-m "not slow"` in pull
//! requests: a plan from them has no tests that only other builds ran.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use evenshard_report::words::grouped;

use crate::inputs::Timings;
use crate::pytest_options::{PytestOptions, value_of, values_of};
use crate::streams::Streams;

/// Switches that change the selection, as records name them (`_SWITCHES` in the plugin's
/// `asked.py`), and their other names in `pytest --help`.
const SWITCHES: [(&str, &[&str]); 4] = [
    ("--doctest-modules", &[]),
    ("--pyargs", &[]),
    ("--lf", &["--last-failed"]),
    ("--stepwise", &["--sw"]),
];

/// Drops the timings of builds that ran other tests, where complete builds of the same selection
/// are known. The whole suite is planned from all builds.
pub(crate) fn narrow(timings: &mut Timings, pytest: &PytestOptions, streams: &mut Streams<'_>) {
    let history = &timings.history;
    let reports = history.reports().iter();
    let selections: BTreeSet<&str> = reports
        .filter_map(|report| report.origin.selection.as_deref())
        .collect();
    let Some(own) = find(&selections, pytest) else {
        return;
    };
    let wanted = Selection::of(own);
    // Builds that selected less ran some of these tests, too.
    let narrowed = history.with_reports(|report| {
        let selection = report.origin.selection.as_deref();
        selection.is_some_and(|other| Selection::of(other).is_within(&wanted))
    });
    let mut builds = narrowed.builds().into_iter();
    // A build that was cut short would hide tests that still exist.
    if narrowed.len() == history.len() || !builds.any(|build| build.is_complete(&narrowed)) {
        return;
    }
    streams.say(&format!(
        "planning from builds that selected `{own}`: {} of {} known tests",
        grouped(narrowed.len()),
        grouped(history.len()),
    ));
    timings.history = narrowed;
}

/// Finds the selection among these that pytest will make, unless it is the whole suite.
fn find<'s>(selections: &BTreeSet<&'s str>, pytest: &PytestOptions) -> Option<&'s str> {
    let options = options(pytest);
    let arguments = arguments(pytest);
    let fits = |text: &&&str| {
        let selection = Selection::of(text);
        let named = if arguments.is_empty() {
            &pytest.testpaths
        } else {
            &arguments
        };
        selection.options == options && selection.arguments == *named
    };
    let found = selections.iter().find(fits);
    found.copied().filter(|selection| !selection.is_empty())
}

/// A selection, from the text of a record.
#[derive(Debug, Default)]
struct Selection {
    /// The options that leave tests out, with their values.
    options: Vec<(String, Option<String>)>,
    arguments: Vec<String>,
}

impl Selection {
    fn of(text: &str) -> Self {
        let mut selection = Self::default();
        let mut words = words_of(text).into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                // Settings that every build of a project has.
                "-o" | "--doctest-glob" => drop(words.next()),
                "-k" | "-m" | "--deselect" | "--ignore" | "--ignore-glob" => {
                    let value = words.next();
                    selection.options.push((word, value));
                }
                _ if word.starts_with('-') => selection.options.push((word, None)),
                _ => selection.arguments.push(word),
            }
        }
        selection
    }

    /// Returns true where this selects no more than `other`.
    fn is_within(&self, other: &Self) -> bool {
        let has = |option: &(String, Option<String>)| self.options.contains(option);
        let below = |argument: &String| {
            let mut above = other.arguments.iter();
            above.any(|above| {
                let rest = argument.strip_prefix(above.as_str());
                // `tests/unit` holds `tests/unit/x` and not `tests/units`.
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':', '[']))
            })
        };
        let arguments = &self.arguments;
        let is_below =
            other.arguments.is_empty() || !arguments.is_empty() && arguments.iter().all(below);
        other.options.iter().all(has) && is_below
    }
}

/// Splits the words of a shell.
fn words_of(selection: &str) -> Vec<String> {
    shell_words::split(selection).unwrap_or_default()
}

/// Lists the options that select, in the order of records.
fn options(pytest: &PytestOptions) -> Vec<(String, Option<String>)> {
    let words = &pytest.words;
    let mut found = Vec::new();
    for option in ["-k", "-m"] {
        let value = value_of(words, &[option]).filter(|value| !value.is_empty());
        found.extend(value.map(|value| (option.to_owned(), Some(value))));
    }
    for option in ["--deselect", "--ignore", "--ignore-glob"] {
        for value in values_of(words, &[option]) {
            // pytest compares it with the beginnings of node ids, not with paths.
            let value = if option == "--deselect" {
                value
            } else {
                relative(&value, pytest)
            };
            found.push((option.to_owned(), Some(value)));
        }
    }
    for (switch, others) in SWITCHES {
        let is_given = |word: &String| word == switch || others.contains(&word.as_str());
        if words.iter().any(is_given) {
            found.push((switch.to_owned(), None));
        }
    }
    found
}

/// Options of pytest 7.4 to 9.x, pytest-cov, pytest-html and pytest-django that may have a path as
/// their next word.
const WITH_VALUES: &str = "-k -m -p -c -o -n -r -W --config-file --confcutdir --rootdir --basetemp \
    --ignore --ignore-glob --deselect --junitxml --junit-xml --junit-prefix --log-file --cov \
    --cov-config --cov-report --html --ds";

/// Lists the words that name files, folders and tests.
fn arguments(pytest: &PytestOptions) -> Vec<String> {
    let mut named = Vec::new();
    let mut words = pytest.words.iter();
    while let Some(word) = words.next() {
        let path = word
            .split_once("::")
            .map_or(word.as_str(), |(path, _)| path);
        if WITH_VALUES.split(' ').any(|option| option == word) {
            words.next();
        } else if !word.starts_with('-') && pytest.at.join(path).exists() {
            named.push(relative(word, pytest));
        }
    }
    named
}

/// Rewrites a path or node id from the folder of pytest's settings.
fn relative(text: &str, pytest: &PytestOptions) -> String {
    let (path, names) = text.split_once("::").unwrap_or((text, ""));
    let path = plain(&pytest.at.join(path));
    let path = path
        .strip_prefix(plain(&pytest.folder))
        .unwrap_or(Path::new(text));
    let path = path.to_string_lossy();
    let path = path.trim_end_matches('/');
    if names.is_empty() {
        path.to_owned()
    } else {
        format!("{path}::{names}")
    }
}

/// Removes `.` and `..` from a path without asking the file system.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ffi::OsString;

    use super::{Selection, find};
    use crate::env::Env;
    use crate::pytest_options::PytestOptions;

    const SELECTIONS: [&str; 6] = [
        "",
        "-m 'not slow'",
        "-m 'not slow' tests/api",
        "-k small --ignore tests/api",
        "tests/api",
        "tests/web/test_a.py::test_x",
    ];

    fn found(command: &str, ini: &str) -> Option<&'static str> {
        let folder = tempfile::tempdir().unwrap();
        for name in ["tests/api/test_b.py", "tests/web/test_a.py"] {
            let path = folder.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        }
        fs_err::write(folder.path().join("pytest.ini"), ini).unwrap();
        let env = Env::default().in_folder(folder.path());
        let command = shell_words::split(command).unwrap();
        let command: Vec<OsString> = command.into_iter().map(OsString::from).collect();
        let pytest = PytestOptions::of(&command, &env);
        find(&BTreeSet::from(SELECTIONS), &pytest)
    }

    #[test]
    fn a_command_is_of_the_builds_that_selected_the_same() {
        assert_eq!(found("pytest -m 'not slow'", ""), Some("-m 'not slow'"));
        let addopts = "[pytest]\naddopts = -m 'not slow'\n";
        assert_eq!(found("pytest -q", addopts), Some("-m 'not slow'"));
        assert_eq!(
            found("pytest -q tests/api/", addopts),
            Some("-m 'not slow' tests/api")
        );
        assert_eq!(
            found("pytest -k small --ignore=./tests/api", ""),
            Some("-k small --ignore tests/api")
        );
        let other = "pytest --junitxml tests --rootdir . --ignore tests/api -k small";
        assert_eq!(found(other, ""), Some("-k small --ignore tests/api"));
        assert_eq!(found("pytest tests/web/../api", ""), Some("tests/api"));
        let one = "tests/web/test_a.py::test_x";
        assert_eq!(found(&format!("pytest {one}"), ""), Some(one));
        assert_eq!(
            found("pytest", "[pytest]\ntestpaths = tests/api\n"),
            Some("tests/api")
        );
    }

    #[test]
    fn what_selects_less_is_within_what_selects_more() {
        let within = |less: &str, more: &str| Selection::of(less).is_within(&Selection::of(more));
        for (less, more) in [
            ("-m slow", ""),
            ("-m slow -k x", "-m slow"),
            ("tests/api/test_b.py::test_x", "tests/api"),
            ("tests/unit", "tests/unit tests/web"),
            ("-m slow tests/unit", "tests"),
        ] {
            assert!(within(less, more), "{less} of {more}");
            assert!(!within(more, less), "{more} of {less}");
        }
        assert!(!within("-m slow -k x", "-k slow"));
        assert!(!within("tests/units", "tests/unit"));
    }

    #[test]
    fn another_selection_and_the_whole_suite_are_of_no_such_builds() {
        for command in [
            "pytest",
            "pytest -m slow",
            "pytest tests",
            "pytest -k small",
        ] {
            assert_eq!(found(command, ""), None, "{command}");
        }
        let addopts = "[pytest]\naddopts = -m 'not slow'\n";
        assert_eq!(found("pytest -m ''", addopts), None);
    }
}
