//! A table as the template writes it: every column can be sorted by.

use evenshard::Micros;

use super::text::{NAME, Name, shown};
use crate::words::grouped;

/// One table.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name in links.
    pub(super) id: &'static str,
    pub(super) heading: String,
    /// What it says, in a sentence; it stands above the box in which the table scrolls.
    pub(super) caption: String,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    /// What the rows leave out; empty where they are all.
    pub(super) rest: String,
}

#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    /// Whether numbers stand in it.
    pub(super) numeric: bool,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    /// Whether it is the one that the page is about.
    pub(super) marked: bool,
}

#[derive(Debug)]
pub(super) struct Cell {
    pub(super) text: String,
    /// What numbers are sorted by; `None` comes last.
    pub(super) key: Option<i64>,
    pub(super) kind: Kind,
}

impl Cell {
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

/// Columns by name; those of numbers end in a colon.
pub(super) fn columns(names: &[&'static str]) -> Vec<Column> {
    let column = |name: &&'static str| Column {
        name: name.trim_end_matches(':'),
        numeric: name.ends_with(':'),
    };
    names.iter().map(column).collect()
}

/// A row like others.
pub(super) fn row(cells: Vec<Cell>) -> Row {
    Row {
        cells,
        marked: false,
    }
}

/// A count.
pub(super) fn count(number: impl Into<u64>) -> Cell {
    let number = number.into();
    figure(grouped(number), number)
}

/// A time; a dash for none.
pub(super) fn time(time: impl Into<Option<Micros>>) -> Cell {
    match time.into() {
        Some(time) => figure(time.to_string(), time.get()),
        None => none(),
    }
}

/// A figure in words of its own, and what it is sorted by.
pub(super) fn figure(text: String, key: u64) -> Cell {
    signed(text, i64::try_from(key).unwrap_or(i64::MAX))
}

/// The same for what may be below zero.
pub(super) fn signed(text: String, key: i64) -> Cell {
    Cell {
        text,
        key: Some(key),
        kind: Kind::Number,
    }
}

/// No figure.
pub(super) fn none() -> Cell {
    Cell {
        text: "–".to_owned(),
        key: None,
        kind: Kind::Number,
    }
}

/// A gain; a dash for none, which is sorted as such, and nothing where it was not worked out.
pub(super) fn gain(gain: impl Into<Option<Micros>>) -> Cell {
    match gain.into() {
        None => Cell {
            text: String::new(),
            ..none()
        },
        Some(Micros::ZERO) => figure("–".to_owned(), 0),
        Some(gain) => time(gain),
    }
}

/// A name from outside.
pub(super) fn name(name: &str) -> Cell {
    Cell {
        text: shown(name, NAME),
        key: None,
        kind: Kind::Name,
    }
}

/// Words of ours.
pub(super) fn words(text: impl Into<String>) -> Cell {
    Cell {
        text: text.into(),
        key: None,
        kind: Kind::Words,
    }
}
