//! Test suites with setup costs: heavy-tailed tests in heavy-tailed files.

use evenshard::Micros;
use evenshard::pack::{Atom, Class, File, Problem};

use crate::random::{Random, whole};

/// The shape of a suite.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// About how many tests.
    pub tests: usize,
    /// Tests a file, on average.
    pub per_file: u64,
    /// The setup cost of a file.
    pub file_setup: Micros,
    /// The setup cost of every other class; files have one to four classes.
    pub class_setup: Micros,
}

/// A suite with log-normal durations (a quarter of a second on average, some tests a
/// hundred times that), log-normal file sizes, and a speed of its own for each file.
pub fn suite(shape: Shape, seed: u64) -> Problem {
    let mut random = Random::new(seed ^ (shape.tests as u64) << 24);
    let (mut atoms, mut classes, mut files) = (Vec::new(), Vec::new(), Vec::new());
    while atoms.len() < shape.tests {
        let count = heavy(&mut random, shape.per_file as f64, 1.0).max(1);
        let pace = heavy(&mut random, 170_000.0, 0.8) as f64;
        let file = index(files.len());
        files.push(File {
            setup: shape.file_setup,
        });
        let groups = random.between(1, 4).min(count);
        for group in 0..groups {
            let class = index(classes.len());
            classes.push(Class {
                file,
                setup: if group % 2 == 1 {
                    shape.class_setup
                } else {
                    Micros::ZERO
                },
            });
            let own = count / groups + u64::from(group < count % groups);
            for _ in 0..own {
                let duration = Micros::new(1_000 + heavy(&mut random, pace, 1.0));
                atoms.push(Atom { duration, class });
            }
        }
    }
    Problem::new(atoms, classes, files).unwrap_or_default()
}

/// A log-normal number of the given mean.
fn heavy(random: &mut Random, mean: f64, sigma: f64) -> u64 {
    whole(mean * (sigma * random.normal() - sigma * sigma / 2.0).exp())
}

fn index(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
