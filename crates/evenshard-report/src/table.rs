//! Tables of typed cells: built once, rendered as text, Markdown and HTML.

use std::fmt::Display;

use evenshard::Micros;

use crate::words::{deviation, grouped, percent};

/// The fixed part of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// Its anchor on a page.
    pub(crate) id: &'static str,
    pub(crate) heading: &'static str,
    /// The names of its columns, between bars; those of numbers end in a colon.
    pub(crate) columns: &'static str,
    /// The most columns that HTML shows: the first ones.
    pub(crate) html: usize,
    /// The columns that Markdown shows.
    pub(crate) markdown: &'static [usize],
    /// The head and the rows in text: `{COLUMN:WIDTH}`, of negative width from the left.
    pub(crate) text: (&'static str, &'static str),
    /// A note on its columns, below a table in text.
    pub(crate) legend: &'static str,
    /// The most rows in text, Markdown and HTML.
    pub(crate) most: [usize; 3],
    /// A name for the rows that are left out.
    pub(crate) rest: &'static str,
    /// True if text and Markdown count these rows too, as HTML does.
    pub(crate) counts_rest: bool,
    /// True if the last rows are kept, and not the first or the heaviest.
    pub(crate) keeps_last: bool,
}

impl Form {
    /// The names of the columns, and whether they hold numbers.
    pub(crate) fn columns(&self) -> Vec<(&'static str, bool)> {
        // One text for each table: a list of pairs would hide the head that a reader sees.
        let columns = self.columns.split('|');
        columns
            .map(|name| (name.trim_end_matches(':'), name.ends_with(':')))
            .collect()
    }

    /// The columns of a row in text: what is before each, its index, its width.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&'static str, usize, isize)> {
        self.text.1.split_terminator('}').filter_map(|place| {
            let (between, place) = place.split_once('{')?;
            let (column, width) = place.split_once(':').unwrap_or((place, "0"));
            Some((between, column.parse().ok()?, width.parse().ok()?))
        })
    }
}

/// A table of a report or a verdict.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) form: Form,
    /// An explanation of it, above a table in HTML.
    pub(crate) caption: String,
    pub(crate) rows: Vec<Row>,
    /// The number of rows that the model left out, and the time that they take together.
    pub(crate) more: (u64, Micros),
}

/// A row of a table.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Cell>,
    /// True for the row that the page is about.
    pub(crate) marked: bool,
    /// The time by which rows are kept if there are too many.
    pub(crate) weight: Micros,
}

/// A cell of a table.
#[derive(Debug)]
pub(crate) enum Cell {
    Count(Option<u64>),
    Time(Option<Micros>),
    /// A time that is gained: `None` if nobody worked it out.
    Gain(Option<Micros>),
    /// A share in millionths.
    Percent(u64),
    /// A measured time beside the predicted one.
    Deviation(Option<Micros>, Micros),
    /// A shard and its job, to which Markdown links.
    Shard(u32, Option<String>),
    /// Text from outside.
    Name(String),
    /// The id of a test, which is never cut: people paste it.
    Id(String),
    /// Text of ours.
    Words(String),
    /// A name and its time.
    Timed(String, Micros),
    /// A number with a fraction, and the number that it is sorted by.
    Decimal(String, u64),
    /// The whole time of a bar, and the setup in it.
    Bar(Micros, Micros),
}

impl Cell {
    pub(crate) fn count(count: impl Into<u64>) -> Self {
        Self::Count(Some(count.into()))
    }

    pub(crate) fn time(time: impl Into<Option<Micros>>) -> Self {
        Self::Time(time.into())
    }

    pub(crate) fn name(name: &(impl Display + ?Sized)) -> Self {
        Self::Name(name.to_string())
    }

    pub(crate) fn id(id: &(impl Display + ?Sized)) -> Self {
        Self::Id(id.to_string())
    }

    /// The cell in words, with a dash for nothing; names are as they came.
    pub(crate) fn text(&self, dash: &str) -> String {
        match self {
            Self::Count(Some(count)) => grouped(*count),
            Self::Time(Some(time)) => time.to_string(),
            Self::Gain(None) | Self::Bar(..) => String::new(),
            Self::Gain(Some(gain)) if *gain > Micros::ZERO => gain.to_string(),
            Self::Percent(ppm) => percent(*ppm),
            Self::Deviation(Some(measured), predicted) if *predicted > Micros::ZERO => {
                deviation(*measured, *predicted)
            }
            Self::Count(None) | Self::Time(None) | Self::Gain(_) | Self::Deviation(..) => {
                dash.to_owned()
            }
            Self::Shard(shard, _) => shard.to_string(),
            Self::Name(text) | Self::Id(text) | Self::Words(text) | Self::Decimal(text, _) => {
                text.clone()
            }
            Self::Timed(name, time) => format!("{name} ({time})"),
        }
    }

    /// The number that a cell is sorted by; cells without one come last.
    pub(crate) fn key(&self) -> Option<i64> {
        let number = match *self {
            Self::Count(count) => count?.into(),
            Self::Time(time) | Self::Gain(time) => time?.get().into(),
            Self::Percent(ppm) => ppm.into(),
            Self::Decimal(_, key) => key.into(),
            Self::Deviation(measured, predicted) => {
                let over = i128::from(measured?.get()) - i128::from(predicted.get());
                // In millionths, as integers sort the same on every machine.
                over * 1_000_000 / i128::from(predicted.get().max(1))
            }
            Self::Shard(shard, _) => shard.into(),
            _ => return None,
        };
        Some(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// The rows of a table that one medium shows.
pub(crate) struct Shown<'t> {
    pub(crate) rows: Vec<&'t Row>,
    /// The number of all others, and the time that they take together.
    pub(crate) left: (u64, Micros),
}

impl Shown<'_> {
    /// A line on the rows that are left out: `5 more files, each faster`.
    pub(crate) fn rest(&self, form: &Form) -> Option<String> {
        (self.left.0 > 0).then(|| format!("{} {}", grouped(self.left.0), form.rest))
    }
}

/// At most so many entries and all others: the heaviest first, if there are others.
pub(crate) fn heaviest<T>(
    all: &[T],
    most: usize,
    weight: impl Fn(&T) -> Micros,
) -> (Vec<&T>, Vec<&T>) {
    let mut entries: Vec<&T> = all.iter().collect();
    // In their own order as long as all are shown.
    if all.len() > most {
        entries.sort_by_key(|entry| std::cmp::Reverse(weight(entry)));
    }
    // Equal ones stay in their order, since the sort is stable.
    let rest = entries.split_off(all.len().min(most));
    (entries, rest)
}

impl Table {
    /// A table of all its rows.
    pub(crate) fn new(form: Form, rows: Vec<Row>) -> Self {
        Self {
            form,
            caption: String::new(),
            rows,
            more: (0, Micros::ZERO),
        }
    }

    /// Adds an explanation.
    pub(crate) fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }

    /// At most so many rows: the ones that weigh most, if some have to go.
    pub(crate) fn top(&self, most: usize) -> Shown<'_> {
        let (rows, rest) = if self.form.keeps_last {
            let (rest, rows) = self.rows.split_at(self.rows.len().saturating_sub(most));
            (rows.iter().collect(), rest.iter().collect())
        } else {
            heaviest(&self.rows, most, |row| row.weight)
        };
        let time = rest.iter().map(|row: &&Row| row.weight).sum::<Micros>() + self.more.1;
        Shown {
            rows,
            left: (rest.len() as u64 + self.more.0, time),
        }
    }
}
