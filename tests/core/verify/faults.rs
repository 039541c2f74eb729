//! Each fault by its name.

use crate::support::suite_of;
use evenshard::history::History;
use evenshard::plan::{Kept, Rules};
use evenshard::record::{Home, HomeLevel, State};
use evenshard::verify::{Expectations, Gathered, ProblemKind, verify};
use evenshard::{Location, NodeId, Outcome, Planner, Shard, Warning};

use super::{Build, ended, forget, kinds, plan_of, tests};

#[test]
fn a_build_in_which_all_went_well_is_proved() {
    let verdict = Build::good().is_proved();
    assert_eq!(
        (verdict.totals.tests, verdict.totals.outcomes.passed),
        (12, 12)
    );
    assert_eq!((verdict.totals.lost, verdict.shard_count), (0, 3));
}

#[test]
fn nothing_at_all_proves_nothing() {
    let verdict = verify(&Gathered::default(), None, &Expectations::default());
    assert!(!verdict.proved);
    let plan = plan_of(&tests(), 2);
    let verdict = verify(&Gathered::default(), Some(&plan), &Expectations::default());
    let missing = ProblemKind::MissingShard;
    assert_eq!(kinds(&verdict.problems), [missing, missing]);
    assert_eq!(verdict.totals.lost, 12);
}

#[test]
fn a_missing_shard_is_named_and_with_the_plan_its_tests() {
    let build = Build::good();
    let lost = build.shard(2).record.selected.len();
    let problem = build.without(2).fails_by(ProblemKind::MissingShard);
    assert_eq!(problem.message, "shard 2 of 3 left no record");
    assert_eq!((problem.shards, problem.tests.len()), (vec![2], lost));
}

#[test]
fn a_job_that_was_killed_left_its_list() {
    let build = Build::good().with(3, |job| {
        job.record.state = State::Started;
        job.record.exit_status = None;
        job.results.clear();
    });
    let verdict = build.verdict();
    let expected = [ProblemKind::CutShort, ProblemKind::NoResult];
    assert_eq!(kinds(&verdict.problems), expected);
    assert_eq!(
        verdict.problems[0].message,
        "shard 3 of 3 was killed or is still running"
    );
    assert_eq!(
        verdict.problems[1].tests.len(),
        build.shard(3).record.selected.len()
    );
}

#[test]
fn a_job_that_broke_off_is_cut_short_though_all_its_tests_have_results() {
    for (exit, pytest, words) in [
        (143, Some(2), "was ended by signal 15"),
        (2, Some(2), "was interrupted"),
        (2, None, "was interrupted"),
        (3, None, "internal error"),
        (1, Some(3), "internal error"),
        (2, Some(0), "ended with 2, though its pytest did with 0"),
        (3, Some(0), "ended with 3, though its pytest did with 0"),
        (4, Some(1), "ended with 4, though its pytest did with 1"),
        (4, None, "usage error"),
        (70, Some(0), "exit status 70"),
        (78, None, "exit status 78"),
    ] {
        let build = Build::good().with(1, |job| {
            job.record.exit_status = Some(exit);
            job.record.pytest_status = pytest;
        });
        let problem = build.fails_by(ProblemKind::CutShort);
        assert!(
            problem.message.contains(words),
            "{exit}: {}",
            problem.message
        );
    }
}

#[test]
fn failing_tests_and_what_a_command_around_pytest_makes_of_them_are_no_fault() {
    for (exit, pytest) in [
        (1, Some(1)),
        (1, None),
        (2, Some(1)),
        (2, Some(5)),
        (5, Some(5)),
    ] {
        let build = Build::good().with(1, |job| {
            job.record.exit_status = Some(exit);
            job.record.pytest_status = pytest;
        });
        build.is_proved();
    }
}

