//! The shape of markup: where a start tag ends, what its parts are, what a reference says.
//!
//! All of it works on bytes in memory and keeps to what well-formed XML would mean wherever
//! the text allows that reading; beyond, it follows what a careful reader would see.

use std::ops::Range;

use memchr::{memchr, memmem};

/// Bytes that a reference may have, `&` and `;` included.
pub(super) const REFERENCE: usize = 40;

/// What `<` and what follows it turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// A start tag of so many bytes, `<` and `>` included.
    Whole {
        /// Its length.
        len: usize,
        /// Whether all of it is well-formed.
        regular: bool,
    },
    /// It does not end within the bytes given; the quote that is open there, if any.
    Open(Option<u8>),
    /// No tag: a `<` in a text.
    Text,
}

/// What stands at a place in the text of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The end of the tag.
    End,
    /// Something that is no attribute.
    Noise,
    /// An attribute, its value without quotes.
    Attribute {
        /// The name's place.
        key: Range<usize>,
        /// The value's place.
        value: Range<usize>,
    },
}

/// Whether a name can start with this byte.
pub(super) const fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b':' || byte >= 0x80
}

/// Which bytes a name can go on with, as a table since names are read byte by byte.
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

/// The length of the name at the start of `bytes`.
pub(super) fn name_len(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|&b| !NAME[b as usize])
        .unwrap_or(bytes.len())
}

/// Finds the end of the start tag that begins with the `<` at the start of `bytes`.
///
/// Quotes count only where a value can stand, so that an apostrophe in a body which was
/// written without escaping does not swallow the file.
pub(super) fn start_tag(bytes: &[u8]) -> Tag {
    let name = 1 + name_len(&bytes[1..]);
    let (mut at, mut regular) = (name, true);
    loop {
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
                    Some(_) if at == name => return Tag::Text,
                    Some(_) => regular = false,
                }
                at += 1;
            }
            Some(b'<') => return Tag::Text,
            // `a<b,c` in a text: a name ends with a blank, a slash or the tag.
            Some(_) if at == name => return Tag::Text,
            Some(_) => {
                regular &= from < at;
                match one_attribute(bytes, &mut at) {
                    Step::Done(tidy) => regular &= tidy,
                    Step::Open(quote) => return Tag::Open(quote),
                    Step::Text => return Tag::Text,
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

/// Passes over what should be an attribute.
fn one_attribute(bytes: &[u8], at: &mut usize) -> Step {
    let name = name_len(&bytes[*at..]);
    let mut tidy = name > 0;
    *at += name;
    if name == 0 && bytes[*at] != b'=' {
        // A quote or another mark out of place.
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
        Some(&quote @ (b'"' | b'\'')) => match value_end(bytes, *at + 1, quote) {
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

/// Finds the quote that closes a value. One that is followed by neither the end of the tag nor
/// another attribute was meant as a character.
fn value_end(bytes: &[u8], start: usize, quote: u8) -> Close {
    let (mut from, mut clean) = (start, true);
    loop {
        let Some(found) = memchr(quote, &bytes[from..]) else {
            return Close::Open;
        };
        let end = from + found;
        match bytes.get(end + 1) {
            Some(&next) if is_blank(next) || matches!(next, b'>' | b'/' | b'?') => {
                return Close::At { end, clean };
            }
            // The tag may go on in what is not there yet.
            None => return Close::Open,
            Some(_) if attribute_follows(&bytes[end + 1..]) => {
                return Close::At { end, clean: false };
            }
            Some(_) => {}
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

fn attribute_follows(bytes: &[u8]) -> bool {
    let name = name_len(bytes);
    let rest = &bytes[name..];
    let rest = &rest[blanks(rest)..];
    let [b'=', rest @ ..] = rest else {
        return false;
    };
    let rest = &rest[blanks(rest)..];
    name > 0 && matches!(rest.first(), Some(b'"' | b'\''))
}

/// Reads what stands at `at` in the content of a tag that is not well-formed, and passes it.
pub(super) fn attribute(content: &[u8], at: &mut usize) -> Part {
    *at += blanks(&content[*at..]);
    if *at >= content.len() {
        return Part::End;
    }
    let key = *at..*at + name_len(&content[*at..]);
    let after = key.end + blanks(&content[key.end..]);
    if key.is_empty() || content.get(after) != Some(&b'=') {
        *at = key.end.max(*at + 1);
        return Part::Noise;
    }
    let start = after + 1 + blanks(&content[after + 1..]);
    let value = if let Some(&quote @ (b'"' | b'\'')) = content.get(start) {
        let end = match value_end(content, start + 1, quote) {
            Close::At { end, .. } => end,
            // The content ends where its last value does, or in the middle of it.
            Close::Open | Close::Lost => match content.split_last() {
                Some((last, rest)) if *last == quote && rest.len() > start => rest.len(),
                _ => content.len(),
            },
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

/// What a reference such as `&amp;` or `&#9;` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// This character.
    Char(char),
    /// A code point that XML does not allow, perhaps half of a surrogate pair.
    Illegal(u32),
    /// An entity that is not built in. Declared ones are never expanded.
    Undefined,
}

/// Reads the reference at the start of `bytes`, which is a `&`; also gives its length.
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
