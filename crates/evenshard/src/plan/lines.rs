//! Placing the lines of a list that a plan was not made for.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{NodeId, bare};
use crate::history::{CaseSeen, History, Origin, ReportFacts, TestId};
use crate::pack::{RunsOn, Shard};
use crate::plan::{Kept, Placed, Plan, Reason, Unit};
use crate::suite::{Alignment, tests_of_lines};

/// A shard and one of its units, by number.
type Home = (Shard, usize);

/// The planned times of tests, by shard and unit.
type Loads = BTreeMap<Home, u64>;

impl Plan {
    /// Places the lines of a list: node ids and paths by their names, as [`place`](Self::place)
    /// does. A line that the plan does not list or keep whole under its name goes where most of
    /// the tests are that it stands for. If the lines are other parts of the
    /// suite than the plan has, they are packed anew by their times, if that is better. All jobs
    /// need the same list.
    pub fn place_lines(&self, lines: &[&str]) -> Vec<Placed> {
        let placed: Vec<Placed> = lines
            .iter()
            .map(|line| self.place(&NodeId::parse(line), Kept::No))
            .collect();
        let mut both = lines.iter().zip(&placed);
        if both.all(|(line, placed)| self.is_by_name(line, placed)) {
            return placed;
        }
        // Each line once and in one order, so that no job places by the order of its list.
        let once: BTreeSet<&str> = lines.iter().map(|line| bare(line)).collect();
        let once: Vec<&str> = once.into_iter().collect();
        let placed = self.place_each(&once);
        let of_line = |line: &&str| once.binary_search(&bare(line)).ok();
        let of_lines = lines.iter().filter_map(of_line);
        of_lines.map(|at| placed[at].clone()).collect()
    }

    /// Returns true if a line goes where its name says.
    fn is_by_name(&self, line: &str, placed: &Placed) -> bool {
        match &placed.reason {
            Reason::FileHash(_) | Reason::FunctionHash(_) => false,
            Reason::Prefix(_) => self.placement().keeps_whole(line),
            // What pytest names so is a test of that class; to others `shop::cart` can be a module.
            Reason::Class(_) | Reason::Function(_) => is_node_id(line),
            Reason::Everywhere(_) | Reason::Group(_) | Reason::Home(_) | Reason::Listed => true,
        }
    }

    /// Places lines that are all different.
    fn place_each(&self, lines: &[&str]) -> Vec<Placed> {
        let own = lines
            .iter()
            .map(|line| self.place(&NodeId::parse(line), Kept::No));
        let mut placed: Vec<Placed> = own.collect();
        let both = lines.iter().zip(&placed);
        let open = both.map(|(line, placed)| !self.is_by_name(line, placed));
        let open: Vec<bool> = open.collect();
        let loads = self.loads_of_lines(lines);
        let shards = self.shards_of_open(&placed, &open, &loads);
        for ((placed, shard), open) in placed.iter_mut().zip(shards).zip(open) {
            // Lines that the plan names keep their shard.
            if let (Some(shard), true) = (shard, open) {
                *placed = Placed::new(RunsOn::Shard(shard), Reason::Listed);
            }
        }
        placed
    }

    /// Returns a shard for each open line: the one where most of it is planned, unless lines are
    /// other parts of the suite than those that were planned, and packing them is better by a
    /// twentieth.
    fn shards_of_open(
        &self,
        placed: &[Placed],
        open: &[bool],
        loads: &[Loads],
    ) -> Vec<Option<Shard>> {
        let time = |at: usize| loads[at].values().sum::<u64>();
        let mut fixed: Vec<u64> = vec![0; self.content.shards.len()];
        for at in (0..placed.len()).filter(|&at| !open[at]) {
            // A line that runs everywhere weighs the same in every shard.
            if let Some(shard) = placed[at].on.shard() {
                fixed[shard.index() as usize] += time(at);
            }
        }
        let of_line = |(open, loads): (&bool, &Loads)| most_of(loads).filter(|_| *open);
        let planned: Vec<Option<Shard>> = open.iter().zip(loads).map(of_line).collect();
        // Rules keep lines together that each stand for a part.
        if !self.content.rules.is_empty() || are_as_planned(open, loads) {
            return planned;
        }
        let mut packed = planned.clone();
        let mut full = fixed.clone();
        let mut order: Vec<usize> = (0..placed.len())
            .filter(|&at| planned[at].is_some())
            .collect();
        order.sort_by_key(|&at| std::cmp::Reverse(time(at)));
        for at in order {
            let numbered = self.shards().zip(&mut full);
            let own = |shard: Shard| planned[at] != Some(shard);
            // Of equally full shards the planned one, so that fewer tests move.
            let least = numbered.min_by_key(|(shard, full)| (**full, own(*shard), *shard));
            if let Some((shard, full)) = least {
                *full += time(at);
                packed[at] = Some(shard);
            }
        }
        let mut as_planned = fixed;
        for (at, shard) in planned.iter().enumerate() {
            if let Some(shard) = shard {
                as_planned[shard.index() as usize] += time(at);
            }
        }
        let fullest = |loads: &[u64]| u128::from(loads.iter().copied().max().unwrap_or_default());
        if fullest(&full) * 20 < fullest(&as_planned) * 19 {
            packed
        } else {
            planned
        }
    }

