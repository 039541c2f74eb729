//! Lines of other forms than the names of a plan.

use std::collections::{BTreeMap, BTreeSet};

use evenshard::estimate::Estimates;
use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
use evenshard::ingest;
use evenshard::suite::{Alignment, Suite, tests_of_lines};
use evenshard::{Micros, Plan, Planner, RunsOn, Shard};

#[test]
fn a_plan_without_a_list_knows_lines_by_the_names_of_its_tests() {
    let mut history = History::new();
    let mut report = history.report();
    for (classname, seconds) in [
        ("com.shop.CartTest", 1),
        ("com.shop.CartTest$Adding", 5),
        ("com.shop.LoginTest", 3),
        ("com.shop.MenuTest", 3),
    ] {
        report.case(&CaseSeen {
            classname,
            name: "works",
            file: Some(classname.split('$').next().unwrap()),
            sample: Some(Micros::from_millis(seconds * 1_000)),
            ..CaseSeen::default()
        });
    }
    report.finish(ReportFacts::default(), Origin::default());
    let plan = Planner::new(2).unwrap();
    let plan = plan
        .plan(&Suite::from_history(&Estimates::new(&history)))
        .unwrap();
    let sources = ["Cart", "Login", "Menu", "Page"]
        .map(|name| format!("src/test/java/com/shop/{name}Test.java"));
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let shards = shards_of(&plan, &sources);
    let [cart, login, menu, page] = shards[..] else {
        panic!("{shards:?}")
    };
    assert_eq!(login, menu);
    assert!(cart.is_some() && cart != login, "{shards:?}");
    assert_eq!(page, None);
}

/// The index of the shard of each line; `None` for a line without a test of the plan.
fn shards_of(plan: &Plan, lines: &[&str]) -> Vec<Option<u32>> {
    let placed = plan.place_lines(lines).into_iter();
    let known = placed.map(|placed| placed.on.shard().filter(|_| placed.reason.is_known()));
    known.map(|shard| shard.map(Shard::index)).collect()
}

/// A plan of these tests for so many shards, made without a list.
fn plan_of(tests: &[(&str, &str, u64)], shards: u32) -> Plan {
    let planner = Planner::new(shards).unwrap();
    let history = history_of(tests);
    planner
        .plan(&Suite::from_history(&Estimates::new(&history)))
        .unwrap()
}

fn history_of(tests: &[(&str, &str, u64)]) -> History {
    let mut history = History::new();
    let mut report = history.report();
    for (classname, name, seconds) in tests {
        report.case(&CaseSeen {
            classname,
            name,
            sample: Some(Micros::from_millis(seconds * 1_000)),
            ..CaseSeen::default()
        });
    }
    report.finish(ReportFacts::default(), Origin::default());
    history
}

/// The shards of lines.
fn shards(plan: &Plan, lines: &[&str]) -> Vec<u32> {
    let placed = plan.place_lines(lines).into_iter();
    let shards = placed.map(|placed| placed.on.shard().unwrap());
    shards.map(Shard::index).collect()
}

#[test]
fn lines_with_colons_go_where_their_tests_are() {
    let modules = [
        ("shop::cart", "adds", 9),
        ("shop::cart", "pays", 5),
        ("shop", "opens", 4),
    ];
    let plan = plan_of(&modules, 2);
    let shards_of = shards(
        &plan,
        &["shop::cart::adds", "shop::cart::pays", "shop::opens"],
    );
    assert!(
        shards_of[0] != shards_of[1] && shards_of[1] == shards_of[2],
        "{shards_of:?}"
    );
    let binaries = [
        ("shop", "cart::adds", 9),
        ("shop", "login::works", 4),
        ("shop::it", "opens", 8),
    ];
    let plan = plan_of(&binaries, 2);
    let [shop, it] = shards(&plan, &["shop", "shop::it"])[..] else {
        panic!("two lines")
    };
    assert_ne!(shop, it);
}

#[test]
fn a_path_of_a_file_that_is_cut_goes_where_most_of_its_time_is() {
    let tests = [
        ("tests.test_a", "test_short", 1),
        ("tests.test_a", "test_long", 9),
        ("tests.test_b", "test_long", 8),
    ];
    let plan = plan_of(&tests, 2);
    let of_test = shards(&plan, &["tests/test_a.py::test_long"]);
    assert_eq!(shards(&plan, &["tests/test_a.py"]), of_test);
}

