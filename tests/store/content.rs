//! The part of a JUnit XML that is put.

use evenshard_store::{Content, ErrorKind, Kept, Masker};
use proptest::prelude::*;

fn put(xml: &str, kept: Kept) -> String {
    let content = Content::junit(xml.as_bytes(), kept, &Masker::none()).unwrap();
    String::from_utf8(content.as_bytes().to_vec()).unwrap()
}

const REPORT: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="0" failures="1" tests="4" time="1.5" hostname="ci">
<properties><property name="env" value="printed-property"/></properties>
<testcase classname="tests.test_a" name="test_ok[&lt;1&gt;]" time="0.5"><system-out>printed-ok</system-out></testcase>
<testcase classname="tests.test_a" name="test_bad" time="0.25"><failure message="said-message &quot;x&quot;" type="AssertionError">said-text <![CDATA[<said-cdata>]]></failure><system-out><![CDATA[printed-bad ]] > x]]></system-out><system-err>printed-err</system-err></testcase>
<testcase classname="tests.test_a" name="test_skip" time="0"><skipped type="pytest.skip" message="said-skip">said-where</skipped></testcase>
<testcase classname="tests.test_b" name="test_slow" time="0.75"/>
<system-out>printed-suite</system-out>
</testsuite></testsuites>
"#;

/// Names, times and outcomes, by an XML parser that is not the filter's own.
fn cases(xml: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(xml).unwrap_or_else(|e| panic!("{e} in {xml}"));
    let cases = document
        .descendants()
        .filter(|n| n.has_tag_name("testcase"));
    let case = |node: roxmltree::Node<'_, '_>| {
        let attribute = |name| node.attribute(name).unwrap_or("-");
        let outcomes: Vec<&str> = node
            .children()
            .filter(|n| n.is_element() && !n.tag_name().name().starts_with("system-"))
            .map(|n| n.tag_name().name())
            .collect();
        let name = [attribute("classname"), attribute("name"), attribute("time")].join(" ");
        format!("{name} {outcomes:?}")
    };
    cases.map(case).collect()
}

#[test]
fn outcomes_have_nothing_that_was_printed_or_said() {
    let kept = put(REPORT, Kept::Outcomes);
    assert_eq!(cases(&kept), cases(REPORT));
    assert!(
        !kept.contains("printed") && !kept.contains("said"),
        "{kept}"
    );
    assert!(
        kept.contains(r#"<failure type="AssertionError">"#),
        "{kept}"
    );
    assert!(kept.contains(r#"tests="4" time="1.5""#), "{kept}");
}

#[test]
fn failures_have_what_failed_tests_printed_and_said() {
    let kept = put(REPORT, Kept::Failures);
    assert_eq!(cases(&kept), cases(REPORT));
    for text in [
        "said-message",
        "said-text",
        "<said-cdata>",
        "printed-bad ]] > x",
        "printed-err",
    ] {
        assert!(kept.contains(text), "no {text} in {kept}");
    }
    for text in ["printed-ok", "printed-property", "printed-suite"] {
        assert!(!kept.contains(text), "{text} in {kept}");
    }
}

#[test]
fn full_is_the_report_itself() {
    assert_eq!(put(REPORT, Kept::Full), REPORT);
}

#[test]
fn attempts_of_a_rerun_are_kept() {
    let xml = "<testsuite><testcase name='a' time='1'><rerun message='said' time='1'>said\
               <stackTrace>said</stackTrace><system-out>said</system-out></rerun>\
               <flakyFailure type='x'/></testcase></testsuite>";
    assert_eq!(
        put(xml, Kept::Outcomes),
        "<testsuite><testcase name='a' time='1'><rerun time=\"1\"></rerun>\
         <flakyFailure type=\"x\"/></testcase></testsuite>"
    );
}

#[test]
fn a_report_that_breaks_off_keeps_its_cases_so_far() {
    for cut in 0..REPORT.len() {
        for kept in [Kept::Outcomes, Kept::Failures] {
            let kept_text = put(&REPORT[..cut], kept);
            assert!(!kept_text.contains("printed-suite") && !kept_text.contains("printed-ok"));
        }
        let kept = put(&REPORT[..cut], Kept::Outcomes);
        assert!(
            !kept.contains("printed") && !kept.contains("said"),
            "{kept}"
        );
        // A failure that was begun is not lost.
        if REPORT[..cut].contains("type=\"AssertionError\">") {
            assert!(kept.contains("<failure type=\"AssertionError\">"), "{kept}");
        }
    }
}

#[test]
fn text_that_nobody_escaped_hides_no_case() {
    let xml = "<testsuite><testcase name='a'><failure>1 < 2 <b> <testcase name='b' time='2'/>\
               <testcase name='c'><system-out>x <y></testcase><testcase name='d'>\
               <failure message='said'/></testcase></testsuite>";
    let kept = put(xml, Kept::Outcomes);
    for name in ["a", "b", "c", "d"] {
        assert!(
            kept.contains(&format!("name='{name}'")),
            "no {name} in {kept}"
        );
    }
    assert_eq!(kept.matches("<failure").count(), 2, "{kept}");
}

#[test]
fn other_encodings_are_refused_and_odd_bytes_are_not() {
    let utf16: Vec<u8> = REPORT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><testsuite name='\xe9'/>";
    for bytes in [&utf16[..], &latin[..]] {
        let error = Content::junit(bytes, Kept::Full, &Masker::none()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    let odd = b"<testsuite><testcase name='a'><system-out>\xff secret-value</system-out></testcase></testsuite>";
    let content = Content::junit(odd, Kept::Full, &Masker::new(["secret-value"])).unwrap();
    assert!(String::from_utf8_lossy(content.as_bytes()).contains("\u{fffd} [REDACTED]<"));
}

#[test]
fn the_setting_is_one_of_three_words() {
    for kept in [Kept::Outcomes, Kept::Failures, Kept::Full] {
        assert_eq!(kept.to_string().parse::<Kept>().unwrap(), kept);
    }
    let error = "some".parse::<Kept>().unwrap_err();
    assert!(error.hint().unwrap().contains("outcomes, failures or full"));
}

proptest! {
    /// Pieces of reports in any order.
    #[test]
    fn any_pieces_are_no_panic_and_never_print_outcomes(pieces in prop::collection::vec(prop_oneof![
        Just("<testsuite>"), Just("</testsuite>"), Just("<testcase name='n'>"), Just("</testcase>"),
        Just("<testcase name='m'/>"), Just("<failure message='PRINTED'>"), Just("</failure>"),
        Just("<system-out>"), Just("</system-out>"), Just("PRINTED"), Just("<![CDATA[PRINTED]]>"),
        Just("<skipped/>"), Just("<x PRINTED='1'>"), Just("<!-- PRINTED -->"), Just("<"), Just("&"),
        Just("\""), Just("]]>"), Just("<?PRINTED?>"), Just("<failure"), Just("</x>"), Just("&PRINTED;"),
    ], 0..25)) {
        let xml = pieces.concat();
        let kept = put(&xml, Kept::Outcomes);
        prop_assert!(!kept.contains("PRINTED"), "{} of {}", kept, xml);
        let _ = put(&xml, Kept::Failures);
    }

    #[test]
    fn any_text_is_no_panic(xml in "\\PC{0,100}|[<>/&;a-z\"'= !\\[\\]-]{0,80}") {
        let _ = (put(&xml, Kept::Outcomes), put(&xml, Kept::Failures));
    }
}
