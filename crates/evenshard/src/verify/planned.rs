//! The tests have to follow their plan: each in its shard, and none left out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, NodeId, function_of};
use crate::outcome::Outcome;
use crate::plan::{Plan, PlanContent, Unit};
use crate::verify::kept::KeptTests;
use crate::verify::ledger::{Ledger, Test};
use crate::verify::problem::{Findings, ProblemKind, Weight, counted};

/// Checks that each selected test is in the shard that the plan names.
pub(super) fn in_their_shards(ledger: &Ledger<'_>, found: &mut Findings) {
    let Some(plan) = ledger.build.plan else {
        return;
    };
    for shard in &ledger.shards {
        let first = shard.tests.first();
        let prefix = first.map(|test| test.evidence.record.junit_prefix.as_str());
        // The plan has names of reports, with the prefix; the record has node ids, without.
        let plan = without_prefix(plan, prefix.unwrap_or_default());
        // A shard of another number of shards is a problem of its own.
        let own = plan.shard(shard.attempts.shard.index()).ok();
        let mut tests: Vec<&str> = Vec::new();
        let same = |a: &Test<'_>, b: &Test<'_>| std::ptr::eq(a.evidence, b.evidence);
        for of_record in shard.tests.chunk_by(same) {
            let kept = KeptTests::of(&of_record[0].evidence.record);
            let elsewhere = |test: &&Test<'_>| {
                let id = test.placed_id();
                let placed = plan.place(&id, kept.test(test.id, &id));
                !own.is_some_and(|own| placed.runs_on(own))
            };
            tests.extend(of_record.iter().filter(elsewhere).map(|t| t.id));
        }
        let number = shard.number();
        found.about(
            Weight::Problem,
            ProblemKind::Misplaced,
            [number],
            tests,
            |n| {
                let n = counted(n, "test");
                format!("shard {number} ran {n} that the plan places in others")
            },
        );
    }
}

/// Checks that each shard that used the plan recorded which parameters it collected of the
/// functions that the plan cuts there.
pub(super) fn parameters_recorded(ledger: &Ledger<'_>, found: &mut Findings) {
    let Some(plan) = ledger.build.plan else {
        return;
    };
    let cut = cut_functions(plan.content());
    for shard in ledger.shards.iter().filter(|_| !cut.is_empty()) {
        // A job with another plan is a problem of its own, and cuts other functions.
        let used = |t: &&Test<'_>| t.evidence.record.plan_digest == plan.digest();
        let mut unrecorded = BTreeSet::new();
        for test in shard.tests.iter().filter(used) {
            let record = &test.evidence.record;
            let id = test.placed_id();
            let class = id.classname();
            let mut spellings = vec![class.clone()];
            if !record.junit_prefix.is_empty() {
                spellings.push(format!("{}.{class}", record.junit_prefix));
            }
            let here = |class: &String| {
                let shards = cut.get(&(class.as_str(), id.function()));
                shards.is_some_and(|shards| shards.contains(&shard.attempts.shard.index()))
            };
            let function = format!("{class}::{}", id.function());
            if spellings.iter().any(here) && !record.cut.contains_key(&function) {
                unrecorded.insert(function);
            }
        }
        let (number, kind) = (shard.number(), ProblemKind::DifferentParameters);
        found.about(Weight::Problem, kind, [number], unrecorded, |n| {
            let n = counted(n, "function");
            format!("shard {number} does not say which parameters it collected of {n} that the plan cuts")
        });
    }
}

/// Checks that each test of the plan was selected. The tests of a shard without a record are named
/// with the problem of that shard.
pub(super) fn all_selected(ledger: &Ledger<'_>, found: &mut Findings) {
    let Some(plan) = ledger.build.plan else {
        return;
    };
    let seen = Seen::new(ledger, |_| true);
    let unreported: BTreeSet<u32> = ledger.build.missing().collect();
    let listed = functions(names(plan.content()));
    let mut vanished = Vec::new();
    let mut renamed = Vec::new();
    for (shard, classname, name) in plan.content().tests() {
        // A plan of a first build has functions whole, by their names alone.
        let has_function = plan.content().counted && seen.has_function(classname, name);
        let is_unreported = shard.is_some_and(|shard| unreported.contains(&(shard + 1)));
        if is_unreported || has_function || seen.has(classname, name) {
            continue;
        }
        let kind = if seen.has_other_parameters(classname, name, &listed) {
            &mut renamed
        } else {
            &mut vanished
        };
        kind.push(format!("{classname}::{name}"));
    }
    found.about(Weight::Warning, ProblemKind::Renamed, [], renamed, |n| {
        let n = counted(n, "test");
        format!("{n} of the plan have other parameters now, as many or more")
    });
    // A plan from timings alone can have tests that were deleted since.
    let weight = Weight::of(plan.content().collected);
    found.about(weight, ProblemKind::Vanished, [], vanished, |n| {
        format!("{} of the plan that no shard selected", counted(n, "test"))
    });
}

/// Returns the functions whose parameters are in several shards, with the indices of these.
fn cut_functions(content: &PlanContent) -> BTreeMap<(&str, &str), BTreeSet<u32>> {
    let mut homes: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
    for (shard, classname, name) in content.tests() {
        let shards = homes.entry((classname, function_of(name))).or_default();
        shards.extend(shard);
    }
    homes.retain(|_, shards| shards.len() > 1);
    homes
}

