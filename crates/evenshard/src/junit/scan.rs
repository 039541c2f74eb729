//! Finds the tags of a report in a window that slides over it, and skips all the rest with
//! `memchr`: text, CDATA, comments, processing instructions and document types of any length.
//!
//! Skipped bytes are checked as far as that costs little: line numbers, control characters, UTF-8, and
//! references until the first bad one.

use std::io;
use std::ops::Range;

use memchr::{memchr, memchr2, memchr3, memmem};

use super::attrs::TagText;
use super::input::Input;
use super::limits::{DECLARATION_BYTES, TAG_BYTES};
use super::shape::{self, Tag};
use super::texts::Excerpt;
use super::warn::{Kind, Warnings};
use super::window::{Check, OUTSIDE, Window};

/// Limit of `<?` and `<!DOCTYPE` that start no declaration; further ones are text, since each may
/// cost a look at [`DECLARATION_BYTES`]. All together cost 4 MiB.
const FAILURES: u32 = 16;

/// Bytes looked at for tags that were none; beyond, a tag that is not well-formed is followed for
/// [`IMPATIENT`] bytes only, so that odd text takes linear time. Four times
/// [`TAG_BYTES`].
const WASTE: usize = 64 << 20;
const IMPATIENT: usize = 1 << 10;

const NO_TAG: &str = "a '<' that starts no tag";

/// A tag, or the end of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A start tag; its content is [`Scanner::content`].
    Start,
    /// A start tag that is an end tag as well.
    Empty,
    /// An end tag; its name is [`Scanner::content`].
    End,
    /// The end of an empty tag that was too long to be kept.
    LongEnd,
    Eof,
}

/// A window over a report, with the warnings about it so far.
pub(super) struct Scanner<'r> {
    win: Window<'r>,
    content: Range<usize>,
    regular: bool,
    /// Set inside of a tag that was too long.
    long: Option<Long>,
    started: bool,
    /// Beginnings of declarations that were none.
    failures: u32,
    /// Bytes of tags that were none.
    wasted: usize,
    /// The construct within which the file ends.
    pub(super) cut: Option<&'static str>,
    /// Takes the text that passes, while somebody wants it.
    pub(super) capture: Option<Excerpt>,
}

/// A start tag that was cut because it is too long, and the quote that was open there.
struct Long(Option<u8>);

impl<'r> Scanner<'r> {
    pub(super) fn new(input: Input<'r>) -> Self {
        Self {
            win: Window::new(input),
            content: 0..0,
            regular: true,
            long: None,
            started: false,
            failures: 0,
            wasted: 0,
            cut: None,
            capture: None,
        }
    }

    /// Returns the last tag without its brackets and closing slash, or the name of an end tag.
    pub(super) fn content(&self) -> &[u8] {
        &self.win.buf[self.content.clone()]
    }

