//! Plans that are read from files.

use std::path::Path;

use evenshard::document::Document;
use evenshard::{Error, Plan};

use crate::exit;
use crate::failure::Failure;
use crate::files;
use crate::streams::Streams;

/// Reads a plan file.
pub(crate) fn read(path: &Path, streams: &mut Streams<'_>) -> Result<Plan, Failure> {
    let name = path.display().to_string();
    let step = streams.step(|| "reading the plan".to_owned());
    let json = files::read_text(path, files::MOST).map_err(|error| {
        let absent = error.kind() == std::io::ErrorKind::NotFound;
        // It may still be on its way from the job that makes it.
        let code = if absent { exit::TRY_AGAIN } else { exit::DATA };
        Failure::new(code, format!("cannot read the plan {name}"))
            .caused_by(&error)
            .hint("make it with `evenshard plan ... --output FILE`, or fetch it from the job that did")
    })?;
    let plan = Plan::from_json(&json, &name).map_err(|error| not_a_plan(error, &json, &name))?;
    let took = step.end();
    streams.detail(&format!("read {name}: plan {} in {took}", plan.digest()));
    Ok(plan)
}

/// Names the kind of file that was given instead of a plan, if it is one of ours.
fn not_a_plan(error: Error, json: &str, name: &str) -> Failure {
    match Document::of_json(json.as_bytes()) {
        None | Some(Document::Plan) => error.into(),
        Some(Document::Timings) => {
            Failure::data(format!("{name} holds timings, and is not a plan"))
                .hint(format!("use --timings {name}"))
        }
        Some(other) => Failure::data(format!("{name} is {other}, and not a plan"))
            .hint("make a plan with `evenshard plan ... --output FILE`"),
    }
}

/// Reads the plan that `--plan` names and checks it against `--expect-digest`.
pub(crate) fn read_expected(
    path: &Path,
    digest: Option<&str>,
    streams: &mut Streams<'_>,
) -> Result<Plan, Failure> {
    let plan = read(path, streams)?;
    check_digest(&plan, digest)?;
    Ok(plan)
}

/// Reads the plan that `--previous` names. A first build has none; the log says so.
pub(crate) fn previous(
    path: Option<&Path>,
    scope: &str,
    streams: &mut Streams<'_>,
) -> Result<Option<Plan>, Failure> {
    let Some(path) = path else { return Ok(None) };
    // A first build has none, and its job should not need an option for that.
    if !path.exists() {
        streams.warn(&format!(
            "there is no previous plan {}: this one is made afresh",
            path.display()
        ));
        return Ok(None);
    }
    let plan = read(path, streams)?;
    same_scope(&plan, scope)?;
    Ok(Some(plan))
}

/// Stops when a plan is not the one that `--expect-digest` names (75).
pub(super) fn check_digest(plan: &Plan, expected: Option<&str>) -> Result<(), Failure> {
    match expected {
        Some(expected) if expected != plan.digest() => {
            let what = format!(
                "the plan has digest {}, expected is {expected}",
                plan.digest()
            );
            Err(Failure::new(exit::TRY_AGAIN, what)
                .hint("fetch the plan that this build was started with, and try again"))
        }
        _ => Ok(()),
    }
}

/// Stops when a plan is for another scope (78).
pub(super) fn same_scope(plan: &Plan, scope: &str) -> Result<(), Failure> {
    let found = &plan.content().scope;
    if found == scope {
        return Ok(());
    }
    let what = format!("the plan is for scope '{found}', not '{scope}'");
    Err(Failure::config(what).hint("give the --scope that the plan was made with"))
}
