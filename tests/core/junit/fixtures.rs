//! One small file per dialect: what is read from it stands beside it, in `*.expected`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use evenshard::junit::{SuiteId, looks_like_junit, path};

use super::read_as;

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    let mut files = Vec::new();
    for producer in std::fs::read_dir(root).unwrap() {
        let producer = producer.unwrap().path();
        if producer.is_dir() {
            let inside = std::fs::read_dir(producer).unwrap();
            files.extend(inside.map(|file| file.unwrap().path()));
        }
    }
    files.retain(|file| {
        file.file_name()
            .is_some_and(|n| n.to_string_lossy().contains(".xml"))
    });
    files.retain(|file| file.extension().is_some_and(|e| e != "expected"));
    files.sort();
    files
}

/// Everything that was read, a line each.
fn summary(name: &str, bytes: &[u8]) -> String {
    let (report, seen) = read_as(name, bytes);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} cases, {} samples, total {} us, {}, {} by its looks",
        report.cases,
        report.samples,
        report.total.get(),
        if report.complete {
            "complete"
        } else {
            "cut short"
        },
        if looks_like_junit(bytes) {
            "JUnit"
        } else {
            "no JUnit"
        },
    );
    for suite in &report.suites {
        let _ = writeln!(
            out,
            "suite {:?} line {} parent {:?} file {:?} time {:?}: {} cases, {} without time, {} us{}",
            suite.name,
            suite.line,
            suite.parent.map(SuiteId::index),
            suite.file,
            suite.time.map(evenshard::Micros::get),
            suite.cases,
            suite.untimed,
            suite.cases_time.get(),
            if suite.implied { ", implied" } else { "" },
        );
    }
    for case in &seen {
        let _ = writeln!(
            out,
            "case {:?} {:?} line {} suite {} file {:?}: {:?} {:?}",
            case.classname,
            case.name,
            case.line,
            case.suite,
            case.file.as_deref().and_then(path::normalise),
            case.outcome,
            case.us,
        );
    }
    for warning in &report.warnings {
        let _ = writeln!(out, "warning {warning}");
    }
    out
}

#[test]
fn every_fixture_reads_as_noted_beside_it() {
    let files = fixtures();
    assert!(files.len() > 40, "{} fixtures", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let ours = summary(&name, &std::fs::read(&file).unwrap());
        let noted = std::fs::read_to_string(file.with_file_name(format!("{name}.expected")));
        if noted.ok().as_deref() != Some(ours.as_str()) {
            wrong.push(format!("{}\n{ours}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
