//! `evenshard man`

use std::path::Path;

use clap::Command;
use clap_mangen::Man;

use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::streams::{Streams, write_whole};

/// Prints the manual page of evenshard, or writes those of all commands into a folder.
pub(crate) fn run(command: &Command, output: Option<&Path>, streams: &mut Streams<'_>) -> Outcome {
    let mut root = without_help(command.clone());
    // Names of commands below others: `evenshard-timings-update`.
    root.build();
    match output {
        Some(folder) => write_all(&root, folder)?,
        None => streams.result(&page(&root)?)?,
    }
    Ok(exit::OK)
}

/// Removes `evenshard help`, which has no page.
fn without_help(command: Command) -> Command {
    command
        // `evenshard help plan` is `evenshard plan --help`.
        .disable_help_subcommand(true)
        .mut_subcommands(without_help)
}

fn write_all(command: &Command, folder: &Path) -> Result<(), Failure> {
    let name = Man::new(command.clone()).get_filename();
    write_whole(&folder.join(name), &page(command)?)?;
    let mut below = command.get_subcommands();
    below.try_for_each(|below| write_all(below, folder))
}

fn page(command: &Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    Man::new(command.clone())
        // An empty date would let what follows it take its place.
        .date(" ")
        .source(concat!("evenshard ", env!("CARGO_PKG_VERSION")))
        .manual("evenshard manual")
        .render(&mut page)
        .map_err(|e| Failure::unwritable("cannot write the page").caused_by(&e))?;
    Ok(page)
}
