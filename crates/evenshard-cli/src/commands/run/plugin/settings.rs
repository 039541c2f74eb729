//! Everything that `run` hands to the plugin. `pytest/plugin/settings.py` lists the same keys.

use std::collections::BTreeSet;
use std::path::Path;

use evenshard::plan::{Pieces, Slice};
use evenshard::{RunRecord, Shard};
use serde::Serialize;

use crate::commands::run::share::Collected;
use crate::config::Entry;
use crate::planning::Times;

#[derive(Debug, Serialize)]
pub(crate) struct Settings<'a> {
    /// The private folder, as `run` sees it.
    pub(crate) folder: &'a Path,
    /// The folder for messages.
    pub(crate) talk: &'a Path,
    /// Variables that the user has set, and to nothing.
    pub(crate) empty: Vec<&'static str>,
    #[serde(flatten)]
    pub(crate) job: &'a Job<'a>,
}

/// The work of one command.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Job<'a> {
    /// The marks whose tests stay with their file.
    pub(crate) whole_marks: &'a [String],
    /// The tests of one shard; `None` to collect all tests and run none.
    pub(crate) run: Option<Run<'a>>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Run<'a> {
    pub(crate) slice: &'a Slice<'a>,
    /// The shard as messages have it, such as `3/20`.
    pub(crate) shard: String,
    pub(crate) junit: Option<&'a Path>,
    /// The percentage of tests that the timings have to know.
    pub(crate) require_match: Option<f64>,
    /// Node ids that have passed in an earlier attempt and do not run again.
    pub(crate) passed: Option<&'a BTreeSet<String>>,
    pub(crate) record: &'a RunRecord,
    /// The path of the run record; `None`: beside the JUnit file.
    pub(crate) record_path: Option<&'a Path>,
    pub(crate) quarantine: Vec<Quarantined<'a>>,
    /// Set to leave files of other shards alone.
    pub(crate) prune: bool,
    /// Set to collect and run nothing.
    pub(crate) survey: bool,
    /// The only node ids to run, beside sessions that run others.
    pub(crate) only: Option<&'a BTreeSet<String>>,
    /// The node id of a test whose outcome is wanted, and no results but that.
    pub(crate) watch: Option<&'a str>,
    /// The order of the tests, where one is watched; empty for pytest's own.
    pub(crate) order: &'a [String],
    /// The tests of the shard that were collected to be counted, by classname.
    pub(crate) collected: Option<&'a Collected>,
    /// The durations of tests, where xdist's workers are to get the longest first.
    pub(crate) longest_first: Option<&'a Times>,
}

impl<'a> Run<'a> {
    /// Runs the tests of a slice with all that its files hold, and leaves a record beside the JUnit
    /// file.
    pub(crate) fn of(slice: &'a Slice<'a>, shard: Shard, record: &'a RunRecord) -> Self {
        Self {
            slice,
            shard: shard.to_string(),
            junit: None,
            require_match: None,
            passed: None,
            record,
            record_path: None,
            quarantine: Vec::new(),
            prune: false,
            survey: false,
            only: None,
            watch: None,
            order: &[],
            collected: None,
            longest_first: None,
        }
    }
}

/// Tests whose failures do not fail the session.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Quarantined<'a> {
    patterns: Vec<Pieces<'a>>,
    reason: &'a str,
}

impl<'a> Quarantined<'a> {
    pub(crate) fn new(entry: &'a Entry) -> Self {
        Self {
            // Taken apart here, so that the plugin need not parse patterns.
            patterns: entry.patterns.iter().map(|p| p.pieces()).collect(),
            reason: &entry.reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use evenshard::plan::Rules;
    use evenshard::{Planner, RunRecord};

    use super::super::tests::assert_lists;
    use super::{Job, Quarantined, Run, Settings};

    #[test]
    fn rust_and_the_plugin_list_the_same_keys() {
        let rules = Rules {
            everywhere: vec!["a.py".parse().unwrap()],
            ..Rules::default()
        };
        let planner = Planner::new(2).unwrap().rules(rules);
        let plan = planner.plan_without_timings().unwrap();
        let shard = plan.shard(0).unwrap();
        let (slice, record) = (plan.slice(shard), RunRecord::started(plan.digest(), shard));
        let run = Run {
            quarantine: vec![Quarantined {
                patterns: Vec::new(),
                reason: "flaky",
            }],
            prune: true,
            ..Run::of(&slice, shard, &record)
        };
        let settings = Settings {
            folder: Path::new("/tmp/private"),
            talk: Path::new("/tmp/private/talk"),
            empty: Vec::new(),
            job: &Job {
                whole_marks: &[],
                run: Some(run),
            },
        };
        let settings = serde_json::to_value(settings).unwrap();
        let run = &settings["run"];
        assert_lists("settings.py", "Settings", &settings);
        assert_lists("settings.py", "Run", run);
        assert_lists("settings.py", "Quarantined", &run["quarantine"][0]);
        assert_lists("settings.py", "Slice", &run["slice"]);
        assert_lists("settings.py", "SliceRules", &run["slice"]["rules"]);
    }
}
