//! Lines of a list that a plan was not made for.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{CaseSeen, History, Origin, ReportFacts, TestId};
use crate::plan::{Placed, Plan, Reason, Unit};
use crate::suite::{Alignment, tests_of_lines};

/// What is planned on each shard.
type Loads = BTreeMap<u32, u64>;

impl Plan {
    /// Where each line of a list goes: node ids and paths by their names, as
    /// [`place_line`](Self::place_line) says. What the plan does not list or keep whole under
    /// that name goes where most of the tests are that it [stands for](tests_of_lines). Where the
    /// plan cuts what a line stands for, such lines are packed anew by what they take. All jobs
    /// need one list.
    pub fn place_lines(&self, lines: &[&str]) -> Vec<Placed> {
        let own = lines.iter().map(|line| self.place_line(line));
        let mut placed: Vec<Placed> = own.collect();
        let settled = |line: &str, placed: &Placed| match &placed.reason {
            Reason::FileHash(_) | Reason::FunctionHash(_) => false,
            Reason::Prefix(_) => self.placement().keeps_whole(line),
            // What pytest names so is a test of that class; to others `shop::cart` can be a module.
            Reason::Class(_) | Reason::Function(_) => is_node_id(line),
            Reason::Everywhere(_) | Reason::Group(_) | Reason::Home(_) | Reason::Listed => true,
        };
        let open = { lines.iter().zip(&placed) }.map(|(line, placed)| !settled(line, placed));
        let open: Vec<bool> = open.collect();
        if !open.contains(&true) {
            return placed;
        }
        let loads = self.loads_of_lines(lines);
        let is_cut = |(open, loads): (&bool, &Loads)| *open && loads.len() > 1;
        let cut = open.iter().zip(&loads).any(is_cut);
        let most = loads.iter().map(most_of).collect();
        let shards = if cut {
            self.packed(&placed, &open, &loads)
        } else {
            most
        };
        for ((placed, shard), open) in placed.iter_mut().zip(shards).zip(open) {
            if let (Some(shard), true) = (shard, open) {
                let reason = Reason::Listed;
                *placed = Placed { shard, reason };
            }
        }
        placed
    }

    /// A shard for each open line: the longest first, each where there is least, else where most
    /// of it is planned.
    fn packed(&self, placed: &[Placed], open: &[bool], loads: &[Loads]) -> Vec<Option<u32>> {
        let time = |at: usize| loads[at].values().sum::<u64>();
        let mut full: Vec<u64> = vec![0; self.content.shards.len()];
        for at in (0..placed.len()).filter(|&at| !open[at]) {
            if let Some(full) = full.get_mut(placed[at].shard as usize) {
                *full += time(at);
            }
        }
        let mut order: Vec<usize> = (0..placed.len()).filter(|&at| open[at]).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(time(at)));
        let mut shards = vec![None; placed.len()];
        for at in order {
            let Some(most) = most_of(&loads[at]) else {
                continue;
            };
            let numbered = (0..).zip(&full);
            let least = numbered.min_by_key(|&(shard, full)| (*full, shard != most, shard));
            let shard = least.map_or(most, |(shard, _)| shard);
            full[shard as usize] += time(at);
            shards[at] = Some(shard);
        }
        shards
    }

    /// The shard (counted from 0) of each line by the tests of the plan that it
    /// [stands for](tests_of_lines), whatever form it has: the one that most of their time is
    /// planned on. `None` for a line that stands for none of them.
    ///
    /// A plan that was made for these lines knows them as they are: [`place`](Self::place) and
    /// [`place_path`](Self::place_path) say where they go.
    pub fn shards_of_lines<'l>(
        &self,
        lines: impl IntoIterator<Item = &'l str>,
    ) -> Vec<Option<u32>> {
        let lines: Vec<&str> = lines.into_iter().collect();
        self.loads_of_lines(&lines).iter().map(most_of).collect()
    }

    /// What the tests that each line stands for are planned to take, by shard.
    fn loads_of_lines(&self, lines: &[&str]) -> Vec<Loads> {
        let (history, homes) = self.as_history(lines);
        let loads = |tests: Vec<TestId>| {
            let mut loads = Loads::new();
            for (shard, time) in tests.iter().filter_map(|test| homes.get(test)) {
                // One more, so that tests without a time count.
                *loads.entry(*shard).or_default() += time + 1;
            }
            loads
        };
        let tests = tests_of_lines(lines.iter().copied(), &history);
        tests.into_iter().map(loads).collect()
    }

    /// The tests of the plan that are of none of these lines, by their names in reports.
    pub(crate) fn tests_of_no_line(&self, lines: &[&str]) -> Vec<String> {
        let (history, _) = self.as_history(lines);
        let of_lines = tests_of_lines(lines.iter().copied(), &history).into_iter();
        let of_lines: BTreeSet<TestId> = of_lines.flatten().collect();
        let others = history.tests().filter(|test| !of_lines.contains(test));
        let named = others.map(|test| match (history.classname(test), history.name(test)) {
            (classname, "") => classname.to_owned(),
            (classname, name) => format!("{classname}::{name}"),
        });
        named.collect()
    }

    /// The names of the plan as a history, [brought to those](Alignment) of the lines, with the
    /// shard of each test and its part of the time that its unit is planned to take.
    fn as_history(&self, lines: &[&str]) -> (History, BTreeMap<TestId, (u32, u64)>) {
        let shards = self.content.shards.iter().map(|shard| &shard.units);
        let units: Vec<(u32, &Unit)> = { (0..).zip(shards) }
            .flat_map(|(shard, units)| units.iter().map(move |unit| (shard, unit)))
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
        let alignment = Alignment::find(lines.iter().copied(), &history);
        if !alignment.is_empty() {
            history = alignment.apply(&history);
        }
        let mut homes = BTreeMap::new();
        for (shard, unit) in units {
            let tests = unit.tests.values().map(Vec::len).sum::<usize>().max(1) as u64;
            for (classname, names) in &unit.tests {
                let classname = alignment.name(classname);
                let found = names
                    .iter()
                    .filter_map(|name| history.find(classname, name));
                homes.extend(found.map(|test| (test, (shard, unit.predicted_us.get() / tests))));
            }
        }
        (history, homes)
    }
}

/// Whether a line is a node id of pytest.
fn is_node_id(line: &str) -> bool {
    let path = line.split_once("::").map(|(path, _)| path);
    path.is_some_and(|path| path.ends_with(".py"))
}

/// The shard with most; of those with as much the first.
fn most_of(loads: &Loads) -> Option<u32> {
    let most = loads.iter().rev().max_by_key(|&(_, time)| time);
    most.map(|(&shard, _)| shard)
}
