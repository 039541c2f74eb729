//! Axes of time: from zero, with marks at round times.

use evenshard::Micros;

/// An axis from zero to the longest time on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    top: Micros,
    step: u64,
}

const SECOND: u64 = 1_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
/// Distances between marks that are round in minutes; below they are 1, 2 and 5 times a power
/// of ten of a microsecond, above of an hour.
const ROUND: [u64; 9] = [
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
];

impl Axis {
    /// An axis to `top` with at most `marks` marks beside zero.
    pub(super) fn new(top: Micros, marks: u64) -> Self {
        let decades = |unit: u64| {
            (0..20).flat_map(move |power| {
                [1, 2, 5].map(|n| {
                    10_u64
                        .saturating_pow(power)
                        .saturating_mul(unit)
                        .saturating_mul(n)
                })
            })
        };
        // Below ten seconds people count in tens, above in minutes.
        let fine = decades(1).take_while(|&step| step < ROUND[0]);
        let step = fine
            .chain(ROUND)
            .chain(decades(HOUR))
            // The first step that is coarse enough.
            .find(|step| top.get() / step <= marks)
            .unwrap_or(u64::MAX);
        Self { top, step }
    }

    /// The place of a time, as a share of the axis.
    pub(super) fn share(self, time: Micros) -> f64 {
        if self.top == Micros::ZERO {
            return 0.0;
        }
        (time.get() as f64 / self.top.get() as f64).min(1.0)
    }

    /// The marks with their names, zero first.
    pub(super) fn marks(self) -> Vec<(f64, String)> {
        let count = self.top.get() / self.step;
        let times = (0..=count).map(|n| Micros::new(n * self.step));
        times.map(|t| (self.share(t), name(t))).collect()
    }
}

/// A round time in its shortest form.
fn name(time: Micros) -> String {
    let us = time.get();
    let (seconds, minutes, hours) = (us / SECOND % 60, us / MINUTE % 60, us / HOUR);
    match us {
        0 => "0".to_owned(),
        1..1_000 => format!("{us} µs"),
        1_000..SECOND => format!("{} ms", us as f64 / 1e3),
        SECOND..MINUTE => format!("{} s", us as f64 / 1e6),
        MINUTE..HOUR if seconds == 0 => format!("{minutes}m"),
        MINUTE..HOUR => format!("{minutes}m {seconds:02}s"),
        _ if minutes == 0 => format!("{hours}h"),
        _ => format!("{hours}h {minutes:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::Axis;
    use evenshard::Micros;

    #[test]
    fn marks_are_round() {
        let names = |top| {
            let marks = Axis::new(Micros::new(top), 4).marks();
            marks.into_iter().map(|m| m.1).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(0), "0");
        assert_eq!(names(3), "0 1 µs 2 µs 3 µs");
        assert_eq!(names(1_700), "0 500 µs 1 ms 1.5 ms");
        assert_eq!(names(7_300_000), "0 2 s 4 s 6 s");
        assert_eq!(names(79_000_000), "0 30 s 1m");
        assert_eq!(names(110_000_000), "0 30 s 1m 1m 30s");
        assert_eq!(names(3_700_000_000), "0 15m 30m 45m 1h");
        assert_eq!(names(9_000_000_000), "0 1h 2h");
        assert!(names(u64::MAX).ends_with("000000000h"));
    }
}
