//! Histories: merging, forgetting, and what is learnt from them.

mod estimates;
mod gone;
mod laws;
mod measured;
mod session;
mod store;

use evenshard::history::{CaseSeen, Histories, History, Origin, ReportFacts};
use evenshard::record::{FileSetup, Home, RunRecord, SetupCosts, SharedFixture, State};
use evenshard::{Micros, Outcome, Shard};

/// A report in the making.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) digest: String,
    pub(crate) day: Option<i64>,
    pub(crate) origin: Origin,
    pub(crate) wall: Option<Micros>,
    /// Classname, name, microseconds (`None`: skipped).
    pub(crate) cases: Vec<(String, String, Option<u64>)>,
    /// What the run record beside it measured.
    pub(crate) setup: SetupCosts,
    /// What it told of the tests: what went home, and functions with positional ids.
    pub(crate) told: Option<(Vec<Home>, Vec<String>)>,
    /// What it measured of fixtures that tests of several files share.
    pub(crate) session: Vec<SharedFixture>,
}

impl Report {
    pub(crate) fn new(digest: &str, day: i64, cases: &[(&str, &str, u64)]) -> Self {
        Self {
            digest: digest.to_owned(),
            day: Some(day),
            origin: Origin::default(),
            wall: None,
            setup: SetupCosts::default(),
            told: None,
            session: Vec::new(),
            cases: cases
                .iter()
                .map(|&(c, n, ms)| (c.to_owned(), n.to_owned(), Some(ms * 1_000)))
                .collect(),
        }
    }

    pub(crate) fn of_build(mut self, id: &str, shard: Option<(u32, u32)>) -> Self {
        self.origin.build = Some(id.to_owned());
        self.origin.shard = shard;
        self
    }

    /// With what a run measured of the file `t/test_a.py`.
    pub(crate) fn measured(mut self, setup: FileSetup) -> Self {
        self.setup.files.insert("t/test_a.py".to_owned(), setup);
        self
    }

    pub(crate) fn add_to(&self, history: &mut History) -> bool {
        let mut recorder = history.report();
        let mut record = RunRecord::started("", Shard::new(0, 1).unwrap());
        record.state = State::Finished;
        record.exit_status = Some(0);
        record.selected = vec!["t/test_a.py::test_1".to_owned()];
        record.setup = self.setup.clone();
        if let Some((home, positional)) = self.told.clone() {
            (record.home, record.positional) = (home, Some(positional));
        }
        record.session_us.clone_from(&self.session);
        recorder.record(&record);
        for (classname, name, us) in &self.cases {
            recorder.case(&CaseSeen {
                classname,
                name,
                sample: us.map(Micros::new),
                outcome: if us.is_some() {
                    Outcome::Passed
                } else {
                    Outcome::Skipped
                },
                ..CaseSeen::default()
            });
        }
        let facts = ReportFacts {
            digest: self.digest.clone(),
            begun_ms: self.day.map(|d| d * 86_400_000),
            wall: self.wall,
        };
        recorder.finish(facts, self.origin.clone())
    }
}

pub(crate) fn history(reports: &[Report]) -> History {
    let mut history = History::new();
    for report in reports {
        report.add_to(&mut history);
    }
    history
}

/// The file of one history, in the scope without a name.
pub(crate) fn json(history: &History) -> String {
    let mut histories = Histories::default();
    histories.scope("").merge(history);
    histories.to_json()
}

pub(crate) fn read(json: &str) -> History {
    let mut histories = Histories::from_json(json.as_bytes(), "timings.json").unwrap();
    std::mem::take(histories.scope(""))
}
