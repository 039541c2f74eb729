//! Reading the JUnit files that records name.

use evenshard::history::History;
use evenshard::junit::{self, TextLimits};
use evenshard::record::RunRecord;
use evenshard::verify::{Evidence, Results, TextBudget};
use evenshard::{Outcome, Shard};

fn read(xml: &str, prefix: &str) -> Results {
    let mut budget = TextBudget::default();
    Results::read(xml.as_bytes(), "j.xml", prefix, &mut budget).unwrap()
}

fn evidence(results: Results) -> Evidence {
    Evidence {
        record: RunRecord::started("d", Shard::new(0, 1).unwrap()),
        name: "j.shard.json".to_owned(),
        results: vec![results],
        cases: History::new(),
    }
}

/// The texts of each case.
fn texts(xml: &str, limits: TextLimits) -> Vec<junit::Texts> {
    let mut seen = Vec::new();
    let keep = &mut |_: &junit::Case<'_>, texts| seen.push(texts);
    junit::read_with_texts(xml.as_bytes(), "j.xml", limits, keep).unwrap();
    seen
}

const ALL: TextLimits = TextLimits {
    head: 1_000,
    tail: 1_000,
};

#[test]
fn failures_keep_what_they_say_and_what_was_printed() {
    let seen = texts(
        r#"<testsuite><properties><property name="x" value="y">none</property></properties>
        <system-out>of the suite</system-out>
        <testcase name="a"><failure message="1 &lt; 2&#10;x">line &amp; 1&#x41;
line 2</failure><system-out>printed <![CDATA[<b> & &amp;]]> more</system-out><system-err>e</system-err></testcase>
        <testcase name="b"><system-out>quiet</system-out></testcase>
        <testcase name="c"><failure message="one">1</failure><error message="two"/></testcase>
        <testcase name="d"/></testsuite>"#,
        ALL,
    );
    assert_eq!(seen[0].message, "1 < 2\nx");
    assert_eq!(seen[0].text, "line & 1A\nline 2");
    assert_eq!(seen[0].system_out, "printed <b> & &amp; more");
    assert_eq!(seen[0].system_err, "e");
    assert_eq!(
        (seen[1].text.as_str(), seen[1].system_out.as_str()),
        ("", "quiet")
    );
    assert_eq!(
        (seen[2].message.as_str(), seen[2].text.as_str()),
        ("one", "1\ntwo\n")
    );
    assert_eq!(seen[3], junit::Texts::default());
}

#[test]
fn a_long_text_is_cut_in_its_middle_wherever_the_window_ends() {
    let lines: Vec<String> = (0..200_000).map(|n| format!("{n}\n")).collect();
    let long = lines.concat();
    for body in [long.clone(), format!("<![CDATA[{long}]]>")] {
        let xml = format!(
            "<testsuite><testcase name='a'><failure>{body}</failure></testcase></testsuite>"
        );
        let limits = TextLimits { head: 20, tail: 14 };
        let text = texts(&xml, limits).remove(0).text;
        assert!(text.starts_with("0\n1\n2\n"), "{text}");
        assert!(text.ends_with("199998\n199999\n"), "{text}");
        let left_out = format!("[... {} bytes left out ...]", long.len() - 34);
        assert!(text.contains(&left_out), "{text}");
    }
}

#[test]
fn a_text_that_is_cut_off_by_the_end_of_the_file_is_kept_so_far() {
    let xml = "<testsuite><testcase name='a'><failure>one two";
    assert_eq!(texts(xml, ALL)[0].text, "one two");
}

#[test]
fn a_prefix_is_taken_off_and_collection_errors_stand_apart() {
    let results = read(
        r#"<testsuites><testsuite>
        <testcase classname="py39.t.test_a.TestX" name="test_1"/>
        <testcase classname="py39" name="t.test_broken"><error message="collection failure">E</error></testcase>
        <testcase classname="py39" name="t.test_skipped"><skipped/></testcase>
        <testcase/></testsuite></testsuites>"#,
        "py39",
    );
    assert!(results.complete);
    assert_eq!(
        results.outside.keys().collect::<Vec<_>>(),
        ["t.test_broken"]
    );
    let evidence = evidence(results);
    assert!(evidence.result("t/test_a.py::TestX::test_1").is_some());
    // What has no classname may be a test outside of the root folder.
    let with_classname = |address: &&evenshard::Address| !address.classname.is_empty();
    let tests = evidence.results[0].tests.keys();
    assert_eq!(tests.filter(with_classname).count(), 1);
}

#[test]
fn a_test_is_found_by_every_name_that_pytest_writes() {
    for (name, id) in [
        ("t[a/b::c]", "t/test_a.py::t[a/b::c]"),
        ("t[#x1B]", "t/test_a.py::t[\x1b]"),
        ("t[#x1F600]", "t/test_a.py::t[\u{1F600}]"),
        ("t[\u{1F600}]", "t/test_a.py::t[\u{1F600}]"),
        ("t[x]", "t/test_a.py::t[x"),
    ] {
        let xml =
            format!(r#"<testsuite><testcase classname="t.test_a" name="{name}"/></testsuite>"#);
        assert!(evidence(read(&xml, "")).result(id).is_some(), "{name}");
    }
    let old = r#"<testsuite><testcase classname="" name="t.a[1].py::test_x"/></testsuite>"#;
    assert!(
        evidence(read(old, ""))
            .result("t/a[1].py::test_x")
            .is_some()
    );
}

#[test]
fn a_group_of_xdist_that_holds_colons_is_reported_as_a_class() {
    let xml = r#"<testsuite><testcase classname="t.test_a.TestX.t@b" name="c[d]"/></testsuite>"#;
    let evidence = evidence(read(xml, ""));
    assert!(evidence.result("t/test_a.py::TestX::t@b::c[d]").is_some());
    assert!(evidence.result("t/test_a.py::TestX::t").is_none());
}

#[test]
fn when_everything_fails_texts_end_and_names_do_not() {
    let cases: Vec<String> = (0..50)
        .map(|n| {
            format!(
                "<testcase classname='t' name='test_{n}'><failure>{}</failure></testcase>",
                "x".repeat(100)
            )
        })
        .collect();
    let mut budget = TextBudget {
        left: 1_000,
        ..TextBudget::default()
    };
    let xml = format!("<testsuite>{}</testsuite>", cases.concat());
    let results = Results::read(xml.as_bytes(), "j.xml", "", &mut budget).unwrap();
    let kept = results
        .tests
        .values()
        .filter(|t| t.failure.is_some())
        .count();
    assert_eq!((results.tests.len(), kept, budget.left), (50, 10, 0));
    let failed = results
        .tests
        .values()
        .filter(|t| t.outcome == Outcome::Failed);
    assert_eq!(failed.count(), 50);
}

#[test]
fn a_file_that_is_cut_short_or_empty_is_not_complete() {
    for xml in [
        "",
        "<testsuites><testsuite>",
        "<testsuite><testcase name='a' class",
    ] {
        assert!(!read(xml, "").complete, "{xml}");
    }
}
