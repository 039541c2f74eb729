//! The tests that are known, beside the one that was typed.

use evenshard::NodeId;
use evenshard::address::{Pattern, likely_node_id};
use evenshard::history::History;
use evenshard_report::escape::printable_name;

use crate::failure::Failure;
use crate::inputs::Reading;
use crate::near::nearest;
use crate::settings::QuarantineAddSettings;
use crate::streams::Streams;

/// Warns where the timings, or those of the store, hold no test that is to be quarantined: it is
/// new, or mistyped.
pub(super) fn warn(
    settings: &QuarantineAddSettings,
    of_store: &[std::ffi::OsString],
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let mut history = History::new();
    let reading = Reading::new(&settings.suite.scope, &settings.path_map.mappings);
    // What the configuration names is there in jobs, and seldom on a laptop.
    let absent = |problem: String, _: &str, streams: &mut Streams<'_>| {
        streams.warn(&format!(
            "{problem}: the test may be one that no earlier build had"
        ));
        Ok(())
    };
    for paths in [&settings.timings[..], of_store] {
        reading.read_each("timings", paths, &mut history, absent, streams)?;
    }
    let ids = history.tests().map(|test| {
        let reported = format!("{}::{}", history.classname(test), history.name(test));
        likely_node_id(&reported).into_owned()
    });
    let ids: Vec<String> = ids.collect();
    let test = &settings.test;
    if ids.is_empty() || ids.iter().any(|id| test.covers(&NodeId::parse(id))) {
        return Ok(());
    }
    let shown = printable_name(test.as_str());
    let near = near(test, &ids);
    let near = near.map(|near| format!(": did you mean {}?", printable_name(&near)));
    streams.warn(&format!(
        "no earlier build had {shown}{}",
        near.unwrap_or_default()
    ));
    Ok(())
}

/// Finds the test, or the file, that an unknown one is most likely meant to be.
fn near(test: &Pattern, ids: &[String]) -> Option<String> {
    let typed = test.as_str();
    let file = |id: &String| id.split("::").next().unwrap_or_default().to_owned();
    if typed.contains("::") {
        return nearest(typed, ids.iter().map(String::as_str)).map(str::to_owned);
    }
    let files: std::collections::BTreeSet<String> = ids.iter().map(file).collect();
    nearest(typed, files.iter().map(String::as_str)).map(str::to_owned)
}

/// Says which entry was most likely meant.
pub(super) fn near_or_list(test: &Pattern, names: &[&str]) -> String {
    match nearest(test.as_str(), names.iter().copied()) {
        Some(near) => format!("did you mean {}?", printable_name(near)),
        None => "`evenshard quarantine list` shows it".to_owned(),
    }
}
