//! `evenshard verify`

pub(crate) mod gather;

use evenshard::verify::{Baseline, Expectations, Gathered, verify};
use evenshard_report::markup::Links;
use evenshard_report::verdict::{markdown, text};

use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs;
use crate::planning;
use crate::settings::{TimingsSettings, VerifySettings};
use crate::streams::Streams;
use crate::values::VerdictFormat;

/// Judges the results of a build and prints the verdict: 70 where it is not proved that every test
/// ran once.
pub(crate) fn run(settings: &VerifySettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let digest = settings.expect_digest.as_deref();
    let plan = settings.plan.as_ref();
    let plan = plan
        .map(|path| planning::read_expected(path, digest, streams))
        .transpose()?;
    let gathered = gather::gather(&settings.results, &settings.path_map.mappings, streams)?;
    // No evidence at all is a wrong path, not a build without tests.
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
    let text = match settings.format {
        VerdictFormat::Json => verdict.to_json(),
        VerdictFormat::Text => text::render(&verdict),
        VerdictFormat::Markdown => {
            let build = env.get("BUILDKITE_BUILD_URL");
            let links = build.map_or_else(Links::default, Links::to_build);
            markdown::render(&verdict, &links, markdown::LIMIT)
        }
    };
    streams.deliver(&text, settings.output.as_deref())?;
    // The log of the job shows the verdict, too, where the text goes elsewhere.
    if settings.output.is_some() || settings.format != VerdictFormat::Text {
        let headline = text::headline(&verdict);
        if verdict.proved {
            streams.say(&headline);
        } else {
            // Also under --quiet, which leaves errors.
            streams.add(&headline);
        }
    }
    Ok(if verdict.proved {
        exit::OK
    } else {
        exit::TESTS_LOST
    })
}

/// Finds the earlier build to compare with, where timings of one are at hand.
fn baseline(
    settings: &VerifySettings,
    gathered: &Gathered,
    expected: &Expectations,
    streams: &mut Streams<'_>,
) -> Result<Option<Baseline>, Failure> {
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
        streams.warn(
            "the timings hold no complete earlier build of this selection: tests that are missing now go unseen",
        );
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
