//! A finished build in sentences.

use super::name::{NAME, TIP, shown};
use crate::model::ResultFacts;
use crate::sentences::{balance, proof, unmeasured};
use crate::words::{capital, counted, grouped};

/// The most problems named. Chosen: a page is for an overview, `verify` names them all.
const PROBLEMS: usize = 30;

/// The build in sentences.
pub(super) fn lead(results: &ResultFacts) -> Vec<String> {
    let build = match &results.build {
        Some(build) => format!("Build {}: ", shown(build, TIP)),
        None => String::new(),
    };
    let tests = counted(results.totals.tests, "test");
    // A page has no Markdown.
    let proof = proof(results).replace('`', "");
    let mut lines = vec![format!("{build}{tests} selected; {proof}.")];
    lines.extend(unmeasured(results).map(|line| format!("The {line}.")));
    lines.push(match &results.balance {
        Some(found) => capital(&balance(found)),
        None => "No shard left a time.".to_owned(),
    });
    lines
}

/// The problems of a build that is not proved.
pub(super) fn problems(results: &ResultFacts) -> Vec<String> {
    let more = results.problems.len().saturating_sub(PROBLEMS);
    let named = results.problems.iter().take(PROBLEMS);
    let mut lines: Vec<String> = named.map(|p| shown(p, 2 * NAME)).collect();
    if more > 0 {
        lines.push(format!("and {} more", grouped(more)));
    }
    lines
}
