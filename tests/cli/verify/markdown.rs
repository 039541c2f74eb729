//! The annotation, for whatever tests and jobs are called and say.

use evenshard::outcome::Outcomes;
use evenshard::verify::{FailedTest, Verdict};
use evenshard_report::markup::Links;
use evenshard_report::verdict::markdown::{LIMIT, render};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Texts that would be markup, HTML or more than text if nothing stood in their way.
fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        ".{0,12}",
        prop::sample::select(vec![
            "<script>alert(1)</script>",
            "</details>",
            "</pre>",
            "</summary>\n\n# title",
            "[x](javascript:alert(1))",
            "![x](https://e.example/p.png)",
            "| a | b |",
            "```",
            "`code`",
            "<!-- ",
            "&lt;img src=x onerror=y&gt;",
            "\x1b[31mred\x1b[0m",
            "\u{202e}",
            "\u{61c}\u{2028}\u{2067}",
            "\r\n\r\n",
            "www.example.com https://example.com me@example.com",
            "<a href='x' onclick=\"y\">",
        ])
        .prop_map(str::to_owned),
    ];
    vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn failed(name: String, said: [String; 4]) -> FailedTest {
    let [message, text, system_out, system_err] = said;
    let failed = json!({
        "test": Value::String(name), "shard": 1, "job": "0190-1", "outcome": "failed",
        "message": message, "text": text, "system_out": system_out, "system_err": system_err,
    });
    serde_json::from_value(failed).unwrap()
}

fn verdict(failures: Vec<FailedTest>, name: &str) -> Verdict {
    let problem = |kind| {
        json!({
            "kind": kind, "message": format!("found {name}"), "shards": [1],
            "tests": [name], "files": [name],
        })
    };
    let count = Outcomes::default();
    let tests = failures.len();
    let failures = serde_json::to_value(failures).unwrap();
    let verdict = json!({
        "version": 1,
        "proved": false,
        "build": name,
        "scope": name,
        "plan_digest": name,
        "shard_count": 1,
        "totals": {
            "tests": tests, "outcomes": count, "lost": 0, "ran_twice": 0, "not_run": 0,
        },
        "problems": [problem("vanished")],
        "warnings": [problem("unclaimed-junit")],
        "shards": [{
            "shard": 1, "state": "finished", "job": name, "attempts": [1], "exit_status": 1,
            "tests": 1, "outcomes": count, "predicted_us": 0, "measured_us": null,
            "records": [name],
        }],
        "balance": null,
        "flaky": [{ "test": name, "shard": 1, "runs": 2, "outcome": "passed" }],
        "retried": [],
        "quarantined": [{ "test": name, "shard": 1 }],
        "failures": failures,
    });
    serde_json::from_value(verdict).unwrap()
}

const LINK: &str = "<a href=\"https://b.example/1#";

/// The Markdown without the few tags that are ours.
fn without_our_tags(markdown: &str) -> String {
    let ours = ["details", "summary", "pre", "code", "strong"];
    let mut rest = markdown.to_owned();
    for tag in ours {
        rest = rest
            .replace(&format!("<{tag}>"), "")
            .replace(&format!("</{tag}>"), "");
    }
    // A link to a job is one only where the job is letters, digits and hyphens.
    let rest = rest.replace("</a>", "");
    let job = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let (first, linked) = rest.split_once(LINK).unwrap_or((&rest, ""));
    let linked = linked.split(LINK).filter(|part| !part.is_empty());
    let linked = linked.map(|part| part.trim_start_matches(job).strip_prefix("\">").unwrap());
    first.to_owned() + &linked.collect::<String>()
}

/// As many as there are opened are closed, in their order.
fn is_balanced(markdown: &str) -> bool {
    let count = |text: &str| markdown.matches(text).count();
    ["details", "summary", "pre"]
        .iter()
        .all(|tag| count(&format!("<{tag}>")) == count(&format!("</{tag}>")))
}

