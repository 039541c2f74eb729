//! Settings of a store: the environment and time limits.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Time limits and retries of the verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// To connect.
    pub connect: Duration,
    /// Until the answer to one request begins, and between two pieces of it.
    pub request: Duration,
    /// For a verb with all its retries. Content over 1 MiB gets a second more for every 128 KiB.
    pub overall: Duration,
    /// Further attempts of a request that failed for a reason that may pass.
    pub retries: u32,
    /// The pause before the first retry; each further one is twice as long.
    pub pause: Duration,
}

impl Default for Timing {
    /// 20 s a verb, so that a job without a plan ends early enough for another attempt; 8 s a
    /// request, so that two further ones fit where the first meets a dead connection.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            request: Duration::from_secs(8),
            overall: Duration::from_secs(20),
            retries: 3,
            pause: Duration::from_millis(100),
        }
    }
}

/// The environment of a store, and its time limits.
///
/// `AWS_*`, `GOOGLE_*` and `AZURE_*` variables are read as `object_store` names them, from this
/// environment. Proxies (`HTTPS_PROXY`, `NO_PROXY`) and `SSL_CERT_FILE` come from the process's
/// own.
#[derive(Clone, Default)]
pub struct Settings {
    environment: BTreeMap<String, String>,
    timing: Timing,
}

impl Settings {
    /// Settings with this environment, such as `std::env::vars()`.
    pub fn new(environment: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            environment: environment.into_iter().collect(),
            timing: Timing::default(),
        }
    }

    /// Replaces the time limits.
    #[must_use]
    pub fn with_timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    pub(crate) fn timing(&self) -> Timing {
        self.timing
    }
}

#[cfg(feature = "cloud")]
impl Settings {
    /// A variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.environment.get(name)?;
        (!value.is_empty()).then_some(value)
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.environment.iter();
        all.filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field(
                "environment",
                &format_args!("{} variables", self.environment.len()),
            )
            .field("timing", &self.timing)
            .finish()
    }
}