#[test]
fn a_plan_knows_paths_that_lack_a_beginning_or_have_one_more() {
    let seconds = [("cart", 9), ("mail", 5), ("page", 4)];
    for (in_reports, in_list) in [("", "e2e/"), ("/app/", ""), ("src/", "packages/web/src/")] {
        let mut history = History::new();
        let mut report = history.report();
        for (name, seconds) in seconds {
            let file = format!("{in_reports}{name}.spec.ts").replace('/', ".");
            report.case(&CaseSeen {
                classname: &file,
                name: "works",
                file: Some(&file),
                sample: Some(Micros::from_millis(seconds * 1_000)),
                never_cut: true,
                ..CaseSeen::default()
            });
        }
        report.finish(ReportFacts::default(), Origin::default());
        let planner = Planner::new(2).unwrap();
        let plan = planner
            .plan(&Suite::from_history(&Estimates::new(&history)))
            .unwrap();
        let lines = seconds.map(|(name, _)| format!("{in_list}{name}.spec.ts"));
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let placed = plan.place_lines(&lines);
        assert!(
            placed.iter().all(|placed| placed.reason.is_known()),
            "{in_list}"
        );
        assert_ne!(placed[0].on, placed[1].on);
        assert_eq!(placed[1].on, placed[2].on);
    }
}

/// A plan without a list, of what a report says.
fn plan_of_report(xml: &str, shards: u32) -> Plan {
    let mut history = History::new();
    ingest::read(
        xml.as_bytes(),
        ingest::Source::named("report.xml"),
        &mut history,
    );
    let planner = Planner::new(shards).unwrap();
    planner
        .plan(&Suite::from_history(&Estimates::new(&history)))
        .unwrap()
}

#[test]
fn classes_stay_whole_whatever_their_suite_is_called() {
    for (suite, class) in [
        ("TestNG suite", "com.shop.CartTest"),
        ("JUnit Jupiter", "com.shop.CartTest$Adding"),
        ("pytest", "com.shop.CartTest$Adding"),
        ("pytest", "com.shop.CartTest"),
        ("Shop.Tests.dll", "Shop.Tests.CartTests"),
        ("TestResults", "ShopTests.CartTests"),
        ("shop::CartTest", "shop::CartTest"),
        ("all", "shop::CartTest"),
        ("all", "all.Cart"),
        ("Cucumber", "Cart of a guest"),
    ] {
        let case = |name| format!("<testcase classname='{class}' name='{name}' time='60'/>");
        let cases: String = (0..4).map(|n| case(format!("works{n}"))).collect();
        let plan = plan_of_report(&format!("<testsuite name='{suite}'>{cases}</testsuite>"), 2);
        let loads = plan.content().shards.iter().map(|shard| shard.units.len());
        assert_eq!(
            loads.filter(|&units| units > 0).count(),
            1,
            "{suite}: {class}"
        );
    }
    for (suite, class) in [
        ("pytest", "tests.test_cart.TestCart"),
        ("pytest", "checks.cart.Cart"),
        ("shop::cart", "shop::cart"),
    ] {
        let case = |name| format!("<testcase classname='{class}' name='{name}' time='60'/>");
        let cases: String = (0..4).map(|n| case(format!("works{n}"))).collect();
        let plan = plan_of_report(&format!("<testsuite name='{suite}'>{cases}</testsuite>"), 2);
        let loads = plan.content().shards.iter().map(|shard| shard.units.len());
        assert_eq!(
            loads.filter(|&units| units > 0).count(),
            2,
            "{suite}: {class}"
        );
    }
}

#[test]
fn the_suites_of_one_source_of_google_test_are_units() {
    let case = |suite: &str, name: &str, seconds: u32| {
        format!("<testcase classname='{suite}' name='{name}' file='all.cc' time='{seconds}'/>")
    };
    let suites = [("Cart", 9), ("Mail", 9), ("Page", 9), ("User", 9)].map(|(name, seconds)| {
        let cases = case(name, "One", seconds) + &case(name, "Two", seconds);
        format!("<testsuite name='{name}'>{cases}</testsuite>")
    });
    let plan = plan_of_report(&format!("<testsuites>{}</testsuites>", suites.concat()), 2);
    let mut shards = shards(&plan, &["Cart", "Mail.*", "Page", "User"]);
    shards.sort_unstable();
    assert_eq!(shards, [0, 0, 1, 1]);
    let loads: Vec<u64> = { plan.content().shards.iter() }
        .map(|shard| shard.units.iter().map(|unit| unit.predicted_us.get()).sum())
        .collect();
    assert_eq!(loads[0], loads[1]);
}

