//! The pipelines of `.buildkite`, run as Buildkite would run them.
//!
//! [`pipeline`] reads what the files say (as a stand-in agent took it), [`world`] is a
//! repository, its builds and their jobs; the rest are scenarios with real pytest.

mod pipeline;
mod world;

mod agent;
mod committed;
mod compare;
mod planned;
mod targeted;

pub(crate) use world::{Build, World};
