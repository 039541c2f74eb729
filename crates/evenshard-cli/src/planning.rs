//! From arguments to a plan, with what has to be said about it.

mod details;
mod first;
mod kind;
mod lists;
mod times;

pub use times::Times;

use std::num::NonZeroU32;
use std::path::Path;

use evenshard::estimate::Estimates;
use evenshard::history::History;
use evenshard::pack::Target;
use evenshard::plan::{Match, Placed};
use evenshard::suite::{self, Alignment, Collected, Shift, Suite};
use evenshard::{Micros, NodeId, Plan, Planner, Shard};
use evenshard_report::words::{grouped, plural};

use crate::args::{GivenPlanArgs, HowArgs, SizeArgs, TimingsArgs};
use crate::config::Rules;
use crate::exit;
use crate::failure::Failure;
use crate::inputs::{self, Timings, files};
use crate::pytest_options::PytestOptions;
use crate::streams::Streams;
use crate::xdist::Seen;

/// Below this share of known tests, something is likely wrong with the timings.
const LITTLE_PERCENT: f64 = 50.0;

/// A planner as the flags ask for; `pytest` is what pytest will be told.
///
/// # Errors
/// Code 78 for an impossible number of shards.
pub fn planner(
    shards: u32,
    how: &HowArgs,
    scope: &str,
    pytest: &PytestOptions,
    streams: &mut Streams<'_>,
) -> Result<Planner, Failure> {
    Ok(configured(for_shards(shards)?, how, scope, pytest, streams))
}

/// A planner for this many shards.
///
/// # Errors
/// Code 78 for an impossible number of shards.
pub fn for_shards(shards: u32) -> Result<Planner, Failure> {
    Planner::new(shards).map_err(|_| {
        let most = grouped(u64::from(Shard::MAX_COUNT));
        Failure::new(
            exit::CONFIG,
            format!("a plan has 1 to {most} shards, not {shards}"),
        )
    })
}

/// A planner for `--shards`, or for the smallest number that meets `--target`.
///
/// # Errors
/// Code 78 for an impossible number of shards; 64 when there are no timings by which to choose
/// it, and no `--max-shards` to fall back on.
pub fn sized(size: &SizeArgs, found: bool, streams: &mut Streams<'_>) -> Result<Planner, Failure> {
    let Some(time) = size.target else {
        return for_shards(size.shards.unwrap_or(1));
    };
    if found {
        return Ok(Planner::for_target(Target {
            time,
            max_shards: most_shards(size),
            overhead: size.job_overhead.unwrap_or_default(),
        }));
    }
    let Some(most) = size.max_shards else {
        return Err(Failure::new(
            exit::USAGE,
            "without timings no number of shards can be chosen for --target",
        )
        .hint("give --max-shards M: a first build then takes that many"));
    };
    streams.warn(&format!(
        "no timings: the target cannot be judged, this plan takes the {most} shards of --max-shards"
    ));
    for_shards(most.get())
}

/// The most shards that a target may take.
fn most_shards(size: &SizeArgs) -> NonZeroU32 {
    let all = NonZeroU32::new(Shard::MAX_COUNT).unwrap_or(NonZeroU32::MIN);
    size.max_shards.unwrap_or(all).min(all)
}

/// What the flags ask of a planner besides its number of shards.
pub fn configured(
    planner: Planner,
    how: &HowArgs,
    scope: &str,
    pytest: &PytestOptions,
    streams: &mut Streams<'_>,
) -> Planner {
    let seen = Seen::of(&pytest.words);
    let workers = seen.settle(how.workers, how.dist);
    if workers.is_none() && seen.by_machine {
        streams.say("the plan counts one worker a shard, since jobs may differ in what `-n auto` gives them; --workers W plans for W");
    }
    planner
        .split(how.split)
        .algorithm(how.algorithm)
        .setup_cost(how.setup_cost)
        .workers(workers)
        .rules(how.rules.rules().clone())
        .scope(scope)
}

