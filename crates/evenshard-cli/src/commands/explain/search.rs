//! The runs of a search, within bounds, and what is kept of them to go on later.
//!
//! A search asks the same questions in the same order each time, so the answers in their order are
//! all that has to be kept.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Instant;

use evenshard::Micros;
use evenshard::history::ReportFacts;
use evenshard_report::words::counted;
use serde::{Deserialize, Serialize};

use crate::exit;
use crate::failure::Failure;
use crate::files;
use crate::settings::BisectSettings;
use crate::streams::{Streams, write_whole};

/// The version of the file.
const VERSION: u64 = 1;

/// What a search is about.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    /// The test that fails.
    pub(super) test: &'a str,
    /// The tests before it in its shard, in their order.
    pub(super) before: &'a [String],
    /// The digest of the plan.
    pub(super) digest: &'a str,
}

impl Subject<'_> {
    /// Returns a digest of everything on which the answers depend.
    fn digest(&self, settings: &BisectSettings) -> String {
        let command = { settings.launch.command.iter() }.map(|word| word.to_string_lossy());
        let pruned = if settings.prune { "pruned" } else { "whole" };
        let mut text = [self.test, self.digest, pruned].join("\0");
        for part in command.chain(self.before.iter().map(|test| test.as_str().into())) {
            text.extend(["\0", &part]);
        }
        ReportFacts::of_content(text.as_bytes()).digest
    }
}

/// The runs of a search.
#[derive(Debug)]
pub(super) struct Search {
    path: PathBuf,
    kept: Kept,
    /// The answers that were taken from the file.
    given: usize,
    /// The fewest tests before the test with which it failed.
    fewest: Option<usize>,
    max_runs: NonZeroU32,
    max_time: Micros,
    begun: Instant,
    runs: u32,
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u64,
    /// A digest of what the search is about.
    bisect: String,
    /// True for each run in which the test failed.
    failed: Vec<bool>,
    /// The time of all runs.
    took_us: Micros,
}

impl Search {
    /// Begins a search, or goes on with one of which there is a file.
    ///
    /// # Errors
    /// 65 for a file that is none of a search: it would be lost.
    pub(super) fn begin(
        settings: &BisectSettings,
        subject: &Subject<'_>,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let path = settings.state.clone();
        let new = Kept {
            version: VERSION,
            bisect: subject.digest(settings),
            failed: Vec::new(),
            took_us: Micros::ZERO,
        };
        let kept = match files::read(&path, files::MOST) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => new,
            Err(error) => {
                let what = format!("cannot read {}", path.display());
                return Err(Failure::data(what).caused_by(&error));
            }
            Ok(json) => {
                let kept = serde_json::from_slice(&json).ok();
                let kept = kept.filter(|kept: &Kept| kept.version == VERSION);
                let kept: Kept = kept.ok_or_else(|| {
                    Failure::data(format!("{} is no state of a search", path.display()))
                        .hint("no test was run; name another file with --state")
                })?;
                if kept.bisect == new.bisect {
                    let runs = counted(kept.failed.len(), "run");
                    streams.say(&format!(
                        "going on after {runs}, kept in {}",
                        path.display()
                    ));
                    kept
                } else {
                    streams.warn(&format!(
                        "{} is of another test, plan or command: starting anew",
                        path.display()
                    ));
                    new
                }
            }
        };
        Ok(Self {
            path,
            kept,
            given: 0,
            fewest: None,
            max_runs: settings.max_runs,
            max_time: settings.max_time,
            begun: Instant::now(),
            runs: 0,
        })
    }

    /// Returns true if the test fails after so many tests: as the file says, else by this run.
    ///
    /// # Errors
    /// 75 where the bounds are reached, and those of the run.
    pub(super) fn ask(
        &mut self,
        tests: usize,
        streams: &mut Streams<'_>,
        run: impl FnOnce(&mut Streams<'_>) -> Result<bool, Failure>,
    ) -> Result<bool, Failure> {
        let fails = if let Some(&known) = self.kept.failed.get(self.given) {
            known
        } else {
            self.check_bounds()?;
            let begun = Instant::now();
            let fails = run(streams).map_err(|failure| failure.or_hint(self.goes_on()))?;
            let took = since(begun);
            self.runs += 1;
            self.kept.failed.push(fails);
            self.kept.took_us += took;
            let json = serde_json::to_vec(&self.kept);
            let json = json.map_err(|e| Failure::unwritable("cannot write JSON").caused_by(&e))?;
            write_whole(&self.path, &json)?;
            let verb = if fails { "fails" } else { "passes" };
            let number = self.kept.failed.len();
            let after = match tests {
                0 => "alone".to_owned(),
                n => format!("after {}", counted(n, "test")),
            };
            streams.say(&format!("run {number}: {verb} {after} ({took})"));
            fails
        };
        self.given += 1;
        if fails {
            self.fewest = Some(self.fewest.map_or(tests, |fewest| fewest.min(tests)));
        }
        Ok(fails)
    }

    fn check_bounds(&self) -> Result<(), Failure> {
        let (runs, took) = (self.runs, since(self.begun));
        if runs < self.max_runs.get() && took < self.max_time {
            return Ok(());
        }
        let so_far = match self.fewest {
            Some(fewest) => format!("the test fails after {}", counted(fewest, "test")),
            None => "nothing is found yet".to_owned(),
        };
        let what = format!("stopped after {} in {took}: {so_far}", counted(runs, "run"));
        Err(Failure::new(exit::TRY_AGAIN, what).hint(self.goes_on()))
    }

    fn goes_on(&self) -> String {
        let (runs, path) = (counted(self.kept.failed.len(), "run"), self.path.display());
        format!("{runs} so far are kept in {path}: the same command goes on")
    }

    /// Makes a last run, which is not kept.
    pub(super) fn confirm(
        &mut self,
        run: impl FnOnce() -> Result<bool, Failure>,
    ) -> Result<bool, Failure> {
        let begun = Instant::now();
        let answer = run().map_err(|failure| failure.or_hint(self.goes_on()))?;
        self.kept.took_us += since(begun);
        self.kept.failed.push(answer);
        Ok(answer)
    }

    /// Removes the file, and describes the runs.
    pub(super) fn finish(&self) -> String {
        // One that cannot be removed fits no other search.
        let _ = fs_err::remove_file(&self.path);
        let runs = counted(self.kept.failed.len(), "run");
        format!("{runs} of pytest in {}", self.kept.took_us)
    }
}

fn since(begun: Instant) -> Micros {
    Micros::new(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX))
}
