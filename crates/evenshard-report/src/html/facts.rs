//! The top of the page: a headline, sentences, key figures.

use std::fmt::Display;

use evenshard::Micros;

use super::name::{NAME, shown};
use crate::model::{Basis, Report};
use crate::sentences;
use crate::words::{capital, counted, grouped, percent};

/// One key figure.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) name: String,
    pub(super) figure: String,
    /// Its meaning, in a few words.
    pub(super) meaning: String,
    /// `good`, `bad` or nothing.
    pub(super) class: &'static str,
}

/// The time until the slowest job is done, with the number of shards that is shown.
fn wall(report: &Report) -> Micros {
    report.plan.certificate.makespan + report.sizing.job_overhead_us
}

/// The main thing in one line.
pub(super) fn headline(report: &Report) -> String {
    if let (Some(changes), Some(results)) = (&report.changes, &report.results) {
        return sentences::headline(changes, results);
    }
    let (shards, wall) = (report.plan.shards.len(), wall(report));
    match report.sizing.points.first() {
        Some(alone) if shards > 1 => {
            format!("{shards} shards take {wall}, one job {}", alone.wall_us)
        }
        _ => format!("One job takes {wall}"),
    }
}

/// The suite and the plan, in sentences.
pub(super) fn lead(report: &Report) -> Vec<String> {
    let from = match report.basis {
        Basis::Results => " The results of the build are the only timings.",
        _ => "",
    };
    let certificate = sentences::certificate(&report.plan.certificate);
    vec![
        format!("{}.{from}", shown(&sentences::suite(report), 2 * NAME)),
        format!(
            "Shown in detail: {}. {}",
            sentences::chosen(report),
            capital(&certificate)
        ),
    ]
}

/// An explanation of the bars of the shards.
pub(super) fn bars(report: &Report) -> String {
    let overhead = report.sizing.job_overhead_us;
    let beside = if overhead > Micros::ZERO {
        format!(" Each job takes {overhead} more: its overhead.")
    } else {
        String::new()
    };
    format!(
        "Each bar is the predicted time of one shard, made of the files, classes and tests that it runs, the largest first. The build finishes with its slowest shard.{beside}"
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

fn card(name: &str, figure: impl Display, meaning: &str, class: &'static str) -> Card {
    Card {
        name: name.to_owned(),
        figure: format!("{figure}"),
        meaning: meaning.to_owned(),
        class,
    }
}

/// The time on one job and on several, and its price.
fn times(report: &Report) -> Vec<Card> {
    let sizing = &report.sizing;
    let count = report.plan.shards.len();
    let mut cards = Vec::new();
    if let Some(alone) = sizing.points.first().map(|point| point.wall_us) {
        let meaning = "for all tests, one after another";
        cards.push(card("On one job", alone, meaning, ""));
        if count > 1 {
            let wall = wall(report);
            // A suite of no time at all would divide by zero.
            let times = alone.as_secs_f64() / wall.as_secs_f64().max(f64::MIN_POSITIVE);
            let name = format!("On {} shards", grouped(count));
            cards.push(card(&name, wall, &format!("{times:.1} times as fast"), ""));
        }
    }
    if let Some(point) = sizing.points.iter().find(|p| p.shards == sizing.chosen) {
        let figure = percent(point.efficiency_ppm);
        let meaning = format!("of a perfect split; {} of machine time", point.agents_us);
        cards.push(card("Efficiency", figure, &meaning, ""));
    }
    cards
}

/// The numbers of shards that are worth it.
fn numbers(report: &Report) -> Vec<Card> {
    let sizing = &report.sizing;
    let floor = &sizing.floor;
    // The name without its file: the whole one is beside the curve.
    let what = floor.what.rsplit("::").next().unwrap_or_default();
    // A mean is no floor: a test may take longer.
    let (name, bound) = if floor.is_mean {
        ("Longest part", "by means of several tests")
    } else {
        ("Floor", "no number of shards is faster")
    };
    let floor_meaning = format!("{bound}; set by {}", shown(what, 48));
    let recommended = counted(sizing.knee, "shard");
    let assumed = sizing.recommended.assumed_us;
    let meaning = if assumed > Micros::ZERO {
        format!("if a job takes {assumed} beside its tests, as assumed")
    } else if sizing.more_are_faster() {
        "more are faster but waste machine time".to_owned()
    } else {
        "more gain nothing".to_owned()
    };
    let mut cards = vec![
        card(name, floor.wall_us, &floor_meaning, ""),
        card("Recommended", recommended, &meaning, ""),
    ];
    // Without a job overhead, it is far beyond what anybody would pay for.
    let counted_overhead = sizing.job_overhead_us > Micros::ZERO;
    if let Some(useful) = sizing.largest_useful.filter(|_| counted_overhead) {
        let useful = counted(useful, "shard");
        cards.push(card("Largest useful", useful, "more gain nothing", ""));
    }
    cards
}

fn target(report: &Report) -> Option<Card> {
    let target = report.sizing.target.as_ref()?;
    let name = format!("Target of {}", target.target_us);
    let Some(shards) = target.shards else {
        return Some(card(&name, "not met", "by no number of shards", "bad"));
    };
    let meaning = if target.proved_smallest {
        "proved to be the fewest"
    } else {
        "meet it"
    };
    Some(card(&name, counted(shards, "shard"), meaning, "good"))
}

fn proof(report: &Report) -> Option<Card> {
    let results = report.results.as_ref()?;
    let totals = &results.totals;
    // Green for a proof alone: half a proof has no colour.
    let (figure, meaning, class) = if !results.proved {
        let meaning = "that every test ran once; see the problems".to_owned();
        ("Not proved", meaning, "bad")
    } else if totals.not_run > 0 {
        let not_run = grouped(totals.not_run);
        let all = counted(totals.tests, "test");
        let meaning = format!("{not_run} of {all} did not run: stopped on request");
        ("Proved in part", meaning, "")
    } else {
        let meaning = format!("{} ran exactly once", counted(totals.tests, "test"));
        ("Proved", meaning, "good")
    };
    Some(card("Build", figure, &meaning, class))
}

/// The numbers of shards that are worth it, in sentences.
pub(super) fn advice(report: &Report) -> Vec<String> {
    let lines = sentences::advice(report).into_iter();
    lines.map(|line| capital(&shown(&line, 2 * NAME))).collect()
}
