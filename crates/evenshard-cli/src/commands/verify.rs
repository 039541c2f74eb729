//! `evenshard verify`

pub(crate) mod gather;
#[cfg(feature = "store")]
mod shared;

use std::collections::BTreeSet;
use std::path::Path;

use evenshard::history::Build;
use evenshard::verify::{Baseline, Expectations, Gate, Gathered, Verdict, verify};
use evenshard_report::markup::Links;
use evenshard_report::verdict::{github, markdown, text};

use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs;
use crate::planning;
use crate::settings::{TimingsSettings, VerifySettings};
use crate::streams::Streams;
use crate::values::VerdictFormat;

/// Judges the results of a build and prints the verdict: 70 where it is not proved that every test
/// ran once. As a gate it also fails where no job left a result, and with 1 where a test failed.
pub(crate) fn run(settings: &VerifySettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    #[cfg(feature = "store")]
    if let Some(store) = settings.store.named() {
        return shared::run(settings, store, env, streams);
    }
    of_files(settings, env, streams)
}

/// Judges results in files.
fn of_files(settings: &VerifySettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let judged = judge(settings, streams);
    let verdict = match judged {
        Err(failure) if settings.gate && failure.code() == exit::DATA => {
            return without_results(settings, failure, streams);
        }
        judged => judged?,
    };
    let mut text = match settings.format {
        VerdictFormat::Json => verdict.to_json(),
        VerdictFormat::Text => text::render(&verdict),
        VerdictFormat::Github => {
            let errors = github::render(&verdict, &folder(env));
            format!("{}\n{errors}", text::render(&verdict))
        }
        VerdictFormat::Markdown => annotation(&verdict, env),
    };
    if let Some(path) = &settings.annotation {
        streams.deliver(&annotation(&verdict, env), Some(path))?;
    }
    let mut headline = text::headline(&verdict);
    if settings.gate {
        let gate = text::gate(&verdict);
        if settings.format.is_for_people() {
            text = format!("{gate}\n{text}");
        }
        headline = gate;
    }
    streams.deliver(&text, settings.output.as_deref())?;
    let code = exit_code(settings, &verdict);
    if settings.output.is_some() || !settings.format.is_for_people() {
        if code == exit::OK {
            streams.say(&headline);
        } else {
            streams.add(&headline);
        }
    }
    Ok(code)
}

/// Renders the verdict for a Buildkite annotation or GitHub's step summary.
pub(crate) fn annotation(verdict: &Verdict, env: &Env) -> String {
    let build = env.get("BUILDKITE_BUILD_URL");
    let links = build.map_or_else(Links::default, Links::to_build);
    markdown::render(verdict, &links, markdown::LIMIT)
}

/// Finds the folder of the suite below the checkout of GitHub Actions, where that is known.
pub(crate) fn folder(env: &Env) -> String {
    let checkout = env.get("GITHUB_WORKSPACE").map(Path::new);
    let below = checkout.and_then(|checkout| env.folder().strip_prefix(checkout).ok());
    below.map_or_else(String::new, |folder| folder.to_string_lossy().into_owned())
}

/// Gathers the results and judges them.
pub(crate) fn judge(
    settings: &VerifySettings,
    streams: &mut Streams<'_>,
) -> Result<Verdict, Failure> {
    let digest = settings.expect_digest.as_deref();
    let plan = settings.plan.as_ref();
    let plan = plan
        .map(|path| planning::read_expected(path, digest, streams))
        .transpose()?;
    let gathered = gather::gather(&settings.results, &settings.path_map.mappings, streams)?;
    if gathered.evidence.is_empty() {
        return Err(nothing(settings, &gathered));
    }
    let mut expected = Expectations {
        digest: settings.expect_digest.clone(),
        build: settings.build.clone(),
        scope: settings.scope.clone(),
        max_missing: settings.max_missing,
        ..Expectations::default()
    };
    expected.baseline = baseline(settings, &gathered, &expected, streams)?;
    let judging = streams.step(|| "judging the results".to_owned());
    let verdict = verify(&gathered, plan.as_ref(), &expected);
    streams.detail(&format!("judged in {}", judging.end()));
    Ok(verdict)
}

