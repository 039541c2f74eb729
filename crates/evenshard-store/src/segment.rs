//! One segment of a key: any text, written so that every store and every disk keeps it apart.

use std::fmt;
use std::fmt::Write as _;

/// A text as one segment of a key.
///
/// Small ASCII letters, digits, `-`, `_` and inner `.` stay. Everything else becomes `=` and two
/// hexadecimal digits a byte, capitals too: some disks do not tell `A` from `a`. No segment is
/// empty, `.`, `..` or a device name of Windows, and none has a `/`.
///
/// A text that would need more than 120 bytes is cut and ends with `==` and a digest of all of
/// it, so two different texts never share a segment.
///
/// ```
/// use evenshard_store::Segment;
///
/// assert_eq!(Segment::new("build-4711").as_str(), "build-4711");
/// assert_eq!(Segment::new("../x").as_str(), "..=2fx");
/// assert_eq!(Segment::decode("..=2fx").as_deref(), Some("../x"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Segment(String);

/// Disks take 255 bytes a name; `object_store` appends a number to the files that it stages.
const LONGEST: usize = 120;
/// The readable part of a text that is cut.
const START: usize = 80;

impl Segment {
    /// The segment of this text.
    pub fn new(text: &str) -> Self {
        let mut out = String::with_capacity(text.len());
        let mut start = 0;
        for (at, byte) in text.bytes().enumerate() {
            let keep = match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => true,
                // Windows drops a dot at the end of a name.
                b'.' => at + 1 < text.len(),
                _ => false,
            };
            if keep && !(at == 0 && is_device(text)) {
                out.push(char::from(byte));
            } else {
                let _ = write!(out, "={byte:02x}");
            }
            if out.len() <= START {
                start = out.len();
            }
        }
        if out.is_empty() {
            out.push('=');
        }
        if out.len() > LONGEST {
            out.truncate(start);
            let digest = blake3::hash(text.as_bytes()).to_hex();
            let _ = write!(out, "=={}", &digest[..32]);
        }
        Self(out)
    }

    /// The text of a segment: the beginning of it where it was cut, `None` where no
    /// [`Segment`] is written like that.
    pub fn decode(segment: &str) -> Option<String> {
        let (body, cut) = match segment.split_once("==") {
            Some((body, digest)) => (body, Some(digest)),
            None => (segment, None),
        };
        let mut bytes = Vec::with_capacity(body.len());
        let mut rest = body.as_bytes();
        while let [first, tail @ ..] = rest {
            rest = tail;
            if *first != b'=' {
                bytes.push(*first);
                continue;
            }
            if body == "=" {
                break;
            }
            let (digits, tail) = rest.split_first_chunk::<2>()?;
            bytes.push(hex(digits[0])? << 4 | hex(digits[1])?);
            rest = tail;
        }
        if let Some(digest) = cut {
            let whole = digest.len() == 32 && digest.bytes().all(|b| hex(b).is_some());
            return whole.then(|| String::from_utf8_lossy(&bytes).into_owned());
        }
        let text = String::from_utf8(bytes).ok()?;
        (Self::new(&text).0 == segment).then_some(text)
    }

    /// The segment as it is in keys.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Names that Windows keeps for devices, with any extension.
fn is_device(text: &str) -> bool {
    let stem = text.split('.').next().unwrap_or_default();
    match stem {
        "con" | "prn" | "aux" | "nul" => true,
        _ => {
            let port = stem.strip_prefix("com").or(stem.strip_prefix("lpt"));
            port.is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()))
        }
    }
}
