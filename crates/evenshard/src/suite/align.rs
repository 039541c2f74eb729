//! Bringing timings to the names of the tests at hand.
//!
//! Where pytest was started in another folder, every classname has a prefix more or less;
//! where a container saw other paths, every file has another root. Either breaks a whole
//! history. A list of tests shows what was meant: the longest common suffix.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::address::NodeId;
use crate::history::{ClassId, Files, History};

/// The difference between the names of a history and those of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Alignment {
    /// The prefix that most of them differ by, and the side that has it.
    pub shift: Option<Shift>,
    /// Names of the history that end several names of the list: nobody knows which one a report
    /// means, so they stay as they are.
    #[doc(hidden)]
    pub ambiguous: Vec<Ambiguous>,
    /// Classnames of the history and what they stand for here.
    renamed: BTreeMap<String, String>,
}

/// A name of a history that may be any of several lines.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ambiguous {
    /// Its dotted name.
    pub name: String,
    /// The first two of the lines.
    pub lines: [String; 2],
}

/// A dotted prefix that one side has and the other lacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shift {
    /// The timings have it: `pkg.tests.test_a` for `tests.test_a`.
    Timings(String),
    /// The tests have it.
    Tests(String),
}

impl Alignment {
    /// Compares the names of a history with those of a list. A prefix has to explain half of the
    /// tests; absolute files are matched one by one.
    pub fn find<'l>(lines: impl IntoIterator<Item = &'l str>, history: &History) -> Self {
        let lines: Vec<&str> = lines.into_iter().collect();
        // The usual case: no name has to be compared.
        if knows_only(history, &lines) {
            return Self::default();
        }
        let mut listed: BTreeMap<String, u64> = BTreeMap::new();
        let mut files: FxHashSet<String> = FxHashSet::default();
        let mut whole: FxHashSet<String> = FxHashSet::default();
        for &line in &lines {
            let id = NodeId::parse(line);
            *listed.entry(id.classname()).or_default() += 1;
            files.insert(id.dotted_file());
            if !line.contains("::") {
                whole.insert(id.dotted_file());
            }
        }
        let mut alignment = Self::default();
        let known = Files::of_history(history);
        // A file that is listed as a whole brings its classes.
        let is_listed = |class: ClassId| {
            listed.contains_key(history.class_name(class))
                || whole.contains(known.of(history, class))
        };
        let unlisted: Vec<ClassId> = history.class_ids().filter(|&c| !is_listed(c)).collect();
        for &class in &unlisted {
            let (name, file) = (history.class_name(class), known.of(history, class));
            if let Some(rest) = relative(file).and_then(|f| longest_suffix(f, &files)) {
                let inner = name.get(file.len()..).unwrap_or_default();
                alignment
                    .renamed
                    .insert(name.to_owned(), format!("{rest}{inner}"));
            }
        }
        let mut names: BTreeSet<&str> = unlisted.iter().map(|&c| history.class_name(c)).collect();
        if !whole.is_empty() {
            names.extend(unlisted.iter().map(|&c| known.of(history, c)));
        }
        alignment.shift = dominant(&listed, &names);
        let ambiguous = ambiguous(&listed, &names, alignment.shift.as_ref());
        let is_clear = |class: ClassId| {
            let own = [history.class_name(class), known.of(history, class)];
            own.iter().all(|name| !ambiguous.contains_key(name))
        };
        alignment.rename(unlisted.into_iter(), history, is_clear);
        alignment.note(ambiguous, &lines);
        alignment
    }

    /// Notes what the shift makes of classes; of those that are not clear, nothing.
    fn rename(
        &mut self,
        classes: impl Iterator<Item = ClassId>,
        history: &History,
        is_clear: impl Fn(ClassId) -> bool,
    ) {
        for class in classes {
            let name = history.class_name(class);
            let new = match &self.shift {
                Some(Shift::Timings(prefix)) => below(name, prefix)
                    .filter(|rest| !rest.is_empty())
                    .map(str::to_owned),
                Some(Shift::Tests(prefix)) if is_clear(class) => Some(format!("{prefix}.{name}")),
                _ => None,
            };
            if let Some(new) = new {
                self.renamed.insert(name.to_owned(), new);
            }
        }
    }

    /// Notes names that end several lines.
    fn note<'a>(&mut self, ambiguous: BTreeMap<&'a str, [&'a str; 2]>, lines: &[&'a str]) {
        let mut named: FxHashMap<&str, &str> = FxHashMap::default();
        named.extend(ambiguous.values().flatten().map(|name| (*name, *name)));
        for line in lines
            .iter()
            .take(if named.is_empty() { 0 } else { lines.len() })
        {
            if let Some(found) = named.get_mut(NodeId::parse(line).classname().as_str()) {
                *found = line;
            }
        }
        let line = |name: &str| named.get(name).copied().unwrap_or(name).to_owned();
        let ambiguous = ambiguous.into_iter();
        self.ambiguous = { ambiguous }
            .map(|(name, [one, other])| Ambiguous {
                name: name.to_owned(),
                lines: [line(one), line(other)],
            })
            .collect();
    }

    /// Returns true if the names agree.
    pub fn is_empty(&self) -> bool {
        self.renamed.is_empty()
    }

    /// Returns the name that the list has for a classname of the history.
    pub(crate) fn name<'a>(&'a self, classname: &'a str) -> &'a str {
        self.renamed
            .get(classname)
            .map_or(classname, String::as_str)
    }

    /// Returns the history with the names of the list.
    #[must_use]
    pub fn apply(&self, history: &History) -> History {
        history.renamed(|classname| self.renamed.get(classname).map(String::as_str))
    }
}

