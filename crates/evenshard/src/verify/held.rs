//! That all shards were of one build and held the same: plan, number, files, parameters.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{NodeId, dotted};
use crate::plan::Plan;
use crate::verify::Expectations;
use crate::verify::attempts::Standing;
use crate::verify::evidence::Evidence;
use crate::verify::ledger::sources;
use crate::verify::problem::{Problem, ProblemKind, counted, shards_in_words};

/// The evidence of the scope in question, in a fixed order.
pub(super) fn scope<'e>(
    all: &'e [Evidence],
    plan: Option<&Plan>,
    expected: &Expectations,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) -> Vec<&'e Evidence> {
    let by_scope = grouped(all.iter(), |e| e.record.scope.as_str());
    let planned = plan.map(|p| p.content().scope.as_str());
    let wanted = expected.scope.as_deref().or(planned);
    let chosen = wanted.or_else(|| most(&by_scope));
    let (own, others): (Vec<_>, Vec<_>) = all
        .iter()
        .partition(|e| Some(e.record.scope.as_str()) == chosen);
    if !others.is_empty() {
        let names: BTreeSet<String> = others.iter().map(|e| quoted(&e.record.scope)).collect();
        let names: Vec<String> = names.into_iter().collect();
        let files = others.iter().map(|e| e.name.clone());
        if wanted.is_some() && !own.is_empty() {
            let n = counted(others.len(), "record");
            let message = format!("{n} of other scopes left out: {}", names.join(", "));
            warnings.push(Problem::new(ProblemKind::OtherScopes, message).files(files));
        } else {
            let of = quoted(chosen.unwrap_or_default());
            let message = format!(
                "beside records of scope {of} there are some of {}",
                names.join(", ")
            );
            problems.push(Problem::new(ProblemKind::MixedScopes, message).files(files));
        }
    }
    let mut own = own;
    own.sort_by_key(|e| {
        let record = &e.record;
        (record.shard, record.attempt, &record.job, &e.name)
    });
    own
}

/// The evidence of the build in question.
pub(super) fn build<'e>(
    all: Vec<&'e Evidence>,
    expected: &Expectations,
    problems: &mut Vec<Problem>,
) -> Vec<&'e Evidence> {
    let by_build = grouped(all.iter().copied(), |e| e.record.build.as_deref());
    let chosen = match &expected.build {
        Some(build) => Some(Some(build.as_str())),
        None => most(&by_build),
    };
    let (own, others): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|e| Some(e.record.build.as_deref()) == chosen);
    if !others.is_empty() {
        let said = |b: &Option<String>| {
            b.clone()
                .map_or("no build".to_owned(), |b| format!("build {b}"))
        };
        let names: BTreeSet<String> = others.iter().map(|e| said(&e.record.build)).collect();
        let names: Vec<String> = names.into_iter().collect();
        let verb = if expected.build.is_some() {
            "expected is"
        } else {
            "most are of"
        };
        let message = format!(
            "{} of {}; {verb} {}",
            counted(others.len(), "record"),
            names.join(" and "),
            said(&chosen.flatten().map(str::to_owned)),
        );
        let problem = Problem::new(ProblemKind::MixedBuilds, message);
        let problem = problem.shards(others.iter().map(|e| e.record.shard.number()));
        problems.push(problem.files(others.iter().map(|e| e.name.clone())));
    }
    own
}

/// The plan that was to be held, and how many shards there were to be.
pub(super) fn plan_and_count(
    own: &[&Evidence],
    plan: Option<&Plan>,
    expected: &Expectations,
) -> (Option<String>, u32) {
    let by_digest = grouped(own.iter().copied(), |e| e.record.plan_digest.as_str());
    let by_count = grouped(own.iter().copied(), |e| e.record.shard.count().get());
    let planned = plan.map(|p| p.digest().to_owned());
    let digest = expected.digest.clone().or(planned);
    let digest = digest.or_else(|| most(&by_digest).map(str::to_owned));
    let count = plan.map(Plan::shard_count).or_else(|| most(&by_count));
    (digest, count.unwrap_or(0))
}

