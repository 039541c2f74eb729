//! The lists that the jobs had, and the share of each job.

use std::collections::{BTreeMap, BTreeSet};

use crate::pack::RunsOn;
use crate::plan::Placed;
use crate::record::SharedList;
use crate::verify::Build;
use crate::verify::attempts::Attempts;
use crate::verify::lists::list;
use crate::verify::problem::{Findings, ProblemKind, Weight, counted, shards_in_words};

/// The lines of all lists and their shares.
pub(super) struct Lines<'b> {
    pub(super) build: &'b Build<'b>,
    /// The list of most shards; of equally frequent ones that with the greatest digest.
    pub(super) of_most: Option<&'b SharedList>,
    /// The shards that had each list.
    had: BTreeMap<&'b str, (&'b SharedList, BTreeSet<u32>)>,
    /// Every line of any list, sorted.
    pub(super) all: Vec<&'b str>,
    /// The shard of each line by the plan; empty without a plan.
    by_plan: Vec<Placed>,
    /// The indices of the shards with each line in their share.
    pub(super) shares: BTreeMap<&'b str, BTreeSet<usize>>,
    /// Lines that a rule places in every shard.
    everywhere: BTreeSet<&'b str>,
}

impl<'b> Lines<'b> {
    pub(super) fn new(build: &'b Build<'b>) -> Self {
        let mut had: BTreeMap<&str, (&SharedList, BTreeSet<u32>)> = BTreeMap::new();
        let mut shares: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        let mut everywhere = BTreeSet::new();
        for (at, of_shard) in build.attempts.iter().enumerate() {
            let last = of_shard.last();
            if let Some(list) = list(last) {
                let entry = had.entry(&list.digest);
                let (_, who) = entry.or_insert((list, BTreeSet::new()));
                who.insert(of_shard.number());
            }
            for line in &last.record.selected {
                shares.entry(line).or_default().insert(at);
            }
            everywhere.extend(last.record.everywhere.iter().map(String::as_str));
        }
        let most = had.values().max_by_key(|(_, shards)| shards.len());
        let of_most = most.map(|(list, _)| *list);
        let lists = had.values().flat_map(|(list, _)| &list.lines);
        let all: BTreeSet<&str> = lists.map(String::as_str).collect();
        let all: Vec<&str> = all.into_iter().collect();
        let by_plan = build.plan.map(|plan| plan.place_lines(&all));
        // Where there is a plan, it decides and not the records.
        if let Some(placed) = &by_plan {
            let everywhere_of = all
                .iter()
                .zip(placed)
                .filter(|(_, placed)| placed.on == RunsOn::Everywhere);
            everywhere = everywhere_of.map(|(line, _)| *line).collect();
        }
        Self {
            build,
            of_most,
            had,
            by_plan: by_plan.into_iter().flatten().collect(),
            all,
            shares,
            everywhere,
        }
    }

    /// Checks that no job ran pytest.
    pub(super) fn all_of_lists(&self, found: &mut Findings) {
        let attempts = self.build.attempts.iter();
        let others = attempts.filter(|s| list(s.last()).is_none());
        let shards: BTreeSet<u32> = others.map(Attempts::number).collect();
        if !shards.is_empty() {
            let message = format!(
                "{} ran pytest and the others another runner: give each suite a --scope of its own",
                shards_in_words(&shards)
            );
            let problem = found.problem(ProblemKind::DifferentLists, message);
            problem.shards(shards);
        }
    }

    /// Checks that all jobs had one list.
    pub(super) fn same_list(&self, found: &mut Findings) {
        if self.had.len() < 2 {
            return;
        }
        let sides: Vec<String> = { self.had.values() }
            .map(|(list, shards)| {
                let lines = counted(list.lines.len(), "line");
                format!("{} had a list of {lines}", shards_in_words(shards))
            })
            .collect();
        let lists = self.had.values().map(|(list, _)| &list.lines);
        let mut of: BTreeMap<&String, usize> = BTreeMap::new();
        for line in lists.flatten() {
            *of.entry(line).or_default() += 1;
        }
        // Lines that all have are no difference.
        let not_in_all = of.into_iter().filter(|(_, n)| *n < self.had.len());
        let not_in_all = not_in_all.map(|(line, _)| line.clone());
        let message = format!("{}; not in all of them:", sides.join(", "));
        let of_most = self.of_most.map(|list| list.digest.as_str());
        let others = self
            .had
            .iter()
            .filter(|(digest, _)| Some(**digest) != of_most);
        let shards = others.flat_map(|(_, (_, shards))| shards.iter().copied());
        let problem = found.problem(ProblemKind::DifferentLists, message);
        problem.shards(shards).files(not_in_all);
    }

    /// Checks that each line was in one share.
    pub(super) fn in_one_share(&self, found: &mut Findings) {
        let mut twice: BTreeMap<BTreeSet<u32>, Vec<&str>> = BTreeMap::new();
        for (line, shares) in &self.shares {
            if shares.len() > 1 && !self.everywhere.contains(line) {
                twice.entry(self.numbers(shares)).or_default().push(line);
            }
        }
        for (shards, lines) in twice {
            let words = shards_in_words(&shards);
            found.about(Weight::Problem, ProblemKind::RanTwice, shards, lines, |n| {
                format!("{} in the shares of {words} at once", counted(n, "line"))
            });
        }
        // The share of a shard without a record is not known.
        if !found.has(ProblemKind::MissingShard) {
            let in_none = { self.all.iter() }.filter(|line| !self.shares.contains_key(*line));
            let in_none: Vec<&str> = in_none.copied().collect();
            found.about(Weight::Problem, ProblemKind::Vanished, [], in_none, |n| {
                let verb = if n == 1 { "was" } else { "were" };
                format!("{} of the list {verb} in no share", counted(n, "line"))
            });
        }
    }

    /// Checks that each line was in the share that the plan names.
    pub(super) fn in_their_shares(&self, found: &mut Findings) {
        for of_shard in &self.build.attempts {
            let plan = self.build.plan;
            // A shard of another number of shards is a problem of its own.
            let own = plan.and_then(|plan| plan.shard(of_shard.shard.index()).ok());
            let elsewhere = |line: &&String| {
                let at = self.all.binary_search(&line.as_str()).ok();
                let placed = at.and_then(|at| self.by_plan.get(at));
                placed.is_some_and(|placed| !own.is_some_and(|own| placed.runs_on(own)))
            };
            let selected = &of_shard.last().record.selected;
            let elsewhere: Vec<&str> = { selected.iter().filter(elsewhere) }
                .map(String::as_str)
                .collect();
            let number = of_shard.number();
            found.about(
                Weight::Problem,
                ProblemKind::Misplaced,
                [number],
                elsewhere,
                |n| {
                    format!(
                        "{} of shard {number} in another by the plan",
                        counted(n, "line")
                    )
                },
            );
        }
    }

    /// Checks that each test of the plan is of some line; a warning if the plan was not made for a
    /// list.
    pub(super) fn of_the_plan(&self, found: &mut Findings) {
        let Some(plan) = self.build.plan else { return };
        let (vanished, weight) = (
            plan.tests_of_no_line(&self.all),
            Weight::of(plan.content().collected),
        );
        found.about(weight, ProblemKind::Vanished, [], vanished, |n| {
            format!("{} of the plan that no list has", counted(n, "test"))
        });
    }

    fn numbers(&self, shards: &BTreeSet<usize>) -> BTreeSet<u32> {
        let number = |&at: &usize| self.build.attempts[at].number();
        shards.iter().map(number).collect()
    }
}
