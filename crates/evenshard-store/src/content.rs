//! Content to put: masked, and cut down to what the settings allow.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind};
use crate::junit::{self, Kept};
use crate::mask::Masker;

/// The content of a key to put. Every constructor masks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    bytes: Vec<u8>,
    masked: usize,
}

impl Content {
    /// A plain text.
    pub fn text(text: &str, masker: &Masker) -> Self {
        Self::of(masker.json(text.as_bytes()))
    }

    /// A JSON document.
    pub fn json(json: &[u8], masker: &Masker) -> Self {
        Self::of(masker.json(json))
    }

    /// A JUnit XML, cut down to what is kept of it.
    ///
    /// A report that breaks off or is not well-formed is cut down as far as it can be read. One
    /// that is in another encoding than UTF-8 cannot be put: values could not be found in it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] where the report is in another encoding than UTF-8.
    pub fn junit(xml: &[u8], kept: Kept, masker: &Masker) -> Result<Self, Error> {
        // pytest writes UTF-8. Odd bytes in captured output are no other encoding.
        let text = String::from_utf8_lossy(xml);
        let odd = xml.contains(&0) || matches!(text, Cow::Owned(_)) && names_encoding(xml);
        if odd {
            let message = "the JUnit XML is not in UTF-8, so it cannot be masked";
            return Err(Error::new(ErrorKind::Unsupported, message)
                .with_hint("let the test runner write UTF-8"));
        }
        let filtered = match kept {
            Kept::Full => text,
            _ => Cow::Owned(junit::filter(&text, kept)),
        };
        Ok(Self::of(masker.xml(filtered.as_bytes())))
    }

    fn of((bytes, masked): (Cow<'_, [u8]>, usize)) -> Self {
        Self {
            bytes: bytes.into_owned(),
            masked,
        }
    }

    /// The number of places that were masked. A masked plan names other tests than the suite has.
    pub fn masked(&self) -> usize {
        self.masked
    }

    /// The content after masking.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Returns true where the XML declares an encoding other than UTF-8.
fn names_encoding(xml: &[u8]) -> bool {
    let declaration = xml.split(|&b| b == b'>').next().unwrap_or_default();
    let declaration = String::from_utf8_lossy(declaration).to_ascii_lowercase();
    declaration.contains("encoding=") && !declaration.contains("utf-8")
}
