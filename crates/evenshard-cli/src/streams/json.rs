//! JSON that is safe to show on a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use evenshard_report::escape::{is_active, is_command};

/// Escapes the characters of JSON that act on terminals, which only its strings can hold.
pub(super) fn quoted(text: &str) -> Cow<'_, str> {
    // A plan of 100,000 tests is megabytes of plain ASCII.
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let plain = |(at, c): (usize, char)| {
        matches!(c, '\n' | '\t') || !(is_active(c) || is_command(text, at, 0))
    };
    if text.char_indices().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 64);
    for (at, c) in text.char_indices() {
        if plain((at, c)) {
            out.push(c);
        } else {
            write_json(&mut out, c);
        }
    }
    Cow::Owned(out)
}

/// Returns true for text whose bytes alone show that nothing has to be quoted: nearly all of it.
fn is_plain(text: &str) -> bool {
    let plain = |b: u8| matches!(b, b'\n' | b'\t' | b' '..=b'~') && b != b'#';
    // Not `all`, which would look at one byte after the other.
    let odd = text.bytes().fold(false, |odd, b| odd | !plain(b));
    !odd && !text.starts_with("::")
}

/// Writes JSON with line ends [`quoted`], a run of whole lines at a time.
pub(super) struct Quoting<W> {
    inner: W,
    text: Vec<u8>,
    /// The number of bytes that were written.
    pub(super) written: u64,
}

impl<W: Write> Quoting<W> {
    /// The bytes that are quoted at once. Chosen, not measured.
    const ENOUGH: usize = 64 << 10;

    pub(super) fn new(inner: W) -> Self {
        Self {
            inner,
            text: Vec::with_capacity(2 * Self::ENOUGH),
            written: 0,
        }
    }

    fn write_out(&mut self, end: usize) -> io::Result<()> {
        let text = str::from_utf8(&self.text[..end]).map_err(io::Error::other)?;
        let text = quoted(text);
        self.inner.write_all(text.as_bytes())?;
        self.written += text.len() as u64;
        self.text.drain(..end);
        Ok(())
    }
}

impl<W: Write> Write for Quoting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        // Whole lines, since a command to a CI may not be cut in two.
        if self.text.len() >= Self::ENOUGH
            && let Some(line) = bytes.iter().rposition(|&b| b == b'\n')
        {
            self.write_out(self.text.len() - bytes.len() + line + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_out(self.text.len())?;
        self.inner.flush()
    }
}

/// Writes a character as JSON escapes it: beyond the first plane, as two halves.
fn write_json(out: &mut String, c: char) {
    for half in c.encode_utf16(&mut [0; 2]) {
        let _ = write!(out, "\\u{half:04x}");
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{Quoting, quoted};
    use crate::failure::continued;

    #[test]
    fn a_further_line_is_marked() {
        assert_eq!(continued("a\n+++ b\n"), "a\n  | +++ b");
    }

    #[test]
    fn json_stays_the_same_value() {
        let name = "\u{9b}31m\u{7f}\u{202e}\u{e0041}##vso[x]\n::y";
        let json = serde_json::to_string_pretty(&[name]).unwrap();
        let safe = quoted(&json);
        assert!(safe.is_ascii() && !safe.contains("##vso["));
        assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), [name]);
    }

    #[test]
    fn long_json_is_quoted_as_short_json_is() {
        let names = ["\u{9b}31m", "a##vso[x]", "naïve", "plain"].repeat(9_000);
        let json = serde_json::to_string_pretty(&names).unwrap();
        let mut out = Vec::new();
        let mut quoting = Quoting::new(&mut out);
        serde_json::to_writer_pretty(&mut quoting, &names).unwrap();
        quoting.flush().unwrap();
        assert_eq!(quoting.written, quoted(&json).len() as u64);
        assert_eq!(String::from_utf8(out).unwrap(), quoted(&json));
    }
}
