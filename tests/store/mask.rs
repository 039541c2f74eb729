//! Masking: no value of a secret variable is put.

use evenshard_store::{Bound, Content, Kept, Masker, is_redacted};
use proptest::prelude::*;

use crate::support::{build, folder};

fn json(masker: &Masker, json: &str) -> String {
    String::from_utf8(Content::json(json.as_bytes(), masker).as_bytes().to_vec()).unwrap()
}

fn xml(masker: &Masker, xml: &str) -> String {
    let content = Content::junit(xml.as_bytes(), Kept::Full, masker).unwrap();
    String::from_utf8(content.as_bytes().to_vec()).unwrap()
}

#[test]
fn names_of_secrets_are_those_of_buildkite_and_more() {
    for name in [
        "NPM_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "db_password",
        "X_CONNECTION_STRING",
        "MY_KEY",
    ] {
        assert!(is_redacted(name, &[]), "{name}");
    }
    for name in [
        "PATH",
        "TOKENS",
        "KEY",
        "BUILDKITE_STEP_KEY",
        "EVENSHARD_STORE_KEY",
        "",
    ] {
        assert!(!is_redacted(name, &[]), "{name}");
    }
    assert!(is_redacted("VAULT_PIN", &["*_PIN"]));
    assert!(is_redacted("SECRET_1_X", &["secret_?_*"]));
    assert!(!is_redacted("SECRET_12_X", &["SECRET_?_*"]));
    // Who names it means it.
    assert!(is_redacted("BUILDKITE_STEP_KEY", &["*_KEY"]));
    assert!(is_redacted("anything", &["*"]) && !is_redacted("anything", &[""]));
}

#[test]
fn values_come_from_the_variables_that_are_secret() {
    let variables = [
        ("API_TOKEN", "tok-12345"),
        ("HOME", "/home/ci"),
        ("PIN_CODE", "998877"),
    ];
    let masker = Masker::of_variables(variables, &["PIN_*"]);
    assert_eq!(
        json(&masker, r#"{"a": "tok-12345 in /home/ci, 998877"}"#),
        r#"{"a": "[REDACTED] in /home/ci, [REDACTED]"}"#
    );
    assert_eq!(format!("{masker:?}"), "Masker(2 values)");
}

#[test]
fn short_values_stay() {
    let masker = Masker::new(["12345", "123456"]);
    assert_eq!(json(&masker, "12345 1234567"), "12345 [REDACTED]7");
    assert_eq!(json(&Masker::new(["", " \n ", "a\nb"]), "a b"), "a b");
}

#[test]
fn values_are_found_however_xml_writes_them() {
    let masker = Masker::new(["p<w>&\"'x\u{e9}"]);
    for written in [
        "p&lt;w&gt;&amp;&quot;&apos;x\u{e9}",
        "p&#60;w&#x3e;&#38;&#34;&#39;x&#233;",
        "p&#x0003C;w>&amp;\"'x&#XE9;",
        "p<w>&\"'x\u{e9}",
        "p&lt;w&gt;&amp;\\&quot;\\&apos;x\\xe9",
        "p&lt;w]]><![CDATA[&gt;&amp;&quot;&apos;x\u{e9}",
    ] {
        let report = format!("<system-out>a {written} b &amp; c</system-out>");
        assert_eq!(
            xml(&masker, &report),
            "<system-out>a [REDACTED] b &amp; c</system-out>"
        );
    }
}

#[test]
fn values_are_found_however_json_writes_them() {
    let masker = Masker::new(["pass\"\\/\u{e9}\u{1f511}"]);
    for written in [
        "pass\\\"\\\\/\u{e9}\u{1f511}",
        "pass\\\"\\\\\\/\\u00e9\\ud83d\\udd11",
        // A JSON text in a JSON text.
        "pass\\\\\\\"\\\\\\\\/\u{e9}\u{1f511}",
    ] {
        assert_eq!(
            json(&masker, &format!("[\"{written}\"]")),
            "[\"[REDACTED]\"]",
            "{written}"
        );
    }
}

#[test]
fn a_value_of_several_lines_is_found_whole_and_by_line() {
    let key = "-----BEGIN KEY-----\nc2VjcmV0IG9uZQ==\nc2VjcmV0IHR3bw==\n-----END KEY-----\n";
    let masker = Masker::new([key]);
    for text in [
        key.to_owned(),
        key.replace('\n', "\\n"),
        key.replace('\n', "&#10;"),
        key.replace('\n', "\nE       "),
        key.replace('\n', "\r\n"),
    ] {
        let shown = xml(&masker, &text);
        assert!(!shown.contains("c2Vjc"), "{shown}");
    }
}

#[test]
fn values_that_overlap_are_masked_together() {
    let masker = Masker::new(["abcdef", "defghi", "abcdefgh"]);
    assert_eq!(json(&masker, "xabcdefghix"), "x[REDACTED]x");
    assert_eq!(json(&masker, "abcdefabcdef"), "[REDACTED][REDACTED]");
    let masker = Masker::new(["------"]);
    assert_eq!(
        json(&masker, &format!("x{}x", "-".repeat(1000))),
        "x[REDACTED]x"
    );
}

#[test]
fn the_number_of_masked_places_is_known() {
    let masker = Masker::new(["secret-value"]);
    assert_eq!(
        Content::text("a secret-value, secret-value", &masker).masked(),
        2
    );
    assert_eq!(Content::text("nothing", &masker).masked(), 0);
}

#[test]
fn no_value_is_in_what_is_stored() {
    let f = folder();
    let masker = Masker::new(["secret-value"]);
    let content = Content::json(br#"{"x": "secret-value"}"#, &masker);
    f.store.put(&build().plan(), &content).unwrap();
    let read = f
        .store
        .get(build().plan().key(), Bound::SMALL)
        .unwrap()
        .unwrap();
    assert_eq!(read.content, br#"{"x": "[REDACTED]"}"#);
}

/// A character as XML or a backslash may write it.
fn written(c: char, way: u8) -> String {
    match (way % 5, c) {
        (0, '<' | '&') | (1, _) => format!("&#{};", u32::from(c)),
        (2, _) => format!("&#x{:X};", u32::from(c)),
        (3, '\'' | '"') => format!("\\{c}"),
        (4, '"') => "&quot;".to_owned(),
        (4, '&') => "&amp;".to_owned(),
        (_, '<') => "&lt;".to_owned(),
        (_, '\\') => "\\\\".to_owned(),
        _ => c.to_string(),
    }
}

proptest! {
    /// Every character of a value written in a way of its own.
    #[test]
    fn a_value_in_a_report_is_never_left(
        value in "[a-z<>&\"'é\\\\]{6,20}",
        ways in prop::collection::vec(any::<u8>(), 20),
        before in "[ a-z&;]{0,8}",
        after in "[ a-z]{0,8}",
    ) {
        // A backslash reads what follows it, so it is written as one or as a reference.
        let ways: Vec<u8> = if value.contains('\\') { vec![1; 20] } else { ways };
        let text: String = value.chars().zip(&ways).map(|(c, way)| written(c, *way)).collect();
        let masked = xml(&Masker::new([&value]), &format!("{before} {text} {after}"));
        prop_assert!(masked.contains("[REDACTED]"), "{text} stays in {masked}");
        prop_assert!(masked.ends_with(&after));
    }

    #[test]
    fn what_has_no_value_stays_as_it_is(text in "\\PC{0,80}") {
        let masker = Masker::new(["not-in-there-at-all"]);
        prop_assert_eq!(json(&masker, &text), text.clone());
        prop_assert_eq!(xml(&masker, &text), text);
    }
}
