//! Finds the tags of a report in a window that slides over it, and skips all the rest: text,
//! CDATA, comments, processing instructions and document types, however long, by `memchr`.
//!
//! It checks what it skips only as far as it costs nothing to speak of: line numbers, control
//! characters, UTF-8, and references until the first bad one.

use std::io;
use std::ops::Range;

use memchr::{memchr, memchr2, memchr3, memmem};

use super::input::Input;
use super::limits::{DECLARATION_BYTES, TAG_BYTES};
use super::shape::{self, REFERENCE, Tag};
use super::warn::{Kind, Warnings};

const WINDOW: usize = 256 << 10;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A start tag; its content is [`Scanner::content`].
    Start,
    /// A start tag that is an end tag as well.
    Empty,
    /// An end tag; its name is [`Scanner::content`].
    End,
    /// The end of a tag that was too long to be held; it is of no other kind than its start.
    LongEnd,
    /// The end of the file.
    Eof,
}

/// A window over a report, and what was odd in it so far.
pub(super) struct Scanner<'r> {
    input: Input<'r>,
    buf: Vec<u8>,
    pos: usize,
    end: usize,
    eof: bool,
    content: Range<usize>,
    regular: bool,
    /// Set inside of a tag that was too long.
    long: Option<Long>,
    line: u64,
    counted: usize,
    checked: usize,
    started: bool,
    told: [bool; 5],
    /// Where the file ends within something, what that is.
    pub(super) cut: Option<&'static str>,
    /// What was odd.
    pub(super) warnings: Warnings,
}

/// An oddity that is looked for until it was seen, and told once.
#[derive(Clone, Copy)]
enum Check {
    References,
    Brackets,
    Controls,
    Utf8,
    Outside,
}

/// A start tag that was cut because it is too long, and the quote that was open there.
struct Long(Option<u8>);

impl<'r> Scanner<'r> {
    pub(super) fn new(input: Input<'r>) -> Self {
        let mut told = [false; 5];
        told[Check::Utf8 as usize] = !input.is_verbatim();
        let mut warnings = Warnings::default();
        if let Some(oddity) = &input.oddity {
            warnings.note(Kind::Encoding, 1, || oddity.clone());
        }
        Self {
            input,
            buf: vec![0; WINDOW],
            pos: 0,
            end: 0,
            eof: false,
            content: 0..0,
            regular: true,
            long: None,
            line: 1,
            counted: 0,
            checked: 0,
            started: false,
            told,
            cut: None,
            warnings,
        }
    }

    /// The text of the tag that was found last, without brackets and the closing slash, or the
    /// name of an end tag.
    pub(super) fn content(&self) -> &[u8] {
        &self.buf[self.content.clone()]
    }

    /// Whether the start tag that was found last is well-formed.
    pub(super) fn is_regular(&self) -> bool {
        self.regular
    }

    /// The line of the tag that was found last, counted from 1.
    pub(super) fn line(&mut self) -> u64 {
        let upto = self.content.start.min(self.end);
        if upto > self.counted {
            self.line += newlines(&self.buf[self.counted..upto]);
            self.counted = upto;
        }
        self.line
    }

