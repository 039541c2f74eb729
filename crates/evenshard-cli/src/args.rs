//! What was typed.

mod exec;
mod report;
mod shell;
mod talk;
mod timings;
mod verify;

pub use exec::{Escape, ExecArgs, SelectArgs, ShareArgs};
pub use report::{RangeArgs, ReportArgs, ReportFormat};
pub use shell::{CompletionsArgs, ManArgs};
pub use talk::TalkArgs;
pub use timings::{
    ExportArgs, ExportFormat, ImportArgs, ImportFormat, ShowArgs, TimingsCommand, UpdateArgs,
};

pub use verify::{VerdictFormat, VerifyArgs};

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use evenshard::pack::{self, Algorithm, Distribution, Split};
use evenshard::{Micros, Shard};

use crate::config::{Quarantine, Rules};
use crate::inputs::ReportMapping;
use crate::work_dir::WorkDir;

/// Headings of help that stand over flags of several structs.
const HAND_OVER: &str = "Hand-over to pytest";
const RESULTS: &str = "Results";

/// At the end of the first help.
const EXIT_CODES: &str = "\
Exit codes:
    0     success; 0 to 5 under `run` are pytest's own
   64     wrong usage
   65     unreadable input, an unmet target or match
   70     tests were lost, ran twice, or cannot be proved to have run
   73     a result could not be written
   75     try again: a plan is absent, or not the expected one
   78     settings contradict each other, or the plugin never loaded
  126     the command could not be started
  127     the command was not found
  128+n   ended by signal n";

/// Give each CI job its own balanced shard of the test suite, from the JUnit XML of earlier builds.
#[derive(Debug, Parser)]
#[command(
    name = "evenshard",
    version,
    max_term_width = 100,
    disable_help_flag = true,
    after_help = EXIT_CODES
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub talk: TalkArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a plan: which shard runs which tests, with its predictions and its proof
    Plan(PlanArgs),
    /// Run one shard of a suite under pytest
    Run(RunArgs),
    /// Run one shard's share of a list of tests or files under any other runner
    Exec(ExecArgs),
    /// Print one shard's share of a list of tests or files
    Select(SelectArgs),
    /// Show how balanced a suite is, how many shards it deserves, and how a build went
    Report(ReportArgs),
    /// Prove from what the jobs left that every test ran once, and show how the build went
    Verify(VerifyArgs),
    /// Keep the history of timings: update, show, export, import
    Timings {
        /// What to do with timings.
        #[command(subcommand)]
        command: TimingsCommand,
    },
    /// Tell which shard runs a test, why, and how to repeat it
    Explain(ExplainArgs),
    /// Print the completions of a shell: commands, flags and their values
    Completions(CompletionsArgs),
    /// Print the manual page, or write those of all commands
    Man(ManArgs),
}

/// How the paths in reports become those of the checkout.
#[derive(Debug, Clone, Default, Args)]
pub struct PathMapArgs {
    /// Rewrite the beginning of report paths, such as /app=. where a container saw other paths; with the reports it is for in front, such as junit/web:.=packages/web; may repeat
    #[arg(long, value_name = "[REPORTS:]FROM=TO", value_parser = path_mapping)]
    pub path_map: Vec<ReportMapping>,
}

/// Where timings are and how much of them has to fit.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Timings")]
pub struct TimingsArgs {
    /// Timings of earlier builds: files, folders or quoted globs of JUnit XML, `timings.json` or `.test_durations`, plain, gzip or zstd
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub timings: Vec<OsString>,
    /// Go on without timings where --timings names none
    #[arg(long)]
    pub allow_no_timings: bool,
    /// Keeps histories, plans and records of separate suites apart
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub scope: String,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub path_map: PathMapArgs,
    /// Fail with 65 when fewer tests are known to the timings, in percent
    #[arg(long, value_name = "PCT", value_parser = percent)]
    pub require_match: Option<f64>,
}

/// How to plan.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Planning")]
pub struct HowArgs {
    /// The finest unit that may be cut apart: auto, file, class or test
    #[arg(long, value_name = "UNIT", value_parser = split, default_value = "auto")]
    pub split: Split,
    /// How to pack: auto, or lpt for plain greedy longest-processing-time
    #[arg(long, value_name = "NAME", value_parser = algorithm, default_value = "auto")]
    pub algorithm: Algorithm,
    /// What a shard pays for each file whose import was not measured, such as 50ms
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "50ms")]
    pub setup_cost: Micros,
    /// The xdist workers of every shard; else as `-n` in the command says
    #[arg(long, value_name = "W")]
    pub workers: Option<NonZeroU32>,
    /// How xdist shares a shard out among its workers: load, loadscope, loadfile, loadgroup or worksteal; else as in the command
    #[arg(long, value_name = "MODE", value_parser = distribution)]
    pub dist: Option<Distribution>,
    /// Rules about tests. No flag: the configuration file has them.
    #[arg(skip)]
    pub rules: Rules,
}

