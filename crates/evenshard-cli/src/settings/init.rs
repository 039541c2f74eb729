//! The settings of `evenshard init`.

use std::path::PathBuf;

use clap::Args;

use crate::values::Provider;

/// The settings of `evenshard init`, which no configuration changes.
#[derive(Debug, Args)]
pub struct InitSettings {
    /// The CI: github or buildkite
    #[arg(value_enum, hide_possible_values = true)]
    pub(crate) provider: Provider,
    /// The store that the jobs share, such as `s3://ci-bucket/evenshard`; without one, the CI's own artifacts
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// Write this file, instead of .github/workflows/evenshard.yml or .buildkite/pipeline.yml
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}
