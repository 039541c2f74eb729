//! `evenshard report`

#[cfg(feature = "store")]
mod trend;

use std::num::NonZeroU32;

use evenshard::estimate::Estimates;
use evenshard::history::History;
use evenshard::suite::Suite;
use evenshard::verify::{Baseline, Expectations, Verdict, verify};
use evenshard::{Plan, Planner, RunRecord, Shard};
use evenshard_report::{Assumed, Palette, Report, Settings, TitleFacts, html, markdown, text};

use crate::ci;
use crate::commands::verify::gather;
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::{self, Reading, Reads, Timings};
use crate::list::List;
use crate::planning;
use crate::settings::ReportSettings;
use crate::streams::Streams;
use crate::values::{Price, ReportFormat};

/// Makes a report and delivers it.
pub(crate) fn run(settings: &ReportSettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    #[cfg(feature = "store")]
    if let (Some(store), Some(since)) = (settings.store.named(), settings.since) {
        return trend::run(settings, (store, since), env, streams);
    }
    let plan = settings.plan.as_ref();
    let plan = plan.map(|path| planning::read(path, streams)).transpose()?;
    let timings = if settings.timings.paths.is_empty() {
        None
    } else {
        Some(inputs::load(&settings.timings, None, streams)?)
    };
    let build = if settings.results.is_empty() {
        None
    } else {
        let timings = timings.as_ref();
        Some(Build::read(settings, plan.as_ref(), timings, streams)?)
    };
    let verdict = build.as_ref().and_then(|build| build.verdict.as_ref());
    let options = options(settings, verdict, build.as_ref())?;
    let report = match (timings, &plan, &build) {
        (Some(timings), ..) => of_timings(settings, timings, build.as_ref(), &options, streams)?,
        (None, _, Some(build)) => of_build(settings, build, plan.as_ref(), &options, streams)?,
        (None, Some(plan), None) => {
            let working = streams.step(|| "packing other numbers of shards".to_owned());
            let report = Report::of_plan(plan, &options)?;
            drop(working);
            report
        }
        (None, None, None) => return Err(nothing()),
    };
    let report = match &build {
        Some(build) if !build.records.is_empty() => {
            let records: Vec<&RunRecord> = build.records.iter().collect();
            report.with_jobs(&records, &build.history, &options)
        }
        _ => report,
    };
    let title = title(settings, &report, env);
    let report = report.titled(title);
    // First the report, then the failure: it shows what is possible.
    deliver(&report, settings, streams)?;
    let unmet = report
        .sizing
        .target
        .as_ref()
        .and_then(|t| t.obstacle.as_deref());
    match unmet {
        Some(obstacle) => Err(Failure::data(obstacle)
            .hint("the report shows the numbers of shards that are possible")),
        None => Ok(exit::OK),
    }
}

fn nothing() -> Failure {
    Failure::usage("there is nothing to report on").hint(
        "name timings (--timings junit/), a plan (--plan plan.json) or the results of a build (evenshard report results/)",
    )
}

/// The project and the commit: as they were given, else as the CI names them.
fn title(settings: &ReportSettings, report: &Report, env: &Env) -> TitleFacts {
    let ci = ci::job(env).build;
    let build = report
        .changes
        .as_ref()
        .and_then(|changes| changes.build.id.as_ref());
    // The commit of another build would be wrong.
    let own = ci.is_some() && ci.as_ref() == build;
    let project = settings.project.clone();
    let commit = settings.commit.clone();
    TitleFacts::new(
        project.or_else(|| ci::project(env)),
        commit.or_else(|| ci::commit(env).filter(|_| own)),
    )
}

fn options(
    settings: &ReportSettings,
    verdict: Option<&Verdict>,
    build: Option<&Build>,
) -> Result<Settings, Failure> {
    let sizes = &settings.sizes;
    if let Some(count) = sizes.shards {
        // Refuses what is no number of shards.
        planning::for_shards(count)?;
    }
    let most = NonZeroU32::new(Shard::MAX_COUNT).unwrap_or(NonZeroU32::MIN);
    Ok(Settings {
        shards: sizes.shards.and_then(NonZeroU32::new),
        usual: verdict.and_then(|verdict| NonZeroU32::new(verdict.shard_count)),
        target: sizes.target,
        room: None,
        max_shards: sizes.max_shards.map(|n| n.min(most)),
        job_overhead: sizes.job_overhead.unwrap_or_default(),
        assumed: sizes.job_overhead.is_none().then(|| {
            let records = build.map_or(&[][..], |build| &build.records);
            Assumed::of_jobs(&records.iter().collect::<Vec<_>>())
        }),
        minute_millionths: sizes.cost_per_minute.map(Price::millionths),
    })
}

/// The results of a finished build.
struct Build {
    history: History,
    /// `None` where there are no records, only reports.
    verdict: Option<Verdict>,
    /// The run records of its jobs.
    records: Vec<RunRecord>,
}

