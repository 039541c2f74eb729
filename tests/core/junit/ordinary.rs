//! What most people's reports look like.

use std::io::Write;

use super::{read, warnings};
use evenshard::Outcome;

const PYTEST: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" errors="0" failures="1" skipped="2" tests="5" time="3.210" timestamp="2026-01-02T03:04:05.678901" hostname="box">
<testcase classname="tests.test_a.TestA" name="test_one[a&amp;b-&#9;x]" time="1.500" />
<testcase classname="tests.test_a.TestA" name="test_two" time="0.250"><failure message="no">trace &lt;here&gt;</failure></testcase>
<testcase classname="tests.test_a" name="test_skip" time="0.001"><skipped type="pytest.skip" message="later">x</skipped></testcase>
<testcase classname="tests.test_a" name="test_x" time="0.125"><skipped type="pytest.xfail" message="" /></testcase>
<testcase classname="" name="tests.test_b" time="0.000"><error message="collection failure">E</error></testcase>
</testsuite></testsuites>
"#;

#[test]
fn a_pytest_report_gives_its_cases_outcomes_and_sums() {
    let (report, seen) = read(PYTEST);
    let short: Vec<_> = seen
        .iter()
        .map(|c| (c.classname.as_str(), c.name.as_str(), c.us, c.outcome))
        .collect();
    assert_eq!(
        short,
        [
            (
                "tests.test_a.TestA",
                "test_one[a&b-\tx]",
                Some(1_500_000),
                Outcome::Passed
            ),
            (
                "tests.test_a.TestA",
                "test_two",
                Some(250_000),
                Outcome::Failed
            ),
            ("tests.test_a", "test_skip", None, Outcome::Skipped),
            ("tests.test_a", "test_x", Some(125_000), Outcome::XFailed),
            ("", "tests.test_b", Some(0), Outcome::Errored),
        ]
    );
    assert_eq!(
        (report.cases, report.samples, report.total.get()),
        (5, 4, 1_876_000)
    );
    assert_eq!(
        seen.iter().map(|c| c.line).collect::<Vec<_>>(),
        [3, 4, 5, 6, 7]
    );
    let suite = &report.suites[0];
    assert_eq!(
        (suite.name.as_str(), suite.hostname.as_deref()),
        ("pytest", Some("box"))
    );
    assert_eq!(suite.time.map(evenshard::Micros::get), Some(3_210_000));
    assert_eq!((suite.cases, suite.cases_time.get()), (5, 1_875_000));
    assert!(report.complete);
    assert_eq!(report.warnings, []);
}

#[test]
fn a_surefire_report_adds_up_the_attempts_of_a_flaky_case() {
    let (report, seen) = read(
        r#"<testsuite name="com.x.FlakyTest" time="3,600.5" tests="2">
  <properties><property name="a" value="b"/></properties>
  <testcase name="flaky" classname="com.x.FlakyTest" time="0.2">
    <flakyFailure message="m" type="T" time="0.3"><stackTrace><![CDATA[ </testcase> ]]></stackTrace></flakyFailure>
    <flakyError type="T" time="0.1"/>
  </testcase>
  <testcase name="broken" classname="com.x.FlakyTest" time="1">
    <failure type="T">x</failure><rerunFailure type="T" time="2"><system-out>y</system-out></rerunFailure>
  </testcase>
</testsuite>"#,
    );
    assert_eq!(
        (seen[0].us, seen[0].outcome),
        (Some(600_000), Outcome::Passed)
    );
    assert_eq!(
        (seen[1].us, seen[1].outcome),
        (Some(3_000_000), Outcome::Failed)
    );
    assert_eq!(report.total.get(), 1_200_000);
    assert_eq!(
        report.suites[0].time.map(evenshard::Micros::get),
        Some(3_600_500_000)
    );
    assert_eq!(report.warnings, []);
}

#[test]
fn a_jest_report_gives_the_files_and_the_times_of_its_suites() {
    let (report, seen) = read(
        r#"<testsuites name="jest tests" tests="2" time="4.5">
  <testsuite name="math" tests="1" time="2.25" timestamp="2026-01-02T03:04:05" file="src/math.test.js">
    <testcase classname="math adds" name="math adds" time="0.003"></testcase>
  </testsuite>
  <testsuite name="text" tests="1" time="2.25">
    <testcase classname="text trims" name="text trims" time="0.004" file="src/text.test.js"></testcase>
  </testsuite>
</testsuites>"#,
    );
    let files: Vec<_> = seen.iter().map(|c| c.file.as_deref()).collect();
    assert_eq!(files, [Some("src/math.test.js"), Some("src/text.test.js")]);
    assert_eq!(
        report.root_time.map(evenshard::Micros::get),
        Some(4_500_000)
    );
    assert_eq!(report.suites.len(), 2);
    assert_eq!(seen[1].suite, 1);
}

#[test]
fn gzip_and_zstd_are_told_by_content_and_digested_as_what_they_hold() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(PYTEST.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(PYTEST.as_bytes(), 3).unwrap();
    let plain = read(PYTEST);
    assert_eq!(read(&gzip), plain);
    assert_eq!(read(&zstd), plain);
    // Two members in one file, as `cat a.gz b.gz` makes them.
    let (twice, _) = read([&gzip[..], &gzip[..]].concat());
    assert_eq!(twice.cases, 10);
}

#[test]
fn a_damaged_archive_gives_what_could_be_unpacked() {
    let cases = (0..2_000_u64).map(|n| {
        let name = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("<testcase name='t{name}' time='1'/>\n")
    });
    let body = cases.collect::<Vec<_>>().concat();
    let whole = format!("<testsuite>{body}</testsuite>");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(whole.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let (report, _) = read(&gzip[..gzip.len() / 2]);
    assert!((500..1_500).contains(&report.cases), "{}", report.cases);
    assert!(!report.complete);
    assert!(warnings(&report).iter().any(|w| w.contains("damaged")));
}

#[test]
fn a_file_cut_short_anywhere_keeps_the_cases_before_and_says_so() {
    let whole = PYTEST.trim_end();
    for end in 1..whole.len() {
        if !whole.is_char_boundary(end) {
            continue;
        }
        let (report, seen) = read(&whole[..end]);
        let written = whole[..end].matches("<testcase").count();
        assert!(
            seen.len() + 1 >= written,
            "at {end}: {} of {written}",
            seen.len()
        );
        assert!(!report.complete, "at {end}");
        let said = warnings(&report);
        assert!(
            said.iter().any(|w| w.starts_with("report.xml:")),
            "at {end}: {said:?}"
        );
    }
}
