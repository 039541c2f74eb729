//! From reports to addresses and files.

use crate::support::suite_of;
use evenshard::history::History;
use evenshard::ingest::{self, PathMapping, Source};
use evenshard::suite::Estimate;
use evenshard::{Address, Micros};
use proptest::prelude::*;

/// What a history keeps of a report: classname, name, and the microseconds of its samples.
fn kept(xml: &str) -> Vec<(String, String, Vec<Option<u64>>)> {
    kept_under(xml, &[])
}

fn kept_under(xml: &str, mappings: &[&str]) -> Vec<(String, String, Vec<Option<u64>>)> {
    let path_map: Vec<PathMapping> = mappings.iter().map(|m| m.parse().unwrap()).collect();
    let source = Source {
        path_map: &path_map,
        ..Source::named("junit.xml")
    };
    let mut history = History::new();
    let summary = ingest::read(xml.as_bytes(), source, &mut history);
    assert!(summary.warnings.is_empty(), "{:?}", summary.warnings);
    let samples = history.samples();
    let mut kept: Vec<_> = history
        .tests()
        .map(|test| {
            let times = samples.of(test).map(|(_, s)| s.duration.map(Micros::get));
            let (classname, name) = (history.classname(test), history.name(test));
            (classname.to_owned(), name.to_owned(), times.collect())
        })
        .collect();
    kept.sort();
    kept
}

fn test(classname: &str, name: &str, ms: u64) -> (String, String, Vec<Option<u64>>) {
    (
        classname.to_owned(),
        name.to_owned(),
        vec![Some(ms * 1_000)],
    )
}

fn case(classname: &str, name: &str, file: Option<&str>) -> String {
    let file = file.map_or(String::new(), |file| format!(" file=\"{file}\""));
    format!("<testcase classname=\"{classname}\" name=\"{name}\" time=\"1\"{file}/>")
}

proptest! {
    /// pytest's addresses are the node ids', whatever stands in `file`: it names where a
    /// function is defined, which for inherited tests is another file.
    #[test]
    fn pytest_addresses_are_never_changed(
        classname in "[a-z]{1,4}(\\.(test_[a-z]|[a-z]{1,3}|Test[A-Z])){0,3}",
        name in "(test_|Test)[a-zA-Z/]{0,6}(\\[[a-z/.]{0,6}\\])?",
        folder in "(|\\./|/app/|tests/)",
        extension in "(py|pyx|js|rst|yaml|json|go)",
        told in any::<bool>(),
        own_suite_name in any::<bool>(),
    ) {
        // Under another suite name only what pytest itself can write is certain.
        let extension = if own_suite_name && ["js", "go"].contains(&extension.as_str()) {
            "py"
        } else {
            extension.as_str()
        };
        let suite = if own_suite_name { "unit.tests" } else { "pytest" };
        let file = format!("{folder}base.{extension}");
        let case = case(&classname, &name, told.then_some(file.as_str()));
        let xml = format!("<testsuites><testsuite name=\"{suite}\" time=\"9\">{case}</testsuite></testsuites>");
        let address = Address::of_case(&classname, &name);
        prop_assert_eq!(kept(&xml), [test(&address.classname, &address.name, 1_000)]);
    }
}

#[test]
fn a_files_own_time_is_what_its_suite_says_beyond_its_cases() {
    let xml = "<testsuites><testsuite name='sums' time='2.5'>
        <testcase classname='sums adds' name='sums adds' time='0.5' file='a.test.js'/>
        <testcase classname='sums waits' name='sums waits' time='0' file='a.test.js'><skipped/></testcase>
        </testsuite></testsuites>";
    let skipped = ("a.test.js".to_owned(), "sums waits".to_owned(), vec![None]);
    let expected = [
        test("a.test.js", "", 2_000),
        test("a.test.js", "sums adds", 500),
        skipped,
    ];
    assert_eq!(kept(xml), expected);
}

#[test]
fn one_address_in_several_suites_of_a_file_adds_up() {
    // Two projects of Playwright: whoever runs the file runs both.
    let suite = "<testsuite name='shop/a.spec.ts' hostname='x' time='1'><testcase classname='shop/a.spec.ts' name='Form › sends' time='1'/></testsuite>";
    let xml = format!("<testsuites>{suite}{suite}</testsuites>");
    assert_eq!(kept(&xml), [test("shop.a.spec.ts", "Form › sends", 2_000)]);
}

#[test]
fn class_names_that_repeat_the_file_or_the_title_are_left_out() {
    let file = Some("spec/models/user_spec.rb");
    for (classname, left) in [
        ("spec.models.user_spec", ""),
        ("models/user_spec.rb", ""),
        ("user_spec.rb:4:3 › valid", ""),
        ("is valid", ""),
        ("", ""),
        ("User", ".User"),
        ("ser_spec", ".ser_spec"),
    ] {
        let case = case(classname, "User is valid", file);
        let xml = format!("<testsuite name='rspec'>{case}</testsuite>");
        let expected = format!("spec.models.user_spec.rb{left}");
        assert_eq!(kept(&xml), [test(&expected, "User is valid", 1_000)]);
    }
}

