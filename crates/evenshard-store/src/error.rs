//! Errors: a kind to decide on, a message, and what to do.

use std::fmt;

/// The kind of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The URL of the store is malformed.
    Url,
    /// The store or its credentials are of a kind that this build cannot use.
    Unsupported,
    /// A setting of the store's environment is malformed or missing.
    Setting,
    /// No credentials were found, or the service refuses them.
    Credentials,
    /// The store does not answer in time, or answers that it cannot at the moment.
    Unreachable,
    /// A permission is missing; [`Error::permission`] names it.
    Denied,
    /// The folder, bucket or container does not exist.
    Missing,
    /// An object or a listing is larger than the bound that was given.
    TooLarge,
    /// An object is not one that this crate wrote.
    Garbage,
    /// An object is of a newer version of evenshard.
    Newer,
    /// The store does not create keys once: a second creation of the same key succeeds or fails
    /// oddly.
    NotConditional,
    /// Anything else.
    Other,
}

/// The reason a store cannot be used, or one of its objects cannot.
///
/// No error holds credentials: texts of services are cut down to their code and message, and
/// values of the store's credentials are masked in them.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Parts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    permission: Option<String>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind,
            message: message.into(),
            hint: None,
            permission: None,
        }))
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn with_permission(mut self, permission: impl Into<String>) -> Self {
        self.0.permission = Some(permission.into());
        self
    }

    /// Puts the key that the error is about in front of its message.
    pub(crate) fn about(mut self, key: &str) -> Self {
        self.0.message = format!("{key}: {}", self.0.message);
        self
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The way out, where there is one to name.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The missing permission as the service calls it, such as `s3:ListBucket`.
    pub fn permission(&self) -> Option<&str> {
        self.0.permission.as_deref()
    }

    /// Returns true where the same request may succeed later.
    pub fn is_temporary(&self) -> bool {
        self.0.kind == ErrorKind::Unreachable
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {}
