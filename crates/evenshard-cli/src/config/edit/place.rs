//! The entries of a quarantine in their file, in all forms that TOML has for them.

use std::ops::Range;

use evenshard::address::Pattern;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::text::{Text, quoted};
use super::{Addition, same};
use crate::config::find::File;
use crate::config::read::QUARANTINE;
use crate::failure::Failure;

/// The form in which a file has its quarantine, for one more entry.
#[derive(Debug)]
pub(super) enum Form {
    /// Blocks below `[[quarantine]]`: the next begins at this byte.
    Blocks { header: String, at: usize },
    /// One block below `[quarantine]`, whose header is here: the next begins at this byte.
    Block { header: Range<usize>, at: usize },
    /// A list in one value.
    List(Range<usize>, Vec<Range<usize>>),
    /// One entry without a list.
    Single(Range<usize>),
    /// Keys with dots, and tables in one line.
    Foreign,
}

impl Form {
    /// Returns the text with one more entry.
    pub(super) fn with(&self, text: Text<'_>, addition: &Addition<'_>) -> Option<String> {
        let single = inline(addition);
        Some(match self {
            Self::Blocks { header, at } => text.with_lines(*at, &block(header, addition)),
            Self::Block { header, at } => {
                let name = ["[", text.part(header), "]"].concat();
                let with = text.with_lines(*at, &block(&name, addition));
                Text::new(&with).with(header.clone(), &name)
            }
            Self::List(list, elements) => text.with_element(list, elements, &single),
            Self::Single(value) => {
                let both = ["[", text.part(value), ", ", &single, "]"].concat();
                text.with(value.clone(), &both)
            }
            Self::Foreign => return None,
        })
    }
}

impl File {
    /// The header of an entry.
    pub(super) fn header(&self) -> String {
        let names = self.table.iter().copied().chain([QUARANTINE]);
        format!("[[{}]]", names.collect::<Vec<_>>().join("."))
    }

    /// Finds the form in which this file has its quarantine, or may have one.
    pub(super) fn form(&self) -> Result<Option<Form>, Failure> {
        let text = Text::new(&self.text);
        let Some(table) = self.parse()? else {
            return Ok(None);
        };
        let Some(value) = table.get(QUARANTINE) else {
            let header = self.header();
            if self.table.is_empty() {
                let at = text.all.len();
                return Ok(Some(Form::Blocks { header, at }));
            }
            // After the last key of the section: entries of others follow.
            let header_at = self
                .section()?
                .filter(|at| text.after(at.start).starts_with('['));
            return Ok(header_at.map(|section| {
                let at = text.block_end(end_of(section.end, &table));
                Form::Blocks { header, at }
            }));
        };
        Ok(Some(form_of(text, value)))
    }
}

fn form_of(text: Text<'_>, value: &Spanned<DeValue<'_>>) -> Form {
    let span = value.span();
    let is = |start: &str| text.after(span.start).starts_with(start);
    match value.get_ref() {
        DeValue::Array(entries) if is("[[") => {
            let newest = entries.iter().last();
            let found = newest.and_then(|entry| Some((entry.span(), entry.get_ref().as_table()?)));
            found.map_or(Form::Foreign, |(header, table)| Form::Blocks {
                header: text.part(&header).to_owned(),
                at: text.block_end(end_of(header.end, table)),
            })
        }
        DeValue::Array(list) => Form::List(span, list.iter().map(Spanned::span).collect()),
        DeValue::Table(_) if is("{") => Form::Single(span),
        DeValue::Table(table) if is("[") => Form::Block {
            at: text.block_end(end_of(span.end, table)),
            header: span,
        },
        _ => Form::Foreign,
    }
}

/// Returns the end of the last value of a table.
fn end_of(header: usize, table: &DeTable<'_>) -> usize {
    let ends = table.values().map(|value| match value.get_ref() {
        DeValue::Table(below) => end_of(value.span().end, below),
        DeValue::Array(list) => {
            let ends = list.iter().map(|element| match element.get_ref() {
                DeValue::Table(below) => end_of(element.span().end, below),
                _ => element.span().end,
            });
            ends.max().unwrap_or(0).max(value.span().end)
        }
        _ => value.span().end,
    });
    ends.max().unwrap_or(0).max(header)
}

/// A test in an entry.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) entry: Place,
    /// The number of tests that the entry has.
    pub(super) of: usize,
    /// Its place in the list of the entry's tests.
    test: Element,
}

/// One element of a list, by the spans of all of them.
#[derive(Clone, Debug, Default)]
struct Element {
    all: Vec<Range<usize>>,
    at: usize,
}

/// An entry in its file.
#[derive(Debug)]
pub(super) struct Place {
    /// The header of a block, or the whole of an entry in one line.
    span: Range<usize>,
    /// The end of its last value.
    end: usize,
    /// Its place in the list of entries, where they are one value; `None` for a block.
    element: Option<Element>,
    /// The key, where it is the value of it.
    key: Option<usize>,
    reason: Range<usize>,
    until: Option<(Range<usize>, Range<usize>)>,
}

