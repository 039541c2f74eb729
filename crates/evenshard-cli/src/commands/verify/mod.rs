//! `evenshard verify`: prove from what the jobs left that every test ran once.

pub mod gather;
pub mod markdown;
pub mod text;

use std::path::Path;

use evenshard::Plan;
use evenshard::verify::{Expectations, Gathered, verify};

use crate::args::{GivenPlanArgs, VerdictFormat, VerifyArgs};
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::planning;
use crate::streams::Streams;

/// Judges a build and prints the verdict.
///
/// # Errors
/// 65 when there is no shard record that could be read, 73 when the verdict cannot be
/// written, 75 when the plan is absent or another one. A build that is not proved is 70.
pub fn run(args: &VerifyArgs, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let plan = plan(args, streams)?;
    let gathered = gather::gather(&args.results, streams)?;
    if gathered.evidence.is_empty() {
        return Err(nothing(args, &gathered));
    }
    let expected = Expectations {
        digest: args.expect_digest.clone(),
        build: args.build.clone(),
        scope: args.scope.clone(),
    };
    let judging = streams.step(|| "judging what the jobs left".to_owned());
    let verdict = verify(&gathered, plan.as_ref(), &expected);
    streams.detail(&format!("judged in {}", judging.took()));
    drop(judging);
    let text = match args.format {
        VerdictFormat::Json => verdict.to_json(),
        VerdictFormat::Text => text::render(&verdict),
        VerdictFormat::Markdown => {
            let links = markdown::Links::found(env);
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

/// Why there is nothing to judge.
fn nothing(args: &VerifyArgs, gathered: &Gathered) -> Failure {
    let names: Vec<_> = args.results.iter().map(|r| r.to_string_lossy()).collect();
    let mut message = format!("no shard records in {}", names.join(", "));
    if let Some(unreadable) = gathered.unreadable.first() {
        message.extend([" that can be read: ", &unreadable.to_string()]);
    }
    Failure::new(exit::DATA, message).hint(
        "`evenshard run --junit results/` writes one beside each JUnit file; are the results of all jobs here?",
    )
}

fn plan(args: &VerifyArgs, streams: &mut Streams<'_>) -> Result<Option<Plan>, Failure> {
    let given = GivenPlanArgs {
        plan: args.plan.as_deref().map(Path::to_owned),
        expect_digest: args.expect_digest.clone(),
    };
    planning::given(&given, streams)
}
