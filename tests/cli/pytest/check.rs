//! The law that all scenarios share: each test in exactly one shard.

use std::collections::BTreeMap;

use super::project::Outcome;

/// Tests that are the same one although their ids differ.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Differs {
    /// Ids are the same in each process.
    Never,
    /// The parameters of functions whose name holds this differ.
    Parameters(&'static str),
}

impl Differs {
    fn apply(self, id: &str) -> String {
        match self {
            Self::Parameters(mark) if id.contains(mark) => {
                id.split('[').next().unwrap_or(id).to_owned()
            }
            _ => id.to_owned(),
        }
    }
}

/// Asserts that the shards together selected and ran exactly what plain pytest
/// did, that no two of them meet, and that all ended as they should.
#[track_caller]
pub(crate) fn assert_partition(plain: &Outcome, shards: &[Outcome]) {
    assert_partition_of(plain, shards, Differs::Never);
}

/// [`assert_partition`] for suites that generate ids.
#[track_caller]
pub(crate) fn assert_partition_of(plain: &Outcome, shards: &[Outcome], differs: Differs) {
    assert!(
        !plain.ran.is_empty(),
        "plain pytest ran nothing: {}",
        plain.talk()
    );
    assert_same("selected", differs, plain, shards, |outcome| {
        &outcome.selected
    });
    assert_same("ran", differs, plain, shards, |outcome| &outcome.ran);
    assert_statuses(plain, shards);
}

/// Asserts that one list of each shard adds up to that of plain pytest, and
/// that no id is in two of them.
#[track_caller]
pub(crate) fn assert_same(
    what: &str,
    differs: Differs,
    plain: &Outcome,
    shards: &[Outcome],
    list: impl Fn(&Outcome) -> &Vec<String>,
) {
    let wanted = count(differs, list(plain));
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut home: BTreeMap<String, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for (index, shard) in shards.iter().enumerate() {
        for (id, times) in count(differs, list(shard)) {
            if let Some(other) = home.insert(id.clone(), index) {
                faults.push(format!("in shards {} and {}: {id:?}", other + 1, index + 1));
            }
            *found.entry(id).or_default() += times;
        }
    }
    for (id, times) in &wanted {
        if found.get(id) != Some(times) {
            let times_found = found.get(id).unwrap_or(&0);
            faults.push(format!("{times_found} times instead of {times}: {id:?}"));
        }
    }
    for id in found.keys().filter(|id| !wanted.contains_key(*id)) {
        faults.push(format!("only under evenshard: {id:?}"));
    }
    assert!(
        faults.is_empty(),
        "{what} by {} shards:\n{}\n{}",
        shards.len(),
        faults.join("\n"),
        shards
            .iter()
            .map(Outcome::talk)
            .collect::<Vec<_>>()
            .join("\n=====\n")
    );
}

/// Checks all scenarios, and names each that fails, not only the first.
#[track_caller]
pub(crate) fn each<T: std::fmt::Debug>(scenarios: &[T], check: impl Fn(&T)) {
    let fails = |scenario: &&T| {
        let run = std::panic::AssertUnwindSafe(|| check(scenario));
        std::panic::catch_unwind(run).is_err()
    };
    let failed: Vec<&T> = scenarios.iter().filter(fails).collect();
    assert!(failed.is_empty(), "scenarios that failed: {failed:#?}");
}

/// Asserts that shards succeed where plain pytest does, and that some shard
/// fails, and none in another way, where it does not.
#[track_caller]
fn assert_statuses(plain: &Outcome, shards: &[Outcome]) {
    for shard in shards {
        assert!(
            shard.status == plain.status || shard.status == 0,
            "plain pytest ended with {}, a shard with {}",
            plain.status,
            shard.talk()
        );
    }
    assert!(
        shards.iter().any(|shard| shard.status == plain.status),
        "plain pytest ended with {}, and all shards with 0",
        plain.status
    );
}

fn count(differs: Differs, ids: &[String]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for id in ids {
        *counts.entry(differs.apply(id)).or_default() += 1;
    }
    counts
}
