//! The place that a CI has for a page about the build: Buildkite's annotations, GitHub's step
//! summary.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::agreement::{AGENT, find};
use crate::env::Env;

/// Shows a page in Markdown. Returns false where the CI has no place for it.
pub(crate) fn show(page: &str, is_good: bool, scope: &str, env: &Env) -> Result<bool, String> {
    if let Some(agent) = env.get("BUILDKITE").and_then(|_| find(env)) {
        let style = if is_good { "success" } else { "error" };
        let context = ["evenshard", scope].join(if scope.is_empty() { "" } else { "-" });
        return on_buildkite(&agent, page, style, &context).map(|()| true);
    }
    match env.get("GITHUB_STEP_SUMMARY") {
        Some(file) => on_github(Path::new(file), page).map(|()| true),
        None => Ok(false),
    }
}

fn on_buildkite(agent: &Path, page: &str, style: &str, context: &str) -> Result<(), String> {
    let mut child = Command::new(agent)
        .args(["annotate", "--style", style, "--context", context])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| format!("{}: {error}", agent.display()))?;
    let written = match child.stdin.take() {
        Some(mut stdin) => stdin.write_all(page.as_bytes()),
        None => Ok(()),
    };
    let status = child.wait().map_err(|error| error.to_string())?;
    match (status.success(), written) {
        (true, Ok(())) => Ok(()),
        (true, Err(error)) => Err(format!("`{AGENT} annotate`: {error}")),
        (false, _) => Err(format!("`{AGENT} annotate` failed: {status}")),
    }
}

fn on_github(file: &Path, page: &str) -> Result<(), String> {
    let file = OpenOptions::new().append(true).create(true).open(file);
    let written = file.and_then(|mut file| file.write_all(format!("{page}\n").as_bytes()));
    written.map_err(|error| format!("GITHUB_STEP_SUMMARY: {error}"))
}
