//! Untrusted text on terminals and in logs.

use evenshard_report::escape::{printable, printable_name};

#[test]
fn escape_sequences_never_reach_a_terminal_raw() {
    assert_eq!(
        printable("a\x1b[31mb\u{9b}c\td"),
        "a\\u{1b}[31mb\\u{9b}c\td"
    );
}

#[test]
fn nothing_turns_the_direction_of_writing() {
    assert_eq!(
        printable("a\u{202e}b\u{2066}c\u{2028}d"),
        "a\\u{202e}b\\u{2066}c\\u{2028}d"
    );
    assert_eq!(printable("naïve_测试[é-🙂]"), "naïve_测试[é-🙂]");
}

#[test]
fn names_that_look_the_same_are_the_same() {
    let name = "a\u{200b}b\u{ad}c\u{feff}d\u{2060}e\u{e0041}";
    assert_eq!(
        printable(name),
        "a\\u{200b}b\\u{ad}c\\u{feff}d\\u{2060}e\\u{e0041}"
    );
}

#[test]
fn a_name_gives_no_command_to_a_ci() {
    assert_eq!(printable("  ::error::x\ny"), "  \\u{3a}:error::x\ny");
    assert_eq!(printable("a::b"), "a::b");
    assert_eq!(printable("a ##vso[task.x]"), "a \\u{23}#vso[task.x]");
    assert_eq!(printable_name("a\n+++ b\tc"), "a\\n+++ b\\tc");
}
