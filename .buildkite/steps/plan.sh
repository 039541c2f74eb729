#!/usr/bin/env bash
# Makes the plan of this build, once: an attempt that comes later keeps the plan that is there.
#
#   plan.sh [--upload PIPELINE] OPTIONS OF `evenshard plan`... [-- PYTEST COMMAND]
#
# With --upload, the steps of PIPELINE are added to the build: EVENSHARD_SHARDS in it becomes
# the number of shards, $EVENSHARD_DIGEST the plan's digest.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

pipeline=
if [ "${1:-}" = --upload ]; then
    pipeline=${2:?plan.sh --upload needs a pipeline file}
    shift 2
fi

# number KEY FILE, text KEY FILE: values that stand on lines of their own in a plan.
number() { sed -n "s/^ *\"$1\": *\([0-9]*\),*$/\1/p" "$2" | head -n 1; }
text() { sed -n "s/^ *\"$1\": *\"\([^\"]*\)\",*$/\1/p" "$2" | head -n 1; }

if is_set "$plan_key"; then
    digest=$(agent meta-data get "$plan_key")
    say "this build has its plan, $digest: kept"
    fetch_plan "$digest"
else
    fetch_history
    known=()
    if [ -f "$folder/$history" ]; then
        known=(--timings "$history")
    elif [ -n "${EVENSHARD_TIMINGS:-}" ] && [ -e "$folder/$EVENSHARD_TIMINGS" ]; then
        known=(--timings "$EVENSHARD_TIMINGS")
    else
        warn "no history yet, or none that this build can read: shards will be uneven"
    fi
    # One plan serves all jobs, so timings that cannot be read cost balance, never a test.
    (cd "$folder" && evenshard plan "${known[@]}" --allow-no-timings "${options[@]}" \
        --output "$work/plan.json" "$@")
    digest=$(text digest "$folder/$work/plan.json")
    mv "$folder/$work/plan.json" "$folder/$(plan_file "$digest")"
    # First the plan, then the word of it: who finds the digest finds the plan.
    agent artifact upload "$prefix$(plan_file "$digest")"
    agent meta-data set "$plan_key" "$digest"
fi

if [ -n "$pipeline" ]; then
    EVENSHARD_SHARDS=$(number shard_count "$folder/$(plan_file "$digest")")
    export EVENSHARD_SHARDS EVENSHARD_DIGEST=$digest EVENSHARD_SUFFIX=$suffix
    say "$EVENSHARD_SHARDS jobs"
    add_steps "tests$suffix" "$pipeline"
fi