#[test]
fn a_name_is_clear_where_the_other_line_is_that_of_another_name() {
    let mut history = History::new();
    let mut report = history.report();
    for file in ["cart.spec.ts", "sub.cart.spec.ts", "page.spec.ts"] {
        report.case(&CaseSeen {
            classname: file,
            name: "works",
            file: Some(file),
            ..CaseSeen::default()
        });
    }
    report.finish(ReportFacts::default(), Origin::default());
    let lines = [
        "e2e/cart.spec.ts",
        "e2e/sub/cart.spec.ts",
        "e2e/page.spec.ts",
    ];
    let alignment = Alignment::find(lines, &history);
    assert_eq!(alignment.ambiguous, []);
    let tests = tests_of_lines(lines, &alignment.apply(&history));
    assert!(tests.iter().all(|tests| tests.len() == 1), "{tests:?}");
    // Whose `page` it is, the shift cannot tell.
    let lines = ["a/cart.spec.ts", "a/page.spec.ts", "b/page.spec.ts"];
    assert_eq!(Alignment::find(lines, &history).ambiguous.len(), 1);
}

/// How many tests of these classes (one each) each line stands for.
fn tests_of(classes: &[&str], lines: &[&str]) -> Vec<usize> {
    let mut history = History::new();
    let mut report = history.report();
    for classname in classes {
        report.case(&CaseSeen {
            classname,
            name: "works",
            file: Some(classname),
            ..CaseSeen::default()
        });
    }
    report.finish(ReportFacts::default(), Origin::default());
    let tests = tests_of_lines(lines.iter().copied(), &history);
    tests.into_iter().map(|tests| tests.len()).collect()
}

#[test]
fn sources_take_no_classes_of_other_packages() {
    let demo = [
        "org.demo.a.CartTest",
        "org.demo.b.CartTest",
        "org.demo.MailTest",
    ];
    let one = ["a/src/test/java/org/demo/a/CartTest.java"];
    assert_eq!(tests_of(&demo, &one), [1]);
    let other = [
        "src/test/java/com/other/CartTest.java",
        "src/test/java/com/MailTest.java",
    ];
    assert_eq!(tests_of(&demo, &other), [0, 0]);
    let short = [
        "src/test/kotlin/MailTest.kt",
        "src/test/kotlin/sub/MailTest.kt",
    ];
    assert_eq!(
        tests_of(&["org.demo.MailTest", "org.demo.sub.MailTest"], &short),
        [1, 1]
    );
    assert_eq!(
        tests_of(&["org.demo.MailTest"], &["src/jvmTest/MailTest.kt"]),
        [1]
    );
    let namespaces = ["Shop.A.CartTests", "Shop.B.CartTests"];
    assert_eq!(tests_of(&namespaces, &["tests/Shop.A/CartTests.cs"]), [1]);
    let bats = ["cart.bats", "sub.cart.bats"];
    assert_eq!(
        tests_of(&bats, &["test/cart.bats", "test/sub/cart.bats"]),
        [1, 1]
    );
    // Two builds may have named one file so.
    assert_eq!(tests_of(&bats, &["test/sub/cart.bats"]), [2]);
}

#[test]
fn names_that_end_like_files_and_modules_are_found() {
    let tests = |classname, name, lines: &[&str]| {
        let plan = plan_of(&[(classname, name, 1)], 1);
        let found = shards_of(&plan, lines);
        found.iter().map(Option::is_some).collect::<Vec<_>>()
    };
    assert_eq!(tests("LangTest", "go", &["LangTest.go"]), [true]);
    assert_eq!(tests("CartTest", "m", &["CartTest.m"]), [true]);
    assert_eq!(
        tests("shop", "cart::tests::adds", &["src/cart.rs", "src/mail.rs"]),
        [true, false]
    );
    assert_eq!(
        tests(
            "shop-api",
            "cart::adds",
            &["crates/shop-api/src/cart/mod.rs"]
        ),
        [true]
    );
    assert_eq!(tests("shop::it", "adds", &["tests/it/main.rs"]), [true]);
    assert_eq!(tests("My/ListTest/0", "Adds", &["ListTest"]), [true]);
    assert_eq!(
        tests("tests.cart.CartTest", "test_a", &["tests/cart.py"]),
        [true]
    );
}

