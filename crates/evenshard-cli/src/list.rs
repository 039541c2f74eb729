//! Lists of tests: node ids or paths, one a line or NUL-separated.

use std::borrow::Cow;

use evenshard_report::words::counted;

use crate::failure::Failure;
use crate::files;
use crate::settings::ListSettings;
use crate::streams::Streams;

/// A list of tests as it was read: bytes, in its order.
#[derive(Debug, Default)]
pub(crate) struct List {
    /// All lines with their ends.
    content: Vec<u8>,
    /// The content for lookups, where that is different: with invalid UTF-8 replaced, and `/` for
    /// the backslashes of paths.
    replaced: Option<String>,
    /// The number of blank lines, which are dropped.
    blank: usize,
    /// The number of lines that git had quoted; they are plain again.
    unquoted: usize,
    /// The byte that ends a line.
    pub(crate) separator: u8,
}

impl List {
    /// Reads a list.
    pub(crate) fn read(settings: &ListSettings) -> Result<Self, Failure> {
        let ListSettings { path, null } = settings;
        let content = files::read_or_stdin(path).map_err(|error| {
            Failure::data(format!("cannot read the tests in {}", path.display())).caused_by(&error)
        })?;
        check_separator(&content, *null)?;
        Ok(Self::of(content, if *null { 0 } else { b'\n' }))
    }

    fn of(mut content: Vec<u8>, separator: u8) -> Self {
        // What some editors put before all text is no part of a name.
        if content.starts_with(b"\xEF\xBB\xBF") {
            content.drain(..3);
        }
        let mut list = Self {
            content,
            separator,
            ..Self::default()
        };
        if separator != 0 {
            // git quotes no names that NUL separates.
            list.unquote();
        }
        // Rare outside of Windows: most lists need no copy.
        if list.content.contains(&b'\\') {
            let texts = list.all_lines().map(with_slashes);
            let texts = texts.collect::<Vec<_>>().join(&separator);
            list.replaced = Some(String::from_utf8_lossy(&texts).into_owned());
        } else if let Cow::Owned(replaced) = String::from_utf8_lossy(&list.content) {
            list.replaced = Some(replaced);
        }
        list.blank = list.all_lines().filter(|line| is_blank(line)).count();
        list
    }

    /// Warns of an empty list, and logs how the list was changed.
    pub(crate) fn report(&self, streams: &mut Streams<'_>) {
        if self.lines().next().is_none() {
            streams.warn("the list of tests is empty: no shard has anything to run");
        }
        self.report_changes(streams);
    }

    /// Logs how the list was changed.
    pub(crate) fn report_changes(&self, streams: &mut Streams<'_>) {
        if self.blank > 0 {
            streams.say(&format!("{} dropped", counted(self.blank, "blank line")));
        }
        if self.unquoted > 0 {
            streams.say(&format!(
                "{} unquoted that git had put into quotes; `git ls-files -z` with --null leaves names alone",
                counted(self.unquoted, "name")
            ));
        }
    }

    /// Unquotes the names that git quotes since they are not plain ASCII. One with a line end stays.
    fn unquote(&mut self) {
        fn path(line: &[u8]) -> Option<Vec<u8>> {
            unquoted(line).filter(|path| !path.contains(&b'\n'))
        }
        let quoted = { self.all_lines() }.filter(|line| path(line).is_some());
        self.unquoted = quoted.count();
        if self.unquoted > 0 {
            let plain = self.all_lines();
            let plain = plain.map(|line| path(line).unwrap_or_else(|| line.to_vec()));
            self.content = plain.collect::<Vec<_>>().join(&self.separator);
        }
    }

    fn all_lines(&self) -> impl Iterator<Item = &[u8]> {
        lines(&self.content, self.separator)
    }

    /// Lists the lines without their ends; blank ones are dropped.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.all_lines().filter(|line| !is_blank(line))
    }

    /// Lists the lines as texts for lookups: without the `\r` that some editors leave, and with
    /// invalid UTF-8 replaced.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let content = match &self.replaced {
            Some(replaced) => replaced.as_bytes(),
            None => &self.content,
        };
        let lines = lines(content, self.separator).filter(|line| !is_blank(line));
        lines
            .map(without_return)
            .map(|text| str::from_utf8(text).unwrap_or_default())
            .collect()
    }
}

