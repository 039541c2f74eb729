//! Timing-aware sharding of test suites.
//!
//! Data flows one way, and each step is built once and handed on: reports ([`ingest`]) ->
//! [`history`] -> [`estimate`] -> [`suite`] -> [`plan`] -> results -> [`verify`].
//!
//! ```
//! # #[cfg(feature = "junit")] {
//! use evenshard::estimate::Estimates;
//! use evenshard::history::History;
//! use evenshard::suite::Suite;
//! use evenshard::{NodeId, Planner, ingest};
//!
//! // A report of an earlier build; `ingest::read_files` takes paths.
//! let report = br#"<testsuite name="pytest">
//!     <testcase classname="tests.test_api.TestLogin" name="test_post[json]" time="2.500"/>
//!     <testcase classname="tests.test_api.TestLogin" name="test_get" time="0.400"/>
//!     <testcase classname="tests.test_cart" name="test_total" time="1.900"/>
//! </testsuite>"#;
//! let mut history = History::new();
//! let summary = ingest::read(&report[..], ingest::Source::named("junit.xml"), &mut history);
//! assert!(summary.warnings.is_empty());
//!
//! // The tests of this build. The third is new: it is estimated by its file.
//! let tests = [
//!     "tests/test_api.py::TestLogin::test_post[json]",
//!     "tests/test_cart.py::test_total",
//!     "tests/test_cart.py::test_new",
//! ];
//! let estimates = Estimates::for_list(&history, tests);
//! let plan = Planner::new(2)?.plan(&Suite::from_list(tests, &estimates))?;
//!
//! // One shard selects a test, be it one that no list has.
//! for id in tests.iter().chain(&["tests/test_later.py::test_x"]) {
//!     let id = NodeId::parse(id);
//!     assert_eq!(plan.shards().filter(|shard| plan.selects(*shard, &id)).count(), 1);
//! }
//! println!("plan {}: {}", plan.digest(), plan.certificate());
//! # }
//! # Ok::<(), evenshard::Error>(())
//! ```
//!
//! For anything else that has durations, start at [`pack`]. The crate `evenshard-report` shows how
//! balanced a suite is and how many shards it needs. Two programs in the repository are there to
//! be copied: `examples/spec-shards` shards end-to-end specs by their JUnit history, and
//! `examples/toy-runner` is a small test runner with balanced shards.
//!
//! # Features
//!
//! - `junit` reads JUnit XML and other timing files, plain, gzip or zstd. Without it the crate has
//!   no XML, compression or date dependency.
//! - `internals` exports items that the command line and `evenshard-report` share with this crate.
//!   They are hidden from the documentation, no part of the API, and can change in any release.

#![cfg_attr(
    not(feature = "internals"),
    allow(
        dead_code,
        unreachable_pub,
        reason = "evenshard-report and the command line use them"
    )
)]

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

#[cfg(not(feature = "internals"))]
mod address;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod address;
#[cfg(not(feature = "internals"))]
mod document;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod document;
#[cfg(not(feature = "internals"))]
mod error;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod error;
pub mod estimate;
pub mod history;
#[cfg(feature = "junit")]
pub mod ingest;
mod intern;
#[cfg(feature = "junit")]
pub mod junit;
#[cfg(not(feature = "internals"))]
mod outcome;
#[cfg(feature = "internals")]
#[doc(hidden)]
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
#[cfg(not(feature = "internals"))]
mod producers;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod producers;
pub mod record;
pub mod suite;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod threads;
pub mod verify;

pub use address::{Address, NodeId, Pattern};
pub use error::{Error, ErrorKind, Location, Remedy, Warning};
pub use evenshard_pack as pack;
pub use evenshard_pack::{Micros, RunsOn, Shard};
pub use outcome::Outcome;
pub use plan::{Plan, Planner};
pub use record::RunRecord;

/// The programs of the library guide are tests of this crate.
#[cfg(all(doctest, feature = "junit"))]
#[doc = include_str!("../../../docs/library.md")]
mod guide {}
