//! Which file a case is of, and the address that this makes.
//!
//! pytest's addresses are left as they are: its `file` attribute names where a function is
//! defined, which is another file for inherited and imported tests. Most other runners run
//! whole files, and their class names and titles repeat from file to file, so there the file
//! becomes the beginning of the address. It is, in this order,
//! 1. the `file` attribute of the case or of a suite around it,
//! 2. for Go, whose unit is the package, the package,
//! 3. the name of the nearest suite that is named like a file (Vitest, Playwright),
//! 4. the class name, if it is a path.

use rustc_hash::FxHashMap;

use crate::address::dotted;
use crate::ingest::path_map::{self, PathMapping};
use crate::junit::{Case, path};

/// What pytest calls its suite, unless it is told otherwise.
const PYTEST: &str = "pytest";
/// Extensions that make a file of a name without a folder: nobody ends titles or dotted
/// module names so.
const PLAIN: &[&str] = &[
    "cjs", "coffee", "cts", "feature", "js", "jsx", "mjs", "mts", "php", "rb", "svelte", "ts",
    "tsx", "vue",
];

/// What a case is called in a history.
#[derive(Debug)]
pub(super) struct Identity<'a> {
    /// The dotted file and the class, or the class name as reported.
    pub(super) classname: &'a str,
    /// What is told of its file.
    pub(super) file: Option<&'a str>,
    /// The number of its file, where that is the unit that a runner runs.
    pub(super) unit: Option<u32>,
    /// Which suite element counts as its own: the first one of its file, since what has one
    /// address within a file (in two projects of Playwright, in two blocks of one title) is
    /// run whenever the file is.
    pub(super) suite: u32,
    /// Whether a `/` in its name makes it part of another test.
    pub(super) nested_name: bool,
}

/// Settles the cases of one report.
#[derive(Debug)]
pub(super) struct Identities<'m> {
    mappings: &'m [PathMapping],
    files: Vec<File>,
    by_name: FxHashMap<String, u32>,
    /// The text that named the last file, and its number: cases of a file come together.
    last: Option<(String, Option<u32>)>,
    classname: String,
}

/// A file of a report.
#[derive(Debug)]
struct File {
    dotted: String,
    /// How much of it is left without its extension.
    stem: usize,
    first_suite: u32,
}

impl<'m> Identities<'m> {
    pub(super) fn new(mappings: &'m [PathMapping]) -> Self {
        Self {
            mappings,
            files: Vec::new(),
            by_name: FxHashMap::default(),
            last: None,
            classname: String::new(),
        }
    }

    /// The dotted name of a file.
    pub(super) fn file(&self, unit: u32) -> &str {
        &self.files[unit as usize].dotted
    }

    /// The suite element that stands for all of a file.
    pub(super) fn suite_of(&self, unit: u32) -> u32 {
        self.files[unit as usize].first_suite
    }

    /// Settles one case.
    pub(super) fn of<'a>(&'a mut self, case: &Case<'a>) -> Identity<'a> {
        let suite = u32::try_from(case.suite.index()).unwrap_or(u32::MAX);
        if case.suite_name == PYTEST || case.file.is_some_and(is_python) {
            return as_reported(case, suite);
        }
        if let Some(unit) = self.told(case, suite) {
            return self.within(unit, case);
        }
        let package = go_package(case).and_then(|package| self.number(package, suite, |_| true));
        if let Some(unit) = package {
            // Several suites of one package are several runs of it, not parts of one.
            let package = self.file(unit);
            return Identity {
                classname: package,
                file: Some(package),
                unit: Some(unit),
                suite,
                nested_name: true,
            };
        }
        match self.named(case, suite) {
            Some(unit) => self.within(unit, case),
            None => as_reported(case, suite),
        }
    }

    /// A case of a file.
    fn within<'a>(&'a mut self, unit: u32, case: &Case<'a>) -> Identity<'a> {
        let file = &self.files[unit as usize];
        self.classname.clear();
        self.classname.push_str(&file.dotted);
        if !says_nothing(case, file) {
            self.classname.push('.');
            self.classname.push_str(case.classname);
        }
        Identity {
            classname: &self.classname,
            file: Some(&file.dotted),
            unit: Some(unit),
            suite: file.first_suite,
            nested_name: false,
        }
    }

