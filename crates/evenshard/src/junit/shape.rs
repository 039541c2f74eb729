//! The shape of markup: the ends of start tags, their parts, references.
//!
//! Everything here works on bytes in memory. Where the text can be read as well-formed XML it is;
//! elsewhere the functions follow a careful reader.

use std::ops::Range;

use memchr::{memchr, memmem};

/// Bytes that a reference may have, `&` and `;` included: more than any that is in use, so that a
/// lone `&` costs little.
pub(super) const REFERENCE: usize = 40;

/// The reading of a `<` and the bytes behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// A start tag; its length includes `<` and `>`.
    Whole {
        len: usize,
        /// Set when all of it is well-formed.
        regular: bool,
    },
    /// A tag that does not end within these bytes, and the quote that is open there.
    Open(Option<u8>),
    /// A `<` in a text, after a look at this many bytes.
    Text(usize),
}

/// A part of the text of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    End,
    /// Anything but an attribute.
    Noise,
    Attribute {
        key: Range<usize>,
        /// The value without its quotes.
        value: Range<usize>,
    },
}

pub(super) const fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b':' || byte >= 0x80
}

/// The bytes that a name can go on with: a table, since names are read byte by byte.
const NAME: [bool; 256] = {
    let (mut table, mut byte) = ([false; 256], 0_u8);
    loop {
        table[byte as usize] =
            starts_name(byte) || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Returns the length of the name at the start of `bytes`.
pub(super) fn name_len(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|&b| !NAME[b as usize])
        .unwrap_or(bytes.len())
}

/// Finds the end of the start tag that begins with the `<` at the start of `bytes`.
///
/// Quotes count only where a value can be, so that an apostrophe in a body which was written
/// without escaping does not swallow the file. A tag that is not well-formed is followed for
/// `patience` bytes only.
pub(super) fn start_tag(bytes: &[u8], patience: usize) -> Tag {
    match tag(bytes, Quotes::Plain, patience) {
        whole @ Tag::Whole { regular: true, .. } => whole,
        open @ Tag::Open(_) => open,
        _ => tag(bytes, Quotes::Doubtful, patience),
    }
}

/// Rules that tell a closing quote from one that was meant as a character.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// A blank or the end of the tag follows it: holds in all well-formed tags, and is quick.
    Plain,
    /// Moreover, the bytes behind the blank go on as a tag does.
    Doubtful,
    /// As `Doubtful`, in the content of a tag, which ends with these bytes.
    Content,
}

fn tag(bytes: &[u8], quotes: Quotes, patience: usize) -> Tag {
    let name = 1 + name_len(&bytes[1..]);
    let (mut at, mut regular) = (name, true);
    loop {
        // Each odd `<` may cost a look at the rest of the file.
        if !regular && at > patience {
            return Tag::Text(at);
        }
        let from = at;
        at += blanks(&bytes[at..]);
        match bytes.get(at) {
            None => return Tag::Open(None),
            Some(b'>') => {
                return Tag::Whole {
                    len: at + 1,
                    regular,
                };
            }
            Some(b'/') => {
                match bytes.get(at + 1) {
                    None => return Tag::Open(None),
                    Some(b'>') => {}
                    Some(_) if at == name => return Tag::Text(at),
                    // A slash within the tag, as in a path without quotes.
                    Some(_) => regular = false,
                }
                at += 1;
            }
            Some(b'<') => return Tag::Text(at),
            // `a<b,c` in a text: a name ends with a blank, a slash or the tag.
            Some(_) if at == name => return Tag::Text(at),
            Some(_) => {
                regular &= from < at;
                match one_attribute(bytes, &mut at, quotes, patience) {
                    Step::Done(tidy) => regular &= tidy,
                    Step::Open(quote) => return Tag::Open(quote),
                    Step::Text => return Tag::Text(at),
                }
            }
        }
    }
}

enum Step {
    Done(bool),
    Open(Option<u8>),
    Text,
}

/// Passes an attribute, or anything instead of one.
fn one_attribute(bytes: &[u8], at: &mut usize, quotes: Quotes, patience: usize) -> Step {
    let name = name_len(&bytes[*at..]);
    let mut tidy = name > 0;
    *at += name;
    if name == 0 && bytes[*at] != b'=' {
        // A quote or another mark that belongs to no attribute.
        *at += 1;
        return Step::Done(false);
    }
    let after = *at + blanks(&bytes[*at..]);
    match bytes.get(after) {
        None => return Step::Open(None),
        Some(b'=') => *at = after + 1,
        Some(_) => return Step::Done(false),
    }
    *at += blanks(&bytes[*at..]);
    match bytes.get(*at) {
        None => Step::Open(None),
        Some(&quote @ (b'"' | b'\'')) => match value_end(bytes, *at + 1, quote, quotes, patience) {
            Close::At { end, clean } => {
                tidy &= clean;
                *at = end + 1;
                Step::Done(tidy)
            }
            Close::Open => Step::Open(Some(quote)),
            Close::Lost => Step::Text,
        },
        Some(_) => {
            *at += unquoted(&bytes[*at..]);
            Step::Done(false)
        }
    }
}

