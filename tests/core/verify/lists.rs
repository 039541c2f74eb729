//! Lists of tests: whatever is lost, repeated or different is no proof.

use crate::support::suite_of;
use evenshard::history::History;
use evenshard::ingest::{self, Source};
use evenshard::record::{RunRecord, SharedList, State};
use evenshard::verify::{Evidence, Expectations, Gathered, ProblemKind, Verdict, verify};
use evenshard::verify::{Results, TextBudget};
use evenshard::{NodeId, Outcome, Planner, Shard};
use proptest::prelude::*;

/// The evidence of `shards` jobs that ran the lines `0.js`, `1.js`, ...
fn build(lines: usize, shards: u32) -> Vec<Evidence> {
    let lines: Vec<String> = (0..lines).map(|n| format!("spec/{n}.js")).collect();
    let list = || lines.iter().map(String::as_str);
    let history = History::new();
    let suite = suite_of(list(), &history);
    let plan = Planner::new(shards).unwrap().plan(&suite).unwrap();
    let job = |index: u32| {
        let mut record = RunRecord::started(plan.digest(), Shard::new(index, shards).unwrap());
        record.state = State::Finished;
        record.exit_status = Some(0);
        record.build = Some("812".to_owned());
        let mut shared = SharedList::of(list());
        (shared.ran, shared.reports) = (true, true);
        let own = lines
            .iter()
            .filter(|line| plan.selects(record.shard, &NodeId::parse(line)));
        record.selected = own.cloned().collect();
        record.list = Some(shared);
        record.junit = Some(format!("{index}.xml"));
        let mut evidence = Evidence {
            name: format!("{index}.shard.json"),
            record,
            results: Vec::new(),
            cases: History::new(),
        };
        let ran = evidence.record.selected.clone();
        report(&mut evidence, &ran);
        evidence
    };
    (0..shards).map(job).collect()
}

/// Has a job report cases of these lines.
fn report(evidence: &mut Evidence, lines: &[String]) {
    let case = |line: &String| {
        format!(r#"<testcase classname="x" name="{line} works" file="{line}" time="1"/>"#)
    };
    let cases: String = lines.iter().map(case).collect();
    let xml = format!(r#"<testsuite name="{}">{cases}</testsuite>"#, evidence.name);
    let mut budget = TextBudget::default();
    let results = Results::read(xml.as_bytes(), &evidence.name, "", &mut budget).unwrap();
    evidence.results = vec![results];
    evidence.cases = History::new();
    let source = Source {
        name: &evidence.name,
        ..Source::default()
    };
    ingest::read(xml.as_bytes(), source, &mut evidence.cases);
}

fn verdict(evidence: Vec<Evidence>) -> Verdict {
    let gathered = Gathered {
        evidence,
        ..Gathered::default()
    };
    verify(&gathered, None, &Expectations::default())
}

fn kinds(verdict: &Verdict) -> Vec<ProblemKind> {
    verdict
        .problems
        .iter()
        .map(|problem| problem.kind)
        .collect()
}

proptest! {
    #[test]
    fn a_whole_build_is_proved(lines in 1_usize..12, shards in 1_u32..5) {
        let verdict = verdict(build(lines, shards));
        prop_assert!(verdict.proved, "{:?}", verdict.problems);
        let list = verdict.list.unwrap();
        prop_assert_eq!((list.lines, list.with_cases), (lines as u64, Some(lines as u64)));
        prop_assert_eq!(verdict.totals.outcomes.passed, lines as u64);
    }

    #[test]
    fn a_line_that_is_lost_or_repeated_is_no_proof(
        lines in 2_usize..12,
        shards in 2_u32..5,
        which in any::<prop::sample::Index>(),
        fault in 0..4,
    ) {
        let mut jobs = build(lines, shards);
        let line = format!("spec/{}.js", which.index(lines));
        let has = |job: &&mut Evidence| job.record.selected.contains(&line);
        let kind = match fault {
            0 => {
                // It is in no share.
                let job = jobs.iter_mut().find(has).unwrap();
                job.record.selected.retain(|other| *other != line);
                ProblemKind::Vanished
            }
            1 => {
                // It is in two.
                let job = jobs.iter_mut().find(|job| !has(job)).unwrap();
                job.record.selected.push(line);
                ProblemKind::RanTwice
            }
            2 => {
                // Another job ran it as well.
                let job = jobs.iter_mut().find(|job| !has(job)).unwrap();
                let ran = [job.record.selected.clone(), vec![line]].concat();
                report(job, &ran);
                ProblemKind::RanTwice
            }
            _ => {
                // Nobody ran it, and it is known to have tests.
                let job = jobs.iter_mut().find(has).unwrap();
                let list = job.record.list.as_mut().unwrap();
                list.known = vec![line.clone()];
                let mut ran = job.record.selected.clone();
                ran.retain(|other| *other != line);
                report(job, &ran);
                if ran.is_empty() && lines == 1 { ProblemKind::NothingRan } else { ProblemKind::NoCases }
            }
        };
        let verdict = verdict(jobs);
        prop_assert!(!verdict.proved);
        prop_assert!(kinds(&verdict).contains(&kind), "{:?}", verdict.problems);
    }
}

#[test]
fn what_jobs_were_given_has_to_be_the_same() {
    let mut jobs = build(6, 3);
    let lines = ["spec/0.js", "spec/generated.js"];
    let list = jobs[1].record.list.as_mut().unwrap();
    let other = SharedList::of(list.lines.iter().map(String::as_str).chain(lines));
    (list.digest, list.lines) = (other.digest, other.lines);
    let verdict = verdict(jobs);
    let different = &verdict.problems[0];
    assert_eq!(different.kind, ProblemKind::DifferentLists);
    assert_eq!(
        (different.shards.as_slice(), different.files.as_slice()),
        (&[2][..], &["spec/generated.js".to_owned()][..])
    );
}

#[test]
fn a_job_of_pytest_among_them_is_named() {
    let mut jobs = build(6, 3);
    jobs[2].record.list = None;
    assert!(kinds(&verdict(jobs)).contains(&ProblemKind::DifferentLists));
}

#[test]
fn a_job_that_never_came_to_its_end_is_no_proof() {
    let mut jobs = build(6, 3);
    jobs[0].record.state = State::Started;
    assert_eq!(kinds(&verdict(jobs)), [ProblemKind::CutShort]);
    let mut jobs = build(6, 3);
    jobs.remove(1);
    assert_eq!(kinds(&verdict(jobs)), [ProblemKind::MissingShard]);
    // The number of failed tests, as some runners end.
    let mut jobs = build(6, 3);
    jobs[0].record.exit_status = Some(143);
    assert!(verdict(jobs).proved);
}

#[test]
fn a_failed_test_is_named_and_no_problem() {
    let mut jobs = build(2, 1);
    let mut results = Results {
        complete: true,
        ..Results::default()
    };
    results.add("x", "spec/0.js works", "", Outcome::Failed, None);
    jobs[0].results = vec![results];
    let verdict = verdict(jobs);
    assert!(verdict.proved);
    assert_eq!(verdict.failures.len(), 1);
    assert_eq!(verdict.failures[0].test, "x::spec/0.js works");
}
