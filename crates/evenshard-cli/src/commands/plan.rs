//! `evenshard plan`

use std::fmt::Write as _;

use evenshard::Plan;
use evenshard::plan::MetTarget;
use evenshard_report::words::{grouped, plural};

use crate::args::{Format, PlanArgs};
use crate::commands::run::collect::{self, Found};
use crate::commands::run::other_runner;
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs;
use crate::list::List;
use crate::planning::{self, Given, Tests};
use crate::pytest_options::PytestOptions;
use crate::streams::Streams;

/// Makes a plan and delivers it.
///
/// # Errors
/// See the exit codes of DESIGN: 64, 65, 73, 78.
pub fn run(args: &PlanArgs, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    refuse_other_runner(args)?;
    let scope = &args.timings.scope;
    let previous = planning::previous(args.size.previous.as_deref(), scope, streams)?;
    let listed = List::read(&args.list)?;
    if let Some(list) = &listed {
        list.say_changes(streams);
    }
    let collected = match &listed {
        None if !args.command.is_empty() => Some(collect(args, env, streams)?),
        _ => None,
    };
    let ids = || Some(collected.as_ref()?.ids.iter().map(String::as_str).collect());
    let list: Option<Vec<&str>> = listed.as_ref().map(List::texts).or_else(ids);
    if list.as_ref().is_some_and(Vec::is_empty) {
        return Err(Failure::new(
            exit::DATA,
            "there is no test to plan: nothing was listed or collected",
        )
        .hint("does the command select any test, run by itself?"));
    }
    let timings = inputs::load(&args.timings, None, streams)?;
    let found = timings.found;
    let planner = planning::sized(&args.size, found, streams)?;
    let pytest = PytestOptions::of(&args.command, env);
    let planner = planning::configured(planner, &args.how, scope, &pytest, streams)
        .previous(previous.clone());
    let tests = list.as_deref().map(|lines| Tests {
        lines,
        collected: collected.as_ref().map(|found| &found.collected),
    });
    let given = Given {
        args: &args.timings,
        rules: &args.how.rules,
        tests,
        shard: None,
    };
    let plan = planning::from_loaded(&planner, timings, &given, streams)?
        .0
        .plan;
    streams.say(&summary(&plan));
    if let Some(met) = &plan.content().target {
        streams.say(&sized(&plan, met));
    }
    if let Some(previous) = &previous {
        streams.say(&moved(&plan, previous));
    }
    let _writing = streams.step(|| "writing the plan".to_owned());
    let output = args.output.as_deref();
    match args.format {
        Format::Json => streams.deliver_json(|out| plan.write_json(out), output)?,
        Format::Text => streams.deliver(&table(&plan), output)?,
    }
    Ok(exit::OK)
}

/// What the pytest command of the arguments collects.
fn collect(args: &PlanArgs, env: &Env, streams: &mut Streams<'_>) -> Result<Found, Failure> {
    let marks = &args.how.rules.rules().whole_marks;
    let work_dir = args.work_dir.as_ref();
    collect::tests(&args.command, marks, work_dir, env, streams)
}

fn refuse_other_runner(args: &PlanArgs) -> Result<(), Failure> {
    let Some(program) = other_runner::named(&args.command) else {
        return Ok(());
    };
    let what = format!("plan collects with pytest, and {program} is another runner");
    Err(Failure::new(exit::CONFIG, what)
        .hint("nothing was run; give a list of tests or files: --tests LIST"))
}

fn summary(plan: &Plan) -> String {
    let n = plan.shard_count();
    format!(
        "plan {} for {n} shard{}: {}",
        short(plan),
        plural(n as usize),
        plan.content().certificate
    )
}

/// How many shards meet the target.
fn sized(plan: &Plan, met: &MetTarget) -> String {
    let n = plan.shard_count();
    let proved = if met.proved_smallest {
        ", the fewest that can: lower bounds exclude all below"
    } else {
        ""
    };
    let verb = if n == 1 { "meets" } else { "meet" };
    format!(
        "{n} shard{} {verb} the target of {} with {} of job overhead{proved}",
        plural(n as usize),
        met.time,
        met.overhead
    )
}

/// What became of the previous plan.
fn moved(plan: &Plan, previous: &Plan) -> String {
    let (moved, shared) = plan.moved_since(previous);
    let percent = if shared == 0 {
        0.0
    } else {
        moved as f64 * 100.0 / shared as f64
    };
    format!(
        "{} of {} tests moved since the previous plan {} ({percent:.2} %)",
        grouped(moved),
        grouped(shared),
        short(previous)
    )
}

/// As much of the digest as people compare.
pub fn short(plan: &Plan) -> &str {
    plan.digest().get(..12).unwrap_or(plan.digest())
}

/// One line a shard.
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