#[test]
fn a_junit_file_that_is_absent_or_cut_short_is_named() {
    let absent = Build::good().with(2, |job| job.results.clear());
    let verdict = absent.verdict();
    let expected = [ProblemKind::MissingJunit, ProblemKind::NoResult];
    assert_eq!(kinds(&verdict.problems), expected);
    assert_eq!(
        verdict.problems[0].message,
        "the JUnit file of shard 2 is not here"
    );
    assert_eq!(verdict.problems[0].files, ["junit-2-1.xml"]);

    let never = absent.with(2, |job| job.record.junit = None);
    let message = &never.verdict().problems[0].message;
    assert_eq!(message, "shard 2 wrote no JUnit file");

    let cut = Build::good().with(2, |job| job.results[0].complete = false);
    let problem = cut.fails_by(ProblemKind::JunitCutShort);
    assert_eq!(problem.files, ["results/junit-2-1.xml"]);

    let further = Build::good().with(2, |job| {
        job.record.further_junit = vec!["junit-2-1-2.xml".to_owned()];
    });
    further.fails_by(ProblemKind::MissingJunit);
}

#[test]
fn a_shard_that_held_another_plan_is_named() {
    let build = Build::good().with(2, |job| job.record.plan_digest = "f00".to_owned());
    let problem = build.fails_by(ProblemKind::MixedPlans);
    assert_eq!(problem.shards, [2]);
    assert!(
        problem.message.starts_with("2 plans: "),
        "{}",
        problem.message
    );
    assert!(
        problem.message.contains("shard 2 used f00"),
        "{}",
        problem.message
    );
}

#[test]
fn a_plan_that_is_not_the_expected_one_is_named_though_all_held_it() {
    let build = Build::good();
    let expected = Expectations {
        digest: Some("abc".to_owned()),
        ..Expectations::default()
    };
    let verdict = verify(&build.gathered, None, &expected);
    assert_eq!(kinds(&verdict.problems), [ProblemKind::MixedPlans]);
    assert_eq!(verdict.problems[0].shards, [1, 2, 3]);
}

#[test]
fn a_shard_of_another_number_of_shards_is_named() {
    let build = Build::good().with(2, |job| job.record.shard = Shard::new(1, 4).unwrap());
    let verdict = build.verdict();
    let expected = [ProblemKind::MixedCounts, ProblemKind::MissingShard];
    assert_eq!(kinds(&verdict.problems), expected);
    let message = &verdict.problems[0].message;
    assert_eq!(message, "there is shard 2 of 4, but the plan has 3");
    assert_eq!(kinds(&build.verdict_without_plan().problems), expected);
}

#[test]
fn two_shards_with_one_index_are_named_with_the_tests_that_ran_twice() {
    let build = Build::good().without(3).and(2, |job| {
        job.record.job = Some("job-3".to_owned());
        job.name = "other/junit-2-1.shard.json".to_owned();
    });
    let verdict = build.verdict_without_plan();
    let expected = [
        ProblemKind::MissingShard,
        ProblemKind::DuplicateShard,
        ProblemKind::RanTwice,
    ];
    assert_eq!(kinds(&verdict.problems), expected, "{:?}", verdict.problems);
    let message = &verdict.problems[1].message;
    assert_eq!(
        message,
        "2 records of shard 2, attempt 1: by job-2 and job-3"
    );
    assert_eq!(
        verdict.problems[2].tests.len(),
        build.shard(2).record.selected.len()
    );
}

#[test]
fn one_record_that_is_given_twice_is_one() {
    let build = Build::good().and(2, |job| job.name = "copy/of/it.shard.json".to_owned());
    build.is_proved();
}

#[test]
fn results_of_another_build_are_named() {
    let mixed = Build::good().and(1, |job| {
        job.record.build = Some("811".to_owned());
        job.name = "old.shard.json".to_owned();
    });
    let problem = mixed.fails_by(ProblemKind::MixedBuilds);
    assert_eq!(
        problem.message,
        "1 record of build 811; most are of build 812 (were results of an earlier build left in the folder?)"
    );
    assert_eq!(problem.files, ["old.shard.json"]);

    let nameless = Build::good().with(1, |job| job.record.build = None);
    let verdict = nameless.verdict();
    let expected = [ProblemKind::MixedBuilds, ProblemKind::MissingShard];
    assert_eq!(kinds(&verdict.problems), expected);

    let other = Expectations {
        build: Some("813".to_owned()),
        ..Expectations::default()
    };
    let verdict = verify(&Build::good().gathered, None, &other);
    assert_eq!(kinds(&verdict.problems), [ProblemKind::MixedBuilds]);
}

