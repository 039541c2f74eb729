//! The obstacle to a target, by name.

use std::ops::Range;

use crate::Micros;
use crate::address::{function_of, likely_node_id, shown};
use crate::error::{Error, ErrorKind, Remedy};
use crate::pack::{Obstacle, Split, Target};
use crate::plan::Room;
use crate::suite::{Suite, SuiteTest};

/// A target that cannot be met, with what names the obstacle.
pub(super) struct Unmet<'a> {
    /// The target; its overhead includes the setup of the session.
    pub(super) target: &'a Target,
    pub(super) room: Option<Room>,
    pub(super) split: Split,
    pub(super) suite: &'a Suite<'a>,
    pub(super) atoms: &'a [Range<usize>],
}

impl Unmet<'_> {
    /// Makes the error that names the obstacle.
    pub(super) fn error(&self, obstacle: &Obstacle) -> Error {
        let (obstacle, remedy, floor) = match obstacle {
            Obstacle::Overhead => {
                let overhead = self.target.overhead;
                let text = format!("a job takes {overhead} before its first test");
                (text, Remedy::FasterStart, overhead)
            }
            Obstacle::Unit { atoms, floor } => {
                let tests = atoms.iter().flat_map(|&atom| self.atoms[atom].clone());
                let tests: Vec<usize> = tests.collect();
                (self.too_long(&tests, *floor), self.remedy(&tests), *floor)
            }
            Obstacle::Shards {
                at_least,
                floor,
                reached,
            } => {
                let most = self.target.max_shards;
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
        let (obstacle, floor) = self.with_room(obstacle, floor);
        Error::new(ErrorKind::TargetUnmet {
            target: self.target.time,
            obstacle,
            remedy,
            floor,
        })
    }

    /// Describes tests that are not cut and take too long together.
    fn too_long(&self, tests: &[usize], floor: Micros) -> String {
        let what = name(self.suite, tests);
        let with = if self.target.overhead == Micros::ZERO {
            "setup"
        } else {
            "setup and job overhead"
        };
        format!("{what} alone takes {floor} with {with}, and is not cut")
    }

    /// Adds what builds took beyond their predictions, where the target leaves room for that.
    fn with_room(&self, obstacle: String, floor: Micros) -> (String, Micros) {
        let Some(room) = self.room else {
            return (obstacle, floor);
        };
        let overhead = self.target.overhead;
        let floor = overhead + room.stretched(floor.saturating_sub(overhead));
        (format!("{obstacle}; {room}"), floor)
    }

    /// Returns the remedy for tests that take too long together.
    fn remedy(&self, tests: &[usize]) -> Remedy {
        match self.split {
            // No split cuts one test.
            _ if tests.len() < 2 => Remedy::FasterTest,
            Split::File | Split::Class => Remedy::FinerSplit,
            Split::Auto | Split::Test => Remedy::FewerGroups,
        }
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
