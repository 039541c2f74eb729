//! A report from top to bottom, as text and Markdown show it.

use crate::model::{ChangeFacts, Report, ResultFacts, TimeFacts};
use crate::sentences::{self, advice, balance, certificate, chosen, proof, unmeasured};
use crate::table::Table;
use crate::tables;
use crate::words::{counted, grouped, percent};

/// A part of a report: a heading, lines, a table, more lines.
#[derive(Debug, Default)]
pub(crate) struct Section {
    pub(crate) heading: String,
    /// A name from outside that ends the heading.
    pub(crate) name: String,
    pub(crate) before: Vec<Line>,
    pub(crate) table: Option<Table>,
    pub(crate) after: Vec<Line>,
}

/// A line of a section.
#[derive(Debug)]
pub(crate) enum Line {
    /// A sentence of ours.
    Plain(String),
    /// Bad news of ours.
    Bad(String),
    /// An item of a list, which may hold names from outside.
    Item(String),
    /// A problem of a build.
    Problem(String),
}

/// All sections of a report that have something to show.
pub(crate) fn sections(report: &Report) -> Vec<Section> {
    let plan = &report.plan;
    let mut sections: Vec<Section> = report.results.iter().flat_map(results).collect();
    // What differs from part to part is asked for last.
    let misses = sections.split_off(sections.len().min(1));
    sections.extend(report.changes.iter().flat_map(changes));
    sections.extend(report.time.iter().map(time));
    sections.extend([
        Section {
            heading: "How many shards".to_owned(),
            table: Some(tables::sizes(&report.sizing)),
            after: advice(report).into_iter().map(Line::Item).collect(),
            ..Section::default()
        },
        Section {
            heading: chosen(report),
            before: vec![
                Line::Plain(certificate(&plan.certificate)),
                Line::Plain(format!(
                    "slowest over mean: {}; {} on several shards",
                    percent(plan.imbalance_ppm),
                    counted(plan.cut_files, "file")
                )),
            ],
            table: Some(tables::shards(plan)),
            ..Section::default()
        },
    ]);
    sections.extend(
        [
            tables::tests(report),
            tables::files(report),
            tables::builds(report),
        ]
        .map(of),
    );
    // New tests are a share of the suite, the other two are counts.
    let unknown = grouped(report.suite.matched.tests);
    let unknown = format!("{} of {unknown}", grouped(report.unknown.count()));
    let (flaky, noisy) = (report.flaky.count(), report.noisy.count());
    for (table, count) in
        tables::doubtful(report)
            .into_iter()
            .zip([unknown, grouped(flaky), grouped(noisy)])
    {
        let heading = format!("{}: {count}", table.form.heading);
        sections.push(Section {
            heading,
            ..of(table)
        });
    }
    sections.extend(misses);
    // A heading above nothing helps nobody.
    sections.retain(|section| {
        let rows = section.table.as_ref().map_or(0, |table| table.rows.len());
        rows > 0 || !section.before.is_empty()
    });
    sections
}

fn of(table: Table) -> Section {
    Section {
        heading: table.form.heading.to_owned(),
        table: Some(table),
        ..Section::default()
    }
}

/// Where the time goes.
fn time(facts: &TimeFacts) -> Section {
    Section {
        before: vec![Line::Plain(sentences::time(facts))],
        ..of(tables::time(facts))
    }
}

/// The tests that a reader asks for by name.
fn changes(changes: &ChangeFacts) -> Vec<Section> {
    let all = tables::changes(changes).into_iter();
    let mut found: Vec<Section> = { all.filter(|table| !table.rows.is_empty()) }
        .map(|table| {
            let count = table.rows.len() as u64 + table.more.0;
            Section {
                heading: format!("{}: {}", table.form.heading, grouped(count)),
                ..of(table)
            }
        })
        .collect();
    let slower = changes.slower_tests.count() + changes.slower_files.count();
    if let Some(last) = found.last_mut().filter(|_| slower > 0) {
        let rule = tables::slower_rule(changes.builds_before);
        last.after.push(Line::Plain(rule));
    }
    if let Some(line) = sentences::changes(changes) {
        let heading = "This build and the builds before".to_owned();
        // It names builds, which come from outside.
        let before = vec![Line::Item(line)];
        found.insert(
            0,
            Section {
                heading,
                before,
                ..Section::default()
            },
        );
    }
    found
}

fn results(results: &ResultFacts) -> [Section; 2] {
    let proof = proof(results);
    let mut before = Vec::new();
    if results.proved {
        before.push(Line::Plain(proof));
    } else {
        before.push(Line::Bad(proof));
        before.extend(results.problems.iter().cloned().map(Line::Problem));
    }
    before.extend(unmeasured(results).map(Line::Plain));
    let [shards, misses] = tables::results(results);
    let shards = Section {
        heading: "Results of".to_owned(),
        // Apart from the heading, since it comes from outside and has to be escaped.
        name: match &results.build {
            Some(build) => format!("build {build}"),
            None => "the build".to_owned(),
        },
        before,
        after: results
            .balance
            .iter()
            .map(|b| Line::Plain(balance(b)))
            .collect(),
        ..of(shards)
    };
    [shards, of(misses)]
}
