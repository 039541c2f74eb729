//! The pictures on the page about balancing are drawn from real plans.

use std::process::Command;

use super::root;

#[test]
fn the_pictures_are_those_that_the_binary_draws_now() {
    let output = Command::new("python3")
        .arg(root().join("scripts/site/figures.py"))
        .args([env!("CARGO_BIN_EXE_evenshard"), "--check"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
