//! Reading the history of a store for commands that take timings from files.

use tempfile::TempDir;

use crate::env::Env;
use crate::failure::Failure;
use crate::settings::{ExplainSettings, PlanOrShards, Settings, TimingsCommand};
use crate::store::{Shared, folder, write_own};
use crate::streams::Streams;

/// Replaces the timings of a command by the history of its store. Returns the folder that holds
/// it, which has to stay until the command ends.
pub(crate) fn history(
    settings: &mut Settings,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Result<Option<TempDir>, Failure> {
    let (store, paths) = match settings {
        Settings::Report(report) if report.since.is_none() => {
            (report.store.named(), &mut report.timings.paths)
        }
        Settings::Explain(explain) => (explain.store.named(), &mut explain.timings.paths),
        Settings::Timings(TimingsCommand::Show(show)) => (show.store.named(), &mut show.paths),
        Settings::Timings(TimingsCommand::Export(export)) => {
            (export.store.named(), &mut export.paths)
        }
        _ => return Ok(None),
    };
    let Some(store) = store else { return Ok(None) };
    let shared = Shared::open(store, env)?;
    let temporary = folder()?;
    let newest = shared.newest(temporary.path(), streams)?;
    if !newest.is_empty() {
        *paths = newest;
    }
    if paths.is_empty() {
        let what = format!("{shared} has no history of scope '{}' yet", store.scope);
        return Err(Failure::data(what)
            .hint("builds that publish add to it, as `evenshard store status` says; `evenshard timings update --store` adds reports of earlier ones"));
    }
    if let Settings::Explain(explain) = settings {
        plan_of_build(explain, &shared, &temporary)?;
    }
    Ok(Some(temporary))
}

/// Reads the plan of a build into a file, where that is what is to be explained. Builds that
/// publish are looked for first.
fn plan_of_build(
    settings: &mut ExplainSettings,
    shared: &Shared,
    folder: &TempDir,
) -> Result<(), Failure> {
    let (PlanOrShards::OfBuild, Some(store)) = (&settings.plan, settings.store.named()) else {
        return Ok(());
    };
    let build = store.build.as_deref().unwrap_or_default();
    for shared in [shared.clone().trusted(&store.scope), shared.clone()] {
        let steps = shared.steps(build)?;
        for step in steps {
            if let Some(found) = shared.plan(&step)? {
                let path = folder.path().join("plan.json");
                write_own(&path, found.json.as_bytes())?;
                settings.plan = PlanOrShards::Plan(path);
                return Ok(());
            }
        }
    }
    let what = format!(
        "{shared} has no plan of build '{build}' and scope '{}'",
        store.scope
    );
    Err(Failure::data(what))
}
