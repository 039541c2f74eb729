//! The window that slides over a report's text: the position, its line, and a warning for the first
//! of each kind of oddity that XML does not allow.

use std::cell::Cell;
use std::io;
use std::ops::Range;

use memchr::{memchr, memchr2};

use super::input::Input;
use super::shape::{self, REFERENCE};
use super::warn::{Kind, Warnings};

/// Bytes of the window, unless a tag is longer. Chosen, not measured.
const SIZE: usize = 256 << 10;

thread_local! {
    /// The buffer of the last report, for the next one on this thread.
    static SPARE: Cell<Option<Vec<u8>>> = const { Cell::new(None) };
}

pub(super) const OUTSIDE: &str = "there is text outside of the report";

/// A piece of the text in memory. It grows while what starts at `pos` needs it.
pub(super) struct Window<'r> {
    pub(super) input: Input<'r>,
    pub(super) buf: Vec<u8>,
    /// The reader's position.
    pub(super) pos: usize,
    /// The end of the text in `buf`.
    pub(super) end: usize,
    pub(super) eof: bool,
    line: u64,
    counted: usize,
    checked: usize,
    found: [bool; 5],
    pub(super) warnings: Warnings,
}

/// An oddity that the window looks for until it has found one.
#[derive(Clone, Copy)]
pub(super) enum Check {
    References,
    Brackets,
    Controls,
    Utf8,
    Outside,
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        // One that grew for a long tag is not kept.
        if self.buf.len() == SIZE {
            SPARE.set(Some(std::mem::take(&mut self.buf)));
        }
    }
}

impl<'r> Window<'r> {
    pub(super) fn new(input: Input<'r>) -> Self {
        let mut found = [false; 5];
        found[Check::Utf8 as usize] = !input.is_verbatim();
        let mut warnings = Warnings::default();
        if let Some(oddity) = &input.oddity {
            warnings.note(Kind::Encoding, 1, || oddity.clone());
        }
        Self {
            input,
            // The last report's text lies beyond `end`.
            buf: SPARE.take().unwrap_or_else(|| vec![0; SIZE]),
            pos: 0,
            end: 0,
            eof: false,
            line: 1,
            counted: 0,
            checked: 0,
            found,
            warnings,
        }
    }

    /// Returns the text from the position on.
    pub(super) fn rest(&self) -> &[u8] {
        &self.buf[self.pos..self.end]
    }

    /// Returns the line of a position that is not before the last one asked for.
    pub(super) fn line_of(&mut self, at: usize) -> u64 {
        let at = at.min(self.end);
        if at > self.counted {
            self.line += newlines(&self.buf[self.counted..at]);
            // Most tags are on the line of the one before: on to the end of this line.
            let ahead = &self.buf[at..self.end];
            self.counted = at + memchr(b'\n', ahead).unwrap_or(ahead.len());
        }
        self.line
    }

    /// Warns about text outside of all elements.
    pub(super) fn check_outside(&mut self, len: usize) {
        let text = &self.buf[self.pos..self.pos + len];
        let stray = |b: &u8| !shape::is_blank(*b) && !matches!(b, 0xef | 0xbb | 0xbf);
        if let Some(at) = text.iter().position(stray) {
            self.report(Check::Outside, self.pos + at, OUTSIDE);
        }
    }

    /// Checks the `&` at the position, and passes it.
    pub(super) fn check_reference(&mut self) -> io::Result<()> {
        self.ensure(REFERENCE)?;
        if let Some(message) = bad_reference(&self.buf[self.pos..self.end]) {
            self.report(Check::References, self.pos, message);
        }
        self.pos += 1;
        Ok(())
    }

    /// Warns about characters that values must not contain.
    pub(super) fn check_content(&mut self, content: Range<usize>) {
        let (mut from, end) = (content.start, content.end);
        while let Some(at) = memchr2(b'&', b'<', &self.buf[from..end]).map(|at| from + at) {
            from = at + 1;
            if self.buf[at] == b'<' {
                self.report(Check::Brackets, at, "a '<' in an attribute");
            } else if let Some(message) = bad_reference(&self.buf[at..end]) {
                self.report(Check::References, at, message);
            }
        }
    }

