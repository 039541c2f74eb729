//! The jobs have to agree: on one build, one plan, the number of shards, files and parameters.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{NodeId, dotted};
use crate::plan::Plan;
use crate::verify::Expectations;
use crate::verify::attempts::Attempts;
use crate::verify::evidence::Evidence;
use crate::verify::ledger::sources;
use crate::verify::problem::{Findings, ProblemKind, counted, shards_in_words};

/// Returns the evidence of the scope, in a fixed order.
pub(super) fn scope<'e>(
    all: &'e [Evidence],
    plan: Option<&Plan>,
    expected: &Expectations,
    found: &mut Findings,
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
            found
                .warning(ProblemKind::OtherScopes, message)
                .files(files);
        } else {
            let of = quoted(chosen.unwrap_or_default());
            let message = format!(
                "beside records of scope {of} there are some of {}",
                names.join(", ")
            );
            found
                .problem(ProblemKind::MixedScopes, message)
                .files(files);
        }
    }
    let mut own = own;
    own.sort_by_key(|e| {
        let record = &e.record;
        (record.shard, record.attempt, &record.job, &e.name)
    });
    own
}

/// Returns the evidence of the build.
pub(super) fn build<'e>(
    all: Vec<&'e Evidence>,
    expected: &Expectations,
    found: &mut Findings,
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
        let name_of = |b: &Option<String>| {
            b.clone()
                .map_or("no build".to_owned(), |b| format!("build {b}"))
        };
        let names: BTreeSet<String> = others.iter().map(|e| name_of(&e.record.build)).collect();
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
            name_of(&chosen.flatten().map(str::to_owned)),
        );
        found
            .problem(ProblemKind::MixedBuilds, message)
            .shards(others.iter().map(|e| e.record.shard.number()))
            .files(others.iter().map(|e| e.name.clone()));
    }
    own
}

/// Returns the digest of the plan that was to be used, and the number of shards.
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

