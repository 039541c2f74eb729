//! Recognises producers by the names that a history keeps.

use super::{Producer, Seen, TABLE, outer_class, units};
use crate::address::strip_classes;
use crate::path;

/// Returns the producer whose names look like these, and a line of a list that would find them. The
/// file of `seen` is dotted, and its suites are not known. Names that look like nothing else are
/// pytest's.
pub(super) fn like(seen: &Seen<'_>) -> (&'static Producer, String) {
    // Some producers name their cases by paths, and have no file attribute.
    let is_path =
        |name: &&str| path::extension(name).is_some_and(|e| !matches!(e, "py" | "yaml" | "yml"));
    let file = seen.file.or(Some(seen.classname).filter(is_path));
    let seen = &Seen { file, ..*seen };
    let name = name_of(seen);
    let producer = TABLE.iter().find(|producer| producer.name == name);
    let file = seen.file.unwrap_or_default();
    let line = match (name, path::extension(file), file.rsplit_once('.')) {
        (_, Some(extension), Some((stem, _))) => format!("{}.{extension}", undotted(stem)),
        ("pytest", ..) => node_id(seen),
        ("Go", ..) => undotted(seen.classname),
        ("cargo-nextest", ..) => format!("{}::{}", seen.classname, seen.name),
        _ if seen.classname.is_empty() => seen.name.to_owned(),
        _ => outer_class(seen.classname).to_owned(),
    };
    (producer.unwrap_or(&TABLE[0]), line)
}

fn name_of(seen: &Seen<'_>) -> &'static str {
    let (classname, file) = (seen.classname, seen.file.unwrap_or_default());
    let unit = file == classname;
    let last = classname.rsplit('.').next().unwrap_or_default();
    let is_class = last.starts_with(char::is_uppercase) && !units::is_python(classname);
    let all_capital = classname
        .split('.')
        .all(|part| part.starts_with(char::is_uppercase));
    match path::extension(file) {
        Some("gd") => "GUT",
        Some("hurl") => "Hurl",
        Some("bats") => "bats",
        Some("c" | "cc" | "cpp" | "cxx" | "h" | "hpp") => "GoogleTest",
        Some("rb" | "php") => "Mocha, Cypress, RSpec, minitest, PHPUnit",
        // Any other extension: the most common of them.
        Some(_) => "Jest, Bun, node:test",
        None if unit && units::is_go_test(seen.name) => "Go",
        None if classname.contains("::") || seen.name.contains("::") => "cargo-nextest",
        None if unit && classname.ends_with("_t") => "prove",
        None if unit && all_capital && classname.contains(' ') => "Robot Framework",
        None if unit && classname.contains(' ') => "behave",
        None if is_class && all_capital && classname.contains('.') => ".NET",
        None if is_class && classname.contains('.') => "JUnit, TestNG, Kotlin, ScalaTest",
        None if unit && !units::is_python(classname) => "Dart",
        None => "pytest",
    }
}

/// Returns the most likely node id of a pytest test.
fn node_id(seen: &Seen<'_>) -> String {
    let file = strip_classes(seen.classname);
    let classes = seen.classname[file.len()..].replace('.', "::");
    format!("{}.py{classes}::{}", undotted(file), seen.name)
}

/// Returns the most likely path of a dotted name: `src/cart.test` of `src.cart.test`.
fn undotted(stem: &str) -> String {
    const KINDS: [&str; 6] = ["test", "spec", "cy", "e2e", "com", "org"];
    let mut path = String::new();
    for part in stem.split('.') {
        let separator = match path.is_empty() {
            true => "",
            // In `cart.test` and `example.com` the dot is part of the name.
            false if KINDS.contains(&part) => ".",
            false => "/",
        };
        path.push_str(separator);
        path.push_str(part);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::like;
    use crate::producers::Seen;

    #[track_caller]
    fn looks_like(producer: &str, line: &str, seen: [&str; 3]) {
        let [classname, name, file] = seen;
        let (found, example) = like(&Seen {
            classname,
            name,
            file: Some(file).filter(|file| !file.is_empty()),
            ..Seen::default()
        });
        assert!(found.name.starts_with(producer), "{}", found.name);
        assert_eq!(example, line);
    }

    #[test]
    fn names_of_a_history_look_like_those_of_their_producer() {
        let node_id = "tests/test_a.py::TestX::test_y";
        looks_like("pytest", node_id, ["tests.test_a.TestX", "test_y", ""]);
        let file = "src.a.test.ts";
        looks_like("Jest", "src/a.test.ts", [file, "Cart > adds", file]);
        let package = "example.com.shop.cart";
        looks_like(
            "Go",
            "example.com/shop/cart",
            [package, "TestA/one", package],
        );
        looks_like(
            "cargo-nextest",
            "shop::cart::adds",
            ["shop::cart", "adds", ""],
        );
        looks_like(
            "JUnit",
            "com.shop.CartTest",
            ["com.shop.CartTest$Adding", "one", ""],
        );
        looks_like(
            ".NET",
            "Shop.Tests.CartTests",
            ["Shop.Tests.CartTests", "Adds", ""],
        );
        looks_like("prove", "t_cart_t", ["t_cart_t", "1 - adds", "t_cart_t"]);
    }
}
