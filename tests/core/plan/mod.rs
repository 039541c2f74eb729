//! Plans: the laws that hold for every suite, and small cases by hand.

mod counted;
mod golden;
mod histories;
mod homes;
mod laws;
mod lines;
mod newcomers;
mod patterns;
mod placement;
mod room;
mod room_on_histories;
mod rules;

use evenshard::estimate::Estimates;
use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
use evenshard::suite::Suite;
use evenshard::{Micros, NodeId, Plan, Planner};

/// A history in the making: each report is a list of (node id, milliseconds).
#[derive(Default)]
pub(crate) struct Reports(Vec<Vec<(String, Option<u64>)>>);

impl Reports {
    /// Adds a report of tests with their times.
    pub(crate) fn with(mut self, cases: &[(&str, u64)]) -> Self {
        self.0.push(
            cases
                .iter()
                .map(|&(id, ms)| (id.to_owned(), Some(ms)))
                .collect(),
        );
        self
    }

    /// Adds a report, some of whose tests were skipped.
    pub(crate) fn with_all(mut self, cases: Vec<(String, Option<u64>)>) -> Self {
        self.0.push(cases);
        self
    }

    /// The history, with the reports taken in this order.
    pub(crate) fn history_in(&self, order: impl Iterator<Item = usize>) -> History {
        let mut history = History::new();
        for at in order {
            let mut recorder = history.report();
            for (id, ms) in &self.0[at] {
                let id = NodeId::parse(id);
                recorder.case(&CaseSeen {
                    classname: &id.classname(),
                    name: &id.name(),
                    sample: ms.map(Micros::from_millis),
                    ..CaseSeen::default()
                });
            }
            recorder.finish(
                ReportFacts {
                    digest: format!("report {at}"),
                    begun_ms: i64::try_from(at).ok().map(|day| day * 86_400_000),
                    ..ReportFacts::default()
                },
                Origin::default(),
            );
        }
        history
    }

    pub(crate) fn history(&self) -> History {
        self.history_in(0..self.0.len())
    }

    /// The plan for all known tests.
    pub(crate) fn plan(&self, planner: &Planner) -> Plan {
        planner
            .plan(&Suite::from_history(&Estimates::new(&self.history())))
            .unwrap()
    }
}

/// The index of the one shard that runs a test.
fn index(plan: &Plan, id: &NodeId<'_>) -> u32 {
    let on = plan.place(id, evenshard::plan::Kept::No).on;
    on.shard().unwrap().index()
}