    /// Returns the content of the last start tag.
    pub(super) fn tag(&self) -> TagText<'_> {
        TagText::new(self.content(), self.regular)
    }

    /// Returns the line of the last tag, counted from 1.
    pub(super) fn line(&mut self) -> u64 {
        self.win.line_of(self.content.start)
    }

    pub(super) fn warnings(&mut self) -> &mut Warnings {
        &mut self.win.warnings
    }

    pub(super) fn input(&self) -> &Input<'r> {
        &self.win.input
    }

    /// Returns up to 64 bytes of the text between the last tag and the next one.
    pub(super) fn text_ahead(&mut self) -> io::Result<&[u8]> {
        // No time is longer than that.
        self.win.ensure(64)?;
        let ahead = &self.win.buf[self.win.pos..self.win.end.min(self.win.pos + 64)];
        Ok(&ahead[..memchr(b'<', ahead).unwrap_or(ahead.len())])
    }

    /// Finds the next tag. `outside` says that no element is open: text does not belong there.
    pub(super) fn next(&mut self, outside: bool) -> io::Result<Token> {
        if let Some(Long(quote)) = self.long.take() {
            return self.skip_long(quote);
        }
        while self.find_bracket(outside)? {
            // Enough for `<!DOCTYPE` and `<![CDATA[`.
            self.win.ensure(9)?;
            let found = match self.win.rest() {
                [_, b'/', name, ..] if shape::starts_name(*name) => self.end_tag()?,
                [_, name, ..] if shape::starts_name(*name) => self.start_tag()?,
                [_, b'!' | b'?', ..] => self.skip_declaration(outside)?,
                // A lone `<` at the end of the file.
                [_] => {
                    self.cut = Some("a tag");
                    self.win.pos = self.win.end;
                    None
                }
                _ => self.raw_bracket(),
            };
            if let Some(token) = found {
                self.started = true;
                return Ok(token);
            }
        }
        self.content = self.win.end..self.win.end;
        Ok(Token::Eof)
    }

    /// Passes the text up to the next `<`; returns false at the end of the file.
    fn find_bracket(&mut self, outside: bool) -> io::Result<bool> {
        loop {
            let text = self.win.rest();
            let found = if self.win.looks_for(Check::References) {
                memchr2(b'<', b'&', text)
            } else {
                memchr(b'<', text)
            };
            let len = found.unwrap_or(text.len());
            // Text is checked only until the first that is out of order.
            if outside && self.win.looks_for(Check::Outside) {
                self.win.check_outside(len);
            }
            if let Some(excerpt) = &mut self.capture {
                excerpt.push(&self.win.rest()[..len]);
            }
            self.win.pos += len;
            if found.is_none() {
                if !self.win.refill()? {
                    return Ok(false);
                }
            } else if self.win.buf[self.win.pos] == b'<' {
                return Ok(true);
            } else {
                self.win.check_reference()?;
                if let Some(excerpt) = &mut self.capture {
                    excerpt.push(b"&");
                }
            }
        }
    }

    fn raw_bracket(&mut self) -> Option<Token> {
        self.win.warn(Kind::Markup, NO_TAG);
        self.win.pos += 1;
        None
    }

    fn end_tag(&mut self) -> io::Result<Option<Token>> {
        let found = self
            .win
            .find_within(DECLARATION_BYTES, |bytes| memchr2(b'>', b'<', &bytes[2..]))?;
        let Some(len) = found else {
            return Ok(self.unfinished("a tag"));
        };
        // Without a `>` it ends where the next tag begins.
        let text = &self.win.buf[self.win.pos + 2..self.win.pos + 2 + len];
        let name = text.iter().position(|&b| shape::is_blank(b)).unwrap_or(len);
        self.content = self.win.pos + 2..self.win.pos + 2 + name;
        let whole = self.win.buf[self.win.pos + 2 + len] == b'>';
        if !whole {
            self.win.warn(Kind::Markup, "an end tag that is not closed");
        }
        self.win.pos += 2 + len + usize::from(whole);
        Ok(Some(Token::End))
    }

    fn start_tag(&mut self) -> io::Result<Option<Token>> {
        loop {
            let patience = if self.wasted > WASTE {
                IMPATIENT
            } else {
                usize::MAX
            };
            let window = self.win.rest();
            match shape::start_tag(window, patience) {
                Tag::Whole { len, regular } => {
                    let empty = window[len - 2] == b'/';
                    self.content = self.win.pos + 1..self.win.pos + len - 1 - usize::from(empty);
                    self.regular = regular;
                    self.win.pos += len;
                    // Once both were found, no tag has to be looked at again.
                    if self.win.looks_for(Check::References) || self.win.looks_for(Check::Brackets)
                    {
                        self.win.check_content(self.content.clone());
                    }
                    return Ok(Some(if empty { Token::Empty } else { Token::Start }));
                }
                Tag::Text(scanned) => {
                    self.wasted += scanned;
                    return Ok(self.raw_bracket());
                }
                Tag::Open(quote) if window.len() >= TAG_BYTES => {
                    let message = "a tag that is too long to be read whole";
                    self.win.warn(Kind::Limit, message);
                    self.content = self.win.pos + 1..self.win.end;
                    self.regular = false;
                    self.win.pos = self.win.end;
                    self.long = Some(Long(quote));
                    return Ok(Some(Token::Start));
                }
                Tag::Open(_) if self.win.refill()? => {}
                Tag::Open(_) => return Ok(self.unfinished("a tag")),
            }
        }
    }

    /// Takes a construct that never ends for the cut end of the file, unless other tags follow it.
    fn unfinished(&mut self, what: &'static str) -> Option<Token> {
        self.content = self.win.pos..self.win.pos;
        self.line();
        // All of the rest was looked at in vain.
        self.wasted += self.win.rest().len();
        if let Some(at) = next_tests(&self.win.rest()[1..]) {
            self.win.warn(Kind::Markup, NO_TAG);
            self.win.pos += 1 + at;
        } else {
            self.cut = Some(what);
            self.win.pos = self.win.end;
        }
        None
    }

    /// Skips to the end of a start tag whose first part was returned.
    fn skip_long(&mut self, mut quote: Option<u8>) -> io::Result<Token> {
        let mut last = 0;
        loop {
            let window = self.win.rest();
            let found = match quote {
                Some(quote) => memchr(quote, window),
                None => memchr3(b'"', b'\'', b'>', window),
            };
            let Some(at) = found else {
                last = window.last().copied().unwrap_or(last);
                self.win.pos = self.win.end;
                if self.win.refill()? {
                    continue;
                }
                self.cut = Some("a tag");
                self.content = self.win.end..self.win.end;
                return Ok(Token::Eof);
            };
            let mark = window[at];
            // The byte before `>` tells whether the tag is empty.
            if at > 0 {
                last = window[at - 1];
            }
            self.win.pos += at + 1;
            self.content = self.win.pos..self.win.pos;
            match quote {
                Some(_) => quote = None,
                None if mark != b'>' => quote = Some(mark),
                None if last == b'/' => return Ok(Token::LongEnd),
                None => return self.next(false),
            }
            last = mark;
        }
    }

    /// Skips comments, CDATA, document types and processing instructions.
    fn skip_declaration(&mut self, outside: bool) -> io::Result<Option<Token>> {
        let window = self.win.rest();
        if window.starts_with(b"<!--") {
            return self.skip_past(4, *b"-->", "a comment");
        }
        if window.starts_with(b"<![CDATA[") {
            if outside {
                self.win.report(Check::Outside, self.win.pos, OUTSIDE);
            }
            return self.skip_past(9, *b"]]>", "a CDATA section");
        }
        // Each attempt may look at a quarter of a megabyte.
        let patient = self.failures < FAILURES;
        let document_type =
            patient && window.len() >= 9 && window[..9].eq_ignore_ascii_case(b"<!DOCTYPE");
        let found = if document_type {
            self.win.find_within(DECLARATION_BYTES, document_type_end)?
        } else if patient && window[1] == b'?' {
            self.check_declaration();
            self.win.find_within(DECLARATION_BYTES, instruction_end)?
        } else if self.win.eof && window.len() < 9 {
            return Ok(self.unfinished("a tag"));
        } else {
            return Ok(self.raw_bracket());
        };
        match found {
            Some(len) => {
                self.win.pos += len;
                self.started = true;
                Ok(None)
            }
            None if self.win.eof => Ok(self.unfinished("a declaration")),
            None => {
                self.failures += 1;
                Ok(self.raw_bracket())
            }
        }
    }

    fn check_declaration(&mut self) {
        let window = self.win.rest();
        let xml = window.len() > 5 && window.starts_with(b"<?xml") && shape::is_blank(window[5]);
        if xml && (self.started || self.win.pos > 0) {
            let message = "an XML declaration that is not at the start";
            self.win.warn(Kind::Markup, message);
        }
    }

    /// Skips a construct with `open` bytes at its start and `close` at its end, in constant memory.
    fn skip_past(
        &mut self,
        open: usize,
        close: [u8; 3],
        what: &'static str,
    ) -> io::Result<Option<Token>> {
        self.content = self.win.pos..self.win.pos;
        let start = self.line();
        self.started = true;
        let open_mark = self.win.buf[self.win.pos + open - 1];
        self.win.pos += open;
        loop {
            let found = memmem::find(self.win.rest(), &close);
            if let (Some(excerpt), b'[') = (&mut self.capture, open_mark) {
                let rest = self.win.rest();
                let passed = rest.len().saturating_sub(close.len() - 1);
                excerpt.push_literal(&rest[..found.unwrap_or(passed)]);
            }
            if let Some(at) = found {
                self.win.pos += at + close.len();
                return Ok(None);
            }
            // The end of the construct may begin in what was read.
            let looked_at = self.win.end.saturating_sub(close.len() - 1);
            self.win.pos = looked_at.max(self.win.pos);
            if !self.win.refill()? {
                self.cut = Some(what);
                self.warnings()
                    .note(Kind::Markup, start, || format!("{what} that never ends"));
                self.win.pos = self.win.end;
                return Ok(None);
            }
        }
    }
}

/// Returns the length of a processing instruction. One over several lines with tests in it is
/// text that was not escaped, such as `<?php`.
fn instruction_end(bytes: &[u8]) -> Option<usize> {
    let len = memmem::find(bytes, b"?>")? + 2;
    let inside = &bytes[..len];
    let is_text = memchr(b'\n', inside).is_some() && next_tests(inside).is_some();
    (!is_text).then_some(len)
}

/// Finds the next tag of a suite or a case.
fn next_tests(bytes: &[u8]) -> Option<usize> {
    let found = [&b"<test"[..], b"</test"].map(|tag| memmem::find(bytes, tag));
    found.into_iter().flatten().min()
}

/// Returns the length of a document type declaration with its internal subset.
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
            // The internal subset may contain `>`.
            b'[' => true,
            b']' => false,
            _ => inside,
        };
    }
}
