//! `evenshard store`: looking after the place that the jobs of a build share.

use crate::env::Env;
#[cfg(not(feature = "store"))]
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::settings::StoreCommand;
use crate::streams::Streams;

#[cfg(feature = "store")]
mod actions;

/// Tests a store, shows what it holds, or deletes what is old.
pub(crate) fn run(command: &StoreCommand, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    #[cfg(feature = "store")]
    return actions::run(command, env, streams);
    #[cfg(not(feature = "store"))]
    {
        let _ = (command, env, streams);
        Err(Failure::config("this program was built without stores"))
    }
}
