//! Jobs of any runner: each had the same list, each line was in one share, and the reports have
//! cases for it there.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::History;
use crate::outcome::Outcome;
use crate::plan::{Placed, Reason};
use crate::record::SharedList;
use crate::suite::{Alignment, has_cases};
use crate::verify::attempts::Standing;
use crate::verify::evidence::{Evidence, is_failure};
use crate::verify::problem::{Problem, ProblemKind, counted, shards_in_words};
use crate::verify::verdict::{FailedTest, ListVerdict, Totals};
use crate::verify::{Build, Judged, summary};

/// True where a job was one of a list.
pub(super) fn are_there(standings: &[Standing<'_>]) -> bool {
    standings.iter().any(|s| list(s.last()).is_some())
}

/// Judges the jobs line by line.
pub(super) fn judge(
    build: &Build<'_>,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) -> Judged {
    let lines = Lines::new(build);
    lines.all_of_lists(problems);
    lines.same_list(problems);
    lines.in_one_share(problems);
    lines.placed(problems);
    let seen = Seen::new(build, &lines);
    seen.ran_where_they_are(&lines, problems);
    let with_cases = seen.have_cases(&lines, build, problems, warnings);
    exits(build, warnings);
    if lines.all.is_empty() || seen.reports && !seen.any_case {
        let message = "no shard ran any test";
        problems.push(Problem::new(ProblemKind::NothingRan, message));
    }
    let tests = tests(build);
    let named = |kinds: &[ProblemKind]| -> u64 {
        let of_kind = problems.iter().filter(|p| kinds.contains(&p.kind));
        of_kind.map(|p| p.tests.len() as u64).sum()
    };
    let mut totals = Totals {
        tests: tests.len() as u64,
        lost: named(&[ProblemKind::Vanished, ProblemKind::NoCases]),
        ran_twice: named(&[ProblemKind::RanTwice]),
        ..Totals::default()
    };
    for (_, outcome) in &tests {
        totals.outcomes.count(*outcome);
    }
    let ended = tests.into_iter().map(|(at, outcome)| (at, Some(outcome)));
    Judged {
        totals,
        list: lines.of_most.map(|list| ListVerdict {
            digest: list.digest.clone(),
            lines: list.lines.len() as u64,
            with_cases,
        }),
        shards: summary::shards(build.standings, build.count, ended, build.plan),
        failures: failures(build),
        ..Judged::default()
    }
}

/// The list of a job, and its share of it.
fn list(evidence: &Evidence) -> Option<&SharedList> {
    evidence.record.list.as_ref()
}

/// The lines of all lists, and the shares.
struct Lines<'b> {
    build: &'b Build<'b>,
    /// The list of most shards; of equally many the one with the greatest digest.
    of_most: Option<&'b SharedList>,
    /// The shards that had each list.
    had: BTreeMap<&'b str, (&'b SharedList, BTreeSet<u32>)>,
    /// Every line of any list, sorted.
    all: Vec<&'b str>,
    /// Where the plan has each of them; empty without a plan.
    by_plan: Vec<Placed>,
    /// The shards (by their place) in whose share each line was.
    shares: BTreeMap<&'b str, BTreeSet<usize>>,
    /// Lines that a rule places in every shard.
    everywhere: BTreeSet<&'b str>,
}

