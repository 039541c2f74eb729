//! Thresholds of coverage: a shard covers a part, and fails one that is for the whole.

use std::ffi::OsString;
use std::path::Path;

use crate::env::Env;
use crate::streams::Streams;

/// The files of the working folder in which coverage and pytest look for settings.
const FILES: &[&str] = &[
    ".coveragerc",
    "pyproject.toml",
    "setup.cfg",
    "tox.ini",
    "pytest.ini",
    ".pytest.ini",
];

/// Warns where pytest-cov will compare this shard's coverage with a threshold.
pub(super) fn warn(command: &[OsString], env: &Env, streams: &mut Streams<'_>) {
    let read = |file: &&'static str| {
        let text = fs_err::read_to_string(env.absolute(Path::new(file))).ok()?;
        Some((*file, text))
    };
    let files: Vec<(&str, String)> = FILES.iter().filter_map(read).collect();
    let typed: Vec<String> = command
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let added = env.get("PYTEST_ADDOPTS").unwrap_or_default();
    if let Some(place) = threshold(&typed, added, &files) {
        streams.warn(&format!(
            "one shard covers a part of the code, and {place} compares it with the threshold for all of it: \
             pass --cov-fail-under=0 here, and check the threshold after `coverage combine`"
        ));
    }
}

/// Says what measures coverage in a command, if anything does.
pub(super) fn measures(command: &[OsString], env: &Env) -> Option<&'static str> {
    let typed: Vec<String> = command
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let mut words = typed.iter().flat_map(|word| word.split_ascii_whitespace());
    let is_program =
        |word: &str| matches!(Path::new(word).file_stem(), Some(name) if name == "coverage");
    if words.any(|word| is_cov(word) || is_program(word)) {
        return Some("the command");
    }
    let added = env.get("PYTEST_ADDOPTS").unwrap_or_default();
    if added.split_ascii_whitespace().any(is_cov) {
        return Some("PYTEST_ADDOPTS");
    }
    FILES.iter().copied().find(|file| {
        let text = fs_err::read_to_string(env.absolute(Path::new(file))).unwrap_or_default();
        let mut words = text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ','));
        words.any(is_cov)
    })
}

/// Names the place of a threshold that pytest-cov will apply.
fn threshold(typed: &[String], added: &str, files: &[(&str, String)]) -> Option<String> {
    // A later one wins, and what is typed comes after what is configured.
    let words: Vec<&str> = typed
        .iter()
        .flat_map(|word| word.split_ascii_whitespace())
        .collect();
    let added: Vec<&str> = added.split_ascii_whitespace().collect();
    for (words, place) in [(&words, "--cov-fail-under"), (&added, "PYTEST_ADDOPTS")] {
        if let Some(value) = last_value(words, "--cov-fail-under") {
            return (!is_zero(value)).then(|| place.to_owned());
        }
    }
    // Not parsed by its format: a wrong guess only costs a warning.
    let addopts = |text: &str| -> Option<Option<bool>> {
        let words: Vec<&str> = text
            .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ','))
            .collect();
        let value = last_value(&words, "--cov-fail-under");
        let measures = words.iter().any(|w| is_cov(w));
        (measures || value.is_some()).then(|| value.map(|v| !is_zero(v)))
    };
    let configured: Vec<_> = files
        .iter()
        .filter_map(|(file, text)| Some((*file, addopts(text)?)))
        .collect();
    if let Some((file, applies)) = configured.iter().find_map(|(f, v)| Some((f, (*v)?))) {
        return applies.then(|| format!("--cov-fail-under in {file}"));
    }
    let measured = !configured.is_empty() || words.iter().chain(&added).any(|w| is_cov(w));
    // Without --cov, nothing compares it with the threshold of the report.
    let report = files.iter().find(|(file, text)| fails_under(file, text));
    report
        .filter(|_| measured)
        .map(|(file, _)| format!("fail_under in {file}"))
}

fn is_cov(word: &str) -> bool {
    word == "--cov" || word.starts_with("--cov=")
}

fn is_zero(value: &str) -> bool {
    value.parse::<f64>().is_ok_and(|v| v == 0.0)
}

/// Returns the last value of an option that is written `--option=value` or `--option value`.
fn last_value<'a>(words: &[&'a str], option: &str) -> Option<&'a str> {
    let value = |(at, word): (usize, &&'a str)| match word.strip_prefix(option)? {
        "" => words.get(at + 1).copied(),
        rest => rest.strip_prefix('='),
    };
    words.iter().enumerate().rev().find_map(value)
}

/// Returns true when coverage's report section of this file has a `fail_under` above 0.
fn fails_under(file: &str, text: &str) -> bool {
    let section = match file {
        ".coveragerc" => "[report]",
        "pyproject.toml" => "[tool.coverage.report]",
        "setup.cfg" | "tox.ini" => "[coverage:report]",
        _ => return false,
    };
    let mut inside = false;
    text.lines().map(str::trim).any(|line| {
        if line.starts_with('[') {
            inside = line == section;
        }
        let value = line
            .split_once('=')
            .filter(|(key, _)| key.trim() == "fail_under");
        inside && value.is_some_and(|(_, v)| !is_zero(v.split('#').next().unwrap_or(v).trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::threshold;

    fn found(command: &str, files: &[(&str, &str)]) -> Option<String> {
        let typed: Vec<String> = command.split(' ').map(ToOwned::to_owned).collect();
        let files: Vec<_> = files.iter().map(|(f, t)| (*f, (*t).to_owned())).collect();
        threshold(&typed, "", &files)
    }

    #[test]
    fn a_threshold_is_found_wherever_it_is_written() {
        let addopts = [(
            "pytest.ini",
            "[pytest]\naddopts = --cov=shop --cov-fail-under=80\n",
        )];
        assert!(found("pytest --cov --cov-fail-under=80", &[]).is_some());
        assert!(found("pytest --cov --cov-fail-under 80", &[]).is_some());
        assert!(found("sh -c pytest --cov=shop --cov-fail-under=80", &[]).is_some());
        assert!(found("pytest", &addopts).is_some());
        for (file, section) in [
            (".coveragerc", "[report]"),
            ("pyproject.toml", "[tool.coverage.report]"),
            ("setup.cfg", "[coverage:report]"),
            ("tox.ini", "[coverage:report]"),
        ] {
            let text =
                format!("[other]\na = 1\n{section}\nshow_missing = true\nfail_under = 80 # all\n");
            assert_eq!(
                found("pytest --cov", &[(file, &text)]),
                Some(format!("fail_under in {file}"))
            );
        }
    }

    #[test]
    fn no_threshold_is_no_warning() {
        let report = [(".coveragerc", "[report]\nfail_under = 80\n")];
        let elsewhere = [("tox.ini", "[report]\nfail_under = 80\n")];
        assert_eq!(found("pytest --cov --cov-fail-under=0", &report), None);
        assert_eq!(found("pytest", &report), None, "nothing is measured");
        assert_eq!(
            found("coverage run -m pytest", &report),
            None,
            "nor compared"
        );
        assert_eq!(found("pytest --cov", &elsewhere), None);
        assert_eq!(
            found(
                "pytest --cov",
                &[(".coveragerc", "[report]\nfail_under = 0\n")]
            ),
            None
        );
        let addopts = [("pytest.ini", "addopts = --cov --cov-fail-under=80")];
        assert_eq!(found("pytest --cov-fail-under=0", &addopts), None);
    }
}