/// Strips the `\r` that some editors leave.
pub(crate) fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Stops for the other separator: the list would be one long name.
fn check_separator(content: &[u8], null: bool) -> Result<(), Failure> {
    let (has_null, has_newline) = (content.contains(&0), content.contains(&b'\n'));
    let wrong = match (null, has_null, has_newline) {
        (false, true, _) => ("the list is separated by NUL", "add --null"),
        (true, false, true) => ("no NUL is in the list", "take --null away"),
        _ => return Ok(()),
    };
    Err(Failure::data(wrong.0).hint(wrong.1))
}

/// Lists all lines without their ends.
fn lines(content: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let content = content.strip_suffix(&[separator]).unwrap_or(content);
    let lines = content.split(move |&b| b == separator);
    // An empty text would count as one empty line.
    lines.take(if content.is_empty() { 0 } else { usize::MAX })
}

/// Writes a path as reports have it. Node ids have `/` on every system, and parameters that
/// may hold anything.
fn with_slashes(line: &[u8]) -> Vec<u8> {
    // A node id of pytest has slashes on every system.
    let is_path = !line.windows(2).any(|pair| pair == b"::");
    let slash = |&byte: &u8| if byte == b'\\' && is_path { b'/' } else { byte };
    line.iter().map(slash).collect()
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

/// Returns the path that git quoted, as in `"caf\303\251.js"`; `None` for other lines.
fn unquoted(line: &[u8]) -> Option<Vec<u8>> {
    let line = without_return(line);
    let quoted = line.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let mut path = Vec::with_capacity(quoted.len());
    let mut rest = quoted;
    while let [first, behind @ ..] = rest {
        rest = behind;
        if *first == b'"' {
            return None;
        }
        if *first != b'\\' {
            path.push(*first);
            continue;
        }
        let (byte, behind) = match rest {
            [
                a @ b'0'..=b'3',
                b @ b'0'..=b'7',
                c @ b'0'..=b'7',
                behind @ ..,
            ] => (((a - b'0') << 6) | ((b - b'0') << 3) | (c - b'0'), behind),
            [letter, behind @ ..] => (escape(*letter)?, behind),
            [] => return None,
        };
        path.push(byte);
        rest = behind;
    }
    // Without an escape git quotes nothing.
    (path.len() < quoted.len()).then_some(path)
}

/// Returns the byte of a letter behind a backslash, as in C.
fn escape(letter: u8) -> Option<u8> {
    Some(match letter {
        b'"' | b'\\' => letter,
        b'a' => 0x07,
        b'b' => 0x08,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 0x0B,
        b'f' => 0x0C,
        b'r' => b'\r',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{List, unquoted};

    #[test]
    fn names_that_git_quoted_are_unquoted() {
        let text =
            |line: &str| unquoted(line.as_bytes()).map(|path| String::from_utf8(path).unwrap());
        let name = text(r#""caf\303\251 \"x\".js""#);
        assert_eq!(name.as_deref(), Some("café \"x\".js"));
        assert_eq!(text(r#""a\tb\\c""#).as_deref(), Some("a\tb\\c"));
        for line in [
            "a.js",
            r#""a.js""#,
            r#""a"b\t""#,
            r#""a\q""#,
            r#""\""#,
            "\"",
        ] {
            assert_eq!(text(line), None, "{line}");
        }
    }

    #[test]
    fn paths_are_looked_up_with_slashes() {
        let list = List::of(b"spec\\a.js\nt/a.py::t[\\d]\n".to_vec(), b'\n');
        assert_eq!(list.texts(), ["spec/a.js", r"t/a.py::t[\d]"]);
        let lines: Vec<&[u8]> = list.lines().collect();
        assert_eq!(lines[0], b"spec\\a.js");
    }

    #[test]
    fn blank_lines_are_dropped_and_counted_and_bytes_kept() {
        let list = |content: &[u8], separator| List::of(content.to_vec(), separator);
        let lines = |list: &List| list.lines().map(<[u8]>::to_vec).collect::<Vec<_>>();
        let odd = list(b"b\n\n \na\xff\r\nb", b'\n');
        assert_eq!(lines(&odd), [&b"b"[..], b"a\xff\r", b"b"]);
        assert_eq!(odd.blank, 2);
        assert_eq!(odd.texts(), ["b", "a\u{fffd}", "b"]);
        let plain = list(b"\na\r\nb\n", b'\n');
        assert_eq!((plain.texts(), plain.blank), (vec!["a", "b"], 1));
        assert!(lines(&list(b"", b'\n')).is_empty());
        assert_eq!(lines(&list(b"a\nb\0c\0", 0)), [&b"a\nb"[..], b"c"]);
    }
}
