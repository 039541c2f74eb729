//! Lines of lists as runners take them, and the reports that their producers write.

use std::path::Path;

use super::{balanced, reports, select};
use crate::support::Folder;

/// Two shards of lines that take 6 s, 3 s, 2 s and 1 s.
#[track_caller]
fn finds(files: &[&str], lines: [&str; 4]) {
    balanced(files, lines[0], &lines[1..]);
}

#[test]
fn nextest_by_modules_tests_and_binaries() {
    let report = &["nextest/binaries.xml"];
    finds(
        report,
        [
            "shop::cart",
            "shop::login::works",
            "shop::checkout",
            "page::opens",
        ],
    );
    finds(
        report,
        [
            "cart::tests: test",
            "shop login::works",
            "tests/checkout.rs",
            "shop_cli::bin/shop_cli::page",
        ],
    );
}

#[test]
fn google_test_by_suites_with_and_without_their_instances() {
    let report = &["gtest/parameters.xml"];
    finds(
        report,
        ["CartTest", "LoginTest.*", "MenuTest/0", "PageTest.Opens"],
    );
    finds(
        report,
        [
            "Prices/CartTest.Adds/*",
            "LoginTest",
            "MenuTest/0.Opens",
            "PageTest",
        ],
    );
}

#[test]
fn cpp_classes_in_namespaces() {
    let lines = [
        "shop::CartTest",
        "shop::LoginTest",
        "shop::MenuTest",
        "shop::PageTest",
    ];
    finds(&["catch2/namespaces.xml"], lines);
}

const SUREFIRE: &[&str] = &[
    "surefire/TEST-com.shop.CartTest.xml",
    "surefire/TEST-com.shop.MenuTest.xml",
    "surefire/TEST-com.shop.PageTest.xml",
    "surefire/TEST-com.shop.user.LoginTest.xml",
];

#[test]
fn java_by_classes_methods_and_sources() {
    finds(
        SUREFIRE,
        [
            "com.shop.CartTest",
            "com.shop.user.LoginTest",
            "com.shop.MenuTest",
            "com.shop.PageTest",
        ],
    );
    finds(
        SUREFIRE,
        [
            "CartTest",
            "LoginTest#works",
            "MenuTest#opens",
            "com.shop.PageTest.opens",
        ],
    );
    finds(
        SUREFIRE,
        [
            "web/src/test/java/com/shop/CartTest.java",
            "web/src/test/java/com/shop/user/LoginTest.java",
            "web/src/test/java/com/shop/MenuTest.java",
            "web/src/test/java/com/shop/PageTest.java",
        ],
    );
}

#[test]
fn the_reports_of_a_maven_run_are_one_build() {
    let folder = Folder::new();
    reports(&folder, SUREFIRE);
    let arguments = ["--timings", "junit", "--shard", "1/1"];
    select(&folder, &arguments, "com.shop.CartTest\n").says(&["from 1 build"]);
}

#[test]
fn kotlin_sources_with_and_without_the_folders_of_their_package() {
    for folder in ["src/test/kotlin/com/shop", "src/test/kotlin"] {
        let lines = ["cart/CartTest", "user/LoginTest", "MenuTest", "PageTest"];
        let lines = lines.map(|name| format!("{folder}/{name}.kt"));
        finds(&["kotlin/gradle.xml"], lines.each_ref().map(String::as_str));
    }
}

#[test]
fn dotnet_by_classes_filters_and_sources() {
    let report = &["dotnet/logger.xml"];
    finds(
        report,
        [
            "Shop.Tests.CartTests",
            "Shop.Tests.Users.LoginTests",
            "Shop.Tests.MenuTests",
            "Shop.Tests.PageTests.Opens",
        ],
    );
    finds(
        report,
        [
            "FullyQualifiedName~Shop.Tests.CartTests",
            "FullyQualifiedName=Shop.Tests.Users.LoginTests.Works",
            "ClassName=Shop.Tests.MenuTests",
            "test/Shop.Tests/PageTests.cs",
        ],
    );
}

#[test]
fn dart_without_what_its_names_leave_out() {
    let lines = [
        "test/cart_test.dart",
        "test/user/log-in_test.dart",
        "test/menu_test.dart",
        "test/page_test.dart",
    ];
    finds(&["dart/tojunit.xml"], lines);
}

#[test]
fn gut_by_scripts_with_their_inner_classes() {
    let lines = [
        "test/unit/test_cart.gd",
        "test/unit/test_login.gd",
        "test/unit/test_menu.gd",
        "test/test_page.gd",
    ];
    finds(&["gut/export.xml"], lines);
    let lines = lines.map(|line| format!("res://{line}"));
    finds(&["gut/export.xml"], lines.each_ref().map(String::as_str));
}

#[test]
fn hurl_by_files() {
    let lines = [
        "tests/cart.hurl",
        "tests/login.hurl",
        "tests/menu.hurl",
        "tests/page.hurl",
    ];
    finds(&["hurl/report.xml"], lines);
}

#[test]
fn node_by_files() {
    let lines = [
        "test/cart.test.mjs",
        "test/login.test.mjs",
        "test/menu.test.mjs",
        "test/page.test.mjs",
    ];
    finds(&["node/files.xml"], lines);
}