    /// Returns the planned times of the tests that each line stands for.
    fn loads_of_lines(&self, lines: &[&str]) -> Vec<Loads> {
        let (history, homes) = self.as_history(lines);
        let loads = |tests: Vec<TestId>| {
            let mut loads = Loads::new();
            for (home, time) in tests.iter().filter_map(|test| homes.get(test)) {
                // One more, so that tests without a time count.
                *loads.entry(*home).or_default() += time + 1;
            }
            loads
        };
        let tests = tests_of_lines(lines.iter().copied(), &history);
        tests.into_iter().map(loads).collect()
    }

    /// Returns the tests of the plan that are of none of these lines, by their names in reports.
    pub(crate) fn tests_of_no_line(&self, lines: &[&str]) -> Vec<String> {
        let (history, _) = self.as_history(lines);
        let of_lines = tests_of_lines(lines.iter().copied(), &history).into_iter();
        let of_lines: BTreeSet<TestId> = of_lines.flatten().collect();
        let others = history.tests().filter(|test| !of_lines.contains(test));
        others.map(|test| history.shown(test)).collect()
    }

    /// Returns the tests of the plan as a history, with names [as in the lines](Alignment), and of
    /// each test the shard, the unit and its part of the unit's time.
    fn as_history(&self, lines: &[&str]) -> (History, BTreeMap<TestId, (Home, u64)>) {
        let shards = self.shards().zip(&self.content.shards);
        let units: Vec<(Shard, &Unit)> = shards
            .flat_map(|(shard, planned)| planned.units.iter().map(move |unit| (shard, unit)))
            .collect();
        let mut history = History::new();
        let mut recorder = history.report();
        for (_, unit) in &units {
            for (classname, names) in &unit.tests {
                for name in names {
                    recorder.whole_file(&CaseSeen {
                        classname,
                        name,
                        file: Some(unit.file()),
                        ..CaseSeen::default()
                    });
                }
            }
        }
        recorder.finish(ReportFacts::default(), Origin::default());
        // A list can have paths from another folder than the plan.
        let alignment = Alignment::find(lines.iter().copied(), &history);
        if !alignment.is_empty() {
            history = alignment.apply(&history);
        }
        let mut homes = BTreeMap::new();
        for (number, (shard, unit)) in units.into_iter().enumerate() {
            let home = (shard, number);
            let tests = unit.tests.values().map(Vec::len).sum::<usize>().max(1) as u64;
            for (classname, names) in &unit.tests {
                let classname = alignment.name(classname);
                let found = names
                    .iter()
                    .filter_map(|name| history.find(classname, name));
                homes.extend(found.map(|test| (test, (home, unit.predicted_us.get() / tests))));
            }
        }
        (history, homes)
    }
}

/// Returns true for a node id of pytest.
fn is_node_id(line: &str) -> bool {
    let path = line.split_once("::").map(|(path, _)| path);
    path.is_some_and(|path| path.strip_suffix(".py").is_some())
}

/// Returns the shard with the most time, the first of several.
fn most_of(loads: &Loads) -> Option<Shard> {
    let mut shards: BTreeMap<Shard, u64> = BTreeMap::new();
    for ((shard, _), time) in loads {
        *shards.entry(*shard).or_default() += time;
    }
    // Reversed, since of equal ones the last is found.
    let most = shards.into_iter().rev().max_by_key(|&(_, time)| time);
    most.map(|(shard, _)| shard)
}

/// Returns true if no open line is on several shards or shares a unit of the plan with another.
fn are_as_planned(open: &[bool], loads: &[Loads]) -> bool {
    let mut units: BTreeSet<usize> = BTreeSet::new();
    let own = { open.iter().zip(loads) }.filter(|(open, _)| **open);
    own.into_iter().all(|(_, loads)| {
        let first = loads.keys().next().map(|(shard, _)| *shard);
        let mut homes = loads.keys();
        homes.all(|(shard, unit)| Some(*shard) == first && units.insert(*unit))
    })
}