fn exit_code(settings: &VerifySettings, verdict: &Verdict) -> u8 {
    match verdict.gate() {
        _ if !verdict.proved => exit::TESTS_LOST,
        _ if !settings.gate => exit::OK,
        Gate::Passed => exit::OK,
        Gate::Failed => exit::TESTS_FAILED,
        _ => exit::TESTS_LOST,
    }
}

/// Fails a gate that has nothing to judge: a job that never started cannot fail by itself.
fn without_results(
    settings: &VerifySettings,
    failure: Failure,
    streams: &mut Streams<'_>,
) -> Outcome {
    let why: Vec<&str> = failure.lines().take(1).map(|(_, line)| line).collect();
    let why = why.concat();
    let markdown = markdown::without_results(&why);
    if let Some(path) = &settings.annotation {
        streams.deliver(&markdown, Some(path))?;
    }
    let text = match settings.format {
        VerdictFormat::Text => Some(format!("gate: NOT proved: {why}\n")),
        VerdictFormat::Github => Some(format!(
            "gate: NOT proved: {why}\n{}",
            github::without_results(&why)
        )),
        VerdictFormat::Markdown => Some(markdown),
        VerdictFormat::Json => None,
    };
    if let Some(text) = text {
        streams.deliver(&text, settings.output.as_deref())?;
    }
    Err(failure.with_code(exit::TESTS_LOST))
}

/// Finds the earlier build to compare with, where timings of one are at hand.
fn baseline(
    settings: &VerifySettings,
    gathered: &Gathered,
    expected: &Expectations,
    streams: &mut Streams<'_>,
) -> Result<Option<Baseline>, Failure> {
    // Without earlier timings nothing can be missing.
    if settings.timings.is_empty() {
        return Ok(None);
    }
    let records = || gathered.evidence.iter().map(|e| &e.record);
    let scope = settings.scope.as_deref();
    let scope = scope.or_else(|| records().map(|r| r.scope.as_str()).next());
    let build = settings.build.as_deref();
    let build = build.or_else(|| records().find_map(|r| r.build.as_deref()));
    let timings = TimingsSettings {
        paths: settings.timings.clone(),
        // A first build has none, and can be proved all the same.
        allow_no_timings: true,
        scope: scope.unwrap_or_default().to_owned(),
        path_map: settings.path_map.clone(),
        ..TimingsSettings::default()
    };
    let timings = inputs::load(&timings, build, streams)?;
    let baseline = Baseline::newest(&timings.history, gathered, expected);
    if baseline.is_none() && timings.found {
        let own: BTreeSet<&str> = records().filter_map(|r| r.build.as_deref()).collect();
        let builds = timings.history.builds();
        let is_own = |b: &Build| b.id.as_deref().is_some_and(|id| own.contains(id));
        // A store has the history of the build itself by now.
        if builds.iter().all(is_own) {
            streams.say(
                "the first build of the history: no earlier one shows which tests are missing",
            );
        } else {
            streams.warn("no complete earlier build of this selection is known: tests that are missing now go unseen");
        }
    }
    Ok(baseline)
}

/// Says why there is nothing to judge.
fn nothing(settings: &VerifySettings, gathered: &Gathered) -> Failure {
    let names: Vec<_> = settings
        .results
        .iter()
        .map(|r| r.to_string_lossy())
        .collect();
    let mut message = format!("no run records in {}", names.join(", "));
    if let Some(unreadable) = gathered.unreadable.first() {
        message.extend([" that can be read: ", &unreadable.to_string()]);
    }
    Failure::data(message).hint(
        "`evenshard run --junit results/` writes one beside each JUnit file, `exec` and `select --record` where --record asks for it; are the results of all jobs here?",
    )
}
