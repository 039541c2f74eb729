//! The commands that pages show and no test runs, and why.

/// Page, command, reason.
pub(super) const NOT_RUN: &[(&str, &str, &str)] = &[
    (
        "docs/store.md",
        "evenshard run --store /mnt/ci/evenshard -- pytest      # in each job",
        STORE,
    ),
    (
        "docs/store.md",
        "evenshard verify --store /mnt/ci/evenshard --gate      # in the required check",
        STORE,
    ),
    (
        "docs/store.md",
        r#"evenshard quarantine add tests/test_a.py::test_x --reason "race in the queue" --until 2099-01-31"#,
        STORE,
    ),
    (
        "docs/store.md",
        "evenshard timings update junit/ --store /mnt/ci/evenshard --complete",
        STORE,
    ),
    ("docs/store.md", "evenshard quarantine list", STORE),
    (
        "docs/store.md",
        "evenshard report --store               # balance, slowest tests, recommended number of jobs",
        STORE,
    ),
    (
        "docs/store.md",
        "evenshard report --store --since 90d   # each build: time, balance, failures",
        STORE,
    ),
    (
        "docs/store.md",
        "evenshard explain tests/test_a.py::test_x --store --build 4711",
        STORE,
    ),
    ("README.md", "scripts/demo", BY_CI),
    ("README.md", "scripts/test", BY_CI),
    (
        "README.md",
        "cargo install --locked --path crates/evenshard-cli",
        "builds for minutes, and installs into the user's own folder",
    ),
    (
        "docs/index.md",
        "pip install evenshard                  # or uv add --dev evenshard: beside the project's pytest",
        INDEX,
    ),
    (
        "docs/index.md",
        "uvx evenshard run …                    # or uv tool run: in an environment of its own",
        INDEX,
    ),
    (
        "docs/index.md",
        "cargo install --locked evenshard-cli   # with Rust 1.90 or newer",
        INDEX,
    ),
    (
        "docs/runners.md",
        "[ ! -s share.txt ] || xargs npx mocha < share.txt",
        "Mocha comes from the index of Node; what it is given is tested in `runners`",
    ),
    (
        "docs/use.md",
        "evenshard exec --tests tests.list --null --timings junit/ --junit results/3.xml --shard 3/20 -- bundle exec rspec --format RspecJunitFormatter --out results/3.xml {}",
        EXEC,
    ),
    (
        "docs/library.md",
        "cargo add evenshard --features junit",
        "from the index; the page's programs are compiled and run as documentation tests",
    ),
    (
        "docs/cli.md",
        r#"eval "$(evenshard completions bash)""#,
        SHELLS,
    ),
    (
        "docs/cli.md",
        "evenshard completions zsh > ~/.zfunc/_evenshard",
        SHELLS,
    ),
    (
        "docs/cli.md",
        "evenshard completions fish > ~/.config/fish/completions/evenshard.fish",
        SHELLS,
    ),
    (
        "docs/cli.md",
        "evenshard completions powershell | Out-String | Invoke-Expression",
        SHELLS,
    ),
    (
        "docs/cli.md",
        "eval (evenshard completions elvish | slurp)",
        SHELLS,
    ),
    (
        "docs/cli.md",
        "evenshard man | man -l -                          # the page of evenshard",
        SHELLS,
    ),
    (
        "docs/cli.md",
        "evenshard man --output ~/.local/share/man/man1    # evenshard(1) and one for each command",
        SHELLS,
    ),
    ("docs/cli.md", "man evenshard-run", SHELLS),
    ("docs/reliability.md", "scripts/venvs", BY_CI),
    (
        "docs/reliability.md",
        "EVENSHARD_REQUIRE_TOOLS=1 cargo test -p evenshard-cli --test cli -- pytest:: buildkite:: reliability",
        BY_CI,
    ),
];

const EXEC: &str = "needs a runner that comes from another index; `exec` has jobs and proofs of its own, and scripts/runners runs real ones";
const BY_CI: &str = "a step of .ci/run by itself";
const INDEX: &str = "from the index; scripts/try-packages installs what was built here";
const SHELLS: &str = "for the user's own folders; `shells` runs it with real shells and groff";

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

const STORE: &str = "a folder that several machines share; `store` runs builds in one";
