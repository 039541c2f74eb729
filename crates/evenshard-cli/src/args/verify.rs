//! What can be typed after `evenshard verify`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use evenshard::verify::MostMissing;

/// `evenshard verify`
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// What the jobs left, shard records and JUnit XML: files, folders or quoted globs
    #[arg(required = true, value_name = "RESULTS")]
    pub results: Vec<OsString>,
    /// The plan that the shards were to follow; without it, tests that no shard selected go unseen
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// The digest of the plan that the shards were to hold; exit with 75 when --plan has another
    #[arg(long, value_name = "DIGEST", value_parser = super::digest)]
    pub expect_digest: Option<String>,
    /// Which suite to prove, where the results are of several
    #[arg(long, value_name = "NAME")]
    pub scope: Option<String>,
    /// The build that the results have to be of
    #[arg(long, value_name = "ID")]
    pub build: Option<String>,
    /// Timings of earlier builds, as for `run`: tests of the newest complete build that did not run now are counted and named; may repeat
    #[arg(long, value_name = "PATH")]
    pub timings: Vec<OsString>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub path_map: super::PathMapArgs,
    /// Exit with 70 when more tests of that build are gone or newly skipped: a number, or a percentage such as 2%
    #[arg(long, value_name = "N|PCT", value_parser = most_missing)]
    pub max_missing: Option<MostMissing>,
    /// What to print: text, json, or markdown for an annotation of at most 1 MiB
    #[arg(long, value_enum, default_value_t = VerdictFormat::Text, hide_possible_values = true)]
    pub format: VerdictFormat,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// How a verdict is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerdictFormat {
    /// For people.
    Text,
    /// For programs; versioned, stable in its order.
    Json,
    /// For a Buildkite annotation or GitHub's step summary.
    Markdown,
}

fn most_missing(text: &str) -> Result<MostMissing, String> {
    text.parse()
}
