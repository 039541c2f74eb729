//! The producers of reports: a table with one entry per producer.
//!
//! The rule of an entry recognises the cases of its producer and finds the unit of each. An entry
//! also has the source files that a line of a list can name, examples of such lines, and the times
//! that the reports leave out. The first rule that recognises a case applies. A producer whose
//! reports look like those of another one needs no entry.
//!
//! pytest's names are node ids. They are compared as they are, without these rules.

#![cfg_attr(
    not(feature = "junit"),
    allow(dead_code, reason = "reports are read with the feature `junit` only")
)]

mod sources;
mod units;
mod words;
mod written;

pub(crate) use sources::{Claim, Reading, Sources};
pub(crate) use words::words;

/// The parts of a case by which its producer is recognised.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen<'a> {
    pub(crate) classname: &'a str,
    pub(crate) name: &'a str,
    /// The `file` attribute of the case, or that of the nearest element around it.
    pub(crate) file: Option<&'a str>,
    /// The name of the innermost suite.
    pub(crate) suite: &'a str,
    /// The name of the nearest suite whose name looks like a file.
    pub(crate) suite_like_file: Option<&'a str>,
}

/// The unit of a case: the part of a suite that its runner runs as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit<'a> {
    /// The test itself, with the address in the report, as for pytest.
    AsReported,
    /// The file at this path, as written. The address begins with it.
    File(&'a str),
    /// The Go package of this name. Several suites of one package are several runs of it.
    Package(&'a str),
    /// A class with the classes nested in it, or a suite, by its name in the report.
    Named(&'a str),
    /// The class of this name, in a suite with another name.
    Class(&'a str),
}

/// One producer of reports, or several whose reports look alike.
#[derive(Debug)]
#[non_exhaustive]
pub struct Producer {
    /// Its name.
    pub name: &'static str,
    /// The rule that finds the unit of a case; `None` if the case is not from this producer.
    unit: for<'a> fn(&Seen<'a>) -> Option<Unit<'a>>,
    /// The rule that converts a source file in a list to the name of a unit; `None` if the names of
    /// units are paths, or do not depend on files.
    sources: Option<&'static Sources>,
    /// Examples of lines in a list that match its cases.
    pub lines: &'static str,
    /// The times that its reports leave out, so that no plan can count them.
    pub leaves_out: &'static str,
}

/// The producers, those that are easiest to recognise first.
pub static TABLE: &[Producer] = &[
    Producer {
        name: "GUT",
        unit: units::godot,
        sources: None,
        lines: "test/unit/test_cart.gd",
        leaves_out: "`before_all`",
    },
    Producer {
        name: "Hurl",
        unit: units::hurl,
        sources: None,
        lines: "tests/cart.hurl",
        leaves_out: "nothing",
    },
    Producer {
        name: "pytest",
        unit: units::pytest,
        sources: Some(&sources::PYTHON),
        lines: "tests/test_cart.py::test_adds",
        leaves_out: "session fixtures are in the first test that asks for them",
    },
    Producer {
        name: "Jest, Bun, node:test",
        unit: units::file_attribute,
        sources: None,
        lines: "src/cart.test.js",
        leaves_out: "nothing (the time of a suite has its hooks)",
    },
    Producer {
        name: "Mocha, Cypress, RSpec, minitest, PHPUnit",
        unit: units::file_attribute,
        sources: None,
        lines: "test/cart.spec.js, spec/cart_spec.rb:12, CartTest::testAdds",
        leaves_out: "hooks of a file (`before`, `before(:all)`, `setUpBeforeClass`)",
    },
    Producer {
        name: "GoogleTest",
        unit: units::file_attribute,
        sources: None,
        lines: "CartTest, CartTest.Adds, Inst/CartTest.Adds/0",
        leaves_out: "`SetUpTestSuite`",
    },
    Producer {
        name: "Go",
        unit: units::go,
        sources: None,
        lines: "example.com/shop/cart, ./cart, cart.TestAdds",
        leaves_out: "compiling",
    },
    Producer {
        name: "Vitest",
        unit: units::named_like_file,
        sources: None,
        lines: "src/cart.test.ts, src/cart.test.ts > Cart > adds",
        leaves_out: "loading the file",
    },
    Producer {
        name: "Playwright, Deno",
        unit: units::named_like_file,
        sources: None,
        lines: "e2e/cart.spec.ts, [chromium] › cart.spec.ts:3:5 › Cart › adds",
        leaves_out: "`beforeAll`",
    },
    Producer {
        name: "bats",
        unit: units::named_like_file,
        sources: Some(&sources::BATS),
        lines: "test/cart.bats",
        leaves_out: "`setup_file`",
    },
    Producer {
        name: "prove",
        unit: units::prove,
        sources: Some(&sources::PROVE),
        lines: "t/cart.t",
        leaves_out: "times, without `--timer`",
    },
    Producer {
        name: "behave",
        unit: units::suite,
        sources: Some(&sources::BEHAVE),
        lines: "features/cart.feature",
        leaves_out: "hooks (`before_all`, `before_feature`)",
    },
    Producer {
        name: "Robot Framework",
        unit: units::suite,
        sources: Some(&sources::ROBOT),
        lines: "tests/cart.robot, Tests.Cart",
        leaves_out: "setups of folders (`__init__.robot`)",
    },
    Producer {
        name: "Dart",
        unit: units::suite,
        sources: Some(&sources::DART),
        lines: "test/cart_test.dart",
        leaves_out: "`setUpAll`, compiling",
    },
    Producer {
        name: "JUnit, TestNG, Kotlin, ScalaTest",
        unit: units::suite,
        sources: Some(&sources::JVM),
        lines: "com.shop.CartTest, CartTest#adds, src/test/java/com/shop/CartTest.java",
        leaves_out: "nothing (the time of a class has `@BeforeAll`)",
    },
    Producer {
        name: ".NET",
        unit: units::suite,
        sources: Some(&sources::DOTNET),
        lines: "Shop.Tests.CartTests, FullyQualifiedName~Shop.Tests.CartTests",
        leaves_out: "class fixtures",
    },
    Producer {
        name: "cargo-nextest",
        unit: units::suite,
        sources: Some(&sources::RUST),
        lines: "shop::integration, shop::cart::adds, tests/integration.rs",
        leaves_out: "nothing",
    },
    Producer {
        name: "Catch2, doctest, CTest",
        unit: units::class,
        sources: None,
        lines: "shop::CartTest, adds an item",
        leaves_out: "nothing",
    },
    Producer {
        name: "Swift",
        unit: units::suite,
        sources: Some(&sources::SWIFT),
        lines: "ShopTests.CartTests, ShopTests.CartTests/testAdds",
        leaves_out: "class setup",
    },
];

/// Returns the unit of a case; `None` if no producer recognises it.
pub(crate) fn unit_of<'a>(seen: &Seen<'a>) -> Option<Unit<'a>> {
    TABLE.iter().find_map(|producer| (producer.unit)(seen))
}

