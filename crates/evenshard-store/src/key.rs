//! Keys: what may be read, and what a job may write.

use std::fmt;

/// A key that can be read.
///
/// Only [`Area`](crate::Area), [`Build`](crate::Build) and listings make keys, so none leads out
/// of the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

/// A key in the zone of its [`Area`](crate::Area): the only kind of key that is written to.
///
/// ```compile_fail
/// // A key to read, of any zone, is not one to write to.
/// fn plant(store: &evenshard_store::Store, key: &evenshard_store::Key, content: &evenshard_store::Content) {
///     store.put(key, content).unwrap();
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OwnKey(Key);

/// The beginning of keys, up to and with a `/`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix(String);

impl Key {
    pub(crate) fn new(key: String) -> Self {
        Self(key)
    }

    /// The key below the store's own prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after a prefix, where the key has it.
    pub fn after(&self, prefix: &Prefix) -> Option<&str> {
        self.0.strip_prefix(&prefix.0)
    }
}

impl OwnKey {
    pub(crate) fn new(key: String) -> Self {
        Self(Key(key))
    }

    /// The key, to read it.
    pub fn key(&self) -> &Key {
        &self.0
    }
}

impl Prefix {
    pub(crate) fn new(prefix: String) -> Self {
        Self(prefix)
    }

    /// The prefix below the store's own one.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn join(&self, rest: &str) -> Key {
        Key(format!("{}{rest}", self.0))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for OwnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
