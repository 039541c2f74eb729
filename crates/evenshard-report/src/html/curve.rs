//! Curves over the number of shards: wall time, and efficiency beside it.

use evenshard::Micros;

use super::axis::Axis;
use super::svg::{About, Anchor, Svg};
use crate::model::{Point, Sizing};
use crate::tables::NUMBERS;
use crate::words::{counted, percent};

/// The plot in pixels from the top: room for two names above it, for marks and a name below it.
const TOP: f64 = 44.0;
const BOTTOM: f64 = 264.0;
const HEIGHT: f64 = 306.0;
/// The number of shards from which on each doubling is one step to the right: more marks than
/// these do not fit side by side.
const LOGARITHMIC: u32 = 20;

/// The height of a share of the plot.
fn y(share: f64) -> f64 {
    BOTTOM - share * (BOTTOM - TOP)
}

/// A curve that is being drawn.
struct Plot<'s> {
    svg: Svg,
    sizing: &'s Sizing,
    last: u32,
}

impl<'s> Plot<'s> {
    fn new(sizing: &'s Sizing, about: &About<'_>) -> Self {
        Self {
            svg: Svg::new("curve", HEIGHT, about),
            sizing,
            last: sizing.points.last().map_or(2, |p| p.shards.max(2)),
        }
    }

    fn is_logarithmic(&self) -> bool {
        self.last > LOGARITHMIC
    }

    /// The place of a number of shards, as a share of the width.
    fn x(&self, shards: u32) -> f64 {
        if self.is_logarithmic() {
            // Only the picture depends on it, no decision.
            f64::from(shards).log2() / f64::from(self.last).log2()
        } else {
            f64::from(shards - 1) / f64::from(self.last - 1)
        }
    }

    /// Round numbers with room between them, the first and the last.
    fn numbers(&self) -> Vec<u32> {
        let mut numbers = vec![1];
        let room = |a: u32, b: u32| self.x(b) - self.x(a) > 0.1;
        for &number in NUMBERS.iter().filter(|&&n| n < self.last) {
            if room(*numbers.last().unwrap_or(&1), number) && room(number, self.last) {
                numbers.push(number);
            }
        }
        numbers.push(self.last);
        numbers
    }

    /// Both axes, with these marks on the upright one.
    fn axes(&mut self, marks: impl IntoIterator<Item = (f64, String)>) {
        for (share, mark) in marks {
            let y = y(share);
            self.svg.line("grid", (0.0, y), (1.0, y));
            self.svg
                .text("mark", (0.0, -8.0), y + 4.0, Anchor::End, &mark);
        }
        for number in self.numbers() {
            let (x, mark) = (self.x(number), number.to_string());
            self.svg.line("tick", (x, BOTTOM), (x, BOTTOM + 4.0));
            self.svg
                .text("mark", (x, 0.0), BOTTOM + 18.0, Anchor::Middle, &mark);
        }
        let name = if self.is_logarithmic() {
            "number of shards (logarithmic)"
        } else {
            "number of shards"
        };
        self.svg
            .text("axis", (1.0, 0.0), HEIGHT - 4.0, Anchor::End, name);
    }

    /// The curve of a value, given as a share of the height and in words; each point tells
    /// its value, with `more` behind it.
    fn curve(mut self, value: impl Fn(&Point) -> (f64, String), more: fn(&Point) -> String) -> Svg {
        let points = &self.sizing.points;
        let at = |p: &Point| (self.x(p.shards), y(value(p).0));
        let line: Vec<(f64, f64)> = points.iter().map(at).collect();
        self.svg.path("wall", HEIGHT, &line);
        let radius = if line.len() > 40 { 2.0 } else { 3.0 };
        for (point, &at) in points.iter().zip(&line) {
            let shards = counted(point.shards, "shard");
            let tip = format!("{shards}: {}{}", value(point).1, more(point));
            self.svg.dot("point", at, radius, &tip);
        }
        self.names(value);
        self.svg.end()
    }

