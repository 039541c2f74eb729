//! Lists of tests: node ids or paths, one a line or NUL-separated.

use std::io::Read;
use std::path::Path;

use crate::args::ListArgs;
use crate::exit;
use crate::failure::Failure;
use crate::inputs::{files, plural};
use crate::streams::Streams;

/// A list of tests as it came: bytes, in its order.
#[derive(Debug, Default)]
pub struct List {
    /// The lines without their ends; blank ones are dropped.
    pub lines: Vec<Vec<u8>>,
    /// How many blank lines were dropped.
    pub blank: usize,
    /// How many lines git had quoted; they are as they were before.
    pub unquoted: usize,
    /// What ends a line.
    pub separator: u8,
}

impl List {
    /// Reads the list that the arguments name, if they name one; `-` is standard input.
    ///
    /// # Errors
    /// Code 65 when it cannot be read.
    pub fn read(args: &ListArgs) -> Result<Option<Self>, Failure> {
        let Some(path) = &args.tests else {
            return Ok(None);
        };
        let mut content = Vec::new();
        let read = if path == Path::new("-") {
            std::io::stdin().lock().read_to_end(&mut content).map(drop)
        } else {
            files::read(path, files::MOST).map(|bytes| content = bytes)
        };
        read.map_err(|error| {
            Failure::new(
                exit::DATA,
                format!("cannot read the tests in {}", path.display()),
            )
            .caused_by(&error)
        })?;
        Ok(Some(Self::parse(
            &content,
            if args.null { 0 } else { b'\n' },
        )))
    }

    fn parse(content: &[u8], separator: u8) -> Self {
        let mut list = Self {
            separator,
            ..Self::default()
        };
        let content = content.strip_suffix(&[separator]).unwrap_or(content);
        if content.is_empty() {
            return list;
        }
        for line in content.split(|&b| b == separator) {
            let blank = line.iter().all(u8::is_ascii_whitespace);
            if blank {
                list.blank += 1;
            } else if let Some(path) = unquoted(line).filter(|_| separator != 0) {
                list.unquoted += 1;
                list.lines.push(path);
            } else {
                list.lines.push(line.to_vec());
            }
        }
        list
    }

    /// Says what was made of the list.
    pub fn say(&self, streams: &mut Streams<'_>) {
        if self.lines.is_empty() {
            streams.warn("the list of tests is empty: no shard has anything to run");
        }
        self.say_changes(streams);
    }

    /// Says how the list differs from what was read.
    pub fn say_changes(&self, streams: &mut Streams<'_>) {
        if self.blank > 0 {
            let (n, s) = (self.blank, plural(self.blank));
            streams.say(&format!("{n} blank line{s} dropped"));
        }
        if self.unquoted > 0 {
            let (n, s) = (self.unquoted, plural(self.unquoted));
            streams.say(&format!(
                "{n} name{s} unquoted that git had put into quotes; `git ls-files -z` with --null leaves names alone"
            ));
        }
    }

    /// A line as text to look up: without the `\r` that some editors leave, and with what
    /// is not UTF-8 replaced.
    pub fn text(line: &[u8]) -> String {
        String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
    }

    /// All lines as texts to look up.
    pub fn texts(&self) -> Vec<String> {
        self.lines.iter().map(|line| Self::text(line)).collect()
    }
}

/// The path that git quoted, as in `"caf\303\251.js"`; `None` for what is no such line.
fn unquoted(line: &[u8]) -> Option<Vec<u8>> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
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

/// The byte that a letter behind a backslash stands for in C.
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
    fn blank_lines_are_dropped_and_counted_and_bytes_kept() {
        let list = List::parse(b"b\n\n \na\xff\r\nb", b'\n');
        assert_eq!(list.lines, [&b"b"[..], b"a\xff\r", b"b"]);
        assert_eq!(list.blank, 2);
        assert_eq!(list.texts(), ["b", "a\u{fffd}", "b"]);
        assert!(List::parse(b"", b'\n').lines.is_empty());
        assert_eq!(List::parse(b"a\nb\0c\0", 0).lines, [&b"a\nb"[..], b"c"]);
    }
}
