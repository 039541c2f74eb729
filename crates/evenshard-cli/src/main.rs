//! The `evenshard` binary.

use std::process::ExitCode;

use anstream::AutoStream;
use evenshard_cli::env::Env;
use evenshard_cli::streams::{Streams, Terminals};

fn main() -> ExitCode {
    let env = Env::of_process();
    // Flags decide about colour; a console of Windows needs its own calls for it.
    let mut out = AutoStream::always(std::io::stdout());
    let mut err = AutoStream::always(std::io::stderr());
    let mut streams = Streams::new(&mut out, &mut err).on(Terminals::of_process(&env));
    evenshard_cli::run_with(std::env::args_os(), &env, &mut streams).into()
}
