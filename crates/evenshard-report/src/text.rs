//! The report for a terminal of any width from 60 columns on.

use std::fmt::Write as _;

use crate::model::{Report, ResultFacts, ShardFacts};
use anstyle::Style;
use evenshard::Micros;

use crate::escape::printable_name;
use crate::palette::Palette;
use crate::rows::{self, gain};
use crate::words::{deviation, grouped, percent, plural};

/// The width of text in a file.
pub const WIDTH: usize = 80;
/// The least and the most that lines are laid out for.
const WIDTHS: (usize, usize) = (60, 120);
/// So many rows of a list are shown; JSON has more.
const SHOWN: usize = 8;
/// So many shards.
const SHARDS: usize = 24;

/// The whole text.
pub fn render(report: &Report, palette: Palette, width: usize) -> String {
    let mut text = Text {
        out: String::new(),
        palette,
        width: width.clamp(WIDTHS.0, WIDTHS.1),
    };
    text.paragraph(&rows::suite(report));
    text.sizing(report);
    text.plan(report);
    text.slowest(report);
    text.builds(report);
    text.doubtful(report);
    if let Some(results) = &report.results {
        text.results(results);
    }
    text.out
}

struct Text {
    out: String,
    palette: Palette,
    width: usize,
}

impl Text {
    fn line(&mut self, style: Style, line: &str) {
        let _ = writeln!(self.out, "{style}{}{style:#}", line.trim_end());
    }

    fn heading(&mut self, heading: &str) {
        self.out.push('\n');
        self.line(self.palette.strong(), heading);
    }

    /// Text over as many lines as it takes.
    fn paragraph(&mut self, text: &str) {
        let mut width = 0;
        for (at, word) in printable_name(text).split(' ').enumerate() {
            let len = word.chars().count();
            if at > 0 && width + 1 + len > self.width {
                self.out.push_str("\n  ");
                width = 2;
            } else if at > 0 {
                self.out.push(' ');
                width += 1;
            }
            self.out.push_str(word);
            width += len;
        }
        self.out.push('\n');
    }

    /// A name in `room` columns: its end, which tells most, behind an ellipsis.
    fn name(&self, name: &str, used: usize) -> String {
        let room = self.width.saturating_sub(used);
        let name = printable_name(name);
        let len = name.chars().count();
        if len <= room {
            return name;
        }
        let tail: String = name.chars().skip(len + 1 - room.max(1)).collect();
        format!("…{tail}")
    }

    fn more(&mut self, more: u64, what: &str) {
        if more > 0 {
            let line = format!("  … and {} more{what}", grouped(more));
            self.line(self.palette.faint(), &line);
        }
    }

    fn sizing(&mut self, report: &Report) {
        let sizing = &report.sizing;
        self.heading("How many shards");
        let head = "shards       wall     agents  efficiency  overhead     saves";
        self.line(self.palette.faint(), head);
        for point in rows::points(sizing) {
            let row = format!(
                "{:>6}  {:>9}  {:>9}  {:>10}  {:>8}  {:>8}  {}",
                point.shards,
                point.wall_us,
                point.agents_us,
                percent(point.efficiency_ppm),
                percent(point.overhead_ppm),
                gain(point.saved_us),
                rows::remark(sizing, point.shards),
            );
            let style = if point.shards == sizing.chosen {
                self.palette.strong()
            } else {
                Style::new()
            };
            self.line(style, &row);
        }
        let saves = "saves: how much sooner for the last agent added";
        self.line(self.palette.faint(), saves);
        for line in rows::advice(report) {
            self.paragraph(&line);
        }
    }

