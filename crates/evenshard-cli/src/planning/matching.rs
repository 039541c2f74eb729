//! How well timings and plans match the tests at hand.

use evenshard::history::History;
use evenshard::plan::{Match, Placed, Unit};
use evenshard::suite::{self, Alignment, Shift};
use evenshard::{NodeId, Plan};
use evenshard_report::words::{counted, grouped};

use crate::failure::Failure;
use crate::inputs::Timings;
use crate::streams::Streams;
use crate::values::Percent;

/// Below this share of known tests a match is a warning. Chosen, not measured: timings of
/// another suite know next to nothing, and a suite that doubles between two builds is rare.
const LITTLE_PERCENT: f64 = 50.0;
/// The number of examples on each side of a bad match. Chosen: what
/// differs shows in the first ones.
const EXAMPLES: usize = 3;

/// Brings the timings to the names of the listed tests, where these differ throughout.
pub(crate) fn align(list: &[&str], timings: &mut Timings, streams: &mut Streams<'_>) {
    let alignment = Alignment::find(list.iter().copied(), &timings.history);
    match &alignment.shift {
        Some(Shift::Timings(prefix)) => streams.say(&format!(
            "timings were recorded with '{prefix}.' before the names of these tests: it is taken off"
        )),
        Some(Shift::Tests(prefix)) => streams.say(&format!(
            "timings were recorded without the '{prefix}.' of these tests: it is put before them"
        )),
        None => {}
    }
    // As in packages of a monorepo.
    if let Some(first) = alignment.ambiguous.first() {
        let [one, other] = &first.lines;
        streams.warn(&format!(
            "{} in the reports may be of several lines, such as {}: {one} or {other}",
            counted(alignment.ambiguous.len(), "name"),
            first.name
        ));
        streams.add("  say which reports are of which folder: --path-map junit/web:.=packages/web");
    }
    if !alignment.is_empty() {
        timings.history = alignment.apply(&timings.history);
    }
}

/// Reports how many tests the timings know; with `--require-match`, stops when it is too few.
pub(crate) fn report_match(
    matched: Match,
    timings: &Timings,
    list: Option<&[&str]>,
    least: Option<Percent>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let from = counted(timings.history.builds().len(), "build");
    match list {
        None if !timings.found => {
            streams.warn("no timings: tests are placed by a fixed hash, shards will be uneven");
        }
        Some(_) if !timings.found => streams.warn("no timings: every test counts the same"),
        // The plan consists of known tests.
        None => {
            let tests = counted(matched.tests, "test");
            streams.say(&format!("timings for {tests}, from {from}"));
        }
        Some(list) => {
            let (known, tests) = (grouped(matched.known), grouped(matched.tests));
            let percent = matched.percent();
            let line =
                format!("timings for {known} of {tests} tests ({percent:.2} %), from {from}");
            if percent < LITTLE_PERCENT {
                streams.warn(&line);
                show_both_sides(list, &timings.history, streams);
            } else {
                streams.say(&line);
            }
        }
    }
    // Without a list, the jobs judge their own tests.
    require("timings know", matched, least.filter(|_| list.is_some()))
}

/// Reports how many lines of a list a ready plan knows; with `--require-match`, stops when it is
/// too few.
pub(super) fn report_lines(
    plan: &Plan,
    list: &[&str],
    placed: &[Placed],
    least: Option<Percent>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let lines = list.iter().zip(placed);
    let unknown = lines.filter(|(_, placed)| !placed.reason.is_known());
    let unknown: Vec<&str> = unknown.map(|(line, _)| *line).collect();
    let matched = Match {
        tests: list.len() as u64,
        known: (list.len() - unknown.len()) as u64,
    };
    let (known, percent) = (grouped(matched.known), matched.percent());
    let lines = counted(matched.tests, "line");
    let line = format!("the plan has {known} of {lines} ({percent:.2} %)");
    if unknown.is_empty() || percent >= LITTLE_PERCENT {
        streams.say(&line);
    } else {
        streams.warn(&line);
        let shards = plan.content().shards.iter();
        let files = shards.flat_map(|shard| &shard.units).map(Unit::file);
        streams.add(&format!("  lines, such as          {}", examples(unknown)));
        streams.add(&format!("  files of the plan, as   {}", examples(files)));
        streams.add(
            "  likely cause: a plan of another suite, or one made before these files were there",
        );
    }
    require("the plan has", matched, least)
}

/// Stops where less is known than `--require-match` asks for (65). `who` knows it.
fn require(who: &str, matched: Match, least: Option<Percent>) -> Result<(), Failure> {
    match least {
        Some(least) if matched.percent() < least.get() => {
            let least = least.get();
            let Match { tests, known, .. } = matched;
            let percent = matched.percent();
            let what = format!(
                "{who} {known} of {tests} tests ({percent:.2} %), --require-match asks for {least} %"
            );
            Err(Failure::data(what)
                .hint("are the timings of this suite, and recorded from the same folder?"))
        }
        _ => Ok(()),
    }
}

fn examples<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().take(EXAMPLES).collect();
    names.join(", ")
}

/// Names tests and timings that do not meet: people see at once what differs.
fn show_both_sides(list: &[&str], history: &History, streams: &mut Streams<'_>) {
    let unknown = |id: &&str| history.find_id(&NodeId::parse(id)).is_none();
    let mut tests: Vec<&str> = list
        .iter()
        .copied()
        .filter(unknown)
        .take(EXAMPLES)
        .collect();
    tests.dedup();
    let mut known: Vec<String> = history
        .tests()
        .map(|test| format!("{}::{}", history.classname(test), history.name(test)))
        .collect();
    // The first in the alphabet, so that two jobs name the same.
    known.sort_unstable();
    streams.add(&format!("  tests, such as    {}", tests.join(", ")));
    let known = known.iter().map(String::as_str);
    streams.add(&format!("  timings, such as  {}", examples(known)));
    if let Some((producer, line)) = suite::expected_line(history) {
        let (name, lines) = (producer.name, producer.lines);
        streams.add(&format!(
            "  expected lines, such as  {line} ({name}: {lines})"
        ));
    }
    streams.add(
        "  likely causes: timings of another suite, tests that are new, or reports written from another folder",
    );
}

/// Reports how many known tests the newest complete build did not have.
pub(super) fn report_missing(history: &History, streams: &mut Streams<'_>) {
    let Some(missing) = history.missing().filter(|missing| missing.tests > 0) else {
        return;
    };
    let build = missing.build.id.as_ref();
    let build = build.map(|id| format!(", {id}")).unwrap_or_default();
    let gone = match missing.gone {
        0 => "counted as before".to_owned(),
        gone => format!(
            "{} not in the one before either, and count nothing",
            grouped(gone)
        ),
    };
    let are = if missing.tests == 1 { "is" } else { "are" };
    let tests = counted(missing.tests, "known test");
    streams.say(&format!(
        "{tests} {are} not in the newest complete build{build}: {gone}"
    ));
}
