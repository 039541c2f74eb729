//! Planned time that the command does not select: the shards of such a build end apart.

use std::ffi::OsString;

use evenshard::{Micros, Plan};

use crate::commands::run::plugin::message::Session;
use crate::commands::run::unpruned::Found;
use crate::planning::Times;
use crate::settings::RunSettings;
use crate::streams::Streams;

/// More than this share of a shard's planned time is worth a warning. Chosen, not
/// measured: renamed and removed tests are to stay below it.
const MUCH_PERCENT: u64 = 20;

/// Warns where much of what was planned for this shard was not selected, by `-k` and the like.
pub(super) fn warn(
    plan: &Plan,
    times: &Times,
    sessions: &[Session],
    found: &Found,
    settings: &RunSettings,
    streams: &mut Streams<'_>,
) {
    let ran = || sessions.iter().filter(|s| !s.collect_only);
    let mut selections = ran().filter_map(|s| s.selection.as_deref());
    // Without a selection, what is missing is gone, not left out.
    let Some(selection) = selections.find(|text| !text.is_empty()) else {
        return;
    };
    // What failed last time is another selection in each build.
    let by_cache = |word: &str| matches!(word, "--lf" | "--stepwise");
    if selection.split(' ').any(by_cache) || !ran().all(Session::has_collected) {
        return;
    }
    let selected = ran().flat_map(|s| &s.selected);
    let (planned, left) = times.not_among(selected.chain(&found.gone).map(String::as_str));
    if !is_much(left, planned) {
        return;
    }
    let percent = left.get().saturating_mul(100) / planned.get();
    streams.warn(&format!(
        "{percent} % of the time that is planned for this shard ({left} of {planned}) is not selected by `{selection}`: shards will end apart"
    ));
    streams.add(&format!(
        "hint: plan what is selected: {}, and run with --plan plan.json",
        planning_it(plan, settings)
    ));
}

fn is_much(left: Micros, planned: Micros) -> bool {
    // Times a hundred, a sum of times may need more than 64 bits.
    let (left, planned) = (u128::from(left.get()), u128::from(planned.get()));
    left * 100 > planned * u128::from(MUCH_PERCENT)
}

/// The command that plans what this one selects.
fn planning_it(plan: &Plan, settings: &RunSettings) -> String {
    let shards = plan.shard_count().to_string();
    let mut words: Vec<String> = ["evenshard", "plan", "--shards", &shards]
        .map(str::to_owned)
        .into();
    let text = |word: &OsString| word.to_string_lossy().into_owned();
    let timings = &settings.source.timings.paths;
    if !timings.is_empty() {
        words.push("--timings".to_owned());
        words.extend(timings.iter().map(text));
    }
    let scope = &settings.source.timings.scope;
    if !scope.is_empty() {
        words.extend(["--scope".to_owned(), scope.clone()]);
    }
    words.extend(["--output", "plan.json", "--"].map(str::to_owned));
    words.extend(settings.launch.command.iter().map(text));
    shell_words::join(words)
}
