//! `list-api JSON`: the public items that a crate's rustdoc JSON holds, one a line, without
//! impls that follow from others (blanket, auto traits, derived).

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use public_api::Builder;

fn main() -> ExitCode {
    match list() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "list-api: error: {error}");
            ExitCode::from(2)
        }
    }
}

fn list() -> Result<(), Box<dyn Error>> {
    let json = std::env::args_os().nth(1).ok_or("usage: list-api JSON")?;
    let api = Builder::from_rustdoc_json(&json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()?;
    let mut out = io::stdout().lock();
    for item in api.items() {
        writeln!(out, "{item}")?;
    }
    Ok(())
}
