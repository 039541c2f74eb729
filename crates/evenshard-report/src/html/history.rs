//! The slowest tests in earlier builds: one small chart a test.

use evenshard::Micros;

use super::name::{NAME, Name, TIP, shown};
use super::svg::{About, Svg};
use crate::model::{Report, Sampled, SlowTest};
use crate::sentences::build_name;

/// The most tests: four rows of three.
const MOST: usize = 12;
/// The most builds, the newest ones: their points would touch.
const BUILDS: usize = 60;
/// Pixels. Chosen: a curve's shape shows, and twelve of them fit a screen.
const HEIGHT: f64 = 64.0;

/// One test over the builds.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) name: String,
    /// The estimate for the next build.
    pub(super) estimate: String,
    /// The shortest and the longest time.
    pub(super) range: String,
    pub(super) chart: Svg,
}

impl Course {
    pub(super) fn name(&self) -> Name<'_> {
        Name(&self.name)
    }
}

/// The slowest tests that at least two builds measured.
pub(super) fn courses(report: &Report) -> Vec<Course> {
    let several = |slow: &&SlowTest| slow.samples.len() > 1;
    let tests = report.slowest_tests.shown.iter().filter(several);
    let course = |(at, slow)| course(report, at, slow);
    tests.take(MOST).enumerate().map(course).collect()
}

fn course(report: &Report, at: usize, slow: &SlowTest) -> Course {
    // The newest ones are kept.
    let skipped = slow.samples.len().saturating_sub(BUILDS);
    let samples = &slow.samples[skipped..];
    let times = || samples.iter().map(|s| s.duration_us);
    let (low, high) = (
        times().min().unwrap_or_default(),
        times().max().unwrap_or_default(),
    );
    let name = slow.test.to_string();
    let about = About {
        id: &format!("course-{at}"),
        title: &format!("{} over {} builds", shown(&name, TIP), samples.len()),
        description: &format!(
            "Between {low} and {high}; {} is expected next.",
            slow.estimate_us
        ),
    };
    Course {
        estimate: slow.estimate_us.to_string(),
        range: format!("{low} to {high}"),
        chart: chart(
            report,
            samples,
            high.max(slow.estimate_us),
            slow.estimate_us,
            &about,
        ),
        name: shown(&name, NAME),
    }
}

fn chart(
    report: &Report,
    samples: &[Sampled],
    top: Micros,
    next: Micros,
    about: &About<'_>,
) -> Svg {
    let mut svg = Svg::new("course", HEIGHT, about);
    // By their builds, so that one without a time leaves a gap.
    let (first, last) = (samples[0].build, samples[samples.len() - 1].build);
    let x = |sample: &Sampled| {
        f64::from(sample.build.saturating_sub(first)) / f64::from(last.saturating_sub(first).max(1))
    };
    let room = HEIGHT - 14.0;
    let y = |time: Micros| {
        HEIGHT - 6.0 - room * time.as_secs_f64() / top.as_secs_f64().max(f64::MIN_POSITIVE)
    };
    let zero = y(Micros::ZERO);
    svg.line("tick", (0.0, zero), (1.0, zero));
    svg.line("mean", (0.0, y(next)), (1.0, y(next)));
    let line: Vec<(f64, f64)> = samples.iter().map(|s| (x(s), y(s.duration_us))).collect();
    svg.path("wall", HEIGHT, &line);
    let radius = if samples.len() > 30 { 2.5 } else { 3.5 };
    for sample in samples {
        let (class, said) = if sample.outcome.failed() {
            ("failed", ", failed")
        } else {
            ("point", "")
        };
        let build = usize::try_from(sample.build).unwrap_or(usize::MAX);
        let build = shown(&build_name(report.builds.get(build), build), TIP);
        let tip = format!("build {build}: {}{said}", sample.duration_us);
        svg.dot(class, (x(sample), y(sample.duration_us)), radius, &tip);
    }
    svg.end()
}
