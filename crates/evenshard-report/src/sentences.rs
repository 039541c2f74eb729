//! Findings in sentences, for text, Markdown and HTML alike.

use evenshard::Micros;
use evenshard::pack::Certificate;
use evenshard::verify::{Balance, Totals};

use crate::model::{
    Basis, BuildFacts, BuildName, ChangeFacts, ChosenBy, Report, ResultFacts, Sizing, TargetFacts,
    TimeFacts,
};
use crate::words::{counted, day, grouped, percent};

/// The names of a number of shards; empty for most.
pub(crate) fn remark(sizing: &Sizing, shards: u32) -> String {
    let shown = match sizing.chosen_by {
        ChosenBy::Plan => "as planned",
        _ => "shown",
    };
    let names = [
        // A number that is shown because it is recommended needs no second name.
        (
            sizing.chosen == shards && sizing.chosen_by != ChosenBy::Knee,
            shown,
        ),
        (sizing.knee == shards, "recommended"),
        (
            sizing.largest_useful == Some(shards),
            // A mean is no bound: a test may take longer.
            if sizing.floor.is_mean {
                "largest useful"
            } else {
                "floor"
            },
        ),
    ];
    let names: Vec<&str> = names.iter().filter(|n| n.0).map(|n| n.1).collect();
    names.join(", ")
}

/// The number of shards that is shown, and the reason for it.
pub(crate) fn chosen(report: &Report) -> String {
    let why = match report.sizing.chosen_by {
        ChosenBy::Asked => "as asked",
        ChosenBy::Target => "the fewest that meet the target",
        ChosenBy::Plan => "as planned",
        ChosenBy::Builds => "as many as the newest build had",
        ChosenBy::Knee => "as recommended",
    };
    format!("{}, {why}", counted(report.plan.shards.len(), "shard"))
}

/// The slowest shard of a plan, and its distance from the best possible split.
pub(crate) fn certificate(certificate: &Certificate) -> String {
    let split = match certificate.gap_ppm {
        0 => ", the best possible split".to_owned(),
        // Over a lower bound of zero there is no percentage.
        u64::MAX => String::new(),
        gap => {
            // Rounded up, so that the promise holds.
            let percent = gap.div_ceil(100) as f64 / 100.0;
            format!(", within {percent:.2} % of the best possible split")
        }
    };
    let Certificate {
        makespan, bound, ..
    } = certificate;
    format!("slowest shard {makespan}{split}; limiting factor: {bound}")
}

/// The suite in one sentence.
pub(crate) fn suite(report: &Report) -> String {
    let suite = &report.suite;
    let from = match (report.basis, report.builds.len()) {
        (Basis::Plan, _) => {
            ", from a plan alone: each test counts the mean of its file, class or function"
                .to_owned()
        }
        (_, 0) => String::new(),
        (_, builds) => format!(", from {}", counted(builds, "build")),
    };
    format!(
        "{} in {}: {} of tests and {} of setup{from}{}",
        counted(suite.matched.tests, "test"),
        counted(suite.files, "file"),
        suite.work_us,
        suite.setup_us,
        gone(report)
    )
}

/// The number of tests that the newest build did not have, if it is one in a hundred or more:
/// fewer come and go in any project.
fn gone(report: &Report) -> String {
    let matched = report.suite.matched;
    // Without builds, nothing is known to be gone.
    let newest = report.builds.last().map_or(matched.tests, |b| b.tests);
    let absent = matched.tests.saturating_sub(newest);
    if matched.known < matched.tests || absent == 0 || absent.saturating_mul(100) < matched.tests {
        return String::new();
    }
    format!(
        "; {} of them are not in the newest build (--tests leaves out what is gone)",
        grouped(absent)
    )
}

/// A finished build and what is proved of it, in one sentence without its end.
pub(crate) fn proof(results: &ResultFacts) -> String {
    let totals = &results.totals;
    let proof = match &results.list {
        _ if !results.proved => {
            let failed = failed(totals);
            format!("NOT proved{failed}: `evenshard verify` names the problems")
        }
        // Without a case for each line, nothing is known of what ran.
        Some(list) if list.with_cases != Some(list.lines) => {
            format!("proved: {} in one share each", counted(list.lines, "line"))
        }
        _ => {
            let ran = totals.tests.saturating_sub(totals.not_run);
            format!(
                "proved{}: {} ran once",
                failed(totals),
                counted(ran, "test")
            )
        }
    };
    proof + &beside(totals)
}

