//! What each number of shards comes to: wall time, and efficiency beside it.

use crate::model::{Point, Sizing};
use evenshard::Micros;

use super::axis::Axis;
use super::svg::{Anchor, Svg, Told};
use crate::rows::NUMBERS;
use crate::words::{percent, plural};

/// Where the plot begins and ends, from the top.
const TOP: f64 = 44.0;
const BOTTOM: f64 = 264.0;
const HEIGHT: f64 = 306.0;
/// From so many shards on, each doubling is one step to the right.
const LOGARITHMIC: u32 = 20;

/// Numbers of shards from left to right.
struct Numbers {
    last: u32,
    logarithmic: bool,
}

impl Numbers {
    fn new(sizing: &Sizing) -> Self {
        let last = sizing.points.last().map_or(2, |p| p.shards.max(2));
        Self {
            last,
            logarithmic: last > LOGARITHMIC,
        }
    }

    fn share(&self, shards: u32) -> f64 {
        if self.logarithmic {
            f64::from(shards).log2() / f64::from(self.last).log2()
        } else {
            f64::from(shards - 1) / f64::from(self.last - 1)
        }
    }

    /// Round numbers that leave one another room, the first and the last.
    fn marks(&self) -> Vec<u32> {
        let mut marks = vec![1];
        let room = |a: u32, b: u32| self.share(b) - self.share(a) > 0.1;
        for &number in NUMBERS.iter().filter(|&&n| n < self.last) {
            if room(*marks.last().unwrap_or(&1), number) && room(number, self.last) {
                marks.push(number);
            }
        }
        marks.push(self.last);
        marks
    }

    /// What is below both charts.
    fn axis(&self, svg: &mut Svg) {
        for mark in self.marks() {
            let x = self.share(mark);
            svg.line("tick", (x, BOTTOM), (x, BOTTOM + 4.0));
            svg.text(
                "mark",
                (x, 0.0),
                BOTTOM + 18.0,
                Anchor::Middle,
                &mark.to_string(),
            );
        }
        let name = if self.logarithmic {
            "number of shards (logarithmic)"
        } else {
            "number of shards"
        };
        svg.text("axis", (1.0, 0.0), HEIGHT - 4.0, Anchor::End, name);
    }
}

/// Wall time over the number of shards; `None` where one number is all there is.
pub(super) fn wall(sizing: &Sizing) -> Option<Svg> {
    let (first, last) = ends(sizing)?;
    let description = format!(
        "From {} on one job to {} on {} shards; the floor is {}.",
        first.wall_us, last.wall_us, last.shards, sizing.floor.wall_us
    );
    let told = Told {
        id: "chart-wall",
        title: "Wall time for each number of shards",
        description: &description,
    };
    let mut svg = Svg::new("curve", HEIGHT, &told);
    let numbers = Numbers::new(sizing);
    let axis = Axis::new(first.wall_us, 4);
    let y = |time: Micros| BOTTOM - axis.share(time) * (BOTTOM - TOP);
    let bound = |p: &Point| sizing.job_overhead_us + p.certificate.lower_bound;
    let mut below: Vec<(f64, f64)> = vec![(0.0, BOTTOM)];
    let points = &sizing.points;
    below.extend(
        points
            .iter()
            .map(|p| (numbers.share(p.shards), y(bound(p)))),
    );
    below.push((1.0, BOTTOM));
    svg.path("never", HEIGHT, &below);
    for (share, mark) in axis.marks() {
        let y = BOTTOM - share * (BOTTOM - TOP);
        svg.line("grid", (0.0, y), (1.0, y));
        svg.text("mark", (0.0, -8.0), y + 4.0, Anchor::End, &mark);
    }
    numbers.axis(&mut svg);
    let floor = y(sizing.floor.wall_us);
    svg.line("bound", (0.0, floor), (1.0, floor));
    // Below the line, where no curve is, unless there is no room.
    let beside = if BOTTOM - floor > 24.0 { 15.0 } else { -6.0 };
    let text = format!("floor {}", sizing.floor.wall_us);
    svg.text("note", (0.0, 6.0), floor + beside, Anchor::Start, &text);
    draw(&mut svg, sizing, &numbers, |p| {
        let tip = format!(
            "{} shard{}: {}, efficiency {}",
            p.shards,
            plural(p.shards),
            p.wall_us,
            percent(p.efficiency_ppm)
        );
        (y(p.wall_us), tip)
    });
    named(&mut svg, sizing, &numbers, |p| {
        (y(p.wall_us), p.wall_us.to_string())
    });
    Some(svg.end())
}

