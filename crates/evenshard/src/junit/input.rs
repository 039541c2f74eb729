//! From a file's bytes to text: decompression, the digest, and the encoding.

use std::io::{self, BufReader, Chain, Cursor, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use flate2::read::MultiGzDecoder;

use super::limits::{INFLATED_BYTES, INFLATION};

/// Bytes among which an XML declaration is looked for: some tools print lines before it. Chosen, not
/// measured.
const HEAD: usize = 1_024;
/// Bytes that are decoded at once. Chosen, not measured.
const RAW: usize = 64 << 10;

/// The raw bytes, counted. It distinguishes errors of the file from those of its decompression.
struct Tap<'r> {
    inner: Chain<Cursor<Vec<u8>>, &'r mut dyn Read>,
    count: u64,
    failed: bool,
}

impl Read for Tap<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = read_some(&mut self.inner, out);
        self.failed |= read.is_err();
        self.count += read.as_ref().map_or(0, |&n| n as u64);
        read
    }
}

enum Stream<'r> {
    Plain(Tap<'r>),
    Gzip(Box<MultiGzDecoder<Tap<'r>>>),
    Zstd(Box<zstd::Decoder<'static, BufReader<Tap<'r>>>>),
}

impl<'r> Stream<'r> {
    /// Opens a stream by its first bytes.
    fn open(inner: &'r mut dyn Read) -> io::Result<Self> {
        let mut head = Vec::new();
        inner.take(4).read_to_end(&mut head)?;
        // The magic numbers of the two formats.
        let gzip = head.starts_with(&[0x1f, 0x8b]);
        let zstd = head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
        let tap = Tap {
            inner: Cursor::new(head).chain(inner),
            count: 0,
            failed: false,
        };
        Ok(if gzip {
            Self::Gzip(Box::new(MultiGzDecoder::new(tap)))
        } else if zstd {
            Self::Zstd(Box::new(zstd::Decoder::new(tap)?))
        } else {
            Self::Plain(tap)
        })
    }

    fn reader(&mut self) -> &mut dyn Read {
        match self {
            Self::Plain(tap) => tap,
            Self::Gzip(gzip) => gzip,
            Self::Zstd(zstd) => zstd,
        }
    }

    fn tap(&self) -> &Tap<'r> {
        match self {
            Self::Plain(tap) => tap,
            Self::Gzip(gzip) => gzip.get_ref(),
            Self::Zstd(zstd) => zstd.get_ref().get_ref(),
        }
    }
}

/// The decompressed bytes, digested.
struct Unpacked<'r> {
    stream: Stream<'r>,
    hasher: blake3::Hasher,
    inflated: u64,
    over: bool,
    /// The reason for which the file was left before its end.
    damage: Option<String>,
}

impl Unpacked<'_> {
    /// Reads decompressed bytes and digests them. Damaged content ends the text; only failures to
    /// read the file are errors.
    fn pull(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.over || out.is_empty() {
            return Ok(0);
        }
        if self.is_bomb() {
            let inflated = self.inflated;
            self.stop(format!(
                "it unpacks to more than {INFLATION} times its size: cut off after {inflated} bytes"
            ));
            return Ok(0);
        }
        match read_some(self.stream.reader(), out) {
            Ok(0) => self.over = true,
            Ok(n) => {
                self.hasher.update(&out[..n]);
                self.inflated += n as u64;
                return Ok(n);
            }
            // Of the file itself, not of its compression.
            Err(error) if self.stream.tap().failed => return Err(error),
            Err(error) => self.stop(format!("the compressed file is damaged: {error}")),
        }
        Ok(0)
    }

    fn is_bomb(&self) -> bool {
        !matches!(self.stream, Stream::Plain(_))
            && self.inflated > INFLATED_BYTES
            && self.inflated / INFLATION > self.stream.tap().count
    }

    fn stop(&mut self, why: String) {
        self.over = true;
        self.damage = Some(why);
    }
}

/// A report's text in pieces, in UTF-8 where its encoding is known.
pub(super) struct Input<'r> {
    bytes: Unpacked<'r>,
    decoder: Option<Decoder>,
    replaced: bool,
    /// Set when all text is decoded.
    decoded: bool,
    /// Bytes that are not handed on yet: those from `taken` to `filled`.
    raw: Vec<u8>,
    taken: usize,
    filled: usize,
    /// An oddity of the encoding.
    pub(super) oddity: Option<String>,
}

impl<'r> Input<'r> {
    /// Opens a report, plain, gzip or zstd.
    pub(super) fn open(inner: &'r mut dyn Read) -> io::Result<Self> {
        let mut bytes = Unpacked {
            stream: Stream::open(inner)?,
            hasher: blake3::Hasher::new(),
            inflated: 0,
            over: false,
            damage: None,
        };
        let (mut raw, mut filled) = (vec![0; HEAD], 0);
        // A pipe can serve a few bytes at a time.
        while filled < HEAD && !bytes.over {
            filled += bytes.pull(&mut raw[filled..])?;
        }
        let (taken, encoding, oddity) = detect(&raw[..filled]);
        let mut decoder = None;
        if encoding != UTF_8 {
            decoder = Some(encoding.new_decoder_without_bom_handling());
            raw.resize(RAW, 0);
        }
        Ok(Self {
            bytes,
            decoder,
            replaced: false,
            decoded: false,
            raw,
            taken,
            filled,
            oddity,
        })
    }

