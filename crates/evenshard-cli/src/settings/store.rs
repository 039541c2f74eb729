//! The settings of the store and of `evenshard store`.

use std::path::Path;

use clap::{Args, Subcommand};
use evenshard::Micros;

use super::{Refused, Resolver, set, set_all};
use crate::ci;
use crate::failure::Failure;
use crate::values::{StoreContent, StoreFallback, Value as _};

/// The variable that names the store.
const VARIABLE: &str = "EVENSHARD_STORE";
/// The value that goes on without the store of the environment and of the configuration.
const NO_STORE: &str = "none";

/// The place that the jobs of a build share, and this build's name in it.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Store")]
pub(crate) struct StoreSettings {
    /// The place that the jobs of a build share: a folder, s3://, gs:// or az://; without a value, the one of `EVENSHARD_STORE` or of the configuration; none for no store
    #[arg(id = "store", long = "store", value_name = "URL", num_args = 0..=1, default_missing_value = "")]
    pub(crate) url: Option<String>,
    /// The name of the build in the store, where the CI names none
    #[arg(long, value_name = "NAME")]
    store_key: Option<String>,
    /// The branches whose builds publish: add to the history that other builds plan with, such as main or 'release/*' [default: the default branch, where the CI tells it]
    #[arg(long, value_name = "GLOB", num_args = 1..)]
    pub(crate) publish: Vec<String>,
    #[arg(skip)]
    pub(crate) scope: String,
    /// The build; `None` where nothing names it, and nothing can be shared.
    #[arg(skip)]
    pub(crate) build: Option<String>,
    /// What the parallel jobs of one kind share, and no other job of the build.
    #[arg(skip)]
    pub(crate) step: String,
}

/// The store of a suite.
#[derive(Debug, Args)]
pub(crate) struct SuiteStore {
    #[command(flatten)]
    pub(crate) store: StoreSettings,
    /// The suite
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) scope: String,
}

/// What a job shares, and how.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Store")]
pub(crate) struct SharingSettings {
    #[command(flatten)]
    pub(crate) store: StoreSettings,
    /// Where the store cannot be reached: none stops with 75; static plans from --timings, otherwise by numbers of tests, and shares nothing [default: none]
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        hide_possible_values = true,
        default_value_t = StoreFallback::None,
        hide_default_value = true
    )]
    pub(crate) store_fallback: StoreFallback,
    /// What tests printed that goes into the store: outcomes (nothing), failures (of tests that failed) or full [default: failures]
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        hide_possible_values = true,
        default_value_t = StoreContent::Failures,
        hide_default_value = true
    )]
    pub(crate) store_content: StoreContent,
    /// Run the whole shard in a retried job, too: not only what has no passing result
    #[arg(long)]
    pub(crate) all: bool,
    /// The attempt; `None` where neither a flag nor the CI tells it.
    #[arg(skip)]
    pub(crate) attempt: Option<u32>,
}

/// The commands below `evenshard store`.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Test what this job may do in the store, and whether keys are created once
    #[command(after_help = "Example:\n    evenshard store check --store s3://ci-bucket/evenshard")]
    Check(StoreCheckSettings),
    /// Show what the store holds, and what this build may do in it
    #[command(after_help = "Example:\n    evenshard store status --store s3://ci-bucket/evenshard")]
    Status(StoreStatusSettings),
    /// Delete what is old from a store in a folder; a bucket has lifecycle rules
    #[command(
        after_help = "Example:\n    evenshard store prune --store /mnt/ci/evenshard --older-than 60d"
    )]
    Prune(StorePruneSettings),
}

/// The settings of `evenshard store check`.
#[derive(Debug, Args)]
pub struct StoreCheckSettings {
    #[command(flatten)]
    pub(crate) suite: SuiteStore,
}

/// The settings of `evenshard store status`.
#[derive(Debug, Args)]
pub struct StoreStatusSettings {
    #[command(flatten)]
    pub(crate) suite: SuiteStore,
    /// The build; otherwise by the CI's own variables
    #[arg(long, value_name = "ID")]
    build: Option<String>,
}

