//! `evenshard select`

use evenshard::plan::{Kept, Placed};
use evenshard::{NodeId, Plan};

use crate::args::SelectArgs;
use crate::ci;
use crate::commands::plan::short;
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::plural;
use crate::list::List;
use crate::planning::{self, Wanted};
use crate::pytest_options::PytestOptions;
use crate::settings;
use crate::streams::Streams;

/// Prints the lines of this shard, unchanged and in their order.
///
/// # Errors
/// 64, 65, 73, 75, 78 as documented.
pub fn run(args: &SelectArgs, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let settled = settings::shard(&args.shard, env)?;
    let Some(list) = List::read(&args.list)? else {
        return Err(Failure::new(exit::USAGE, "which tests? --tests is missing")
            .hint("pipe a list into it: git ls-files 'tests/*_spec.rb' | evenshard select --tests - ..."));
    };
    let texts = list.texts();
    if texts.is_empty() {
        streams.warn("the list of tests is empty: no shard has anything to run");
    }
    let build = ci::job(env).build;
    let wanted = Wanted {
        given: &args.given,
        timings: &args.timings,
        how: &args.how,
        list: Some(&texts),
        pytest: &PytestOptions::default(),
        current_build: build.as_deref(),
        times: false,
    };
    let plan = planning::for_shard(settled.shard, &wanted, None, streams)?.plan;
    streams.say(&format!("{}, plan {}", settled.said, short(&plan)));
    if list.blank > 0 {
        streams.say(&format!(
            "{} blank line{} dropped",
            list.blank,
            plural(list.blank)
        ));
    }
    let mut out = Vec::new();
    for (line, text) in list.lines().zip(&texts) {
        if place(&plan, text).runs_on(settled.shard.index()) {
            out.extend_from_slice(line);
            out.push(list.separator);
        }
    }
    streams.result(&out)?;
    Ok(exit::OK)
}

/// Where a line goes: a node id where it has `::`, else a file.
fn place(plan: &Plan, line: &str) -> Placed {
    if line.contains("::") {
        return plan.place(&NodeId::parse(line), Kept::No);
    }
    plan.place_path(line)
}