/// Returns true if all classes of a history are listed by their own names.
fn knows_only(history: &History, lines: &[&str]) -> bool {
    let mut listed = vec![false; history.class_ids().len()];
    let mut last = None;
    for line in lines {
        let classname = NodeId::parse(line).classname();
        if let Some(class) = history.find_class_after(last, &classname) {
            listed[class.index()] = true;
            last = Some(class);
        }
    }
    listed.into_iter().all(|listed| listed)
}

/// The prefix that explains at least half of the listed tests.
fn dominant(listed: &BTreeMap<String, u64>, names: &BTreeSet<&str>) -> Option<Shift> {
    // Each listed class counts once for each prefix, whatever folders share its name.
    let mut votes: FxHashMap<Shift, u64> = FxHashMap::default();
    for &name in names {
        for (prefix, rest) in cuts(name) {
            if let Some(&tests) = listed.get(rest) {
                *votes.entry(Shift::Timings(prefix.to_owned())).or_default() += tests;
            }
        }
    }
    for (name, &tests) in listed {
        for (prefix, rest) in cuts(name) {
            if names.contains(rest) {
                *votes.entry(Shift::Tests(prefix.to_owned())).or_default() += tests;
            }
        }
    }
    let total: u64 = listed.values().sum();
    let best = votes
        .into_iter()
        .max_by(|(a, n), (b, m)| n.cmp(m).then_with(|| b.cmp(a)))?;
    // A prefix of fewer tests is a coincidence of names.
    (best.1 * 2 >= total).then_some(best.0)
}

/// The names that end several listed ones, with the first two of these. Where the shift makes a
/// listed one of a name, and another reported name of each of the others, it is clear.
fn ambiguous<'a>(
    listed: &'a BTreeMap<String, u64>,
    names: &BTreeSet<&'a str>,
    shift: Option<&Shift>,
) -> BTreeMap<&'a str, [&'a str; 2]> {
    let mut ends: FxHashMap<&'a str, Vec<&'a str>> = FxHashMap::default();
    for name in listed.keys() {
        for (_, rest) in cuts(name).filter(|(_, rest)| names.contains(rest)) {
            ends.entry(rest).or_default().push(name);
        }
    }
    let reported = |name: &'a str| -> Option<&'a str> {
        let Some(Shift::Tests(prefix)) = shift else {
            return None;
        };
        below(name, prefix).filter(|rest| names.contains(rest))
    };
    let several = ends
        .into_iter()
        .filter_map(|(rest, ending)| match ending[..] {
            [one, other, ..] => {
                let names: Vec<&str> = ending.iter().filter_map(|name| reported(name)).collect();
                // Each of the lines has a name of its own then.
                let clear = names.len() == ending.len() && names.contains(&rest);
                (!clear).then_some((rest, [one, other]))
            }
            _ => None,
        });
    several.collect()
}

/// Every way to cut a dotted name in two.
fn cuts(name: &str) -> impl Iterator<Item = (&str, &str)> {
    name.match_indices('.')
        .map(|(at, _)| (&name[..at], &name[at + 1..]))
}

fn below<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    name.strip_prefix(prefix)?.strip_prefix('.')
}

/// A dotted file that was an absolute path, without its root (`/` or a drive).
fn relative(file: &str) -> Option<&str> {
    if let Some(rest) = file.strip_prefix('.') {
        return Some(rest);
    }
    let (drive, rest) = file.split_once('.')?;
    (drive.len() == 2 && drive.ends_with(':')).then_some(rest)
}

/// The longest dotted suffix of `file` that is one of `files`.
fn longest_suffix<'a>(file: &'a str, files: &FxHashSet<String>) -> Option<&'a str> {
    let starts = std::iter::once(0).chain(file.match_indices('.').map(|(at, _)| at + 1));
    starts
        .map(|at| &file[at..])
        .find(|rest| files.contains(*rest))
}
