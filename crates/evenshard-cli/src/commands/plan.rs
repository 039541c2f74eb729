//! `evenshard plan`

use std::fmt::Write as _;

use evenshard::Plan;

use crate::args::{Format, PlanArgs};
use crate::commands::run::collect;
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::plural;
use crate::list::List;
use crate::planning;
use crate::streams::Streams;

/// Makes a plan and delivers it.
///
/// # Errors
/// See the exit codes of DESIGN: 64, 65, 73, 78.
pub fn run(args: &PlanArgs, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let planner = planning::planner(args.shards, &args.how, &args.timings.scope)?;
    let list = match List::read(&args.list)? {
        Some(list) => Some(list.texts()),
        None if !args.command.is_empty() => Some(collect::node_ids(&args.command, env, streams)?),
        None => None,
    };
    if list.as_ref().is_some_and(Vec::is_empty) {
        return Err(Failure::new(
            exit::DATA,
            "there is no test to plan: nothing was listed or collected",
        )
        .hint("does the command select any test, run by itself?"));
    }
    let plan = planning::from_timings(&planner, &args.timings, list.as_deref(), None, streams)?;
    streams.say(&summary(&plan));
    let text = match args.format {
        Format::Json => plan.to_json(),
        Format::Text => table(&plan),
    };
    streams.deliver(&text, args.output.as_deref())?;
    Ok(exit::OK)
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

/// As much of the digest as people compare.
pub fn short(plan: &Plan) -> &str {
    plan.digest().get(..12).unwrap_or(plan.digest())
}

/// One line a shard.
fn table(plan: &Plan) -> String {
    let mut text = String::from("shard   predicted  units   tests\n");
    for (number, shard) in (1..).zip(&plan.content().shards) {
        let tests: usize = shard
            .units
            .iter()
            .flat_map(|u| u.tests.values())
            .map(Vec::len)
            .sum();
        let _ = writeln!(
            text,
            "{number:>5}  {:>10}  {:>5}  {tests:>6}",
            shard.predicted_us,
            shard.units.len()
        );
    }
    text
}
