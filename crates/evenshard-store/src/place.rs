//! The URL of a store.

use std::fmt;
use std::path::PathBuf;

use object_store::path::Path;

use crate::error::{Error, ErrorKind};

/// The kind of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Service {
    /// A folder on a disk.
    Folder,
    /// Amazon S3 and what speaks its protocol.
    S3,
    /// Google Cloud Storage.
    Gcs,
    /// Azure Blob Storage.
    Azure,
}

impl Service {
    /// The error for a cloud that this build was made without.
    #[cfg_attr(
        all(feature = "s3", feature = "gcs", feature = "azure"),
        allow(dead_code, reason = "this build has all clouds")
    )]
    pub(crate) fn left_out(self) -> Error {
        let name = match self {
            Self::Folder => "folders",
            Self::S3 => "s3://",
            Self::Gcs => "gs://",
            Self::Azure => "az://",
        };
        let message = format!("this build has no support for {name}");
        Error::new(ErrorKind::Unsupported, message)
            .with_hint("use a released binary, or build with the feature of that cloud")
    }
}

/// A store's place, without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) service: Service,
    /// The bucket or container; empty for folders.
    pub(crate) bucket: String,
    /// The prefix of all keys; for folders the folder is the root.
    pub(crate) prefix: Path,
    pub(crate) folder: PathBuf,
}

/// S3 takes 1,024 bytes a key; the layout needs up to 520.
const LONGEST_PREFIX: usize = 400;

impl Place {
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        if url.is_empty() {
            return Err(malformed("it is empty"));
        }
        let Some((scheme, rest)) = url.split_once("://") else {
            return Ok(Self::folder(PathBuf::from(url)));
        };
        let service = match scheme {
            "file" => return file(url),
            "s3" => Service::S3,
            "gs" => Service::Gcs,
            "az" => Service::Azure,
            _ => {
                return Err(malformed("its scheme is unknown")
                    .with_hint("use a folder, s3://, gs:// or az://"));
            }
        };
        // Before anything else: a text with credentials in it must not reach a message.
        if rest.contains('@') {
            return Err(malformed("it has a user or password in it")
                .with_hint("give credentials in the environment"));
        }
        if rest.contains(['?', '#']) {
            return Err(malformed("it has a `?` or `#` in it")
                .with_hint("give region, endpoint and credentials in the environment"));
        }
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() || !bucket.bytes().all(is_bucket_byte) {
            return Err(malformed("the name of the bucket is not valid")
                .with_hint(format!("write {scheme}://BUCKET/PREFIX")));
        }
        let prefix = prefix.trim_end_matches('/');
        if prefix.len() > LONGEST_PREFIX {
            return Err(malformed("its path is longer than 400 bytes"));
        }
        let prefix = Path::parse(prefix).map_err(|_| {
            malformed("its path has an empty segment, `.`, `..` or a control character")
        })?;
        Ok(Self {
            service,
            bucket: bucket.to_owned(),
            prefix,
            folder: PathBuf::new(),
        })
    }

    fn folder(folder: PathBuf) -> Self {
        Self {
            service: Service::Folder,
            bucket: String::new(),
            prefix: Path::default(),
            folder,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.service {
            Service::Folder => return self.folder.display().fmt(f),
            Service::S3 => "s3",
            Service::Gcs => "gs",
            Service::Azure => "az",
        };
        write!(f, "{scheme}://{}", self.bucket)?;
        if !self.prefix.as_ref().is_empty() {
            write!(f, "/{}", self.prefix)?;
        }
        Ok(())
    }
}

fn is_bucket_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'$')
}

fn file(url: &str) -> Result<Place, Error> {
    let folder = url::Url::parse(url)
        .ok()
        .filter(|url| url.query().is_none() && url.fragment().is_none())
        .and_then(|url| url.to_file_path().ok())
        .ok_or_else(|| malformed("it names no folder").with_hint("write file:///FOLDER"))?;
    Ok(Place::folder(folder))
}

fn malformed(detail: &str) -> Error {
    Error::new(
        ErrorKind::Url,
        format!("the URL of the store cannot be used: {detail}"),
    )
}
