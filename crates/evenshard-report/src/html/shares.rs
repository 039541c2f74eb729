//! Where the time of all jobs goes, as one bar.

use evenshard::Micros;

use super::svg::{About, Svg};
use crate::model::TimeFacts;

/// Pixels of the bar.
const HEIGHT: f64 = 28.0;

/// The chart; `None` where nothing takes any time.
pub(super) fn chart(time: &TimeFacts) -> Option<Svg> {
    let parts = [
        ("unit", time.tests_us, "tests"),
        ("setup", time.setup_us, "setup"),
        ("startup", time.startup_us, "startup"),
        ("idle", time.idle_us, "idle"),
    ];
    let all: Micros = parts.iter().map(|part| part.1).sum();
    if all == Micros::ZERO {
        return None;
    }
    let words = parts.map(|(_, time, what)| format!("{what} {time}"));
    let about = About {
        id: "chart-time",
        title: "Where the time of all jobs goes",
        description: &words.join(", "),
    };
    let mut svg = Svg::new("shares", HEIGHT, &about);
    let mut x = 0.0;
    for (class, time, what) in parts {
        let width = time.as_secs_f64() / all.as_secs_f64();
        if width > 0.0 {
            svg.rect(
                class,
                x,
                width,
                (2.0, HEIGHT - 4.0),
                &format!("{what}: {time}"),
            );
        }
        x += width;
    }
    Some(svg.end())
}
