//! The `evenshard` binary.

use std::process::ExitCode;

use evenshard_cli::env::Env;
use evenshard_cli::streams::Streams;

fn main() -> ExitCode {
    let mut streams = Streams {
        out: &mut std::io::stdout(),
        talk: &mut std::io::stderr(),
    };
    evenshard_cli::run_with(std::env::args_os(), &Env::of_process(), &mut streams).into()
}
