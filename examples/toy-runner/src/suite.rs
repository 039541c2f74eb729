//! The tests of a web shop that is not there.

use std::thread::sleep;
use std::time::Duration;

/// Tests that share a fixture, which every process that runs one of them has to set up.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) set_up: fn(),
    pub(crate) tests: Vec<Test>,
}

/// A test passes if it returns, and fails if it panics.
pub(crate) struct Test {
    pub(crate) name: &'static str,
    pub(crate) body: fn(),
}

pub(crate) fn suite() -> Vec<Group> {
    let test = |name, body| Test { name, body };
    vec![
        Group {
            name: "account",
            set_up: || wait(2),
            tests: vec![
                test("refuses_a_wrong_password", || wait(3)),
                test("signs_in", || wait(4)),
            ],
        },
        Group {
            name: "cart",
            set_up: || wait(10),
            tests: vec![
                test("adds_up", || assert_eq!([5, 7].iter().sum::<u32>(), 12)),
                test("keeps_a_hundred_articles", || wait(15)),
                test("survives_a_restart", || wait(30)),
            ],
        },
        Group {
            name: "search",
            set_up: || wait(5),
            tests: vec![
                test("finds", || wait(8)),
                test("finds_with_typos", || wait(21)),
                test("ranks", || wait(12)),
            ],
        },
    ]
}

/// The work of a test of a shop: mostly waiting.
fn wait(milliseconds: u64) {
    sleep(Duration::from_millis(milliseconds));
}
