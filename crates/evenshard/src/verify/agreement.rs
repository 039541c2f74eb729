//! The jobs have to agree: on one build, one plan, the number of shards, files and parameters.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{NodeId, dotted};
use crate::plan::Plan;
use crate::record::RunRecord;
use crate::verify::attempts::Attempts;
use crate::verify::evidence::Evidence;
use crate::verify::ledger::sources;
use crate::verify::problem::{Findings, ProblemKind, counted, shards_in_words};
use crate::verify::{Build, Expectations};

/// Returns the evidence of the scope, in a fixed order.
pub(super) fn scope<'e>(
    all: &'e [Evidence],
    plan: Option<&Plan>,
    expected: &Expectations,
    found: &mut Findings,
) -> Vec<&'e Evidence> {
    let planned = plan.map(|p| p.content().scope.as_str());
    let wanted = expected.scope.as_deref().or(planned);
    let chosen = wanted.or_else(|| most(all.iter().map(|e| e.record.scope.as_str())));
    let (mut own, others): (Vec<_>, Vec<_>) = all
        .iter()
        .partition(|e| Some(e.record.scope.as_str()) == chosen);
    if !others.is_empty() {
        let names: BTreeSet<String> = others.iter().map(|e| quoted(&e.record.scope)).collect();
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        let problem = if wanted.is_some() && !own.is_empty() {
            let n = counted(others.len(), "record");
            let message = format!("{n} of other scopes left out: {names}");
            found.warning(ProblemKind::OtherScopes, message)
        } else {
            let of = quoted(chosen.unwrap_or_default());
            let message = format!("beside records of scope {of} there are some of {names}");
            found.problem(ProblemKind::MixedScopes, message)
        };
        problem.files(others.iter().map(|e| e.name.clone()));
    }
    // Whatever order the caller read the files in, problems and messages come out the same.
    own.sort_by_key(|e| {
        let record = &e.record;
        (record.shard, record.attempt, &record.job, &e.name)
    });
    own
}

