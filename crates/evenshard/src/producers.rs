//! The producers of reports: one table, one rule a producer.
//!
//! A rule recognises the cases of its producer and finds the unit of each. It has the sources that
//! a line of a list can name, examples of such lines, and the times that its reports leave out. The
//! first rule that recognises a case counts. A producer whose reports look like those of another
//! needs no rule of its own.
//!
//! The names of pytest are node ids; they are compared as they are, without these rules.

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
    /// Its own file attribute, or the nearest one around it.
    pub(crate) file: Option<&'a str>,
    /// The name of the innermost suite.
    pub(crate) suite: &'a str,
    /// The name of the nearest suite that is named like a file.
    pub(crate) suite_like_file: Option<&'a str>,
}

/// The unit of a case: the part of a suite that its runner runs as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit<'a> {
    /// The test itself, under the address in the report, as for pytest.
    AsReported,
    /// The file at this path, as written. The address begins with it.
    File(&'a str),
    /// The Go package of this name. Suites of one package are several runs of it.
    Package(&'a str),
    /// A class with those nested in it, or a suite, by its name in the report.
    Named(&'a str),
    /// The class of this name, in a suite with another name.
    Class(&'a str),
}

/// One producer of reports, or several that write alike.
#[derive(Debug)]
#[non_exhaustive]
pub struct Producer {
    /// Its name.
    pub name: &'static str,
    /// The rule that finds the unit of a case, if the case looks like one of this producer.
    unit: for<'a> fn(&Seen<'a>) -> Option<Unit<'a>>,
    /// The rule that converts a source file in a list to the name of a unit; `None` if units are
    /// named by their paths, or by no file at all.
    sources: Option<&'static Sources>,
    /// Lines of a list that find its cases.
    pub lines: &'static str,
    /// The times that its reports do not have, so that no plan knows them.
    pub leaves_out: &'static str,
}

/// The producers, the ones that are easiest to recognise first.
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

/// Returns true if the unit of this name is run as a whole, as `com.shop.CartTest` and
/// `shop::CartTest` are. The tests of a binary, such as `shop::cart`, are listed one by one.
pub(crate) fn runs_whole(unit: &str) -> bool {
    match unit.rsplit_once("::") {
        Some((_, last)) => last.starts_with(char::is_uppercase),
        None => unit.contains('.') || unit.starts_with(char::is_uppercase),
    }
}

/// Returns true if the runner of this dotted file runs its classes, each as a whole: all suites of
/// `GoogleTest` can be in one source, and none is run by that source's name.
pub(crate) fn runs_classes(file: &str) -> bool {
    let extension = crate::path::extension(file);
    extension.is_some_and(|e| matches!(e, "c" | "cc" | "cpp" | "cxx" | "h" | "hpp"))
}

/// Returns a class without those nested in it, since running the outer class runs them: `CartTest`
/// of Java's `CartTest$Adding` and .NET's `CartTest+Adding`.
pub(crate) fn outer_class(classname: &str) -> &str {
    let mut marks = classname.match_indices(['$', '+']);
    // A folder can be called `c++`, and a title can have a price.
    let nested = marks.find(|&(at, _)| {
        // A class begins with a capital, and so does what is nested in it.
        let last = classname[..at].rsplit('.').next().unwrap_or_default();
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        last.starts_with(char::is_uppercase)
            && last.chars().all(is_name)
            && classname[at + 1..].starts_with(is_name)
    });
    nested.map_or(classname, |(at, _)| &classname[..at])
}

/// Returns the producer whose names look like these of a history, and a line of a list that would
/// find them.
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