enum Close {
    At { end: usize, clean: bool },
    Open,
    Lost,
}

/// Finds the quote that closes a value: the end of the tag or another attribute follows it.
fn value_end(bytes: &[u8], start: usize, quote: u8, quotes: Quotes, patience: usize) -> Close {
    let (mut from, mut clean) = (start, true);
    loop {
        let Some(found) = memchr(quote, &bytes[from..]) else {
            return Close::Open;
        };
        let end = from + found;
        if !clean && end - start > patience {
            return Close::Lost;
        }
        let next = bytes.get(end + 1).copied();
        let apart = next.is_some_and(|next| is_blank(next) || matches!(next, b'>' | b'/'));
        if apart && quotes == Quotes::Plain {
            return Close::At { end, clean };
        }
        match goes_on(&bytes[end + 1..]) {
            Some(true) => {
                return Close::At {
                    end,
                    clean: clean && apart,
                };
            }
            None if quotes == Quotes::Content => return Close::At { end, clean },
            // The tag may go on in bytes that are not read yet.
            None => return Close::Open,
            Some(false) => {}
        }
        // The closing quote is missing, and the value ran into the next element.
        if [&b"<test"[..], b"</test"]
            .iter()
            .any(|tag| memmem::find(&bytes[from..end], tag).is_some())
        {
            return Close::Lost;
        }
        clean = false;
        from = end + 1;
    }
}

/// Returns true when a tag goes on like this after a value: with names, one of them before a `=`,
/// or with its end. `None` when the bytes end too early to tell.
fn goes_on(bytes: &[u8]) -> Option<bool> {
    let (mut at, mut names) = (0, 0);
    loop {
        let gap = blanks(&bytes[at..]);
        at += gap;
        match *bytes.get(at)? {
            b'>' | b'/' => return Some(true),
            b'=' => {
                let rest = &bytes[at + 1..];
                let value = *rest.get(blanks(rest))?;
                let apart = is_blank(bytes[0]);
                return Some(names > 0 && (apart || matches!(value, b'"' | b'\'')));
            }
            byte if starts_name(byte) && (at == 0 || gap > 0) => at += name_len(&bytes[at..]),
            _ => return Some(false),
        }
        names += 1;
    }
}

/// Reads and passes the part at `at` in the content of a tag that is not well-formed.
pub(super) fn attribute(content: &[u8], at: &mut usize) -> Part {
    *at += blanks(&content[*at..]);
    if *at >= content.len() {
        return Part::End;
    }
    let key = *at..*at + name_len(&content[*at..]);
    let after = key.end + blanks(&content[key.end..]);
    if key.is_empty() || content.get(after) != Some(&b'=') {
        // At least one byte, so that any text ends.
        *at = key.end.max(*at + 1);
        return Part::Noise;
    }
    let start = after + 1 + blanks(&content[after + 1..]);
    let value = if let Some(&quote @ (b'"' | b'\'')) = content.get(start) {
        let end = match value_end(content, start + 1, quote, Quotes::Content, usize::MAX) {
            Close::At { end, .. } => end,
            Close::Open | Close::Lost => content.len(),
        };
        *at = (end + 1).min(content.len());
        start + 1..end
    } else {
        *at = start + unquoted(&content[start..]);
        start..*at
    };
    Part::Attribute { key, value }
}

fn unquoted(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|&b| is_blank(b) || b == b'>')
        .unwrap_or(bytes.len())
}

pub(super) fn blanks(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|&b| !is_blank(b))
        .unwrap_or(bytes.len())
}

/// The meaning of a reference such as `&amp;` or `&#9;`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    Char(char),
    /// A code point that XML does not allow, perhaps half of a surrogate pair.
    Illegal(u32),
    /// An entity that is not built in. Declared ones are never expanded.
    Undefined,
}

/// Reads the reference that starts with the `&` at the start of `bytes`; also returns its length.
pub(super) fn reference(bytes: &[u8]) -> Option<(Reference, usize)> {
    let end = memchr(b';', &bytes[..bytes.len().min(REFERENCE)])?;
    let found = match &bytes[1..end] {
        b"lt" => Reference::Char('<'),
        b"gt" => Reference::Char('>'),
        b"amp" => Reference::Char('&'),
        b"quot" => Reference::Char('"'),
        b"apos" => Reference::Char('\''),
        [b'#', b'x', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        [first, rest @ ..] if starts_name(*first) && name_len(rest) == rest.len() => {
            Reference::Undefined
        }
        _ => return None,
    };
    Some((found, end + 1))
}

fn number(digits: &[u8], radix: u32) -> Option<Reference> {
    if digits.is_empty() {
        return None;
    }
    // By hand: the standard library would take a sign.
    let mut code = 0_u32;
    for &digit in digits {
        let digit = char::from(digit).to_digit(radix)?;
        code = code.checked_mul(radix)?.checked_add(digit)?;
    }
    Some(match code {
        9 | 10 | 13 | 0x20..=0xd7ff | 0xe000..=0xfffd | 0x1_0000..=0x10_ffff => {
            char::from_u32(code).map_or(Reference::Illegal(code), Reference::Char)
        }
        _ => Reference::Illegal(code),
    })
}
