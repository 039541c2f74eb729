//! Reports on a test suite: how balanced it is, how many shards it needs, how a build went.
//!
//! A [`Report`] is a model that is JSON verbatim; [`text`], [`markdown`] and [`html`] render it,
//! and [`verdict`] renders the verdict over a build. Nothing here knows a terminal, the
//! environment or a process: colours come as a [`Palette`], widths as numbers.
//!
//! A report comes from timings ([`Report::of_suite`]), from a plan ([`Report::of_plan`]), or
//! from the results of a finished build, which add what was measured
//! ([`Report::with_results`]). It needs no network, no clock and no pytest.
//!
//! ```
//! use evenshard::Planner;
//! use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
//! use evenshard_report::{Report, Settings};
//! use evenshard::suite::Suite;
//! use evenshard::Micros;
//!
//! let mut history = History::new();
//! let mut report = history.report();
//! for (file, name, seconds) in [
//!     ("tests.test_api", "test_get", 8),
//!     ("tests.test_api", "test_put", 5),
//!     ("tests.test_cli", "test_help", 4),
//!     ("tests.test_cli", "test_version", 3),
//! ] {
//!     report.case(&CaseSeen {
//!         classname: file,
//!         name,
//!         sample: Some(Micros::from_millis(seconds * 1_000)),
//!         ..CaseSeen::default()
//!     });
//! }
//! report.finish(ReportFacts::default(), Origin::default());
//!
//! let suite = Suite::from_history(&evenshard::estimate::Estimates::new(&history));
//! let report = Report::of_suite(&suite, Some(&history), &Planner::new(1)?, &Settings::default())?;
//! // No number of shards is faster than the longest test with its file's set-up.
//! assert_eq!(report.sizing.floor.what, "tests/test_api.py::test_get");
//! assert_eq!(report.sizing.largest_useful, Some(3));
//! assert!(report.to_json().starts_with("{\n  \"version\": 1,"));
//! # Ok::<(), evenshard::Error>(())
//! ```

pub mod escape;
mod facts;
pub mod html;
pub mod markdown;
pub mod markup;
mod model;
mod palette;
mod sections;
mod sentences;
mod table;
mod tables;
pub mod text;
mod trend;
pub mod verdict;
pub mod words;

pub use facts::{Assumed, Settings};
pub use model::{
    Basis, BuildFacts, BuildName, ChangeFacts, ChosenBy, FailedFacts, FlakyFacts, FlakyTest, Floor,
    JobFacts, Miss, NamedTest, NewTest, NoisyTest, PlanFacts, Point, PriceFacts, Recommended,
    Report, ResultFacts, Sampled, ShardFacts, ShardTest, ShardTests, Sizing, SlowFile, SlowTest,
    SlowerFile, SlowerTest, SlowerTimes, SuiteFacts, TargetFacts, TestName, TimeFacts, TitleFacts,
    Top, UnitFacts,
};
pub use palette::Palette;
pub use trend::BuildFigures;
