//! Text with its escapes read, and where each of its bytes was written.

use std::borrow::Cow;

/// A way of writing bytes in more than one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    /// `&lt;`, `&#10;`, `&#xA;`, and CDATA sections that are cut.
    Xml,
    /// `\n`, `\"`, `\u00e9`, `\xe9`.
    Backslash,
}

/// Text with some of its escapes read.
#[derive(Debug)]
pub(super) struct Decoded<'t> {
    bytes: Cow<'t, [u8]>,
    /// Per round of reading, where decoded bytes and source bytes part: from decoded position
    /// `.0` on, the source is at `.1`. In ascending order; without an entry both are equal.
    shifts: Vec<Vec<(usize, usize)>>,
}

impl<'t> Decoded<'t> {
    /// Reads `text` with the first of `rounds`, the result with the second, and so on.
    pub(super) fn of(text: &'t [u8], rounds: &[Escapes]) -> Self {
        let mut read = Self {
            bytes: Cow::Borrowed(text),
            shifts: Vec::with_capacity(rounds.len()),
        };
        for &escapes in rounds {
            let (bytes, shifts) = decode(&read.bytes, escapes);
            read.bytes = Cow::Owned(bytes);
            read.shifts.push(shifts);
        }
        read
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The place in the source of the decoded byte at `at`; the byte before ends there.
    pub(super) fn source(&self, at: usize) -> usize {
        let rounds = self.shifts.iter().rev();
        rounds.fold(at, |at, shifts| begin(shifts, at))
    }
}

fn begin(shifts: &[(usize, usize)], at: usize) -> usize {
    match shifts.partition_point(|&(decoded, _)| decoded <= at) {
        0 => at,
        n => at - shifts[n - 1].0 + shifts[n - 1].1,
    }
}

fn decode(text: &[u8], escapes: Escapes) -> (Vec<u8>, Vec<(usize, usize)>) {
    let mark = match escapes {
        Escapes::Xml => [b'&', b']'],
        Escapes::Backslash => [b'\\', b'\\'],
    };
    let mut out = Vec::with_capacity(text.len());
    let mut shifts = Vec::new();
    let mut at = 0;
    while let Some(found) = memchr::memchr2(mark[0], mark[1], &text[at..]) {
        out.extend_from_slice(&text[at..at + found]);
        at += found;
        let read = match escapes {
            Escapes::Xml => xml(&text[at..]),
            Escapes::Backslash => backslash(&text[at..]),
        };
        if let Some((byte, length)) = read {
            if let Some(c) = byte {
                let start = out.len();
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                // The bytes of one character belong to its escape as a whole.
                shifts.extend((start + 1..out.len()).map(|decoded| (decoded, at)));
            }
            at += length;
            shifts.push((out.len(), at));
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    out.extend_from_slice(&text[at..]);
    (out, shifts)
}

/// The character at the beginning of `text`, and how many bytes write it.
type Read = Option<(Option<char>, usize)>;

fn xml(text: &[u8]) -> Read {
    const CUT: &[u8] = b"]]><![CDATA[";
    if text.starts_with(CUT) {
        return Some((None, CUT.len()));
    }
    // The longest reference that means anything is `&#x0010FFFF;`, give or take zeros.
    let length = text.iter().take(16).position(|&b| b == b';')?;
    let name = std::str::from_utf8(text[..length].strip_prefix(b"&")?).ok()?;
    let c = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((Some(c), length + 1))
}

fn backslash(text: &[u8]) -> Read {
    let c = match text.get(1)? {
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'x' => return Some((char::from_u32(hex(text.get(2..4)?)?), 4)),
        b'u' => return unicode(text),
        &c @ (b'"' | b'\'' | b'/' | b'\\') => char::from(c),
        _ => return None,
    };
    Some((Some(c), 2))
}

fn unicode(text: &[u8]) -> Read {
    let high = hex(text.get(2..6)?)?;
    if let Some(c) = char::from_u32(high) {
        return Some((Some(c), 6));
    }
    let low = text.get(6..12)?.strip_prefix(b"\\u")?;
    let pair = char::decode_utf16([u16::try_from(high).ok()?, u16::try_from(hex(low)?).ok()?]);
    let c = pair.into_iter().next()?.ok()?;
    Some((Some(c), 12))
}

fn hex(digits: &[u8]) -> Option<u32> {
    let all = digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| all)?;
    u32::from_str_radix(digits, 16).ok()
}
