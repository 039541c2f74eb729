//! The store: what the jobs of a build share, as one of them sees it. One module an object.
//!
//! Everything that is read is untrusted: it is bounded, checked like a file that somebody gave,
//! and put into a temporary folder under names of our own. The rest of the command line works on
//! that folder as it does on results and timings that were passed on by hand.

mod folder;
mod history;
mod job;
mod open;
mod plan;
mod quarantine;
mod results;
mod trend;
mod verdict;

pub(crate) use folder::{folder, write_own};
pub(crate) use job::{Claimed, step_name};
pub(crate) use open::Shared;
pub(crate) use plan::{Got, PlanInStore, Trouble};
pub(crate) use quarantine::{KeptTest, entries};
pub(crate) use results::Results;
