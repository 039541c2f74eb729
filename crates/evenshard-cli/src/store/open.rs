//! Opening a store, and its errors as failures.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use evenshard_store::{Area, Build, Error, ErrorKind, Kept, Masker, Settings, Store, Zone};

use crate::ci::BuildBranch;
use crate::env::Env;
use crate::exit;
use crate::failure::Failure;
use crate::settings::StoreSettings;
use crate::values::StoreContent;

/// The variable with patterns of names whose values Buildkite masks in logs.
const REDACTED: &str = "BUILDKITE_AGENT_REDACTED_VARS";

/// A store, and this build's place in it.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(super) store: Store,
    pub(super) area: Area,
    /// `None` where nothing names the build.
    pub(super) build: Option<Build>,
    pub(super) masker: Masker,
    pub(super) content: Kept,
    /// Why this build adds nothing to the history; `None` where it does.
    pub(crate) no_publishing: Option<String>,
}

impl Shared {
    /// Opens a store; no request is sent. Builds that may publish are trusted; all others have
    /// the zone of pull requests.
    pub(crate) fn open(settings: &StoreSettings, env: &Env) -> Result<Self, Error> {
        let variables = env.all().map(|(k, v)| (k.to_owned(), v.to_owned()));
        let store = Store::open(
            settings.url.as_deref().unwrap_or_default(),
            &Settings::new(variables),
        )?;
        let patterns = env.get(REDACTED).unwrap_or_default();
        let patterns: Vec<&str> = patterns.split(',').map(str::trim).collect();
        let no_publishing = BuildBranch::of(env).refuses_to_publish(&settings.publish);
        let zone = if no_publishing.is_some() {
            Zone::Pr
        } else {
            Zone::Trusted
        };
        let area = Area::new(zone, &settings.scope);
        let build = settings.build.as_deref();
        Ok(Self {
            build: build.map(|build| area.build(build, &settings.step)),
            store,
            area,
            masker: Masker::of_variables(env.all(), &patterns),
            content: Kept::Failures,
            no_publishing,
        })
    }

    /// Keeps this much of what tests print.
    #[must_use]
    pub(crate) fn keeping(mut self, content: StoreContent) -> Self {
        self.content = match content {
            StoreContent::Outcomes => Kept::Outcomes,
            StoreContent::Failures => Kept::Failures,
            StoreContent::Full => Kept::Full,
        };
        self
    }

    /// The same store, all of whose requests from now on have this time together.
    #[must_use]
    pub(crate) fn within(&self, budget: Duration) -> Self {
        Self {
            store: self.store.within(budget),
            ..self.clone()
        }
    }

    /// As people who look after the store have it: they write for builds that publish.
    #[must_use]
    pub(crate) fn trusted(mut self, scope: &str) -> Self {
        self.area = Area::new(Zone::Trusted, scope);
        self
    }

    pub(crate) fn zone(&self) -> Zone {
        self.area.zone()
    }

    /// Returns true for a build that cannot be expected to have credentials: it is one of a pull
    /// request, perhaps of a fork.
    pub(crate) fn is_guest(env: &Env) -> bool {
        BuildBranch::of(env).is_of_pull_request()
    }

    /// Tests what this job may do in the store.
    pub(crate) fn check(&self) -> Result<evenshard_store::Check, Error> {
        self.store.check(&self.area)
    }

    /// Deletes what is older, from a folder.
    pub(crate) fn prune(&self, older_than: Duration) -> Result<evenshard_store::Pruned, Error> {
        self.store.prune(older_than, SystemTime::now())
    }
}

impl std::fmt::Display for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.store.fmt(f)
    }
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let now = now.and_then(|now| u64::try_from(now.as_millis()).ok());
    now.unwrap_or_default()
}

impl From<Error> for Failure {
    /// Says what is wrong with a store: 75 where it may work later, 65 for what is in it, 78 for
    /// its settings.
    fn from(error: Error) -> Self {
        let code = match error.kind() {
            ErrorKind::Unreachable => exit::TRY_AGAIN,
            ErrorKind::Garbage | ErrorKind::TooLarge | ErrorKind::Newer | ErrorKind::Other => {
                exit::DATA
            }
            _ => exit::CONFIG,
        };
        let permission = error.permission();
        let permission = permission.map(|name| format!(" (this job needs the permission {name})"));
        let what = format!("the store: {error}{}", permission.unwrap_or_default());
        let failure = Self::new(code, what);
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
