//! Results against tests, name by name: none is missing behind another, none passed twice.

use evenshard::pack::Split;
use evenshard::verify::{Earlier, Evidence, ProblemKind};
use evenshard::{Outcome, Planner};

use super::{Build, ended, ended_instead, forget, kinds, tests};
use crate::plan::Reports;

/// Two tests that reports call alike.
const TWINS: [&str; 2] = ["t/a.b/test_c.py::test_x", "t/a/b/test_c.py::test_x"];

/// A build with the twins, and the number of the shard that has them.
fn with_twins() -> (Build, u32) {
    let mut listed = tests();
    listed.extend(TWINS.map(str::to_owned));
    let build = Build::of(&listed, 3);
    let has = |e: &&Evidence| e.record.selected.iter().any(|id| id == TWINS[0]);
    let home = build.gathered.evidence.iter().find(has).unwrap();
    let home = home.record.shard.number();
    (build, home)
}

#[test]
fn a_test_without_a_result_does_not_hide_behind_one_of_the_same_name() {
    let (build, home) = with_twins();
    build.is_proved();
    let one_case = |job: &mut Evidence| {
        forget(job, TWINS[0]);
        ended(job, TWINS[0], Outcome::Passed);
    };
    let build = build.with(home, one_case);
    let problem = build.fails_by(ProblemKind::NoResult);
    assert_eq!(
        (problem.shards, problem.tests),
        (vec![home], TWINS.map(str::to_owned).to_vec())
    );
    let mut now = build.shard(home).record.clone();
    now.attempt = 2;
    let earlier = Earlier::of(&build.gathered.evidence, &now).unwrap();
    assert_eq!(earlier.left(), 2);
    let asked = build.with(home, |job| job.record.stopped = Some("-x".to_owned()));
    assert_eq!(
        kinds(&asked.is_proved().warnings),
        [ProblemKind::StoppedOnRequest]
    );
}

#[test]
fn an_at_sign_in_a_name_is_no_group() {
    let ids = ["t/a.yaml::joe@one", "t/a.yaml::joe@two"];
    let build = Build::of(&ids.map(str::to_owned), 1);
    let mut now = build.shard(1).record.clone();
    now.attempt = 2;
    let left = |build: &Build| Earlier::of(&build.gathered.evidence, &now).unwrap().left();
    assert_eq!(left(&build), 0);
    let build = build.with(1, |job| ended_instead(job, ids[1], Outcome::Failed));
    assert_eq!(left(&build), 1);
    let failed = build.verdict().failures;
    let failed: Vec<&str> = failed.iter().map(|f| f.test.as_str()).collect();
    assert_eq!(failed, [ids[1]]);
}

#[test]
fn a_test_that_passed_twice_in_one_job_is_named() {
    let build = Build::good();
    let test = build.first_of(2);
    let warned = |change: &dyn Fn(&mut Evidence)| {
        let verdict = build.clone().with(2, change).is_proved();
        let named = verdict.warnings.iter().all(|w| w.tests == [test.clone()]);
        assert!(named, "{:?}", verdict.warnings);
        kinds(&verdict.warnings)
    };
    let again = |outcome| {
        let test = &test;
        move |job: &mut Evidence| ended(job, test, outcome)
    };
    assert_eq!(warned(&again(Outcome::Passed)), [ProblemKind::Repeated]);
    // What failed, and what is known to have been retried, ran again for a reason.
    assert_eq!(warned(&again(Outcome::Failed)), []);
    let retried = |job: &mut Evidence| {
        ended(job, &test, Outcome::Passed);
        job.record.retried.insert(test.clone(), 1);
    };
    assert_eq!(warned(&retried), []);
}

#[test]
fn a_test_that_passed_in_two_sessions_of_one_job_is_named() {
    let build = Build::good();
    let test = build.first_of(2);
    let second_session = |first: Outcome| {
        let test = test.clone();
        move |job: &mut Evidence| {
            let mut second = job.results[0].clone();
            second.digest.push_str("-2");
            second.tests.clear();
            job.results.push(second);
            job.results.swap(0, 1);
            ended(job, &test, Outcome::Passed);
            job.results.swap(0, 1);
            forget(job, &test);
            ended(job, &test, first);
            job.record.selected.push(test.clone());
            job.record.further_junit.push("junit-2-1-2.xml".to_owned());
        }
    };
    let verdict = build
        .clone()
        .with(2, second_session(Outcome::Passed))
        .is_proved();
    assert_eq!(kinds(&verdict.warnings), [ProblemKind::Repeated]);
    assert_eq!(
        verdict.warnings[0].tests.iter().collect::<Vec<_>>(),
        [&test]
    );
    let verdict = build.with(2, second_session(Outcome::Failed)).is_proved();
    assert_eq!(kinds(&verdict.warnings), []);
}

#[test]
fn a_shard_has_to_say_which_parameters_it_saw_of_what_the_plan_cuts() {
    let ids = [1, 2].map(|n| format!("t/test_p.py::test_p[{n}]"));
    let times = ids.each_ref().map(|id| (id.as_str(), 1_000));
    let timings = Reports::default().with(&times).with(&times);
    let plan = timings.plan(&Planner::new(2).unwrap().split(Split::Test));
    let build = Build::by(plan, &ids);
    build.is_proved();
    let silent = build.with(2, |job| job.record.cut.clear());
    assert!(silent.verdict_without_plan().proved);
    let problem = silent.fails_with_the_plan_by(ProblemKind::DifferentParameters);
    assert_eq!(
        (problem.shards, problem.tests),
        (vec![2], vec!["t.test_p::test_p".to_owned()])
    );
}