/// All attempts that count held one plan, the expected one where one is.
pub(super) fn same_plan(
    standings: &[Standing<'_>],
    digest: Option<&str>,
    expected: &Expectations,
    plan: Option<&Plan>,
    problems: &mut Vec<Problem>,
) {
    let mut held: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for standing in standings {
        for evidence in standing.counting() {
            let of_plan = held.entry(&evidence.record.plan_digest);
            of_plan.or_default().insert(standing.number);
        }
    }
    if held.keys().all(|held| Some(*held) == digest) {
        return;
    }
    let who: Vec<String> = held
        .iter()
        .map(|(plan, shards)| {
            let shards: Vec<u32> = shards.iter().copied().collect();
            format!("{} held {}", shards_in_words(&shards), short(plan))
        })
        .collect();
    let mut message = format!("{}: {}", counted(held.len(), "plan"), who.join(", "));
    if expected.digest.is_some() || plan.is_some() {
        message.extend(["; expected is ", short(digest.unwrap_or_default())]);
    }
    let others = held.iter().filter(|(plan, _)| Some(**plan) != digest);
    let shards = others.flat_map(|(_, shards)| shards.iter().copied());
    problems.push(Problem::new(ProblemKind::MixedPlans, message).shards(shards));
}

/// All shards were of the same number of shards.
pub(super) fn same_count(
    standings: &[Standing<'_>],
    count: u32,
    plan: Option<&Plan>,
    problems: &mut Vec<Problem>,
) {
    let others: Vec<&Standing<'_>> = standings.iter().filter(|s| s.count != count).collect();
    if others.is_empty() {
        return;
    }
    let names: Vec<String> = others
        .iter()
        .map(|s| format!("{} of {}", s.number, s.count))
        .collect();
    let whose = if plan.is_some() {
        "the plan has"
    } else {
        "most are of"
    };
    let message = format!(
        "there is shard {}, but {whose} {count}",
        names.join(", shard ")
    );
    let problem = Problem::new(ProblemKind::MixedCounts, message);
    problems.push(problem.shards(others.iter().map(|s| s.number)));
}

/// All shards were offered the same files. Shards that lack the same ones are named together.
pub(super) fn same_files(standings: &[Standing<'_>], problems: &mut Vec<Problem>) {
    let mut offered: Vec<(u32, BTreeSet<&str>)> = Vec::new();
    for standing in standings {
        for evidence in standing.counting() {
            let files = evidence.record.files.iter().map(String::as_str);
            offered.push((standing.number, files.collect()));
        }
    }
    let all: BTreeSet<&str> = offered
        .iter()
        .flat_map(|(_, files)| files)
        .copied()
        .collect();
    let mut lacking: BTreeMap<Vec<&str>, Vec<u32>> = BTreeMap::new();
    for (number, files) in &offered {
        if files.len() < all.len() {
            let missing = all.difference(files).copied().collect();
            lacking.entry(missing).or_default().push(*number);
        }
    }
    for (missing, mut shards) in lacking {
        shards.dedup();
        let verb = if shards.len() == 1 { "was" } else { "were" };
        let message = format!(
            "{} {verb} not offered {} that others were",
            shards_in_words(&shards),
            counted(missing.len(), "file"),
        );
        let problem = Problem::new(ProblemKind::DifferentFiles, message);
        problems.push(problem.shards(shards).files(missing));
    }
}

/// Shards that share the parameters of a function collected the same ones.
pub(super) fn same_parameters(standings: &[Standing<'_>], problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<u32>)> = BTreeMap::new();
    for standing in standings {
        for evidence in standing.counting() {
            for (function, hash) in &evidence.record.cut {
                let (hashes, shards) = seen.entry(function).or_default();
                hashes.insert(hash);
                shards.insert(standing.number);
            }
        }
    }
    seen.retain(|_, (hashes, _)| hashes.len() > 1);
    if seen.is_empty() {
        return;
    }
    let shards: BTreeSet<u32> = seen
        .values()
        .flat_map(|(_, shards)| shards)
        .copied()
        .collect();
    let in_order: Vec<u32> = shards.iter().copied().collect();
    let message = format!(
        "{} saw different parameters of {} that the plan cuts between them: some may have run nowhere, or twice",
        shards_in_words(&in_order),
        counted(seen.len(), "function"),
    );
    let problem = Problem::new(ProblemKind::DifferentParameters, message);
    problems.push(problem.shards(shards).tests(seen.into_keys()));
}

/// Shards that share a file agree on which of its tests stay together.
pub(super) fn same_homes(standings: &[Standing<'_>], problems: &mut Vec<Problem>) {
    let counting = || {
        let all = standings.iter();
        all.flat_map(|s| s.counting().iter().map(move |e| (s.number, &e.record)))
    };
    let told: BTreeSet<&String> = counting().flat_map(|(_, r)| r.kept.keys()).collect();
    let mut seen: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<u32>)> = BTreeMap::new();
    for (number, record) in counting().filter(|_| !told.is_empty()) {
        let files: BTreeSet<String> = sources(record)
            .map(|(id, file)| dotted(file.unwrap_or_else(|| NodeId::parse(id).path())))
            .collect();
        for file in &told {
            // One that runs tests of a file and says nothing saw none that stay together.
            let silent = files.contains(*file).then_some("");
            if let Some(hash) = record.kept.get(*file).map(String::as_str).or(silent) {
                let (hashes, shards) = seen.entry(file).or_default();
                hashes.insert(hash);
                shards.insert(number);
            }
        }
    }
    seen.retain(|_, (hashes, _)| hashes.len() > 1);
    if seen.is_empty() {
        return;
    }
    let shards: BTreeSet<u32> = seen
        .values()
        .flat_map(|(_, shards)| shards)
        .copied()
        .collect();
    let in_order: Vec<u32> = shards.iter().copied().collect();
    let message = format!(
        "{} saw different tests that stay together in {} between them: some may have run nowhere, or twice",
        shards_in_words(&in_order),
        counted(seen.len(), "file"),
    );
    let problem = Problem::new(ProblemKind::DifferentHomes, message);
    problems.push(problem.shards(shards).files(seen.into_keys()));
}

fn grouped<'e, K: Ord>(
    all: impl Iterator<Item = &'e Evidence>,
    key: impl Fn(&'e Evidence) -> K,
) -> BTreeMap<K, usize> {
    let mut groups = BTreeMap::new();
    for evidence in all {
        *groups.entry(key(evidence)).or_default() += 1;
    }
    groups
}

/// The key of the largest group, the greatest key among equals.
fn most<K: Ord + Copy>(groups: &BTreeMap<K, usize>) -> Option<K> {
    let largest = groups.iter().max_by_key(|(key, n)| (**n, **key));
    largest.map(|(key, _)| *key)
}

fn quoted(scope: &str) -> String {
    format!("'{scope}'")
}

/// As much of a digest as people compare.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
