//! The room that a target needs, since builds take longer than predicted.
//!
//! For each of the newest builds, a prediction is made from the builds before it alone: of each
//! report, over the tests that it has, as a plan sums them up. The ratio of a build is
//!
//! ```text
//! ratio = time of its slowest shard / prediction of that shard
//! ```
//!
//! Of `n` ratios in ascending order, the room of percentile `p` is the one of rank
//! `ceil(p / 100 * (n + 1))`, at most `n`, and never less than 1. If the next build is like those,
//! it has each rank among the `n + 1` with the same chance, so that it stays within rank `k` with
//! `k / (n + 1)` at least, whatever the distribution of the ratios is (the prediction interval of
//! order statistics: Wilks 1941, Vovk, Gammerman and Shafer 2005). No value between two ratios is
//! made up, and none beyond the largest.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::Micros;
use crate::estimate::Estimates;
use crate::history::{Build, Files, History, KnownReport, TestId, builds};
use crate::pack::Target;

/// The fewest ratios: five show no more than 83 %, and fewer would show nothing that is worth it.
const FEWEST: usize = 5;
/// The most builds that are compared, unless a high percentile needs more. A history file keeps as
/// many samples of a test.
const NEWEST: usize = 20;
/// One, in millionths.
const ONE: u64 = 1_000_000;

/// The number of builds of a hundred that have to meet a target: 50 to 99.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Percentile(u8);

impl Percentile {
    /// Returns the number.
    pub fn get(self) -> u8 {
        self.0
    }

    /// Returns the rank among so many ratios, counted from 1; above `ratios` if they are too few.
    fn rank(self, ratios: usize) -> usize {
        (usize::from(self.0) * (ratios + 1)).div_ceil(100)
    }

    /// Returns the fewest builds that can show it.
    fn builds(self) -> usize {
        usize::from(self.0).div_ceil(100 - usize::from(self.0))
    }
}

impl FromStr for Percentile {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The sign is free: TOML has bare numbers.
        let number = text.strip_suffix('%').unwrap_or(text).trim().parse().ok();
        let found = number.filter(|number| (50..=99).contains(number)).map(Self);
        found.ok_or("give a whole number of builds of a hundred, from 50 to 99, such as 90")
    }
}

/// The part of a target that is left free, and the builds that it was learnt from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Room {
    /// The number of builds of a hundred that are to meet the target.
    pub percentile: Percentile,
    /// The time that a slowest shard takes for each of its prediction, in millionths.
    pub ratio_ppm: u64,
    /// The number of builds that were compared with their predictions.
    pub builds: usize,
    /// The number of them whose slowest shard took no longer for its prediction.
    pub within: usize,
}

/// Why no room could be learnt: too few builds can be compared with their predictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooFewBuilds {
    /// The builds that can be compared.
    pub compared: usize,
    /// All builds of the history.
    pub builds: usize,
    /// The number that is needed.
    pub needed: usize,
}

impl Room {
    /// Learns the room from the newest builds of a history. `setup_cost` is the planner's, for
    /// files whose import was not measured.
    ///
    /// # Errors
    /// [`TooFewBuilds`], if fewer than five can be compared with their predictions.
    pub fn learn(
        history: &History,
        percentile: Percentile,
        setup_cost: Micros,
    ) -> Result<Self, TooFewBuilds> {
        let ratios = Ratios {
            history,
            builds: history.builds(),
            files: Files::of_history(history),
            setup_cost,
        };
        let newest_first = comparable(history, &ratios.builds).into_iter().rev();
        let found = newest_first.filter_map(|at| ratios.of(at));
        let found = found.take(NEWEST.max(percentile.builds())).collect();
        Self::of_ratios(found, percentile).map_err(|compared| TooFewBuilds {
            compared,
            builds: ratios.builds.len(),
            needed: FEWEST,
        })
    }

    /// Takes the quantile of ratios; returns their number if they are too few.
    fn of_ratios(mut ratios: Vec<u64>, percentile: Percentile) -> Result<Self, usize> {
        ratios.sort_unstable();
        let rank = percentile.rank(ratios.len()).min(ratios.len());
        let found = rank.checked_sub(1).and_then(|at| ratios.get(at));
        let (Some(&ratio), true) = (found, ratios.len() >= FEWEST) else {
            return Err(ratios.len());
        };
        // A percentile leaves room; it takes none away where predictions were too long.
        let ratio_ppm = ratio.max(ONE);
        Ok(Self {
            percentile,
            ratio_ppm,
            builds: ratios.len(),
            within: ratios.partition_point(|&ratio| ratio <= ratio_ppm),
        })
    }

    /// Returns how sure the next build is to be within the room if it is like those before, in
    /// percent.
    pub fn sure(&self) -> usize {
        self.within * 100 / (self.builds + 1)
    }