#[test]
fn subtests_of_go_do_not_count_twice() {
    let cases: String = [
        ("TestA/one", 2),
        ("TestA/two/deep", 1),
        ("TestA/two", 3),
        ("TestA", 6),
        ("TestLone/sub", 1),
    ]
    .map(|(name, s)| format!("<testcase classname='x.org/m/p' name='{name}' time='{s}'/>"))
    .concat();
    let xml = format!(
        "<testsuites><testsuite name='x.org/m/p' time='9'>{cases}</testsuite></testsuites>"
    );
    let expected = [
        test("x.org.m.p", "", 2_000),
        test("x.org.m.p", "TestA", 1_000),
        test("x.org.m.p", "TestA/one", 2_000),
        test("x.org.m.p", "TestA/two", 2_000),
        test("x.org.m.p", "TestA/two/deep", 1_000),
        test("x.org.m.p", "TestLone/sub", 1_000),
    ];
    assert_eq!(kept(&xml), expected);
}

#[test]
fn packages_with_parallel_tests_cost_what_they_took_themselves() {
    let cases: String = [("TestA/one", 5), ("TestA/two", 5), ("TestA", 6)]
        .map(|(name, s)| format!("<testcase classname='x.org/p' name='{name}' time='{s}'/>"))
        .concat();
    let xml = format!("<testsuite name='x.org/p' time='6'>{cases}</testsuite>");
    let sum = |xml: &str| -> u64 { kept(xml).iter().flat_map(|t| t.2.iter().flatten()).sum() };
    assert_eq!(sum(&xml), 6_000_000);
    // What Go has from its cache has the times of the tests alone.
    assert_eq!(sum(&xml.replace("p' time='6'", "p' time='0'")), 10_000_000);
}

#[test]
fn packages_are_told_by_what_says_most() {
    for (suite, class) in [("x.org/m/p", "p"), ("m/p", "x.org/m/p"), ("x.org/m/p", "")] {
        let case = case(class, "TestA", None);
        let xml = format!("<testsuite name='{suite}'>{case}</testsuite>");
        assert_eq!(kept(&xml), [test("x.org.m.p", "TestA", 1_000)]);
    }
    let java = case("com.shop.CartTest", "TestAdds", None);
    let xml = format!("<testsuite name='com.shop.CartTest'>{java}</testsuite>");
    assert_eq!(kept(&xml), [test("com.shop.CartTest", "TestAdds", 1_000)]);
}

#[test]
fn a_class_costs_what_its_suite_says_with_what_is_nested_in_it() {
    let cases = [("", "adds"), ("$Removing", "one")]
        .map(|(nested, name)| case(&format!("com.shop.CartTest{nested}"), name, None))
        .concat();
    let xml = format!("<testsuite name='com.shop.CartTest' time='9'>{cases}</testsuite>");
    let expected = [
        test("com.shop.CartTest", "", 7_000),
        test("com.shop.CartTest", "adds", 1_000),
        test("com.shop.CartTest$Removing", "one", 1_000),
    ];
    assert_eq!(kept(&xml), expected);
}

#[test]
fn the_reports_of_one_maven_run_are_one_build() {
    let mut history = History::new();
    for build in [1, 2] {
        for class in [
            "com.shop.CartTest",
            "com.shop.MailTest",
            "com.shop.PageTest",
        ] {
            let case = case(class, "works", None);
            let xml = format!("<testsuite name='{class}' time='{build}'>{case}</testsuite>");
            let source = Source::named("TEST.xml");
            ingest::read(xml.as_bytes(), source, &mut history);
        }
    }
    let sizes: Vec<usize> = history.builds().iter().map(|b| b.reports.len()).collect();
    assert_eq!(sizes, [3, 3]);
}

#[test]
fn paths_are_rewritten_whoever_names_them() {
    let own = case("A", "t", Some(r"C:\w\app\src\a.test.js:3"));
    let xml = format!("<testsuite name='s'>{own}</testsuite>");
    assert_eq!(
        kept_under(&xml, &[r"C:\w\app=."]),
        [test("src.a.test.js.A", "t", 1_000)]
    );
    let named = case("src/a.test.js", "t", None);
    let xml = format!("<testsuite name='src/a.test.js'>{named}</testsuite>");
    assert_eq!(
        kept_under(&xml, &[".=web"]),
        [test("web.src.a.test.js", "t", 1_000)]
    );
}

#[test]
fn what_nested_classes_took_beyond_their_tests_adds_up() {
    let mut history = History::new();
    for (class, took) in [
        ("o.CartTest", 20),
        ("o.CartTest$In", 5),
        ("o.CartTest$Two", 3),
    ] {
        let case = format!("<testcase classname='{class}' name='a' time='1'/>");
        let xml = format!("<testsuite name='{class}' time='{took}'>{case}</testsuite>");
        ingest::read(xml.as_bytes(), Source::named(class), &mut history);
    }
    let seconds = |test: Estimate<'_>| test.estimate.get() / 1_000_000;
    for line in ["o.CartTest", "src/test/java/o/CartTest.java"] {
        let suite = suite_of([line], &history);
        let took: Vec<u64> = suite.estimates().map(seconds).collect();
        assert_eq!(took, [28], "{line}");
    }
}