/// The plan that `--previous` names. On a first build there is none: that is said.
///
/// # Errors
/// 65 for what is no plan, 78 for one of another scope.
pub fn previous(
    path: Option<&Path>,
    scope: &str,
    streams: &mut Streams<'_>,
) -> Result<Option<Plan>, Failure> {
    let Some(path) = path else { return Ok(None) };
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

/// Reads the plan that `--plan` names and checks it against `--expect-digest`.
///
/// # Errors
/// 75 when it is absent (while one is expected) or another one; 65 when it is no plan.
pub fn given(args: &GivenPlanArgs, streams: &mut Streams<'_>) -> Result<Option<Plan>, Failure> {
    let Some(path) = &args.plan else {
        return Ok(None);
    };
    let plan = read(path, streams)?;
    check_digest(&plan, args)?;
    Ok(Some(plan))
}

/// Reads a plan file.
///
/// # Errors
/// 75 when it is absent (it may come yet); 65 when it cannot be read or is no plan.
pub fn read(path: &Path, streams: &mut Streams<'_>) -> Result<Plan, Failure> {
    let name = path.display().to_string();
    let step = streams.step(|| "reading the plan".to_owned());
    let json = files::read_text(path, files::MOST).map_err(|error| {
        let absent = error.kind() == std::io::ErrorKind::NotFound;
        let code = if absent { exit::TRY_AGAIN } else { exit::DATA };
        Failure::new(code, format!("cannot read the plan {name}"))
            .caused_by(&error)
            .hint("make it with `evenshard plan ... --output FILE`, or fetch it from the job that did")
    })?;
    let plan = Plan::from_json(&json, &name)?;
    let took = step.took();
    drop(step);
    streams.detail(&format!("read {name}: plan {} in {took}", plan.digest()));
    Ok(plan)
}

/// Stops when the plan is not the one that `--expect-digest` names.
///
/// # Errors
/// Code 75.
fn check_digest(plan: &Plan, args: &GivenPlanArgs) -> Result<(), Failure> {
    match &args.expect_digest {
        Some(expected) if expected != plan.digest() => Err(Failure::new(
            exit::TRY_AGAIN,
            format!(
                "the plan has digest {}, expected is {expected}",
                plan.digest()
            ),
        )
        .hint("fetch the plan that this build was started with, and try again")),
        _ => Ok(()),
    }
}

/// What a job gives to come to its plan.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// A ready plan, if any.
    pub given: &'a GivenPlanArgs,
    /// The timings to plan from otherwise.
    pub timings: &'a TimingsArgs,
    /// How to plan.
    pub how: &'a HowArgs,
    /// The tests to place; all that are known where there is no list.
    pub list: Option<&'a [&'a str]>,
    /// What pytest will be told.
    pub pytest: &'a PytestOptions,
    /// The build whose own results are left out.
    pub current_build: Option<&'a str>,
    /// Whether the time of each test of the shard is wanted.
    pub times: bool,
}

/// A plan, and what went into it.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What the tests of the shard are planned to take; nothing where no shard was named.
    pub times: Times,
    /// The tests that were collected to be counted.
    pub counted: Option<Vec<String>>,
    /// Where the lines of a list go.
    pub placed: Option<Vec<Placed>>,
    /// The timings that a list was planned with.
    pub history: Option<History>,
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

/// What a plan expects of a shard.
pub fn load(plan: &Plan, shard: Shard) -> Micros {
    let planned = plan.content().shards.get(shard.index() as usize);
    planned.map_or(Micros::ZERO, |planned| planned.predicted_us)
}

/// Collects the node ids of the whole suite.
pub type Collect<'a> = &'a dyn Fn(&mut Streams<'_>) -> Result<Vec<String>, Failure>;

/// The plan of a job: the one that `--plan` names, else one made from the timings for the
/// tests of `list` or for all that are known. Without timings it is made from what
/// `first_build` collects, by the numbers of tests.
///
/// # Errors
/// Those of [`from_loaded`]; 65 and 75 for the plan of `--plan`; 78 when it is for another
/// number of shards or another scope.
pub fn for_shard(
    shard: Shard,
    wanted: &Wanted<'_>,
    first_build: Option<Collect<'_>>,
    streams: &mut Streams<'_>,
) -> Result<Planned, Failure> {
    let timings = wanted.timings;
    let of = wanted.times.then_some(shard);
    let planned = if let Some(plan) = given(wanted.given, streams)? {
        of_ready(plan, wanted, of, streams)?
    } else {
        let count = shard.count().get();
        let planner = planner(count, wanted.how, &timings.scope, wanted.pytest, streams)?;
        let mut loaded = inputs::load(timings, wanted.current_build, streams)?;
        if wanted.list.is_none() {
            kind::narrow(&mut loaded, wanted.pytest, streams);
        }
        let counted = match first_build.filter(|_| !loaded.found) {
            Some(collect) => first::by_count(&planner, collect, streams)?,
            None => None,
        };
        let made = if let Some((plan, ids)) = counted {
            Planned {
                counted: Some(ids),
                ..Planned::of(plan, Times::default())
            }
        } else {
            let rules = &wanted.how.rules;
            let tests = wanted.list.map(|lines| Tests {
                lines,
                collected: None,
            });
            let given = Given {
                args: timings,
                rules,
                tests,
                shard: of,
            };
            let (mut made, timings) = from_loaded(&planner, loaded, &given, streams)?;
            made.placed = wanted.list.map(|list| made.plan.place_lines(list));
            made.history = wanted.list.map(|_| timings.history);
            made
        };
        check_digest(&made.plan, wanted.given)?;
        made
    };
    let plan = &planned.plan;
    same_scope(plan, &timings.scope)?;
    if plan.shard_count() == shard.count().get() {
        return Ok(planned);
    }
    Err(Failure::new(
        exit::CONFIG,
        format!(
            "the plan is for {} shards, this is shard {shard}",
            plan.shard_count()
        ),
    )
    .hint("plan for as many shards as there are jobs"))
}

/// What a ready plan says of a shard, and of the lines of a list.
fn of_ready(
    plan: Plan,
    wanted: &Wanted<'_>,
    shard: Option<Shard>,
    streams: &mut Streams<'_>,
) -> Result<Planned, Failure> {
    let placed = wanted.list.map(|list| plan.place_lines(list));
    if let (Some(list), Some(placed)) = (wanted.list, &placed) {
        lists::say_match(&plan, list, placed, wanted.timings.require_match, streams)?;
    }
    let times = shard.map(|shard| Times::of_plan(&plan, shard));
    Ok(Planned {
        placed,
        ..Planned::of(plan, times.unwrap_or_default())
    })
}

/// Stops where a plan is for another scope.
fn same_scope(plan: &Plan, scope: &str) -> Result<(), Failure> {
    let found = &plan.content().scope;
    if found == scope {
        return Ok(());
    }
    Err(Failure::new(
        exit::CONFIG,
        format!("the plan is for scope '{found}', not '{scope}'"),
    )
    .hint("give the --scope that the plan was made with"))
}

/// The tests to plan: the lines of a list, or what pytest collected.
#[derive(Clone, Copy, Debug)]
pub struct Tests<'a> {
    /// Node ids or paths.
    pub lines: &'a [&'a str],
    /// What pytest told of them besides, where it collected them.
    pub collected: Option<&'a Collected>,
}

