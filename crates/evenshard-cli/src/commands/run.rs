//! `evenshard run`

pub(crate) mod child;
pub(crate) mod collect;
mod coverage;
mod failed_only;
mod github;
mod homes;
mod interpreter;
mod launcher;
mod never_loaded;
mod own_environment;
mod plugin;
mod quarantine;
mod record;
mod sessions;
mod share;
#[cfg(feature = "store")]
mod shared;
mod signals;
mod unpruned;
mod unselected;
pub(crate) mod watch;

use std::time::Instant;

use evenshard::{Micros, Plan, Shard};
use evenshard_report::words::counted;

use crate::ci::agreement;
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::planning::{self, Planned, Request};
use crate::results;
use crate::settings::{Launch, RunSettings};
use crate::streams::Streams;
use crate::values::{FirstBuild, Order, Percent};
use child::Ended;
use launcher::Launcher;
use plugin::message::{Others, Session};
use plugin::settings::{Quarantined, Run};
use sessions::Answers;
use share::{Share, of_shard};

/// pytest's exit status for "no tests were collected" (`pytest.ExitCode`).
const NO_TESTS: u8 = 5;
/// pytest's exit status for wrong usage (`pytest.ExitCode`): it ran nothing.
const USAGE_ERROR: u8 = 4;

/// Runs one shard under pytest: the user's command with the plugin added. Returns its exit status.
pub(crate) fn run(settings: &RunSettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    // pytest, too, would write to nowhere.
    streams.refuse_closed()?;
    #[cfg(feature = "store")]
    if settings.sharing.store.named().is_some() {
        return shared::run(settings, env, streams);
    }
    alone(settings, env, streams)
}

/// Runs one shard, and shares nothing.
fn alone(settings: &RunSettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let planned = plan(settings, env, streams)?;
    with_plan(settings, planned, env, streams)
}

