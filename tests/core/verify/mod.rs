//! The verdict over a build: what is proved, and what is in the way by name.

mod attempts;
mod counted;
mod faults;
mod laws;
mod lists;
mod names;
mod reading;
mod summary;

use std::collections::{BTreeMap, BTreeSet};

use crate::support::suite_of;
use evenshard::history::History;
use evenshard::record::{RunRecord, State};
use evenshard::verify::{
    Evidence, Expectations, Gathered, Problem, ProblemKind, Results, Verdict, verify,
};
use evenshard::{Address, Micros, NodeId, Outcome, Plan, Planner, Shard};

/// A build on its way: what its jobs left, which faults then change.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    pub(crate) plan: Plan,
    pub(crate) gathered: Gathered,
}

/// Twelve tests in four files.
pub(crate) fn tests() -> Vec<String> {
    let files = ["t/test_a.py", "t/test_b.py", "t/test_c.py", "u/test_d.py"];
    let in_file = |file: &&str| -> Vec<String> {
        let names = ["test_1", "TestX::test_2", "TestX::test_3[a::b/c]"];
        names.iter().map(|name| format!("{file}::{name}")).collect()
    };
    files.iter().flat_map(in_file).collect()
}

/// A plan of these tests, which are taken as collected.
pub(crate) fn plan_of(tests: &[String], shards: u32) -> Plan {
    let history = History::new();
    let suite = suite_of(tests.iter().map(String::as_str), &history);
    Planner::new(shards).unwrap().plan(&suite).unwrap()
}

impl Build {
    /// A build of three shards in which all went well.
    pub(crate) fn good() -> Self {
        Self::of(&tests(), 3)
    }

    pub(crate) fn of(tests: &[String], shards: u32) -> Self {
        Self::by(plan_of(tests, shards), tests)
    }

    pub(crate) fn by(plan: Plan, tests: &[String]) -> Self {
        let shards = plan.shard_count();
        let shard = |number| evidence(&plan, tests, number);
        let gathered = Gathered {
            evidence: (1..=shards).map(shard).collect(),
            ..Gathered::default()
        };
        Self { plan, gathered }
    }

    /// Changes what the job of this shard left.
    pub(crate) fn with(mut self, shard: u32, change: impl Fn(&mut Evidence)) -> Self {
        let of_shard = |e: &&mut Evidence| e.record.shard.number() == shard;
        let found = self.gathered.evidence.iter_mut().find(of_shard);
        change(found.unwrap());
        self
    }

    /// Leaves out what the job of this shard left.
    pub(crate) fn without(mut self, shard: u32) -> Self {
        self.gathered
            .evidence
            .retain(|e| e.record.shard.number() != shard);
        self
    }

    /// Adds what a further job left: that of this shard, changed.
    pub(crate) fn and(mut self, shard: u32, change: impl Fn(&mut Evidence)) -> Self {
        let mut further = self.shard(shard).clone();
        change(&mut further);
        self.gathered.evidence.push(further);
        self
    }

    pub(crate) fn shard(&self, shard: u32) -> &Evidence {
        let of_shard = |e: &&Evidence| e.record.shard.number() == shard;
        self.gathered.evidence.iter().find(of_shard).unwrap()
    }

    /// The first test of this shard.
    pub(crate) fn first_of(&self, shard: u32) -> String {
        self.shard(shard).record.selected[0].clone()
    }

    pub(crate) fn verdict(&self) -> Verdict {
        verify(&self.gathered, Some(&self.plan), &Expectations::default())
    }

    /// The verdict of those who have no plan at hand.
    pub(crate) fn verdict_without_plan(&self) -> Verdict {
        verify(&self.gathered, None, &Expectations::default())
    }

    /// Asserts that the build is not proved for this one reason, with and without the plan,
    /// and gives the problem.
    #[track_caller]
    pub(crate) fn fails_by(&self, kind: ProblemKind) -> Problem {
        let without = self.verdict_without_plan();
        assert_eq!(kinds(&without.problems), [kind], "{:?}", without.problems);
        self.fails_with_the_plan_by(kind)
    }

