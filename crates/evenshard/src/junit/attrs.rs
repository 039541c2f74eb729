//! Takes start tags apart: quick-xml reads well-formed ones, a lenient twin reads the others.

use std::borrow::Cow;

use quick_xml::events::attributes::Attributes;

use super::input::decode_western;
use super::limits::{ATTRIBUTES, TEXT_BYTES};
use super::shape::{self, Part};
use super::time::Doubt;

/// Oddities of a tag's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Odd {
    /// An attribute was written against the rules, or twice.
    pub(super) syntax: bool,
    /// A text was longer than is kept.
    pub(super) cut: bool,
    /// There are more attributes than are read.
    pub(super) many: bool,
    /// Times that need a warning, as written.
    pub(super) doubts: Vec<(Doubt, String)>,
}

/// The content of a start tag.
pub(super) struct TagText<'a> {
    text: Cow<'a, str>,
    /// Set when [`shape::start_tag`] found it well-formed.
    regular: bool,
}

/// Returns a tag's content as text: UTF-8, else Windows-1252.
pub(super) fn text(content: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(content) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) if error.error_len().is_none() => {
            // Cut at a limit within a character.
            let whole = &content[..error.valid_up_to()];
            String::from_utf8_lossy(whole)
        }
        Err(_) => Cow::Owned(decode_western(content)),
    }
}

impl<'a> TagText<'a> {
    pub(super) fn new(content: &'a [u8], regular: bool) -> Self {
        let text = text(content);
        Self { text, regular }
    }

    /// Calls `each` with every attribute's name and raw value, in the order of the text.
    pub(super) fn each<'t>(
        &'t self,
        odd: &mut Odd,
        mut each: impl FnMut(&'t str, &'t str, &mut Odd),
    ) {
        let content = &*self.text;
        let name = shape::name_len(content.as_bytes());
        if !self.regular {
            return each_leniently(content, name, odd, each);
        }
        let mut attributes = Attributes::new(content, name);
        // The scanner has checked the tag; names that come twice are noticed by their readers.
        attributes.with_checks(false);
        for (count, attribute) in attributes.enumerate() {
            if count == ATTRIBUTES {
                odd.many = true;
                break;
            }
            match attribute {
                Ok(attribute) => {
                    if let Cow::Borrowed(value) = attribute.value {
                        each(attribute.key.into_inner(), value, odd);
                    }
                }
                Err(_) => odd.syntax = true,
            }
        }
    }

    /// Returns the value of the first attribute of this name.
    pub(super) fn attribute(&self, name: &str, odd: &mut Odd) -> Option<String> {
        let mut found = None;
        self.each(odd, |key, raw, odd| {
            if key == name && found.is_none() {
                let mut value = String::new();
                push_value(raw, &mut value, odd);
                found = Some(value);
            }
        });
        found
    }
}

/// Calls `each` for the attributes of a tag that is not well-formed, from `at` on.
fn each_leniently<'t>(
    content: &'t str,
    mut at: usize,
    odd: &mut Odd,
    mut each: impl FnMut(&'t str, &'t str, &mut Odd),
) {
    odd.syntax = true;
    for count in 0.. {
        let part = shape::attribute(content.as_bytes(), &mut at);
        if count == ATTRIBUTES && !matches!(part, Part::End) {
            odd.many = true;
            break;
        }
        match part {
            Part::End => break,
            Part::Noise => {}
            Part::Attribute { key, value } => {
                // The borders are ASCII marks, so both ranges are whole characters.
                if let (Some(key), Some(value)) = (content.get(key), content.get(value)) {
                    each(key, value, odd);
                }
            }
        }
    }
}

/// Appends an attribute's value as XML means it: references resolved, literal tabs and line ends
/// as blanks.
pub(super) fn push_value(raw: &str, out: &mut String, odd: &mut Odd) {
    let raw = cut(raw, odd);
    let special = |byte: u8| byte == b'&' || byte < b' ';
    // Without early exit, so that it is compiled to vector instructions.
    if !raw.bytes().fold(false, |any, byte| any | special(byte)) {
        out.push_str(raw);
        return;
    }
    let mut rest = raw;
    while let Some(at) = rest.bytes().position(special) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        rest = &tail[1..];
        match tail.as_bytes() {
            [b'&', ..] => rest = push_reference(tail, out),
            [b'\r', b'\n', ..] => {
                out.push(' ');
                rest = &tail[2..];
            }
            [b'\r' | b'\n' | b'\t', ..] => out.push(' '),
            _ => out.push_str(&tail[..1]),
        }
    }
    out.push_str(rest);
}

/// Appends the text of an element as XML means it: references resolved, line ends as `\n`.
pub(super) fn push_text(raw: &str, out: &mut String) {
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\r']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        rest = match tail.strip_prefix('\r') {
            Some(tail) => {
                out.push('\n');
                tail.strip_prefix('\n').unwrap_or(tail)
            }
            None => push_reference(tail, out),
        };
    }
    out.push_str(rest);
}

fn cut<'a>(raw: &'a str, odd: &mut Odd) -> &'a str {
    if raw.len() <= TEXT_BYTES {
        return raw;
    }
    odd.cut = true;
    let mut end = TEXT_BYTES;
    while !raw.is_char_boundary(end) {
        end -= 1;
    }
    &raw[..end]
}

/// Resolves the reference at the start of `tail`, or leaves it as written; returns the rest.
fn push_reference<'a>(tail: &'a str, out: &mut String) -> &'a str {
    let Some((reference, len)) = shape::reference(tail.as_bytes()) else {
        out.push('&');
        return &tail[1..];
    };
    let rest = &tail[len..];
    match reference {
        shape::Reference::Char(c) => out.push(c),
        shape::Reference::Undefined => out.push_str(&tail[..len]),
        shape::Reference::Illegal(code) => match char::from_u32(code) {
            Some(c) => out.push(c),
            None => return push_pair(code, &tail[..len], rest, out),
        },
    }
    rest
}

/// Joins two references to surrogates, as Java writes characters beyond the basic plane.
fn push_pair<'a>(high: u32, written: &str, rest: &'a str, out: &mut String) -> &'a str {
    if let (0xd800..=0xdbff, Some((shape::Reference::Illegal(low @ 0xdc00..=0xdfff), len))) =
        (high, shape::reference(rest.as_bytes()))
        && let Some(c) = char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))
    {
        out.push(c);
        return &rest[len..];
    }
    out.push_str(written);
    rest
}
