//! The table of where the time of all jobs goes.

use evenshard::Micros;

use super::{LIST, row};
use crate::facts::price_of;
use crate::model::TimeFacts;
use crate::sentences;
use crate::table::{Cell, Form, Row, Table};
use crate::words::{capital, price};

const TIME: Form = Form {
    id: "time",
    heading: "Where the time goes",
    columns: "part|time:|minutes:|share:",
    markdown: &[0, 1, 2, 3],
    text: (
        "part               time   minutes     share",
        "{0:-12}  {1:9}  {2:8}  {3:8}",
    ),
    most: [usize::MAX; 3],
    ..LIST
};

const PRICED: Form = Form {
    columns: "part|time:|minutes:|share:|price:",
    markdown: &[0, 1, 2, 3, 4],
    text: (
        "part               time   minutes     share     price",
        "{0:-12}  {1:9}  {2:8}  {3:8}  {4:8}",
    ),
    ..TIME
};

/// The parts, and the sum of those that are paid for.
pub(crate) fn time(facts: &TimeFacts) -> Table {
    let minute = facts.price.map(|price| price.minute_millionths);
    let all = facts.machine_us;
    let part = |(name, time, paid): (&str, Micros, bool)| {
        let share = u128::from(time.get()) * 1_000_000 / u128::from(all.get().max(1));
        let share = u64::try_from(share).unwrap_or(u64::MAX);
        let mut cells = vec![
            Cell::Words(name.to_owned()),
            Cell::time(time),
            Cell::Decimal(format!("{:.2}", time.as_secs_f64() / 60.0), time.get()),
            Cell::Percent(share),
        ];
        // What waits is done, and costs nothing where each job ends by itself.
        let price = minute.map(|minute| match price_of(time, minute) {
            _ if !paid => Cell::Count(None),
            own => Cell::Decimal(price(own), own),
        });
        cells.extend(price);
        Row {
            marked: name == "machine time",
            ..row(cells)
        }
    };
    let startup = if facts.measured {
        "startup"
    } else {
        "job overhead"
    };
    let parts = [
        ("tests", facts.tests_us, true),
        ("setup", facts.setup_us, true),
        (startup, facts.startup_us, true),
        ("machine time", all, true),
        ("idle", facts.idle_us, false),
    ];
    let form = if minute.is_some() { PRICED } else { TIME };
    Table::new(form, parts.map(part).into()).caption(format!(
        "{} Idle: the time that finished jobs wait for the last one.",
        capital(&sentences::time(facts))
    ))
}
