//! Untrusted text in Markdown and HTML.

use evenshard_report::markup::{block, inline};

#[test]
fn marks_become_references() {
    assert_eq!(
        inline("a<b>|`*x*`[y](z)"),
        "a&#60;b&#62;&#124;&#96;&#42;x&#42;&#96;&#91;y&#93;&#40;z&#41;"
    );
    assert_eq!(
        block("</pre>&amp; \"*x*\""),
        "&#60;/pre&#62;&#38;amp; &#34;*x*&#34;"
    );
}

#[test]
fn escape_sequences_and_control_characters_do_not_pass() {
    assert_eq!(
        block("\x1b[1;31mE\x1b[0m  x\x07\r\n\u{9b}y"),
        "E  x\u{2407}\n\u{fffd}y"
    );
    assert_eq!(inline("a\nb\u{2028}c"), "a b c");
}

#[test]
fn what_has_no_width_is_seen() {
    assert_eq!(
        block("a\u{202e}b\u{200b}\u{ad}"),
        "a\\u{202e}b\\u{200b}\\u{ad}"
    );
    let marks = "&#92;u&#123;61c&#125;";
    assert_eq!(inline("b\u{61c}"), format!("b{marks}"));
}
