//! Tables as the template writes them: a reader can sort by every column.

use evenshard::Micros;

use super::name::{NAME, Name, shown};
use crate::model::{Report, ResultFacts};
use crate::table::{Cell, Table};
use crate::tables;

/// A table on a page.
#[derive(Debug)]
pub(super) struct View {
    /// Its name in links.
    pub(super) id: &'static str,
    pub(super) heading: &'static str,
    /// An explanation above the box in which the table scrolls.
    pub(super) caption: String,
    /// Names of columns, and whether numbers are in them.
    pub(super) columns: Vec<(&'static str, bool)>,
    pub(super) rows: Vec<(bool, Vec<CellView>)>,
    /// True if it has names, which need the whole width of a telephone.
    pub(super) names: bool,
    /// A line on rows that are left out; empty if there are none.
    pub(super) rest: String,
}

#[derive(Debug)]
pub(super) struct CellView {
    pub(super) text: String,
    /// The number that a column of numbers is sorted by; cells without one come last.
    pub(super) key: Option<i64>,
    pub(super) kind: Kind,
}

impl CellView {
    pub(super) fn name(&self) -> Name<'_> {
        Name(&self.text)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    /// Text of ours.
    Words,
    /// Text from outside, which may be written from the right.
    Name,
}

/// The tables that come last.
pub(super) fn all(report: &Report) -> Vec<View> {
    let results = |results: &ResultFacts| tables::results(results);
    let tables = report.results.iter().flat_map(results);
    let tables = tables.chain([
        tables::sizes(&report.sizing),
        tables::shards(&report.plan),
        tables::tests(report),
        tables::files(report),
        tables::builds(report),
    ]);
    let tables = tables.chain(tables::doubtful(report));
    views(tables)
}

/// The tables of the tests that a reader asks for by name.
pub(super) fn named(report: &Report) -> Vec<View> {
    views(report.changes.iter().flat_map(tables::changes))
}

/// The table of where the time goes.
pub(super) fn spent(report: &Report) -> Vec<View> {
    views(report.time.iter().map(tables::time))
}

fn views(tables: impl Iterator<Item = Table>) -> Vec<View> {
    let tables = tables.filter(|table| !table.rows.is_empty());
    tables.map(|table| View::of(&table)).collect()
}

impl View {
    fn of(table: &Table) -> Self {
        let form = &table.form;
        // It may name a build.
        let caption = shown(&table.caption, 4 * NAME);
        let shown = table.top(form.most[2]);
        let together = match shown.left.1 {
            Micros::ZERO => String::new(),
            time => format!(", {time} together"),
        };
        let rest = shown.rest(form);
        let mut columns = form.columns();
        columns.truncate(form.html);
        let cells = |cells: &[Cell]| -> Vec<CellView> {
            // Cells beyond the columns are for other media.
            let cells = cells.iter().zip(&columns);
            cells.map(|(cell, column)| view(cell, column.1)).collect()
        };
        let rows = shown.rows.iter();
        Self {
            id: form.id,
            names: shown.rows.first().is_some_and(|row| {
                let cells = row.cells.iter().take(columns.len());
                cells
                    .into_iter()
                    .any(|cell| matches!(cell, Cell::Name(_) | Cell::Id(_)))
            }),
            heading: form.heading,
            rows: rows.map(|row| (row.marked, cells(&row.cells))).collect(),
            rest: rest.map_or_else(String::new, |rest| format!("and {rest}{together}")),
            columns,
            caption,
        }
    }
}

fn view(cell: &Cell, numeric: bool) -> CellView {
    let (text, kind) = match cell {
        Cell::Name(name) | Cell::Id(name) => (shown(name, NAME), Kind::Name),
        cell if numeric => (cell.text("–"), Kind::Number),
        cell => (cell.text("–"), Kind::Words),
    };
    CellView {
        text,
        key: cell.key(),
        kind,
    }
}