/// Finds the entry that names a test.
pub(super) fn find(table: &DeTable<'_>, test: &Pattern) -> Option<Kept> {
    let (key, value) = table.get_key_value(QUARANTINE)?;
    let (elements, is_list) = match value.get_ref() {
        DeValue::Array(list) => (list.iter().collect(), true),
        _ => (vec![value], false),
    };
    let spans: Vec<Range<usize>> = elements.iter().map(|element| element.span()).collect();
    elements.iter().enumerate().find_map(|(at, element)| {
        let entry = element.get_ref().as_table()?;
        let (of, test) = tests(entry.get("test")?, test)?;
        let until = entry.get_key_value("until");
        // The table of an entry in one line is its text, that of a block its header.
        let is_block = entry
            .values()
            .all(|value| value.span().start >= element.span().end);
        let place = Element {
            all: spans.clone(),
            at,
        };
        Some(Kept {
            of,
            test,
            entry: Place {
                span: element.span(),
                end: end_of(element.span().end, entry),
                element: (!is_block).then_some(place),
                key: (!is_block && !is_list).then_some(key.span().start),
                reason: entry.get("reason")?.span(),
                until: until.map(|(key, value)| (key.span(), value.span())),
            },
        })
    })
}

/// Finds a test in the value of `test`: how many there are, and its place among them.
fn tests(value: &Spanned<DeValue<'_>>, test: &Pattern) -> Option<(usize, Element)> {
    let is_same = |value: &Spanned<DeValue<'_>>| {
        let written = value.get_ref().as_str()?.parse::<Pattern>().ok()?;
        same(&written, test).then_some(())
    };
    match value.get_ref() {
        DeValue::Array(list) => {
            let at = list.iter().position(|element| is_same(element).is_some())?;
            let all = list.iter().map(Spanned::span).collect();
            Some((list.len(), Element { all, at }))
        }
        _ => is_same(value).map(|()| (1, Element::default())),
    }
}

impl Kept {
    /// Returns the text without the test; with the last one goes its entry.
    pub(super) fn removed(&self, text: Text<'_>) -> String {
        if self.of > 1 {
            return text.without_element(&self.test.all, self.test.at);
        }
        let entry = &self.entry;
        match (&entry.element, entry.key) {
            (Some(element), None) => text.without_element(&element.all, element.at),
            (_, key) => {
                let start = key.unwrap_or(entry.span.start);
                text.without_lines(text.line_start(start)..text.line_end(entry.end))
            }
        }
    }
}

impl Place {
    /// Returns the text with another reason and last day.
    pub(super) fn changed(&self, text: Text<'_>, addition: &Addition<'_>) -> Option<String> {
        let reason = quoted(addition.reason);
        let mut edits = vec![(self.reason.clone(), reason)];
        match (&self.until, addition.until) {
            (Some((_, value)), Some(day)) => edits.push((value.clone(), day.to_string())),
            (Some((key, value)), None) if self.element.is_none() => {
                let line = text.line_start(key.start)..text.line_end(value.end);
                edits.push((line, String::new()));
            }
            (Some((key, value)), None) => {
                // With the comma before it, or after it where it is the first.
                let before = text.before(key.start).trim_end();
                let after = text.after(value.end);
                edits.push(if before.ends_with(',') {
                    (before.len() - 1..value.end, String::new())
                } else {
                    let comma = after.find(',').map_or(0, |comma| comma + 1);
                    (key.start..value.end + comma, String::new())
                });
            }
            (None, Some(day)) if self.element.is_none() => {
                let at = text.line_end(self.reason.end);
                let end = text.end;
                // The last line of a file may have no end.
                let line = if text.before(at).ends_with('\n') {
                    format!("until = {day}{end}")
                } else {
                    format!("{end}until = {day}{end}")
                };
                edits.push((at..at, line));
            }
            (None, Some(day)) => {
                let last = edits.last_mut()?;
                last.1.extend([", until = ", &day.to_string()]);
            }
            (None, None) => {}
        }
        // From the end, so that offsets stay right.
        edits.sort_by_key(|(part, _)| std::cmp::Reverse(part.start));
        let mut all = text.all.to_owned();
        for (part, new) in edits {
            all.replace_range(part, &new);
        }
        Some(all)
    }
}

fn block(header: &str, addition: &Addition<'_>) -> String {
    let Addition {
        test,
        reason,
        until,
    } = addition;
    let until = until.map(|day| format!("until = {day}\n"));
    format!(
        "{header}\ntest = {}\nreason = {}\n{}",
        quoted(test.as_str()),
        quoted(reason),
        until.unwrap_or_default()
    )
}

fn inline(addition: &Addition<'_>) -> String {
    let Addition {
        test,
        reason,
        until,
    } = addition;
    let until = until.map(|day| format!(", until = {day}"));
    format!(
        "{{ test = {}, reason = {}{} }}",
        quoted(test.as_str()),
        quoted(reason),
        until.unwrap_or_default()
    )
}
