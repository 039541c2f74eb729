//! How the cases of each producer are recognised, and the unit that they are of.

use super::{Seen, Unit, outer_class};
use crate::path;

/// What pytest calls its suite, unless it is told otherwise.
const PYTEST: &str = "pytest";
/// Extensions that make a file of a name without a folder: nobody ends titles or dotted
/// module names so.
const PLAIN: &[&str] = &[
    "bats", "cjs", "coffee", "cts", "feature", "gd", "hurl", "js", "jsx", "mjs", "mts", "php",
    "rb", "svelte", "ts", "tsx", "vue",
];

/// pytest and what else tests Python by modules. Its `file` attribute names where a function is
/// defined, which is another file for inherited and imported tests. Reports of others can have
/// its name for a suite.
pub(super) fn pytest<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let is_python = |raw: &str| {
        raw.contains(".py")
            && path::normalise(raw).is_some_and(|path| path::extension(&path) == Some("py"))
    };
    let own = seen.suite == PYTEST && !is_foreign(seen.classname);
    (own || seen.file.is_some_and(is_python)).then_some(Unit::AsReported)
}

/// Whether a class name is none that pytest writes, whatever its suite is called.
fn is_foreign(classname: &str) -> bool {
    let is_path = is_script(classname)
        || classname.contains('/')
            && path::normalise(classname)
                .is_some_and(|path| path::extension(&path).is_some_and(|e| e != "py"));
    is_path || outer_class(classname) != classname || class_of_no_module(classname)
}

/// Whether a name is that of a test file in JavaScript, such as `cart.spec.ts`.
fn is_script(name: &str) -> bool {
    let mut parts = name.rsplit('.');
    let ends = [parts.next(), parts.next()];
    matches!(
        ends,
        [
            Some("js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "mts" | "cts"),
            Some("spec" | "test")
        ]
    )
}

/// Whether a name is a class in a package or a namespace that is no module of Python:
/// `org.demo.CartTest`, `Shop.Tests.CartTests`, `shop::CartTest`, `CartTest`.
fn class_of_no_module(classname: &str) -> bool {
    const KINDS: [&str; 5] = ["Test", "Tests", "TestCase", "Spec", "IT"];
    if !is_class(classname) {
        return false;
    }
    let Some((package, last)) = classname.rsplit_once('.') else {
        return true;
    };
    let mut parts = package.split('.');
    parts
        .clone()
        .all(|part| part.starts_with(char::is_uppercase))
        || package.contains('.')
            && parts.all(|part| !part.contains("test"))
            && KINDS.iter().any(|kind| last.ends_with(kind))
}

/// Who tells the file in an attribute of the case or of a suite around it.
pub(super) fn file_attribute<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let file = seen.file?;
    let path = path::normalise(file)?;
    // pytest's items can be defined in YAML; no runner's unit is.
    let is_unit = path::extension(&path).is_some_and(|e| !matches!(e, "py" | "yaml" | "yml"));
    is_unit.then_some(Unit::File(file))
}

/// gotestsum and go-junit-report: a Go function in a package, which the class name or the
/// suite's name tells, whichever says more.
pub(super) fn go<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let (class, suite) = (seen.classname, seen.suite);
    let package = if class.len() >= suite.len() {
        class
    } else {
        suite
    };
    // A dotted name without a slash is a class of another language.
    let is_package = !package.is_empty()
        && !package.contains(char::is_whitespace)
        && (package.contains('/') || !package.contains('.'))
        && !package.contains("::")
        && path::extension(package).is_none_or(|e| e == "go");
    let agree = class.is_empty() || class.ends_with(suite) || suite.ends_with(class);
    (is_package && agree && is_go_test(seen.name)).then_some(Unit::Package(package))
}

/// Whether a name is that of a Go function that `go test` runs, or of a part of it.
pub(super) fn is_go_test(name: &str) -> bool {
    let function = name.split('/').next().unwrap_or(name);
    let rest = ["Test", "Example", "Fuzz", "Benchmark"]
        .iter()
        .find_map(|kind| function.strip_prefix(kind));
    rest.is_some_and(|rest| {
        !rest.starts_with(char::is_lowercase)
            && rest.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}

/// GUT: suites and classes are scripts below Godot's `res://`, with inner classes behind.
pub(super) fn godot<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let script = [seen.classname, seen.suite].into_iter().find_map(|name| {
        let end = name.find(".gd")? + ".gd".len();
        name.starts_with("res://").then(|| &name[..end])
    });
    script.map(Unit::File)
}

/// Vitest, Playwright, Deno, bats: the nearest suite that is named like a file, or a class name
/// that is a path.
pub(super) fn named_like_file<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let class = Some(seen.classname)
        .filter(|class| class.contains(['/', '\\']) || is_script(class))
        .filter(|class| path::looks_like_file(class));
    let names = [seen.suite_like_file, class];
    names
        .into_iter()
        .flatten()
        .find(|name| is_file(name))
        .map(Unit::File)
}

/// Hurl: cases without a class, named by their files.
pub(super) fn hurl<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let is_unit = |name| path::normalise(name).is_some_and(|p| path::extension(&p) == Some("hurl"));
    let own = seen.classname.is_empty() && is_unit(seen.name);
    own.then_some(Unit::File(seen.name))
}

fn is_file(name: &str) -> bool {
    path::normalise(name).is_some_and(|path| {
        path::extension(&path)
            .is_some_and(|e| e != "py" && (path.contains('/') || PLAIN.contains(&e)))
    })
}

/// prove with TAP's formatters for JUnit: suites named by scripts in which `_` stands for all
/// that is no letter, `t_cart_t`; classes there are none.
pub(super) fn prove<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.');
    let script = seen.suite.ends_with("_t") || seen.suite.ends_with("_pl");
    let own = seen.classname.is_empty() && script && seen.suite.chars().all(plain);
    own.then_some(Unit::Named(seen.suite))
}

/// Surefire, Gradle, behave, Robot Framework, nextest and others: a suite is a class, a feature
/// or a binary, and its cases have its name for a class, with those nested in it behind and the
/// suites around it before.
pub(super) fn suite<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let (class, suite) = (outer_class(seen.classname), outer_class(seen.suite));
    let before = class.strip_suffix(suite)?;
    let own = !suite.is_empty() && (before.is_empty() || before.ends_with('.'));
    (own && !is_python(class)).then_some(Unit::Named(class))
}

/// A class by its name, with those nested in it, where its suite is another: an assembly, a
/// suite of `TestNG`, all of a run.
pub(super) fn class<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let class = outer_class(seen.classname);
    // pytest's suite can have any name.
    let may_be_python = seen.name.starts_with("test_") || seen.name.starts_with("Test");
    let own =
        class != seen.classname || is_class(class) && (!may_be_python || class_of_no_module(class));
    own.then_some(Unit::Class(class))
}

/// Whether a name ends like a class or a title, and is in no module of Python.
fn is_class(name: &str) -> bool {
    let last = name.rsplit(['.', ':']).next().unwrap_or_default();
    last.starts_with(char::is_uppercase) && !is_python(name)
}

/// Whether a class name has a module in it that is named as pytest asks for.
pub(super) fn is_python(classname: &str) -> bool {
    let mut parts = classname.split('.');
    parts.any(|part| part.starts_with("test_") || part.ends_with("_test"))
}
