//! The results of a finished build, beside its predictions.

use std::cmp::Reverse;

use crate::model::{Miss, ResultFacts, TestName, Top};
use evenshard::Micros;
use evenshard::history::History;
use evenshard::suite::Suite;
use evenshard::verify::Verdict;

pub(super) fn facts(verdict: &Verdict, compared: Option<(&Suite<'_>, &History)>) -> ResultFacts {
    ResultFacts {
        build: verdict.build.clone(),
        proved: verdict.proved,
        list: verdict.list.clone(),
        problems: verdict.problems.iter().map(|p| p.message.clone()).collect(),
        totals: verdict.totals,
        shards: verdict.shards.clone(),
        balance: verdict.balance,
        misses: compared.map_or_else(Top::default, |(suite, history)| misses(suite, history)),
    }
}

/// Tests whose time was not as predicted, farthest first, then by classname and name.
fn misses(suite: &Suite<'_>, measured: &History) -> Top<Miss> {
    let samples = measured.samples();
    let mut found = Vec::new();
    for test in suite.estimates() {
        let Some(id) = measured.find(test.classname, test.name) else {
            continue;
        };
        let times: Vec<Micros> = samples.of(id).filter_map(|(_, s)| s.duration).collect();
        // Attempts add up: the shard waited for all of them.
        let took: Micros = times.iter().copied().sum();
        if !times.is_empty() && took != test.estimate {
            found.push((took.get().abs_diff(test.estimate.get()), test, took));
        }
    }
    found.sort_by_key(|(by, test, _)| (Reverse(*by), test.classname, test.name));
    Top::first(found, |(_, test, took)| Miss {
        test: TestName::new(test.classname, test.name),
        predicted_us: test.estimate,
        measured_us: took,
    })
}