/// Numbers of tests, by classname and function.
pub(super) type Functions<'p> = BTreeMap<(&'p str, &'p str), usize>;

/// Counts the tests of each function.
pub(super) fn functions<'p>(tests: impl Iterator<Item = (&'p str, &'p str)>) -> Functions<'p> {
    let mut functions = Functions::new();
    for (classname, name) in tests {
        *functions.entry((classname, function_of(name))).or_default() += 1;
    }
    functions
}

/// Iterates over the classnames and names of the tests that a plan lists.
pub(super) fn names(content: &PlanContent) -> impl Iterator<Item = (&str, &str)> {
    content
        .tests()
        .map(|(_, classname, name)| (classname, name))
}

/// The tests that some shard selected, as plans name them.
pub(super) struct Seen<'s> {
    tests: BTreeSet<(String, String)>,
    /// The dotted files and classes with a test.
    wholes: BTreeSet<String>,
    unlisted: BTreeSet<&'s Address>,
    /// The number of selected tests of each function.
    functions: BTreeMap<(String, String), usize>,
}

impl<'s> Seen<'s> {
    /// Takes the tests with a wanted outcome, which is `None` for a test without a result.
    pub(super) fn new(ledger: &Ledger<'s>, wanted: impl Fn(Option<Outcome>) -> bool) -> Self {
        let mut seen = Self {
            tests: BTreeSet::new(),
            wholes: BTreeSet::new(),
            unlisted: ledger.unlisted().map(|(_, address, _)| address).collect(),
            functions: BTreeMap::new(),
        };
        // Once, even if every shard ran it.
        let tests = ledger.tests().filter(|(_, t)| wanted(t.outcome));
        let tests = tests.map(|(_, t)| ((t.id, t.from), t));
        let tests: BTreeMap<_, &Test<'_>> = tests.collect();
        for test in tests.into_values() {
            let record = &test.evidence.record;
            let id = NodeId::parse(test.id);
            seen.add(&id, &record.junit_prefix);
            if id.group().is_some() {
                // Plans name it like reports if the `@` is a part of the name.
                seen.add(&NodeId::with_group(test.id), &record.junit_prefix);
            }
            if test.from.is_some() {
                seen.add(&test.placed_id(), &record.junit_prefix);
            }
        }
        seen
    }

    fn add(&mut self, id: &NodeId<'_>, junit_prefix: &str) {
        let mut spellings = vec![(id.classname(), id.dotted_file())];
        if !junit_prefix.is_empty() {
            let prefixed = |dotted: &String| format!("{junit_prefix}.{dotted}");
            // Plans from reports have the prefix, others have not.
            spellings.push((prefixed(&spellings[0].0), prefixed(&spellings[0].1)));
        }
        for (classname, file) in spellings {
            let function = (classname.clone(), id.function().to_owned());
            *self.functions.entry(function).or_default() += 1;
            // The file, and each class from there to that of the test.
            let nested = classname.match_indices('.').map(|(dot, _)| dot);
            for end in nested
                .chain([classname.len()])
                .filter(|&end| end >= file.len())
            {
                if !self.wholes.contains(&classname[..end]) {
                    self.wholes.insert(classname[..end].to_owned());
                }
            }
            for name in id.names_in_reports() {
                self.tests.insert((classname.clone(), name));
            }
        }
    }

    /// Returns true if as many tests of a function were selected as the plan lists, under other
    /// names.
    pub(super) fn has_other_parameters(
        &self,
        classname: &str,
        name: &str,
        listed: &Functions<'_>,
    ) -> bool {
        let function = function_of(name);
        let key = (classname.to_owned(), function.to_owned());
        let selected = self.functions.get(&key).copied().unwrap_or(0);
        let listed = listed.get(&(classname, function)).copied();
        function != name && listed.is_some_and(|listed| selected >= listed)
    }

    fn has_function(&self, classname: &str, function: &str) -> bool {
        let key = (classname.to_owned(), function.to_owned());
        self.functions.contains_key(&key)
    }

    pub(super) fn has(&self, classname: &str, name: &str) -> bool {
        if name.is_empty() {
            // A plan of whole files or classes names no test.
            return self.wholes.contains(classname);
        }
        let key = (classname.to_owned(), name.to_owned());
        let address = || Address {
            classname: key.0.clone(),
            name: key.1.clone(),
        };
        self.tests.contains(&key) || self.unlisted.contains(&address())
    }
}

/// Returns the plan with names as in a session whose reports have this prefix.
fn without_prefix<'p>(plan: &'p Plan, prefix: &str) -> Cow<'p, Plan> {
    if prefix.is_empty() {
        return Cow::Borrowed(plan);
    }
    let start = format!("{prefix}.");
    let own = |dotted: &str| dotted.strip_prefix(&start).unwrap_or(dotted).to_owned();
    let mut content = plan.content().clone();
    let shards = content.shards.iter_mut();
    let units = shards.flat_map(|shard| &mut shard.units);
    for unit in units.chain(&mut content.everywhere) {
        let tests = unit.tests.iter();
        let tests = tests.map(|(class, names)| (own(class), names.clone()));
        *unit = Unit::new(
            unit.level,
            &own(unit.file()),
            unit.predicted_us,
            tests.collect(),
        );
    }
    Cow::Owned(Plan::new(content))
}
