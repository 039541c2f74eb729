//! Paths of reports, brought to one form.

use evenshard::junit::path::{below, is_absolute, looks_like_file, normalise};
use proptest::prelude::*;

#[test]
fn each_way_to_write_a_path_has_one_form() {
    for (raw, expected) in [
        ("src/a.test.js", "src/a.test.js"),
        ("./spec/a_spec.rb", "spec/a_spec.rb"),
        (".\\spec\\a_spec.rb", "spec/a_spec.rb"),
        ("././a//b/./c.py", "a/b/c.py"),
        ("a/../b/c.py", "b/c.py"),
        ("../b/c.py", "../b/c.py"),
        ("/app/tests/ATest.php", "/app/tests/ATest.php"),
        ("C:\\w\\a.cpp", "C:/w/a.cpp"),
        ("C:/w/a.cpp:12", "C:/w/a.cpp"),
        ("\\\\host\\share\\a.cs", "//host/share/a.cs"),
        ("test/a_test.exs:7", "test/a_test.exs"),
        ("e2e/a.spec.ts:12:7", "e2e/a.spec.ts"),
        ("e2e/a.spec.ts:12:7 › title: x", "e2e/a.spec.ts"),
        ("./spec/a_spec.rb[1:2:1]", "spec/a_spec.rb"),
        ("app/[id]/a.test.tsx", "app/[id]/a.test.tsx"),
        ("file:///w/my%20app/a.js", "/w/my app/a.js"),
        ("file:///C:/w/a.js", "C:/w/a.js"),
        ("http://localhost:9876/base/a.js?x=1#y", "base/a.js"),
        ("webpack:///./src/a.js", "src/a.js"),
        ("tests/Unit/ATest.php::it works", "tests/Unit/ATest.php"),
        ("tests\\Unit\\ATest.php", "tests/Unit/ATest.php"),
    ] {
        assert_eq!(normalise(raw).as_deref(), Some(expected), "{raw}");
    }
    for raw in ["", " ", ".", "./", "http://localhost"] {
        assert_eq!(normalise(raw), None, "{raw}");
    }
}

#[test]
fn a_folder_holds_what_lies_below_it() {
    assert_eq!(below("/app/src/a.js", "/app"), Some("src/a.js"));
    assert_eq!(below("/application/a.js", "/app"), None);
    assert_eq!(below("src/a.js", "."), Some("src/a.js"));
    assert_eq!(below("/src/a.js", "."), None);
    assert!(is_absolute("/a") && is_absolute("C:/a") && !is_absolute("a/C:/b"));
}

#[test]
fn names_that_are_files_are_told_from_names_that_are_not() {
    for file in [
        "src/a.test.ts",
        "./main_test.go",
        "a_spec.rb:12",
        "C:\\w\\ATest.php",
        "x.feature",
    ] {
        assert!(looks_like_file(file), "{file}");
    }
    for name in [
        "com.example.ATest",
        "tests.test_a.TestA",
        "adds 1.5 to x.js",
        "",
        "Math",
        "v1.2",
    ] {
        assert!(!looks_like_file(name), "{name}");
    }
}

proptest! {
    #[test]
    fn a_normal_path_stays_as_it_is(path in "(/|[A-Z]:/)?[a-z_]{1,5}(/[a-z_ ]{1,5}[a-z]){0,4}\\.[a-z]{1,3}") {
        let at_a_line = format!("{path}:12");
        for raw in [&path, &at_a_line] {
            prop_assert_eq!(normalise(raw).unwrap_or_default(), path.as_str());
        }
        prop_assert_eq!(is_absolute(&path), path.starts_with('/') || path.contains(":/"));
    }

    #[test]
    fn normalising_anything_twice_changes_nothing_more(raw in "[a-z./\\\\:0-9 %\\[\\]é?#-]{0,20}") {
        if let Some(once) = normalise(&raw) {
            prop_assert!(!once.is_empty() && !once.contains('\\'));
            if !once.contains("://") && once.trim() == once {
                let twice = normalise(&once);
                prop_assert!(twice.is_some_and(|twice| once.starts_with(&*twice)), "{once}");
            }
        }
    }
}
