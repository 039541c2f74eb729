//! The parameters of functions: which tests of a function may be cut apart.

use std::collections::{BTreeMap, BTreeSet};

use super::SuiteTest;
use crate::address::{Positions, function_of};

/// The parameter ids of a function, by what may be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameters {
    /// Ids that were not the same in two builds: the function stays whole, whatever rules say.
    Unstable,
    /// Ids that name values: each test may go to another shard.
    Values,
    /// Positions that may go with other arguments: the function stays whole.
    Mixed,
    /// Positions that come with each value of the other arguments: tests of the group with this
    /// number, which differ in positions only, stay together.
    ButForPositions(u32),
}

impl Parameters {
    fn has_positions(self) -> bool {
        matches!(self, Self::Mixed | Self::ButForPositions(_))
    }
}

/// Sorts the tests of a class by name, those that differ in positions only next to each other.
pub(super) fn sort_by_name(tests: &mut [SuiteTest<'_>]) {
    tests.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    if !tests.iter().any(|test| test.parameters.has_positions()) {
        return;
    }
    let same = |a: &SuiteTest<'_>, b: &SuiteTest<'_>| function_of(&a.name) == function_of(&b.name);
    for of_function in tests.chunk_by_mut(same) {
        number_groups(of_function);
        of_function.sort_by(|a, b| (a.whole_name(), &a.name).cmp(&(b.whole_name(), &b.name)));
    }
}

/// Numbers the groups of a function's tests that differ in positions only, if every position
/// comes with each value of the other arguments.
fn number_groups(tests: &mut [SuiteTest<'_>]) {
    if !tests.iter().any(|test| test.parameters.has_positions()) {
        return;
    }
    let mut names: Vec<&str> = tests.iter().map(|test| test.name.as_ref()).collect();
    names.dedup(); // A list can have a test twice.
    let positions = Positions::of(names.iter().copied());
    // Positions of two arguments that go together mean other pairs elsewhere.
    if !positions.are_free(names.iter().copied()) {
        return;
    }
    let without = names
        .iter()
        .map(|name| positions.without(name).into_owned());
    // Sorted, so that the numbers follow the names.
    let groups: BTreeSet<String> = without.collect();
    let numbers: BTreeMap<String, u32> = groups.into_iter().zip(0..).collect();
    for test in tests
        .iter_mut()
        .filter(|test| test.parameters.has_positions())
    {
        if let Some(&number) = numbers.get(positions.without(&test.name).as_ref()) {
            test.parameters = Parameters::ButForPositions(number);
        }
    }
}