#[test]
fn lines_that_a_plan_cuts_are_packed_anew() {
    let mut tests: Vec<(String, String, u64)> = (0..10)
        .map(|n| ("shop::big".to_owned(), format!("works{n}"), 60))
        .collect();
    tests.extend((0..20).map(|n| (format!("shop::small{n}"), "works".to_owned(), 30)));
    let all: Vec<(&str, &str, u64)> = { tests.iter() }
        .map(|(class, name, seconds)| (class.as_str(), name.as_str(), *seconds))
        .collect();
    let plan = plan_of(&all, 6);
    let small: Vec<String> = (0..20).map(|n| format!("shop::small{n}")).collect();
    let lines: Vec<&str> = { small.iter().map(String::as_str) }
        .chain(["shop::big"])
        .collect();
    let shards = shards(&plan, &lines);
    let big = shards[20];
    assert!(!shards[..20].contains(&big), "{shards:?}");
}

#[test]
fn methods_of_a_class_that_a_plan_keeps_whole_are_shared_out() {
    let case = |class: &str, name: &str| {
        format!("<testcase classname='com.shop.{class}' name='{name}' time='9'/>")
    };
    let cases = case("CartTest", "adds") + &case("CartTest", "pays") + &case("MailTest", "sends");
    let plan = plan_of_report(&format!("<testsuite name='all'>{cases}</testsuite>"), 3);
    let lines = [
        "com.shop.CartTest#adds",
        "com.shop.CartTest#pays",
        "com.shop.MailTest#sends",
    ];
    let mut placed = shards(&plan, &lines);
    placed.sort_unstable();
    assert_eq!(placed, [0, 1, 2]);
    // Whole classes stay where they are planned.
    let classes = shards(&plan, &["com.shop.CartTest", "com.shop.MailTest"]);
    let sources = ["src/com/shop/CartTest.java", "src/com/shop/MailTest.java"];
    assert_eq!(shards(&plan, &sources), classes);
}

#[test]
fn node_ids_of_classes_and_of_functions_with_parameters_stand_for_their_tests() {
    let tests = [
        ("tests.test_a.TestA", "test_x", 9),
        ("tests.test_a.TestA", "test_y", 1),
        ("tests.test_a", "test_x[1]", 2),
        ("tests.test_a", "test_x[2]", 3),
    ];
    let lines = [
        "tests/test_a.py::TestA",
        "tests/test_a.py::test_x",
        "tests/test_a.py::test_z",
    ];
    let tests = tests_of_lines(lines, &history_of(&tests));
    assert_eq!([tests[0].len(), tests[1].len(), tests[2].len()], [2, 2, 0]);
}

#[test]
fn the_order_of_a_list_and_repeats_change_nothing() {
    let tests: Vec<(String, u64)> = (0..9).map(|n| (format!("test_{n}"), 10)).collect();
    let tests: Vec<(&str, &str, u64)> = { tests.iter() }
        .map(|(name, time)| ("shop::cart", name.as_str(), *time))
        .collect();
    let plan = plan_of(&tests, 3);
    let lines: Vec<String> = (0..9).map(|n| format!("shop::cart::test_{n}")).collect();
    let mut list: Vec<&str> = lines.iter().map(String::as_str).collect();
    let placed = |list: &[&str]| -> BTreeMap<String, BTreeSet<RunsOn>> {
        let mut shards: BTreeMap<String, BTreeSet<RunsOn>> = BTreeMap::new();
        for (line, placed) in list.iter().zip(plan.place_lines(list)) {
            shards
                .entry((*line).to_owned())
                .or_default()
                .insert(placed.on);
        }
        shards
    };
    let first = placed(&list);
    assert!(first.values().all(|shards| shards.len() == 1));
    list.reverse();
    list.extend(lines.iter().take(4).map(String::as_str));
    assert_eq!(placed(&list), first);
}