/// Efficiency over the number of shards.
pub(super) fn efficiency(sizing: &Sizing) -> Option<Svg> {
    let (_, last) = ends(sizing)?;
    let description = format!(
        "100 % on one job, {} on {} shards.",
        percent(last.efficiency_ppm),
        last.shards
    );
    let told = Told {
        id: "chart-efficiency",
        title: "Efficiency for each number of shards",
        description: &description,
    };
    let mut svg = Svg::new("curve", HEIGHT, &told);
    let numbers = Numbers::new(sizing);
    let y = |ppm: u64| BOTTOM - ppm as f64 / 1e6 * (BOTTOM - TOP);
    for percents in [0, 25, 50, 75, 100] {
        let y = y(percents * 10_000);
        svg.line("grid", (0.0, y), (1.0, y));
        let mark = format!("{percents} %");
        svg.text("mark", (0.0, -8.0), y + 4.0, Anchor::End, &mark);
    }
    numbers.axis(&mut svg);
    draw(&mut svg, sizing, &numbers, |p| {
        let shards = p.shards;
        let (many, share) = (plural(shards), percent(p.efficiency_ppm));
        (
            y(p.efficiency_ppm),
            format!("{shards} shard{many}: {share}"),
        )
    });
    named(&mut svg, sizing, &numbers, |p| {
        (y(p.efficiency_ppm), percent(p.efficiency_ppm))
    });
    Some(svg.end())
}

fn ends(sizing: &Sizing) -> Option<(&Point, &Point)> {
    let (first, last) = (sizing.points.first()?, sizing.points.last()?);
    (last.shards > first.shards).then_some((first, last))
}

/// The line, and a point for each number.
fn draw(svg: &mut Svg, sizing: &Sizing, numbers: &Numbers, of: impl Fn(&Point) -> (f64, String)) {
    let at = |p: &Point| (numbers.share(p.shards), of(p).0);
    let line: Vec<(f64, f64)> = sizing.points.iter().map(at).collect();
    svg.path("wall", HEIGHT, &line);
    let radius = if line.len() > 40 { 2.0 } else { 3.0 };
    for point in &sizing.points {
        svg.dot("point", at(point), radius, &of(point).1);
    }
}

/// The numbers that have a name, each marked, with its name above the plot.
fn named(svg: &mut Svg, sizing: &Sizing, numbers: &Numbers, of: impl Fn(&Point) -> (f64, String)) {
    let (knee, chosen) = (sizing.knee, sizing.chosen);
    let mut names = if knee == chosen {
        vec![(knee, "shown, the knee")]
    } else {
        vec![(knee, "knee"), (chosen, "shown")]
    };
    // From the left, the first name is above; from the right, the last: so that the leader of
    // neither crosses the name of the other.
    names.sort_unstable();
    if names.iter().all(|(n, _)| numbers.share(*n) >= 0.5) {
        names.reverse();
    }
    for ((number, name), row) in names.into_iter().zip([0.0, 1.0]) {
        let Some(point) = sizing.points.iter().find(|p| p.shards == number) else {
            continue;
        };
        let x = numbers.share(number);
        let (y, value) = of(point);
        let class = if number == chosen { "chosen" } else { "knee" };
        let top = 12.0 + 16.0 * row;
        svg.line("leader", (x, top - 9.0), (x, y));
        svg.dot(class, (x, y), 5.5, "");
        let anchor = Anchor::inward(x);
        let dx = if anchor == Anchor::End { -5.0 } else { 5.0 };
        svg.text(
            "note",
            (x, dx),
            top,
            anchor,
            &format!("{name}: {number}, {value}"),
        );
    }
}
