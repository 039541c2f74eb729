# shellcheck shell=bash
# The steps of .ci/run, each a function; sourced by it.

# tools: puts the pinned programs first on PATH, whatever else is there.
tools() {
    scripts/venvs tools scripts/tools.txt
    PATH=${EVENSHARD_VENVS:-$PWD/target/venvs}/tools/bin:$PATH
}

# What the jobs that share the tests leave, and what is kept of earlier builds.
shares=target/shares
timings=test-timings/timings.json

# --- lints

step_shell() {
    tools
    shellcheck -x -P SCRIPTDIR .ci/{run,steps.sh} \
        integrations/buildkite-plugin/hooks/* integrations/github-action/{build,names,steps} \
        scripts/{azurite,demo,docs,package,performance,public-api,publish,rustdoc-json,sbom,test,try-packages,venvs,version} \
        tests/cli/ci_docs/{artifact,cache,checkout}
}

step_format() {
    cargo fmt --all --check
}

step_python() {
    tools
    ruff check
    ruff format --check
}

step_deny() {
    tools
    for manifest in Cargo.toml fuzz/Cargo.toml tools/list-api/Cargo.toml; do
        cargo deny --locked --manifest-path "$manifest" --config "$PWD/deny.toml" \
            check --allow license-exception-not-encountered licenses bans sources
    done
}

# Clippy knows in which release each item of std came: incompatible_msrv.
step_lints() {
    cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
    # The libraries without their features.
    cargo clippy --package evenshard --locked -- -D warnings
    cargo clippy --package evenshard-report --locked -- -D warnings
    cargo clippy --package evenshard-pack --locked -- -D warnings
    cargo clippy --package evenshard-store --locked -- -D warnings
    cargo clippy --package evenshard-cli --no-default-features --locked -- -D warnings
}

step_msrv() {
    local oldest toolchain
    oldest=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
    toolchain=$(rustup toolchain list 2>/dev/null | grep -o "^${oldest//./\\.}[-.][^ ]*" | head -n 1) || true
    if [ -z "$toolchain" ]; then
        echo "Rust $oldest is not installed: what clippy says of it (lints) has to do"
        return
    fi
    rustup run "$toolchain" cargo check --workspace --all-features --locked --target-dir target/msrv
}

# --- documentation

step_docs() {
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --all-features --no-deps --locked
}

step_api() {
    scripts/public-api
}

step_site() {
    programs
    scripts/docs
}

# --- tests

# What reads and shows what evenshard writes: shells, a formatter, a browser.
programs() {
    local program
    for program in zsh fish groff chromium npm; do
        command -v "$program" >/dev/null && continue
        apt-get update -qq
        apt-get install -qq -y --no-install-recommends zsh fish groff chromium npm fonts-dejavu-core
        return
    done
}

step_build() {
    cargo test --workspace --all-features --locked --no-run
}

step_tests() {
    programs
    scripts/azurite || true # says why; the tests of Azure skip
    scripts/test
}

# On several machines of one step of Buildkite, each takes its share, by what earlier builds took.
step_share() {
    programs
    scripts/azurite || true # says why; the tests of Azure skip
    local job=$((BUILDKITE_PARALLEL_JOB + 1))
    scripts/test --share "$shares" "$timings" "$job/$BUILDKITE_PARALLEL_JOB_COUNT"
    [ "$job" -gt 1 ] || cargo test --workspace --all-features --locked --doc
}

# That each test ran once, from what all machines left; and the timings for the next build.
step_proof() {
    cargo build --locked --package evenshard-cli
    buildkite-agent artifact download "$shares/*" .
    target/debug/evenshard verify "$shares"
    # Pull requests have timings of their own tests, and leave those of all others alone.
    [ "${BUILDKITE_PULL_REQUEST:-false}" = false ] || return 0
    mkdir -p "${timings%/*}"
    target/debug/evenshard timings update --history "$timings" --output "$timings" "$shares"
}

step_quick-tests() {
    programs
    scripts/azurite || true # says why; the tests of Azure skip
    scripts/test --profile quick
}

# Without a sanitizer: the crate forbids `unsafe`, and inputs are tried several times as fast.
# The scheduled pipeline, which has the time, watches the memory of the dependencies as well.
step_fuzz() {
    tools
    local target options=(--sanitizer "${FUZZ_SANITIZER:-none}")
    export RUSTC_BOOTSTRAP=1
    cargo fuzz build "${options[@]}"
    for target in junit files; do
        mkdir -p "fuzz/corpus/$target"
        cargo fuzz run "${options[@]}" "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
            -dict="fuzz/$target.dict" -max_total_time="$FUZZ_SECONDS" -seed="$FUZZ_SEED" \
            -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
    done
}

# --- packages

# What is not released is packed as what is, and compiled in a third of the time.
step_package() {
    if [ "${PACKAGE_PROFILE:-quick}" = quick ]; then
        export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
        export CARGO_PROFILE_RELEASE_OPT_LEVEL=0
    fi
    scripts/package
}

step_try-packages() {
    scripts/try-packages
}

step_publish() {
    env -u TAG scripts/publish
}

step_demo() {
    EVENSHARD_BIN=$PWD/target/packages/venv/bin scripts/demo
}
