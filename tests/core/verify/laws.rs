//! What holds for every build.

use evenshard::verify::{Expectations, Verdict, verify};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::Index;

use super::{Build, forget};

fn suites() -> impl Strategy<Value = Vec<String>> {
    let test = (
        "[a-c]",
        prop::sample::select(vec!["", "TestX::"]),
        "[a-e]",
        "(\\[[ab:/]{1,3}\\])?",
    );
    let id = test.prop_map(|(file, class, name, params)| {
        format!("t/test_{file}.py::{class}test_{name}{params}")
    });
    btree_set(id, 1..30).prop_map(|ids| ids.into_iter().collect())
}

fn builds() -> impl Strategy<Value = Build> {
    (suites(), 1_u32..6).prop_map(|(tests, shards)| Build::of(&tests, shards))
}

proptest! {
    #[test]
    fn what_follows_its_plan_is_proved(build in builds()) {
        let verdict = build.verdict();
        prop_assert!(verdict.proved, "{:?}", verdict.problems);
        prop_assert!(build.verdict_without_plan().proved);
    }

    #[test]
    fn no_test_can_go_unnoticed(build in builds(), job in any::<Index>(), test in any::<Index>()) {
        let mut build = build;
        let at = job.index(build.gathered.evidence.len());
        let job = &mut build.gathered.evidence[at];
        if job.record.selected.is_empty() {
            return Ok(());
        }
        let id = job.record.selected[test.index(job.record.selected.len())].clone();
        forget(job, &id);
        prop_assert!(!build.verdict().proved);
        prop_assert_eq!(build.verdict().totals.lost, 1);
        // Nor when the record does not list it either: the plan knows it.
        build.gathered.evidence[at].record.selected.retain(|other| *other != id);
        prop_assert!(!build.verdict().proved);
    }

    #[test]
    fn no_job_can_go_unnoticed(build in builds(), job in any::<Index>()) {
        let mut build = build;
        let at = job.index(build.gathered.evidence.len());
        build.gathered.evidence.remove(at);
        prop_assert!(!build.verdict().proved);
        if !build.gathered.evidence.is_empty() {
            prop_assert!(!build.verdict_without_plan().proved);
        }
    }

    #[test]
    fn neither_order_nor_copies_matter(build in builds(), order in vec(any::<Index>(), 0..12)) {
        let mut other = build.clone();
        let jobs = &mut other.gathered.evidence;
        for at in &order {
            let copy = jobs[at.index(jobs.len())].clone();
            jobs.insert(0, copy);
        }
        jobs.reverse();
        let json = |b: &Build| {
            verify(&b.gathered, Some(&b.plan), &Expectations::default()).to_json()
        };
        prop_assert_eq!(json(&build), json(&other));
        let again: Verdict = serde_json::from_str(&json(&build)).unwrap();
        prop_assert_eq!(again, build.verdict());
    }
}