proptest! {
    #[test]
    fn nothing_that_tests_say_is_markup(name in hostile(), said in [hostile(), hostile(), hostile(), hostile()]) {
        let links = Links::to_build("https://b.example/1");
        let markdown = render(&verdict(vec![failed(name.clone(), said)], &name), &links, LIMIT);
        let rest = without_our_tags(&markdown);
        prop_assert!(!rest.contains(['<', '\x1b', '\r', '\u{202e}']), "{}", markdown);
        // What `deliver` would write in more bytes, beyond the limit.
        prop_assert!(!rest.contains(['\u{61c}', '\u{2028}', '\u{2067}']), "{}", markdown);
        prop_assert!(is_balanced(&markdown));
        // Outside of our blocks there are no links, code, tables or titles but ours.
        let outside: String = markdown
            .split("<pre>")
            .map(|part| part.rsplit("</pre>").next().unwrap_or_default())
            .collect();
        prop_assert!(!outside.contains(['[', '`', '!', '@', '\\']), "{}", markdown);
        let titles = outside.lines().filter(|line| line.trim_start().starts_with('#'));
        prop_assert_eq!(titles.count(), 1);
        let tables = outside.lines().filter(|line| line.contains('|'));
        prop_assert_eq!(tables.count(), 3);
    }

    #[test]
    fn it_fits_whatever_the_limit(limit in 2_000_usize..40_000, count in 0_usize..300, len in 0_usize..3_000) {
        let said = || [(); 4].map(|()| "<é>\n".repeat(len / 5));
        let failures: Vec<FailedTest> = (0..count)
            .map(|n| failed(format!("tests/test_a.py::test_{n}[<&>]"), said()))
            .collect();
        let markdown = render(&verdict(failures, "x"), &Links::default(), limit);
        prop_assert!(markdown.len() <= limit);
        prop_assert!(is_balanced(&markdown));
    }
}

/// A failure of a test with this number, which says `message`.
fn saying(n: usize, message: &str, text: String) -> FailedTest {
    failed(
        format!("tests/test_a.py::test_{n}"),
        [message.to_owned(), text, String::new(), String::new()],
    )
}

#[test]
fn equal_messages_are_one_block_whatever_their_number() {
    let traceback = |n: usize| {
        format!(
            "{}E   ConnectionError: refused by <Db at 0x7f{n:04x}>\n",
            "x\n".repeat(700)
        )
    };
    let mut failures: Vec<FailedTest> = (0..600)
        .map(|n| {
            saying(
                n,
                &format!("connection refused by <Db at 0x7f{n:04x}>"),
                traceback(n),
            )
        })
        .collect();
    failures.push(saying(600, "assert 1 == 2", "E   assert 1 == 2".to_owned()));
    let markdown = render(&verdict(failures, "x"), &Links::default(), LIMIT);
    assert!(markdown.len() < 100_000, "{}", markdown.len());
    assert_eq!(markdown.matches("ConnectionError").count(), 1);
    let group = "<strong>600 tests</strong>: connection refused by";
    assert!(markdown.contains(group), "{markdown}");
    assert!(markdown.contains("pytest tests/test_a.py::test_0  &#35; shard 1\n"));
    assert!(markdown.contains("pytest tests/test_a.py::test_49  &#35; shard 1\n... and 550 more"));
    // The largest group first, and all of it before the tables.
    let at = |text: &str| markdown.find(text).expect(text);
    assert!(at(group) < at("E   assert 1 == 2") && at("E   assert 1 == 2") < at("| shard |"));
}

#[test]
fn twenty_messages_are_shown_in_full_and_the_rest_is_counted() {
    let failures: Vec<FailedTest> = (0..1_000)
        .map(|n| {
            saying(
                n,
                &format!("assert {n} == 0"),
                "x\n".repeat(4_000) + "the end",
            )
        })
        .collect();
    let markdown = render(&verdict(failures, "x"), &Links::default(), LIMIT);
    assert!(markdown.len() <= LIMIT, "{}", markdown.len());
    assert_eq!(markdown.matches("the end\n").count(), 20);
    assert!(markdown.contains("<summary>980 more failures</summary>"));
    assert!(markdown.contains("pytest tests/test_a.py::test_519  &#35; shard 1\n... and 480 more"));
    assert!(is_balanced(&markdown));
}

