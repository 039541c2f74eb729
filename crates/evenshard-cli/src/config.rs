//! The project's configuration file: defaults for flags, and rules about tests.
//!
//! `find` tells which file it is, `read` makes a [`Config`] of its text or says what is wrong
//! with it, and `layer` leaves the keys in it that the command at hand can use.

mod find;
mod layer;
mod quarantine;
mod read;
mod rules;
mod value;

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
use evenshard::verify::MostMissing;
use serde::Deserialize;
use toml::Spanned;

use crate::path_map::ReportMapping;
use crate::values::{Escape, FirstBuild, Order, Percent, StoreContent, StoreFallback};
use crate::work_dir::WorkDir;
use rules::Mark;

/// A configuration: every flag that can have a default, by its name, then the rules.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) algorithm: Option<One<Algorithm>>,
    pub(crate) allow_no_timings: Option<bool>,
    pub(crate) color: Option<One<ColorChoice>>,
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
    pub(crate) plan: Option<One<PathBuf>>,
    pub(crate) previous: Option<One<PathBuf>>,
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