#[test]
fn scopes_are_proved_one_at_a_time() {
    let mixed = Build::good().and(1, |job| {
        job.record.scope = "web".to_owned();
        job.name = "web.shard.json".to_owned();
    });
    let verdict = mixed.verdict_without_plan();
    assert_eq!(kinds(&verdict.problems), [ProblemKind::MixedScopes]);
    let of = |scope: &str| {
        let expected = Expectations {
            scope: Some(scope.to_owned()),
            ..Expectations::default()
        };
        verify(&mixed.gathered, None, &expected)
    };
    assert!(of("").proved);
    assert_eq!(kinds(&of("").warnings), [ProblemKind::OtherScopes]);
    let web = of("web");
    let missing = ProblemKind::MissingShard;
    assert_eq!(kinds(&web.problems), [missing, missing]);
    assert!(!of("none").proved);
}

#[test]
fn shards_that_were_offered_other_files_are_named_with_the_files() {
    let build = Build::good().with(2, |job| job.record.files.push("t/test_new.py".to_owned()));
    let problem = build.fails_by(ProblemKind::DifferentFiles);
    let message = "shards 1 and 3 did not visit 1 file that others visited";
    assert_eq!(problem.message, message);
    assert_eq!(
        (problem.shards, problem.files),
        (vec![1, 3], vec!["t/test_new.py".to_owned()])
    );
}

#[test]
fn shards_that_saw_other_parameters_of_a_function_are_named() {
    let cut = |hash: &'static str| {
        move |job: &mut super::Evidence| {
            let function = "t.test_a::test_many".to_owned();
            job.record.cut.insert(function, hash.to_owned());
        }
    };
    let same = Build::good().with(1, cut("aa")).with(3, cut("aa"));
    same.is_proved();
    let problem = same
        .with(3, cut("bb"))
        .fails_by(ProblemKind::DifferentParameters);
    assert_eq!(
        (problem.shards, problem.tests),
        (vec![1, 3], vec!["t.test_a::test_many".to_owned()])
    );
}

/// As where the plan does not know yet that its order matters.
#[test]
fn a_test_that_went_home_is_not_misplaced() {
    let build = Build::good();
    // Of a file that is cut, a test that the plan has in another than its lowest shard.
    let all = tests();
    let (test, from, lowest) = all
        .iter()
        .find_map(|test| {
            let id = NodeId::parse(test);
            let lowest = build.plan.shards_of_file(id.path())[0];
            let from = build.plan.place(&id, Kept::No).on.shard()?;
            (from != lowest).then_some((test, from.number(), lowest.number()))
        })
        .expect("a file that is cut");
    let moved = build
        .with(from, |job| {
            job.record.selected.retain(|id| id != test);
            forget(job, test);
        })
        .with(lowest, |job| {
            job.record.selected.push(test.clone());
            ended(job, test, Outcome::Passed);
        });
    moved.fails_with_the_plan_by(ProblemKind::Misplaced);
    let home = Home {
        level: HomeLevel::File,
        of: NodeId::parse(test).classname(),
        why: "order".to_owned(),
        tests: vec![test.clone()],
    };
    moved
        .with(lowest, |job| job.record.home.push(home.clone()))
        .is_proved();
}

