//! The settings of the store, of `evenshard store` and of `evenshard quarantine`.

use std::path::Path;
use std::time::Duration;

use evenshard::address::Pattern;
use jiff::civil::Date;

use super::Resolver;
use super::common::{many, one};
use crate::args::{
    QuarantineCommand, ScopeArgs, SharingArgs, StoreArgs, StoreCommand, StoreStatusArgs,
};
use crate::ci;
use crate::config::Quarantine;
use crate::failure::Failure;
use crate::values::{Format, StoreContent, StoreFallback};

/// The variable that names the store.
const VARIABLE: &str = "EVENSHARD_STORE";
/// The value that goes on without the store of the environment and of the configuration.
const NO_STORE: &str = "none";

/// The place that the jobs of a build share, and this build's name in it.
#[derive(Clone, Debug)]
pub(crate) struct StoreSettings {
    pub(crate) url: String,
    pub(crate) scope: String,
    /// The build; `None` where nothing names it, and nothing can be shared.
    pub(crate) build: Option<String>,
    /// What the parallel jobs of one kind share, and no other job of the build.
    pub(crate) step: String,
    /// The branches that publish; the default branch where there is none.
    pub(crate) publish: Vec<String>,
}

/// What a job shares, and how.
#[derive(Clone, Debug)]
pub(crate) struct SharingSettings {
    pub(crate) store: StoreSettings,
    /// Goes on without the store where it cannot be reached.
    pub(crate) falls_back: bool,
    pub(crate) content: StoreContent,
    /// Runs the whole shard in a retried job, too.
    pub(crate) all: bool,
    /// The attempt; `None` where neither a flag nor the CI tells it.
    pub(crate) attempt: Option<u32>,
}

/// The settings of `evenshard store`.
#[derive(Debug)]
pub struct StoreCommandSettings {
    pub(crate) store: StoreSettings,
    pub(crate) action: StoreAction,
}

/// What `evenshard store` does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StoreAction {
    Check,
    Status,
    /// Deletes what is older.
    Prune(Duration),
}

/// The settings of `evenshard quarantine`.
#[derive(Debug)]
pub struct QuarantineSettings {
    pub(crate) store: StoreSettings,
    pub(crate) action: QuarantineAction,
    /// The quarantine of the configuration.
    pub(crate) configured: Quarantine,
}

/// What `evenshard quarantine` does.
#[derive(Debug)]
pub(crate) enum QuarantineAction {
    Add {
        test: Pattern,
        reason: String,
        until: Option<Date>,
    },
    List(Format),
    Remove(Pattern),
}

impl Resolver<'_> {
    /// The store: as typed, otherwise by the environment, otherwise by the configuration. Without
    /// the flag, only where it is `wanted` all the same.
    pub(super) fn store(
        &self,
        args: StoreArgs,
        wanted: bool,
        scope: Option<&str>,
        build: Option<&str>,
    ) -> Result<Option<StoreSettings>, Failure> {
        let is_typed = args.store.is_some();
        if !is_typed && !wanted {
            return Ok(None);
        }
        let config = &self.layer.config;
        let typed = args.store.filter(|url| !url.is_empty());
        let found = self.env.get(VARIABLE).map(str::to_owned);
        let url = one(typed.or(found), &config.store).filter(|url| !url.is_empty());
        let Some(url) = url else {
            let what = format!("--store names no store, nor does {VARIABLE} or the configuration");
            let failure = Failure::config(what);
            let failure = failure.hint("give a folder or a URL such as s3://BUCKET/PREFIX");
            return if is_typed { Err(failure) } else { Ok(None) };
        };
        if url == NO_STORE {
            return Ok(None);
        }
        if cfg!(not(feature = "store")) {
            let what = "this evenshard was built without the feature `store`";
            return Err(Failure::config(what).hint("use a released binary, or build with it"));
        }
        let url = if url.contains("://") {
            url
        } else {
            let folder = self.env.absolute(Path::new(&url));
            folder.to_string_lossy().into_owned()
        };
        let step = match args.store_key {
            Some(_) => String::new(),
            None => ci::step(self.env),
        };
        let build = args.store_key.or_else(|| build.map(str::to_owned));
        Ok(Some(StoreSettings {
            url,
            scope: scope.unwrap_or_default().to_owned(),
            build: build.or_else(|| ci::job(self.env).build),
            step,
            publish: many(args.publish, &config.publish, |glob| glob),
        }))
    }

    /// The store of a command that is about nothing else.
    fn needed_store(
        &self,
        args: StoreArgs,
        scope: Option<String>,
        build: Option<&str>,
    ) -> Result<StoreSettings, Failure> {
        let scope = self.scope(scope);
        let args = StoreArgs {
            store: args.store.or_else(|| Some(String::new())),
            ..args
        };
        let found = self.store(args, true, scope.as_deref(), build)?;
        found.ok_or_else(|| Failure::config("no store is named"))
    }

    pub(super) fn sharing(
        &self,
        (args, sharing): (StoreArgs, SharingArgs),
        scope: &str,
        build: Option<&str>,
        attempt: Option<u32>,
    ) -> Result<Option<SharingSettings>, Failure> {
        let config = &self.layer.config;
        let store = self.store(args, true, Some(scope), build)?;
        Ok(store.map(|store| SharingSettings {
            store,
            falls_back: one(sharing.store_fallback, &config.store_fallback)
                == Some(StoreFallback::Static),
            content: one(sharing.store_content, &config.store_content)
                .unwrap_or(StoreContent::Failures),
            all: sharing.all,
            attempt,
        }))
    }

    pub(super) fn store_command(
        &self,
        command: StoreCommand,
    ) -> Result<StoreCommandSettings, Failure> {
        let (store, scope, build, action) = match command {
            StoreCommand::Check(args) => (args.store, args.scope, None, StoreAction::Check),
            StoreCommand::Status(StoreStatusArgs {
                store,
                scope,
                build,
            }) => (store, scope, build, StoreAction::Status),
            StoreCommand::Prune(args) => {
                let age = StoreAction::Prune(Duration::from_micros(args.older_than.get()));
                (args.store, ScopeArgs::default(), None, age)
            }
        };
        let store = self.needed_store(store, scope.scope, build.as_deref())?;
        Ok(StoreCommandSettings { store, action })
    }

    pub(super) fn quarantine(
        &self,
        command: QuarantineCommand,
    ) -> Result<QuarantineSettings, Failure> {
        let (store, scope, action) = match command {
            QuarantineCommand::Add(args) => {
                let action = QuarantineAction::Add {
                    test: args.test,
                    reason: args.reason,
                    until: args.until.map(|day| day.0),
                };
                (args.store, args.scope, action)
            }
            QuarantineCommand::List(args) => {
                (args.store, args.scope, QuarantineAction::List(args.format))
            }
            QuarantineCommand::Remove(args) => {
                (args.store, args.scope, QuarantineAction::Remove(args.test))
            }
        };
        Ok(QuarantineSettings {
            store: self.needed_store(store, scope.scope, None)?,
            action,
            configured: self.layer.quarantine.clone(),
        })
    }
}
