//! Timing-aware sharding of test suites.
//!
//! Reports of earlier builds in, one balanced shard of the suite per job out. Data flows one
//! way: report ([`junit`]) -> [`history`] -> [`estimate`] -> [`suite`] ->
//! [`pack`] -> [`plan`].
//!
//! A tool that shards a list of tests by their JUnit history starts here:
//!
//! ```
//! # #[cfg(feature = "junit")] {
//! use evenshard::estimate::Estimates;
//! use evenshard::history::History;
//! use evenshard::plan::Kept;
//! use evenshard::suite::Suite;
//! use evenshard::{NodeId, Planner, ingest};
//!
//! // What an earlier build left (from memory here, from a file with `File::open`).
//! let report = br#"<testsuite name="pytest">
//!     <testcase classname="tests.test_api.TestLogin" name="test_post[json]" time="2.500"/>
//!     <testcase classname="tests.test_api.TestLogin" name="test_get" time="0.400"/>
//!     <testcase classname="tests.test_cart" name="test_total" time="1.900"/>
//! </testsuite>"#;
//! let mut history = History::new();
//! let summary = ingest::read(&report[..], ingest::Source::named("junit.xml"), &mut history);
//! assert!(summary.warnings.is_empty());
//!
//! // The tests of this build; the third is new and gets the mean of its file.
//! let tests = [
//!     "tests/test_api.py::TestLogin::test_post[json]",
//!     "tests/test_cart.py::test_total",
//!     "tests/test_cart.py::test_new",
//! ];
//! let estimates = Estimates::for_list(&history, tests);
//! let suite = Suite::from_list(tests, &estimates);
//! let plan = Planner::new(2)?.plan(&suite)?;
//!
//! // Each test has exactly one shard, counted from 0; so has one that nobody has seen yet.
//! let shard = plan.place(&NodeId::parse(tests[0]), Kept::No).shard;
//! let other = plan.place(&NodeId::parse("tests/test_later.py::test_x"), Kept::No).shard;
//! assert!(shard < 2 && other < 2);
//!
//! // The plan carries its proof.
//! let certificate = &plan.content().certificate;
//! assert!(certificate.makespan >= certificate.lower_bound);
//! println!("{}: {certificate}", plan.digest());
//! # }
//! # Ok::<(), evenshard::Error>(())
//! ```
//!
//! Without pytest and JUnit, for anything that has durations, start at [`pack`]. The crate
//! `evenshard-report` reports how balanced a suite is and how many shards it needs.
//!
//! Two programs in the repository use the crate from outside and are there to be copied:
//! `examples/spec-shards` shards a list of end-to-end specs by their JUnit history, and
//! `examples/toy-runner` is a small test runner with balanced shards.
//!
//! # Features
//!
//! `junit` adds reading JUnit XML and other timing files ([`junit`],
//! [`ingest`]), plain, gzip or zstd. Without it the crate has no XML,
//! compression or date dependency.

/// Exports items to the other crates of this project only. They are no part of the API, and can
/// change in any release.
macro_rules! internal {
    ($($path:tt)*) => {
        #[cfg(feature = "internals")]
        #[doc(hidden)]
        pub use $($path)*;
        #[cfg(not(feature = "internals"))]
        #[allow(unused_imports, reason = "some are used by other crates only")]
        pub(crate) use $($path)*;
    };
}

pub mod address;
pub mod error;
pub mod estimate;
pub mod history;
#[cfg(feature = "junit")]
pub mod ingest;
mod intern;
#[cfg(feature = "junit")]
pub mod junit;
pub mod outcome;
#[cfg_attr(
    not(feature = "junit"),
    allow(
        dead_code,
        unreachable_pub,
        reason = "reports are read with the feature `junit` only"
    )
)]
mod path;
pub mod plan;
pub mod producers;
pub mod record;
pub mod suite;
pub mod verify;

pub use address::{Address, NodeId, Pattern};
pub use error::{Error, ErrorKind, Location, Warning};
pub use evenshard_pack as pack;
pub use evenshard_pack::{Micros, RunsOn, Shard};
pub use outcome::Outcome;
pub use plan::{Plan, Planner};
pub use record::ShardRecord;

/// The programs of the library guide are tests of this crate.
#[cfg(all(doctest, feature = "junit"))]
#[doc = include_str!("../../../docs/library.md")]
mod guide {}
