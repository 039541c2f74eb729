//! Tells a JUnit report from other XML by its first bytes.

use super::attrs::Odd;
use super::element::Element;
use super::input::Input;
use super::scan::{Scanner, Token};
use super::shape;

/// Returns true when a file that begins with `prefix` is a JUnit report, plain, gzip or zstd. A
/// few kilobytes are enough.
///
/// A report has a `testsuite`, `testsuites`, `testrun` or `testcase` element as its root, or
/// one with the usual attributes further inside. Other XML (coverage, lint) is none, and
/// neither is a configuration that only names its suites.
///
/// ```
/// use evenshard::junit::looks_like_junit;
/// assert!(looks_like_junit(b"<?xml version='1.0'?>\n<testsuites name='a'>"));
/// assert!(!looks_like_junit(b"<?xml version='1.0'?>\n<coverage line-rate='0.9'>"));
/// assert!(!looks_like_junit(b"{\"version\": 1}"));
/// ```
pub fn looks_like_junit(prefix: &[u8]) -> bool {
    let mut reader = prefix;
    let Ok(input) = Input::open(&mut reader) else {
        return false;
    };
    let mut scanner = Scanner::new(input);
    let mut root = true;
    loop {
        match scanner.next(root) {
            Ok(Token::Start | Token::Empty) => {}
            Ok(Token::End | Token::LongEnd) => continue,
            Ok(Token::Eof) | Err(_) => return false,
        }
        if says_junit(&scanner, root) {
            return true;
        }
        root = false;
    }
}

fn says_junit(scanner: &Scanner<'_>, root: bool) -> bool {
    let content = scanner.content();
    let name = shape::name_len(content);
    let wanted: &[&str] = match Element::of(&content[..name]) {
        // No other XML has such a root.
        Element::Suites | Element::Suite | Element::Case if root => return true,
        Element::Suite => &["tests", "time"],
        Element::Case => &["name", "classname"],
        _ => return false,
    };
    let mut found = false;
    scanner.tag().each(&mut Odd::default(), |key, _, _| {
        found |= wanted.contains(&key);
    });
    found
}
