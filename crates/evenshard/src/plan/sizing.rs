//! The obstacle to a target, by name.

use std::ops::Range;

use crate::Micros;
use crate::address::{function_of, likely_node_id, shown};
use crate::error::{Error, ErrorKind, Remedy};
use crate::pack::{Obstacle, Split, Target};
use crate::suite::{Suite, SuiteTest};

/// The error for a target that cannot be met under this split.
pub(super) fn unmet(
    target: &Target,
    split: Split,
    obstacle: &Obstacle,
    suite: &Suite<'_>,
    atoms: &[Range<usize>],
) -> Error {
    let (obstacle, remedy, floor) = match obstacle {
        Obstacle::Overhead => {
            let text = format!("a job takes {} before its first test", target.overhead);
            (text, Remedy::FasterStart, target.overhead)
        }
        Obstacle::Unit { atoms: of, floor } => {
            let tests = of.iter().flat_map(|&atom| atoms[atom].clone());
            let tests: Vec<usize> = tests.collect();
            let what = name(suite, &tests);
            let with = if target.overhead == Micros::ZERO {
                "setup"
            } else {
                "setup and job overhead"
            };
            let text = format!("{what} alone takes {floor} with {with}, and is not cut");
            (text, remedy(split, &tests), *floor)
        }
        Obstacle::Shards {
            at_least,
            floor,
            reached,
        } => {
            let most = target.max_shards;
            // Bounds prove it, or the search just found nothing better.
            let text = if *at_least > most {
                format!(
                    "at least {at_least} shards are needed, {most} are allowed; with {most} the slowest takes {reached}"
                )
            } else {
                format!("the best plan found for up to {most} shards takes {reached}")
            };
            (text, Remedy::MoreShards, *floor)
        }
    };
    Error::new(ErrorKind::TargetUnmet {
        target: target.time,
        obstacle,
        remedy,
        floor,
    })
}

/// Returns the remedy for tests that take too long together.
fn remedy(split: Split, tests: &[usize]) -> Remedy {
    match split {
        // No split cuts one test.
        _ if tests.len() < 2 => Remedy::FasterTest,
        Split::File | Split::Class => Remedy::FinerSplit,
        Split::Auto | Split::Test => Remedy::FewerGroups,
    }
}

/// Names tests: one test, a function, a class or a file.
pub(super) fn name(suite: &Suite<'_>, tests: &[usize]) -> String {
    let tests: Vec<&SuiteTest<'_>> = tests.iter().map(|&test| &suite.tests[test]).collect();
    let Some(first) = tests.first() else {
        return "nothing".to_owned();
    };
    let class = &suite.classes[first.class as usize];
    if let [only] = tests.as_slice() {
        return likely_node_id(&shown(&class.classname, &only.name)).into_owned();
    }
    // From the smallest name that covers all of them to the largest.
    if tests.iter().all(|test| test.class == first.class) {
        let function = function_of(&first.name);
        if tests.iter().all(|t| function_of(&t.name) == function) {
            let function = shown(&class.classname, function);
            return format!("{} ({} tests)", likely_node_id(&function), tests.len());
        }
        let kind = if class.classname == suite.files[class.file as usize].name {
            "file"
        } else {
            "class"
        };
        let class = likely_node_id(&class.classname);
        return format!("{kind} {class} ({} tests)", tests.len());
    }
    let file = likely_node_id(&suite.files[class.file as usize].name);
    if tests
        .iter()
        .any(|t| suite.classes[t.class as usize].file != class.file)
    {
        return format!(
            "what belongs together with file {file} ({} tests)",
            tests.len()
        );
    }
    format!("file {file} ({} tests)", tests.len())
}