/// The failures of a build, which a proof does not rule out: `; 1 test failed`.
pub(crate) fn failed(totals: &Totals) -> String {
    match totals.outcomes.failed + totals.outcomes.errored {
        0 => String::new(),
        failed => format!("; {} failed", counted(failed, "test")),
    }
}

/// The counts that belong beside the number of tests that ran: `, 3 skipped`.
pub(crate) fn beside(totals: &Totals) -> String {
    let counts = [
        (totals.outcomes.skipped, "skipped"),
        (totals.missing, "missing"),
        (totals.not_run, "not run (stopped on request)"),
    ];
    let mut text = String::new();
    for (n, what) in counts.into_iter().filter(|(n, _)| *n > 0) {
        text.extend([", ", &grouped(n), " ", what]);
    }
    text
}

/// The tests that the times of a build leave out.
pub(crate) fn unmeasured(results: &ResultFacts) -> Option<String> {
    let not_run = results.totals.not_run;
    (not_run > 0).then(|| {
        format!(
            "times are those of the tests that ran: {} did not",
            grouped(not_run)
        )
    })
}

/// The slowest shard, and the time that the others waited for it.
pub(crate) fn balance(balance: &Balance) -> String {
    format!(
        "slowest: shard {} in {}, {} over the mean of {}; the other jobs waited {} in total",
        balance.slowest,
        balance.slowest_us,
        percent(balance.imbalance_ppm),
        balance.mean_us,
        balance.idle_us
    )
}

/// The numbers of shards that are worth it, in sentences.
pub(crate) fn advice(report: &Report) -> Vec<String> {
    let sizing = &report.sizing;
    let floor = &sizing.floor;
    let means = report.basis == Basis::Plan;
    let (name, bound) = match (floor.is_mean, means) {
        (true, true) => (
            "longest part",
            "by the means of files, classes and functions: a single test may take longer",
        ),
        (true, false) => (
            "longest part",
            "a mean of other tests, as no timings know it: it may take longer",
        ),
        (false, _) => ("floor", "no number of shards is faster"),
    };
    let (by_means, packed) = if means {
        (", by these means", "from means")
    } else {
        ("", "from the times of this build")
    };
    let mut lines = vec![format!(
        "{name}: {}, set by {}; {bound}",
        floor.wall_us, floor.what
    )];
    if let Some(useful) = sizing.largest_useful {
        let gain = if useful == 1 { "gains" } else { "gain" };
        let shards = counted(useful, "shard");
        lines.push(format!("more than {shards} {gain} nothing{by_means}"));
    }
    if sizing.chosen_by == ChosenBy::Plan {
        lines.push(format!(
            "as planned: {} by the timings of the plan; other numbers are packed anew, {packed}",
            sizing.chosen
        ));
    }
    lines.push(recommended(sizing));
    // Last, as the answer to the question that was asked.
    lines.extend(sizing.target.as_ref().map(met));
    lines
}

/// The recommended number of shards, and the job overhead that it is for.
fn recommended(sizing: &Sizing) -> String {
    let found = &sizing.recommended;
    // Without it, more shards always look better than they are.
    let overhead = match (found.overhead_us, found.assumed_us) {
        (Micros::ZERO, _) => {
            "with no job overhead counted; --job-overhead 90s counts start, checkout and install"
                .to_owned()
        }
        (asked, Micros::ZERO) => format!("with {asked} of job overhead"),
        (_, assumed) => {
            let measured = match found.measured_us {
                Micros::ZERO => String::new(),
                measured => format!(", and {measured} of startup measured by the run records"),
            };
            format!(
                "{} and {} of machine time, if each job takes {assumed} of checkout and install, as assumed here (--job-overhead 90s gives yours){measured}",
                found.wall_us, found.machine_us
            )
        }
    };
    let more = if sizing.more_are_faster() {
        " (more are faster but waste machine time)"
    } else {
        ""
    };
    let recommended = counted(sizing.knee, "shard");
    format!("recommended: {recommended}{more}, {overhead}")
}

