//! A test runner that splits its tests over machines.
//!
//! `toy-runner I/N NEW [OLD]...`: runs the tests of shard I of N, balanced by what the files
//! OLD say, and writes their durations to the file NEW.

mod durations;
mod sharding;
mod suite;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use evenshard_pack::{Micros, Shard};

use durations::Durations;
use suite::Group;

const USAGE: &str = "usage: toy-runner I/N NEW [OLD]...";

fn main() -> ExitCode {
    let typed = std::env::args_os().skip(1);
    match run(typed, &suite::suite(), &mut io::stdout().lock()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            // Where standard error is closed, the exit code has to do.
            let _ = writeln!(io::stderr(), "toy-runner: error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs one shard of a suite; returns the number of tests that failed.
fn run(
    mut typed: impl Iterator<Item = OsString>,
    suite: &[Group],
    out: &mut impl Write,
) -> Result<usize, Box<dyn Error>> {
    // `3/20`, counted from 1; a shard that is not in range is an error that says so.
    let shard: Shard = typed.next().ok_or(USAGE)?.to_string_lossy().parse()?;
    let new = PathBuf::from(typed.next().ok_or(USAGE)?);
    let mut known = Durations::default();
    for old in typed {
        known.read(old.as_ref())?;
    }

    let packing = sharding::pack(suite, &known, shard.count())?;
    let load = packing.loads.get(shard.index() as usize);
    let load = load.copied().unwrap_or_default();
    writeln!(out, "shard {shard} takes about {load}")?;
    writeln!(out, "{}", packing.certificate)?;

    let mut took = Durations::default();
    let mut failed = 0;
    let mut shards = packing.shard_of.iter();
    for group in suite {
        let tests = group.tests.iter().zip(shards.by_ref());
        let mine = tests.filter(|&(_, on)| on.includes(shard));
        let mine: Vec<_> = mine.map(|(test, _)| (test.name, test.body)).collect();
        failed += run_group(group, &mine, &mut took, out)?;
    }
    took.write(&new)?;
    Ok(failed)
}

/// Runs these tests of a group after its setup; returns the number that failed.
fn run_group(
    group: &Group,
    tests: &[(&str, fn())],
    took: &mut Durations,
    out: &mut impl Write,
) -> io::Result<usize> {
    if tests.is_empty() {
        return Ok(0);
    }
    let set_up = timed(group.set_up);
    let mut failed = 0;
    for &(name, body) in tests {
        let id = sharding::id(group.name, name);
        // Without its setup no test can pass. A failed test takes another time than one that passes.
        let time = set_up.and_then(|_| timed(body));
        writeln!(
            out,
            "{} {id}",
            if time.is_some() { "ok    " } else { "FAILED" }
        )?;
        match time {
            Some(time) => took.note(id, time),
            None => failed += 1,
        }
    }
    if let Some(time) = set_up {
        took.note(group.name.to_owned(), time);
    }
    Ok(failed)
}

/// The time that this takes, if it returns.
fn timed(body: fn()) -> Option<Micros> {
    let begun = Instant::now();
    catch_unwind(body).ok()?;
    Some(begun.elapsed().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use suite::Test;

    /// The output, and the number of tests that fail.
    fn outcome(set_up: fn()) -> (String, usize) {
        let test = |name, body| Test { name, body };
        let tests = vec![
            test("fails", || panic!("on purpose")),
            test("passes", || ()),
        ];
        let suite = [Group {
            name: "g",
            set_up,
            tests,
        }];
        let folder = tempfile::tempdir().unwrap();
        let typed = ["1/1".into(), folder.path().join("new.tsv").into()];
        let mut out = Vec::new();
        let failed = run(typed.into_iter(), &suite, &mut out).unwrap();
        let kept = std::fs::read_to_string(folder.path().join("new.tsv")).unwrap();
        assert_eq!(kept.contains("g::passes\t"), failed < 2);
        assert!(!kept.contains("g::fails"));
        (String::from_utf8(out).unwrap(), failed)
    }

    #[test]
    fn a_test_that_panics_has_failed_and_the_next_one_runs() {
        let (out, failed) = outcome(|| ());
        assert_eq!(failed, 1);
        assert!(
            out.ends_with("FAILED g::fails\nok     g::passes\n"),
            "{out}"
        );
    }

    #[test]
    fn without_their_set_up_all_tests_of_a_group_fail() {
        let (out, failed) = outcome(|| panic!("on purpose"));
        assert_eq!(failed, 2);
        assert!(
            out.ends_with("FAILED g::fails\nFAILED g::passes\n"),
            "{out}"
        );
    }
}
