//! What holds of the types that others keep, send and share.

use evenshard::estimate::Estimates;
use evenshard::history::{Histories, History};
use evenshard::ingest::FileSummary;
use evenshard::pack::{Certificate, Groups, Options, Packing, Problem};
use evenshard::plan::{PlanContent, Rules, Slice};
use evenshard::suite::{Alignment, Suite};
use evenshard::verify::{Evidence, Gathered, Verdict};
use evenshard::{
    Address, Error, Micros, NodeId, Pattern, Plan, Planner, RunRecord, Shard, Warning,
};

/// That it compiles is the test: a job may plan on one thread and run on others.
#[test]
fn what_the_library_gives_can_be_sent_and_shared() {
    fn shared<T: Send + Sync + Unpin>() {}
    shared::<(Address, NodeId<'static>, Pattern, Micros, Shard)>();
    shared::<(Error, Warning, FileSummary)>();
    shared::<(History, Histories, Estimates<'_>, Suite<'static>, Alignment)>();
    shared::<(Problem, Options<'static>, Packing, Certificate, Groups)>();
    shared::<(Planner, Plan, PlanContent, Rules, Slice<'static>)>();
    shared::<(RunRecord, Evidence, Gathered, Verdict)>();
}

/// `?` in a function that returns a boxed error, `anyhow` and threads ask for this.
#[test]
fn errors_can_be_boxed_and_say_where_they_happened() {
    let error = Plan::from_json("{", "plan.json").unwrap_err();
    let boxed: Box<dyn std::error::Error + Send + Sync + 'static> = error.into();
    assert!(boxed.to_string().starts_with("plan.json"), "{boxed}");
}
