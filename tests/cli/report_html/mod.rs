//! The report as a page: what it holds, and how it looks in a real Chromium.

mod browser;
mod escaping;
mod size;

use crate::support::{Folder, junit};

/// The page of these timings, with more flags.
fn page(folder: &Folder, flags: &[&str]) -> String {
    let mut arguments = vec!["report", "--format", "html", "--timings", "junit"];
    arguments.extend(flags);
    folder.run(&arguments).succeeds().out.clone()
}

/// Three builds of a suite of some twenty tests, one of them flaky, one noisy.
fn suite(folder: &Folder) {
    for build in 1..=3_u32 {
        let faster = f64::from(build) / 10.0;
        let mut cases = vec![
            (
                "tests.test_a",
                "test_noisy".to_owned(),
                2.0 * f64::from(build),
            ),
            ("tests.test_b.TestB", "test_long".to_owned(), 9.0 - faster),
        ];
        for test in 0..20_u32 {
            let seconds = 0.3 + f64::from(test % 5);
            cases.push(("tests.test_c", format!("test_c[{test}]"), seconds));
        }
        let cases: Vec<(&str, &str, f64)> =
            cases.iter().map(|(c, n, t)| (*c, n.as_str(), *t)).collect();
        folder.file(&format!("junit/{build}.xml"), junit(&cases));
    }
}
