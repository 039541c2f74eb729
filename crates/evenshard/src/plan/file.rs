//! The plan file: JSON, version 1, and the digest over what it says.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::plan::{Plan, PlanContent};

/// The newest version of the plan file that this library reads, and the one it writes.
pub(super) const VERSION: u64 = 1;

#[derive(Serialize)]
struct Written<'a> {
    version: u64,
    digest: &'a str,
    #[serde(flatten)]
    content: &'a PlanContent,
}

#[derive(Deserialize)]
struct Head {
    version: u64,
    digest: String,
}

impl Plan {
    /// The plan file: JSON with a final newline, the same bytes for the same plan.
    pub fn to_json(&self) -> String {
        let written = Written {
            version: VERSION,
            digest: &self.digest,
            content: &self.content,
        };
        let mut json = serde_json::to_string_pretty(&written).unwrap_or_default();
        json.push('\n');
        json
    }

    /// Reads a plan file. `name` is the file's name for messages.
    ///
    /// # Errors
    /// [`ErrorKind::NewerVersion`] for a version above 1; [`ErrorKind::Malformed`]
    /// for what is no plan, or one whose content does not match its digest.
    pub fn from_json(json: &str, name: &str) -> Result<Self, Error> {
        let malformed = |detail: String| {
            Error::new(ErrorKind::Malformed {
                expected: "plan",
                detail,
            })
            .at(crate::error::Location::file(name))
        };
        let value: serde_json::Value =
            serde_json::from_str(json).map_err(|e| malformed(e.to_string()))?;
        let found = value.get("version").and_then(serde_json::Value::as_u64);
        if let Some(found) = found.filter(|&v| v > VERSION) {
            let kind = ErrorKind::NewerVersion {
                format: "plan",
                found,
                supported: VERSION,
            };
            return Err(Error::new(kind).at(crate::error::Location::file(name)));
        }
        let head = Head::deserialize(&value).map_err(|e| malformed(e.to_string()))?;
        if head.version != VERSION {
            return Err(malformed(format!("version {} is unknown", head.version)));
        }
        let content: PlanContent =
            serde_json::from_value(value).map_err(|e| malformed(e.to_string()))?;
        if content.shards.is_empty() {
            return Err(malformed("it has no shards".to_owned()));
        }
        let plan = Self::new(content);
        if plan.digest != head.digest {
            return Err(malformed(
                "its content does not match its digest".to_owned(),
            ));
        }
        Ok(plan)
    }
}

/// BLAKE3 over the content in a fixed layout, as 64 hexadecimal digits.
pub(super) fn digest(content: &PlanContent) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"evenshard plan 1\n");
    let mut writer = std::io::BufWriter::with_capacity(64 << 10, &mut hasher);
    // The content consists of strings, integers, lists and sorted maps, and the hasher takes
    // all: this cannot fail.
    let written = serde_json::to_writer(&mut writer, content);
    debug_assert!(written.is_ok(), "a plan can be written");
    drop(writer);
    hasher.finalize().to_hex().to_string()
}
