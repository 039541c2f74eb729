//! Real reports of many producers, judged by an independent oracle; only where they are.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use evenshard::Outcome;
use serde_json::Value;

use crate::support::shared;

use super::{Seen, read_as, warnings};

/// The corpus beside the project, where it is at hand.
fn corpus() -> Option<(PathBuf, Value)> {
    let folder = shared("corpus")?;
    let oracle = std::fs::read_to_string(folder.join("ORACLE.json")).unwrap();
    Some((folder.join("files"), serde_json::from_str(&oracle).unwrap()))
}

fn count(facts: &Value, pointer: &str) -> u64 {
    facts
        .pointer(pointer)
        .and_then(Value::as_u64)
        .unwrap_or_else(|| panic!("no {pointer}"))
}

/// Gathers disagreements, so that one run shows all of them.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn equal<T: PartialEq + std::fmt::Debug>(
        &mut self,
        file: &str,
        what: &str,
        ours: &T,
        theirs: &T,
    ) {
        if ours != theirs {
            self.0.push(format!(
                "{file}: {what}: {ours:?} here, {theirs:?} by the oracle"
            ));
        }
    }

    fn check(&mut self, holds: bool, message: impl FnOnce() -> String) {
        if !holds {
            self.0.push(message());
        }
    }

    fn finish(self) {
        assert!(self.0.is_empty(), "\n{}", self.0.join("\n"));
    }
}

fn each(facts: &Value, files: &Path, wanted: bool, mut judge: impl FnMut(&str, &Value, &[u8])) {
    let mut judged = 0;
    for (name, facts) in facts.as_object().unwrap() {
        if facts["well_formed"] == wanted {
            judge(name, facts, &std::fs::read(files.join(name)).unwrap());
            judged += 1;
        }
    }
    assert!(judged > 10, "{judged} files");
}

#[test]
fn well_formed_files_have_the_cases_times_and_suites_of_the_oracle() {
    let Some((files, oracle)) = corpus() else {
        return;
    };
    let mut differ = Differences::default();
    each(&oracle, &files, true, |name, facts, bytes| {
        let (report, seen) = read_as(name, bytes);
        let sum = facts
            .pointer("/time/sum_s")
            .and_then(Value::as_f64)
            .unwrap();
        differ.equal(name, "cases", &report.cases, &count(facts, "/n_testcase"));
        let sum_us = (sum * 1e6).round();
        differ.equal(
            name,
            "microseconds",
            &report.total.get().to_string(),
            &sum_us.to_string(),
        );
        let suites = report.suites.iter().filter(|suite| !suite.implied).count() as u64;
        differ.equal(name, "suites", &suites, &count(facts, "/n_testsuite"));
        differ.check(report.complete, || format!("{name}: not complete"));
        identities(&mut differ, name, facts, &seen);
        outcomes(&mut differ, name, facts, &seen);
        // What is well-formed has no fault but in its times, or in being no report.
        let lookalike = facts.get("lookalike").is_some();
        let odd: Vec<_> = warnings(&report)
            .into_iter()
            .filter(|w| !w.contains("time ") && !w.contains("and ") && !lookalike)
            .collect();
        differ.check(odd.is_empty(), || format!("{name}: {odd:?}"));
        differ.check(!lookalike || !report.warnings.is_empty(), || {
            format!("{name}: passes for a report")
        });
    });
    differ.finish();
}

fn identities(differ: &mut Differences, name: &str, facts: &Value, seen: &[Seen]) {
    // The oracle knows no `class`, which we take where there is no `classname`.
    if count(facts, "/ids/class_attr") == 0 {
        let ids: HashSet<_> = seen.iter().map(|c| (&c.classname, &c.name)).collect();
        let theirs = count(facts, "/ids/distinct_classname_name");
        differ.equal(name, "distinct ids", &(ids.len() as u64), &theirs);
    }
    if count(facts, "/file_attr/cases_with_filename_or_filepath") == 0
        && count(facts, "/file_attr/suites_with_filename_or_filepath") == 0
    {
        let files = seen.iter().filter(|c| c.file.is_some()).count() as u64;
        let theirs = count(facts, "/file_attr/cases_file_or_inherited");
        // We also hand the file of an empty suite to its siblings.
        differ.check(files >= theirs, || {
            format!("{name}: {files} files, oracle {theirs}")
        });
    }
}

fn outcomes(differ: &mut Differences, name: &str, facts: &Value, seen: &[Seen]) {
    let ended =
        |wanted: &[Outcome]| seen.iter().filter(|c| wanted.contains(&c.outcome)).count() as u64;
    if count(facts, "/status/cases_with_several") > 0
        || count(facts, "/status/cases_with_status_or_result_attr") > 0
    {
        return;
    }
    let status = |what: &str| count(facts, &format!("/status/{what}"));
    differ.equal(
        name,
        "failures",
        &ended(&[Outcome::Failed]),
        &status("cases_with_failure"),
    );
    differ.equal(
        name,
        "errors",
        &ended(&[Outcome::Errored]),
        &status("cases_with_error"),
    );
    let skipped = status("cases_with_skipped") + status("cases_with_skip_elem");
    differ.equal(
        name,
        "skipped",
        &ended(&[Outcome::Skipped, Outcome::XFailed]),
        &skipped,
    );
    differ.equal(
        name,
        "passed",
        &ended(&[Outcome::Passed]),
        &status("cases_with_none"),
    );
}

#[test]
fn malformed_files_lose_no_case_and_say_where_they_are_odd() {
    let Some((files, oracle)) = corpus() else {
        return;
    };
    let mut differ = Differences::default();
    each(&oracle, &files, false, |name, facts, bytes| {
        let (report, _) = read_as(name, bytes);
        // No parser is a judge here: the tags were counted outside of CDATA and comments.
        let mut tags = count(facts, "/n_testcase_regex");
        // It ends in the middle of the name of its last case, which is thus none.
        tags -= u64::from(name.ends_with("kettle-malformed.xml"));
        differ.equal(name, "cases", &report.cases, &tags);
        let located = warnings(&report).iter().any(|w| {
            w.strip_prefix(&format!("{name}:"))
                .is_some_and(|w| w.as_bytes()[0].is_ascii_digit())
        });
        differ.check(located, || format!("{name}: no warning with file and line"));
    });
    differ.finish();
}

#[test]
fn every_file_cut_anywhere_or_chewed_is_survived() {
    let Some((files, oracle)) = corpus() else {
        return;
    };
    for name in oracle.as_object().unwrap().keys() {
        let bytes = std::fs::read(files.join(name)).unwrap();
        let step = (bytes.len() / 40).max(1);
        for end in (0..bytes.len()).step_by(step) {
            let (cut, _) = read_as(name, &bytes[..end]);
            let (rest, _) = read_as(name, &bytes[end..]);
            assert!(cut.samples <= cut.cases && rest.samples <= rest.cases);
        }
    }
}
