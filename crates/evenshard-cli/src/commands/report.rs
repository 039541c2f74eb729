//! `evenshard report`: how balanced a suite is, how many shards it deserves, how a build went.

use std::num::NonZeroU32;

use evenshard::estimate::Estimates;
use evenshard::history::History;
use evenshard::suite::Suite;
use evenshard::verify::{Expectations, Verdict, verify};
use evenshard::{Plan, Planner, Shard};
use evenshard_report::{Palette, Report, Settings, html, markdown, text};

use crate::args::{GivenPlanArgs, ReportArgs, ReportFormat};
use crate::commands::verify::gather;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::{self, Reading, Reads, Timings};
use crate::list::List;
use crate::planning;
use crate::pytest_options::PytestOptions;
use crate::streams::Streams;

/// Makes a report and delivers it.
///
/// # Errors
/// 64 where there is nothing to report on; 65 for timings that cannot be read, match too
/// little, or a target that is not met (the report is delivered all the same); 73 when it
/// cannot be written; 75 for an absent plan; 78 for an impossible number of shards.
pub fn run(args: &ReportArgs, streams: &mut Streams<'_>) -> Outcome {
    let given = GivenPlanArgs {
        plan: args.plan.clone(),
        expect_digest: None,
    };
    let plan = planning::given(&given, streams)?;
    let build = if args.results.is_empty() {
        None
    } else {
        Some(Build::read(args, plan.as_ref(), streams)?)
    };
    let verdict = build.as_ref().and_then(|build| build.verdict.as_ref());
    let settings = settings(args, verdict)?;
    let report = match (&plan, &build) {
        _ if !args.timings.timings.is_empty() => {
            of_timings(args, build.as_ref(), &settings, streams)?
        }
        (_, Some(build)) => of_build(args, build, plan.as_ref(), &settings, streams)?,
        (Some(plan), None) => {
            let working = streams.step(|| "packing other numbers of shards".to_owned());
            let report = Report::of_plan(plan, &settings)?;
            drop(working);
            report
        }
        (None, None) => return Err(nothing()),
    };
    deliver(&report, args, streams)?;
    let unmet = report
        .sizing
        .target
        .as_ref()
        .and_then(|t| t.obstacle.as_deref());
    match unmet {
        Some(obstacle) => Err(Failure::new(exit::DATA, obstacle)
            .hint("the report shows the numbers of shards that are possible")),
        None => Ok(exit::OK),
    }
}

fn nothing() -> Failure {
    Failure::new(exit::USAGE, "there is nothing to report on").hint(
        "name timings (--timings junit/), a plan (--plan plan.json) or the results of a build (evenshard report results/)",
    )
}

fn settings(args: &ReportArgs, verdict: Option<&Verdict>) -> Result<Settings, Failure> {
    let size = &args.size;
    if let Some(count) = size.shards {
        // Refuses what is no number of shards.
        planning::for_shards(count)?;
    }
    let most = NonZeroU32::new(Shard::MAX_COUNT).unwrap_or(NonZeroU32::MIN);
    Ok(Settings {
        shards: size.shards.and_then(NonZeroU32::new),
        usual: verdict.and_then(|verdict| NonZeroU32::new(verdict.shard_count)),
        target: size.target,
        max_shards: size.max_shards.map(|n| n.min(most)),
        job_overhead: size.job_overhead.unwrap_or_default(),
    })
}

/// What a finished build left.
struct Build {
    history: History,
    /// `None` where there are no records, only reports.
    verdict: Option<Verdict>,
}

impl Build {
    fn read(
        args: &ReportArgs,
        plan: Option<&Plan>,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let scope = &args.timings.scope;
        let gathered = gather::gather(&args.results, &args.timings.path_map, streams)?;
        let verdict = if gathered.evidence.is_empty() {
            streams.warn("the results hold no shard records: what was predicted is not known");
            None
        } else {
            let expected = Expectations {
                scope: (!scope.is_empty()).then(|| scope.clone()),
                ..Expectations::default()
            };
            Some(verify(&gathered, plan, &expected))
        };
        let mut history = History::new();
        let reading = Reading::new(scope, &args.timings.path_map);
        let reads = Reads::begin("results", &args.results, streams);
        for argument in &args.results {
            let named = reading.read(argument, &mut history, &reads)?;
            named.show(streams);
        }
        reads.end(streams);
        Ok(Self { history, verdict })
    }
}

/// A report on timings, with a build beside it where there is one.
fn of_timings(
    args: &ReportArgs,
    build: Option<&Build>,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Report, Failure> {
    let mut timings = inputs::load(&args.timings, None, streams)?;
    let list = List::read(&args.list)?;
    let list = list.as_ref().map(List::texts);
    if let Some(list) = &list {
        planning::align(list, &mut timings, streams);
    }
    let suite = suite(list.as_deref(), &timings)?;
    let planner = planner(args, streams)?;
    let working = streams.step(|| "packing".to_owned());
    let mut report = Report::of_suite(&suite, Some(&timings.history), &planner, settings)?;
    if let Some(verdict) = build.and_then(|build| build.verdict.as_ref()) {
        let measured = build.map(|build| (&suite, &build.history));
        report = report.with_results(verdict, measured);
    }
    drop(working);
    let matched = report.suite.matched;
    planning::say_match(matched, &timings, list.as_deref(), &args.timings, streams)?;
    Ok(report)
}

fn suite<'t>(list: Option<&[&str]>, timings: &'t Timings) -> Result<Suite<'t>, Failure> {
    let suite = match list {
        Some(list) => {
            let estimates = Estimates::for_list(&timings.history, list.iter().copied());
            Suite::from_list(list.iter().copied(), &estimates)
        }
        None => Suite::from_history(&Estimates::new(&timings.history)),
    };
    if suite.is_empty() {
        return Err(Failure::new(
            exit::DATA,
            "there is no test to report on: nothing was listed, and the timings hold none",
        ));
    }
    Ok(suite)
}

/// A report on the results of a build, which are its timings as well.
fn of_build(
    args: &ReportArgs,
    build: &Build,
    plan: Option<&Plan>,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Report, Failure> {
    let suite = Suite::from_history(&Estimates::new(&build.history));
    if suite.is_empty() {
        return Err(Failure::new(exit::DATA, "the results hold no test"));
    }
    let history = Some(&build.history);
    let working = streams.step(|| "packing".to_owned());
    let report = if let Some(plan) = plan {
        Report::of_suite_as_planned(&suite, history, &Planner::like(plan), plan, settings)?
    } else {
        let planner = planner(args, streams)?;
        Report::of_suite(&suite, history, &planner, settings)?
    };
    drop(working);
    let report = report.of_results();
    Ok(match &build.verdict {
        Some(verdict) => report.with_results(verdict, None),
        None => report,
    })
}

fn planner(args: &ReportArgs, streams: &mut Streams<'_>) -> Result<Planner, Failure> {
    let pytest = PytestOptions::default();
    planning::planner(1, &args.how, &args.timings.scope, &pytest, streams)
}

fn deliver(report: &Report, args: &ReportArgs, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let output = args.output.as_deref();
    match args.format {
        ReportFormat::Json => streams.deliver(&report.to_json(), output),
        ReportFormat::Markdown => streams.deliver(&markdown::render(report), output),
        ReportFormat::Html => {
            let page = html::render(report).map_err(|error| {
                Failure::new(exit::CANNOT_WRITE, "the page could not be written").caused_by(&error)
            })?;
            streams.deliver(&page, output)
        }
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