impl Tests<'_> {
    fn suite<'h>(&self, history: &'h History) -> Suite<'h> {
        let lines = self.lines.iter().copied();
        let estimates = Estimates::for_list(history, lines.clone());
        match self.collected {
            Some(collected) => Suite::from_collected(lines, collected, &estimates),
            None => Suite::from_list(lines, &estimates),
        }
    }
}

/// What a plan is made of, beside the timings.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// How the timings were asked for.
    pub args: &'a TimingsArgs,
    /// The rules of the project.
    pub rules: &'a Rules,
    /// The tests to plan; all that the timings know where there is no list.
    pub tests: Option<Tests<'a>>,
    /// The shard of which the time of each test is wanted.
    pub shard: Option<Shard>,
}

/// Plans from timings that were read already, and gives them back as they were used.
///
/// # Errors
/// 65 when they match too little.
pub fn from_loaded(
    planner: &Planner,
    mut timings: Timings,
    given: &Given<'_>,
    streams: &mut Streams<'_>,
) -> Result<(Planned, Timings), Failure> {
    let list = given.tests.map(|tests| tests.lines);
    let tests = list.map_or(timings.history.len(), <[&str]>::len);
    let step = streams.step(move || format!("planning {} tests", grouped(tests as u64)));
    if let Some(list) = list {
        align(list, &mut timings, streams);
    }
    let suite = match given.tests {
        Some(tests) => Some(tests.suite(&timings.history)),
        None if timings.found => Some(Suite::from_history(&Estimates::new(&timings.history))),
        None => None,
    };
    let plan = match &suite {
        Some(suite) => planner.plan(suite)?,
        None => planner.plan_without_timings()?,
    };
    let times = match (&suite, given.shard) {
        (Some(suite), Some(shard)) => Times::of_suite(&plan, shard, suite),
        _ => Times::default(),
    };
    let took = step.took();
    drop(step);
    details::show(&plan, took, streams);
    let without_tests = |suite| given.rules.without_tests(suite);
    for line in suite.iter().flat_map(without_tests) {
        streams.warn(&line);
    }
    let matched = plan.content().matched;
    say_match(matched, &timings, list, given.args, streams)?;
    if list.is_none() {
        say_missing(&timings.history, streams);
    }
    Ok((Planned::of(plan, times), timings))
}

/// Says how many known tests the newest complete build did not have: a suite that shrinks by
/// itself is no news that anybody waits for.
fn say_missing(history: &History, streams: &mut Streams<'_>) {
    let Some(missing) = history.missing().filter(|missing| missing.tests > 0) else {
        return;
    };
    let named = missing.build.id.as_ref().map(|id| format!(", {id}"));
    let (named, tests) = (named.unwrap_or_default(), missing.tests);
    let gone = match missing.gone {
        0 => "counted as before".to_owned(),
        gone => format!(
            "{} not in the one before either, and count nothing",
            grouped(gone as u64)
        ),
    };
    let (s, are) = (plural(tests as u64), if tests == 1 { "is" } else { "are" });
    streams.say(&format!(
        "{} known test{s} {are} not in the newest complete build{named}: {gone}",
        grouped(tests as u64)
    ));
}