    /// The file behind the window.
    pub(super) fn input(&self) -> &Input<'r> {
        &self.input
    }

    /// Up to 64 bytes of the text that follows the tag found last, until the next one.
    pub(super) fn text_ahead(&mut self) -> io::Result<&[u8]> {
        self.ensure(64)?;
        let ahead = &self.buf[self.pos..self.end.min(self.pos + 64)];
        Ok(&ahead[..memchr(b'<', ahead).unwrap_or(ahead.len())])
    }

    /// Finds the next tag. `outside` says that no element is open, where text is out of place.
    pub(super) fn next(&mut self, outside: bool) -> io::Result<Token> {
        if let Some(Long(quote)) = self.long.take() {
            return self.skip_long(quote);
        }
        while self.find_bracket(outside)? {
            self.ensure(9)?;
            let found = match &self.buf[self.pos..self.end] {
                [_, b'/', name, ..] if shape::starts_name(*name) => self.end_tag()?,
                [_, name, ..] if shape::starts_name(*name) => self.start_tag()?,
                [_, b'!' | b'?', ..] => self.skip_declaration(outside)?,
                [_] => {
                    self.cut = Some("a tag");
                    self.pos = self.end;
                    None
                }
                _ => self.raw_bracket(),
            };
            if let Some(token) = found {
                self.started = true;
                return Ok(token);
            }
        }
        self.content = self.end..self.end;
        Ok(Token::Eof)
    }

    /// Passes the text up to the next `<`; false at the end of the file.
    fn find_bracket(&mut self, outside: bool) -> io::Result<bool> {
        loop {
            let text = &self.buf[self.pos..self.end];
            let found = if self.looks_for(Check::References) {
                memchr2(b'<', b'&', text)
            } else {
                memchr(b'<', text)
            };
            let len = found.unwrap_or(text.len());
            if outside && self.looks_for(Check::Outside) {
                self.check_outside(len);
            }
            self.pos += len;
            if found.is_none() {
                if !self.refill(self.pos)? {
                    return Ok(false);
                }
            } else if self.buf[self.pos] == b'<' {
                return Ok(true);
            } else {
                self.check_reference()?;
            }
        }
    }

    fn check_outside(&mut self, len: usize) {
        let text = &self.buf[self.pos..self.pos + len];
        let stray = |b: &u8| !shape::is_blank(*b) && !matches!(b, 0xef | 0xbb | 0xbf);
        if let Some(at) = text.iter().position(stray) {
            self.tell(Check::Outside, self.pos + at, OUTSIDE);
        }
    }

    fn check_reference(&mut self) -> io::Result<()> {
        self.ensure(REFERENCE)?;
        if let Some(message) = bad_reference(&self.buf[self.pos..self.end]) {
            self.tell(Check::References, self.pos, message);
        }
        self.pos += 1;
        Ok(())
    }

    /// Looks for what values may not hold.
    fn check_content(&mut self) {
        let (mut from, end) = (self.content.start, self.content.end);
        while let Some(at) = memchr2(b'&', b'<', &self.buf[from..end]).map(|at| from + at) {
            from = at + 1;
            if self.buf[at] == b'<' {
                self.tell(Check::Brackets, at, "a '<' in an attribute");
            } else if let Some(message) = bad_reference(&self.buf[at..end]) {
                self.tell(Check::References, at, message);
            }
        }
    }

    fn raw_bracket(&mut self) -> Option<Token> {
        self.note(self.pos, Kind::Markup, "a '<' that starts no tag");
        self.pos += 1;
        None
    }

    fn end_tag(&mut self) -> io::Result<Option<Token>> {
        let found =
            self.find_within(DECLARATION_BYTES, |bytes| memchr2(b'>', b'<', &bytes[2..]))?;
        let Some(len) = found else {
            return Ok(self.unfinished("a tag"));
        };
        let text = &self.buf[self.pos + 2..self.pos + 2 + len];
        let name = text.iter().position(|&b| shape::is_blank(b)).unwrap_or(len);
        self.content = self.pos + 2..self.pos + 2 + name;
        let whole = self.buf[self.pos + 2 + len] == b'>';
        if !whole {
            self.note(self.pos, Kind::Markup, "an end tag that is not closed");
        }
        self.pos += 2 + len + usize::from(whole);
        Ok(Some(Token::End))
    }

    fn start_tag(&mut self) -> io::Result<Option<Token>> {
        loop {
            let window = &self.buf[self.pos..self.end];
            match shape::start_tag(window) {
                Tag::Whole { len, regular } => {
                    let empty = window[len - 2] == b'/';
                    self.content = self.pos + 1..self.pos + len - 1 - usize::from(empty);
                    self.regular = regular;
                    self.pos += len;
                    if self.looks_for(Check::References) || self.looks_for(Check::Brackets) {
                        self.check_content();
                    }
                    return Ok(Some(if empty { Token::Empty } else { Token::Start }));
                }
                Tag::Text => return Ok(self.raw_bracket()),
                Tag::Open(quote) if window.len() >= TAG_BYTES => {
                    self.note(
                        self.pos,
                        Kind::Limit,
                        "a tag that is too long to be read whole",
                    );
                    self.content = self.pos + 1..self.end;
                    self.regular = false;
                    self.pos = self.end;
                    self.long = Some(Long(quote));
                    return Ok(Some(Token::Start));
                }
                Tag::Open(_) if self.refill(self.pos)? => {}
                Tag::Open(_) => return Ok(self.unfinished("a tag")),
            }
        }
    }

    /// The file ends within what starts here. If other tags follow, that is not where it was
    /// cut, and they count.
    fn unfinished(&mut self, what: &'static str) -> Option<Token> {
        let rest = &self.buf[self.pos + 1..self.end];
        if holds_tests(rest) {
            return self.raw_bracket();
        }
        self.cut = Some(what);
        self.content = self.pos..self.pos;
        self.line();
        self.pos = self.end;
        None
    }

    /// Skips to the end of a start tag of which the first part was given out.
    fn skip_long(&mut self, mut quote: Option<u8>) -> io::Result<Token> {
        let mut last = 0;
        loop {
            let window = &self.buf[self.pos..self.end];
            let found = match quote {
                Some(quote) => memchr(quote, window),
                None => memchr3(b'"', b'\'', b'>', window),
            };
            let Some(at) = found else {
                last = window.last().copied().unwrap_or(last);
                self.pos = self.end;
                if self.refill(self.pos)? {
                    continue;
                }
                self.cut = Some("a tag");
                self.content = self.end..self.end;
                return Ok(Token::Eof);
            };
            let mark = window[at];
            if at > 0 {
                last = window[at - 1];
            }
            self.pos += at + 1;
            self.content = self.pos..self.pos;
            match quote {
                Some(_) => quote = None,
                None if mark != b'>' => quote = Some(mark),
                None if last == b'/' => return Ok(Token::LongEnd),
                None => return self.next(false),
            }
            last = mark;
        }
    }

    /// Comments, CDATA, document types and processing instructions.
    fn skip_declaration(&mut self, outside: bool) -> io::Result<Option<Token>> {
        let window = &self.buf[self.pos..self.end];
        if window.starts_with(b"<!--") {
            return self.skip_past(4, *b"-->", "a comment");
        }
        if window.starts_with(b"<![CDATA[") {
            if outside {
                self.tell(Check::Outside, self.pos, OUTSIDE);
            }
            return self.skip_past(9, *b"]]>", "a CDATA section");
        }
        let document_type = window.len() >= 9 && window[..9].eq_ignore_ascii_case(b"<!DOCTYPE");
        let found = if document_type {
            self.find_within(DECLARATION_BYTES, document_type_end)?
        } else if window[1] == b'?' {
            self.check_declaration();
            self.find_within(DECLARATION_BYTES, instruction_end)?
        } else if self.eof && window.len() < 9 {
            return Ok(self.unfinished("a tag"));
        } else {
            return Ok(self.raw_bracket());
        };
        match found {
            Some(len) => {
                self.pos += len;
                self.started = true;
                Ok(None)
            }
            None if self.eof => Ok(self.unfinished("a declaration")),
            None => Ok(self.raw_bracket()),
        }
    }

    fn check_declaration(&mut self) {
        let window = &self.buf[self.pos..self.end];
        let xml = window.len() > 5 && window.starts_with(b"<?xml") && shape::is_blank(window[5]);
        if xml && (self.started || self.pos > 0) {
            self.note(
                self.pos,
                Kind::Markup,
                "an XML declaration that is not at the start",
            );
        }
    }

    /// Skips what has `open` bytes at its start and ends with `close`, in constant memory.
    fn skip_past(
        &mut self,
        open: usize,
        close: [u8; 3],
        what: &'static str,
    ) -> io::Result<Option<Token>> {
        self.content = self.pos..self.pos;
        self.line();
        let start = self.line;
        self.started = true;
        self.pos += open;
        loop {
            if let Some(at) = memmem::find(&self.buf[self.pos..self.end], &close) {
                self.pos += at + close.len();
                return Ok(None);
            }
            self.pos = self.pos.max(self.end.saturating_sub(close.len() - 1));
            if !self.refill(self.pos)? {
                self.cut = Some(what);
                self.warnings
                    .note(Kind::Markup, start, || format!("{what} that never ends"));
                self.pos = self.end;
                return Ok(None);
            }
        }
    }

    /// Looks in what starts here until `find` succeeds, `limit` is passed or the file ends.
    fn find_within(
        &mut self,
        limit: usize,
        find: impl Fn(&[u8]) -> Option<usize>,
    ) -> io::Result<Option<usize>> {
        loop {
            let window = &self.buf[self.pos..self.end];
            if let Some(at) = find(window) {
                return Ok(Some(at));
            }
            if window.len() >= limit || !self.refill(self.pos)? {
                return Ok(None);
            }
        }
    }

    /// Has `len` bytes in the window from here on, unless the file ends before.
    fn ensure(&mut self, len: usize) -> io::Result<()> {
        while self.end - self.pos < len && self.refill(self.pos)? {}
        Ok(())
    }

    /// Reads on, keeping what starts at `keep`, which becomes the position; false at the end.
    fn refill(&mut self, keep: usize) -> io::Result<bool> {
        if self.eof {
            return Ok(false);
        }
        let keep_from = keep.min(self.checked);
        if keep_from > self.counted {
            self.line += newlines(&self.buf[self.counted..keep_from]);
            self.counted = keep_from;
        }
        self.buf.copy_within(keep_from..self.end, 0);
        self.end -= keep_from;
        self.pos = keep - keep_from;
        self.counted -= keep_from.min(self.counted);
        self.checked -= keep_from;
        if self.buf.len() - self.end < WINDOW / 2 {
            let len = self.buf.len() * 2;
            self.buf.resize(len, 0);
        }
        let before = self.end;
        while !self.eof && self.buf.len() - self.end >= 16 {
            let n = self.input.fill(&mut self.buf[self.end..])?;
            self.end += n;
            self.eof = n == 0;
        }
        let more = self.end > before;
        self.check_bytes();
        Ok(more)
    }

    /// Looks through what was read for bytes that XML does not allow.
    fn check_bytes(&mut self) {
        let fresh = &self.buf[self.checked..self.end];
        // Without early exit, so that it is compiled to vector instructions.
        let control = |b: u8| (b < 0x20) & !matches!(b, b'\t' | b'\n' | b'\r');
        let look = self.looks_for(Check::Controls);
        if look && fresh.iter().fold(false, |any, &b| any | control(b)) {
            let at = fresh.iter().position(|&b| control(b)).unwrap_or(0);
            let message = "a control character that XML does not allow";
            self.tell(Check::Controls, self.checked + at, message);
        }
        let fresh = &self.buf[self.checked..self.end];
        let mut valid = fresh.len();
        if self.looks_for(Check::Utf8)
            && !fresh.is_ascii()
            && let Err(error) = std::str::from_utf8(fresh)
        {
            valid = error.valid_up_to();
            if self.eof || error.error_len().is_some() {
                let message = "bytes that are not UTF-8, read as Windows-1252";
                self.tell(Check::Utf8, self.checked + valid, message);
                valid = self.end - self.checked;
            }
        }
        self.checked += valid;
    }

    fn looks_for(&self, check: Check) -> bool {
        !self.told[check as usize]
    }

    fn tell(&mut self, check: Check, at: usize, message: &str) {
        if std::mem::replace(&mut self.told[check as usize], true) {
            return;
        }
        let kind = match check {
            Check::Utf8 => Kind::Encoding,
            Check::Brackets | Check::Outside => Kind::Markup,
            Check::References | Check::Controls => Kind::Text,
        };
        self.note(at, kind, message);
    }

    fn note(&mut self, at: usize, kind: Kind, message: &str) {
        let line = self.line + newlines(&self.buf[self.counted.min(at)..at]);
        self.warnings.note(kind, line, || message.to_owned());
    }
}

const OUTSIDE: &str = "there is text outside of the report";

/// What is wrong with the `&` at the start of a text, if anything.
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

/// The length of a processing instruction; one with tests in it is none.
fn instruction_end(bytes: &[u8]) -> Option<usize> {
    let len = memmem::find(bytes, b"?>")? + 2;
    (!holds_tests(&bytes[..len])).then_some(len)
}

fn holds_tests(bytes: &[u8]) -> bool {
    [&b"<test"[..], b"</test"]
        .iter()
        .any(|tag| memmem::find(bytes, tag).is_some())
}

/// The length of a document type declaration with its internal subset.
fn document_type_end(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut inside) = (9, false);
    loop {
        let byte = *bytes.get(at)?;
        at += match byte {
            b'"' | b'\'' => memchr(byte, &bytes[at + 1..])? + 2,
            b'<' if bytes[at..].starts_with(b"<!--") => memmem::find(&bytes[at..], b"-->")? + 3,
            b'>' if !inside => return Some(at + 1),
            _ => 1,
        };
        inside = match byte {
            b'[' => true,
            b']' => false,
            _ => inside,
        };
    }
}
