//! `evenshard quarantine`: tests that are kept from failing their jobs, in the store.

use crate::env::Env;
#[cfg(not(feature = "store"))]
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::settings::QuarantineCommand;
use crate::streams::Streams;

#[cfg(feature = "store")]
mod actions;

/// Adds a test to the quarantine, lists it, or removes one.
pub(crate) fn run(command: &QuarantineCommand, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    #[cfg(feature = "store")]
    return actions::run(command, env, streams);
    #[cfg(not(feature = "store"))]
    {
        let _ = (command, env, streams);
        Err(Failure::config("this program was built without stores"))
    }
}