#[test]
fn what_could_not_be_collected_is_the_headline() {
    let broken = |file: &str| {
        let text = "tests/test_x.py:1: in <module>\n'/w/tests/test_y.py'\n    import gone\nE   ModuleNotFoundError: No module named 'gone'";
        let mut broken = failed(
            file.to_owned(),
            ["collection failure", text, "", ""].map(str::to_owned),
        );
        broken.outcome = evenshard::outcome::Outcome::Errored;
        broken
    };
    let mut failures: Vec<FailedTest> = (0..3).map(|n| saying(n, "no", String::new())).collect();
    failures.push(broken("tests.test_x"));
    let one = render(&verdict(failures.clone(), "x"), &Links::default(), LIMIT);
    let title = |markdown: &str| markdown.lines().next().unwrap().to_owned();
    assert_eq!(
        title(&one),
        "### tests/test&#95;x&#46;py could not be collected; NOT proved&#58; found x; 3 failed, 0 passed, 1 flaky"
    );
    let reason = "ModuleNotFoundError&#58; No module named &#39;gone&#39;";
    let at = |text: &str| one.find(text).expect(text);
    assert!(at(reason) < at("<strong>3 tests</strong>: no"));
    assert!(
        one.contains("\npytest tests/test_x.py  &#35; shard 1\n"),
        "{one}"
    );
    failures.push(broken("tests.test_y"));
    let two = render(&verdict(failures, "x"), &Links::default(), LIMIT);
    assert!(title(&two).starts_with("### 2 files could not be collected; "));
    assert!(two.contains(&format!("<strong>2 files</strong>: {reason}")));
    assert!(
        two.contains("\npytest tests/test_y.py  &#35; shard 1\n"),
        "{two}"
    );
}

#[test]
fn when_everything_fails_it_says_how_much_is_not_shown() {
    let of = |count: usize, len: usize, limit: usize| -> String {
        let failures = (0..count)
            .map(|n| {
                failed(
                    format!("tests/test_{n}.py::{}", "x".repeat(len)),
                    [(); 4].map(|()| format!("said {n}")),
                )
            })
            .collect();
        let markdown = render(&verdict(failures, "x"), &Links::default(), limit);
        assert!(markdown.len() <= limit && is_balanced(&markdown));
        markdown
    };
    let whole = of(9_000, 60, LIMIT);
    assert!(whole.contains("tests/test_519.py") && whole.contains("... and 8,480 more"));
    let short = of(100_000, 3_000, 40_000);
    assert!(
        short.contains("<summary>99,980 more failures</summary>"),
        "{short}"
    );
    let counted = of(100_000, 300, 3_000);
    assert!(counted.contains("100,000 failed, 0 passed"), "{counted}");
}

#[test]
fn however_many_problems_there_are_the_failures_stay() {
    let mut build = verdict(
        vec![failed(
            "tests/test_a.py::test_x".to_owned(),
            [(); 4].map(|()| "said".to_owned()),
        )],
        "x",
    );
    for (problems, names) in [(20, 100), (100, 100), (2_000, 100)] {
        let mut problem = build.problems[0].clone();
        problem.message = "[é]".repeat(1_000);
        problem.tests = (0..names)
            .map(|n| format!("{n}{}", "[é]".repeat(300)))
            .collect();
        build.problems = vec![problem; problems];
        let markdown = render(&build, &Links::default(), LIMIT);
        assert!(
            markdown.len() <= LIMIT && is_balanced(&markdown),
            "{}",
            markdown.len()
        );
        assert!(markdown.contains("tests/test&#95;a"), "{problems}");
        assert!(markdown.contains("&#91;é&#93;"), "a problem says something");
    }
}

#[test]
fn only_plain_addresses_become_links() {
    let row = |url: &str, job: &str| {
        render(&verdict(Vec::new(), job), &Links::to_build(url), LIMIT).contains("<a href")
    };
    assert!(row("https://buildkite.com/a/b/builds/1", "0190-1"));
    assert!(!row("javascript:alert(1)", "0190-1"));
    assert!(!row("https://x.example/\"onclick=", "0190-1"));
    assert!(!row("https://buildkite.com/a/b/builds/1", "\"><script>"));
}
