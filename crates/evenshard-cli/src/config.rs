//! The project's configuration file: defaults for flags, and rules about tests.
//!
//! `find` looks for the file, `read` parses its text into a [`Config`] or reports the mistakes in
//! it, and `layer` keeps only the keys that the current command can use.

mod edit;
mod find;
mod layer;
mod quarantine;
mod read;
mod rules;
mod value;

pub(crate) use edit::{Added, Addition, QuarantineFile};
pub(crate) use layer::Layer;
pub(crate) use quarantine::{Entry, Quarantine, today};
pub(crate) use rules::Rules;
pub(crate) use value::{Many, One, values};

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::ColorChoice;
use evenshard::Micros;
use evenshard::address::Pattern;
use evenshard::pack::{Algorithm, Distribution, Split};
use evenshard::plan::Percentile;
use evenshard::verify::MostMissing;
use serde::Deserialize;
use toml::Spanned;

use crate::path_map::ReportMapping;
use crate::values::{Escape, FirstBuild, Order, Percent, Price, StoreContent, StoreFallback};
use crate::work_dir::WorkDir;
use rules::Mark;

/// A configuration: a key for every flag that can have a default, named like the flag; then the
/// rules.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) algorithm: Option<One<Algorithm>>,
    pub(crate) allow_no_timings: Option<bool>,
    pub(crate) color: Option<One<ColorChoice>>,
    pub(crate) cost_per_minute: Option<One<Price>>,
    pub(crate) dist: Option<One<Distribution>>,
    pub(crate) escape: Option<One<Escape>>,
    pub(crate) first_build: Option<One<FirstBuild>>,
    pub(crate) flaky: Option<bool>,
    pub(crate) history: Option<One<PathBuf>>,
    pub(crate) job_overhead: Option<One<Micros>>,
    pub(crate) junit: Option<One<PathBuf>>,
    pub(crate) max_missing: Option<One<MostMissing>>,
    pub(crate) max_shards: Option<One<NonZeroU32>>,
    pub(crate) no_ci_compare: Option<bool>,
    pub(crate) order: Option<One<Order>>,
    pub(crate) path_map: Many<ReportMapping>,
    pub(crate) percentile: Option<One<Percentile>>,
    pub(crate) plan: Option<One<PathBuf>>,
    pub(crate) previous: Option<One<PathBuf>>,
    pub(crate) project: Option<One<String>>,
    pub(crate) prune: Option<bool>,
    pub(crate) publish: Many<String>,
    pub(crate) quiet: Option<bool>,
    pub(crate) record: Option<One<PathBuf>>,
    pub(crate) require_match: Option<One<Percent>>,
    pub(crate) scope: Option<One<String>>,
    pub(crate) setup_cost: Option<One<Micros>>,
    pub(crate) shards: Option<One<u32>>,
    pub(crate) split: Option<One<Split>>,
    pub(crate) store: Option<One<String>>,
    pub(crate) store_content: Option<One<StoreContent>>,
    pub(crate) store_fallback: Option<One<StoreFallback>>,
    pub(crate) target: Option<One<Micros>>,
    pub(crate) timings: Many<PathBuf>,
    pub(crate) verbose: Option<bool>,
    pub(crate) work_dir: Option<One<WorkDir>>,
    pub(crate) workers: Option<One<NonZeroU32>>,

    together: Vec<Many<Pattern>>,
    never_split: Many<Pattern>,
    everywhere: Many<Pattern>,
    whole_marks: Many<Mark>,
    may_split: Many<Pattern>,
    quarantine: Vec<Spanned<Entry>>,
}

/// The flags that cannot have a default in the configuration file, each with the reason.
pub(crate) const NO_DEFAULTS: &[(&str, &str)] = &[
    ("all", "it applies to one attempt"),
    ("annotation", "each call chooses where the command prints"),
    ("attempt", "it differs from job to job"),
    ("bisect", "it applies to one test"),
    ("build", "it differs from build to build"),
    ("commit", "it differs from build to build"),
    ("complete", "it applies to the results of one build"),
    ("expect-digest", "it applies to one plan"),
    ("failed-only", "it applies to one attempt"),
    ("format", "each call chooses what the command prints"),
    ("gate", "it applies to one job, the required check"),
    ("ignore-ci", "it is used with --shard"),
    ("max-runs", "it applies to one search"),
    ("max-time", "it applies to one search"),
    ("no-prune", "the configuration has `prune = false` instead"),
    ("null", "it is used with --tests"),
    ("older-than", "each call chooses what to delete"),
    ("output", "each call chooses where the command prints"),
    ("reason", "it applies to one quarantined test"),
    ("shard", "it differs from job to job"),
    ("since", "each call chooses what to report"),
    ("state", "it applies to one search"),
    ("store-key", "it differs from build to build"),
    ("tests", "each call chooses what the command reads"),
    ("until", "it applies to one quarantined test"),
    ("wait", "it applies to one build"),
];

/// Returns the reason why a flag cannot have a default; `None` if it can have one.
pub(crate) fn no_default(flag: &str) -> Option<&'static str> {
    let found = NO_DEFAULTS.iter().find(|(name, _)| *name == flag);
    found.map(|(_, why)| *why)
}

#[cfg(test)]
mod tests {
    use super::NO_DEFAULTS;

    #[test]
    fn the_documentation_names_all_flags_without_a_default() {
        let page = include_str!("../../../docs/configuration.md");
        let list = page.split_once("without a default:").unwrap().1;
        let list = list.split_once("\n\n").unwrap().0;
        let named: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
        let named: Vec<&str> = named.iter().map(|n| n.trim_start_matches("--")).collect();
        let known: Vec<&str> = NO_DEFAULTS.iter().map(|(name, _)| *name).collect();
        assert_eq!(named, known);
    }
}
