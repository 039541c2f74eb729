//! The report as one HTML page that needs nothing else: no network, and no script to read it.

mod axis;
mod bars;
mod curve;
mod facts;
mod history;
mod measured;
mod name;
mod ran;
mod results;
mod shards;
mod shares;
mod svg;
mod table;
mod timeline;

use std::fmt;

use askama::Template;

use crate::model::Report;
use crate::sentences;

use facts::Card;
use history::Course;
use name::{NAME, TIP, shown};
use ran::Ran;
use svg::Svg;
use table::{Kind, View};

/// The content of the page; the template escapes every text.
#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    style: &'static str,
    script: &'static str,
    /// `sha256-...` of the script, the only one that a browser is to run.
    script_hash: &'static str,
    /// The name of the suite; empty for the one without a name.
    scope: String,
    /// The project, the build, its day and its commit.
    title: String,
    headline: String,
    /// The jobs over time.
    timeline: Option<Svg>,
    /// Where the time of all jobs goes.
    shares: Option<Svg>,
    ran: Option<Ran>,
    lead: Vec<String>,
    cards: Vec<Card>,
    bars: String,
    shards: Svg,
    has_setup: bool,
    wall: Option<Svg>,
    efficiency: Option<Svg>,
    advice: Vec<String>,
    results: Option<Results>,
    courses: Vec<Course>,
    /// Tables of the tests that a reader asks for by name.
    named: Vec<View>,
    /// The table of where the time goes.
    spent: Vec<View>,
    tables: Vec<View>,
    version: &'static str,
}

/// A finished build.
struct Results {
    lead: Vec<String>,
    problems: Vec<String>,
    measured: Option<Svg>,
}

/// The whole page.
///
/// # Errors
/// The template's, which only a lack of memory makes fail.
pub fn render(report: &Report) -> Result<String, fmt::Error> {
    let page = Page {
        style: include_str!("../templates/report.css"),
        script: include_str!("../templates/report.js"),
        script_hash: include_str!("../templates/report.js.sha256").trim_ascii_end(),
        scope: shown(&report.scope, TIP),
        title: shown(&sentences::title(report).unwrap_or_default(), NAME),
        headline: facts::headline(report),
        timeline: timeline::chart(&report.jobs),
        shares: report.time.as_ref().and_then(shares::chart),
        ran: ran::ran(&report.shard_tests),
        lead: facts::lead(report),
        cards: facts::cards(report),
        bars: facts::bars(report),
        shards: shards::chart(report),
        // With workers, the time of a shard is no sum, and there is no setup to show.
        has_setup: report.plan.shards.iter().any(|s| s.setup_us.is_some()),
        wall: curve::wall(&report.sizing),
        efficiency: curve::efficiency(&report.sizing),
        advice: facts::advice(report),
        results: report.results.as_ref().map(|results| Results {
            lead: results::lead(results),
            problems: results::problems(results),
            measured: measured::chart(results),
        }),
        courses: history::courses(report),
        named: table::named(report),
        spent: table::spent(report),
        tables: table::all(report),
        version: env!("CARGO_PKG_VERSION"),
    };
    let mut html = page.render().map_err(|_| fmt::Error)?;
    // askama cuts the last newline of a template.
    html.push('\n');
    Ok(html)
}