/// How many shards a plan has, and which plan it stays near.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Shards")]
pub struct SizeArgs {
    /// How many shards
    #[arg(long, value_name = "N", required_unless_present = "target")]
    pub shards: Option<u32>,
    /// Take the smallest number of shards whose slowest is through in this time, such as 5m
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "shards")]
    pub target: Option<Micros>,
    /// The most shards that --target may take
    #[arg(long, value_name = "M", requires = "target", conflicts_with = "shards")]
    pub max_shards: Option<NonZeroU32>,
    /// What a job takes beside its tests, such as 90s: checkout, install, containers
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "target", conflicts_with = "shards")]
    pub job_overhead: Option<Micros>,
    /// Stay near this plan: tests move only when the gap would exceed 1 %
    #[arg(long, value_name = "FILE")]
    pub previous: Option<PathBuf>,
}

/// A ready plan instead of timings.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "A ready plan")]
pub struct GivenPlanArgs {
    /// Use this plan and nothing else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["timings", "split", "algorithm", "setup_cost", "workers", "dist"])]
    pub plan: Option<PathBuf>,
    /// Exit with 75 when the plan is absent or has another digest
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    pub expect_digest: Option<String>,
}

/// Which shard this is.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "This shard")]
pub struct ShardArgs {
    /// The shard, counted from 1, such as 3/20; else by the CI's own variables
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// Let --shard stand where the CI's variables name another one
    #[arg(long, requires = "shard")]
    pub ignore_ci: bool,
}

/// Which build and attempt this job is of.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = RESULTS)]
pub struct JobArgs {
    /// Which build this is; else by the CI's own variables
    #[arg(long, value_name = "ID")]
    pub build: Option<String>,
    /// Which attempt at the shard this is, counted from 1; else by the CI's own variables
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub attempt: Option<u32>,
}

/// A list of tests.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Tests")]
pub struct ListArgs {
    /// The tests to place, one a line: file paths, node ids, or names as the runner's reports have them; - is standard input
    #[arg(long, value_name = "FILE")]
    pub tests: Option<PathBuf>,
    /// The list is separated by NUL instead of newlines
    #[arg(long, requires = "tests")]
    pub null: bool,
}

/// `evenshard plan`
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub timings: TimingsArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub size: SizeArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub list: ListArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub how: HowArgs,
    /// What to print: json, or text for people
    #[arg(
        long,
        value_enum,
        default_value_t = Format::Json,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub format: Format,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// A folder for the private files of the hand-over, such as .evenshard, instead of the system's temporary one; with =PATH behind it, a container sees it there
    #[arg(long, value_name = "DIR[=PATH]", help_heading = HAND_OVER)]
    pub work_dir: Option<WorkDir>,
    /// A pytest command: it collects, runs nothing, and exactly its selection is planned
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "tests", help_heading = None)]
    pub command: Vec<OsString>,
}

