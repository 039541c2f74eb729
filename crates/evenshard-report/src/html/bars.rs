//! Charts of bars: a row a shard, an axis of time below, lines of certain times across.

use evenshard::Micros;

use super::axis::Axis;
use super::svg::{About, Anchor, Svg};

/// Pixels above the rows: one line for each of two times.
const HEAD: f64 = 40.0;
/// Pixels below them, for the names of the axis.
const FOOT: f64 = 26.0;

/// A chart of rows that are not drawn yet.
pub(super) struct Bars {
    pub(super) svg: Svg,
    pub(super) axis: Axis,
    /// The distance between rows.
    step: f64,
    rows: usize,
}

impl Bars {
    /// A chart of so many rows, up to the longest time.
    pub(super) fn new(kind: &str, rows: usize, longest: Micros, about: &About<'_>) -> Self {
        // Many shards get lower bars, so that 60 of them take 1,150 pixels.
        let step = if rows > 24 { 18.0 } else { 24.0 };
        let height = HEAD + FOOT + step * rows as f64;
        let mut bars = Self {
            svg: Svg::new(kind, height, about),
            axis: Axis::new(longest, 4),
            step,
            rows,
        };
        let (top, bottom) = (HEAD - 4.0, bars.bottom());
        for (x, mark) in bars.axis.marks() {
            bars.svg.line("grid", (x, top), (x, bottom));
            let y = bottom + 16.0;
            bars.svg.text("mark", (x, 0.0), y, Anchor::Middle, &mark);
        }
        bars
    }

    fn bottom(&self) -> f64 {
        HEAD + self.step * self.rows as f64
    }

    /// Top and height of the bar of a row.
    pub(super) fn bar(&self, row: usize) -> (f64, f64) {
        let gap = self.step / 4.0;
        (HEAD + self.step * row as f64 + gap / 2.0, self.step - gap)
    }

    /// The name of a row to its left, and its value to its right.
    pub(super) fn label(&mut self, row: usize, name: &str, value: &str) {
        let (top, height) = self.bar(row);
        let y = top + height / 2.0 + 4.0;
        self.svg.text("label", (0.0, -8.0), y, Anchor::End, name);
        self.svg.text("value", (1.0, 8.0), y, Anchor::Start, value);
    }

    /// Lines across at two times, each with its name above; the names do not cross the lines.
    pub(super) fn across(&mut self, times: [(&str, Micros, &str); 2]) {
        let share = |time: &(&str, Micros, &str)| self.axis.share(time.1);
        let [mut upper, mut lower] = times;
        let inward = Anchor::inward(share(&upper));
        // The line of the upper one passes the lower name on its free side.
        let swapped = match inward {
            Anchor::Start => share(&upper) > share(&lower),
            _ => share(&upper) < share(&lower),
        };
        if swapped {
            std::mem::swap(&mut upper, &mut lower);
        }
        for ((class, time, name), y) in [(upper, 12.0), (lower, 28.0)] {
            let x = self.axis.share(time);
            let anchor = Anchor::inward(x);
            let dx = if anchor == Anchor::End { -4.0 } else { 4.0 };
            let text = format!("{name} {time}");
            let bottom = self.bottom();
            self.svg.line(class, (x, y - 10.0), (x, bottom));
            self.svg.text("note", (x, dx), y, anchor, &text);
        }
    }
}
