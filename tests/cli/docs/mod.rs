//! The documentation: every command that a page shows is run, what it shows as output is
//! what comes out, and its links lead somewhere.
//!
//! Each page has a copy of one small project ([`world`]), in which its fenced blocks are run
//! from top to bottom, so that a command can use what the ones above it left.
//!
//! - `sh`, `bash`, `console` or no language: commands. In `console`, lines that begin with
//!   `$ ` are commands, and the others are all that they print (`...` stands for more).
//! - `text` below commands, in the same section: lines of what they printed, in this order.
//! - A block whose first line is a comment with the name of a file, or with
//!   `<!-- file: NAME -->` above it: that file.
//! - `<!-- exits: 65 -->` above a block says how its last command ends, if not with 0, and
//!   `<!-- figures vary -->` that numbers in its output are not compared.
//!
//! What cannot be run here is listed, with the reason, in [`not_run`].

mod blocks;
mod figures;
mod flags;
mod links;
mod not_run;
mod world;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::pytest::Python;
use blocks::Block;
use not_run::NOT_RUN;
use world::World;

/// Pages whose commands other tests take out and run.
const ELSEWHERE: &[&str] = &["docs/ci.md", "docs/recipes.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(page: &str) -> String {
    fs_err::read_to_string(root().join(page)).unwrap()
}

/// Every page, by its path in the repository.
fn all_pages() -> BTreeSet<String> {
    let docs = fs_err::read_dir(root().join("docs")).unwrap();
    let names = docs.map(|e| e.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| Some(format!("docs/{}.md", name.strip_suffix(".md")?)))
        .chain(["README.md".to_owned(), "CONTRIBUTING.md".to_owned()])
        .collect()
}

/// Runs a page from top to bottom.
fn check(page: &str) {
    let run = |python: &Python| {
        let blocks = Block::all_of(&text(page));
        // Where a reader looks at times that were measured, there have to be some.
        let speed = if page == "docs/index.md" { "0.1" } else { "0" };
        let world = World::new(python, speed);
        let mut printed: Option<(usize, String)> = None;
        for block in &blocks {
            let place = format!("{page}:{}", block.line);
            if let Some(name) = block.file() {
                world.write(name, &block.text);
            } else if block.is_console() {
                let dialogue = block.dialogue();
                for (at, (command, expected)) in (1..).zip(&dialogue) {
                    if !not_run::lists(page, command) {
                        let last = at == dialogue.len();
                        let exits = if last { block.exits() } else { 0 };
                        let said = world.run(&place, command, exits);
                        block.compare_all(&place, expected, &said);
                    }
                }
            } else if block.is_commands() {
                let script = not_run::without(page, &block.text);
                let said = world.run(&place, &script, block.exits());
                printed = Some((block.section, said));
            } else if block.language == "text"
                && let Some((section, said)) = &printed
                && *section == block.section
            {
                block.compare_lines(&place, said);
            }
        }
    };
    Python::with("uv", |_| Python::with_newest(run));
}

macro_rules! pages {
    ($($test:ident $page:literal)*) => {
        $(#[test]
        fn $test() {
            check($page);
        })*

        /// The pages that are run here.
        const HERE: &[&str] = &[$($page),*];
    };
}

pages! {
    the_readme "README.md"
    the_quick_start "docs/index.md"
    the_page_on_everyday_use "docs/use.md"
    the_page_on_balancing "docs/balancing.md"
    the_page_on_pytest "docs/pytest.md"
    the_page_on_unusual_suites "docs/pytest-in-depth.md"
    the_page_on_pytest_split "docs/pytest-split.md"
    the_page_on_circleci "docs/from-circleci.md"
    the_page_on_knapsack_pro "docs/from-knapsack-pro.md"
    the_page_on_bktec "docs/from-bktec.md"
    the_page_on_the_report "docs/report.md"
    the_page_on_the_store "docs/store.md"
    the_page_on_other_runners "docs/runners.md"
    the_page_on_their_reports "docs/runner-reports.md"
    the_page_on_output "docs/cli.md"
    the_page_on_configuration "docs/configuration.md"
    the_page_on_exit_codes "docs/exit-codes.md"
    the_page_on_trouble "docs/troubleshooting.md"
    the_page_on_tests_that_fail_in_their_shard "docs/bisect.md"
    the_page_on_the_library "docs/library.md"
    the_page_on_buildkite "docs/buildkite.md"
    the_page_on_reliability "docs/reliability.md"
}

#[test]
fn every_page_with_commands_is_run() {
    for page in all_pages() {
        let blocks = Block::all_of(&text(&page));
        let commands = blocks.iter().any(Block::is_commands);
        let run = HERE.contains(&&*page) || ELSEWHERE.contains(&&*page);
        assert!(run || !commands, "{page} shows commands that no test runs");
    }
}

#[test]
fn what_is_listed_as_not_run_is_shown() {
    for (page, command, reason) in NOT_RUN {
        assert!(reason.len() > 10, "{command}: why?");
        let blocks = Block::all_of(&text(page));
        let mut lines = blocks.iter().filter(|b| b.is_commands());
        assert!(
            lines.any(|block| block.commands().iter().any(|line| line == command)),
            "{page} no longer shows `{command}`: take it off the list"
        );
    }
}

#[test]
fn the_pipeline_on_the_home_page_is_an_excerpt_of_the_one_that_is_tested() {
    let whole = crate::ci_docs::snippet("ci.md", "GitHub Actions", "yaml");
    let mut rest = whole.lines();
    let home = Block::all_of(&text("docs/index.md"));
    let excerpt = home.iter().find(|block| block.language == "yaml").unwrap();
    for line in excerpt.text.lines() {
        let found = rest.any(|other| other == line);
        assert!(found, "not there, or not in this order: {line}");
    }
}

/// Asserts that a page shows whole files of examples/, and says how long they are.
fn shows_examples(page: &str, files: &[&str]) {
    let page_text = text(page);
    let blocks = Block::all_of(&page_text);
    for file in files {
        let example = text(file);
        let shown = blocks
            .iter()
            .any(|block| block.text.trim_end() == example.trim_end());
        assert!(shown, "{page} does not show {file} as it is");
        let counted = format!("{file}), all {} lines", example.lines().count());
        assert!(
            page_text.contains(&counted),
            "{page} does not say: {counted}"
        );
    }
}

#[test]
fn the_pipelines_on_the_pages_are_the_examples_that_are_tested() {
    let buildkite = [
        "examples/buildkite/without-store.yml",
        "examples/buildkite/with-store.yml",
    ];
    shows_examples("docs/buildkite.md", &buildkite);
    let github = [
        "examples/github/without-store.yml",
        "examples/github/with-store.yml",
    ];
    shows_examples("docs/ci.md", &github);
    shows_examples("README.md", &[github[0], buildkite[1]]);
}