    fn plan(&mut self, report: &Report) {
        let plan = &report.plan;
        let count = plan.shards.len();
        self.heading(&format!(
            "{count} shard{}, {}",
            plural(count as u64),
            rows::chosen(&report.sizing)
        ));
        self.paragraph(&plan.certificate.to_string());
        let cut = plan.cut_files;
        self.paragraph(&format!(
            "slowest over mean: {}; {} file{} on several shards",
            percent(plan.imbalance_ppm),
            grouped(cut),
            plural(cut)
        ));
        let (shards, left) = rows::shards(plan, SHARDS);
        let room = self.width.saturating_sub(45).min(40);
        let head = "shard   predicted     set-up   tests  files";
        self.line(self.palette.faint(), head);
        for shard in shards {
            let setup = shard.setup_us.map_or("-".to_owned(), |s| s.to_string());
            let row = format!(
                "{:>5}  {:>10} {:>10} {:>7} {:>6}  ",
                shard.shard,
                shard.predicted_us,
                setup,
                grouped(shard.tests),
                grouped(shard.files),
            );
            let bar = bar(shard, plan.certificate.makespan, room);
            let good = self.palette.good();
            let faint = self.palette.faint();
            let _ = writeln!(
                self.out,
                "{row}{good}{}{good:#}{faint}{}{faint:#}",
                bar.0, bar.1
            );
        }
        self.more(left as u64, " shards, each faster");
        self.line(self.palette.faint(), "█ tests, ░ set-up");
    }

    fn slowest(&mut self, report: &Report) {
        if !report.slowest_tests.shown.is_empty() {
            self.heading("Slowest tests");
            let head = "  estimate   of all    halved  test";
            self.line(self.palette.faint(), head);
        }
        for slow in report.slowest_tests.shown.iter().take(SHOWN) {
            let row = format!(
                "{:>10}  {:>7}  {:>8}  ",
                slow.estimate_us,
                percent(slow.share_ppm),
                gain(slow.gain_us)
            );
            let name = self.name(&slow.test.to_string(), row.chars().count());
            self.line(Style::new(), &format!("{row}{name}"));
        }
        self.heading("Slowest files");
        let head = "      time    set-up   tests  shards  cutting  file";
        self.line(self.palette.faint(), head);
        for slow in report.slowest_files.shown.iter().take(SHOWN) {
            let row = format!(
                "{:>10}  {:>8}  {:>6}  {:>6}  {:>7}  ",
                slow.work_us,
                slow.setup_us,
                grouped(slow.tests),
                slow.shards,
                gain(slow.gain_us)
            );
            let name = self.name(&slow.file, row.chars().count());
            self.line(Style::new(), &format!("{row}{name}"));
        }
        self.line(
            self.palette.faint(),
            "halved, cutting: how much sooner these shards are through for it",
        );
    }

    fn builds(&mut self, report: &Report) {
        if report.builds.is_empty() {
            return;
        }
        self.heading("Builds");
        let head = "   tests  in tests      wall   outside  build";
        self.line(self.palette.faint(), head);
        let from = report.builds.len().saturating_sub(SHOWN);
        for (number, build) in (1..).zip(&report.builds).skip(from) {
            let time = |time: Option<Micros>| time.map_or("-".to_owned(), |t| t.to_string());
            let row = format!(
                "{:>8}  {:>8}  {:>8}  {:>8}  ",
                grouped(build.tests),
                build.cases_us,
                time(build.wall_us),
                time(build.outside_us)
            );
            let id = build.id.clone().unwrap_or_else(|| format!("({number})"));
            let name = self.name(&id, row.chars().count());
            self.line(Style::new(), &format!("{row}{name}"));
        }
        let told = "outside: wall time beyond the tests' own: start, imports, collection";
        self.line(self.palette.faint(), told);
    }

