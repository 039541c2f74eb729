//! The arguments of the store, of `evenshard store` and of `evenshard quarantine`.

use clap::{Args, Subcommand};
use evenshard::Micros;
use evenshard::address::Pattern;

use crate::values::{Day, Format, StoreContent, StoreFallback, Value as _};

/// Flags of all commands that use a store.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Store")]
pub(crate) struct StoreArgs {
    /// The place that the jobs of a build share: a folder, s3://, gs:// or az://; without a value, the one of EVENSHARD_STORE or of the configuration; none for no store
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "")]
    pub(crate) store: Option<String>,
    /// The name of the build in the store, where the CI names none
    #[arg(long, value_name = "NAME")]
    pub(crate) store_key: Option<String>,
    /// The branches whose builds publish: add to the history that other builds plan with, such as main or 'release/*' [default: the default branch, where the CI tells it]
    #[arg(long, value_name = "GLOB", num_args = 1..)]
    pub(crate) publish: Vec<String>,
}

/// Flags of a job that shares its results.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Store")]
pub(crate) struct SharingArgs {
    /// Where the store cannot be reached: none stops with 75; static plans from --timings, otherwise by numbers of tests, and shares nothing [default: none]
    #[arg(long, value_name = "HOW", value_enum, hide_possible_values = true)]
    pub(crate) store_fallback: Option<StoreFallback>,
    /// What tests printed that goes into the store: outcomes (nothing), failures (of tests that failed) or full [default: failures]
    #[arg(long, value_name = "WHAT", value_enum, hide_possible_values = true)]
    pub(crate) store_content: Option<StoreContent>,
    /// Run the whole shard in a retried job, too: not only what has no passing result
    #[arg(long)]
    pub(crate) all: bool,
}

/// The suite.
#[derive(Debug, Default, Args)]
pub(crate) struct ScopeArgs {
    /// The suite
    #[arg(long, value_name = "NAME")]
    pub(crate) scope: Option<String>,
}

/// `evenshard store …`
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Test what this job may do in the store, and whether keys are created once
    Check(StoreCheckArgs),
    /// Show what the store holds, and what this build may do in it
    Status(StoreStatusArgs),
    /// Delete what is old from a store in a folder; a bucket has lifecycle rules
    Prune(StorePruneArgs),
}

/// `evenshard store check`
#[derive(Debug, Args)]
pub(crate) struct StoreCheckArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
}

/// `evenshard store status`
#[derive(Debug, Args)]
pub(crate) struct StoreStatusArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    /// The build; otherwise by the CI's own variables
    #[arg(long, value_name = "ID")]
    pub(crate) build: Option<String>,
}

/// `evenshard store prune`
#[derive(Debug, Args)]
pub(crate) struct StorePruneArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// The age from which on objects are deleted, such as 60d
    #[arg(long, value_name = "AGE", value_parser = Micros::read)]
    pub(crate) older_than: Micros,
}

/// `evenshard quarantine …`
#[derive(Debug, Subcommand)]
pub(crate) enum QuarantineCommand {
    /// Let a test run without failing its job
    Add(QuarantineAddArgs),
    /// List the quarantined tests
    List(QuarantineListArgs),
    /// Let the failures of a test count again
    Remove(QuarantineRemoveArgs),
}

/// `evenshard quarantine add`
#[derive(Debug, Args)]
pub(crate) struct QuarantineAddArgs {
    /// The test, or a pattern of tests
    #[arg(value_name = "TEST")]
    pub(crate) test: Pattern,
    /// Why its failures do not count
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// The last day, such as 2026-12-31; without one, it has no end
    #[arg(long, value_name = "DATE", value_parser = Day::read)]
    pub(crate) until: Option<Day>,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
}

/// `evenshard quarantine list`
#[derive(Debug, Args)]
pub(crate) struct QuarantineListArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    /// Print text for people, or json
    #[arg(long, value_enum, default_value_t = Format::Text, hide_possible_values = true)]
    pub(crate) format: Format,
}

/// `evenshard quarantine remove`
#[derive(Debug, Args)]
pub(crate) struct QuarantineRemoveArgs {
    /// The test or pattern, as it was added
    #[arg(value_name = "TEST")]
    pub(crate) test: Pattern,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
}