/// Returns the evidence of the build.
pub(super) fn build<'e>(
    all: Vec<&'e Evidence>,
    expected: &'e Expectations,
    found: &mut Findings,
) -> Vec<&'e Evidence> {
    let of = |e: &&'e Evidence| e.record.build.as_deref();
    let wanted = expected.build.as_deref().map(Some);
    let chosen = wanted.or_else(|| most(all.iter().map(of)));
    let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|e| Some(of(e)) == chosen);
    let verb = match wanted {
        Some(_) => "expected is",
        None if own.len() > others.len() => "most are of",
        None => "others are of",
    };
    if !others.is_empty() {
        let name_of = |b: Option<&str>| b.map_or("no build".to_owned(), |b| format!("build {b}"));
        let names = others.iter().map(|e| name_of(of(e)));
        let message = format!(
            "{} of {}; {verb} {} (were results of an earlier build left in the folder?)",
            counted(others.len(), "record"),
            Vec::from_iter(names.collect::<BTreeSet<String>>()).join(" and "),
            name_of(chosen.flatten()),
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
    let planned = || plan.map(|p| p.digest().to_owned());
    let used = || most(own.iter().map(|e| e.record.plan_digest.as_str()));
    let digest = expected.digest.clone().or_else(planned);
    let counts = || most(own.iter().map(|e| e.record.shard.count().get()));
    let count = plan.map(Plan::shard_count).or_else(counts);
    let digest = digest.or_else(|| used().map(str::to_owned));
    (digest, count.unwrap_or(0))
}

impl Build<'_> {
    /// Iterates over the records that count, each with the number of its shard.
    fn counting(&self) -> impl Iterator<Item = (u32, &RunRecord)> {
        let all = self.attempts.iter();
        all.flat_map(|s| s.counting().iter().map(|e| (s.number(), &e.record)))
    }

    /// Checks that all attempts that count used one plan, the expected one if there is one.
    pub(super) fn same_plan(&self, found: &mut Findings) {
        let digest = self.digest.as_deref();
        let mut used: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for (number, record) in self.counting() {
            used.entry(&record.plan_digest).or_default().insert(number);
        }
        // One plan that nobody expected is a problem too.
        if used.keys().all(|used| Some(*used) == digest) {
            return;
        }
        let line = |(plan, shards): (&&str, _)| {
            format!("{} used {}", shards_in_words(shards), short(plan))
        };
        let lines: Vec<String> = used.iter().map(line).collect();
        let mut message = format!("{}: {}", counted(used.len(), "plan"), lines.join(", "));
        if self.expected.digest.is_some() || self.plan.is_some() {
            message.extend(["; expected is ", short(digest.unwrap_or_default())]);
        }
        let others = used.into_iter().filter(|(plan, _)| Some(*plan) != digest);
        let problem = found.problem(ProblemKind::MixedPlans, message);
        problem.shards(others.flat_map(|(_, shards)| shards));
    }

    /// Checks that all records name the same number of shards.
    pub(super) fn same_count(&self, found: &mut Findings) {
        let others = self.attempts.iter().filter(|s| s.count() != self.count);
        let name = |s: &Attempts<'_>| format!("{} of {}", s.number(), s.count());
        let names: Vec<String> = others.clone().map(name).collect();
        if names.is_empty() {
            return;
        }
        let usual = self.plan.map_or("most are of", |_| "the plan has");
        let (names, count) = (names.join(", shard "), self.count);
        let message = format!("there is shard {names}, but {usual} {count}");
        let problem = found.problem(ProblemKind::MixedCounts, message);
        problem.shards(others.map(Attempts::number));
    }

    /// Checks that all shards visited the same files. Shards that lack the same ones are named
    /// together.
    pub(super) fn same_files(&self, found: &mut Findings) {
        let all: BTreeSet<&String> = self.counting().flat_map(|(_, r)| &r.files).collect();
        let mut lacking: BTreeMap<Vec<&String>, BTreeSet<u32>> = BTreeMap::new();
        for (number, record) in self.counting() {
            let visited: BTreeSet<&String> = record.files.iter().collect();
            if visited.len() < all.len() {
                let missing = all.difference(&visited).copied().collect();
                lacking.entry(missing).or_default().insert(number);
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
    pub(super) fn same_parameters(&self, found: &mut Findings) {
        let mut hashes = Hashes::default();
        for (number, record) in self.counting() {
            for (function, hash) in &record.cut {
                hashes.note(function, hash, number);
            }
        }
        if let Some((functions, shards)) = hashes.different() {
            let n = counted(functions.len(), "function");
            let message = saw_different(&shards, &format!("parameters of {n} that the plan cuts"));
            let problem = found.problem(ProblemKind::DifferentParameters, message);
            problem.shards(shards).tests(functions);
        }
    }

    /// Checks that shards with tests of one file agree on which of them stay together.
    pub(super) fn same_homes(&self, found: &mut Findings) {
        let recorded: BTreeSet<&String> =
            self.counting().flat_map(|(_, r)| r.kept.keys()).collect();
        let mut hashes = Hashes::default();
        for (number, record) in self.counting().filter(|_| !recorded.is_empty()) {
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
        if let Some((files, shards)) = hashes.different() {
            let n = counted(files.len(), "file");
            let message = saw_different(&shards, &format!("tests that stay together in {n}"));
            let problem = found.problem(ProblemKind::DifferentHomes, message);
            problem.shards(shards).files(files);
        }
    }
}

fn saw_different(shards: &BTreeSet<u32>, what: &str) -> String {
    let shards = shards_in_words(shards);
    format!("{shards} saw different {what} between them: some may have run nowhere, or twice")
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
    fn different(mut self) -> Option<(Vec<&'e str>, BTreeSet<u32>)> {
        self.0.retain(|_, (hashes, _)| hashes.len() > 1);
        let names = self.0.keys().copied().collect();
        let shards = self.0.into_values().flat_map(|(_, shards)| shards);
        let shards: BTreeSet<u32> = shards.collect();
        (!shards.is_empty()).then_some((names, shards))
    }
}

/// Returns the most frequent key; of equally frequent ones the greatest.
fn most<K: Ord + Copy>(keys: impl Iterator<Item = K>) -> Option<K> {
    let mut counts: BTreeMap<K, usize> = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|&(key, n)| (n, key));
    most.map(|(key, _)| key)
}

fn quoted(scope: &str) -> String {
    format!("'{scope}'")
}

/// Returns the part of a digest that people compare.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