    /// Returns true when the text is the file's own bytes, which may be no UTF-8.
    pub(super) fn is_verbatim(&self) -> bool {
        self.decoder.is_none()
    }

    /// Returns true when bytes had no meaning in an encoding other than UTF-8.
    pub(super) fn has_replacements(&self) -> bool {
        self.replaced
    }

    /// Returns BLAKE3 of the decompressed bytes so far.
    pub(super) fn digest(&self) -> String {
        self.bytes.hasher.finalize().to_hex().to_string()
    }

    /// Returns the reason for which the file was left before its end.
    pub(super) fn damage(&self) -> Option<String> {
        self.bytes.damage.clone()
    }

    /// Fills the front of `out`, which has room for 16 bytes at least; returns 0 at the end.
    pub(super) fn fill(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.decoder.is_some() {
            return self.decode(out);
        }
        if self.taken < self.filled {
            let n = (self.filled - self.taken).min(out.len());
            out[..n].copy_from_slice(&self.raw[self.taken..self.taken + n]);
            self.taken += n;
            return Ok(n);
        }
        self.bytes.pull(out)
    }

    fn decode(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = self.decoder.as_mut().filter(|_| !self.decoded) {
            if self.taken == self.filled && !self.bytes.over {
                (self.taken, self.filled) = (0, self.bytes.pull(&mut self.raw)?);
            }
            let (raw, last) = (&self.raw[self.taken..self.filled], self.bytes.over);
            let (result, read, written, replaced) = decoder.decode_to_utf8(raw, out, last);
            self.taken += read;
            self.replaced |= replaced;
            self.decoded = result == CoderResult::InputEmpty && last;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

/// Returns the whole text of a file in UTF-8, at most `most` bytes, and the reason for which the
/// file was left before its end.
pub(crate) fn whole(inner: &mut dyn Read, most: u64) -> io::Result<(Vec<u8>, Option<String>)> {
    let mut input = Input::open(inner)?;
    let mut text = Vec::new();
    loop {
        let end = text.len();
        text.resize(end + RAW, 0);
        let n = input.fill(&mut text[end..])?;
        text.truncate(end + n);
        if n > 0 && text.len() as u64 > most {
            let why = format!("it holds more than {} MiB", most >> 20);
            return Ok((text, Some(why)));
        }
        if n == 0 {
            return Ok((text, input.damage()));
        }
    }
}

/// Tells the encoding by the first bytes: how many of them to skip, the encoding, an oddity.
fn detect(head: &[u8]) -> (usize, &'static Encoding, Option<String>) {
    if head.starts_with(&[0xef, 0xbb, 0xbf]) {
        return (3, UTF_8, None);
    }
    if head.starts_with(&[0xff, 0xfe]) {
        return (2, UTF_16LE, None);
    }
    if head.starts_with(&[0xfe, 0xff]) {
        return (2, UTF_16BE, None);
    }
    // Without a mark, UTF-16 gives itself away: markup is ASCII, so every other byte is zero.
    let pairs = head[..head.len().min(64)].chunks_exact(2);
    let (units, mut little, mut big) = (pairs.len(), 0, 0);
    for pair in pairs {
        little += usize::from(pair[0] != 0 && pair[1] == 0);
        big += usize::from(pair[0] == 0 && pair[1] != 0);
    }
    if units > 0 && little * 2 > units {
        return (0, UTF_16LE, None);
    }
    if units > 0 && big * 2 > units {
        return (0, UTF_16BE, None);
    }
    let Some(label) = declared(head) else {
        return (0, UTF_8, None);
    };
    let shown = String::from_utf8_lossy(label);
    match Encoding::for_label(label) {
        None => {
            let oddity = format!("encoding '{shown}' is not known: read as UTF-8");
            (0, UTF_8, Some(oddity))
        }
        // The declaration was read byte by byte, so it is no UTF-16.
        Some(utf16) if utf16 == UTF_16LE || utf16 == UTF_16BE => {
            let oddity = format!("declared as {shown}, which it is not: read as UTF-8");
            (0, UTF_8, Some(oddity))
        }
        // Whoever declares ASCII and then writes more most likely wrote UTF-8.
        Some(_) if label.to_ascii_lowercase().ends_with(b"ascii") => (0, UTF_8, None),
        Some(encoding) => (0, encoding, None),
    }
}

/// Returns the encoding that the XML declaration names.
fn declared(head: &[u8]) -> Option<&[u8]> {
    let start = memchr::memmem::find(head, b"<?xml")?;
    let rest = &head[start..];
    let declaration = &rest[..memchr::memmem::find(rest, b"?>")?];
    let value = &declaration[memchr::memmem::find(declaration, b"encoding")? + 8..];
    let open = value.iter().position(|&b| b == b'"' || b == b'\'')?;
    let blank = |&b: &u8| b.is_ascii_whitespace() || b == b'=';
    if !value[..open].iter().all(blank) {
        return None;
    }
    let label = &value[open + 1..];
    Some(&label[..memchr::memchr(value[open], label)?])
}

/// Decodes text that is not UTF-8, of unknown encoding, as Windows and old tools write it.
pub(super) fn decode_western(bytes: &[u8]) -> String {
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    text.into_owned()
}

fn read_some(reader: &mut dyn Read, out: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(out) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
