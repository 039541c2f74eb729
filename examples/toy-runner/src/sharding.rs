//! The shard of each test: the part that a runner needs evenshard-pack for.

use std::num::NonZeroU32;

use evenshard_pack::{Atom, Class, Error, File, Micros, Options, Packing, Problem, balance};

use crate::durations::Durations;
use crate::suite::Group;

/// The duration of a test where none was measured.
const GUESS: Micros = Micros::from_millis(1);

/// The shard of each test, in the order of the suite: groups stay whole while they fit.
///
/// It depends on nothing but the suite and the durations, so jobs with the same files
/// agree without talking to each other, and every test has one shard.
pub(crate) fn pack(
    suite: &[Group],
    known: &Durations,
    shards: NonZeroU32,
) -> Result<Packing, Error> {
    let new = mean_of_known(suite, known);
    let mut atoms = Vec::new();
    let mut classes = Vec::new();
    let mut files = Vec::new();
    for (index, group) in (0..).zip(suite) {
        // Every shard that runs some of the group pays for its setup. There are no classes
        // within groups here: each has one, which costs nothing of its own.
        let setup = known.get(group.name).unwrap_or(Micros::ZERO);
        files.push(File { setup });
        classes.push(Class {
            file: index,
            setup: Micros::ZERO,
        });
        atoms.extend(group.tests.iter().map(|test| Atom {
            duration: known.get(&id(group.name, test.name)).unwrap_or(new),
            class: index,
        }));
    }
    let problem = Problem::new(atoms, classes, files)?;
    Ok(balance(&problem, shards, &Options::default()))
}

/// The name under which a test's duration is kept.
pub(crate) fn id(group: &str, test: &str) -> String {
    format!("{group}::{test}")
}

/// The expected duration of a test that was never measured.
fn mean_of_known(suite: &[Group], known: &Durations) -> Micros {
    let ids = suite
        .iter()
        .flat_map(|group| group.tests.iter().map(|test| id(group.name, test.name)));
    let times: Vec<u64> = ids
        .filter_map(|id| known.get(&id))
        .map(Micros::get)
        .collect();
    let mean = times.iter().sum::<u64>().checked_div(times.len() as u64);
    mean.map_or(GUESS, Micros::new)
}
