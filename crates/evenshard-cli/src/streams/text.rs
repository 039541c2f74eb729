//! What text from outside may look like where it is shown.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// `text` for a terminal or a log, of any number of lines. Names of tests and files come from
/// reports; a terminal acts on escape sequences, a reader is misled by characters that turn
/// the direction of writing, and a CI acts on lines that look like its own commands.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let blank = line.len() - line.trim_start().len();
        for (at, c) in line.char_indices() {
            if (acts(c) && c != '\t') || commands(line, at, blank) {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            } else {
                out.push(c);
            }
        }
    }
    out
}

/// [`printable`] for a name within a line: line ends and tabs are made visible as well.
pub fn printable_name(name: &str) -> String {
    printable(&name.replace('\n', "\\n").replace('\t', "\\t"))
}

/// `text` with what follows a line end marked as going on.
pub fn continued(text: &str) -> String {
    text.trim_end_matches('\n').replace('\n', "\n  | ")
}

/// Text in which only strings of JSON can hold such characters, written as JSON escapes them.
pub(super) fn quoted(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let plain =
        |(at, c): (usize, char)| matches!(c, '\n' | '\t') || !(acts(c) || commands(text, at, 0));
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

/// True for text that a look at its bytes tells to hold nothing to quote: nearly all there is.
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
    /// How many bytes went out.
    pub(super) written: u64,
}

impl<W: Write> Quoting<W> {
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

/// A character as JSON escapes it: beyond the first plane, as two halves.
fn write_json(out: &mut String, c: char) {
    for half in c.encode_utf16(&mut [0; 2]) {
        let _ = write!(out, "\\u{half:04x}");
    }
}

/// Characters that act instead of being shown: control characters, line ends of Unicode, those
/// that turn the direction of writing, and those that have no width, by which two names differ
/// that look the same.
pub fn acts(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_invisible(c)
}

/// The characters of Unicode's `Default_Ignorable_Code_Point` (16.0), which begin with the soft
/// hyphen and hold those of direction, and the marks of interlinear annotations.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// True where a command to a CI begins: Azure and `TeamCity` look for theirs anywhere in a line,
/// GitHub at its beginning, after blanks.
fn commands(line: &str, at: usize, blank: usize) -> bool {
    let rest = line.get(at..).unwrap_or_default();
    let anywhere = ["##[", "##vso[", "##teamcity["];
    anywhere.iter().any(|c| rest.starts_with(c)) || (at == blank && rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{Quoting, continued, printable, printable_name, quoted};

    #[test]
    fn escape_sequences_never_reach_a_terminal_raw() {
        assert_eq!(
            printable("a\x1b[31mb\u{9b}c\td"),
            "a\\u{1b}[31mb\\u{9b}c\td"
        );
    }

    #[test]
    fn nothing_turns_the_direction_of_writing() {
        assert_eq!(
            printable("a\u{202e}b\u{2066}c\u{2028}d"),
            "a\\u{202e}b\\u{2066}c\\u{2028}d"
        );
        assert_eq!(printable("naïve_测试[é-🙂]"), "naïve_测试[é-🙂]");
    }

    #[test]
    fn names_that_look_the_same_are_the_same() {
        let name = "a\u{200b}b\u{ad}c\u{feff}d\u{2060}e\u{e0041}";
        assert_eq!(
            printable(name),
            "a\\u{200b}b\\u{ad}c\\u{feff}d\\u{2060}e\\u{e0041}"
        );
    }

    #[test]
    fn a_name_gives_no_command_to_a_ci() {
        assert_eq!(printable("  ::error::x\ny"), "  \\u{3a}:error::x\ny");
        assert_eq!(printable("a::b"), "a::b");
        assert_eq!(printable("a ##vso[task.x]"), "a \\u{23}#vso[task.x]");
        assert_eq!(printable_name("a\n+++ b\tc"), "a\\n+++ b\\tc");
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
