//! `evenshard explain`

mod bisect;
mod ddmin;
mod search;

use std::fmt::Write as _;

use evenshard::address::likely_node_id;
use evenshard::estimate::{Estimates, KnownCost, SetupCost};
use evenshard::history::History;
use evenshard::pack::{Algorithm, Split};
use evenshard::plan::{Kept, Placed, PlannedShard};
use evenshard::{Micros, NodeId, Plan, Planner, RunsOn};
use evenshard_report::escape::{printable, printable_name};
use evenshard_report::words::counted;

use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::{self, Timings};
use crate::near::nearest;
use crate::planning::{self, Input};
use crate::settings::{ExplainSettings, PlanOrShards};
use crate::streams::Streams;

/// Prints a test's shard, the reason, its samples and the command that repeats it.
pub(crate) fn run(settings: &ExplainSettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    if settings.id.trim().is_empty() {
        return Err(Failure::usage("which test? The node id is empty"));
    }
    let (plan, timings) = explained(settings, streams)?;
    if let Some(bisect) = &settings.bisect {
        return bisect::run(&settings.id, &plan, bisect, env, streams);
    }
    let id = NodeId::parse(&settings.id);
    let parts = parts(&settings.id, &id, &plan);
    // A file in one shard is explained like a test of it.
    if parts.len() > 1 {
        let text = spread(&settings.id, &parts, &plan);
        streams.result(printable(&text).as_bytes())?;
        return Ok(exit::OK);
    }
    if let Some(near) = likely_typo(&settings.id, &id, &timings.history, &plan) {
        let id = printable_name(&settings.id);
        streams.warn(&format!("nothing is known of {id}: did you mean {near}?"));
    }
    let placed = plan.place(&id, Kept::No);
    let count = plan.shard_count();
    let shard = match placed.on {
        RunsOn::Everywhere => format!("all {count}"),
        RunsOn::Shard(shard) => format!("{} of {count}", shard.number()),
    };
    let mut text = format!(
        "{}\n  shard    {shard}, plan {}\n  because  {}\n",
        printable_name(&settings.id),
        planning::short(&plan),
        printable_name(&placed.reason.to_string()),
    );
    // A plan alone has no samples.
    if timings.found {
        write_samples(&id, &timings.history, &mut text);
    }
    let _ = writeln!(
        text,
        "  repeat   {}",
        printable_name(&repeat(settings, &plan, &placed))
    );
    streams.result(printable(&text).as_bytes())?;
    Ok(exit::OK)
}

/// Returns the plan to explain, and the timings.
fn explained(
    settings: &ExplainSettings,
    streams: &mut Streams<'_>,
) -> Result<(Plan, Timings), Failure> {
    // Also beside a plan: they add the samples of the test.
    let mut timings = inputs::load(&settings.timings, None, streams)?;
    Ok(match &settings.plan {
        // It was read into a file.
        PlanOrShards::OfBuild => return Err(Failure::config("no store has a plan of this build")),
        PlanOrShards::Plan(path) => (planning::read(path, streams)?, timings),
        PlanOrShards::Shards(shards) => {
            // As `run` with this command does; without a command, nothing is known of a selection.
            if settings.bisect.is_some() {
                planning::narrow(&mut timings, &settings.planner.pytest, streams);
            }
            let planner = planning::for_shards(*shards)?;
            let planner =
                planning::planner(planner, &settings.planner, &settings.timings.scope, streams);
            let input = Input {
                settings: &settings.timings,
                rules: &settings.planner.rules,
                list: None,
                collected: None,
                shard: None,
                percentile: None,
            };
            let (made, timings) = planning::from_timings(&planner, timings, &input, streams)?;
            (made.plan, timings)
        }
    })
}

/// Finds the known test, or the known file, that an unknown one is most likely meant to be.
fn likely_typo(text: &str, id: &NodeId<'_>, history: &History, plan: &Plan) -> Option<String> {
    let content = plan.content();
    let known = || {
        let timed = history.tests();
        let timed = timed.map(|test| (history.classname(test), history.name(test)));
        let planned = { content.tests() }.map(|(_, classname, name)| (classname, name));
        timed.chain(planned)
    };
    let joined = |(classname, name): (&str, &str)| format!("{classname}::{name}");
    // The name of a function alone, as people remember it.
    let has_name = |(_, name): &(&str, &str)| name.split('[').next() == Some(text);
    if let Some(test) = known().filter(has_name).min() {
        return Some(likely_node_id(&joined(test)).into_owned());
    }
    let (typed, known): (String, Vec<String>) = if text.contains("::") {
        let (classname, name) = (id.classname(), id.name());
        // The usual case, for which no names are put together.
        if known().any(|test| test == (&*classname, &*name)) {
            return None;
        }
        (joined((&classname, &name)), known().map(joined).collect())
    } else {
        let files = content.units().map(|(_, unit)| unit.file().to_owned());
        (id.dotted_file(), files.collect())
    };
    if known.contains(&typed) {
        return None;
    }
    let near = nearest(&typed, known.iter().map(String::as_str))?;
    Some(likely_node_id(near).into_owned())
}