    fn doubtful(&mut self, report: &Report) {
        let matched = report.suite.matched;
        if report.unknown.count() > 0 {
            self.heading(&format!(
                "Unknown to the timings: {} of {} tests",
                grouped(report.unknown.count()),
                grouped(matched.tests)
            ));
            for new in report.unknown.shown.iter().take(SHOWN) {
                let row = format!("{:>10}  ", new.estimate_us);
                let name = self.name(&new.test.to_string(), row.chars().count());
                self.line(Style::new(), &format!("{row}{name}"));
            }
            self.more(rest(report.unknown.count()), "");
        }
        if report.flaky.count() > 0 {
            self.heading(&format!("Flaky: {}", grouped(report.flaky.count())));
            for flaky in report.flaky.shown.iter().take(SHOWN) {
                let row = format!("  failed in {} of {}  ", flaky.failed, flaky.builds);
                let name = self.name(&flaky.test.to_string(), row.chars().count());
                self.line(Style::new(), &format!("{row}{name}"));
            }
            self.more(rest(report.flaky.count()), "");
        }
        if report.noisy.count() > 0 {
            self.heading(&format!(
                "Times differ by half and more: {}",
                grouped(report.noisy.count())
            ));
            for noisy in report.noisy.shown.iter().take(SHOWN) {
                let row = format!("{:>10} to {:>8}  ", noisy.lowest_us, noisy.highest_us);
                let name = self.name(&noisy.test.to_string(), row.chars().count());
                self.line(Style::new(), &format!("{row}{name}"));
            }
            self.more(rest(report.noisy.count()), "");
        }
    }

    fn results(&mut self, results: &ResultFacts) {
        let build = rows::of_build(results.build.as_deref());
        self.heading(&format!("Results of {}", printable_name(&build)));
        let proof = rows::proof(results);
        if results.proved {
            self.paragraph(&proof);
        } else {
            self.line(self.palette.bad(), &proof);
            for problem in results.problems.iter().take(SHOWN) {
                self.paragraph(&format!("  {problem}"));
            }
            self.more(rest(results.problems.len() as u64), "");
        }
        if let Some(unmeasured) = rows::unmeasured(results) {
            self.paragraph(&unmeasured);
        }
        let head = "shard  state        tests  failed   predicted   measured  deviation";
        self.line(self.palette.faint(), head);
        for shard in results.shards.iter().take(SHARDS) {
            let measured = shard.measured_us;
            let row = format!(
                "{:>5}  {:<9} {:>8} {:>7}  {:>10} {:>10}  {:>9}",
                shard.shard,
                shard.state,
                grouped(shard.tests),
                grouped(rows::failed(shard)),
                shard.predicted_us,
                measured.map_or("-".to_owned(), |m| m.to_string()),
                measured.map_or("-".to_owned(), |m| deviation(m, shard.predicted_us)),
            );
            self.line(Style::new(), &row);
        }
        let more = results.shards.len().saturating_sub(SHARDS);
        self.more(more as u64, " shards");
        if let Some(balance) = &results.balance {
            self.paragraph(&format!(
                "slowest: shard {} in {}, {} over the mean of {}; agents waited {} in all",
                balance.slowest,
                balance.slowest_us,
                percent(balance.imbalance_ppm),
                balance.mean_us,
                balance.idle_us
            ));
        }
        if !results.misses.shown.is_empty() {
            self.heading("Farthest from their estimates");
            for miss in results.misses.shown.iter().take(SHOWN) {
                let row = format!("{:>10} not {:>8}  ", miss.measured_us, miss.predicted_us);
                let name = self.name(&miss.test.to_string(), row.chars().count());
                self.line(Style::new(), &format!("{row}{name}"));
            }
        }
    }
}

/// How many of a list are not shown.
fn rest(count: u64) -> u64 {
    count.saturating_sub(SHOWN as u64)
}

/// The bar of a shard in `room` columns for the longest: its tests, and its set-up.
fn bar(shard: &ShardFacts, longest: Micros, room: usize) -> (String, String) {
    let columns = |time: Micros| {
        let part = u128::from(time.get()) * room as u128 / u128::from(longest.get().max(1));
        usize::try_from(part).unwrap_or(0).min(room)
    };
    let setup = shard.setup_us.unwrap_or_default();
    let all = columns(shard.predicted_us);
    let tests = columns(shard.predicted_us.saturating_sub(setup)).min(all);
    ("█".repeat(tests), "░".repeat(all - tests))
}