/// The number of shards that meets a target, or the reason why none does.
fn met(target: &TargetFacts) -> String {
    let Some(n) = target.shards.filter(|_| target.obstacle.is_none()) else {
        let obstacle = target.obstacle.as_deref();
        let obstacle = obstacle.unwrap_or("the target, by any number of shards");
        return format!("not met: {obstacle}");
    };
    let proved = if target.proved_smallest {
        ", proved to be the fewest"
    } else {
        ""
    };
    let (time, shards) = (target.target_us, counted(n, "shard"));
    let room = target.room.map(|room| format!("; {room}"));
    format!(
        "target of {time}: {shards}{proved}{}",
        room.unwrap_or_default()
    )
}

/// The name of a build, or its position, counted from 0, as `(1)`.
pub(crate) fn build_name(build: Option<&BuildFacts>, at: usize) -> String {
    let named = build.and_then(|build| build.id.clone());
    named.unwrap_or_else(|| format!("({})", at.saturating_add(1)))
}

/// A build by its name or its place, and its day: `812 of 2026-11-28`.
pub(crate) fn of_build(build: &BuildName) -> String {
    let name = match &build.id {
        Some(id) => id.clone(),
        None => format!("({})", build.number),
    };
    match build.begun_ms.and_then(day) {
        Some(day) => format!("{name} of {day}"),
        None => name,
    }
}

/// The project, the build, its day and its commit, as far as they are known; for a title.
pub(crate) fn title(report: &Report) -> Option<String> {
    let title = &report.title;
    let build = report.changes.as_ref().map(|changes| &changes.build);
    let begun = report.jobs.iter().filter_map(|job| job.begun_ms).min();
    let begun = begun.or_else(|| build?.begun_ms);
    let parts = [
        title.project.clone(),
        build.and_then(|build| Some(format!("build {}", build.id.as_ref()?))),
        begun.and_then(day),
        // As git shortens one that people know by its beginning.
        title
            .commit
            .as_ref()
            .map(|commit| format!("commit {}", cut_commit(commit))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

fn cut_commit(commit: &str) -> String {
    let is_hash = commit.len() >= 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
    commit
        .chars()
        .take(if is_hash { 12 } else { usize::MAX })
        .collect()
}

/// A finished build as a headline: what went wrong, or that nothing did.
pub(crate) fn headline(changes: &ChangeFacts, results: &ResultFacts) -> String {
    let proof = if results.proved { "" } else { "Not proved: " };
    let ran = results.totals.tests.saturating_sub(results.totals.not_run);
    let ran = counted(ran, "test");
    match (counts(changes), changes.builds_before) {
        (Some(counts), _) => format!("{proof}{counts}"),
        (None, 0) => format!("{proof}{ran} ran, none failed"),
        (None, _) => format!("{proof}{ran} ran, none failed or became slower"),
    }
}

/// The numbers of tests that a reader asks for: `2 tests failed, 1 gone`; `None` of nothing.
fn counts(changes: &ChangeFacts) -> Option<String> {
    let counts = [
        (changes.failed.count(), "failed"),
        (changes.flaky.count(), "flaky"),
        (changes.quarantined.count(), "failed in quarantine"),
        (changes.newly_skipped.count(), "newly skipped"),
        (changes.gone.count(), "gone"),
        (changes.slower_tests.count(), "slower"),
    ];
    let mut found = counts.iter().filter(|(n, _)| *n > 0);
    let (first, what) = found.next()?;
    let mut text = format!("{} {what}", counted(*first, "test"));
    for (n, what) in found {
        text.extend([", ", &grouped(*n), " ", what]);
    }
    Some(text)
}

/// Where the time of all jobs goes, in one sentence.
pub(crate) fn time(time: &TimeFacts) -> String {
    let jobs = counted(time.jobs, "job");
    let source = if time.measured {
        "as the run records measured it; checkout, install and waiting for a machine are not in it"
            .to_owned()
    } else {
        let overhead = Micros::new(time.startup_us.get() / time.jobs.max(1));
        format!("as predicted for the shards shown, each with {overhead} of job overhead")
    };
    format!("{} of machine time in {jobs}, {source}", time.machine_us)
}

/// What a build has that the builds before it had not, in one sentence without its end; `None` if there is
/// nothing to compare with and nothing failed.
pub(crate) fn changes(changes: &ChangeFacts) -> Option<String> {
    let build = of_build(&changes.build);
    match (counts(changes), changes.builds_before) {
        (None, 0) => None,
        (None, before) => Some(format!(
            "build {build}: no test failed, is newly skipped, gone or slower than in {} before",
            counted(before, "build")
        )),
        (Some(counts), _) => Some(format!("build {build}: {counts}")),
    }
}