    /// Returns a target for predictions: the time of tests that leaves the room free.
    pub(super) fn within(&self, target: &Target) -> Target {
        let Some(tests) = target.time.get().checked_sub(target.overhead.get()) else {
            return *target;
        };
        let tests = u128::from(tests) * u128::from(ONE) / u128::from(self.ratio_ppm.max(ONE));
        let tests = Micros::new(u64::try_from(tests).unwrap_or(u64::MAX));
        Target {
            time: target.overhead + tests,
            ..*target
        }
    }

    /// Returns the time within which tests of this prediction end.
    pub(super) fn stretched(&self, predicted: Micros) -> Micros {
        let time = u128::from(predicted.get()) * u128::from(self.ratio_ppm);
        let time = time.div_ceil(u128::from(ONE));
        Micros::new(u64::try_from(time).unwrap_or(u64::MAX))
    }
}

/// `in 9 of the 9 newest builds the slowest shard took at most 1.18 times its prediction, so that
/// the next one is within it with 90 %`
impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded up: the ratio as shown covers all of those builds.
        let hundredths = self.ratio_ppm.div_ceil(ONE / 100);
        let (within, builds, sure) = (self.within, self.builds, self.sure());
        write!(
            f,
            "in {within} of the {builds} newest builds the slowest shard took at most {}.{:02} times its prediction, \
             so the next build does with {sure} %",
            hundredths / 100,
            hundredths % 100
        )?;
        if sure < usize::from(self.percentile.get()) {
            let (enough, asked) = (self.percentile.builds(), self.percentile.get());
            write!(f, " ({asked} % takes {enough} builds)")?;
        }
        Ok(())
    }
}

/// Returns the builds that can be compared with a prediction, the oldest first: their time says
/// which builds were before, all of their shards reported, none broke off, and they are no runs of
/// a few tests.
fn comparable(history: &History, builds: &[Build]) -> Vec<usize> {
    let reports = |build: &Build| -> Vec<&KnownReport> {
        let reports = build.reports.iter();
        reports.map(|&report| &history.reports()[report]).collect()
    };
    let tests = |build: &Build| -> u64 {
        let reports = reports(build);
        reports.iter().map(|report| u64::from(report.tests)).sum()
    };
    let most = builds.iter().map(tests).max().unwrap_or(0);
    let is_whole = |build: &Build| {
        let reports = reports(build);
        let names_shards = reports.iter().any(|report| report.origin.shard.is_some());
        !reports.iter().any(|report| report.broke_off)
            && (!names_shards || build.is_complete(history))
            && tests(build) * 2 >= most
    };
    // Nothing was known before the first.
    (1..builds.len())
        .filter(|&at| builds[at].begun_ms.is_some() && is_whole(&builds[at]))
        .collect()
}

/// Predicts builds of a history from those before.
struct Ratios<'h> {
    history: &'h History,
    builds: Vec<Build>,
    files: Files,
    setup_cost: Micros,
}

impl Ratios<'_> {
    /// Returns the time of a build's slowest shard over the prediction for it, in millionths.
    fn of(&self, at: usize) -> Option<u64> {
        let (build, older) = (&self.builds[at], &self.builds[..at]);
        let before = builds::history_of(older, self.history);
        let prediction = Prediction {
            of: self,
            estimates: Estimates::new(&before),
        };
        let reports = build.reports.iter().zip(build.tests(self.history));
        let shards = reports.map(|(&report, tests)| {
            let report = &self.history.reports()[report];
            // With workers side by side only the times of tests add up, not those around them.
            let wall = report.facts.wall.filter(|_| !report.is_parallel());
            let predicted = prediction.time(&tests, wall.is_some());
            (wall.unwrap_or(report.cases), Reverse(predicted))
        });
        // Of two that took as long, the one that was predicted to be shorter.
        let (took, Reverse(predicted)) = shards.max()?;
        let ratio = u128::from(took.get()) * u128::from(ONE);
        let ratio = ratio.checked_div(u128::from(predicted.get()))?;
        Some(u64::try_from(ratio).unwrap_or(u64::MAX))
    }
}

/// The estimates for a build, from those before it.
struct Prediction<'a> {
    of: &'a Ratios<'a>,
    estimates: Estimates<'a>,
}

impl Prediction<'_> {
    /// Returns the time that a plan predicts for a shard of these tests; with what is `around` the
    /// times of tests: imports, and what no report shows.
    fn time(&self, tests: &[TestId], around: bool) -> Micros {
        let (history, estimates) = (self.of.history, &self.estimates);
        let before = estimates.history();
        let (mut time, mut users) = (Micros::ZERO, FxHashSet::default());
        let (mut classes, mut files) = (FxHashSet::default(), FxHashSet::default());
        for &test in tests {
            let class = history.class_of(test);
            let file = self.of.files.of(history, class);
            let known_class = before.find_class(history.class_name(class));
            let known = known_class.and_then(|class| before.find_in(class, history.name(test)));
            let (estimate, _) = estimates.of(known, known_class, file, history.name(test));
            time += if around {
                estimate
            } else {
                estimate.saturating_sub(estimates.floor())
            };
            users.extend(known);
            if classes.insert(class) {
                time += estimates.class_setup(known_class);
            }
            if files.insert(file) {
                time += estimates.file_setup(file);
                if around {
                    time += self.import(file);
                }
            }
        }
        let session = &estimates.session;
        let used = session.fixtures.iter();
        let used = used.filter(|fixture| fixture.users.iter().any(|user| users.contains(user)));
        time + session.startup + used.map(|fixture| fixture.cost).sum()
    }

    /// Returns the cost of importing a file, as a plan counts it.
    fn import(&self, file: &str) -> Micros {
        let (cost, most) = (self.of.setup_cost, self.estimates.import);
        let unmeasured = most.map_or(cost, |most| cost.min(most));
        self.estimates.file_import(file).unwrap_or(unmeasured)
    }
}