/// The settings of `evenshard store prune`.
#[derive(Debug, Args)]
pub struct StorePruneSettings {
    #[command(flatten)]
    pub(crate) store: StoreSettings,
    /// The age from which on objects are deleted, such as 60d
    #[arg(long, value_name = "AGE", value_parser = Micros::read)]
    pub(crate) older_than: Micros,
}

impl StoreSettings {
    /// Returns the settings where a store is named.
    pub(crate) fn named(&self) -> Option<&Self> {
        self.url.is_some().then_some(self)
    }

    /// Returns true where the flag was typed, with or without a value.
    pub(super) fn is_typed(&self) -> bool {
        self.url.is_some()
    }
}

impl Resolver<'_> {
    /// Fills the store: as typed, otherwise by the environment, otherwise by the configuration.
    /// Without the flag, only where it is `wanted` all the same.
    pub(super) fn store(
        &mut self,
        store: &mut StoreSettings,
        wanted: bool,
        scope: &str,
        build: Option<&str>,
    ) -> Result<(), Failure> {
        let config = &mut self.layer.config;
        set_all(&mut store.publish, &mut config.publish);
        let is_typed = store.is_typed();
        let typed = store.url.take().filter(|url| !url.is_empty());
        if !is_typed && !wanted {
            return Ok(());
        }
        let found = self.env.get(VARIABLE).map(str::to_owned);
        let mut url = None;
        set(&mut url, &mut config.store);
        let url = typed.or(found).or(url).filter(|url| !url.is_empty());
        let Some(url) = url else {
            if !is_typed {
                return Ok(());
            }
            let what = format!("--store names no store, nor does {VARIABLE} or the configuration");
            return Err(
                Failure::config(what).hint("give a folder or a URL such as s3://BUCKET/PREFIX")
            );
        };
        if url == NO_STORE {
            return Ok(());
        }
        if cfg!(not(feature = "store")) {
            let what = "this evenshard was built without the feature `store`";
            return Err(Failure::config(what).hint("use a released binary, or build with it"));
        }
        store.url = Some(if url.contains("://") {
            url
        } else {
            let folder = self.env.absolute(Path::new(&url));
            folder.to_string_lossy().into_owned()
        });
        scope.clone_into(&mut store.scope);
        if store.store_key.is_none() {
            store.step = ci::step(self.env);
        }
        let named = store.store_key.clone();
        let named = named.or_else(|| build.map(str::to_owned));
        store.build = named.or_else(|| ci::job(self.env).build);
        Ok(())
    }

    /// Fills the store of a suite, and its scope by the configuration.
    fn suite(&mut self, suite: &mut SuiteStore, build: Option<&str>) -> Result<(), Failure> {
        set(&mut suite.scope, &mut self.layer.config.scope);
        self.needed(&mut suite.store, &suite.scope, build)
    }

    /// Fills the store of a command that is about nothing else.
    fn needed(
        &mut self,
        store: &mut StoreSettings,
        scope: &str,
        build: Option<&str>,
    ) -> Result<(), Failure> {
        store.url.get_or_insert_default();
        self.store(store, true, scope, build)?;
        if store.named().is_none() {
            return Err(Failure::config("there is no store to work on"));
        }
        Ok(())
    }

    pub(super) fn sharing(
        &mut self,
        sharing: &mut SharingSettings,
        scope: &str,
        build: Option<&str>,
        attempt: Option<u32>,
    ) -> Result<(), Failure> {
        let config = &mut self.layer.config;
        set(&mut sharing.store_fallback, &mut config.store_fallback);
        set(&mut sharing.store_content, &mut config.store_content);
        sharing.attempt = attempt.or(ci::job(self.env).attempt);
        self.store(&mut sharing.store, true, scope, build)
    }

    pub(crate) fn store_command(
        &mut self,
        mut command: StoreCommand,
    ) -> Result<StoreCommand, Refused> {
        match &mut command {
            StoreCommand::Check(settings) => self.suite(&mut settings.suite, None)?,
            StoreCommand::Status(settings) => {
                self.suite(&mut settings.suite, settings.build.as_deref())?;
            }
            StoreCommand::Prune(settings) => self.needed(&mut settings.store, "", None)?,
        }
        Ok(command)
    }
}
