//! Any bytes are a `timings.json` and a `plan.json`: no panic, no hang, and what is read can
//! be planned from, written and read again.
//!
//! From this folder, on a stable compiler:
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run files corpus/files seeds/files -- -dict=files.dict
//! -max_total_time=60 -seed=1 -timeout=10 -rss_limit_mb=2048` (after `mkdir -p corpus/files`).
#![no_main]

use evenshard::estimate::Estimates;
use evenshard::history::{Histories, History};
use evenshard::ingest::{self, Source};
use evenshard::plan::Kept;
use evenshard::suite::Suite;
use evenshard::{NodeId, Plan, Planner};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    timings(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        plan(text);
    }
});

fn timings(bytes: &[u8]) {
    let mut history = History::new();
    ingest::read(bytes, Source::named("fuzz.json"), &mut history);
    let Ok(mut read) = Histories::from_json(bytes, "fuzz.json") else {
        return;
    };
    let json = read.to_json();
    let again = Histories::from_json(json.as_bytes(), "again.json").expect("what was written");
    assert_eq!(again.to_json(), json);
    let suite = Suite::from_history(&Estimates::new(read.scope("")));
    let planned = Planner::new(3).expect("three shards").plan(&suite);
    let planned = planned.expect("few tests");
    assert!(planned.content().certificate.makespan >= planned.content().certificate.lower_bound);
}

fn plan(text: &str) {
    // A fuzzer does not find digests: the content is tried without one as well.
    let Ok(plan) = Plan::from_json_unchecked(text) else {
        return;
    };
    for id in ["t/a.py::T::test_1[x]", "t/b.py::test_1", "::", ""] {
        let id = NodeId::parse(id);
        let on = plan.place(&id, Kept::No).on;
        let running: Vec<_> = plan.shards().filter(|shard| on.includes(*shard)).collect();
        assert!(!running.is_empty());
        let of_file = plan.shards_of_file(id.path());
        assert!(running.iter().all(|shard| of_file.contains(shard)));
    }
    assert_eq!(
        Plan::from_json(&plan.to_json(), "again")
            .expect("written")
            .digest(),
        plan.digest()
    );
}