    #[track_caller]
    pub(crate) fn fails_with_the_plan_by(&self, kind: ProblemKind) -> Problem {
        let verdict = self.verdict();
        assert_eq!(kinds(&verdict.problems), [kind], "{:?}", verdict.problems);
        assert!(!verdict.proved);
        verdict.problems[0].clone()
    }

    #[track_caller]
    pub(crate) fn is_proved(&self) -> Verdict {
        assert_eq!(self.verdict_without_plan().problems, []);
        let verdict = self.verdict();
        assert_eq!(verdict.problems, []);
        assert!(verdict.proved);
        verdict
    }
}

pub(crate) fn kinds(problems: &[Problem]) -> Vec<ProblemKind> {
    problems.iter().map(|p| p.kind).collect()
}

/// What the job of one shard leaves when all goes well.
fn evidence(plan: &Plan, tests: &[String], number: u32) -> Evidence {
    let shard = Shard::new(number - 1, plan.shard_count()).unwrap();
    let mut record = RunRecord::started(plan.digest(), shard);
    record.state = State::Finished;
    record.build = Some("812".to_owned());
    record.job = Some(format!("job-{number}"));
    record.exit_status = Some(0);
    record.predicted_us = Micros::from_millis(1_000);
    record.cases_us = Some(Micros::from_millis(900 + u64::from(number) * 100));
    record.junit = Some(format!("junit-{number}-1.xml"));
    let mut files: Vec<String> = tests.iter().map(|t| path_of(t)).collect();
    files.sort();
    files.dedup();
    record.files = files;
    let mine = |test: &&String| plan.selects(shard, &NodeId::parse(test));
    record.selected = tests.iter().filter(mine).cloned().collect();
    let everywhere = |test: &&String| {
        let id = NodeId::parse(test);
        plan.shards().all(|shard| plan.selects(shard, &id))
    };
    if plan.shard_count() > 1 {
        record.everywhere = tests.iter().filter(everywhere).cloned().collect();
    }
    for function in cut_functions(plan, shard) {
        record.cut.insert(function, "the same ids".to_owned());
    }
    let mut evidence = Evidence {
        name: format!("results/junit-{number}-1.shard.json"),
        results: vec![Results {
            name: format!("results/junit-{number}-1.xml"),
            digest: format!("digest-{number}"),
            complete: true,
            ..Results::default()
        }],
        cases: History::new(),
        record,
    };
    for test in evidence.record.selected.clone() {
        ended(&mut evidence, &test, Outcome::Passed);
    }
    evidence
}

/// The functions whose parameters the plan has on this shard and on others.
fn cut_functions(plan: &Plan, shard: Shard) -> BTreeSet<String> {
    let slice = plan.slice(shard);
    let mut homes: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for (class, tests) in &slice.listed {
        for (name, home) in *tests {
            let function = name.split('[').next().unwrap_or_default();
            let of_function = homes.entry(format!("{class}::{function}"));
            of_function.or_default().insert(*home);
        }
    }
    homes.retain(|_, shards| shards.len() > 1 && shards.contains(&shard.index()));
    homes.into_keys().collect()
}

fn path_of(test: &str) -> String {
    NodeId::parse(test).path().to_owned()
}

/// Adds a case to a job's results.
pub(crate) fn ended(evidence: &mut Evidence, test: &str, outcome: Outcome) {
    let address = reported(test);
    evidence.results[0].add(&address.classname, &address.name, "", outcome, None);
}

/// Takes the result of a test from a job.
pub(crate) fn forget(evidence: &mut Evidence, test: &str) {
    let address = reported(test);
    evidence.results[0].tests.remove(&address).unwrap();
}

/// Has the test end otherwise than it did.
pub(crate) fn ended_instead(evidence: &mut Evidence, test: &str, outcome: Outcome) {
    forget(evidence, test);
    ended(evidence, test, outcome);
}

/// How pytest reports a test: an `@` stays, whatever it means.
fn reported(test: &str) -> Address {
    let mut address = NodeId::parse(test).address();
    if let Some((_, group)) = test.split_once('@').filter(|_| !test.contains('[')) {
        address.name = format!("{}@{group}", address.name);
    }
    address
}