/// The part of a file in one shard.
#[derive(Debug, Default)]
struct Part {
    shard: u32,
    tests: usize,
    predicted: Micros,
}

/// Lists the parts of a file by shard; none where the id is of a test.
fn parts(text: &str, id: &NodeId<'_>, plan: &Plan) -> Vec<Part> {
    if text.contains("::") {
        return Vec::new();
    }
    let file = id.dotted_file();
    let of_shard = |(shard, planned): (u32, &PlannedShard)| {
        let mut part = Part {
            shard,
            ..Part::default()
        };
        for unit in planned.units.iter().filter(|unit| unit.file() == file) {
            part.tests += unit.tests.values().map(Vec::len).sum::<usize>();
            part.predicted += unit.predicted_us;
        }
        (part.tests > 0).then_some(part)
    };
    (1..)
        .zip(&plan.content().shards)
        .filter_map(of_shard)
        .collect()
}

/// Describes a file that is on several shards.
fn spread(text: &str, parts: &[Part], plan: &Plan) -> String {
    let count = plan.shard_count();
    let mut out = format!(
        "{}\n  shards   {} of {count}, plan {}\n  because  the plan cuts it\n",
        printable_name(text),
        parts.len(),
        planning::short(plan),
    );
    for part in parts {
        let _ = writeln!(
            out,
            "  shard    {} of {count}: {}, {} without setup",
            part.shard,
            counted(part.tests, "test"),
            part.predicted
        );
    }
    out
}

fn write_samples(id: &NodeId<'_>, history: &History, text: &mut String) {
    let estimates = Estimates::new(history);
    let (estimate, basis) = estimates.of_test(id);
    let _ = writeln!(text, "  estimate {estimate} ({basis})");
    write_setup(estimates.setup_of_test(id), text);
    let Some(found) = history.find_id(id) else {
        return;
    };
    let all = history.samples();
    let shown: Vec<String> = all
        .of(found)
        .map(|(_, sample)| {
            sample
                .duration
                .map_or_else(|| "not measured".to_owned(), |d: Micros| d.to_string())
        })
        .collect();
    let _ = writeln!(text, "  samples  {} (oldest first)", shown.join(", "));
}

/// Describes the setup cost of the test's file and class, which each shard pays that runs some of
/// it.
fn write_setup(setup: SetupCost, text: &mut String) {
    // An import is known only by measurement; fixtures may also be learnt.
    let import = setup.import.map(|cost| (cost, true));
    let known =
        |known: KnownCost| (known.cost > Micros::ZERO).then_some((known.cost, known.measured));
    let costs = [
        ("import", import),
        ("module fixtures", known(setup.modules)),
        ("class fixtures", known(setup.class)),
    ];
    let shown: Vec<String> = costs
        .into_iter()
        .filter_map(|(what, cost)| {
            let (cost, measured) = cost?;
            let how = if measured {
                "measured"
            } else {
                "learnt from first tests"
            };
            Some(format!("{what} {cost} ({how})"))
        })
        .collect();
    if !shown.is_empty() {
        let _ = writeln!(text, "  setup    {}", shown.join(", "));
    }
}

/// Makes the command that runs this test alone, in its shard.
fn repeat(settings: &ExplainSettings, plan: &Plan, placed: &Placed) -> String {
    let mut words = vec!["evenshard".to_owned(), "run".to_owned()];
    let mut add = |flag: &str, value: String| words.extend([format!("--{flag}"), value]);
    match &settings.plan {
        PlanOrShards::Plan(path) if settings.store.named().is_none() => {
            add("plan", path.display().to_string());
        }
        _ => {
            if let Some(url) = &settings.store.url {
                add("store", url.clone());
            } else {
                for path in &settings.timings.paths {
                    add("timings", path.to_string_lossy().into_owned());
                }
            }
            for mapping in &settings.timings.path_map.mappings {
                add("path-map", mapping.to_string());
            }
            let planner = &settings.planner;
            if planner.split != Split::Auto {
                add("split", planner.split.to_string());
            }
            if planner.algorithm != Algorithm::Auto {
                add("algorithm", planner.algorithm.to_string());
            }
            if planner.setup_cost != Planner::DEFAULT_SETUP_COST {
                add("setup-cost", format!("{}us", planner.setup_cost.get()));
            }
            if let Some(workers) = planner.workers {
                add("workers", workers.to_string());
            }
            if let Some(dist) = planner.dist {
                add("dist", dist.to_string());
            }
        }
    }
    // Every shard repeats a test that runs everywhere.
    let shard = placed.on.shard().or_else(|| plan.shards().next());
    if let Some(shard) = shard {
        add("shard", shard.to_string());
    }
    words.extend(["--".to_owned(), "pytest".to_owned(), settings.id.clone()]);
    shell_words::join(words)
}