/// Where marks depend on the machine, one shard leaves a test to another one, which does not
/// run it either.
#[test]
fn shards_that_disagree_on_what_stays_together_are_named() {
    let build = Build::good();
    let all = tests();
    let ids = all.iter().map(|id| NodeId::parse(id));
    let file = { ids }.find(|id| build.plan.shards_of_file(id.path()).len() > 1);
    let file = file.expect("a file that is cut");
    let shards = build.plan.shards_of_file(file.path());
    let kept = |build: Build, shard: Shard, hash: &str| {
        build.with(shard.number(), |job| {
            let hash = hash.to_owned();
            job.record.kept.insert(file.dotted_file(), hash);
        })
    };
    let one = kept(build, shards[0], "aa");
    let problem = one.fails_by(ProblemKind::DifferentHomes);
    assert_eq!(problem.files, [file.dotted_file()]);
    let same = shards[1..]
        .iter()
        .fold(one.clone(), |build, &shard| kept(build, shard, "aa"));
    same.is_proved();
    let other = kept(same, shards[1], "bb");
    other.fails_by(ProblemKind::DifferentHomes);
}

#[test]
fn a_test_in_another_shard_than_the_plan_says_is_named() {
    let mut build = Build::good();
    let test = build.first_of(1);
    build = build
        .with(1, |job| {
            job.record.selected.remove(0);
            forget(job, &test);
        })
        .with(2, |job| {
            job.record.selected.push(test.clone());
            ended(job, &test, Outcome::Passed);
        });
    assert!(build.verdict_without_plan().proved);
    let problem = build.fails_with_the_plan_by(ProblemKind::Misplaced);
    assert_eq!((problem.shards, problem.tests), (vec![2], vec![test]));
}

#[test]
fn a_test_that_was_collected_through_another_file_is_placed_by_that_file() {
    let build = Build::good();
    let test = build.first_of(1);
    let (file, names) = test.split_once("::").unwrap();
    let renamed = format!("generated/by/plugin.py::{names}");
    let build = build.with(1, |job| {
        job.record.selected[0].clone_from(&renamed);
        forget(job, &test);
        ended(job, &renamed, Outcome::Passed);
    });
    assert!(!build.verdict().proved);
    let told = build.with(1, |job| {
        let from = &mut job.record.collected_from;
        from.insert(renamed.clone(), vec![file.to_owned()]);
    });
    told.is_proved();
}

#[test]
fn a_test_that_two_shards_selected_is_named() {
    let build = Build::good();
    let test = build.first_of(1);
    let build = build.with(2, |job| job.record.selected.push(test.clone()));
    let verdict = build.verdict_without_plan();
    let expected = [ProblemKind::RanTwice, ProblemKind::NoResult];
    assert_eq!(kinds(&verdict.problems), expected);
    assert_eq!(verdict.problems[0].tests, [test]);
    assert_eq!(verdict.problems[0].shards, [1, 2]);
}

#[test]
fn a_test_that_ran_in_a_shard_that_did_not_select_it_is_named() {
    let build = Build::good();
    let test = build.first_of(1);
    let build = build.with(3, |job| ended(job, &test, Outcome::Passed));
    let verdict = build.verdict();
    let expected = [ProblemKind::RanTwice, ProblemKind::Unlisted];
    assert_eq!(kinds(&verdict.problems), expected);
    assert_eq!(verdict.problems[0].tests, [test]);

    let stranger = Build::good().with(3, |job| ended(job, "x/test_z.py::t", Outcome::Passed));
    let problem = stranger.fails_by(ProblemKind::Unlisted);
    assert_eq!(
        (problem.shards, problem.tests),
        (vec![3], vec!["x.test_z::t".to_owned()])
    );
}