impl Build {
    fn read(
        settings: &ReportSettings,
        plan: Option<&Plan>,
        timings: Option<&Timings>,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let scope = &settings.timings.scope;
        // The files are read twice: the proof and the times need other parts of them.
        let gathered = gather::gather(
            &settings.results,
            &settings.timings.path_map.mappings,
            streams,
        )?;
        let verdict = if gathered.evidence.is_empty() {
            streams.warn("the results hold no run records: the predictions are not known");
            None
        } else {
            let mut expected = Expectations {
                scope: (!scope.is_empty()).then(|| scope.clone()),
                ..Expectations::default()
            };
            expected.baseline = timings
                .and_then(|timings| Baseline::newest(&timings.history, &gathered, &expected));
            Some(verify(&gathered, plan, &expected))
        };
        let mut history = History::new();
        let reading = Reading::new(scope, &settings.timings.path_map.mappings);
        let reads = Reads::begin("results", &settings.results, streams);
        for argument in &settings.results {
            let named = reading.read(argument, &mut history, &reads)?;
            named.report(streams);
        }
        reads.end(streams);
        let records = gathered.evidence.into_iter().map(|e| e.record);
        let records = records.filter(|record| scope.is_empty() || record.scope == *scope);
        Ok(Self {
            history,
            verdict,
            records: records.collect(),
        })
    }
}

/// Reports on timings, with a build beside them where there is one.
fn of_timings(
    settings: &ReportSettings,
    mut timings: Timings,
    build: Option<&Build>,
    options: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Report, Failure> {
    let list = settings.list.as_ref().map(List::read).transpose()?;
    let list = list.as_ref().map(List::texts);
    if let Some(list) = &list {
        planning::align(list, &mut timings, streams);
    }
    let suite = suite(list.as_deref(), &timings)?;
    let planner = planner(settings, streams)?;
    let options = &with_room(settings, options, &planner, &timings.history)?;
    let working = streams.step(|| "packing".to_owned());
    let mut report = Report::of_suite(&suite, Some(&timings.history), &planner, options)?;
    if let Some(build) = build {
        let mut all = timings.history.clone();
        all.merge(&build.history);
        report = report.compared_with(&all, &build.history);
        if let Some(verdict) = &build.verdict {
            report = report.with_results(verdict, Some((&suite, &build.history)));
        }
    }
    drop(working);
    let matched = report.suite.matched;
    let least = settings.timings.require_match;
    planning::report_match(matched, &timings, list.as_deref(), least, streams)?;
    Ok(report)
}

fn suite<'t>(list: Option<&[&str]>, timings: &'t Timings) -> Result<Suite<'t>, Failure> {
    let suite = match list {
        Some(list) => planning::suite_of(list, None, &timings.history),
        None => Suite::from_history(&Estimates::new(&timings.history)),
    };
    if suite.is_empty() {
        return Err(Failure::data(
            "there is no test to report on: nothing was listed, and the timings hold none",
        ));
    }
    Ok(suite)
}

/// Reports on the results of a build, which are its timings as well.
fn of_build(
    settings: &ReportSettings,
    build: &Build,
    plan: Option<&Plan>,
    options: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Report, Failure> {
    let suite = Suite::from_history(&Estimates::new(&build.history));
    if suite.is_empty() {
        return Err(Failure::data("the results hold no test"));
    }
    let history = Some(&build.history);
    let working = streams.step(|| "packing".to_owned());
    let report = if let Some(plan) = plan {
        Report::of_suite_as_planned(&suite, history, &Planner::like(plan), plan, options)?
    } else {
        let planner = planner(settings, streams)?;
        let options = with_room(settings, options, &planner, &build.history)?;
        Report::of_suite(&suite, history, &planner, &options)?
    };
    drop(working);
    let report = report.of_results();
    Ok(match &build.verdict {
        Some(verdict) => report.with_results(verdict, None),
        None => report,
    })
}

/// Adds the room that the target needs by the builds of a history.
fn with_room(
    settings: &ReportSettings,
    options: &Settings,
    planner: &Planner,
    history: &History,
) -> Result<Settings, Failure> {
    let percentile = settings.sizes.percentile;
    let room = percentile.map(|percentile| planning::room(planner, percentile, history));
    Ok(Settings {
        room: room.transpose()?,
        ..*options
    })
}

fn planner(settings: &ReportSettings, streams: &mut Streams<'_>) -> Result<Planner, Failure> {
    // Its number of shards does not matter: a report plans for many.
    let planner = planning::for_shards(1)?;
    Ok(planning::planner(
        planner,
        &settings.planner,
        &settings.timings.scope,
        streams,
    ))
}

fn deliver(
    report: &Report,
    settings: &ReportSettings,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let output = settings.output.as_deref();
    match settings.format {
        ReportFormat::Json => streams.deliver(&report.to_json(), output),
        ReportFormat::Markdown => streams.deliver(&markdown::render(report), output),
        ReportFormat::Html => {
            let page = html::render(report).map_err(|error| {
                Failure::unwritable("the page could not be written").caused_by(&error)
            })?;
            streams.deliver(&page, output)
        }
        // A file has no terminal, whatever --color says.
        ReportFormat::Text if output.is_some() => {
            let plain = Palette::default();
            streams.deliver(&text::render(report, plain, text::WIDTH), output)
        }
        ReportFormat::Text => {
            let text = text::render(report, streams.palette(), streams.width());
            streams.result(text.as_bytes())
        }
    }
}
