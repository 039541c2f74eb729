//! A page stays small, whatever the suite is, and the same input gives the same page.

use std::fmt::Write as _;

use evenshard::Shard;
use evenshard::record::{RunRecord, State};

use super::{page, suite};
use crate::support::Folder;

/// 100,000 tests with long names.
fn large(folder: &Folder) {
    let mut xml = String::from("<testsuites><testsuite name=\"pytest\">\n");
    let mut seed = 1_u32;
    let tail = "é&lt;".repeat(40);
    for test in 0..100_000_u32 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (package, file, class) = (test / 5_000, test / 50, test / 10 % 5);
        let _ = writeln!(
            xml,
            "<testcase classname=\"tests.package_{package}.test_of_a_long_name_{file}.TestClass{class}\" name=\"test_{test}[{tail}]\" time=\"{}.{:03}\"/>",
            seed >> 31,
            (seed >> 16) % 1_000
        );
    }
    xml.push_str("</testsuite></testsuites>\n");
    folder.file("junit/1.xml", &xml);
    folder.file("junit/2.xml", &xml);
}

#[test]
fn a_page_of_a_hundred_thousand_tests_is_under_a_megabyte() {
    let folder = Folder::new();
    large(&folder);
    for shards in ["50", "200", "1000"] {
        // Few other numbers of shards are looked at: they are not what takes room.
        let flags = ["--shards", shards, "--max-shards", "4", "--split", "test"];
        let page = page(&folder, &flags);
        assert!(page.len() < 1_000_000, "{} bytes", page.len());
        assert!(page.contains("100,000 tests in 2,000 files"));
        assert!(page.contains("and 99,980 more tests, each faster, "));
        assert!(page.ends_with("</html>\n"));
    }
    let page = page(
        &folder,
        &["--shards", "1000", "--max-shards", "4", "--split", "test"],
    );
    assert!(page.contains("and 900 more shards, each faster, "));
    assert!(page.contains(">+940</text>"));
}

/// The results of one job with 90,000 tests.
fn results(folder: &Folder) {
    let (mut xml, mut ids) = (
        String::from("<testsuites><testsuite name=\"pytest\">\n"),
        Vec::new(),
    );
    for test in 0..90_000_u32 {
        let failed = if test == 77_777 {
            "<failure message=\"no\"/>"
        } else {
            ""
        };
        let file = test / 50;
        let _ = writeln!(
            xml,
            "<testcase classname=\"tests.test_of_a_long_name_{file}\" name=\"test_{test}\" time=\"0.{:03}\">{failed}</testcase>",
            test % 997
        );
        ids.push(format!("tests/test_of_a_long_name_{file}.py::test_{test}"));
    }
    xml.push_str("</testsuite></testsuites>\n");
    folder.file("results/junit-1-1.xml", xml);
    let mut record = RunRecord::started("5f0c", Shard::new(0, 1).unwrap());
    record.state = State::Finished;
    record.exit_status = Some(1);
    record.junit = Some("junit-1-1.xml".to_owned());
    record.selected = ids;
    folder.file("results/junit-1-1.shard.json", record.to_json());
}

#[test]
fn of_ninety_thousand_tests_of_a_shard_a_page_shows_the_failed_and_the_slowest() {
    let folder = Folder::new();
    results(&folder);
    let ran = folder.run(&["report", "results", "--max-shards", "2", "--format", "html"]);
    let page = &ran.succeeds().out;
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    let (before, _) = page
        .split_once(" of 90,000 tests are shown: of each shard those that failed")
        .unwrap();
    let shown = before.rsplit('>').next().unwrap().replace(',', "");
    let lines =
        page.matches("<li><bdi>").count() + page.matches("<li class=\"failed\"><bdi>").count();
    assert_eq!(shown.parse(), Ok(lines));
    assert!(lines > 2_000, "{lines}");
    assert!(page.contains("test_77777</bdi><span>failed"));
    assert!(page.contains("The others are in the run record of their shard"));
}

#[test]
fn names_of_a_hundred_kilobytes_are_cut() {
    let folder = Folder::new();
    let name = "x".repeat(100_000);
    let mut xml = String::from("<testsuites><testsuite name=\"pytest\">\n");
    for test in 0..40 {
        let _ = writeln!(
            xml,
            "<testcase classname=\"tests.{name}.test_{test}\" name=\"{name}{test}\" time=\"1.{test:02}\"/>"
        );
    }
    xml.push_str("</testsuite></testsuites>\n");
    folder.file("junit/1.xml", &xml);
    folder.file("junit/2.xml", &xml);
    let page = page(&folder, &["--shards", "20"]);
    assert!(page.len() < 200_000, "{} bytes", page.len());
}

#[test]
fn equal_timings_give_equal_bytes() {
    let folder = Folder::new();
    suite(&folder);
    let first = page(&folder, &["--shards", "3"]);
    assert_eq!(first, page(&folder, &["--shards", "3"]));
    assert!(first.contains("<h1>3 shards take "));
    folder
        .run(&[
            "report",
            "--timings",
            "junit",
            "--shards",
            "3",
            "--format",
            "html",
            "--output",
            "out/report.html",
        ])
        .succeeds();
    let written = std::fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    assert_eq!(first, written);
}