/// Brings the timings to the names of the listed tests, where these differ throughout.
pub fn align(list: &[&str], timings: &mut Timings, streams: &mut Streams<'_>) {
    let alignment = Alignment::find(list.iter().copied(), &timings.history);
    match &alignment.shift {
        Some(Shift::Timings(prefix)) => streams.say(&format!(
            "timings were recorded with '{prefix}.' before the names of these tests: it is taken off"
        )),
        Some(Shift::Tests(prefix)) => streams.say(&format!(
            "timings were recorded without the '{prefix}.' of these tests: it is put before them"
        )),
        None => {}
    }
    say_ambiguous(&alignment, streams);
    if !alignment.is_empty() {
        timings.history = alignment.apply(&timings.history);
    }
}

/// Warns of names in reports that may be any of several lines, as in packages of a monorepo.
fn say_ambiguous(alignment: &Alignment, streams: &mut Streams<'_>) {
    let Some(first) = alignment.ambiguous.first() else {
        return;
    };
    let n = alignment.ambiguous.len();
    let (s, [one, other]) = (plural(n), &first.lines);
    streams.warn(&format!(
        "{} name{s} in the reports may be of several lines, such as {}: {one} or {other}",
        grouped(n as u64),
        first.name
    ));
    streams.add("  say which reports are of which folder: --path-map junit/web:.=packages/web");
}

/// Says how much the timings match; with `--require-match`, stops when it is too little.
///
/// # Errors
/// Code 65.
pub fn say_match(
    matched: Match,
    timings: &Timings,
    list: Option<&[&str]>,
    args: &TimingsArgs,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let listed = list.is_some();
    if !timings.found {
        streams.warn(if listed {
            "no timings: every test counts the same"
        } else {
            "no timings: tests are placed by a fixed hash, shards will be uneven"
        });
    }
    if timings.found {
        let line = describe(matched, listed, timings.history.builds().len());
        let little = listed && matched.percent() < LITTLE_PERCENT;
        if little {
            streams.warn(&line);
            show_both_sides(list.unwrap_or_default(), timings, streams);
        } else {
            streams.say(&line);
        }
    }
    // Without a list, the plan consists of known tests: the jobs judge their own.
    require_match(
        "timings know",
        matched,
        args.require_match.filter(|_| listed),
    )
}

/// Stops where less is known than `--require-match` asks for. `who` knows it.
///
/// # Errors
/// Code 65.
fn require_match(who: &str, matched: Match, least: Option<f64>) -> Result<(), Failure> {
    match least {
        Some(least) if matched.percent() < least => Err(Failure::new(
            exit::DATA,
            format!(
                "{who} {} of {} tests ({:.2} %), --require-match asks for {least} %",
                matched.known,
                matched.tests,
                matched.percent()
            ),
        )
        .hint("are the timings of this suite, and recorded from the same folder?")),
        _ => Ok(()),
    }
}

/// Examples of what does not meet: people see at once what differs.
fn show_both_sides(list: &[&str], timings: &Timings, streams: &mut Streams<'_>) {
    const EXAMPLES: usize = 3;
    let history = &timings.history;
    let unknown = |id: &&str| history.find_id(&NodeId::parse(id)).is_none();
    let mut tests: Vec<&str> = list
        .iter()
        .copied()
        .filter(unknown)
        .take(EXAMPLES)
        .collect();
    tests.dedup();
    let mut known: Vec<String> = history
        .tests()
        .map(|test| format!("{}::{}", history.classname(test), history.name(test)))
        .collect();
    known.sort_unstable();
    known.truncate(EXAMPLES);
    streams.add(&format!("  tests, such as    {}", tests.join(", ")));
    streams.add(&format!("  timings, such as  {}", known.join(", ")));
    if let Some((producer, line)) = suite::expected_line(history) {
        let (name, lines) = (producer.name, producer.lines);
        streams.add(&format!(
            "  expected lines, such as  {line} ({name}: {lines})"
        ));
    }
    streams.add(
        "  likely causes: timings of another suite, tests that are new, or reports written from another folder",
    );
}

/// Without a list of tests, the plan is of all that the timings know.
fn describe(matched: Match, listed: bool, builds: usize) -> String {
    let tests = grouped(matched.tests);
    let from = format!("from {builds} build{}", plural(builds));
    if listed {
        let (known, percent) = (grouped(matched.known), matched.percent());
        format!("timings for {known} of {tests} tests ({percent:.2} %), {from}")
    } else {
        let s = plural(matched.tests);
        format!("timings for {tests} test{s}, {from}")
    }
}
