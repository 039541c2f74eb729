//! Reading JUnit XML reports, whoever wrote them and in whatever state they arrive.
//!
//! [`read`] streams one report, hands each test case to a callback as it passes, and returns
//! the facts about the file as a whole. It keeps a window of the file in memory, never the
//! document. It returns what a report *says*; other modules find out which tests that concerns and
//! how long they take next time.
//!
//! A report is never refused. XML that is cut short, not well-formed or in another encoding
//! than it claims gives every case that a careful reader finds in it, beside [`Warning`]s that
//! name file and line. Declared entities are neither expanded nor fetched.
//!
//! The scanner is our own, since a trial with quick-xml's reader on the well-formed path, and ours
//! from the first error on, was slower and longer. All reports of both corpora came out equal, but
//! 20,000 cases were read at 281 MB/s instead of 433, and at 279 instead of 935 with a body of 8 KB
//! in each tenth case, although quick-xml had the document whole in memory: it decodes and splits the
//! text that `memchr` skips. The code grew by 111 lines, as recovery needs all of the scanner.
//!
//! `input` decompresses, digests and decodes the bytes; `scan` finds the tags and skips everything
//! between them with `memchr`, so that the bodies of failures and captured output cost little;
//! `attrs` has quick-xml take the tags apart; `tree` knows what the elements mean; `time`
//! and `path` read single values.
//!
//! ```
//! use evenshard::junit;
//!
//! let xml = br#"<testsuite name="pytest" time="1.9">
//!   <testcase classname="tests.test_a" name="test_x[1]" time="1.5"/>
//!   <testcase classname="tests.test_a" name="test_y" time="0"><skipped/></testcase>
//! </testsuite>"#;
//! let mut seen = Vec::new();
//! let report = junit::read(&xml[..], "junit.xml", &mut |case| {
//!     seen.push((case.name.to_owned(), case.time.map(|t| t.get())));
//! })?;
//! assert_eq!(seen, [("test_x[1]".to_owned(), Some(1_500_000)), ("test_y".to_owned(), None)]);
//! assert_eq!((report.cases, report.samples, report.complete), (2, 1, true));
//! # Ok::<(), evenshard::Error>(())
//! ```

mod attrs;
mod case;
mod element;
mod exact;
mod input;
mod read;
mod report;
mod scan;
mod shape;
mod sniff;
mod suites;
mod texts;
mod time;
mod tree;
mod warn;
mod window;

pub(crate) use input::whole;
pub use read::read;
pub use report::{Case, ReportSummary};

internal!(report::{Suite, SuiteId});
internal!(sniff::looks_like_junit);
internal!(texts::{TextLimits, Texts});
internal!(time::{Doubt, Time, parse_time});
internal!(read::read_with_texts);

#[cfg(doc)]
use crate::Warning;

/// Brings paths, as reports write them, to one form.
#[doc(hidden)]
pub mod path {
    pub use crate::path::{below, extension, is_absolute, looks_like_file, normalise};
}

/// Limits of what the reader follows, so that no file takes more than a bounded amount of memory.
/// Reaching one costs a warning, never the report.
///
/// They were chosen to bound memory, far above the reports of known producers;
/// `tests/core/junit/hostile.rs` tests them.
#[doc(hidden)]
pub mod limits {
    /// Nested elements that are followed. Within a deeper one only test cases are reported.
    pub const DEPTH: usize = 256;
    /// Bytes of one start tag with its attributes. The attributes that begin beyond are not
    /// seen, and one that straddles the limit is cut there.
    pub const TAG_BYTES: usize = 16 << 20;
    /// Attributes of one start tag. Further ones are not seen.
    pub const ATTRIBUTES: usize = 1_024;
    /// Bytes of a name, class name, file or other text that is kept; longer ones are cut.
    pub const TEXT_BYTES: usize = 64 << 10;
    /// `testsuite` elements; the cases of further ones count as those of the last.
    pub const SUITES: usize = 1 << 20;
    /// Bytes of text of all suites together; further suites lose their names and files.
    pub const SUITE_TEXT_BYTES: usize = 64 << 20;
    /// Bytes of a document type declaration or processing instruction; a longer one is taken for
    /// text.
    pub const DECLARATION_BYTES: usize = 256 << 10;
    /// Decompressed bytes that are always read from a compressed report.
    pub const INFLATED_BYTES: u64 = 256 << 20;
    /// Times that a report larger than [`INFLATED_BYTES`] may exceed its compressed size; beyond
    /// it is taken for a decompression bomb and cut off.
    pub const INFLATION: u64 = 200;
    /// Warnings of one kind; a last one counts the rest.
    pub const WARNINGS_PER_KIND: usize = 5;
}