/// `evenshard run`
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub timings: TimingsArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub given: GivenPlanArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub shard: ShardArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub how: HowArgs,
    /// Have pytest write JUnit XML here ({shard} and {attempt} are filled in; a folder gets junit-{shard}-{attempt}.xml)
    #[arg(long, value_name = "FILE", help_heading = RESULTS)]
    pub junit: Option<PathBuf>,
    /// Where the shard record goes, instead of beside the JUnit XML
    #[arg(long, value_name = "FILE", help_heading = RESULTS)]
    pub record: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub job: JobArgs,
    /// A folder for the private files of the hand-over, such as .evenshard, instead of the system's temporary one; with =PATH behind it, a container sees it there
    #[arg(long, value_name = "DIR[=PATH]", help_heading = HAND_OVER)]
    pub work_dir: Option<WorkDir>,
    /// Run only the tests of this shard without a passing result in what earlier attempts left here (files, folders or quoted globs); without such an attempt, the whole shard
    #[arg(long, value_name = "RESULTS", num_args = 1.., help_heading = RESULTS)]
    pub failed_only: Vec<OsString>,
    /// Import the files of other shards as well: for suites in which tests exist only when other test files are imported
    #[arg(long, overrides_with = "prune", help_heading = HAND_OVER)]
    pub no_prune: bool,
    /// Taken back by --no-prune. The configuration has it as `prune`.
    #[arg(
        long,
        hide = true,
        overrides_with = "no_prune",
        action = clap::ArgAction::Set,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        default_value = "true"
    )]
    pub prune: bool,
    /// How a build without timings is split: count (each job collects the whole suite once, and balances files by their numbers of tests) or hash (of file names)
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        default_value_t = FirstBuild::Count,
        hide_possible_values = true,
        help_heading = "Planning"
    )]
    pub first_build: FirstBuild,
    /// In which order xdist's workers get the tests of a shard: collected, as pytest collects them, or longest-first (with --dist load or worksteal)
    #[arg(
        long,
        value_name = "ORDER",
        value_enum,
        default_value_t = Order::Collected,
        hide_possible_values = true,
        help_heading = "Planning"
    )]
    pub order: Order,
    /// Do not compare the plan with those of the other jobs through Buildkite's meta-data
    #[arg(long, help_heading = HAND_OVER)]
    pub no_ci_compare: bool,
    /// Tests whose failures do not count. No flag: the configuration file has them.
    #[arg(skip)]
    pub quarantine: Quarantine,
    /// The command that runs pytest, unchanged
    #[arg(last = true, value_name = "COMMAND", required = true, help_heading = None)]
    pub command: Vec<OsString>,
}

/// `evenshard explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The test: a pytest node id such as `tests/test_api.py::TestLogin::test_post[json]`
    pub id: String,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub timings: TimingsArgs,
    /// Explain this plan; --timings may stand beside it to show the test's samples
    #[arg(long, value_name = "FILE", conflicts_with_all = ["split", "algorithm", "setup_cost", "workers", "dist", "shards"], help_heading = "A ready plan")]
    pub plan: Option<PathBuf>,
    /// How many shards
    #[arg(
        long,
        value_name = "N",
        required_unless_present = "plan",
        help_heading = "Planning"
    )]
    pub shards: Option<u32>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub how: HowArgs,
}

/// How a build without timings is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FirstBuild {
    /// By the numbers of tests that files have.
    Count,
    /// By a hash of the names of files.
    Hash,
}

/// In which order the workers of a shard get its tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// As pytest collects them.
    Collected,
    /// The longest first.
    LongestFirst,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs; versioned, stable in its order.
    Json,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim();
    match number.parse::<f64>() {
        Ok(value) if (0.0..=100.0).contains(&value) => Ok(value),
        _ => Err("give a percentage from 0 to 100, such as 90%".to_owned()),
    }
}

/// A digest, so that an empty CI variable is wrong usage and not retried for ever.
fn digest(text: &str) -> Result<String, String> {
    let hex = !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    hex.then(|| text.to_owned())
        .ok_or_else(|| "give the digest of a plan, in hexadecimal".to_owned())
}

fn split(text: &str) -> Result<Split, pack::Error> {
    text.parse()
}

fn distribution(text: &str) -> Result<Distribution, pack::Error> {
    text.parse()
}

fn path_mapping(text: &str) -> Result<ReportMapping, String> {
    text.parse()
}

fn algorithm(text: &str) -> Result<Algorithm, pack::Error> {
    text.parse()
}

/// A duration that people type: `50ms`, `1.5s`, `2m`, `0`.
fn duration(text: &str) -> Result<Micros, String> {
    if text == "0" {
        return Ok(Micros::ZERO);
    }
    let seconds = text.strip_suffix('s').and_then(|s| s.parse::<f64>().ok());
    if let Some(micros) = seconds.and_then(Micros::from_secs_f64) {
        return Ok(micros);
    }
    humantime::parse_duration(text)
        .ok()
        .and_then(|d| u64::try_from(d.as_micros()).ok())
        .map(Micros::new)
        .ok_or_else(|| "give a duration with its unit, such as 50ms, 1.5s or 2m".to_owned())
}

impl ShardArgs {
    /// The shard that was typed, if any.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn typed(&self) -> Result<Option<Shard>, evenshard::Error> {
        let typed = self.shard.as_deref().map(str::parse::<Shard>);
        Ok(typed.transpose()?)
    }
}
