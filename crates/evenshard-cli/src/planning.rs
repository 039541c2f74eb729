//! From settings to a plan, and the lines that the log gets about it.

mod details;
mod first;
mod matching;
mod planner;
mod ready;
mod room;
mod selection;
mod times;

pub(crate) use matching::{align, report_match};
pub(crate) use planner::{for_shards, planner, sized};
pub(crate) use ready::{previous, read, read_expected};
pub(crate) use room::learn as room;
pub(crate) use selection::narrow;
pub(crate) use times::Times;

use evenshard::estimate::Estimates;
use evenshard::history::History;
use evenshard::plan::{Percentile, Placed};
use evenshard::suite::{Collected, Suite};
use evenshard::{Plan, Planner, Shard};
use evenshard_report::words::grouped;

use crate::config::Rules;
use crate::failure::Failure;
use crate::inputs::{self, Timings};
use crate::settings::{PlanSource, PlannerSettings, TimingsSettings};
use crate::streams::Streams;

/// A job's request for a plan.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "a function is no data")]
pub(crate) struct Request<'a> {
    /// The shard of the job.
    pub(crate) shard: Shard,
    pub(crate) source: &'a PlanSource,
    pub(crate) planner: &'a PlannerSettings,
    /// The build of this job: its own results are no timings.
    pub(crate) build: Option<&'a str>,
    /// The tests to place; all that are known where there is no list.
    pub(crate) list: Option<&'a [&'a str]>,
    /// Asks for the time of each test of the shard.
    pub(crate) wants_times: bool,
    /// Collects the suite, where a build without timings is balanced by numbers of tests.
    pub(crate) first_build: Option<Collect<'a>>,
    /// Builds add to a history by themselves, so nobody has to pass timings on.
    pub(crate) has_store: bool,
}

/// Collects the node ids of the whole suite.
pub(crate) type Collect<'a> = &'a dyn Fn(&mut Streams<'_>) -> Result<Vec<String>, Failure>;

/// A plan with the data that it was made from.
#[derive(Debug)]
pub(crate) struct Planned {
    /// The plan.
    pub(crate) plan: Plan,
    /// The planned times of the tests of the shard; empty where nobody asked for them.
    pub(crate) times: Times,
    /// The node ids that were collected to be counted.
    pub(crate) counted: Option<Vec<String>>,
    /// The places of the lines of a list.
    pub(crate) placed: Option<Vec<Placed>>,
    /// The timings that a list was planned with.
    pub(crate) history: Option<History>,
}

impl Planned {
    fn of(plan: Plan, times: Times) -> Self {
        Self {
            plan,
            times,
            counted: None,
            placed: None,
            history: None,
        }
    }
}

/// Returns the beginning of a digest, as much as people compare.
pub(crate) fn short(plan: &Plan) -> &str {
    plan.digest().get(..12).unwrap_or(plan.digest())
}

/// Makes the plan of a job: the one that `--plan` names, otherwise one from the timings.
pub(crate) fn for_shard(
    request: &Request<'_>,
    streams: &mut Streams<'_>,
) -> Result<Planned, Failure> {
    let Request { shard, source, .. } = request;
    let planned = match &source.plan {
        Some(path) => {
            let plan = read_expected(path, source.expect_digest.as_deref(), streams)?;
            of_ready(plan, request, streams)?
        }
        None => make(request, streams)?,
    };
    let plan = &planned.plan;
    ready::same_scope(plan, &source.timings.scope)?;
    // A plan for fewer jobs would leave this one without tests, one for more would lose some.
    if plan.shard_count() == shard.count().get() {
        return Ok(planned);
    }
    let what = format!(
        "the plan is for {} shards, this is shard {shard}",
        plan.shard_count()
    );
    Err(Failure::config(what).hint("plan for as many shards as there are jobs"))
}

/// Plans the tests of the list, or all that the timings know. Without timings it plans what
/// `first_build` collects, by the numbers of tests.
fn make(request: &Request<'_>, streams: &mut Streams<'_>) -> Result<Planned, Failure> {
    let Request {
        shard,
        source,
        list,
        planner: settings,
        ..
    } = *request;
    let scope = &source.timings.scope;
    let planner = planner(for_shards(shard.count().get())?, settings, scope, streams);
    let mut timings = inputs::load(&source.timings, request.build, streams)?;
    if list.is_none() {
        // A list already says what is run.
        narrow(&mut timings, &settings.pytest, streams);
    }
    let counted = match request.first_build.filter(|_| !timings.found) {
        Some(collect) => first::by_count(&planner, collect, request.has_store, streams)?,
        None => None,
    };
    let made = if let Some((plan, ids)) = counted {
        Planned {
            counted: Some(ids),
            ..Planned::of(plan, Times::default())
        }
    } else {
        let input = Input {
            settings: &source.timings,
            rules: &settings.rules,
            list,
            collected: None,
            shard: request.wants_times.then_some(shard),
            percentile: None,
        };
        // The timings come back as they were used, aligned with the list.
        let (mut made, timings) = from_timings(&planner, timings, &input, streams)?;
        made.placed = list.map(|list| made.plan.place_lines(list));
        made.history = list.map(|_| timings.history);
        made
    };
    // Also for a plan that was made here: jobs that plan by themselves have to agree on it.
    ready::check_digest(&made.plan, source.expect_digest.as_deref())?;
    Ok(made)
}

/// Takes the times of a shard and the places of a list's lines from a ready plan.
fn of_ready(
    plan: Plan,
    request: &Request<'_>,
    streams: &mut Streams<'_>,
) -> Result<Planned, Failure> {
    let placed = request.list.map(|list| plan.place_lines(list));
    // A list of another suite would be placed by hash, and pass.
    if let (Some(list), Some(placed)) = (request.list, &placed) {
        let least = request.source.timings.require_match;
        matching::report_lines(&plan, list, placed, least, streams)?;
    }
    let times = if request.wants_times {
        Times::of_plan(&plan, request.shard)
    } else {
        Times::default()
    };
    Ok(Planned {
        placed,
        ..Planned::of(plan, times)
    })
}

/// The input of a plan, beside the timings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<'a> {
    /// The settings that the timings were read by.
    pub(crate) settings: &'a TimingsSettings,
    /// The rules of the project.
    pub(crate) rules: &'a Rules,
    /// The tests to plan, node ids or paths; all that the timings know where there is no list.
    pub(crate) list: Option<&'a [&'a str]>,
    /// The answer of pytest, where it collected the list.
    pub(crate) collected: Option<&'a Collected>,
    /// The shard of which the time of each test is wanted.
    pub(crate) shard: Option<Shard>,
    /// The builds of a hundred that have to meet the target of the planner.
    pub(crate) percentile: Option<Percentile>,
}