#[test]
fn robot_by_files_and_suites_whatever_else_a_shard_ran() {
    let files = [
        "tests/01__shopping_cart.robot",
        "tests/users/login.robot",
        "tests/menu.robot",
        "tests/page.robot",
    ];
    finds(&["robot/folders.xml"], files);
    // The names of root suites differ, and the tests are the same.
    finds(&["robot/folders.xml", "robot/shards.xml"], files);
    finds(
        &["robot/folders.xml"],
        [
            "Tests.Shopping Cart",
            "Tests.Users",
            "Tests.Menu.Opens It",
            "Page",
        ],
    );
}

#[test]
fn behave_by_features() {
    let reports = [
        "behave/TESTS-shop.my-cart.xml",
        "behave/TESTS-users.login.xml",
        "behave/TESTS-menu.xml",
        "behave/TESTS-page.xml",
    ];
    let lines = [
        "features/shop/my-cart.feature",
        "features/users/login.feature",
        "features/menu.feature",
        "features/page.feature",
    ];
    finds(&reports, lines);
    finds(
        &reports,
        lines
            .map(|line| format!("{line}:3"))
            .each_ref()
            .map(String::as_str),
    );
}

#[test]
fn prove_and_bats_without_the_folders_that_all_files_share() {
    finds(
        &["prove/formatter.xml"],
        ["t/01_my-cart.t", "t/users/login.t", "t/menu.t", "t/page.t"],
    );
    let lines = [
        "test/cart.bats",
        "test/users/login.bats",
        "test/menu.bats",
        "test/page.bats",
    ];
    finds(&["bats/report.xml"], lines);
}

#[test]
fn mocha_by_its_own_reporter_with_files_that_only_skip() {
    let lines = [
        "test/cart.spec.js",
        "test/users/login.spec.js",
        "test/menu.spec.js",
        "test/page.spec.js",
    ];
    finds(&["mocha/xunit.xml"], lines);
    let folder = Folder::new();
    reports(&folder, &["mocha/xunit.xml"]);
    let list = "test/later.spec.js\ntest/cart.spec.js\n";
    let arguments = ["--timings", "junit", "--shard", "1/1"];
    select(&folder, &arguments, list).says(&["timings for 2 of 2 tests"]);
}

#[test]
fn playwright_by_titles_of_tests() {
    finds(
        &["playwright/titles.xml"],
        [
            "shop/all.spec.ts:3:5 › Cart › adds @fast",
            "[one] › shop/all.spec.ts:9:5 › Login › works",
            "page.spec.ts:1:1 › menu opens",
            "page.spec.ts › page opens",
        ],
    );
}

#[test]
fn vitest_by_titles_of_tests() {
    let folder = Folder::new();
    reports(&folder, &["vitest/same-titles.xml"]);
    let arguments = ["--timings", "junit", "--shard", "1/1"];
    let list = "src/a.test.ts > sums > adds\nsrc/b.test.ts > sums > adds\n";
    select(&folder, &arguments, list).says(&["timings for 2 of 2 tests"]);
}

#[test]
fn deno_and_bun_by_files() {
    let lines =
        |end: &str| ["cart", "users/login", "menu", "page"].map(|name| format!("{name}{end}"));
    finds(
        &["deno/report.xml"],
        lines("_test.ts").each_ref().map(String::as_str),
    );
    finds(
        &["bun/report.xml"],
        lines(".test.ts").each_ref().map(String::as_str),
    );
}

#[test]
fn swift_by_classes_and_sources() {
    let report = &["swift/xunit.xml"];
    finds(
        report,
        [
            "ShopTests.CartTests",
            "ShopTests.LoginTests/testWorks",
            "MenuTests",
            "ShopTests/PageTests/testOpens",
        ],
    );
    let lines = ["CartTests", "LoginTests", "MenuTests", "PageTests"]
        .map(|name| format!("Tests/ShopTests/{name}.swift"));
    finds(report, lines.each_ref().map(String::as_str));
}

#[test]
fn go_packages_with_parallel_tests_and_tests_with_their_subtests() {
    let report = &["gotestsum/parallel.xml"];
    let lines = ["cart", "login", "menu", "page"].map(|name| format!("example.com/shop/{name}"));
    finds(report, lines.each_ref().map(String::as_str));
    finds(
        &["gotestsum/nested.xml"],
        [
            "example.com/shop/cart.TestAdds",
            "cart::TestLogin",
            "TestMenu",
            "example.com/shop/cart::TestPage",
        ],
    );
}

#[test]
fn a_list_of_another_form_hears_which_was_expected() {
    let folder = Folder::new();
    reports(&folder, SUREFIRE);
    let arguments = ["--timings", "junit", "--shard", "1/1"];
    let list = "test/cart.spec.js\ntest/login.spec.js\n";
    select(&folder, &arguments, list).says(&[
        "timings for 0 of 2 tests",
        "expected lines, such as  com.shop.CartTest (JUnit",
        "src/test/java/com/shop/CartTest.java)",
    ]);
}

#[test]
fn the_page_has_every_producer_with_its_lines_and_what_its_report_leaves_out() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/runner-reports.md");
    let page = std::fs::read_to_string(page).unwrap();
    for producer in evenshard::producers::TABLE {
        let lines: Vec<String> = producer
            .lines
            .split(", ")
            .map(|l| format!("`{l}`"))
            .collect();
        let row = format!(
            "| {} | {} | {} |",
            producer.name,
            lines.join(", "),
            producer.leaves_out
        );
        assert!(page.contains(&row), "no {row}");
    }
}
