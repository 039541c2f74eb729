//! The rules that recognise the cases of each producer and find their units.

use super::{Seen, Unit, outer_class};
use crate::address::is_test_file;
use crate::path;

/// pytest's default name of its suite.
const PYTEST: &str = "pytest";
/// Extensions that make a file of a name without a folder: nobody ends titles or dotted
/// module names so.
const PLAIN: &[&str] = &[
    "bats", "cjs", "coffee", "cts", "feature", "gd", "hurl", "js", "jsx", "mjs", "mts", "php",
    "rb", "svelte", "ts", "tsx", "vue",
];

/// Recognises pytest and other runners that test Python by modules. pytest's `file` attribute names
/// the file that defines the function, another one for inherited and imported tests. Reports of
/// other producers can have a suite of its name.
pub(super) fn pytest<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let is_python = |raw: &str| {
        // Quick to exclude, and most paths are not normal.
        raw.contains(".py")
            && path::normalise(raw).is_some_and(|path| path::extension(&path) == Some("py"))
    };
    let own = seen.suite == PYTEST && !is_foreign(seen.classname);
    (own || seen.file.is_some_and(is_python)).then_some(Unit::AsReported)
}

/// Returns true if pytest never writes such a class name, whatever its suite is called.
fn is_foreign(classname: &str) -> bool {
    let is_path = is_script(classname)
        || classname.contains('/')
            && path::normalise(classname)
                .is_some_and(|path| path::extension(&path).is_some_and(|e| e != "py"));
    is_path || outer_class(classname) != classname || class_of_no_module(classname)
}

/// Returns true for the name of a test file in JavaScript, such as `cart.spec.ts`.
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

/// Returns true for a class in a package or a namespace that is no Python module:
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

/// Recognises producers with a file attribute in the case or in a suite around it.
pub(super) fn file_attribute<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let file = seen.file?;
    let path = path::normalise(file)?;
    // pytest's items can be defined in YAML; no runner's unit is.
    let is_unit = path::extension(&path).is_some_and(|e| !matches!(e, "py" | "yaml" | "yml"));
    is_unit.then_some(Unit::File(file))
}

/// Recognises gotestsum and go-junit-report: a Go function in a package, which is the longer one of
/// the class name and the suite's name.
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
        // A script of another runner has an extension.
        && path::extension(package).is_none_or(|e| e == "go");
    let agree = class.is_empty() || class.ends_with(suite) || suite.ends_with(class);
    (is_package && agree && is_go_test(seen.name)).then_some(Unit::Package(package))
}

/// Returns true for the name of a Go function that `go test` runs, or of a part of it.
pub(super) fn is_go_test(name: &str) -> bool {
    let function = name.split('/').next().unwrap_or(name);
    let rest = ["Test", "Example", "Fuzz", "Benchmark"]
        .iter()
        .find_map(|kind| function.strip_prefix(kind));
    rest.is_some_and(|rest| {
        // `TestAdds` and `Test_adds` are tests, `Testable` is none.
        !rest.starts_with(char::is_lowercase)
            && rest.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}

/// Recognises GUT: suites and classes are scripts below Godot's `res://`, followed by inner
/// classes.
pub(super) fn godot<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    // Inner classes follow the script in the class name.
    let script = [seen.classname, seen.suite].into_iter().find_map(|name| {
        let end = name.find(".gd")? + ".gd".len();
        name.starts_with("res://").then(|| &name[..end])
    });
    script.map(Unit::File)
}

/// Recognises Vitest, Playwright, Deno and bats: the nearest suite that is named like a file, or a
/// class name that is a path.
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

/// Recognises Hurl: cases without a class, named by their files.
pub(super) fn hurl<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let is_unit = |name| path::normalise(name).is_some_and(|p| path::extension(&p) == Some("hurl"));
    let own = seen.classname.is_empty() && is_unit(seen.name);
    own.then_some(Unit::File(seen.name))
}

fn is_file(name: &str) -> bool {
    path::normalise(name).is_some_and(|path| {
        path::extension(&path)
            // Without a folder only extensions that nobody ends a title with.
            .is_some_and(|e| e != "py" && (path.contains('/') || PLAIN.contains(&e)))
    })
}

/// Recognises prove with TAP's formatters for JUnit: suites named by scripts, with `_` for
/// everything that is no letter, as `t_cart_t`, and no classes.
pub(super) fn prove<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.');
    // As `t_cart_t`, since `.` becomes `_` too.
    let script = seen.suite.ends_with("_t") || seen.suite.ends_with("_pl");
    let own = seen.classname.is_empty() && script && seen.suite.chars().all(plain);
    own.then_some(Unit::Named(seen.suite))
}

/// Recognises Surefire, Gradle, behave, Robot Framework, nextest and others: a suite is a class, a
/// feature or a binary, and the class name of its cases is its name, perhaps with nested classes
/// after it and outer suites before it.
pub(super) fn suite<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let (class, suite) = (outer_class(seen.classname), outer_class(seen.suite));
    // Outer suites come before it in the class name.
    let before = class.strip_suffix(suite)?;
    let own = !suite.is_empty() && (before.is_empty() || before.ends_with('.'));
    (own && !is_python(class)).then_some(Unit::Named(class))
}

/// Recognises a class by its name, with those nested in it, in a suite of another name: an
/// assembly, a suite of `TestNG`, a whole run.
pub(super) fn class<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    let class = outer_class(seen.classname);
    // pytest's suite can have any name.
    let may_be_python = seen.name.starts_with("test_") || seen.name.starts_with("Test");
    let own =
        class != seen.classname || is_class(class) && (!may_be_python || class_of_no_module(class));
    own.then_some(Unit::Class(class))
}

/// Returns true if a name ends like a class or a title, and is in no Python module.
fn is_class(name: &str) -> bool {
    let last = name.rsplit(['.', ':']).next().unwrap_or_default();
    last.starts_with(char::is_uppercase) && !is_python(name)
}

/// Returns true if a class name contains a module with a name that pytest collects.
pub(super) fn is_python(classname: &str) -> bool {
    classname.split('.').any(is_test_file)
}
