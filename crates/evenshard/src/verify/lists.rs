//! Jobs of any runner: each had the same list, each line was in one share, and the reports have
//! cases for it there.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{History, TestId};
use crate::outcome::Outcome;
use crate::plan::{Placed, Reason};
use crate::record::SharedList;
use crate::suite::{Alignment, has_cases, tests_of_lines};
use crate::verify::attempts::Standing;
use crate::verify::evidence::{Evidence, is_failure};
use crate::verify::problem::{Problem, ProblemKind, counted, shards_in_words};
use crate::verify::verdict::{FailedTest, ListVerdict, RanAgain, Totals};
use crate::verify::{Build, Judged, missing, summary};

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
    lines.of_the_plan(problems, warnings);
    let seen = Seen::new(build, &lines);
    seen.ran_where_they_are(&lines, problems);
    ran_again(build, warnings);
    let with_cases = seen.have_cases(&lines, problems, warnings);
    exits(build, &seen, problems, warnings);
    missing::of_lists(build, &seen.together, problems, warnings);
    if lines.all.is_empty() || seen.reports && seen.together.is_empty() {
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
        missing: missing::counted_in(problems) + missing::counted_in(warnings),
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
        flaky: flaky(build),
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

    /// Each test of the plan is of some line. That is an error where the plan was made for a list.
    fn of_the_plan(&self, problems: &mut Vec<Problem>, warnings: &mut Vec<Problem>) {
        let Some(plan) = self.build.plan else { return };
        let vanished = plan.tests_of_no_line(&self.all);
        if vanished.is_empty() {
            return;
        }
        let n = counted(vanished.len(), "test");
        let message = format!("{n} of the plan that no list has");
        let problem = Problem::new(ProblemKind::Vanished, message).tests(vanished);
        if plan.content().collected {
            problems.push(problem);
        } else {
            warnings.push(problem);
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
    /// Lines that have no case that is not as well one of another line, and these.
    shared: BTreeSet<&'b str>,
    /// Whether any job left a report.
    reports: bool,
    /// The cases of all reports, under the names of the lines.
    together: History,
}

impl<'b> Seen<'b> {
    fn new(build: &Build<'b>, lines: &Lines<'b>) -> Self {
        let unclaimed = &build.gathered.unclaimed_cases;
        let mut together = unclaimed.clone();
        let counting = || build.standings.iter().map(Standing::counting);
        for evidence in counting().flatten() {
            together.merge(&evidence.cases);
        }
        let alignment = Alignment::find(lines.all.iter().copied(), &together);
        let results = counting().flatten().map(|evidence| &evidence.results);
        let mut seen = Self {
            shards: BTreeMap::new(),
            unclaimed: BTreeSet::new(),
            shared: BTreeSet::new(),
            reports: !together.reports().is_empty() || results.flatten().next().is_some(),
            together: alignment.apply(&together),
        };
        for (at, counting) in counting().enumerate() {
            for evidence in counting.iter().filter(|e| !e.cases.is_empty()) {
                seen.take(at, &alignment.apply(&evidence.cases), lines);
            }
        }
        if !unclaimed.is_empty() {
            let has = has_cases(lines.all.iter().copied(), &alignment.apply(unclaimed));
            let has = lines.all.iter().zip(has).filter(|(_, has)| *has);
            seen.unclaimed = has.map(|(line, _)| *line).collect();
        }
        seen
    }

    /// Takes in the cases of a shard: those of its own lines first. Producers that name files by
    /// what tells those of one run apart can have one name for files of two shards.
    fn take(&mut self, at: usize, cases: &History, lines: &Lines<'b>) {
        let is_own = |line: &&str| lines.shares.get(line).is_some_and(|at_| at_.contains(&at));
        let (own, others): (Vec<&'b str>, Vec<&'b str>) =
            lines.all.iter().copied().partition(is_own);
        let mut owners: BTreeMap<TestId, Vec<&'b str>> = BTreeMap::new();
        for (line, tests) in own.iter().zip(tests_of_lines(own.iter().copied(), cases)) {
            if !tests.is_empty() {
                self.shards.entry(line).or_default().insert(at);
            }
            for test in tests {
                owners.entry(test).or_default().push(line);
            }
        }
        for (line, tests) in others
            .iter()
            .zip(tests_of_lines(others.iter().copied(), cases))
        {
            if tests.iter().any(|test| !owners.contains_key(test)) {
                self.shards.entry(line).or_default().insert(at);
            }
        }
        let alone = owners.values().filter(|lines| lines.len() == 1);
        let alone: BTreeSet<&str> = alone.flatten().copied().collect();
        let several = owners
            .into_values()
            .filter(|lines| lines.len() > 1)
            .flatten();
        self.shared
            .extend(several.filter(|line| !alone.contains(line)));
    }

    /// Whether there are cases of a line in its shard. Reports without a shard stand for those
    /// that cannot name theirs.
    fn has(&self, line: &str, at: usize, evidence: &Evidence) -> bool {
        let shards = self.shards.get(line);
        let names_none = list(evidence).is_some_and(|list| !list.reports);
        shards.is_some_and(|shards| shards.contains(&at))
            || names_none && self.unclaimed.contains(line)
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
        problems: &mut Vec<Problem>,
        warnings: &mut Vec<Problem>,
    ) -> Option<u64> {
        let build = lines.build;
        let names_lines = !self.shards.is_empty() || !self.unclaimed.is_empty();
        let mut with_cases = BTreeSet::new();
        let mut had_some = false;
        for (at, standing) in build.standings.iter().enumerate() {
            let last = standing.last();
            let selected = last.record.selected.iter().map(String::as_str);
            let (has, lacks): (BTreeSet<&str>, BTreeSet<&str>) =
                selected.partition(|line| self.has(line, at, last));
            with_cases.extend(has);
            // What is not here is named by itself.
            if !last.has_all_results() && list(last).is_some_and(|list| list.reports) {
                continue;
            }
            let known = list(last).into_iter().flat_map(|list| &list.known);
            let known: BTreeSet<&str> = known.map(String::as_str).collect();
            let baseline = build.expected.baseline.as_ref();
            let had = |line: &&str| {
                known.contains(line) || baseline.is_some_and(|b| b.lines.contains(*line))
            };
            let (known, new): (Vec<&str>, Vec<&str>) = lacks.into_iter().partition(had);
            // Without any report nothing can be said of lines.
            if self.reports && !known.is_empty() {
                had_some = true;
                problems.push(no_cases(standing.number, known, true));
            }
            if names_lines && !new.is_empty() {
                warnings.push(no_cases(standing.number, new, false));
            }
        }
        if !self.shared.is_empty() {
            let n = counted(self.shared.len(), "line");
            let message = format!(
                "{n} have cases that may be of another line: reports have one name for both"
            );
            let warning = Problem::new(ProblemKind::NoNames, message);
            warnings.push(warning.tests(self.shared.iter().copied()));
        }
        if !names_lines {
            if !had_some {
                self.say_unnamed(build, warnings);
            }
            return None;
        }
        let of_most = lines.of_most.iter().flat_map(|list| &list.lines);
        let counted = of_most.filter(|line| with_cases.contains(line.as_str()));
        Some(counted.count() as u64)
    }

    fn say_unnamed(&self, build: &Build<'_>, warnings: &mut Vec<Problem>) {
        let asked = |s: &Standing<'_>| list(s.last()).is_some_and(|list| list.reports);
        let message = if !self.together.is_empty() {
            "the reports name no line of the list: that each line was in one share is proved, not what ran of it"
        } else if self.reports || build.standings.iter().any(asked) {
            return;
        } else {
            "there are no reports: that each line was in one share is proved, not what ran of it"
        };
        warnings.push(Problem::new(ProblemKind::NoNames, message));
    }
}

/// Names tests that several reports of one shard have: the runner may have run them twice.
fn ran_again(build: &Build<'_>, warnings: &mut Vec<Problem>) {
    let of_shard = |standing: &Standing<'_>| standing.last().cases.clone();
    let shards = build
        .standings
        .iter()
        .map(|s| (Some(s.number), of_shard(s)));
    let unclaimed = (None, build.gathered.unclaimed_cases.clone());
    for (shard, cases) in shards.chain([unclaimed]) {
        let samples = cases.samples();
        let in_several = |&test: &TestId| {
            let reports = samples.of(test).filter(|(_, sample)| sample.outcome.ran());
            reports
                .map(|(report, _)| report)
                .collect::<BTreeSet<_>>()
                .len()
                > 1
        };
        let again = cases.tests().filter(|test| !cases.name(*test).is_empty());
        let again: Vec<String> = { again.filter(in_several) }
            .map(|test| format!("{}::{}", cases.classname(test), cases.name(test)))
            .collect();
        if !again.is_empty() {
            let n = counted(again.len(), "test");
            let whose = shard.map_or("nobody named".to_owned(), |n| format!("shard {n} left"));
            let message = format!("{n} in several of the reports that {whose}");
            let warning = Problem::new(ProblemKind::Repeated, message).shards(shard);
            warnings.push(warning.tests(again));
        }
    }
}

fn no_cases(number: u32, lines: Vec<&str>, of_newest: bool) -> Problem {
    let n = counted(lines.len(), "line");
    let verb = if lines.len() == 1 { "has" } else { "have" };
    let mut message = format!("{n} of shard {number} {verb} no cases in its reports");
    if of_newest {
        message.push_str(", and had some in the newest build");
    }
    let problem = Problem::new(ProblemKind::NoCases, message);
    problem.shards([number]).tests(lines)
}

/// A shell that a runner was started by ends so where it was not there, or a signal ended it.
fn broke_off(status: u8) -> bool {
    matches!(status, 126 | 127) || status > 128
}

/// Says which runners failed without reports that tell why. Where the status is one of a shell, and
/// lines are without cases, the runner did not come to its end.
fn exits(
    build: &Build<'_>,
    seen: &Seen<'_>,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) {
    for (at, standing) in build.standings.iter().enumerate() {
        let last = standing.last();
        let Some(status) = last.record.exit_status.filter(|status| *status != 0) else {
            continue;
        };
        let selected = &last.record.selected;
        let without = selected.iter().filter(|line| !seen.has(line, at, last));
        let without = without.count();
        let number = standing.number;
        let has_results = !last.results.is_empty();
        if broke_off(status) && without > 0 && (has_results || !seen.reports) {
            let n = counted(without, "line");
            let message = format!(
                "the runner of shard {number} ended with {status}, and left no cases of {n}"
            );
            problems.push(Problem::new(ProblemKind::CutShort, message).shards([number]));
        } else if !has_results {
            let message =
                format!("the runner of shard {number} ended with {status}, and left no report");
            warnings.push(Problem::new(ProblemKind::NoCases, message).shards([number]));
        }
    }
}

/// Tests that failed in one attempt and passed in the last.
fn flaky(build: &Build<'_>) -> Vec<RanAgain> {
    let mut flaky = Vec::new();
    for standing in build.standings {
        let mut runs: BTreeMap<_, (u32, bool)> = BTreeMap::new();
        for evidence in &standing.all {
            for (address, result) in evidence.results.iter().flat_map(|r| &r.tests) {
                let (times, failed) = runs.entry(address).or_default();
                *times += 1;
                *failed |= is_failure(result.worst);
            }
        }
        let last = standing.last().results.iter().flat_map(|r| &r.tests);
        let passed = last.filter(|(_, result)| result.outcome == Outcome::Passed);
        for (address, result) in passed {
            if let Some(&(times, true)) = runs.get(address) {
                flaky.push(RanAgain {
                    test: address.to_string(),
                    shard: standing.number,
                    runs: times.max(2),
                    outcome: result.outcome,
                });
            }
        }
    }
    flaky
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
