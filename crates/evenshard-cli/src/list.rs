//! Lists of tests: node ids or paths, one a line or NUL-separated.

use std::io::Read;
use std::path::Path;

use crate::args::ListArgs;
use crate::exit;
use crate::failure::Failure;
use crate::inputs::files;

/// A list of tests as it came: bytes, in its order.
#[derive(Debug, Default)]
pub struct List {
    /// The lines without their ends; blank ones are dropped.
    pub lines: Vec<Vec<u8>>,
    /// How many blank lines were dropped.
    pub blank: usize,
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
            } else {
                list.lines.push(line.to_vec());
            }
        }
        list
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

#[cfg(test)]
mod tests {
    use super::List;

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