/// Checks that all attempts that count used one plan, the expected one if there is one.
pub(super) fn same_plan(
    attempts: &[Attempts<'_>],
    digest: Option<&str>,
    expected: &Expectations,
    plan: Option<&Plan>,
    found: &mut Findings,
) {
    let mut used: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for of_shard in attempts {
        for evidence in of_shard.counting() {
            let shards = used.entry(&evidence.record.plan_digest).or_default();
            shards.insert(of_shard.number());
        }
    }
    if used.keys().all(|used| Some(*used) == digest) {
        return;
    }
    let line =
        |(plan, shards): (&&str, _)| format!("{} used {}", shards_in_words(shards), short(plan));
    let lines: Vec<String> = used.iter().map(line).collect();
    let mut message = format!("{}: {}", counted(used.len(), "plan"), lines.join(", "));
    if expected.digest.is_some() || plan.is_some() {
        message.extend(["; expected is ", short(digest.unwrap_or_default())]);
    }
    let others = used.into_iter().filter(|(plan, _)| Some(*plan) != digest);
    let problem = found.problem(ProblemKind::MixedPlans, message);
    problem.shards(others.flat_map(|(_, shards)| shards));
}

/// Checks that all records name the same number of shards.
pub(super) fn same_count(
    attempts: &[Attempts<'_>],
    count: u32,
    plan: Option<&Plan>,
    found: &mut Findings,
) {
    let others: Vec<&Attempts<'_>> = attempts.iter().filter(|s| s.count() != count).collect();
    if others.is_empty() {
        return;
    }
    let name = |s: &&Attempts<'_>| format!("{} of {}", s.number(), s.count());
    let names: Vec<String> = others.iter().map(name).collect();
    let usual = plan.map_or("most are of", |_| "the plan has");
    let message = format!(
        "there is shard {}, but {usual} {count}",
        names.join(", shard ")
    );
    let problem = found.problem(ProblemKind::MixedCounts, message);
    problem.shards(others.iter().map(|s| s.number()));
}

/// Checks that all shards visited the same files. Shards that lack the same ones are named
/// together.
pub(super) fn same_files(attempts: &[Attempts<'_>], found: &mut Findings) {
    let mut visited: Vec<(u32, BTreeSet<&str>)> = Vec::new();
    for of_shard in attempts {
        for evidence in of_shard.counting() {
            let files = evidence.record.files.iter().map(String::as_str);
            visited.push((of_shard.number(), files.collect()));
        }
    }
    let all = visited.iter().flat_map(|(_, files)| files);
    let all: BTreeSet<&str> = all.copied().collect();
    let mut lacking: BTreeMap<Vec<&str>, BTreeSet<u32>> = BTreeMap::new();
    for (number, files) in &visited {
        if files.len() < all.len() {
            let missing = all.difference(files).copied().collect();
            lacking.entry(missing).or_default().insert(*number);
        }
    }
    for (missing, shards) in lacking {
        let message = format!(
            "{} did not visit {} that others visited",
            shards_in_words(&shards),
            counted(missing.len(), "file"),
        );
        let problem = found.problem(ProblemKind::DifferentFiles, message);
        problem.shards(shards).files(missing);
    }
}

/// Checks that shards with parameters of one function collected the same ones.
pub(super) fn same_parameters(attempts: &[Attempts<'_>], found: &mut Findings) {
    let mut hashes = Hashes::default();
    for of_shard in attempts {
        for evidence in of_shard.counting() {
            for (function, hash) in &evidence.record.cut {
                hashes.note(function, hash, of_shard.number());
            }
        }
    }
    let Some((functions, shards)) = hashes.different() else {
        return;
    };
    let message = format!(
        "{} saw different parameters of {} that the plan cuts between them: some may have run nowhere, or twice",
        shards_in_words(&shards),
        counted(functions.len(), "function"),
    );
    let problem = found.problem(ProblemKind::DifferentParameters, message);
    problem.shards(shards).tests(functions);
}

/// Checks that shards with tests of one file agree on which of them stay together.
pub(super) fn same_homes(attempts: &[Attempts<'_>], found: &mut Findings) {
    let counting = || {
        let all = attempts.iter();
        all.flat_map(|s| s.counting().iter().map(move |e| (s.number(), &e.record)))
    };
    let recorded: BTreeSet<&String> = counting().flat_map(|(_, r)| r.kept.keys()).collect();
    let mut hashes = Hashes::default();
    for (number, record) in counting().filter(|_| !recorded.is_empty()) {
        let files: BTreeSet<String> = sources(record)
            .map(|(id, file)| dotted(file.unwrap_or_else(|| NodeId::parse(id).path())))
            .collect();
        for file in &recorded {
            // A job with tests of the file and no hash saw none that stay together.
            let none = files.contains(*file).then_some("");
            if let Some(hash) = record.kept.get(*file).map(String::as_str).or(none) {
                hashes.note(file, hash, number);
            }
        }
    }
    let Some((files, shards)) = hashes.different() else {
        return;
    };
    let message = format!(
        "{} saw different tests that stay together in {} between them: some may have run nowhere, or twice",
        shards_in_words(&shards),
        counted(files.len(), "file"),
    );
    let problem = found.problem(ProblemKind::DifferentHomes, message);
    problem.shards(shards).files(files);
}

/// The hashes that jobs recorded of what they collected, by function or file.
#[derive(Default)]
struct Hashes<'e>(BTreeMap<&'e str, (BTreeSet<&'e str>, BTreeSet<u32>)>);

impl<'e> Hashes<'e> {
    fn note(&mut self, of: &'e str, hash: &'e str, shard: u32) {
        let (hashes, shards) = self.0.entry(of).or_default();
        hashes.insert(hash);
        shards.insert(shard);
    }

    /// Returns what has more than one hash, and the shards that recorded one of these.
    fn different(self) -> Option<(Vec<&'e str>, BTreeSet<u32>)> {
        let several = self
            .0
            .into_iter()
            .filter(|(_, (hashes, _))| hashes.len() > 1);
        let (mut names, mut all) = (Vec::new(), BTreeSet::new());
        for (name, (_, shards)) in several {
            names.push(name);
            all.extend(shards);
        }
        (!names.is_empty()).then_some((names, all))
    }
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

/// Returns the key of the largest group; of equal ones the greatest.
fn most<K: Ord + Copy>(groups: &BTreeMap<K, usize>) -> Option<K> {
    let largest = groups.iter().max_by_key(|(key, n)| (**n, **key));
    largest.map(|(key, _)| *key)
}

fn quoted(scope: &str) -> String {
    format!("'{scope}'")
}

/// Returns the part of a digest that people compare.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
