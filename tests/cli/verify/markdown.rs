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
        prop_assert_eq!(titles.count(), 2);
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

#[test]
fn the_largest_texts_are_cut_first_and_the_list_stays() {
    let small = "assert small == 1".to_owned();
    let texts = |text: String| [String::new(), text, String::new(), String::new()];
    let mut failures: Vec<FailedTest> = (0..1_000)
        .map(|n| {
            failed(
                format!("tests/test_a.py::test_{n}"),
                texts("x\n".repeat(4_000) + "the end"),
            )
        })
        .collect();
    failures.push(failed(
        "tests/test_b.py::test_small".to_owned(),
        texts(small.clone()),
    ));
    let markdown = render(&verdict(failures, "x"), &Links::default(), LIMIT);
    assert!(
        markdown.len() <= LIMIT && markdown.len() > LIMIT / 4,
        "{}",
        markdown.len()
    );
    assert!(markdown.contains(&small));
    assert_eq!(markdown.matches("the end\n").count(), 1_000);
    assert_eq!(markdown.matches("test&#95;a").count(), 1_000);
    assert!(markdown.contains("Texts are cut to 512 bytes each"));
}

#[test]
fn when_everything_fails_the_names_stay_and_it_says_what_is_cut() {
    let of = |count: usize, len: usize| -> String {
        let failures = (0..count)
            .map(|n| {
                failed(
                    format!("tests/test_{n}.py::{}", "x".repeat(len)),
                    [(); 4].map(|()| "said".to_owned()),
                )
            })
            .collect();
        render(&verdict(failures, "x"), &Links::default(), LIMIT)
    };
    let whole = of(9_000, 60);
    assert!(
        whole.contains("too many to show what they say") && whole.contains("tests/test_8999.py")
    );
    let short = of(9_000, 300);
    assert!(short.contains("names are cut to") && short.contains("tests/test_8999.py"));
    let counted = of(100_000, 300);
    assert!(counted.contains("too many to list them all") && counted.contains(" more\n</pre>"));
    for markdown in [whole, short, counted] {
        assert!(
            markdown.len() <= LIMIT && is_balanced(&markdown),
            "{}",
            markdown.len()
        );
    }
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
