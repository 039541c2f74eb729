//! Runners whose unit is the file: a list of files finds its timings in their reports.

mod producers;

use std::path::Path;

use crate::support::{Folder, Ran};

/// Copies reports of a runner into a folder `junit`.
fn reports(folder: &Folder, files: &[&str]) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    for file in files {
        let report = std::fs::read(fixtures.join(file)).unwrap();
        folder.file(&format!("junit/{}", file.replace('/', "-")), report);
    }
}

fn select(folder: &Folder, arguments: &[&str], list: &str) -> Ran {
    let ran = folder.run_with(
        &[&["select", "--tests", "-"], arguments].concat(),
        &[],
        list,
    );
    ran.succeeds();
    ran
}

/// Checks that two shards get `long` (6 s) and `rest` (3 s, 2 s and 1 s), whatever the order
/// of the list, and that the timings know every line.
#[track_caller]
fn balanced(files: &[&str], long: &str, rest: &[&str]) {
    let folder = Folder::new();
    reports(&folder, files);
    let mut lines = rest.to_vec();
    lines.insert(2, long);
    let list = lines.join("\n") + "\n";
    let mut shares: Vec<String> = Vec::new();
    for shard in ["1/2", "2/2"] {
        let ran = select(&folder, &["--timings", "junit", "--shard", shard], &list);
        ran.says(&["timings for 4 of 4 tests (100.00 %), from"]);
        shares.push(ran.out);
    }
    shares.sort_by_key(|share| share.lines().count());
    assert_eq!(shares[0].lines().collect::<Vec<_>>(), [long]);
    assert_eq!(shares[1].lines().collect::<Vec<_>>(), rest);
}

#[test]
fn jest_files_cost_what_their_suites_took() {
    let rest = [
        "web/src/login.test.js",
        "web/src/menu.test.js",
        "web/src/page.test.js",
    ];
    balanced(&["jest/loads-long.xml"], "web/src/cart.test.js", &rest);
}

#[test]
fn vitest_files_of_the_same_titles_stay_apart() {
    let rest = ["src/b.test.ts", "src/c.test.ts", "src/d.test.ts"];
    balanced(&["vitest/same-titles.xml"], "src/a.test.ts", &rest);
}

#[test]
fn mocha_files_are_found_by_the_end_of_their_absolute_paths() {
    let rest = ["test/b.spec.js", "test/c.spec.js", "test/d.spec.js"];
    balanced(&["mocha/absolute.xml"], "test/a.spec.js", &rest);
}

#[test]
fn cypress_specs_are_those_of_their_empty_root_suites() {
    let reports = ["cart", "login", "menu", "page"].map(|name| format!("cypress/{name}.xml"));
    let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
    let rest = [
        "cypress/e2e/login.cy.js",
        "cypress/e2e/menu.cy.js",
        "cypress/e2e/page.cy.js",
    ];
    balanced(&reports, "cypress/e2e/cart.cy.js", &rest);
}

#[test]
fn playwright_files_cost_what_all_projects_take_and_are_found_below_their_folder() {
    let rest = [
        "e2e/shop/login.spec.ts",
        "e2e/shop/menu.spec.ts",
        "e2e/page.spec.ts",
    ];
    balanced(&["playwright/projects.xml"], "e2e/cart.spec.ts", &rest);
}

#[test]
fn rspec_files_are_found_with_or_without_a_dot_before_them() {
    let rest = [
        "spec/models/user_spec.rb",
        "spec/requests/login_spec.rb",
        "spec/page_spec.rb",
    ];
    let report = &["rspec/shared-examples.xml"];
    balanced(report, "spec/models/cart_spec.rb", &rest);
    let rest = rest.map(|file| format!("./{file}"));
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    balanced(report, "./spec/models/cart_spec.rb", &rest);
}

#[test]
fn minitest_files_are_those_of_their_suites() {
    let rest = [
        "test/user_test.rb",
        "test/shop/menu_test.rb",
        "test/page_test.rb",
    ];
    balanced(&["minitest/suites.xml"], "test/cart_test.rb", &rest);
}

#[test]
fn phpunit_files_of_a_container_are_found_in_the_checkout() {
    let rest = [
        "tests/LoginTest.php",
        "tests/Shop/MenuTest.php",
        "tests/PageTest.php",
    ];
    balanced(&["phpunit/in-container.xml"], "tests/CartTest.php", &rest);
}

#[test]
fn go_packages_cost_what_they_took_and_stay_apart_from_those_below_them() {
    let rest = [
        "example.com/shop/cart/money",
        "example.com/shop/menu",
        "example.com/shop",
    ];
    balanced(&["gotestsum/packages.xml"], "example.com/shop/cart", &rest);
}

#[test]
fn the_folders_of_go_packages_find_them_as_well() {
    let rest = ["./cart/money", "./menu", "./web"];
    let folder = Folder::new();
    reports(&folder, &["gotestsum/packages.xml"]);
    let list = "./cart\n".to_owned() + &rest.join("\n") + "\n";
    for how in [&[][..], &["--path-map", "example.com/shop=."]] {
        let arguments = [&["--timings", "junit", "--shard", "1/2"], how].concat();
        let ran = select(&folder, &arguments, &list);
        ran.says(&["timings for 3 of 4 tests (75.00 %)"]);
    }
}

#[test]
fn a_path_map_makes_a_plan_of_the_checkouts_paths() {
    let folder = Folder::new();
    reports(&folder, &["phpunit/in-container.xml"]);
    let plan = [
        "plan",
        "--timings",
        "junit",
        "--path-map",
        "/app=.",
        "--path-map",
        "/app/tests/Shop=shop/tests",
        "--shards",
        "2",
        "--output",
        "plan.json",
        "--split",
        "file",
    ];
    folder.run(&plan).succeeds();
    let json = std::fs::read_to_string(folder.path().join("plan.json")).unwrap();
    for file in ["\"tests.CartTest.php\"", "\"shop.tests.MenuTest.php\""] {
        assert!(json.contains(file), "no {file} in {json}");
    }
    let list =
        "tests/PageTest.php\ntests/CartTest.php\nshop/tests/MenuTest.php\ntests/LoginTest.php\n";
    let mut shares = ["1/2", "2/2"]
        .map(|shard| select(&folder, &["--plan", "plan.json", "--shard", shard], list).out);
    shares.sort_by_key(String::len);
    assert_eq!(shares[0], "tests/CartTest.php\n");
    assert_eq!(shares[1].lines().count(), 3, "{shares:?}");
}

#[test]
fn a_path_map_of_one_side_is_wrong_usage() {
    let folder = Folder::new();
    folder
        .run(&["timings", "show", "--path-map", "/app", "junit"])
        .fails(64, &["not a path mapping such as /app=.: /app"]);
}

#[test]
fn what_files_took_beyond_their_tests_is_kept_in_the_history() {
    let folder = Folder::new();
    reports(&folder, &["jest/loads-long.xml"]);
    folder
        .run(&["timings", "update", "junit", "--output", "timings.json"])
        .succeeds();
    let rest = "web/src/login.test.js\nweb/src/menu.test.js\nweb/src/page.test.js\n";
    let list = format!("web/src/cart.test.js\n{rest}");
    let shares = ["1/2", "2/2"].map(|shard| {
        let arguments = ["--timings", "timings.json", "--shard", shard];
        select(&folder, &arguments, &list).out
    });
    assert!(shares.contains(&rest.to_owned()), "{shares:?}");
}