    /// Reads on from the position until `find` succeeds, `limit` is passed or the file ends.
    pub(super) fn find_within(
        &mut self,
        limit: usize,
        find: impl Fn(&[u8]) -> Option<usize>,
    ) -> io::Result<Option<usize>> {
        loop {
            let window = &self.buf[self.pos..self.end];
            if let Some(at) = find(window) {
                return Ok(Some(at));
            }
            if window.len() >= limit || !self.refill()? {
                return Ok(None);
            }
        }
    }

    /// Brings `len` bytes from the position on into the window, unless the file ends before.
    pub(super) fn ensure(&mut self, len: usize) -> io::Result<()> {
        while self.end - self.pos < len && self.refill()? {}
        Ok(())
    }

    /// Reads on and keeps the text from the position on; returns false at the end.
    pub(super) fn refill(&mut self) -> io::Result<bool> {
        if self.eof {
            return Ok(false);
        }
        let keep_from = self.pos.min(self.checked);
        self.line_of(keep_from);
        self.buf.copy_within(keep_from..self.end, 0);
        self.end -= keep_from;
        self.pos -= keep_from;
        self.counted -= keep_from.min(self.counted);
        self.checked -= keep_from;
        // Half of it is free at least, so that little text is moved often.
        if self.buf.len() - self.end < SIZE / 2 {
            let len = self.buf.len() * 2;
            self.buf.resize(len, 0);
        }
        let before = self.end;
        // A decoder needs room for a whole character.
        while !self.eof && self.buf.len() - self.end >= 16 {
            let n = self.input.fill(&mut self.buf[self.end..])?;
            self.end += n;
            self.eof = n == 0;
        }
        let more = self.end > before;
        self.check_bytes();
        Ok(more)
    }

    /// Warns about bytes in the text read last that XML does not allow.
    fn check_bytes(&mut self) {
        let fresh = &self.buf[self.checked..self.end];
        // Without early exit, so that it is compiled to vector instructions.
        let control = |b: u8| (b < 0x20) & !matches!(b, b'\t' | b'\n' | b'\r');
        let look = self.looks_for(Check::Controls);
        if look && fresh.iter().fold(false, |any, &b| any | control(b)) {
            let at = fresh.iter().position(|&b| control(b)).unwrap_or(0);
            let message = "a control character that XML does not allow";
            self.report(Check::Controls, self.checked + at, message);
        }
        let fresh = &self.buf[self.checked..self.end];
        let mut valid = fresh.len();
        if self.looks_for(Check::Utf8)
            && !fresh.is_ascii()
            && let Err(error) = std::str::from_utf8(fresh)
        {
            valid = error.valid_up_to();
            // Otherwise a character is cut by the end of what was read, and is checked with the
            // rest.
            if self.eof || error.error_len().is_some() {
                let message = "bytes that are not UTF-8, read as Windows-1252";
                self.report(Check::Utf8, self.checked + valid, message);
                valid = self.end - self.checked;
            }
        }
        self.checked += valid;
    }

    pub(super) fn looks_for(&self, check: Check) -> bool {
        !self.found[check as usize]
    }

    /// Warns about an oddity, unless one of its kind was found before.
    pub(super) fn report(&mut self, check: Check, at: usize, message: &str) {
        if std::mem::replace(&mut self.found[check as usize], true) {
            return;
        }
        let kind = match check {
            Check::Utf8 => Kind::Encoding,
            Check::Brackets | Check::Outside => Kind::Markup,
            Check::References | Check::Controls => Kind::Text,
        };
        // Not counted up to there: lines before may still be asked for.
        let line = self.line + newlines(&self.buf[self.counted.min(at)..at]);
        self.warnings.note(kind, line, || message.to_owned());
    }

    /// Warns about the position.
    pub(super) fn warn(&mut self, kind: Kind, message: &str) {
        let line = self.line_of(self.pos);
        self.warnings.note(kind, line, || message.to_owned());
    }
}

/// Returns the fault of the `&` at the start of a text, if it has one.
fn bad_reference(text: &[u8]) -> Option<&'static str> {
    match shape::reference(text) {
        Some((shape::Reference::Char(_), _)) => None,
        Some((shape::Reference::Illegal(_), _)) => {
            Some("a reference to a character that XML does not allow")
        }
        Some((shape::Reference::Undefined, _)) => Some("an entity that XML does not define"),
        None => Some("a '&' that starts no reference"),
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}
