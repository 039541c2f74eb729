//! The jobs have to run what they were asked for: one selection, in one build, with nothing left
//! out.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::NodeId;
use crate::verify::evidence::Evidence;
use crate::verify::planned::names;
use crate::verify::problem::{Findings, ProblemKind, Weight, counted, shards_in_words};
use crate::verify::{Build, Expectations};

/// Results more than a day apart are hardly of one build: no CI keeps a job running for longer by
/// default.
const LONGEST_BUILD_MS: i64 = 24 * HOUR_MS;
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Warns if no record names its build: results of an earlier build would look the same.
pub(super) fn of_one_build(own: &[&Evidence], expected: &Expectations, found: &mut Findings) {
    let unknown = own.iter().all(|e| e.record.build.is_none());
    if own.is_empty() || !unknown || expected.build.is_some() {
        return;
    }
    let mut message = "no record names its build, so results of an earlier one would count too: `run --build ID` names it".to_owned();
    let begun = own.iter().filter_map(|e| Some((e.record.begun_ms?, *e)));
    // By name as well, so that the message is the same for any order of files.
    let oldest = begun.clone().min_by_key(|(begun, e)| (*begun, &e.name));
    let newest = begun.map(|(begun, _)| begun).max();
    let mut files = Vec::new();
    if let (Some((oldest, evidence)), Some(newest)) = (oldest, newest)
        && newest.saturating_sub(oldest) > LONGEST_BUILD_MS
    {
        let hours = newest.saturating_sub(oldest) / HOUR_MS;
        message = format!(
            "{message}, and shard {} was begun {hours} hours before the newest",
            evidence.record.shard.number()
        );
        files.push(evidence.name.clone());
    }
    found.warning(ProblemKind::NoBuild, message).files(files);
}

impl Build<'_> {
    /// Checks that all shards selected from the same tests. An attempt at failed tests only does
    /// not count, as it may be started by hand with other options. Nor do further sessions of some
    /// jobs, as under `pytest || pytest --lf`: one selection has to be common to all.
    pub(super) fn same_selection(&self, found: &mut Findings) {
        let mut selected: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for of_shard in &self.attempts {
            let first = of_shard.counting().first();
            // Later attempts run a part, whatever their options were.
            if let Some(selection) = first.and_then(|e| e.record.selection.as_deref()) {
                let shards = selected.entry(selection).or_default();
                shards.insert(of_shard.number());
            }
        }
        let sessions = selected
            .keys()
            .map(|text| -> BTreeSet<&str> { text.split("; ").collect() });
        let common = sessions.reduce(|common, these| &common & &these);
        if selected.len() < 2 || common.is_some_and(|common| !common.is_empty()) {
            return;
        }
        let side = |(selection, shards): (&&str, _)| {
            let what = match *selection {
                "" => "the whole suite".to_owned(),
                words => format!("`{words}`"),
            };
            format!("{} selected {what}", shards_in_words(shards))
        };
        let sides: Vec<String> = selected.iter().map(side).collect();
        let sides = sides.join(", ");
        let message = format!("{sides}: what one of them left out may have run nowhere");
        let problem = found.problem(ProblemKind::MixedSelections, message);
        problem.shards(selected.into_values().flatten());
    }

    /// Warns of tests that a hook of the suite left out; with a plan, of those that it expected.
    pub(super) fn dropped(&self, found: &mut Findings) {
        let planned = self
            .plan
            .map(|plan| -> BTreeSet<_> { names(plan.content()).collect() });
        let expected = |id: &&String| {
            let id = NodeId::parse(id);
            let classname = id.classname();
            let known = |name: &String| {
                let name = (classname.as_str(), name.as_str());
                planned.as_ref().is_none_or(|names| names.contains(&name))
            };
            id.names_in_reports().iter().any(known)
        };
        for of_shard in &self.attempts {
            let records = of_shard.counting().iter().map(|e| &e.record);
            let dropped = records.flat_map(|record| &record.dropped);
            // Several attempts at a shard leave the same tests out.
            let dropped: BTreeSet<&String> = dropped.filter(expected).collect();
            let number = of_shard.number();
            found.about(
                Weight::Warning,
                ProblemKind::Dropped,
                [number],
                dropped,
                |n| {
                    let n = counted(n, "test");
                    format!("a hook of the suite or a plugin left {n} of shard {number} out")
                },
            );
        }
    }
}
