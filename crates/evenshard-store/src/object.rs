//! Objects as they are stored: a nonce and a version in front, zstd behind.
//!
//! An object is a skippable zstd frame with the lines `evenshard-store <version>` and
//! `<nonce>`, and one frame with the content and its checksum: `zstdcat` shows the content.

use std::io::Read as _;

use crate::content::Content;
use crate::error::{Error, ErrorKind};
use crate::nonce::Nonce;

const SKIPPABLE: [u8; 4] = [0x50, 0x2a, 0x4d, 0x18];
const NAME: &str = "evenshard-store";
const VERSION: u32 = 1;
/// Room for lines of later versions.
const LONGEST_HEADER: usize = 4096;
/// zstd's own default. Higher levels take more time than the smaller transfer saves.
const LEVEL: i32 = 3;
/// Level 3 writes windows of up to 2 MiB. A frame that asks for more than 8 MiB is not ours.
const LARGEST_WINDOW: u32 = 23;

/// The largest content that is read, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound(u64);

impl Bound {
    /// For owners, claims, verdicts and quarantined tests: 1 MiB.
    pub const SMALL: Self = Self(1 << 20);
    /// For plans, records, JUnit XML and histories: 256 MiB. A report of 20,000 tests that all
    /// print 10 KiB takes 200 MB.
    pub const LARGE: Self = Self(1 << 28);

    /// A bound of this many bytes.
    pub fn bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The most that content of this bound takes when stored: zstd adds 1 part in 256 to what it
    /// cannot compress.
    pub(crate) fn stored(self) -> u64 {
        self.0
            .saturating_add(self.0 / 128)
            .saturating_add(LONGEST_HEADER as u64 + 64)
    }
}

/// An object that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The mark of its writer.
    pub nonce: Nonce,
    /// The content as it was put.
    pub content: Vec<u8>,
}

pub(crate) fn seal(content: &Content, nonce: Nonce) -> Result<Vec<u8>, Error> {
    let failed = |e: std::io::Error| Error::new(ErrorKind::Other, format!("cannot compress: {e}"));
    let header = format!("{NAME} {VERSION}\n{nonce}\n");
    let mut out = SKIPPABLE.to_vec();
    let length = u32::try_from(header.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(header.as_bytes());
    let mut encoder = zstd::stream::write::Encoder::new(out, LEVEL).map_err(failed)?;
    encoder.include_checksum(true).map_err(failed)?;
    std::io::Write::write_all(&mut encoder, content.as_bytes()).map_err(failed)?;
    encoder.finish().map_err(failed)
}

pub(crate) fn open(bytes: &[u8], bound: Bound) -> Result<Object, Error> {
    let (nonce, frame) = header(bytes)?;
    let damaged = |_| garbage("its content is damaged");
    let mut decoder = zstd::stream::read::Decoder::with_buffer(frame)
        .map_err(damaged)?
        .single_frame();
    decoder.window_log_max(LARGEST_WINDOW).map_err(damaged)?;
    let mut content = Vec::new();
    decoder
        .by_ref()
        .take(bound.0.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(damaged)?;
    if content.len() as u64 > bound.0 {
        return Err(too_large(bound));
    }
    if !decoder.finish().is_empty() {
        return Err(garbage("something follows its content"));
    }
    Ok(Object { nonce, content })
}

pub(crate) fn too_large(bound: Bound) -> Error {
    Error::new(
        ErrorKind::TooLarge,
        format!("the object is larger than {} bytes", bound.0),
    )
}

fn garbage(detail: &str) -> Error {
    Error::new(
        ErrorKind::Garbage,
        format!("not an object of evenshard: {detail}"),
    )
}

fn header(bytes: &[u8]) -> Result<(Nonce, &[u8]), Error> {
    let foreign = || garbage("it does not begin like one");
    let rest = bytes.strip_prefix(&SKIPPABLE[..]).ok_or_else(foreign)?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(foreign)?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > LONGEST_HEADER || length > rest.len() {
        return Err(foreign());
    }
    let (header, frame) = rest.split_at(length);
    let header = std::str::from_utf8(header).map_err(|_| foreign())?;
    let mut lines = header.lines();
    let version: u32 = lines
        .next()
        .and_then(|line| line.strip_prefix(NAME)?.strip_prefix(' ')?.parse().ok())
        .ok_or_else(foreign)?;
    if version != VERSION {
        return Err(Error::new(
            ErrorKind::Newer,
            format!("the object is of version {version} of the store, not {VERSION}"),
        )
        .with_hint("use one version of evenshard in all jobs, or another prefix in the URL"));
    }
    let nonce = lines.next().and_then(Nonce::parse).ok_or_else(foreign)?;
    Ok((nonce, frame))
}
