//! Finds the numbers of tests by class and name.

use rustc_hash::FxHashMap;

use crate::history::{TestKey, count};

/// The longest run that is searched one by one: comparing that many neighbours is faster than one
/// lookup in a table that is far away in memory. Chosen, not measured by itself. With one hash table
/// for all tests, and interned names without their hashes, a report of a million cases takes 1.1 s
/// to read and not 0.74, and 302 MB and not 276 (`benches/src/bin/million.rs`).
const LONGEST_RUN: u32 = 24;

/// Finds tests by class and name. Tests of one class come together, so most have numbers that
/// follow one another: these are looked through, and only the others need a hash table.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// By class.
    runs: Vec<Run>,
    others: FxHashMap<TestKey, u32>,
}

/// The first tests of a class, while their numbers follow one another.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    first: u32,
    len: u32,
    /// True if the class has other tests too.
    has_others: bool,
}

impl Index {
    /// Returns the number of a test, if it is known.
    pub(super) fn find(&self, tests: &[TestKey], key: TestKey) -> Option<u32> {
        let run = self.runs.get(key.class as usize)?;
        let of_run = tests[run.first as usize..].iter().zip(run.first..);
        let mut of_run = of_run.take(run.len as usize);
        let found = of_run.find(|(test, _)| test.name == key.name);
        let others = || self.others.get(&key).filter(|_| run.has_others).copied();
        found.map(|(_, number)| number).or_else(others)
    }

    /// Returns the number of a test, and adds the test if it is new.
    pub(super) fn add(&mut self, tests: &mut Vec<TestKey>, key: TestKey) -> u32 {
        if let Some(known) = self.find(tests, key) {
            return known;
        }
        let next = count(tests.len());
        tests.push(key);
        let class = key.class as usize;
        if class >= self.runs.len() {
            self.runs.resize(class + 1, Run::default());
        }
        let run = &mut self.runs[class];
        // A run cannot grow once tests of another class follow it.
        if run.len == 0 && !run.has_others {
            (run.first, run.len) = (next, 1);
        } else if run.first + run.len == next && run.len < LONGEST_RUN {
            run.len += 1;
        } else {
            run.has_others = true;
            self.others.insert(key, next);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Index;
    use crate::history::TestKey;

    #[test]
    fn tests_are_found_however_they_come() {
        let mut random = 1_u32;
        for spread in [1, 3, 200] {
            let (mut index, mut tests, mut expected) =
                (Index::default(), Vec::new(), BTreeMap::new());
            for n in 0..5_000_u32 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let class = n / 100 % 7 + (random >> 16) % spread;
                let name = (random >> 8) % 60;
                let next = u32::try_from(expected.len()).unwrap();
                let number = *expected.entry((class, name)).or_insert(next);
                assert_eq!(index.add(&mut tests, TestKey { class, name }), number);
            }
            for class in 0..210 {
                for name in 0..61 {
                    let found = index.find(&tests, TestKey { class, name });
                    assert_eq!(found, expected.get(&(class, name)).copied());
                }
            }
        }
    }
}
