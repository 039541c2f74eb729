//! From a file's bytes to text: decompression, the digest, and the encoding.

use std::io::{self, BufReader, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use flate2::read::MultiGzDecoder;

use super::limits::{INFLATED_BYTES, INFLATION};

/// Bytes among which an XML declaration is looked for.
const HEAD: usize = 1_024;
/// Bytes that are decoded at once.
const RAW: usize = 64 << 10;

/// The raw bytes, counted. It tells errors of the file from those of its decompression.
struct Tap<'r> {
    head: Vec<u8>,
    served: usize,
    inner: &'r mut dyn Read,
    count: u64,
    failed: bool,
}

impl Read for Tap<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let rest = &self.head[self.served..];
        let n = if rest.is_empty() {
            match read_some(self.inner, out) {
                Ok(n) => n,
                Err(error) => {
                    self.failed = true;
                    return Err(error);
                }
            }
        } else {
            let n = rest.len().min(out.len());
            out[..n].copy_from_slice(&rest[..n]);
            self.served += n;
            n
        };
        self.count += n as u64;
        Ok(n)
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
        let mut head = vec![0; 4];
        let n = read_full(inner, &mut head)?;
        head.truncate(n);
        let gzip = head.starts_with(&[0x1f, 0x8b]);
        let zstd = head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
        let tap = Tap {
            head,
            served: 0,
            inner,
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

    fn is_packed(&self) -> bool {
        !matches!(self, Self::Plain(_))
    }
}

/// A report's text in pieces, in UTF-8 where its encoding is known.
pub(super) struct Input<'r> {
    stream: Stream<'r>,
    hasher: blake3::Hasher,
    inflated: u64,
    decoder: Option<Decoder>,
    replaced: bool,
    decoded: bool,
    raw: Vec<u8>,
    taken: usize,
    filled: usize,
    over: bool,
    /// The reason for which the file was left before its end.
    pub(super) damage: Option<String>,
    /// An oddity of the encoding.
    pub(super) oddity: Option<String>,
}

impl<'r> Input<'r> {
    /// Opens a report, plain, gzip or zstd.
    pub(super) fn open(inner: &'r mut dyn Read) -> io::Result<Self> {
        let mut input = Self {
            stream: Stream::open(inner)?,
            hasher: blake3::Hasher::new(),
            inflated: 0,
            decoder: None,
            replaced: false,
            decoded: false,
            raw: vec![0; HEAD],
            taken: 0,
            filled: 0,
            over: false,
            damage: None,
            oddity: None,
        };
        while input.filled < HEAD && !input.over {
            let mut raw = std::mem::take(&mut input.raw);
            let n = input.pull(&mut raw[input.filled..]);
            input.raw = raw;
            input.filled += n?;
        }
        let (skip, encoding, oddity) = detect(&input.raw[..input.filled]);
        input.taken = skip;
        input.oddity = oddity;
        if encoding != UTF_8 {
            input.decoder = Some(encoding.new_decoder_without_bom_handling());
            input.raw.resize(RAW, 0);
        }
        Ok(input)
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
        self.hasher.finalize().to_hex().to_string()
    }

    /// Fills the front of `out`, which has room for 16 bytes at least; returns 0 at the end.
    pub(super) fn fill(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.decoder.is_some() {
            return self.fill_decoded(out);
        }
        if self.taken < self.filled {
            let n = (self.filled - self.taken).min(out.len());
            out[..n].copy_from_slice(&self.raw[self.taken..self.taken + n]);
            self.taken += n;
            return Ok(n);
        }
        self.pull(out)
    }

    fn fill_decoded(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(mut decoder) = self.decoder.take() else {
            return Ok(0);
        };
        if self.decoded {
            self.decoder = Some(decoder);
            return Ok(0);
        }
        let result = self.decode(&mut decoder, out);
        self.decoder = Some(decoder);
        result
    }

    fn decode(&mut self, decoder: &mut Decoder, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.taken == self.filled && !self.over {
                let mut raw = std::mem::take(&mut self.raw);
                let n = self.pull(&mut raw);
                self.raw = raw;
                (self.taken, self.filled) = (0, n?);
            }
            let raw = &self.raw[self.taken..self.filled];
            let (result, read, written, replaced) = decoder.decode_to_utf8(raw, out, self.over);
            self.taken += read;
            self.replaced |= replaced;
            self.decoded = result == CoderResult::InputEmpty && self.over;
            if written > 0 || self.decoded {
                return Ok(written);
            }
        }
    }

    /// Reads decompressed bytes and digests them. Damaged content ends the text; only failures to
    /// read the file are errors.
    fn pull(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.over || out.is_empty() {
            return Ok(0);
        }
        if self.is_bomb() {
            self.stop(format!(
                "it unpacks to more than {INFLATION} times its size: cut off after {} bytes",
                self.inflated
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
            Err(error) if self.stream.tap().failed => return Err(error),
            Err(error) => self.stop(format!("the compressed file is damaged: {error}")),
        }
        Ok(0)
    }

    fn is_bomb(&self) -> bool {
        let packed = self.stream.tap().count;
        self.stream.is_packed()
            && self.inflated > INFLATED_BYTES
            && self.inflated / INFLATION > packed
    }

    fn stop(&mut self, why: String) {
        self.over = true;
        self.damage = Some(why);
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
        if n == 0 {
            return Ok((text, input.damage));
        }
        if text.len() as u64 > most {
            input.stop(format!("it holds more than {} MiB", most >> 20));
            return Ok((text, input.damage));
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
    WINDOWS_1252
        .decode_without_bom_handling(bytes)
        .0
        .into_owned()
}

fn read_some(reader: &mut dyn Read, out: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(out) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn read_full(reader: &mut dyn Read, out: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < out.len() {
        match read_some(reader, &mut out[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}
