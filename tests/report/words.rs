//! Numbers in words, and texts that are cut.

use evenshard_report::words::{Keep, cut, grouped};

#[test]
fn thousands_are_set_apart() {
    assert_eq!(
        [0, 999, 1_000, 1_234_567].map(grouped),
        ["0", "999", "1,000", "1,234,567"]
    );
}

#[test]
fn a_text_that_is_too_long_keeps_what_was_asked_for() {
    let name = "tests.test_a::test_b";
    assert_eq!(cut(name, 20, Keep::Ends), name);
    assert_eq!(cut(name, 9, Keep::Ends), "te…test_b");
    assert_eq!(cut(name, 7, Keep::End), "…test_b");
    assert_eq!(cut(name, 6, Keep::Start), "tests…");
    assert_eq!(cut(name, 0, Keep::End), "…");
}
