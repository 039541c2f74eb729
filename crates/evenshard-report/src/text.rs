//! A report as text of any width from 60 columns on.

use std::fmt::Write as _;

use anstyle::Style;
use evenshard::Micros;

use crate::escape::printable_name;
use crate::model::Report;
use crate::palette::Palette;
use crate::sections::{Line, Section, sections};
use crate::sentences;
use crate::table::{Cell, Form, Row, Shown, Table};
use crate::words::{Keep, cut, grouped, wrapped};

/// The width of text in a file.
pub const WIDTH: usize = 80;
/// The least and the most that lines are laid out for: the columns of a table need 60, and
/// longer lines of prose than 120 are hard to read.
const WIDTHS: (usize, usize) = (60, 120);
/// The most problems of a build. Chosen, as many as the rows of a list: `verify` shows more.
const PROBLEMS: usize = 8;
/// The most columns of a bar. Chosen: half of a usual terminal, so that wide ones stay readable.
const BAR: usize = 40;

/// Renders a report.
pub fn render(report: &Report, palette: Palette, width: usize) -> String {
    let mut text = Text::new(palette, width.clamp(WIDTHS.0, WIDTHS.1));
    if let Some(title) = sentences::title(report) {
        text.line(palette.strong(), &printable_name(&title));
    }
    text.paragraph(&sentences::suite(report));
    for section in sections(report) {
        text.section(&section);
    }
    text.out
}

/// Text that is being written.
pub(crate) struct Text {
    pub(crate) out: String,
    palette: Palette,
    width: usize,
    /// The longest bar so far.
    longest: Micros,
}

impl Text {
    pub(crate) fn new(palette: Palette, width: usize) -> Self {
        Self {
            out: String::new(),
            palette,
            width,
            longest: Micros::ZERO,
        }
    }

    pub(crate) fn line(&mut self, style: Style, line: &str) {
        let _ = writeln!(self.out, "{style}{}{style:#}", line.trim_end());
    }

    fn faint(&mut self, line: &str) {
        self.line(self.palette.faint(), line);
    }

    fn paragraph(&mut self, text: &str) {
        let _ = writeln!(
            self.out,
            "{}",
            wrapped(&printable_name(text), self.width, 2)
        );
    }

    fn section(&mut self, section: &Section) {
        let heading = format!("{} {}", section.heading, section.name);
        self.out.push('\n');
        self.line(self.palette.strong(), &printable_name(&heading));
        self.lines(&section.before);
        if let Some(table) = &section.table {
            let shown = self.table(table);
            if let Some(rest) = shown.rest(&table.form).filter(|_| table.form.counts_rest) {
                self.faint(&format!("  … and {rest}"));
            }
            if !table.form.legend.is_empty() {
                self.faint(table.form.legend);
            }
        }
        self.lines(&section.after);
    }

    fn lines(&mut self, lines: &[Line]) {
        let mut problems = 0;
        for line in lines {
            match line {
                Line::Plain(line) | Line::Item(line) => self.paragraph(line),
                Line::Bad(line) => self.line(self.palette.bad(), line),
                // They are counted below.
                Line::Problem(_) if problems == PROBLEMS => {}
                Line::Problem(problem) => {
                    problems += 1;
                    self.paragraph(&format!("  {problem}"));
                }
            }
        }
        let all = lines
            .iter()
            .filter(|l| matches!(l, Line::Problem(_)))
            .count();
        if all > problems {
            self.faint(&format!("  … and {} more", grouped(all - problems)));
        }
    }

    /// The rows of a table below the names of its columns, if these have names.
    pub(crate) fn table<'t>(&mut self, table: &'t Table) -> Shown<'t> {
        let form: &Form = &table.form;
        if !form.text.0.is_empty() {
            self.faint(form.text.0);
        }
        let shown = table.top(form.most[0]);
        // Bars are shares of the longest one that is shown.
        self.longest = shown
            .rows
            .iter()
            .map(|row| row.weight)
            .max()
            .unwrap_or_default();
        for row in &shown.rows {
            self.row(form, row);
        }
        shown
    }

    fn row(&mut self, form: &Form, row: &Row) {
        let mut line = String::new();
        for (between, column, width) in form.places() {
            line.push_str(between);
            // What is left of the line is for the name or the bar, which come last.
            let left = self.width.saturating_sub(line.chars().count());
            let cell = match &row.cells[column] {
                Cell::Name(name) if width != 0 => {
                    cut(&printable_name(name), width.unsigned_abs(), Keep::End)
                }
                Cell::Name(name) => cut(&printable_name(name), left.max(1), Keep::End),
                Cell::Id(id) => printable_name(id),
                Cell::Bar(all, setup) => self.bar(*all, *setup, left),
                cell => cell.text("-"),
            };
            // The sign says on which side the cell is padded.
            let columns = width.unsigned_abs();
            let _ = if width < 0 {
                write!(line, "{cell:<columns$}")
            } else {
                write!(line, "{cell:>columns$}")
            };
        }
        let style = if row.marked {
            self.palette.strong()
        } else {
            Style::new()
        };
        self.line(style, &line);
    }

    /// A bar of a time and the setup in it.
    fn bar(&self, all: Micros, setup: Micros, room: usize) -> String {
        let room = room.min(BAR);
        let columns = |time: Micros| {
            let part =
                u128::from(time.get()) * room as u128 / u128::from(self.longest.get().max(1));
            usize::try_from(part).unwrap_or(0).min(room)
        };
        // Rounded by itself, it could pass the whole bar.
        let tests = columns(all.saturating_sub(setup)).min(columns(all));
        let (good, faint) = (self.palette.good(), self.palette.faint());
        let (tests, setup) = ("█".repeat(tests), "░".repeat(columns(all) - tests));
        format!("{good}{tests}{good:#}{faint}{setup}{faint:#}")
    }
}