    /// The file that an attribute tells.
    fn told(&mut self, case: &Case<'_>, suite: u32) -> Option<u32> {
        // pytest's items can be defined in YAML; no runner's unit is.
        self.number(case.file?, suite, |path| {
            path::extension(path).is_some_and(|e| !matches!(e, "py" | "yaml" | "yml"))
        })
    }

    /// The file that a name is.
    fn named(&mut self, case: &Case<'_>, suite: u32) -> Option<u32> {
        let is_file = |path: &str| {
            path::extension(path)
                .is_some_and(|e| e != "py" && (path.contains('/') || PLAIN.contains(&e)))
        };
        let class = Some(case.classname)
            .filter(|class| class.contains(['/', '\\']) && path::looks_like_file(class));
        [case.suite_like_file, class]
            .into_iter()
            .flatten()
            .find_map(|name| self.number(name, suite, is_file))
    }

    /// The number of the file that `raw` names, if its path is accepted.
    fn number(&mut self, raw: &str, suite: u32, accept: impl Fn(&str) -> bool) -> Option<u32> {
        if let Some((last, unit)) = &self.last
            && last == raw
        {
            return *unit;
        }
        let path = path::normalise(raw).filter(|path| accept(path));
        let unit = path.map(|path| {
            let path = path_map::map(path, self.mappings);
            let dotted = dotted(&path);
            let stem = path::extension(&path).map_or(0, |extension| extension.len() + 1);
            let next = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
            let unit = *self.by_name.entry(dotted.clone()).or_insert(next);
            if unit == next {
                self.files.push(File {
                    stem: dotted.len() - stem,
                    dotted,
                    first_suite: suite,
                });
            }
            unit
        });
        self.last = Some((raw.to_owned(), unit));
        unit
    }
}

fn as_reported<'a>(case: &Case<'a>, suite: u32) -> Identity<'a> {
    Identity {
        classname: case.classname,
        file: case.file,
        unit: None,
        suite,
        nested_name: false,
    }
}

fn is_python(raw: &str) -> bool {
    raw.contains(".py")
        && path::normalise(raw).is_some_and(|path| path::extension(&path) == Some("py"))
}

/// Whether a class name adds nothing to the file and the name: it is empty, the end of the
/// name (Jest and Mocha repeat titles there), or the file once more.
fn says_nothing(case: &Case<'_>, file: &File) -> bool {
    let classname = case.classname;
    if case.name.ends_with(classname) || is_file_again(classname, file) {
        return true;
    }
    // An old form of Playwright's: `a.spec.ts:4:3 › title`.
    classname.contains(':')
        && path::normalise(classname).is_some_and(|path| is_file_again(&path, file))
}

/// Whether a text is the end of the file's path, with or without its extension: RSpec writes
/// `spec.models.user_spec`.
fn is_file_again(text: &str, file: &File) -> bool {
    let text = text.strip_prefix("./").unwrap_or(text);
    let ends_so = |file: &str| {
        let Some(start) = file.len().checked_sub(text.len()) else {
            return false;
        };
        let same = |(a, b): (u8, u8)| a == b || (matches!(a, b'/' | b'\\') && b == b'.');
        text.bytes().zip(file.bytes().skip(start)).all(same)
            && (start == 0 || file.as_bytes()[start - 1] == b'.')
    };
    ends_so(&file.dotted) || ends_so(&file.dotted[..file.stem])
}

/// The package of a Go test: its class name or its suite's name, whichever says more.
fn go_package<'a>(case: &Case<'a>) -> Option<&'a str> {
    let (class, suite) = (case.classname, case.suite_name);
    let package = if class.len() >= suite.len() {
        class
    } else {
        suite
    };
    // A dotted name without a slash is a class of another language.
    let is_package = !package.is_empty()
        && !package.contains(char::is_whitespace)
        && (package.contains('/') || !package.contains('.'))
        && path::extension(package).is_none_or(|e| e == "go");
    let agree = class.is_empty() || class.ends_with(suite) || suite.ends_with(class);
    (is_package && agree && is_go_test(case.name)).then_some(package)
}

/// Whether a name is that of a Go function that `go test` runs, or of a part of it.
fn is_go_test(name: &str) -> bool {
    let function = name.split('/').next().unwrap_or(name);
    let rest = ["Test", "Example", "Fuzz", "Benchmark"]
        .iter()
        .find_map(|kind| function.strip_prefix(kind));
    rest.is_some_and(|rest| {
        !rest.starts_with(char::is_lowercase)
            && rest.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}
