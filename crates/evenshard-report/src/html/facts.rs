//! What stands above the charts: the page in a few sentences, key figures, and the words.

use crate::model::{Basis, Point, Report};
use evenshard::Micros;

use super::text::{NAME, shown};
use crate::rows;
use crate::words::{grouped, percent, plural};

/// One key figure.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) name: String,
    pub(super) figure: String,
    /// What it means, in a few words.
    pub(super) said: String,
    /// `good`, `bad` or nothing.
    pub(super) class: &'static str,
}

/// When the shown number of shards is through, overhead included.
fn wall(report: &Report) -> Micros {
    report.plan.certificate.makespan + report.sizing.job_overhead_us
}

fn chosen(report: &Report) -> Option<&Point> {
    let sizing = &report.sizing;
    sizing.points.iter().find(|p| p.shards == sizing.chosen)
}

/// The main thing in one line.
pub(super) fn headline(report: &Report) -> String {
    let (shards, wall) = (report.plan.shards.len(), wall(report));
    match report.sizing.points.first() {
        Some(alone) if shards > 1 => {
            format!("{shards} shards take {wall}, one job {}", alone.wall_us)
        }
        _ => format!("One job takes {wall}"),
    }
}

/// What the page is about, in sentences.
pub(super) fn lead(report: &Report) -> Vec<String> {
    let plan = &report.plan;
    let count = plan.shards.len() as u64;
    let from = match report.basis {
        Basis::Results => " The results of the build are the only timings.",
        _ => "",
    };
    let certificate = plan.certificate.to_string();
    vec![
        format!("{}.{from}", shown(&rows::suite(report), 2 * NAME)),
        format!(
            "Shown in detail: {} shard{}, {}. Certificate: {}.",
            grouped(count),
            plural(count),
            rows::chosen(&report.sizing),
            shown(&certificate, NAME)
        ),
    ]
}

/// What the bars of the shards are.
pub(super) fn bars(report: &Report) -> String {
    let overhead = report.sizing.job_overhead_us;
    let beside = if overhead > Micros::ZERO {
        format!(" The overhead of a job, {overhead}, comes on top of each bar.")
    } else {
        String::new()
    };
    format!(
        "Each bar is the time that one shard is predicted to take, made of the units it runs, the largest first. The slowest bar decides when the build is through.{beside}"
    )
}

/// The key figures.
pub(super) fn cards(report: &Report) -> Vec<Card> {
    let mut cards = times(report);
    cards.extend(numbers(report));
    cards.extend(target(report));
    cards.extend(proof(report));
    cards
}

fn card(name: &str, figure: String, said: &str, class: &'static str) -> Card {
    Card {
        name: name.to_owned(),
        figure,
        said: said.to_owned(),
        class,
    }
}

fn numbered(shards: u32) -> String {
    let shards = u64::from(shards);
    format!("{} shard{}", grouped(shards), plural(shards))
}

/// How long it takes, and for what price.
fn times(report: &Report) -> Vec<Card> {
    let count = report.plan.shards.len() as u64;
    let mut cards = Vec::new();
    let alone = report.sizing.points.first().map(|point| point.wall_us);
    if let Some(alone) = alone {
        let said = "for all tests, one after another";
        cards.push(card("On one job", alone.to_string(), said, ""));
    }
    if let (Some(alone), true) = (alone, count > 1) {
        let wall = wall(report);
        let times = alone.as_secs_f64() / wall.as_secs_f64().max(f64::MIN_POSITIVE);
        let name = format!("On {} shards", grouped(count));
        let said = format!("{times:.1} times as fast");
        cards.push(card(&name, wall.to_string(), &said, ""));
    }
    if let Some(point) = chosen(report) {
        let figure = percent(point.efficiency_ppm);
        let said = format!("of a perfect split; agents take {} in all", point.agents_us);
        cards.push(card("Efficiency", figure, &said, ""));
    }
    cards
}