/// Makes the suite of a list.
pub(crate) fn suite_of<'h>(
    list: &[&str],
    collected: Option<&Collected>,
    history: &'h History,
) -> Suite<'h> {
    let lines = list.iter().copied();
    let estimates = Estimates::for_list(history, lines.clone());
    match collected {
        Some(collected) => Suite::from_collected(lines, collected, &estimates),
        None => Suite::from_list(lines, &estimates),
    }
}

/// Plans from timings, and returns them as they were used.
pub(crate) fn from_timings(
    planner: &Planner,
    mut timings: Timings,
    input: &Input<'_>,
    streams: &mut Streams<'_>,
) -> Result<(Planned, Timings), Failure> {
    let list = input.list;
    let tests = list.map_or(timings.history.len(), <[&str]>::len);
    let step = streams.step(move || format!("planning {} tests", grouped(tests)));
    if let Some(list) = list {
        align(list, &mut timings, streams);
    }
    let history = &timings.history;
    let suite = match list {
        Some(list) => Some(suite_of(list, input.collected, history)),
        None if timings.found => Some(Suite::from_history(&Estimates::new(history))),
        None => None,
    };
    let percentile = input.percentile.filter(|_| timings.found);
    let room = percentile.map(|percentile| room::learn(planner, percentile, history));
    let planner = planner.clone().room(room.transpose()?);
    let plan = match &suite {
        Some(suite) => planner.plan(suite)?,
        None => planner.plan_without_timings()?,
    };
    let times = match (&suite, input.shard) {
        (Some(suite), Some(shard)) => Times::of_suite(&plan, shard, suite),
        _ => Times::default(),
    };
    let took = step.end();
    details::log(&plan, took, streams);
    for line in suite
        .iter()
        .flat_map(|suite| input.rules.without_tests(suite))
    {
        streams.warn(&line);
    }
    let matched = plan.content().matched;
    report_match(
        matched,
        &timings,
        list,
        input.settings.require_match,
        streams,
    )?;
    if list.is_none() {
        matching::report_missing(&timings.history, streams);
    }
    Ok((Planned::of(plan, times), timings))
}
