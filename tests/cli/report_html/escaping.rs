//! Names from reports stay text, whatever they hold.

use super::{page, suite};
use crate::support::Folder;

/// Names that would act on a page, in a template or on a reader, as XML holds them, and what
/// is to stand in the page.
pub(super) const NAMES: [(&str, &str); 7] = [
    (
        "&lt;script&gt;document.title='x'&lt;/script&gt;",
        "&#60;script&#62;document.<wbr>title=&#39;x&#39;&#60;/<wbr>script&#62;",
    ),
    (
        "&quot;&gt;&lt;img src=x onerror=document.title='x'&gt;",
        "&#34;&#62;&#60;img src=x onerror=document.<wbr>title=&#39;x&#39;&#62;",
    ),
    ("{{ 7*7 }}{% if %}", "{{ 7*7 }}{% if %}"),
    (
        "&lt;/title&gt;&lt;/svg&gt;&lt;b&gt;",
        "&#60;/<wbr>title&#62;&#60;/<wbr>svg&#62;&#60;b&#62;",
    ),
    ("a&#x202e;b&#x2066;c", "a\\u{202e}b\\u{2066}c"),
    ("tab&#9;line&#10;end&#x9b;31m", "tab\\tline\\nend\\u{9b}31m"),
    ("&amp;lt;i&amp;gt;", "&#38;lt;i&#38;gt;"),
];

/// Two builds in which every name stands as test, class and file, some of them flaky.
pub(super) fn hostile(folder: &Folder) {
    for (build, outcome) in [("1", ""), ("2", "<failure message=\"x\"/>")] {
        let case = |(at, (name, _)): (usize, &(&str, &str))| {
            let seconds = 3 * (at + 1) * if build == "1" { 1 } else { 3 };
            format!(
                "<testcase classname=\"tests.test_{at}.{name}\" name=\"{name}\" time=\"{seconds}\">{outcome}</testcase>\n"
            )
        };
        let cases: String = NAMES.iter().enumerate().map(case).collect();
        folder.file(
            &format!("junit/{build}.xml"),
            format!("<testsuites><testsuite name=\"pytest\">{cases}</testsuite></testsuites>"),
        );
    }
}

#[test]
fn every_name_stays_text() {
    let folder = Folder::new();
    hostile(&folder);
    let page = page(&folder, &["--shards", "2", "--scope", "<i>"]);
    for (name, shown) in NAMES {
        assert!(page.contains(shown), "{name} is not shown as {shown}");
    }
    assert!(page.contains("<bdi>&#60;i&#62;</bdi>"));
    assert_eq!(page.matches("<script").count(), 1);
    for bad in [
        "<img", "<b>", "<i>", "</svg><b", "\u{202e}", "\u{2066}", "\u{9b}",
    ] {
        assert!(!page.contains(bad), "{bad:?}");
    }
}

#[test]
fn a_listed_name_that_no_timings_know_stays_text() {
    let folder = Folder::new();
    suite(&folder);
    let mut list: Vec<String> = (0..20)
        .map(|n| format!("tests/test_c.py::test_c[{n}]"))
        .collect();
    list.push("tests/test_new.py::test_x[<script>alert(1)</script>]".to_owned());
    folder.file("tests.txt", list.join("\n"));
    let page = page(&folder, &["--shards", "2", "--tests", "tests.txt"]);
    assert!(page.contains("1 of 21 listed tests"));
    assert!(page.contains("&#60;script&#62;alert(1)&#60;/<wbr>script&#62;"));
    assert_eq!(page.matches("<script").count(), 1);
}
