//! The jobs of a build over time: when each began, what it did, when it ended.

use evenshard::Micros;

use super::bars::Bars;
use super::name::{TIP, shown};
use super::shards::MOST;
use super::svg::{About, Svg};
use crate::model::JobFacts;
use crate::table::heaviest;
use crate::words::counted;

/// The chart; `None` where no record has both a start and an end.
pub(super) fn chart(jobs: &[JobFacts]) -> Option<Svg> {
    let timed = |job: &&JobFacts| job.start_us.is_some() && job.took_us.is_some();
    let timed: Vec<&JobFacts> = jobs.iter().filter(timed).collect();
    let last = timed.iter().map(|job| job.end()).max()?;
    let (shown_jobs, left) = heaviest(&timed, MOST, |job| job.end());
    let sum: Micros = timed.iter().map(|job| job.end()).sum();
    let mean = Micros::new(sum.get() / timed.len() as u64);
    let description = format!(
        "{} from the first start to the last end, after {last}.",
        counted(timed.len(), "job")
    );
    let about = About {
        id: "chart-timeline",
        title: "Each job from its start to its end, with startup, setup and tests",
        description: &description,
    };
    let rows = shown_jobs.len() + usize::from(!left.is_empty());
    let mut bars = Bars::new("timeline", rows, last, &about);
    for (row, job) in shown_jobs.iter().enumerate() {
        one(&mut bars, row, job);
    }
    if !left.is_empty() {
        bars.label(shown_jobs.len(), &format!("+{}", left.len()), "earlier");
    }
    bars.across([("bound", last, "last end"), ("mean", mean, "mean end")]);
    Some(bars.svg.end())
}

/// The bar of one job. Records have no order of its parts, so the bar is by kind.
fn one(bars: &mut Bars, row: usize, job: &JobFacts) {
    let name = match job.attempt {
        1 => job.shard.to_string(),
        attempt => format!("{}·{attempt}", job.shard),
    };
    let id = job.job.as_ref().map(|id| format!(" ({})", shown(id, TIP)));
    let id = id.unwrap_or_default();
    let mut x = bars.axis.share(job.start_us.unwrap_or_default());
    let parts = [
        ("startup", job.startup_us, "startup"),
        ("setup", job.setup_us, "setup"),
        ("unit", job.tests_us, "tests"),
    ];
    for (class, time, what) in parts {
        let width = bars.axis.share(time);
        let at = bars.bar(row);
        let tip = format!("job of shard {name}{id}, {what}: {time}");
        if width > 0.0 {
            bars.svg.rect(class, x, width, at, &tip);
        }
        x += width;
    }
    let failed = job.exit_status.is_some_and(|status| status != 0);
    let mark = if failed { "  failed" } else { "" };
    let took = job.took_us.unwrap_or_default();
    bars.label(row, &name, &format!("{took}{mark}"));
}
