//! Well-formed documents, generated, mean the same here and to an independent parser.

use std::fmt::Write as _;
use std::io::Read;

use evenshard::{Outcome, junit};
use proptest::prelude::*;
use roxmltree::{Document, Node};

use super::{Seen, read};

/// An element to be written: its start tag's inside, and what it holds.
#[derive(Clone, Debug)]
struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Child>,
}

#[derive(Clone, Debug)]
enum Child {
    Element(Element),
    /// Anything but elements, as it stands in the file.
    Raw(String),
}

/// A value as it stands between double quotes: characters, blanks and references of all kinds.
fn value() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "[a-zA-Z0-9_./:\\[\\]' >=-]{0,12}",
        2 => prop::sample::select(vec![
            "&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#9;", "&#10;", "&#xD;", "&#x1F600;",
            "\t", "\n", "\r", "\r\n", "é", "€", "😀", "&#233;",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn time() -> impl Strategy<Value = String> {
    prop_oneof![
        (0_u64..10_000_000_000).prop_map(|us| format!("{}.{:06}", us / 1_000_000, us % 1_000_000)),
        (0_u64..10_000).prop_map(|s| format!(" {s}. ")),
        (1_u64..1_000_000).prop_map(|n| format!("{n}e-6")),
    ]
}

/// What may stand between tags.
fn raw() -> impl Strategy<Value = Child> {
    prop::sample::select(vec![
        "",
        " ",
        "\n  ",
        "text &amp; more &#233;",
        "<!-- </testcase> <testcase name='no'/> -->",
        "<![CDATA[ <testcase name=\"no\"/> ]] ]> & ]]>",
        "<?pi <testcase?>",
        "line\r\nline",
        "é > \" '",
    ])
    .prop_map(|text| Child::Raw(text.to_owned()))
}

fn leaf(names: Vec<&'static str>) -> impl Strategy<Value = Child> {
    let attributes = prop::option::of(value()).prop_map(|message| {
        message
            .into_iter()
            .map(|message| ("message", message))
            .collect()
    });
    (
        prop::sample::select(names),
        attributes,
        prop::collection::vec(raw(), 0..3),
    )
        .prop_map(|(name, attributes, children)| {
            Child::Element(Element {
                name,
                attributes,
                children,
            })
        })
}

fn ending() -> impl Strategy<Value = Child> {
    let kind = prop::sample::select(vec!["pytest.xfail", "pytest.skip", "T"]);
    let names = prop::sample::select(vec!["failure", "error", "skipped"]);
    (names, kind).prop_map(|(name, kind)| {
        let attributes = vec![("type", kind.to_owned())];
        Child::Element(Element {
            name,
            attributes,
            children: Vec::new(),
        })
    })
}

fn attempt() -> impl Strategy<Value = Child> {
    let names = prop::sample::select(vec!["flakyFailure", "rerunFailure", "rerunError"]);
    (names, time(), raw()).prop_map(|(name, time, inside)| {
        let attributes = vec![("time", time)];
        Child::Element(Element {
            name,
            attributes,
            children: vec![inside],
        })
    })
}

fn case() -> impl Strategy<Value = Child> {
    let child = prop_oneof![
        3 => raw(),
        2 => leaf(vec!["system-out", "system-err", "properties", "x"]),
        1 => ending(),
        1 => attempt(),
    ];
    let optional = |key, strategy| prop::option::of(strategy).prop_map(move |v| (key, v));
    let attributes = (
        optional("name", value().boxed()),
        optional("classname", value().boxed()),
        optional("time", time().boxed()),
        optional("file", "[a-z/.]{1,9}".boxed()),
    );
    let attributes = attributes.prop_map(|(a, b, c, d)| {
        let all = [a, b, c, d].into_iter();
        all.filter_map(|(key, value)| Some((key, value?)))
            .collect::<Vec<_>>()
    });
    let attributes = attributes.prop_shuffle();
    (attributes, prop::collection::vec(child, 0..4)).prop_map(|(attributes, children)| {
        Child::Element(Element {
            name: "testcase",
            attributes,
            children,
        })
    })
}

fn tree() -> impl Strategy<Value = Child> {
    let inner = prop_oneof![4 => case(), 2 => raw(), 1 => leaf(vec!["system-out", "properties"])];
    inner.prop_recursive(4, 40, 6, |inner| {
        let names = prop::sample::select(vec!["testsuite", "testsuite", "testsuites", "wrap"]);
        let file = prop::option::of("[a-z/.]{1,9}");
        let within = prop::collection::vec(inner, 0..6);
        (names, file, value(), case(), within).prop_map(|(name, file, text, first, mut within)| {
            let mut attributes = vec![("name", text)];
            if let (Some(file), "testsuite") = (file, name) {
                // Not empty, since an empty suite hands its file to its siblings.
                attributes.push(("file", file));
                within.insert(0, first);
            }
            Child::Element(Element {
                name,
                attributes,
                children: within,
            })
        })
    })
}

fn write(out: &mut String, prefix: &str, child: &Child) {
    let element = match child {
        Child::Raw(text) => return out.push_str(text),
        Child::Element(element) => element,
    };
    let _ = write!(out, "<{prefix}{}", element.name);
    for (key, value) in &element.attributes {
        let _ = write!(out, "\n {key} = \"{value}\"");
    }
    if element.children.is_empty() {
        return out.push_str(" />");
    }
    out.push('>');
    for child in &element.children {
        write(out, prefix, child);
    }
    let _ = write!(out, "</{prefix}{} >", element.name);
}

fn document() -> impl Strategy<Value = String> {
    let children = prop::collection::vec(tree(), 0..6);
    (prop::bool::ANY, children).prop_map(|(prefixed, children)| {
        let prefix = if prefixed { "p:" } else { "" };
        let mut out = format!("<?xml version='1.0'?>\n<{prefix}testsuites xmlns:p='urn:p'>");
        for child in &children {
            write(&mut out, prefix, child);
        }
        let _ = write!(out, "</{prefix}testsuites>");
        out
    })
}

fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

/// Microseconds of a time in one of the notations above.
fn us(text: &str) -> u64 {
    let text = text.trim();
    if let Some(n) = text.strip_suffix("e-6") {
        return n.parse().unwrap();
    }
    let (seconds, rest) = text.split_once('.').unwrap();
    let rest = if rest.is_empty() {
        0
    } else {
        rest.parse::<u64>().unwrap()
    };
    seconds.parse::<u64>().unwrap() * 1_000_000 + rest
}

/// The case as the other parser's tree has it.
fn by_tree(case: Node<'_, '_>) -> (String, String, Option<String>, Option<u64>, Outcome) {
    let attribute = |node: Node<'_, '_>, key: &str| node.attribute(key).map(str::to_owned);
    let has = |name: &str, kind: Option<bool>| {
        case.children().any(|child| {
            let expected = child.attribute("type") == Some("pytest.xfail");
            is(child, name) && kind.is_none_or(|kind| kind == expected)
        })
    };
    let outcome = if has("error", None) {
        Outcome::Errored
    } else if has("failure", None) {
        Outcome::Failed
    } else if has("skipped", Some(true)) {
        Outcome::XFailed
    } else if has("skipped", Some(false)) {
        Outcome::Skipped
    } else {
        Outcome::Passed
    };
    let attempts: Vec<u64> = ["flakyFailure", "rerunFailure", "rerunError"]
        .iter()
        .flat_map(|name| case.children().filter(|child| is(*child, name)))
        .filter_map(|child| child.attribute("time").map(us))
        .collect();
    let own = case.attribute("time").map(us);
    let time = (own.is_some() || !attempts.is_empty())
        .then(|| own.unwrap_or(0) + attempts.iter().sum::<u64>());
    let file = case
        .ancestors()
        .filter(|node| is(*node, "testcase") || is(*node, "testsuite"))
        .find_map(|node| attribute(node, "file"));
    (
        attribute(case, "classname").unwrap_or_default(),
        attribute(case, "name").unwrap_or_default(),
        file,
        time.filter(|_| outcome.ran()),
        outcome,
    )
}

fn as_read(case: &Seen) -> (String, String, Option<String>, Option<u64>, Outcome) {
    (
        case.classname.clone(),
        case.name.clone(),
        case.file.clone(),
        case.us,
        case.outcome,
    )
}

/// Gives out a few bytes at a time.
struct Dribble<'a>(&'a [u8]);

impl Read for Dribble<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let n = self.0.len().min(3).min(out.len());
        out[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

proptest! {
    #[test]
    fn a_well_formed_document_means_what_another_parser_reads(text in document()) {
        let tree = Document::parse(&text).unwrap();
        let (report, seen) = read(&text);
        let theirs: Vec<_> = tree.descendants().filter(|n| is(*n, "testcase")).map(by_tree).collect();
        let ours: Vec<_> = seen.iter().map(as_read).collect();
        prop_assert_eq!(ours, theirs, "{}", text);
        prop_assert_eq!(&report.warnings, &[], "{}", text);
        prop_assert!(report.complete);
        let suites = tree.descendants().filter(|n| is(*n, "testsuite")).count();
        prop_assert_eq!(report.suites.iter().filter(|suite| !suite.implied).count(), suites);
        let times = tree.descendants().filter(|n| is(*n, "testcase")).filter_map(|n| n.attribute("time"));
        prop_assert_eq!(report.total.get(), times.map(us).sum::<u64>());
        let lines: Vec<_> = tree.descendants().filter(|n| is(*n, "testcase"))
            .map(|n| u64::from(tree.text_pos_at(n.range().start).row)).collect();
        prop_assert_eq!(seen.iter().map(|c| c.line).collect::<Vec<_>>(), lines);
    }

    #[test]
    fn how_the_bytes_arrive_and_are_encoded_does_not_matter(text in document()) {
        let (report, seen) = read(&text);
        let again = junit::read(Dribble(text.as_bytes()), "report.xml", &mut |_| {}).unwrap();
        prop_assert_eq!(&again, &report);
        for big in [false, true] {
            let utf16 = std::iter::once(0xfeff).chain(text.encode_utf16());
            let bytes: Vec<u8> = utf16
                .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect();
            prop_assert_eq!(&read(&bytes).1, &seen);
        }
    }

    #[test]
    fn where_the_window_ends_does_not_matter(text in document(), short in 0_usize..600) {
        let seen = read(&text).1;
        // The reader's window is 256 KiB: have its end meet the document anywhere.
        let padding = format!("<!--{}-->", "x".repeat((256 << 10) - short));
        let moved = text.replacen('>', &format!(">{padding}"), 1);
        prop_assert_eq!(&read(&moved).1, &seen);
        let utf16: Vec<u8> = moved.encode_utf16().flat_map(u16::to_le_bytes).collect();
        prop_assert_eq!(&read(&utf16).1, &seen);
    }

    #[test]
    fn a_document_cut_anywhere_keeps_what_was_before(text in document(), at in any::<prop::sample::Index>()) {
        let whole = read(&text).1;
        let mut end = at.index(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let (report, kept) = read(&text[..end]);
        prop_assert!(!report.complete && !report.warnings.is_empty());
        prop_assert!(kept.len() <= whole.len());
        // All but the last are whole; that one may have lost its end.
        for (kept, whole) in kept.iter().zip(&whole).take(kept.len().saturating_sub(1)) {
            prop_assert_eq!(kept, whole);
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(prop::num::u8::ANY, 0..400)) {
        let (report, seen) = read(&bytes);
        prop_assert_eq!(report.cases, seen.len() as u64);
        prop_assert!(report.complete || !report.warnings.is_empty());
    }
}
