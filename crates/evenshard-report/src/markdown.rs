//! A report as Markdown: tables, and names as text that no renderer acts on.

use std::fmt::Write as _;

use crate::markup::{Links, inline};
use crate::model::Report;
use crate::sections::{Line, Section, sections};
use crate::sentences;
use crate::table::{Cell, Shown, Table};

/// Renders a report.
pub fn render(report: &Report) -> String {
    let scope = match report.scope.as_str() {
        "" => String::new(),
        scope => format!(" of {}", inline(scope)),
    };
    let title = sentences::title(report).map(|title| format!("{}\n\n", inline(&title)));
    let title = title.unwrap_or_default();
    let mut out = format!(
        "# Balance{scope}\n\n{title}{}\n\n",
        sentences::suite(report)
    );
    for section in sections(report) {
        push_section(&mut out, &section);
    }
    out
}

fn push_section(out: &mut String, section: &Section) {
    let heading = format!("## {} {}", section.heading, inline(&section.name));
    let _ = writeln!(out, "{}\n", heading.trim_end());
    push_lines(out, &section.before);
    if let Some(table) = &section.table {
        let shown = push_table(out, table, &Links::default(), table.form.most[1]);
        out.push('\n');
        if let Some(rest) = shown.rest(&table.form).filter(|_| table.form.counts_rest) {
            let _ = writeln!(out, "{rest}.\n");
        }
    }
    push_lines(out, &section.after);
}

/// Paragraphs, and lists of the lines that are items.
fn push_lines(out: &mut String, lines: &[Line]) {
    let mut lines = lines.iter().peekable();
    while let Some(line) = lines.next() {
        match line {
            Line::Plain(line) => out.push_str(line),
            Line::Bad(line) => out.extend(["**", line, "**"]),
            Line::Item(line) | Line::Problem(line) => out.extend(["- ", &inline(line)]),
        }
        let item = |line: &Line| matches!(line, Line::Item(_) | Line::Problem(_));
        // A blank line would end the list.
        let goes_on = item(line) && lines.peek().is_some_and(|next| item(next));
        out.push_str(if goes_on { "\n" } else { "\n\n" });
    }
}

/// A table of at most so many rows.
pub(crate) fn push_table<'t>(
    out: &mut String,
    table: &'t Table,
    links: &Links,
    most: usize,
) -> Shown<'t> {
    let columns = table.form.columns();
    // Fewer columns than a page has: Markdown does not scroll.
    let shown = table.form.markdown.iter().map(|&at| columns[at]);
    let names: Vec<&str> = shown.clone().map(|(name, _)| name).collect();
    let rules = shown.map(|(_, numeric)| if numeric { "---:" } else { "---" });
    let rules: Vec<&str> = rules.collect();
    let _ = writeln!(out, "| {} |\n|{}|", names.join(" | "), rules.join("|"));
    let shown = table.top(most);
    for row in &shown.rows {
        let cells = table.form.markdown.iter().map(|&at| match &row.cells[at] {
            Cell::Shard(shard, job) => links.job(job.as_deref(), &shard.to_string()),
            Cell::Name(name) | Cell::Id(name) => inline(name),
            // Only the name is from outside.
            Cell::Timed(name, time) => format!("{} ({time})", inline(name)),
            cell => cell.text("-"),
        });
        let _ = writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    shown
}
