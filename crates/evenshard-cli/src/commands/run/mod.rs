//! `evenshard run`: hand one shard to pytest, and keep the record of what it ran.

pub(crate) mod child;
pub mod collect;
mod coverage;
mod failed_only;
mod handover;
mod homes;
mod interpreter;
mod never_loaded;
pub(crate) mod other_runner;
mod own_environment;
mod plugin;
mod quarantine;
mod record;
mod sessions;
mod share;
mod signals;
mod unpruned;
mod unselected;

use std::ffi::OsString;
use std::time::Instant;

use evenshard::{Micros, Plan, Shard};
use evenshard_report::words::{grouped, plural};

use crate::args::{FirstBuild, Order, RunArgs};
use crate::ci::agreement;
use crate::commands::plan::short;
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::planning::{self, Planned, Wanted};
use crate::pytest_options::PytestOptions;
use crate::settings::{self, Results};
use crate::streams::Streams;
use child::Ended;
use handover::Handover;
use sessions::{Answers, Session};
use share::{Share, of_shard};

/// pytest's exit status for "no tests were collected".
const NO_TESTS: u8 = 5;
/// pytest's exit status for wrong usage: it ran nothing.
const USAGE_ERROR: u8 = 4;

/// Runs the user's command with the plugin added, and answers with its exit status.
///
/// # Errors
/// 64, 65, 73, 75, 78, 126, 127 as documented, each before a test has run or with what
/// became of the run.
pub fn run(args: &RunArgs, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    // pytest, too, would write to nowhere.
    streams.refuse_closed()?;
    other_runner::refuse(&args.command)?;
    let named = settings::shard(&args.shard, env)?;
    let shard = named.shard;
    let results = Results::settle(args, shard, env);
    streams.detail(&results.told());
    settings::results_beside_timings(&results, &args.timings, env)?;
    let build = results.job.build.as_deref();
    let planned = plan(args, shard, build, env, streams)?;
    let (plan, times) = (planned.plan, planned.times);
    let counted = planned.counted.map(|ids| of_shard(&ids, &plan, shard));
    let predicted = predicted(&plan, shard);
    let (expected, digest) = (expected(&plan, shard), short(&plan));
    streams.say(&format!("{}, plan {digest}, {expected}", named.said));
    if args.given.plan.is_none() && !args.no_ci_compare {
        agreement::compare(&plan, env, streams)?;
    }

    coverage::warn(&args.command, env, streams);
    let quarantined = quarantine::live(&args.quarantine, streams);
    let mut template = record::Template::new(&plan, shard, predicted, &results);
    let settled = failed_only::settled(&args.failed_only, &mut template, streams);
    let own = Share {
        plan: &plan,
        shard,
        junit: results.junit.as_deref(),
        // The first attempt was held to it, on the whole shard.
        require_match: args.timings.require_match.filter(|_| settled.is_none()),
        settled: settled.as_ref(),
        template: &template,
        quarantined: &quarantined,
        prune: args.prune && !args.no_prune,
        longest_first: (args.order == Order::LongestFirst).then_some(&times),
        collected: counted.as_ref(),
    };
    make_way(&results, &plan.content().scope, &args.command, env)?;
    let begun = Instant::now();
    let (answers, found, code) = launch(&own, args, env, streams)?;
    let code = record::are_written(&answers, results.junit.as_deref(), code, streams);
    let wall = Micros::new(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
    quarantine::report(&quarantined, &plan, &answers.sessions, streams);
    homes::report(&answers.sessions, streams);
    if settled.is_none() {
        say_match(&plan, &answers.sessions, streams);
        unselected::warn(&plan, &times, &answers.sessions, &found, args, streams);
    }
    unpruned::say_dropped(&answers, streams);
    record::finish(&answers, &found, code, wall, streams);
    say_result(
        &plan,
        &answers.sessions,
        &named.said,
        &expected,
        wall,
        streams,
    );
    Ok(code)
}

/// The plan of this job. Results of `build`, the current one, are no timings.
fn plan(
    args: &RunArgs,
    shard: Shard,
    build: Option<&str>,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Result<Planned, Failure> {
    let wanted = Wanted {
        given: &args.given,
        timings: &args.timings,
        how: &args.how,
        list: None,
        pytest: &PytestOptions::of(&args.command, env),
        current_build: build,
        times: true,
    };
    let collect = |streams: &mut Streams<'_>| {
        let work_dir = args.work_dir.as_ref();
        collect::tests(&args.command, &[], work_dir, env, streams).map(|found| found.ids)
    };
    let is_counted = args.first_build == FirstBuild::Count;
    let first_build = is_counted.then_some(&collect as planning::Collect<'_>);
    planning::for_shard(shard, &wanted, first_build, streams)
}

/// Runs the command, and once more for tests that pruning made vanish: what its sessions
/// answered, what was found that way, and the exit status of it all.
fn launch(
    own: &Share<'_>,
    args: &RunArgs,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Result<(Answers, unpruned::Found, u8), Failure> {
    let signals = child::catch();
    let handover = Handover::prepare(&own.first(), args.work_dir.as_ref(), env)?;
    streams.detail(&handover.told(&args.command));
    let ended = handover.run(&args.command, child::Stdout::Inherited, signals)?;
    let mut answers = sessions::read(handover.talk());
    let code = settle_exit(args, &handover, &answers, &ended, env, streams)?;
    let (code, found) = match ended.signal() {
        Some(_) => (code, unpruned::Found::default()),
        None => unpruned::look(own, args, &mut answers, code, env, streams)?,
    };
    Ok((answers, found, code))
}

/// Stops where results could not be written, and removes those of an earlier run.
fn make_way(
    results: &Results,
    scope: &str,
    command: &[OsString],
    env: &Env,
) -> Result<(), Failure> {
    settings::results_can_be_written(results)?;
    if only_collects(command, env) {
        return Ok(());
    }
    settings::remove_earlier(results, scope)
}

/// True where the command lists tests and runs none: it leaves no results, and takes none away.
fn only_collects(command: &[OsString], env: &Env) -> bool {
    let typed = command.iter().map(|word| word.to_string_lossy());
    let added = env.get("PYTEST_ADDOPTS").unwrap_or_default();
    let is_option = |word: &str| matches!(word, "--collect-only" | "--collectonly" | "--co");
    let mut texts = typed.chain([added.into()]);
    texts.any(|text| text.split_ascii_whitespace().any(is_option))
}

/// The time that the plan predicts for a shard; none where it only counted tests.
fn predicted(plan: &Plan, shard: Shard) -> Micros {
    if plan.content().counted {
        return Micros::ZERO;
    }
    planning::load(plan, shard)
}

/// What the plan expects of a shard, in words.
fn expected(plan: &Plan, shard: Shard) -> String {
    if plan.content().counted {
        let tests = planning::load(plan, shard).get();
        return format!("{} test{}", grouped(tests), plural(tests));
    }
    format!("predicted {}", predicted(plan, shard))
}

/// The exit status of the run: pytest's own, but for what only `run` can see.
fn settle_exit(
    args: &RunArgs,
    handover: &Handover,
    answers: &Answers,
    ended: &Ended,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Outcome {
    let status = ended.exit_status();
    streams.detail(&format!("the command ended with {status}"));
    if ended.signal().is_some() {
        return Ok(status);
    }
    if let Some(contradiction) = answers.contradiction() {
        return Err(contradiction);
    }
    let sessions = &answers.sessions;
    if sessions.is_empty() {
        if answers.imported && status == USAGE_ERROR {
            return Ok(status);
        }
        if answers.faults.is_empty() || status != exit::OK {
            return Err(never_loaded::failure(&args.command, handover, env, status));
        }
    }
    if let Some(refused) = sessions.iter().find_map(|s| s.refused.as_deref()) {
        return Err(
            Failure::new(exit::DATA, format!("no test was run: {refused}"))
                .hint("are the timings of this suite, and recorded from the same folder?"),
        );
    }
    if sessions.iter().any(Session::lost_workers) {
        return Err(Failure::new(
            exit::CONFIG,
            "an xdist worker ran without the plugin: it may have run tests of other shards",
        ));
    }
    if let (exit::OK, [fault, ..]) = (status, answers.faults.as_slice()) {
        return Err(Failure::new(
            exit::TESTS_LOST,
            format!("{fault}, though the command ended with success: which tests ran cannot be told"),
        )
        .hint(
            "look at what pytest printed, and let the command fail with it: `set -e` or && between several; \
             os._exit in a test ends pytest, too",
        ));
    }
    let in_doubt = sessions.iter().any(|s| s.survey);
    if status == NO_TESTS && in_doubt {
        return Ok(survey(args, env, streams));
    }
    Ok(status)
}

/// No test of this shard was selected, and only a look at the whole suite tells whether
/// another shard has some: a filter that matches nothing anywhere must not pass.
fn survey(args: &RunArgs, env: &Env, streams: &mut Streams<'_>) -> u8 {
    streams.say("no test here: collecting the whole suite once, to see whether any shard has one");
    let found = collect::tests(&args.command, &[], args.work_dir.as_ref(), env, streams);
    let Ok(found) = found.map(|found| found.ids.len()) else {
        streams.warn("the whole suite could not be collected: whether other shards have a test cannot be told");
        return NO_TESTS;
    };
    if found == 0 {
        streams.warn("no test in the whole suite matches the command: nothing was run");
        return NO_TESTS;
    }
    streams.say(&format!(
        "{found} test{} in other shards: an empty shard is a success",
        plural(found)
    ));
    exit::OK
}

/// Says loudly when the timings knew little of what was run here.
fn say_match(plan: &Plan, sessions: &[Session], streams: &mut Streams<'_>) {
    let known: u64 = sessions.iter().map(|s| s.matched.0).sum();
    let tests: u64 = sessions.iter().map(|s| s.matched.1).sum();
    let nothing_known = plan.content().matched.tests == 0 || plan.content().counted;
    if nothing_known || known * 2 >= tests {
        return;
    }
    let unknown: Vec<&str> = sessions
        .iter()
        .flat_map(|s| &s.unknown)
        .map(String::as_str)
        .take(3)
        .collect();
    let units = plan.content().shards.iter().flat_map(|s| &s.units);
    let known_here: Vec<&str> = units.map(evenshard::plan::Unit::file).take(3).collect();
    streams.warn(&format!(
        "the timings knew {known} of the {tests} tests of this shard"
    ));
    streams.add(&format!(
        "  tests, such as              {}",
        unknown.join(", ")
    ));
    streams.add(&format!(
        "  timings of files, such as   {}",
        known_here.join(", ")
    ));
    streams.add(
        "  likely causes: timings of another suite, tests that are new, or reports written from another folder",
    );
}

fn say_result(
    plan: &Plan,
    sessions: &[Session],
    said: &str,
    expected: &str,
    wall: Micros,
    streams: &mut Streams<'_>,
) {
    if sessions.iter().all(|s| s.collect_only) {
        return;
    }
    let tests: usize = sessions.iter().map(|s| s.selected.len()).sum();
    // With workers the plan predicts the shard's time, else the sum of its tests.
    let measured: Micros = if plan.content().workers.is_some() {
        sessions.iter().map(|s| s.wall_us).sum()
    } else {
        sessions.iter().map(|s| s.cases_us).sum()
    };
    streams.say(&format!(
        "{said}: {tests} test{} in {measured} ({expected}), {wall} with all around them",
        plural(tests)
    ));
}