impl<'b> Lines<'b> {
    fn new(build: &'b Build<'b>) -> Self {
        let mut had: BTreeMap<&str, (&SharedList, BTreeSet<u32>)> = BTreeMap::new();
        let mut shares: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        let mut everywhere = BTreeSet::new();
        for (at, standing) in build.standings.iter().enumerate() {
            let last = standing.last();
            if let Some(list) = list(last) {
                let entry = had.entry(&list.digest);
                let (_, who) = entry.or_insert((list, BTreeSet::new()));
                who.insert(standing.number);
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
        if let Some(placed) = &by_plan {
            let everywhere_of = all
                .iter()
                .zip(placed)
                .filter(|(_, placed)| matches!(placed.reason, Reason::Everywhere(_)));
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

    /// No job was one of pytest.
    fn all_of_lists(&self, problems: &mut Vec<Problem>) {
        let standings = self.build.standings.iter();
        let others = standings.filter(|s| list(s.last()).is_none());
        let shards: Vec<u32> = others.map(|s| s.number).collect();
        if !shards.is_empty() {
            let message = format!(
                "{} ran pytest and the others another runner: give each suite a --scope of its own",
                shards_in_words(&shards)
            );
            problems.push(Problem::new(ProblemKind::DifferentLists, message).shards(shards));
        }
    }

    /// All jobs had one list.
    fn same_list(&self, problems: &mut Vec<Problem>) {
        if self.had.len() < 2 {
            return;
        }
        let sides: Vec<String> = { self.had.values() }
            .map(|(list, shards)| {
                let shards: Vec<u32> = shards.iter().copied().collect();
                let lines = counted(list.lines.len(), "line");
                format!("{} had a list of {lines}", shards_in_words(&shards))
            })
            .collect();
        let lists = self.had.values().map(|(list, _)| &list.lines);
        let mut of: BTreeMap<&String, usize> = BTreeMap::new();
        for line in lists.flatten() {
            *of.entry(line).or_default() += 1;
        }
        let not_in_all = of.into_iter().filter(|(_, n)| *n < self.had.len());
        let not_in_all = not_in_all.map(|(line, _)| line.clone());
        let message = format!("{}; not in all of them:", sides.join(", "));
        let of_most = self.of_most.map(|list| list.digest.as_str());
        let others = self
            .had
            .iter()
            .filter(|(digest, _)| Some(**digest) != of_most);
        let shards = others.flat_map(|(_, (_, shards))| shards.iter().copied());
        let problem = Problem::new(ProblemKind::DifferentLists, message);
        problems.push(problem.shards(shards).files(not_in_all));
    }

    /// Each line was in one share.
    fn in_one_share(&self, problems: &mut Vec<Problem>) {
        let mut twice: BTreeMap<Vec<u32>, Vec<&str>> = BTreeMap::new();
        for (line, shares) in &self.shares {
            if shares.len() > 1 && !self.everywhere.contains(line) {
                twice.entry(self.numbers(shares)).or_default().push(line);
            }
        }
        for (shards, lines) in twice {
            let message = format!(
                "{} in the shares of {} at once",
                counted(lines.len(), "line"),
                shards_in_words(&shards)
            );
            let problem = Problem::new(ProblemKind::RanTwice, message);
            problems.push(problem.shards(shards).tests(lines));
        }
        let missing = problems.iter().any(|p| p.kind == ProblemKind::MissingShard);
        let in_none = self
            .all
            .iter()
            .filter(|line| !self.shares.contains_key(*line));
        let in_none: Vec<&str> = in_none.copied().collect();
        // What a shard without a record had is not known.
        if !in_none.is_empty() && !missing {
            let n = counted(in_none.len(), "line");
            let verb = if in_none.len() == 1 { "was" } else { "were" };
            let message = format!("{n} of the list {verb} in no share");
            problems.push(Problem::new(ProblemKind::Vanished, message).tests(in_none));
        }
    }

    /// Each line was in the share that the plan names.
    fn placed(&self, problems: &mut Vec<Problem>) {
        for standing in self.build.standings {
            let Some(index) = standing.number.checked_sub(1) else {
                continue;
            };
            let elsewhere = |line: &&String| {
                let at = self.all.binary_search(&line.as_str()).ok();
                let placed = at.and_then(|at| self.by_plan.get(at));
                placed.is_some_and(|placed| !placed.runs_on(index))
            };
            let selected = &standing.last().record.selected;
            let elsewhere: Vec<&str> = { selected.iter().filter(elsewhere) }
                .map(String::as_str)
                .collect();
            if !elsewhere.is_empty() {
                let n = counted(elsewhere.len(), "line");
                let message = format!("{n} of shard {} in another by the plan", standing.number);
                let problem = Problem::new(ProblemKind::Misplaced, message);
                problems.push(problem.shards([standing.number]).tests(elsewhere));
            }
        }
    }

    fn numbers(&self, places: &BTreeSet<usize>) -> Vec<u32> {
        let standings = self.build.standings;
        let numbers = places.iter().map(|&at| standings[at].number);
        numbers.collect()
    }
}

/// Which lines the reports have cases of.
struct Seen<'b> {
    /// By line, the shards (by their place) whose reports have cases of it.
    shards: BTreeMap<&'b str, BTreeSet<usize>>,
    /// Lines that reports without a shard have cases of.
    unclaimed: BTreeSet<&'b str>,
    /// Whether any job was to leave reports, or left some.
    reports: bool,
    any_case: bool,
}

impl<'b> Seen<'b> {
    fn new(build: &Build<'b>, lines: &Lines<'b>) -> Self {
        let unclaimed = &build.gathered.unclaimed_cases;
        let mut together = unclaimed.clone();
        let counting = || build.standings.iter().map(Standing::counting);
        for evidence in counting().flatten() {
            together.merge(&evidence.cases);
        }
        let mut seen = Self {
            shards: BTreeMap::new(),
            unclaimed: BTreeSet::new(),
            reports: !together.reports().is_empty(),
            any_case: !together.is_empty(),
        };
        let alignment = Alignment::find(lines.all.iter().copied(), &together);
        let of = |cases: &History| -> Vec<&'b str> {
            let all = lines.all.iter().copied();
            let has = has_cases(all.clone(), &alignment.apply(cases));
            all.zip(has)
                .filter_map(|(line, has)| has.then_some(line))
                .collect()
        };
        for (at, counting) in counting().enumerate() {
            for evidence in counting.iter().filter(|e| !e.cases.is_empty()) {
                for line in of(&evidence.cases) {
                    seen.shards.entry(line).or_default().insert(at);
                }
            }
        }
        if !unclaimed.is_empty() {
            seen.unclaimed = of(unclaimed).into_iter().collect();
        }
        seen
    }

    fn has(&self, line: &str, shard: usize) -> bool {
        let shards = self.shards.get(line);
        shards.is_some_and(|shards| shards.contains(&shard)) || self.unclaimed.contains(line)
    }

    /// No line has cases in a shard that did not have it in its share.
    fn ran_where_they_are(&self, lines: &Lines<'_>, problems: &mut Vec<Problem>) {
        let mut elsewhere: BTreeMap<(u32, bool), Vec<&str>> = BTreeMap::new();
        for (&line, seen) in &self.shards {
            let shares = lines.shares.get(line);
            let own = |at: &usize| shares.is_some_and(|shares| shares.contains(at));
            let twice = seen.iter().any(own);
            for at in seen.iter().filter(|at| !own(at)) {
                let number = lines.build.standings[*at].number;
                elsewhere.entry((number, twice)).or_default().push(line);
            }
        }
        for ((number, twice), lines) in elsewhere {
            let n = counted(lines.len(), "line");
            let (kind, also) = if twice {
                (ProblemKind::RanTwice, ", as well as the shard that has it")
            } else {
                (ProblemKind::Misplaced, "")
            };
            let message = format!("shard {number} ran {n} of another share{also}");
            problems.push(Problem::new(kind, message).shards([number]).tests(lines));
        }
    }

    /// Each line has cases in its shard. Gives how many do, where reports tell.
    fn have_cases(
        &self,
        lines: &Lines<'_>,
        build: &Build<'_>,
        problems: &mut Vec<Problem>,
        warnings: &mut Vec<Problem>,
    ) -> Option<u64> {
        if self.shards.is_empty() && self.unclaimed.is_empty() {
            self.say_unnamed(build, warnings);
            return None;
        }
        let mut with_cases = BTreeSet::new();
        for (at, standing) in build.standings.iter().enumerate() {
            let record = &standing.last().record;
            let (has, lacks): (BTreeSet<&str>, BTreeSet<&str>) = { record.selected.iter() }
                .map(String::as_str)
                .partition(|line| self.has(line, at));
            with_cases.extend(has);
            let known = record.list.iter().flat_map(|list| &list.known);
            let known: BTreeSet<&str> = known.map(String::as_str).collect();
            let baseline = build.expected.baseline.as_ref();
            let had = |line: &&str| {
                known.contains(line) || baseline.is_some_and(|b| b.lines.contains(*line))
            };
            let (lost, silent): (Vec<&str>, Vec<&str>) = lacks.into_iter().partition(had);
            let number = standing.number;
            for (lines, of_newest) in [(lost, true), (silent, false)] {
                if lines.is_empty() {
                    continue;
                }
                let n = counted(lines.len(), "line");
                let verb = if lines.len() == 1 { "has" } else { "have" };
                let mut message = format!("{n} of shard {number} {verb} no cases in its reports");
                if of_newest {
                    message.push_str(", and had some in the newest build");
                }
                let problem = Problem::new(ProblemKind::NoCases, message);
                let into = if of_newest {
                    &mut *problems
                } else {
                    &mut *warnings
                };
                into.push(problem.shards([number]).tests(lines));
            }
        }
        let of_most = lines.of_most.iter().flat_map(|list| &list.lines);
        let counted = of_most.filter(|line| with_cases.contains(line.as_str()));
        Some(counted.count() as u64)
    }

    fn say_unnamed(&self, build: &Build<'_>, warnings: &mut Vec<Problem>) {
        let asked = |s: &Standing<'_>| list(s.last()).is_some_and(|list| list.reports);
        let message = if self.any_case {
            "the reports name no line of the list: that each line was in one share is proved, not what ran of it"
        } else if self.reports || build.standings.iter().any(asked) {
            return;
        } else {
            "there are no reports: that each line was in one share is proved, not what ran of it"
        };
        warnings.push(Problem::new(ProblemKind::NoNames, message));
    }
}

/// Says which runners failed without a report to tell why.
fn exits(build: &Build<'_>, warnings: &mut Vec<Problem>) {
    for standing in build.standings {
        let last = standing.last();
        let status = last.record.exit_status.filter(|status| *status != 0);
        if let (Some(status), true) = (status, last.results.is_empty()) {
            let number = standing.number;
            let message =
                format!("the runner of shard {number} ended with {status}, and left no report");
            warnings.push(Problem::new(ProblemKind::NoCases, message).shards([number]));
        }
    }
}

/// How each test of the reports ended, with its shard's place.
fn tests(build: &Build<'_>) -> Vec<(usize, Outcome)> {
    let mut ended = BTreeMap::new();
    for (at, standing) in build.standings.iter().enumerate() {
        let evidence = standing.counting().iter();
        for (address, result) in evidence.flat_map(|e| &e.results).flat_map(|r| &r.tests) {
            ended.insert((at, address), result.outcome);
        }
    }
    let ended = ended.into_iter();
    ended.map(|((at, _), outcome)| (at, outcome)).collect()
}

/// The tests that failed in the end.
fn failures(build: &Build<'_>) -> Vec<FailedTest> {
    let mut found = BTreeMap::new();
    for standing in build.standings {
        for evidence in standing.counting() {
            let tests = evidence.results.iter().flat_map(|r| &r.tests);
            for (address, result) in tests {
                let key = (standing.number, address);
                if !is_failure(result.outcome) {
                    found.remove(&key);
                    continue;
                }
                let failed = FailedTest {
                    test: address.to_string(),
                    shard: standing.number,
                    job: evidence.record.job.clone(),
                    outcome: result.outcome,
                    text: result.failure.as_deref().cloned().unwrap_or_default(),
                };
                found.insert(key, failed);
            }
        }
    }
    found.into_values().collect()
}