/// How many shards are worth it.
fn numbers(report: &Report) -> Vec<Card> {
    let sizing = &report.sizing;
    let floor = &sizing.floor;
    // The name without where it is; the whole one stands beside the curve.
    let what = floor.what.rsplit("::").next().unwrap_or_default();
    let bound = if report.basis == Basis::Plan {
        "by the means of units"
    } else {
        "no number of shards is faster"
    };
    let said = format!("{bound}; set by {}", shown(what, 48));
    let mut cards = vec![
        card("Floor", floor.wall_us.to_string(), &said, ""),
        card(
            "Knee",
            numbered(sizing.knee),
            "best speed for the agents’ time",
            "",
        ),
    ];
    if let Some(useful) = sizing.largest_useful {
        cards.push(card(
            "Largest useful",
            numbered(useful),
            "more gain nothing",
            "",
        ));
    }
    cards
}

fn target(report: &Report) -> Option<Card> {
    let target = report.sizing.target.as_ref()?;
    let name = format!("Target of {}", target.target_us);
    Some(match (target.shards, target.proved_smallest) {
        (None, _) => card(&name, "not met".to_owned(), "by no number of shards", "bad"),
        (Some(n), true) => card(&name, numbered(n), "proved to be the fewest", "good"),
        (Some(n), false) => card(&name, numbered(n), "meet it", "good"),
    })
}

fn proof(report: &Report) -> Option<Card> {
    let results = report.results.as_ref()?;
    if !results.proved {
        let said = "that every test ran once; see the problems";
        return Some(card("Build", "Not proved".to_owned(), said, "bad"));
    }
    let totals = &results.totals;
    if totals.not_run > 0 {
        let (not_run, all) = (grouped(totals.not_run), grouped(totals.tests));
        let said = format!("{not_run} of {all} tests did not run: stopped on request");
        return Some(card("Build", "Proved in part".to_owned(), &said, ""));
    }
    let said = format!(
        "{} test{} ran exactly once",
        grouped(totals.tests),
        plural(totals.tests)
    );
    Some(card("Build", "Proved".to_owned(), &said, "good"))
}

/// How many shards are worth it, in sentences.
pub(super) fn advice(report: &Report) -> Vec<String> {
    let capital = |line: String| {
        let mut chars = line.chars();
        let first = chars.next().map(|c| c.to_uppercase().to_string());
        format!("{}{}.", first.unwrap_or_default(), chars.as_str())
    };
    rows::advice(report)
        .into_iter()
        .map(|line| capital(shown(&line, 2 * NAME)))
        .collect()
}

/// The words that are used, and what they mean.
pub(super) const WORDS: [(&str, &str); 10] = [
    ("shard", "The part of the suite that one CI job runs."),
    (
        "unit",
        "What is placed as a whole: a file, a class, a function with its parameters, or a single test, as the plan may cut.",
    ),
    (
        "set-up",
        "What a shard pays once for a file or class before its tests: imports and fixtures. A file on three shards pays it three times.",
    ),
    (
        "wall time",
        "From the beginning to the end of the slowest job, with the overhead of a job where one is counted.",
    ),
    ("agents", "The time of all jobs together: what is paid for."),
    (
        "overhead",
        "The part of the agents’ time that one job for everything would not take: set-up that is paid again, and the overhead of further jobs.",
    ),
    (
        "efficiency",
        "The time on one job, over the wall time times the number of shards: 100 % is a perfect split without any overhead.",
    ),
    (
        "lower bound",
        "A time that no plan for this number of shards can beat. “Proved optimal” says that the plan reaches it; the gap says how far above it the plan is.",
    ),
    (
        "floor",
        "The time that no number of shards can beat: most often the longest unit with its set-up.",
    ),
    (
        "knee",
        "The number of shards at which efficiency over wall time is highest: beyond it, each agent buys less speed than it costs.",
    ),
];
