//! Files that want to take all memory or all time.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use evenshard::junit::{self, limits};
use evenshard::{ErrorKind, Micros};

use super::{read, warnings};

fn quickly<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    // Even unoptimised, and on a busy machine; quadratic work would take hours.
    assert!(start.elapsed() < Duration::from_secs(60));
    result
}

#[test]
fn suites_nested_deeper_than_is_followed_lose_no_case() {
    let depth = limits::DEPTH * 40;
    let text = format!(
        "{}<testcase name='deep' time='1'/>{}<testcase name='after' time='2'/>",
        "<testsuite>".repeat(depth),
        "</testsuite>".repeat(depth),
    );
    let (report, seen) = read(&text);
    let names: Vec<_> = seen.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["deep", "after"]);
    assert!(report.complete && report.suites.len() <= limits::DEPTH + 1);
    assert!(warnings(&report).iter().any(|w| w.contains("too deep")));
}

#[test]
fn a_tag_longer_than_is_held_keeps_what_stands_first_and_what_follows() {
    let long = "x".repeat(limits::TAG_BYTES * 2);
    for end in ["/>", "></testcase>"] {
        let text = format!(
            "<testsuite><testcase name='a' time='1' log='{long}' file='no'{end}\
             <testcase name='b' time='2'/></testsuite>"
        );
        let (report, seen) = read(&text);
        let short: Vec<_> = seen.iter().map(|c| (c.name.as_str(), c.us)).collect();
        assert_eq!(short, [("a", Some(1_000_000)), ("b", Some(2_000_000))]);
        assert!(report.complete, "{:?}", warnings(&report));
        assert!(warnings(&report).iter().any(|w| w.contains("too long")));
    }
}

#[test]
fn a_text_longer_than_is_kept_is_cut_with_a_warning() {
    let long = "é".repeat(limits::TEXT_BYTES);
    let (report, seen) = read(format!(
        "<testsuite><testcase name='{long}' time='1'/></testsuite>"
    ));
    assert_eq!(seen[0].name.len(), limits::TEXT_BYTES);
    assert!(warnings(&report)[0].contains("too long to be kept"));
}

#[test]
fn attributes_beyond_the_limit_are_not_read() {
    let many: String = (0..limits::ATTRIBUTES)
        .map(|n| format!(" a{n}=''"))
        .collect::<Vec<_>>()
        .concat();
    let (report, seen) = read(format!("<testcase name='n'{many} time='1'/>"));
    assert_eq!((seen[0].name.as_str(), seen[0].us), ("n", None));
    assert!(warnings(&report)[0].contains("too many attributes"));
}

#[test]
fn a_thousand_oddities_of_one_kind_are_told_a_few_times_and_counted() {
    let (report, _) = read("<testcase time='-1'/>".repeat(1_000));
    let said = warnings(&report);
    assert!(said.len() < 20, "{said:?}");
    assert!(
        said.last()
            .is_some_and(|w| w.contains("more of the same kinds"))
    );
}

#[test]
fn text_that_almost_is_markup_takes_linear_time() {
    let size = 1 << 19;
    for piece in [
        "<a x=\"",
        "<testcase x=\"",
        "<a x='\"",
        "<?",
        "<!DOCTYPE ",
        "<!--",
        "<![CDATA[",
        "<",
        "</",
        "</a",
        "&",
        "&#",
        "<a ",
        "\" \"",
        "</a>",
        "<a>",
        "<testsuite>",
        "<testcase>",
        "<testcase a=' \" b=\" '",
        "<?x\n<test",
        "<testsuite a='",
    ] {
        let text = piece.repeat(size / piece.len());
        quickly(|| read(&text));
        quickly(|| read(format!("<testcase name=\"{text}")));
        quickly(|| junit::looks_like_junit(text.as_bytes()));
    }
}

#[test]
fn declared_entities_are_not_expanded() {
    let mut bomb = String::from("<!DOCTYPE a [<!ENTITY e0 'x'>");
    for n in 1..60 {
        let entity = format!("<!ENTITY e{n} '&e{0};&e{0};&e{0};&e{0};'>", n - 1);
        bomb.push_str(&entity);
    }
    bomb.push_str("]><testsuite name='&e59;'><testcase name='&e59;' time='1'/></testsuite>");
    let (report, seen) = quickly(|| read(&bomb));
    assert_eq!((seen[0].name.as_str(), report.cases), ("&e59;", 1));
}

/// As many bytes as wanted, all the same.
struct Same(u64, u8);

impl Read for Same {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = usize::try_from(self.0).unwrap_or(usize::MAX).min(out.len());
        out[..n].fill(self.1);
        self.0 -= n as u64;
        Ok(n)
    }
}

#[test]
fn a_decompression_bomb_is_cut_off() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder
        .write_all(b"<testsuite><testcase name='a' time='1'/><system-out>")
        .unwrap();
    io::copy(
        &mut Same(limits::INFLATED_BYTES + (8 << 20), b'x'),
        &mut encoder,
    )
    .unwrap();
    let bomb = encoder.finish().unwrap();
    let (report, seen) = read(&bomb);
    assert_eq!((seen.len(), report.complete), (1, false));
    assert!(
        warnings(&report)
            .iter()
            .any(|w| w.contains("times its size"))
    );
}

/// Fails after the first bytes, as a disk or a network does.
struct Failing(bool);

impl Read for Failing {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if std::mem::replace(&mut self.0, true) {
            return Err(io::Error::other("no more"));
        }
        out[..4].copy_from_slice(b"<a/>");
        Ok(4)
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_that_names_it() {
    let error = junit::read(Failing(false), "gone.xml", &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unreadable);
    assert_eq!(error.to_string(), "gone.xml: cannot read it");
    let gzip = [&[0x1f, 0x8b, 8, 0][..], &[0; 20]].concat();
    let reader = io::Cursor::new(&gzip[..4]).chain(Failing(true));
    assert!(junit::read(reader, "gone.xml.gz", &mut |_| {}).is_err());
}

#[test]
fn sums_of_absurd_times_do_not_overflow() {
    let cases = "<testcase time='18446744073709'/>".repeat(100);
    let (report, _) = read(format!("<testsuite>{cases}</testsuite>"));
    assert_eq!((report.total, report.samples), (Micros::new(u64::MAX), 0));
}