#[test]
fn tests_that_run_everywhere_are_the_one_exception() {
    let rules = Rules {
        everywhere: vec!["t/test_b.py".parse().unwrap()],
        ..Rules::default()
    };
    let (tests, history) = (tests(), History::new());
    let suite = suite_of(tests.iter().map(String::as_str), &history);
    let planner = Planner::new(3).unwrap().rules(rules);
    let build = Build::by(planner.plan(&suite).unwrap(), &tests);
    let verdict = build.is_proved();
    assert_eq!(verdict.totals.tests, 12);
    assert_eq!(verdict.totals.outcomes.passed, 18);

    // Without the plan the records have to say so.
    let mut silent = build.clone();
    for job in &mut silent.gathered.evidence {
        job.record.everywhere.clear();
    }
    assert!(silent.verdict().proved);
    let problems = silent.verdict_without_plan().problems;
    assert_eq!(kinds(&problems), [ProblemKind::RanTwice]);
    // Who has the plan does not take the word of a record for it.
    let test = Build::good().first_of(1);
    let claim = |job: &mut super::Evidence| {
        job.record.everywhere.push(test.clone());
        if !job.record.selected.contains(&test) {
            job.record.selected.push(test.clone());
            ended(job, &test, Outcome::Passed);
        }
    };
    let claimed = Build::good().with(1, claim).with(2, claim).with(3, claim);
    assert!(claimed.verdict_without_plan().proved);
    let problems = claimed.verdict().problems;
    assert!(
        kinds(&problems).contains(&ProblemKind::RanTwice),
        "{problems:?}"
    );

    // Everywhere is everywhere.
    let lost = build.with(2, |job| {
        let at = job
            .record
            .selected
            .iter()
            .position(|id| id.contains("test_b"));
        let id = job.record.selected.remove(at.unwrap());
        forget(job, &id);
    });
    let problem = lost.fails_by(ProblemKind::Vanished);
    assert_eq!((problem.shards, problem.tests.len()), (vec![2], 1));
}

#[test]
fn a_test_without_a_result_is_named() {
    let build = Build::good();
    let test = build.first_of(3);
    let build = build.with(3, |job| forget(job, &test));
    let problem = build.fails_by(ProblemKind::NoResult);
    assert_eq!(problem.message, "1 test of shard 3 has no result");
    assert_eq!(problem.tests, [test]);
    assert_eq!(build.verdict().totals.lost, 1);
}

#[test]
fn a_test_of_the_plan_that_nobody_selected_has_vanished() {
    let build = Build::good();
    let test = build.first_of(2);
    let gone = build.with(2, |job| {
        job.record.selected.remove(0);
        forget(job, &test);
    });
    assert!(gone.verdict_without_plan().proved);
    let problem = gone.fails_with_the_plan_by(ProblemKind::Vanished);
    assert_eq!(problem.tests.len(), 1);

    // Where the plan remembers tests and did not collect them, that is no more than news.
    let mut content: serde_json::Value = serde_json::from_str(&gone.plan.to_json()).unwrap();
    content["collected"] = false.into();
    let remembered = evenshard::Plan::from_json_unchecked(&content.to_string()).unwrap();
    let mut gone = gone;
    for job in &mut gone.gathered.evidence {
        job.record.plan_digest = remembered.digest().to_owned();
    }
    let verdict = verify(&gone.gathered, Some(&remembered), &Expectations::default());
    assert!(verdict.proved);
    assert_eq!(kinds(&verdict.warnings), [ProblemKind::Vanished]);
}

#[test]
fn a_build_that_ran_no_test_is_not_proved() {
    let build = Build::of(&[], 2);
    assert_eq!(kinds(&build.verdict().problems), [ProblemKind::NothingRan]);
}

#[test]
fn a_record_that_cannot_be_read_is_a_problem_and_a_stray_junit_file_a_warning() {
    let mut build = Build::good();
    let place = Location::file("junit-9.shard.json");
    build
        .gathered
        .unreadable
        .push(Warning::new(place, "not a run record: EOF"));
    build.gathered.unclaimed.push("lint.xml".to_owned());
    let problem = build.fails_by(ProblemKind::UnreadableRecord);
    assert_eq!(problem.message, "junit-9.shard.json: not a run record: EOF");
    let warnings = build.verdict().warnings;
    assert_eq!(kinds(&warnings), [ProblemKind::UnclaimedJunit]);
    assert_eq!(warnings[0].files, ["lint.xml"]);
}