#[cfg(test)]
mod tests {
    use super::{Percentile, Room};
    use crate::Micros;
    use crate::pack::Target;
    use std::num::NonZeroU32;

    fn of(percent: u64, percentiles: &[u64]) -> Result<(u64, usize, usize, usize), usize> {
        let percentile: Percentile = percent.to_string().parse().unwrap();
        let ratios = percentiles.iter().map(|hundredths| hundredths * 10_000);
        let room = Room::of_ratios(ratios.collect(), percentile)?;
        assert_eq!(room.ratio_ppm % 10_000, 0, "a ratio that was measured");
        Ok((
            room.ratio_ppm / 10_000,
            room.builds,
            room.within,
            room.sure(),
        ))
    }

    #[test]
    fn the_quantile_is_the_order_statistic_of_rank_p_times_n_plus_one() {
        let nine = [104, 100, 118, 102, 103, 101, 107, 106, 105];
        // Ranks 9, 8 (7.5 rounded up) and 5 of nine.
        assert_eq!(of(90, &nine), Ok((118, 9, 9, 90)));
        assert_eq!(of(75, &nine), Ok((107, 9, 8, 80)));
        assert_eq!(of(50, &nine), Ok((104, 9, 5, 50)));
        // Beyond the largest nothing is made up; how sure it is says so.
        assert_eq!(of(99, &nine), Ok((118, 9, 9, 90)));
        assert_eq!(of(90, &nine[..5]), Ok((104 + 14, 5, 5, 83)));
        // Equal ratios count together.
        assert_eq!(of(50, &[110; 6]), Ok((110, 6, 6, 85)));
    }

    #[test]
    fn fewer_than_five_ratios_show_nothing() {
        assert_eq!(of(50, &[]), Err(0));
        assert_eq!(of(90, &[100, 101, 102, 103]), Err(4));
    }

    #[test]
    fn room_is_never_taken_away() {
        assert_eq!(of(90, &[80, 81, 82, 83, 84]), Ok((100, 5, 5, 83)));
        assert_eq!(of(50, &[80, 81, 82, 83, 130]), Ok((100, 5, 4, 66)));
    }

    #[test]
    fn a_target_shrinks_by_the_ratio_of_its_tests_and_not_of_the_overhead() {
        let second = |s: u64| Micros::new(s * 1_000_000);
        let target = |time| Target {
            time,
            max_shards: NonZeroU32::MIN,
            overhead: second(30),
        };
        let room = Room {
            percentile: "90".parse().unwrap(),
            ratio_ppm: 1_250_000,
            builds: 9,
            within: 9,
        };
        assert_eq!(room.within(&target(second(130))).time, second(110));
        assert_eq!(room.stretched(second(80)), second(100));
        // An overhead above the target is the obstacle by itself.
        assert_eq!(room.within(&target(second(20))).time, second(20));
        let largest = Room {
            ratio_ppm: u64::MAX,
            ..room
        };
        assert_eq!(largest.within(&target(second(130))).time, second(30));
        assert_eq!(
            largest.stretched(Micros::new(u64::MAX)),
            Micros::new(u64::MAX)
        );
    }

    #[test]
    fn the_words_say_how_sure_it_is_and_what_more_builds_would_show() {
        let room = |builds, within| Room {
            percentile: "90".parse().unwrap(),
            ratio_ppm: 1_171_001,
            builds,
            within,
        };
        assert_eq!(
            room(9, 9).to_string(),
            "in 9 of the 9 newest builds the slowest shard took at most 1.18 times its prediction, so the next build does with 90 %"
        );
        assert_eq!(
            room(6, 6).to_string(),
            "in 6 of the 6 newest builds the slowest shard took at most 1.18 times its prediction, so the next build does with 85 % (90 % takes 9 builds)"
        );
    }

    #[test]
    fn percentiles_are_whole_and_from_50_to_99() {
        for (text, percentile) in [("50", 50), ("99", 99), ("90%", 90), ("90 %", 90)] {
            assert_eq!(
                text.parse::<Percentile>().map(Percentile::get),
                Ok(percentile)
            );
        }
        for text in [
            "", "49", "100", "0", "-90", "90.5", "0.9", "p90", "256", "%",
        ] {
            assert!(text.parse::<Percentile>().is_err(), "{text}");
        }
    }
}
