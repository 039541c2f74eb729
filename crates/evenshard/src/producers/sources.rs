//! Source files in lists, and the units that reports name after them.
//!
//! Either side may have a beginning that the other lacks: `src/test/java` before a package, the
//! name of a root suite before a suite. So they are compared from their ends, and the longest
//! common end counts.

use super::{TABLE, outer_class, words};
use crate::address::strip_classes;
use crate::path;

/// The rules by which a producer names its units.
#[derive(Debug)]
pub(crate) struct Sources {
    /// Extensions of its sources.
    extensions: &'static [&'static str],
    /// True if units are named by the whole path, with the extension.
    whole_path: bool,
    /// True if underscores, blanks and case do not matter.
    loose: bool,
    /// A last word that names may lack.
    last: Option<&'static str>,
    /// A folder that is in no name.
    folder: Option<&'static str>,
    behind: Behind,
    /// Folders that come before those of a package. If there are any, another folder there is of
    /// another package.
    roots: &'static [&'static str],
}

/// The part of a class name that follows the name of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    Nothing,
    Title,
    /// Classes; and no part of the path is ever left out.
    Classes,
}

const PLAIN: Sources = Sources {
    extensions: &[],
    whole_path: false,
    loose: false,
    last: None,
    folder: None,
    behind: Behind::Nothing,
    roots: &[],
};

/// `tests.cart.CartTest` is a class in `tests/cart.py`, where reports make it a unit of its own.
pub(super) const PYTHON: Sources = Sources {
    extensions: &["py"],
    behind: Behind::Classes,
    ..PLAIN
};

/// A class is named like its file, and its package like the folders.
pub(super) const JVM: Sources = Sources {
    extensions: &["java", "kt", "kts", "groovy", "scala"],
    roots: &[
        "java", "kotlin", "scala", "groovy", "test", "tests", "it", "src", "main",
    ],
    ..PLAIN
};
/// A class is named like its file, and its namespace like the folders, of which one may be
/// `Shop.Tests`.
pub(super) const DOTNET: Sources = Sources {
    extensions: &["cs", "fs", "vb"],
    ..PLAIN
};
/// `ShopTests.CartTests` is in `Tests/ShopTests/CartTests.swift`.
pub(super) const SWIFT: Sources = Sources {
    extensions: &["swift"],
    ..PLAIN
};
/// `shop::integration` is the binary of `tests/integration.rs`.
pub(super) const RUST: Sources = Sources {
    extensions: &["rs"],
    folder: Some("tests"),
    ..PLAIN
};
/// `test.my_cart` or `test.my_cart_test` is `test/my-cart_test.dart`.
pub(super) const DART: Sources = Sources {
    extensions: &["dart"],
    loose: true,
    last: Some("test"),
    ..PLAIN
};
/// `Tests.My Cart` is `tests/01__my_cart.robot`.
pub(super) const ROBOT: Sources = Sources {
    extensions: &["robot", "resource"],
    loose: true,
    ..PLAIN
};
/// `shop.cart.Title` is `features/shop/cart.feature`.
pub(super) const BEHAVE: Sources = Sources {
    extensions: &["feature"],
    behind: Behind::Title,
    ..PLAIN
};
/// `t_cart_t` is `t/cart.t`; folders that all scripts of a run share are left out.
pub(super) const PROVE: Sources = Sources {
    extensions: &["t", "pl"],
    whole_path: true,
    loose: true,
    ..PLAIN
};
/// Names of bats lack the folders that all files of a run share.
pub(super) const BATS: Sources = Sources {
    extensions: &["bats"],
    whole_path: true,
    ..PLAIN
};

impl Sources {
    /// Returns the words of a source's path.
    fn of_path(&self, path: &str) -> Vec<String> {
        let stem = match path.rsplit_once('.') {
            Some((stem, _)) if !self.whole_path => stem,
            _ => path,
        };
        // Robot Framework orders its suites by the text before two underscores.
        let parts = stem.split('/').map(|part| match part.split_once("__") {
            Some((_, rest)) if self.loose && !rest.is_empty() => rest,
            _ => part,
        });
        let mut words: Vec<String> = parts.flat_map(|part| self.words(part)).collect();
        // Only right before the file: deeper folders are parts of names.
        let folder = words
            .len()
            .checked_sub(2)
            .filter(|&at| Some(words[at].as_str()) == self.folder);
        if let Some(at) = folder {
            words.remove(at);
        } else if let [.., outer, _, main] = &words[..]
            && Some(outer.as_str()) == self.folder
            && main == "main"
        {
            // A folder of its own: `tests/integration/main.rs`.
            words.pop();
            words.remove(words.len() - 2);
        }
        self.without_last(words)
    }

    /// Returns the words of the unit in a class name, and the unit.
    fn of_class<'a>(&self, classname: &'a str) -> (Vec<String>, &'a str) {
        let unit = if self.behind == Behind::Classes {
            strip_classes(classname)
        } else {
            outer_class(classname)
        };
        (self.without_last(self.words(unit)), unit)
    }

    fn words(&self, text: &str) -> Vec<String> {
        if !self.loose {
            return words(text);
        }
        let text = text.replace(['_', '-'], " ").to_lowercase();
        words(&text)
    }

    fn without_last(&self, mut words: Vec<String>) -> Vec<String> {
        // A file can be called just that.
        if words.len() > 1 && words.last().map(String::as_str) == self.last {
            words.pop();
        }
        words
    }
}

