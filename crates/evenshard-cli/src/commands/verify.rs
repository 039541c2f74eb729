//! `evenshard verify`: prove from what the jobs left that every test ran once.

pub mod gather;

use std::path::Path;

use evenshard::Plan;
use evenshard::verify::{Baseline, Expectations, Gathered, verify};
use evenshard_report::verdict::markdown::{self, Links};
use evenshard_report::verdict::text;

use crate::args::{GivenPlanArgs, TimingsArgs, VerdictFormat, VerifyArgs};
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs;
use crate::planning;
use crate::streams::Streams;

/// Judges a build and prints the verdict.
///
/// # Errors
/// 65 when there is no shard record that could be read, 73 when the verdict cannot be
/// written, 75 when the plan is absent or another one. A build that is not proved is 70.
pub fn run(args: &VerifyArgs, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let plan = plan(args, streams)?;
    let gathered = gather::gather(&args.results, &args.path_map, streams)?;
    if gathered.evidence.is_empty() {
        return Err(nothing(args, &gathered));
    }
    let mut expected = Expectations {
        digest: args.expect_digest.clone(),
        build: args.build.clone(),
        scope: args.scope.clone(),
        max_missing: args.max_missing,
        ..Expectations::default()
    };
    expected.baseline = baseline(args, &gathered, &expected, streams)?;
    let judging = streams.step(|| "judging what the jobs left".to_owned());
    let verdict = verify(&gathered, plan.as_ref(), &expected);
    streams.detail(&format!("judged in {}", judging.took()));
    drop(judging);
    let text = match args.format {
        VerdictFormat::Json => verdict.to_json(),
        VerdictFormat::Text => text::render(&verdict),
        VerdictFormat::Markdown => {
            let build = env.get("BUILDKITE_BUILD_URL");
            let links = build.map_or_else(Links::default, Links::to_build);
            markdown::render(&verdict, &links, markdown::LIMIT)
        }
    };
    streams.deliver(&text, args.output.as_deref())?;
    if args.output.is_some() || args.format != VerdictFormat::Text {
        let headline = text::headline(&verdict);
        if verdict.proved {
            streams.say(&headline);
        } else {
            streams.add(&headline);
        }
    }
    Ok(if verdict.proved {
        exit::OK
    } else {
        exit::TESTS_LOST
    })
}

/// The earlier build to compare with, where timings of one are at hand.
fn baseline(
    args: &VerifyArgs,
    gathered: &Gathered,
    expected: &Expectations,
    streams: &mut Streams<'_>,
) -> Result<Option<Baseline>, Failure> {
    if args.timings.is_empty() {
        return Ok(None);
    }
    let records = || gathered.evidence.iter().map(|e| &e.record);
    let scope = args.scope.as_deref();
    let scope = scope.or_else(|| records().map(|r| r.scope.as_str()).next());
    let build = args.build.as_deref();
    let build = build.or_else(|| records().find_map(|r| r.build.as_deref()));
    let timings = TimingsArgs {
        timings: args.timings.clone(),
        // A first build has none, and can be proved all the same.
        allow_no_timings: true,
        scope: scope.unwrap_or_default().to_owned(),
        path_map: args.path_map.clone(),
        require_match: None,
    };
    let timings = inputs::load(&timings, build, streams)?;
    let baseline = Baseline::newest(&timings.history, gathered, expected);
    if baseline.is_none() && timings.found {
        streams.warn(
            "the timings hold no complete earlier build of this selection: tests that are missing now go unseen",
        );
    }
    Ok(baseline)
}

/// Why there is nothing to judge.
fn nothing(args: &VerifyArgs, gathered: &Gathered) -> Failure {
    let names: Vec<_> = args.results.iter().map(|r| r.to_string_lossy()).collect();
    let mut message = format!("no shard records in {}", names.join(", "));
    if let Some(unreadable) = gathered.unreadable.first() {
        message.extend([" that can be read: ", &unreadable.to_string()]);
    }
    Failure::new(exit::DATA, message).hint(
        "`evenshard run --junit results/` writes one beside each JUnit file, `exec` and `select --record` where they are told; are the results of all jobs here?",
    )
}

fn plan(args: &VerifyArgs, streams: &mut Streams<'_>) -> Result<Option<Plan>, Failure> {
    let given = GivenPlanArgs {
        plan: args.plan.as_deref().map(Path::to_owned),
        expect_digest: args.expect_digest.clone(),
    };
    planning::given(&given, streams)
}
