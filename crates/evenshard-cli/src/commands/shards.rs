//! `evenshard shards`

use evenshard::plan::MetTarget;
use evenshard::{Micros, Plan};
use serde::Serialize;

use crate::commands::plan;
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::settings::ShardsSettings;
use crate::streams::Streams;
use crate::values::CountFormat;

/// Prints the number of jobs that meets the target.
pub(crate) fn run(settings: &ShardsSettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let (made, _) = plan::make(&settings.inputs, env, streams)?;
    plan::say_target(&made, streams);
    let text = match settings.format {
        CountFormat::Json => json(&made)?,
        CountFormat::Github => github(made.shard_count()),
        CountFormat::Buildkite => format!("{}\n", made.shard_count()),
    };
    streams.deliver(&text, settings.output.as_deref())?;
    Ok(exit::OK)
}

/// Renders outputs of a step: the shards for `fromJSON` in a matrix, and their number.
fn github(count: u32) -> String {
    let shards: Vec<String> = (1..=count).map(|shard| shard.to_string()).collect();
    format!("matrix=[{}]\ncount={count}\n", shards.join(","))
}

/// The JSON output; docs/json-output.md has its reference.
#[derive(Serialize)]
struct Count<'p> {
    version: u32,
    shards: u32,
    /// The slowest shard, without the overhead of its job.
    predicted_us: Micros,
    /// None where no timings say whether it is met.
    target: Option<&'p MetTarget>,
}

fn json(plan: &Plan) -> Result<String, Failure> {
    let content = plan.content();
    let count = Count {
        version: 1,
        shards: plan.shard_count(),
        predicted_us: content.certificate.makespan,
        target: content.target.as_ref(),
    };
    let json = serde_json::to_string_pretty(&count);
    let json = json.map_err(|e| Failure::unwritable("cannot write JSON").caused_by(&e))?;
    Ok(json + "\n")
}