/// Returns true if runners run the unit of this name as a whole, such as `com.shop.CartTest` and
/// `shop::CartTest`. The tests of a binary, such as `shop::cart`, are in lists one by one.
pub(crate) fn runs_whole(unit: &str) -> bool {
    match unit.rsplit_once("::") {
        Some((_, last)) => last.starts_with(char::is_uppercase),
        None => unit.contains('.') || unit.starts_with(char::is_uppercase),
    }
}

/// Returns true if the runner of this dotted file runs the classes in it, each as a whole. All
/// suites of `GoogleTest` can be in one source file, and no suite is run by the name of that file.
pub(crate) fn runs_classes(file: &str) -> bool {
    let extension = crate::path::extension(file);
    extension.is_some_and(|e| matches!(e, "c" | "cc" | "cpp" | "cxx" | "h" | "hpp"))
}

/// Returns the outer class of a nested one, since running the outer class runs those in it:
/// `CartTest` of Java's `CartTest$Adding` and .NET's `CartTest+Adding`.
pub(crate) fn outer_class(classname: &str) -> &str {
    let mut marks = classname.match_indices(['$', '+']);
    // A folder can be called `c++`, and a title can contain a price such as `$5`.
    let nested = marks.find(|&(at, _)| {
        // The name of an outer class begins with a capital.
        let last = classname[..at].rsplit('.').next().unwrap_or_default();
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        last.starts_with(char::is_uppercase)
            && last.chars().all(is_name)
            && classname[at + 1..].starts_with(is_name)
    });
    nested.map_or(classname, |(at, _)| &classname[..at])
}

/// Returns the producer that most likely wrote these names of a history, and a line of a list that
/// would match them.
pub(crate) fn like(
    classname: &str,
    name: &str,
    dotted_file: Option<&str>,
) -> (&'static Producer, String) {
    written::like(&Seen {
        classname,
        name,
        file: dotted_file,
        ..Seen::default()
    })
}

#[cfg(test)]
mod tests {
    use super::outer_class;

    #[test]
    fn nested_classes_are_told_from_folders_and_prices() {
        for (classname, outer) in [
            ("com.shop.CartTest$Adding$Twice", "com.shop.CartTest"),
            ("Shop.Tests.CartTests+WhenEmpty", "Shop.Tests.CartTests"),
            ("docs.c++.test_build", "docs.c++.test_build"),
            ("shop.cart.Pays $5 at once", "shop.cart.Pays $5 at once"),
            ("com.shop.CartSpec$", "com.shop.CartSpec$"),
            ("$Proxy", "$Proxy"),
        ] {
            assert_eq!(outer_class(classname), outer);
        }
    }
}
