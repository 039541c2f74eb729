//! Prints how well and how fast the packing core does, as Markdown.
//!
//! `cargo run --release -p evenshard-benches --bin pack`

mod grouped;
mod large;
mod plain;
mod steady;

use std::io::{self, Write};
use std::num::NonZeroU32;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    plain::plain(&mut out)?;
    writeln!(out)?;
    grouped::grouped(&mut out)?;
    writeln!(out)?;
    large::large(&mut out)?;
    writeln!(out)?;
    steady::steady(&mut out)
}

/// Says what was aimed at below a table, and which of its rows miss that.
fn aim(out: &mut impl Write, aim: &str, missed: &[String]) -> io::Result<()> {
    let verdict = if missed.is_empty() {
        "All rows meet it.".to_owned()
    } else {
        format!("Missed by: {}.", missed.join("; "))
    };
    writeln!(out, "\nThe aim is {aim}. {verdict}")
}

/// A number of shards, of which there is at least one.
fn count(shards: u32) -> NonZeroU32 {
    NonZeroU32::new(shards).unwrap_or(NonZeroU32::MIN)
}
