//! The plugin and the pipelines of `evenshard init buildkite`, run as Buildkite would run them.
//!
//! [`pipeline`] reads what the files say (as a stand-in agent took it), [`world`] is a
//! repository, [`running`] a build of it, [`job`] one of its jobs, and [`finished`] what is
//! left; the rest are scenarios with real pytest.

mod finished;
mod job;
mod pipeline;
mod running;
mod world;

mod agent;
mod committed;
mod compare;
mod options;
mod planned;
mod targeted;

pub(crate) use world::{Build, FILES, TESTS, World};
