//! `evenshard explain`

use std::fmt::Write as _;

use evenshard::estimate::{Estimates, KnownCost, SetupCost};
use evenshard::history::History;
use evenshard::plan::{Kept, Placed, PlannedShard, Reason};
use evenshard::{Micros, NodeId, Plan, Planner};
use evenshard_report::escape::{printable, printable_name};
use evenshard_report::words::plural;

use crate::args::ExplainArgs;
use crate::commands::plan::short;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs;
use crate::planning::{self, Given};
use crate::pytest_options::PytestOptions;
use crate::streams::Streams;

/// Prints a test's shard, the reason, its samples and the command that repeats it.
///
/// # Errors
/// 64, 65, 78 as documented.
pub fn run(args: &ExplainArgs, streams: &mut Streams<'_>) -> Outcome {
    if args.id.trim().is_empty() {
        return Err(Failure::new(
            exit::USAGE,
            "which test? The node id is empty",
        ));
    }
    let timings = inputs::load(&args.timings, None, streams)?;
    let (plan, timings) = match (&args.plan, args.shards) {
        (Some(path), _) => (planning::read(path, streams)?, timings),
        (None, shards) => {
            let (how, scope) = (&args.how, &args.timings.scope);
            let pytest = PytestOptions::default();
            let planner = planning::planner(shards.unwrap_or(1), how, scope, &pytest, streams)?;
            let given = Given {
                args: &args.timings,
                rules: &how.rules,
                tests: None,
                shard: None,
            };
            let (made, timings) = planning::from_loaded(&planner, timings, &given, streams)?;
            (made.plan, timings)
        }
    };
    let id = NodeId::parse(&args.id);
    let homes = homes(&args.id, &id, &plan);
    if homes.len() > 1 {
        let text = spread(&args.id, &homes, &plan);
        streams.result(printable(&text).as_bytes())?;
        return Ok(exit::OK);
    }
    let placed = plan.place(&id, Kept::No);
    let count = plan.shard_count();
    let shard = match placed.reason {
        Reason::Everywhere(_) => format!("all {count}"),
        _ => format!("{} of {count}", placed.shard + 1),
    };
    let mut text = format!(
        "{}\n  shard    {shard}, plan {}\n  because  {}\n",
        printable_name(&args.id),
        short(&plan),
        printable_name(&placed.reason.to_string()),
    );
    if timings.found {
        write_samples(&id, &timings.history, &mut text);
    }
    let _ = writeln!(
        text,
        "  repeat   {}",
        printable_name(&repeat(args, &plan, &placed))
    );
    streams.result(printable(&text).as_bytes())?;
    Ok(exit::OK)
}

/// What one shard has of a file.
#[derive(Debug, Default)]
struct Home {
    shard: u32,
    tests: usize,
    predicted: Micros,
}

/// The shards that have tests of a file; none where the id is of a test.
fn homes(text: &str, id: &NodeId<'_>, plan: &Plan) -> Vec<Home> {
    if text.contains("::") {
        return Vec::new();
    }
    let file = id.dotted_file();
    let of_shard = |(shard, planned): (u32, &PlannedShard)| {
        let mut home = Home {
            shard,
            ..Home::default()
        };
        for unit in planned.units.iter().filter(|unit| unit.file() == file) {
            home.tests += unit.tests.values().map(Vec::len).sum::<usize>();
            home.predicted += unit.predicted_us;
        }
        (home.tests > 0).then_some(home)
    };
    (1..)
        .zip(&plan.content().shards)
        .filter_map(of_shard)
        .collect()
}

/// Where the parts of a file are that is on several shards.
fn spread(text: &str, homes: &[Home], plan: &Plan) -> String {
    let count = plan.shard_count();
    let mut out = format!(
        "{}\n  shards   {} of {count}, plan {}\n  because  the plan cuts it\n",
        printable_name(text),
        homes.len(),
        short(plan),
    );
    for home in homes {
        let _ = writeln!(
            out,
            "  shard    {} of {count}: {} test{}, {} without set-up",
            home.shard,
            home.tests,
            plural(home.tests),
            home.predicted
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

/// What every shard pays that runs any test of the file or class.
fn write_setup(setup: SetupCost, text: &mut String) {
    let import = setup.import.map(|cost| (cost, true));
    let known =
        |known: KnownCost| (known.cost > Micros::ZERO).then_some((known.cost, known.measured));
    let costs = [
        ("import", import),
        ("module fixtures", known(setup.modules)),
        ("class fixtures", known(setup.class)),
    ];
    let said: Vec<String> = costs
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
    if !said.is_empty() {
        let _ = writeln!(text, "  set-up   {}", said.join(", "));
    }
}

fn micros(duration: Micros) -> String {
    format!("{}us", duration.get())
}

/// The command that runs this shard with nothing but this test.
fn repeat(args: &ExplainArgs, plan: &Plan, placed: &Placed) -> String {
    let mut words = vec!["evenshard".to_owned(), "run".to_owned()];
    if let Some(path) = &args.plan {
        words.extend(["--plan".to_owned(), path.display().to_string()]);
    } else {
        for path in &args.timings.timings {
            words.extend(["--timings".to_owned(), path.to_string_lossy().into_owned()]);
        }
        for mapping in &args.timings.path_map.path_map {
            words.extend(["--path-map".to_owned(), mapping.to_string()]);
        }
        let how = &args.how;
        let flags = [
            ("--split", how.split.to_string(), "auto".to_owned()),
            ("--algorithm", how.algorithm.to_string(), "auto".to_owned()),
            (
                "--setup-cost",
                micros(how.setup_cost),
                micros(Planner::DEFAULT_SETUP_COST),
            ),
        ];
        for (flag, value, default) in flags {
            if value != default {
                words.extend([flag.to_owned(), value]);
            }
        }
        if let Some(workers) = how.workers {
            words.extend(["--workers".to_owned(), workers.to_string()]);
        }
        if let Some(dist) = how.dist {
            words.extend(["--dist".to_owned(), dist.to_string()]);
        }
    }
    words.push("--shard".to_owned());
    words.push(format!("{}/{}", placed.shard + 1, plan.shard_count()));
    words.extend(["--".to_owned(), "pytest".to_owned(), args.id.clone()]);
    shell_words::join(words)
}
