//! Lists of tests: node ids or paths, one a line or NUL-separated.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use crate::args::ListArgs;
use crate::exit;
use crate::failure::Failure;
use crate::inputs::files;

/// A list of tests as it came: bytes, in its order.
#[derive(Debug, Default)]
pub struct List {
    /// All lines with their ends.
    content: Vec<u8>,
    /// The same with what is not UTF-8 replaced, where there is such.
    replaced: Option<String>,
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
        Ok(Some(Self::of(content, if args.null { 0 } else { b'\n' })))
    }

    fn of(content: Vec<u8>, separator: u8) -> Self {
        let mut list = Self {
            content,
            separator,
            ..Self::default()
        };
        if let Cow::Owned(replaced) = String::from_utf8_lossy(&list.content) {
            list.replaced = Some(replaced);
        }
        list.blank = list.all_lines().filter(|line| is_blank(line)).count();
        list
    }

    fn all_lines(&self) -> impl Iterator<Item = &[u8]> {
        lines(&self.content, self.separator)
    }

    /// The lines without their ends; blank ones are dropped.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.all_lines().filter(|line| !is_blank(line))
    }

    /// The same as texts to look up: without the `\r` that some editors leave, and with what
    /// is not UTF-8 replaced.
    pub fn texts(&self) -> Vec<&str> {
        let content = match &self.replaced {
            Some(replaced) => replaced.as_bytes(),
            None => &self.content,
        };
        let lines = lines(content, self.separator).filter(|line| !is_blank(line));
        lines
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .map(|text| str::from_utf8(text).unwrap_or_default())
            .collect()
    }
}

/// All lines without their ends.
fn lines(content: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let content = content.strip_suffix(&[separator]).unwrap_or(content);
    let lines = content.split(move |&b| b == separator);
    lines.take(if content.is_empty() { 0 } else { usize::MAX })
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::List;

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
