//! A page stays small, whatever the suite is, and the same input gives the same page.

use std::fmt::Write as _;

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