#[test]
fn a_shard_that_was_asked_to_stop_lost_nothing() {
    let build = Build::good();
    let test = build.first_of(1);
    let stopped = build.with(1, |job| {
        job.record.stopped = Some("stopping after 1 failures".to_owned());
        // Under xdist, pytest calls this an interrupt.
        (job.record.exit_status, job.record.pytest_status) = (Some(2), Some(2));
        forget(job, &test);
    });
    let verdict = stopped.is_proved();
    assert_eq!(kinds(&verdict.warnings), [ProblemKind::StoppedOnRequest]);
    assert_eq!(verdict.warnings[0].tests, [test]);
    assert_eq!((verdict.totals.not_run, verdict.totals.lost), (1, 0));
}

#[test]
fn parameters_that_are_made_anew_in_every_process_have_not_vanished() {
    let mut listed = tests();
    listed.extend(["t/test_a.py::test_new[1]", "t/test_a.py::test_new[2]"].map(str::to_owned));
    let named = |build: Build, names: [&str; 2]| {
        let mut build = build;
        for job in &mut build.gathered.evidence {
            for (number, name) in (1..).zip(names) {
                let old = format!("t/test_a.py::test_new[{number}]");
                if let Some(at) = job.record.selected.iter().position(|id| *id == old) {
                    forget(job, &old);
                    job.record.selected.remove(at);
                    if !name.is_empty() {
                        let new = format!("t/test_a.py::test_new[{name}]");
                        ended(job, &new, Outcome::Passed);
                        job.record.selected.push(new);
                    }
                }
            }
        }
        build
    };
    let build = Build::of(&listed, 3);
    let verdict = named(build.clone(), ["x", "y"]).is_proved();
    assert_eq!(kinds(&verdict.warnings), [ProblemKind::Renamed]);
    // One fewer than the plan knew.
    let fewer = named(build, ["x", ""]);
    let problem = fewer.fails_with_the_plan_by(ProblemKind::Vanished);
    assert_eq!(problem.tests.len(), 2);
}

#[test]
fn shards_that_selected_from_different_tests_are_named() {
    let select = |build: Build, shard, selection: &str| {
        build.with(shard, |job| {
            job.record.selection = Some(selection.to_owned());
        })
    };
    let build = select(select(Build::good(), 1, ""), 3, "");
    build.is_proved();
    // The second shard ran again what had failed, in the same command.
    select(build.clone(), 2, "; --lf").is_proved();
    let problem = select(build, 2, "-k fast").fails_by(ProblemKind::MixedSelections);
    assert_eq!(
        problem.message,
        "shards 1 and 3 selected the whole suite, shard 2 selected `-k fast`: \
         what one of them left out may have run nowhere"
    );
}

#[test]
fn tests_that_are_gone_are_a_problem_where_too_many_are() {
    let build = Build::good().with(2, |job| {
        job.record.gone = vec!["t/test_a.py::test_old".to_owned()];
    });
    assert_eq!(kinds(&build.is_proved().warnings), [ProblemKind::Missing]);
    let verdict = |most: &str| {
        let expected = Expectations {
            max_missing: most.parse().ok(),
            ..Expectations::default()
        };
        verify(&build.gathered, None, &expected)
    };
    // One of thirteen.
    for (most, proved) in [("1", true), ("0", false), ("7.7%", true), ("7.6%", false)] {
        let verdict = verdict(most);
        assert_eq!(
            (verdict.proved, verdict.totals.missing),
            (proved, 1),
            "{most}"
        );
    }
}

#[test]
fn results_without_a_build_are_warned_of_and_old_ones_named() {
    let begun = |build: Build, shard: u32, hours: i64| {
        build.with(shard, |job| {
            job.record.build = None;
            job.record.begun_ms = Some(hours * 3_600_000);
        })
    };
    let build = begun(begun(begun(Build::good(), 1, 100), 2, 90), 3, 100);
    let warnings = build.is_proved().warnings;
    assert_eq!(kinds(&warnings), [ProblemKind::NoBuild]);
    assert_eq!(warnings[0].files, [""; 0]);
    let warnings = begun(build, 2, 70).is_proved().warnings;
    assert_eq!(warnings[0].files, ["results/junit-2-1.shard.json"]);
    assert!(
        warnings[0]
            .message
            .contains("shard 2 was begun 30 hours before")
    );
}
