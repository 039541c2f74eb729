//! `evenshard plan`

use std::fmt::Write as _;

use evenshard::Plan;
use evenshard::plan::MetTarget;
use evenshard_report::words::{counted, grouped};

use crate::commands::run::collect;
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs;
use crate::list::List;
use crate::planning::{self, Input};
use crate::settings::{PlanInputs, PlanSettings};
use crate::streams::Streams;
use crate::values::Format;

/// Makes a plan and delivers it.
pub(crate) fn run(settings: &PlanSettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let (plan, previous) = make(&settings.inputs, env, streams)?;
    streams.say(&summary(&plan));
    say_target(&plan, streams);
    if let Some(previous) = &previous {
        streams.say(&moved(&plan, previous));
    }
    let _writing = streams.step(|| "writing the plan".to_owned());
    let output = settings.output.as_deref();
    // A plan of a large suite would fill the terminal with JSON.
    let for_people = output.is_none() && streams.shows_results();
    let usual = if for_people {
        Format::Text
    } else {
        Format::Json
    };
    match settings.format.unwrap_or(usual) {
        Format::Json => streams.deliver_as(|out| plan.write_json(out), output)?,
        Format::Text => streams.deliver(&table(&plan), output)?,
    }
    Ok(exit::OK)
}

/// Makes a plan; returns it with the plan that it was to stay near.
pub(super) fn make(
    inputs: &PlanInputs,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Result<(Plan, Option<Plan>), Failure> {
    let scope = &inputs.timings.scope;
    let previous = planning::previous(inputs.previous.as_deref(), scope, streams)?;
    // The list before the timings: a mistake in it shows at once.
    let listed = inputs.list.as_ref().map(List::read).transpose()?;
    if let Some(list) = &listed {
        list.report_changes(streams);
    }
    let rules = &inputs.planner.rules;
    let collected = if listed.is_none() && !inputs.collect.command.is_empty() {
        let marks = &rules.rules().whole_marks;
        Some(collect::tests(&inputs.collect, marks, env, streams)?)
    } else {
        None
    };
    let ids = || Some(collected.as_ref()?.ids.iter().map(String::as_str).collect());
    let list: Option<Vec<&str>> = listed.as_ref().map(List::texts).or_else(ids);
    // An empty plan would let every job succeed without a test.
    if list.as_ref().is_some_and(Vec::is_empty) {
        return Err(
            Failure::data("there is no test to plan: nothing was listed or collected")
                .hint("does the command select any test, run by itself?"),
        );
    }
    let timings = inputs::load(&inputs.timings, None, streams)?;
    let planner = planning::sized(inputs.size, timings.found, streams)?;
    let planner = planning::planner(planner, &inputs.planner, scope, streams);
    let input = Input {
        settings: &inputs.timings,
        rules,
        list: list.as_deref(),
        collected: collected.as_ref().map(|found| &found.collected),
        shard: None,
        percentile: inputs.size.percentile(),
    };
    let planner = planner.previous(previous.clone());
    let (made, _) = planning::from_timings(&planner, timings, &input, streams)?;
    Ok((made.plan, previous))
}

fn summary(plan: &Plan) -> String {
    let shards = counted(plan.shard_count(), "shard");
    let certificate = &plan.content().certificate;
    format!("plan {} for {shards}: {certificate}", planning::short(plan))
}

/// Says how many shards meet the target, and how sure that is.
pub(super) fn say_target(plan: &Plan, streams: &mut Streams<'_>) {
    let Some(met) = &plan.content().target else {
        return;
    };
    streams.say(&sized(plan, met));
    if let Some(room) = &met.room {
        let percentile = room.percentile.get();
        streams.say(&format!("--percentile {percentile}: {room}"));
    }
}

/// Says how many shards meet the target.
fn sized(plan: &Plan, met: &MetTarget) -> String {
    let n = plan.shard_count();
    let proved = if met.proved_smallest {
        ", the fewest that can: lower bounds exclude all below"
    } else {
        ""
    };
    let verb = if n == 1 { "meets" } else { "meet" };
    format!(
        "{} {verb} the target of {} with {} of job overhead{proved}",
        counted(n, "shard"),
        met.time,
        met.overhead
    )
}

/// Counts the tests that moved since the previous plan.
fn moved(plan: &Plan, previous: &Plan) -> String {
    let (moved, shared) = plan.moved_since(previous);
    // Two plans without a common test would divide by zero.
    let percent = if shared == 0 {
        0.0
    } else {
        moved as f64 * 100.0 / shared as f64
    };
    format!(
        "{} of {} tests moved since the previous plan {} ({percent:.2} %)",
        grouped(moved),
        grouped(shared),
        planning::short(previous)
    )
}

/// Lists the shards, one a line.
fn table(plan: &Plan) -> String {
    let mut text = String::from("shard   predicted  units   tests\n");
    let content = plan.content();
    for (number, shard) in (1..).zip(&content.shards) {
        let units = shard.units.iter().chain(&content.everywhere);
        let tests: usize = units.flat_map(|u| u.tests.values()).map(Vec::len).sum();
        let _ = writeln!(
            text,
            "{number:>5}  {:>10}  {:>5}  {tests:>6}",
            shard.predicted_us,
            shard.units.len() + content.everywhere.len()
        );
    }
    text
}
