//! The plan file: JSON, version 1, and the digest over what it says.

use std::io;

use serde::{Deserialize, Serialize};

use crate::Shard;
use crate::error::{Error, Location};
use crate::plan::{Plan, PlanContent};

/// The newest version of the plan file that this library reads, and the one it writes.
pub(super) const VERSION: u64 = 1;

#[derive(Serialize)]
struct Written<'a> {
    version: u64,
    digest: &'a str,
    shard_count: u32,
    #[serde(flatten)]
    content: &'a PlanContent,
}

impl Plan {
    /// The plan file: JSON with a final newline, the same bytes for the same plan.
    pub fn to_json(&self) -> String {
        let mut json = Vec::new();
        // Memory takes all.
        let _ = self.write_json(&mut json);
        String::from_utf8(json).unwrap_or_default()
    }

    /// Writes the plan file, the same bytes as [`to_json`](Self::to_json) gives; the plan of a
    /// large suite should not be in memory twice.
    ///
    /// # Errors
    /// Those of `writer`.
    pub fn write_json(&self, mut writer: impl io::Write) -> io::Result<()> {
        let written = Written {
            version: VERSION,
            digest: &self.digest,
            shard_count: self.shard_count(),
            content: &self.content,
        };
        serde_json::to_writer_pretty(&mut writer, &written)?;
        writer.write_all(b"\n")
    }

    /// Reads a plan file. `name` is the file's name for messages.
    ///
    /// # Errors
    /// [`ErrorKind::NewerVersion`](crate::ErrorKind::NewerVersion) for a version above 1;
    /// [`ErrorKind::Malformed`](crate::ErrorKind::Malformed) for what is no plan, or one whose
    /// content does not match its digest.
    pub fn from_json(json: &str, name: &str) -> Result<Self, Error> {
        let at = |error: Error| error.at(Location::file(name));
        let (head, content) = parse(json).map_err(at)?;
        let plan = Self::from_content(content).map_err(at)?;
        // An edited plan would place tests otherwise in some jobs.
        if head.digest.as_deref() != Some(plan.digest()) {
            return Err(at(malformed("its content does not match its digest")));
        }
        Ok(plan)
    }

    /// Reads a plan file without comparing the digest, for tests of malformed plans.
    ///
    /// # Errors
    /// Those of [`from_json`](Self::from_json), but for the digest.
    #[doc(hidden)]
    pub fn from_json_unchecked(json: &str) -> Result<Self, Error> {
        Self::from_content(parse(json)?.1)
    }

    fn from_content(content: PlanContent) -> Result<Self, Error> {
        if content.shards.is_empty() || content.shards.len() > Shard::MAX_COUNT as usize {
            return Err(malformed(format!("it has {} shards", content.shards.len())));
        }
        let groups = &content.rules.together;
        if let Some(group) = groups
            .iter()
            .find(|g| g.shard as usize >= content.shards.len())
        {
            let shard = u64::from(group.shard) + 1;
            return Err(malformed(format!(
                "it puts a group into shard {shard}, which it has not"
            )));
        }
        Ok(Self::new(content))
    }
}

/// The head of a plan file of any version.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    version: Option<u64>,
    #[serde(default)]
    digest: Option<String>,
}

/// The content of a plan file of a known version. It is read as what it has to be: as a tree of
/// any JSON, a file of brackets would take sixteen times its size.
fn parse(json: &str) -> Result<(Head, PlanContent), Error> {
    let of_json = |error: serde_json::Error| malformed(error.to_string());
    let head: Head = serde_json::from_str(json).map_err(of_json)?;
    Error::check_version("plan", head.version.unwrap_or_default(), VERSION)?;
    if head.version != Some(VERSION) {
        return Err(malformed("it has no version that is known"));
    }
    Ok((head, serde_json::from_str(json).map_err(of_json)?))
}

fn malformed(detail: impl Into<String>) -> Error {
    Error::malformed("plan", detail)
}

/// BLAKE3 over the content in a fixed layout, as 64 hexadecimal digits.
pub(super) fn digest(content: &PlanContent) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"evenshard plan 1\n");
    let mut writer = io::BufWriter::with_capacity(64 << 10, &mut hasher);
    // The content consists of strings, integers, lists and sorted maps, and the hasher takes
    // all: this cannot fail.
    let written = serde_json::to_writer(&mut writer, content);
    debug_assert!(written.is_ok(), "a plan can be written");
    drop(writer);
    hasher.finalize().to_hex().to_string()
}
