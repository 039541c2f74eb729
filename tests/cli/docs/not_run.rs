//! The commands that pages show and no test runs, and why.

/// Page, command, reason.
pub(super) const NOT_RUN: &[(&str, &str, &str)] = &[
    ("README.md", "scripts/demo", BY_CI),
    ("README.md", "scripts/test", BY_CI),
    (
        "README.md",
        "cargo install --locked --path crates/evenshard-cli",
        "builds for minutes, and installs into the user's own folder",
    ),
    (
        "docs/index.md",
        "pip install evenshard",
        "from the index; a wheel that was built here is tested by itself",
    ),
    (
        "docs/index.md",
        "uv add --dev evenshard",
        "from the index; a wheel that was built here is tested by itself",
    ),
    (
        "docs/index.md",
        "cargo install --locked --path crates/evenshard-cli",
        "builds for minutes, and installs into the user's own folder",
    ),
    (
        "docs/runners.md",
        "[ ! -s share.txt ] || xargs npx mocha < share.txt",
        "Mocha comes from the index of Node; what it is given is tested in `runners`",
    ),
    (
        "docs/library.md",
        "cargo add evenshard --features junit",
        "from the index; the page's programs are compiled and run as documentation tests",
    ),
    ("docs/reliability.md", "scripts/venvs", BY_CI),
    (
        "docs/reliability.md",
        "EVENSHARD_REQUIRE_TOOLS=1 cargo test -p evenshard-cli --test cli -- pytest:: buildkite:: reliability",
        BY_CI,
    ),
];

const BY_CI: &str = "a step of .ci/run by itself";

/// True for a command that the list has.
pub(super) fn lists(page: &str, command: &str) -> bool {
    NOT_RUN
        .iter()
        .any(|(on, listed, _)| *on == page && *listed == command.trim())
}

/// A script without the lines that the list has.
pub(super) fn without(page: &str, script: &str) -> String {
    let lines = script.lines().filter(|line| !lists(page, line));
    lines.fold(String::new(), |text, line| text + line + "\n")
}
