//! Reading a report from its beginning to its end.

use std::io::{self, Read};

use super::input::Input;
use super::report::{Case, ReportSummary};
use super::scan::Scanner;
use super::texts::{Keeper, TextLimits, Texts};
use super::tree::Tree;
use crate::Error;

/// Reads one report from `input`, which may be compressed with gzip or zstd, and calls
/// `on_case` for every test case as it ends. `file_name` is for warnings only.
///
/// The [module](super) says how far a report may be from well-formed, and
/// [`limits`](super::limits) how much of it is read.
///
/// # Errors
/// [`ErrorKind::Unreadable`](crate::ErrorKind::Unreadable) when reading `input` itself fails. No
/// content of a file is an error.
pub fn read<R: Read>(
    mut input: R,
    file_name: &str,
    on_case: &mut dyn FnMut(&Case<'_>),
) -> Result<ReportSummary, Error> {
    read_dyn(&mut input, file_name, None, &mut |case, _| on_case(case))
}

/// Reads one report as [`read`] does, with the texts of each case's failures and its output.
/// Nothing of a text beyond `limits` is kept in memory.
///
/// ```
/// use evenshard::junit::{self, TextLimits};
///
/// let xml = br#"<testsuite><testcase name="test_x">
///   <failure message="assert 1 == 2">def test_x(): ...</failure></testcase></testsuite>"#;
/// let limits = TextLimits { head: 9, tail: 4 };
/// junit::read_with_texts(&xml[..], "junit.xml", limits, &mut |case, texts| {
///     assert_eq!((case.name, texts.message.as_str()), ("test_x", "assert 1 == 2"));
///     assert_eq!(texts.text, "def test_\n[... 4 bytes left out ...]\n ...");
/// })?;
/// # Ok::<(), evenshard::Error>(())
/// ```
///
/// # Errors
/// Those of [`read`].
pub fn read_with_texts<R: Read>(
    mut input: R,
    file_name: &str,
    limits: TextLimits,
    on_case: &mut dyn FnMut(&Case<'_>, Texts),
) -> Result<ReportSummary, Error> {
    read_dyn(&mut input, file_name, Some(limits), on_case)
}

fn read_dyn(
    input: &mut dyn Read,
    file_name: &str,
    texts: Option<TextLimits>,
    on_case: &mut dyn FnMut(&Case<'_>, Texts),
) -> Result<ReportSummary, Error> {
    let mut read = || {
        let scanner = Scanner::new(Input::open(input)?);
        let mut tree = Tree::new(scanner, texts.map(Keeper::new), on_case);
        while tree.step()? {}
        Ok(tree.finish(file_name))
    };
    read().map_err(|error: io::Error| Error::unreadable(file_name, error))
}