    /// The recommended number and the one shown, each marked, with its name above the plot.
    fn names(&mut self, value: impl Fn(&Point) -> (f64, String)) {
        let (knee, chosen) = (self.sizing.knee, self.sizing.chosen);
        let mut names = if knee == chosen {
            vec![(knee, "shown, recommended")]
        } else {
            vec![(knee, "recommended"), (chosen, "shown")]
        };
        // From the left, the first name is above; from the right, the last: so that the leader
        // of neither crosses the name of the other.
        names.sort_unstable();
        if names.iter().all(|(n, _)| self.x(*n) >= 0.5) {
            names.reverse();
        }
        for ((number, name), row) in names.into_iter().zip([0.0, 1.0]) {
            let Some(point) = self.sizing.points.iter().find(|p| p.shards == number) else {
                continue;
            };
            let x = self.x(number);
            let (share, value) = value(point);
            let class = if number == chosen { "chosen" } else { "knee" };
            let top = 12.0 + 16.0 * row;
            self.svg.line("leader", (x, top - 9.0), (x, y(share)));
            self.svg.dot(class, (x, y(share)), 5.5, "");
            let anchor = Anchor::inward(x);
            let dx = if anchor == Anchor::End { -5.0 } else { 5.0 };
            let name = format!("{name}: {number}, {value}");
            self.svg.text("note", (x, dx), top, anchor, &name);
        }
    }
}

/// Wall time over the number of shards; `None` if one number is all there is.
pub(super) fn wall(sizing: &Sizing) -> Option<Svg> {
    let (first, last) = ends(sizing)?;
    let floor = sizing.floor.wall_us;
    let bound_name = if sizing.floor.is_mean {
        "longest part"
    } else {
        "floor"
    };
    let description = format!(
        "From {} on one job to {} on {} shards; the {bound_name} is {floor}.",
        first.wall_us, last.wall_us, last.shards
    );
    let mut plot = Plot::new(
        sizing,
        &About {
            id: "chart-wall",
            title: "Wall time for each number of shards",
            description: &description,
        },
    );
    let axis = Axis::new(first.wall_us, 4);
    let bound = |p: &Point| sizing.job_overhead_us + p.certificate.lower_bound;
    let mut below: Vec<(f64, f64)> = vec![(0.0, BOTTOM)];
    // Not one line: bounds differ from number to number.
    let bounds = sizing.points.iter();
    below.extend(bounds.map(|p| (plot.x(p.shards), y(axis.share(bound(p))))));
    below.push((1.0, BOTTOM));
    plot.svg.path("never", HEIGHT, &below);
    plot.axes(axis.marks());
    let at = y(axis.share(floor));
    plot.svg.line("bound", (0.0, at), (1.0, at));
    // Below the line, where no curve is, unless there is no room.
    let beside = if BOTTOM - at > 24.0 { 15.0 } else { -6.0 };
    let name = format!("{bound_name} {floor}");
    plot.svg
        .text("note", (0.0, 6.0), at + beside, Anchor::Start, &name);
    let time = |time: Micros| (axis.share(time), time.to_string());
    let more = |p: &Point| format!(", efficiency {}", percent(p.efficiency_ppm));
    Some(plot.curve(|p| time(p.wall_us), more))
}

/// Efficiency over the number of shards.
pub(super) fn efficiency(sizing: &Sizing) -> Option<Svg> {
    let (_, last) = ends(sizing)?;
    let description = format!(
        "100 % on one job, {} on {} shards.",
        percent(last.efficiency_ppm),
        last.shards
    );
    let mut plot = Plot::new(
        sizing,
        &About {
            id: "chart-efficiency",
            title: "Efficiency for each number of shards",
            description: &description,
        },
    );
    plot.axes([0, 25, 50, 75, 100].map(|part| (f64::from(part) / 100.0, format!("{part} %"))));
    let share = |ppm: u64| (ppm as f64 / 1e6, percent(ppm));
    Some(plot.curve(|p| share(p.efficiency_ppm), |_| String::new()))
}

fn ends(sizing: &Sizing) -> Option<(&Point, &Point)> {
    let (first, last) = (sizing.points.first()?, sizing.points.last()?);
    // A curve of one point is none.
    (last.shards > first.shards).then_some((first, last))
}