/// The meaning of a line of a list.
#[derive(Debug)]
pub(crate) enum Reading {
    /// A node id of pytest, or a path; either is compared as it is.
    Exact,
    /// A source file of this producer (an index into the table), by its words; it may also be any
    /// of these names.
    Source(usize, Vec<String>, Vec<Vec<String>>),
    /// The name of a class, a test, a module or a package, by its words.
    Name(Vec<String>),
    /// A location in a file: the words of its path, and those of a title if it has one.
    Location(Vec<String>, Option<Vec<String>>),
}

impl Reading {
    /// Reads a line.
    pub(crate) fn of(line: &str) -> Self {
        let (path, names) = line.split_once("::").unwrap_or((line, ""));
        if path.strip_suffix(".py").is_some() {
            let module = Some(path).filter(|_| names.is_empty());
            let module = module.and_then(path::normalise);
            return module
                .and_then(|path| Self::source(&path))
                .unwrap_or(Self::Exact);
        }
        if let Some(location) = read_location(line) {
            return location;
        }
        let normal = if names.is_empty() {
            path::normalise(line)
        } else {
            None
        };
        let Some(path) = normal.filter(|path| path::extension(path).is_some()) else {
            return words::of_line(line).map_or(Self::Exact, Self::Name);
        };
        // `CartTest.go` can be a test of a class.
        let name = || words::of_line(line).filter(|_| !path.contains('/'));
        match Self::source(&path) {
            Some(Self::Source(at, words, mut names)) => {
                names.extend(name());
                Self::Source(at, words, names)
            }
            Some(other) => other,
            None => name().map_or(Self::Exact, Self::Name),
        }
    }

    /// Reads the path of a source.
    fn source(path: &str) -> Option<Self> {
        let extension = path::extension(path)?;
        let mut rules = TABLE.iter().map(|producer| producer.sources).enumerate();
        rules.find_map(|(at, sources)| {
            let sources = sources.filter(|sources| sources.extensions.contains(&extension))?;
            Some(Self::Source(at, sources.of_path(path), modules(path)))
        })
    }
}

/// Returns the module of a Rust crate that a path in its `src` has, with the crate and without.
fn modules(path: &str) -> Vec<Vec<String>> {
    let Some((folder, module)) = { path.strip_suffix(".rs") }
        .and_then(|stem| stem.rsplit_once("src/"))
        .filter(|(folder, _)| folder.is_empty() || folder.ends_with('/'))
    else {
        return Vec::new();
    };
    // `mod.rs` is the module of its folder.
    let module = module.strip_suffix("/mod").unwrap_or(module);
    // They are the crate itself, which has no module name.
    if matches!(module, "lib" | "main") {
        return Vec::new();
    }
    let name = folder.trim_end_matches('/').rsplit('/').next();
    let alone = words(module);
    let within = name.into_iter().flat_map(words).chain(alone.clone());
    let mut names = vec![within.collect(), alone];
    // A crate at the root of the checkout has no folder to be named after.
    names.dedup();
    names
}

/// Reads a location or a test in a file, as Playwright, Vitest and RSpec list them: `[project] ›
/// a.spec.ts:3:5 › Cart › adds`, `a.test.ts > Cart > adds`, `a_spec.rb:12`.
fn read_location(line: &str) -> Option<Reading> {
    let line = match line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] › "))
    {
        Some((_, rest)) => rest,
        None => line,
    };
    let title = [" › ", " > "]
        .iter()
        .find_map(|separator| line.split_once(separator));
    let (raw, title) = title.map_or((line, None), |(raw, title)| (raw, Some(title)));
    let path = path::normalise(raw)?;
    // Node ids are compared as they are.
    path::extension(&path).filter(|&extension| extension != "py")?;
    let has_location = raw.trim().len() > path.len()
        && raw
            .trim()
            .ends_with(|c: char| c.is_ascii_digit() || c == ']');
    let source = || Reading::source(&path).filter(|_| title.is_none());
    (has_location || title.is_some())
        .then(|| source().unwrap_or_else(|| Reading::Location(words(&path), title.map(words))))
}

/// The names that a line for one producer can have for a class.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    /// The words of its unit.
    pub(crate) words: Vec<String>,
    /// True if only the first words, at least one, may be the file, and a title follows.
    pub(crate) titled: bool,
    /// True if all words have to be those of the path.
    pub(crate) full: bool,
    roots: &'static [&'static str],
    /// The part of the class name within the unit.
    pub(crate) rest: &'a str,
}

impl<'a> Claim<'a> {
    /// Returns the names that a producer (an index into the table) would give the file of a class.
    pub(crate) fn of(producer: usize, classname: &'a str) -> Option<Self> {
        let sources = TABLE.get(producer)?.sources?;
        let (words, unit) = sources.of_class(classname);
        Some(Self {
            words,
            titled: sources.behind == Behind::Title,
            full: sources.behind == Behind::Classes,
            roots: sources.roots,
            rest: &classname[unit.len()..],
        })
    }

    /// Returns true if a path that ends with the same words can be of this class although the word
    /// before them differs.
    pub(crate) fn can_follow(&self, before: Option<&String>) -> bool {
        // A source set can be called `jvmTest`.
        let is_root = |word: &String| self.roots.contains(&word.as_str()) || word.ends_with("Test");
        self.roots.is_empty() || before.is_none_or(is_root)
    }
}