/// Runs one shard of a plan.
fn with_plan(
    settings: &RunSettings,
    planned: Planned,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Outcome {
    let (words, shard) = (&settings.shard.words, settings.shard.shard);
    let (results, source, launch) = (&settings.results, &settings.source, &settings.launch);
    let (plan, times) = (planned.plan, planned.times);
    let counted = planned.counted.map(|ids| of_shard(&ids, &plan, shard));
    let (expected, digest) = (expected(&plan, shard), planning::short(&plan));
    streams.say(&format!("{words}, plan {digest}, {expected}"));
    if settings.compare {
        agreement::compare(&plan, env, streams)?;
    }

    // Before pytest prints pages: the warning is about this very run.
    coverage::warn(&launch.command, env, streams);
    let quarantined = quarantine::live(&settings.quarantine, streams);
    let mut started = results::started(&plan, shard, predicted(&plan, shard), &results.job);
    let passed = failed_only::passed(&settings.failed_only, &mut started, streams);
    // The first attempt was held to it, on the whole shard.
    let least = source.timings.require_match.filter(|_| passed.is_none());
    let (junit, record) = (results.junit.as_deref(), results.record.as_deref());
    let slice = plan.slice(shard);
    let own = Share {
        launch,
        env,
        whole_marks: &plan.content().rules.whole_marks,
        run: Run {
            junit,
            require_match: least.map(Percent::get),
            passed: passed.as_ref(),
            record_path: record,
            quarantine: quarantined.iter().map(|e| Quarantined::new(e)).collect(),
            prune: settings.prune,
            collected: counted.as_ref(),
            longest_first: (settings.order == Order::LongestFirst).then_some(&times),
            ..Run::of(&slice, shard, &started)
        },
    };
    results::check_writable(results.junit.iter().chain(&results.record))?;
    // A look at the tests leaves the results of the run before alone.
    if !only_collects(launch, env) {
        results::remove_earlier(junit, record, &plan.content().scope)?;
    }
    let begun = Instant::now();
    let (answers, found, code) = start(&own, streams)?;
    let code = record::check_written(&answers, junit, code, streams);
    let wall = Micros::new(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
    quarantine::report(&quarantined, &plan, &answers.sessions, streams);
    homes::report(&answers.sessions, streams);
    // An attempt at failed tests selects few of the planned ones, as it should; and what pytest
    // cannot find it has named itself.
    if passed.is_none() && code != USAGE_ERROR {
        warn_of_mismatch(&plan, &answers.sessions, streams);
        unselected::warn(&plan, &times, &answers.sessions, &found, settings, streams);
    }
    unpruned::warn_of_dropped(&answers, streams);
    record::finish(&answers, &found, code, wall, streams);
    report_result(&plan, &answers.sessions, words, &expected, wall, streams);
    if code != exit::OK {
        github::annotate(&answers, env, streams);
    }
    Ok(code)
}

/// Makes the plan of this job.
fn plan(settings: &RunSettings, env: &Env, streams: &mut Streams<'_>) -> Result<Planned, Failure> {
    let results = &settings.results;
    streams.detail(&results.to_string());
    results::check_apart(&results.junit, &settings.source.timings, &results.job, env)?;
    let collect = |streams: &mut Streams<'_>| {
        collect::tests(&settings.launch, &[], env, streams).map(|found| found.ids)
    };
    let is_counted = settings.first_build == FirstBuild::Count;
    let request = Request {
        shard: settings.shard.shard,
        source: &settings.source,
        planner: &settings.planner,
        build: settings.results.job.build.as_deref(),
        list: None,
        wants_times: true,
        first_build: is_counted.then_some(&collect),
        has_store: settings.sharing.store.named().is_some(),
    };
    planning::for_shard(&request, streams)
}

/// Runs the command, and once more for tests that pruning made vanish. Returns the answers of all
/// sessions, the tests that were missing, and the exit status.
fn start(
    own: &Share<'_>,
    streams: &mut Streams<'_>,
) -> Result<(Answers, unpruned::Found, u8), Failure> {
    let signals = child::catch();
    let launcher = Launcher::prepare(&own.first(), own.launch, own.env)?;
    let ended = launcher.run(child::Stdout::Inherited, signals, streams)?;
    let mut answers = sessions::read(launcher.answers());
    let code = exit_status(own, &launcher, &answers, &ended, streams)?;
    let (code, found) = match ended.signal() {
        // Whoever sent the signal wants an end, not a second session.
        Some(_) => (code, unpruned::Found::default()),
        None => unpruned::look(own, &mut answers, code, streams)?,
    };
    Ok((answers, found, code))
}

/// Returns true where the command lists tests and runs none: it leaves no results, and takes none
/// away.
fn only_collects(launch: &Launch, env: &Env) -> bool {
    let typed = launch.command.iter().map(|word| word.to_string_lossy());
    let added = env.get("PYTEST_ADDOPTS").unwrap_or_default();
    let is_option = |word: &str| matches!(word, "--collect-only" | "--collectonly" | "--co");
    let mut texts = typed.chain([added.into()]);
    texts.any(|text| text.split_ascii_whitespace().any(is_option))
}

/// Returns the time that the plan predicts for a shard; zero where it was made without timings.
fn predicted(plan: &Plan, shard: Shard) -> Micros {
    if plan.content().matched.known == 0 {
        return Micros::ZERO;
    }
    plan.predicted(shard)
}

/// Describes what the plan expects of a shard.
fn expected(plan: &Plan, shard: Shard) -> String {
    if plan.content().counted {
        return counted(plan.predicted(shard).get(), "test");
    }
    if plan.content().matched.known == 0 {
        return "planned without timings".to_owned();
    }
    format!("predicted {}", predicted(plan, shard))
}

/// Returns the exit status of the run: pytest's own, but for failures that only `run` can see.
fn exit_status(
    own: &Share<'_>,
    launcher: &Launcher<'_>,
    answers: &Answers,
    ended: &Ended,
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
        // pytest has printed what is wrong with its arguments.
        if answers.imported && status == USAGE_ERROR {
            return Ok(status);
        }
        if answers.faults.is_empty() || status != exit::OK {
            return Err(never_loaded::failure(launcher, own.env, status));
        }
    }
    if let Some(refused) = sessions.iter().find_map(|s| s.refused.as_deref()) {
        return Err(Failure::data(format!("no test was run: {refused}"))
            .hint("are the timings of this suite, and recorded from the same folder?"));
    }
    if sessions.iter().any(Session::lost_workers) {
        return Err(Failure::config(
            "an xdist worker ran without the plugin: it may have run tests of other shards",
        ));
    }
    if let (exit::OK, [fault, ..]) = (status, answers.faults.as_slice()) {
        return Err(Failure::new(
            exit::TESTS_LOST,
            format!("{fault}, though the command ended with success: which tests ran is unknown"),
        )
        .hint(
            "look at what pytest printed, and let the command fail with it: `set -e` or && between several; \
             os._exit in a test ends pytest, too",
        ));
    }
    let in_doubt =
        |s: &Session| s.exit == Some(NO_TESTS.into()) && s.others == Some(Others::Unknown);
    // Files of other shards were not imported, so nobody knows whether they hold a test.
    if status == NO_TESTS && sessions.iter().any(in_doubt) {
        return Ok(survey(own, streams));
    }
    Ok(status)
}

/// Collects the whole suite where this shard has no test: a filter that matches nothing anywhere
/// must not pass.
fn survey(own: &Share<'_>, streams: &mut Streams<'_>) -> u8 {
    streams.say("no test here: collecting the whole suite once, to see whether any shard has one");
    let found = collect::tests(own.launch, &[], own.env, streams);
    let Ok(found) = found.map(|found| found.ids.len()) else {
        streams.warn(
            "the whole suite could not be collected: whether other shards have a test is unknown",
        );
        return NO_TESTS;
    };
    if found == 0 {
        streams.warn("no test in the whole suite matches the command: nothing was run");
        return NO_TESTS;
    }
    let found = counted(found, "test");
    streams.say(&format!(
        "{found} in other shards: an empty shard is a success"
    ));
    exit::OK
}

/// Warns when the timings knew few of the tests that ran here.
fn warn_of_mismatch(plan: &Plan, sessions: &[Session], streams: &mut Streams<'_>) {
    let known: u64 = sessions.iter().map(|s| s.matched.0).sum();
    let tests: u64 = sessions.iter().map(|s| s.matched.1).sum();
    // Without timings, every test is unknown, and a message has said so.
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

fn report_result(
    plan: &Plan,
    sessions: &[Session],
    words: &str,
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
    let tests = counted(tests, "test");
    streams.say(&format!(
        "{words}: {tests} in {measured} ({expected}); {wall} including startup"
    ));
}
