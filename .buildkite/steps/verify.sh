#!/usr/bin/env bash
# Proves from the results of all jobs that every test ran once, and annotates the build.
#
#   verify.sh [PIPELINE]
#
# Where the proof stands and the build may add to the history, the steps of PIPELINE follow.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# annotate STYLE FILE: a build that cannot be annotated is no worse for it.
annotate() {
    buildkite-agent annotate --style "$1" --context "evenshard$suffix" <"$2" ||
        warn "the annotation was not taken"
}

mkdir -p "$folder/$work"
annotation=$folder/$work/annotation.md
verdict=$work/verdict$suffix.json
rm -f "$annotation" "$folder/$verdict"
if ! fetch_results; then
    echo "**evenshard$suffix: NOT proved.** No job left results." >"$annotation"
    annotate error "$annotation"
    stop 70 "no job left results: nothing is proved"
fi

expected=("${options[@]}" --build "$BUILDKITE_BUILD_ID")
# Where each job planned by itself there is no plan to hold against.
if is_set "$plan_key"; then
    digest=$(agent meta-data get "$plan_key")
    fetch_plan "$digest"
    expected+=(--plan "$(plan_file "$digest")" --expect-digest "$digest")
fi

# judge OPTIONS...: the verdict in another form, of which the first one is the status.
judge() { (cd "$folder" && evenshard verify "${expected[@]}" "$@" "$results"); }
status=0
judge || status=$?
judge --format json --output "$verdict" 2>/dev/null || true
judge --format markdown --output "$work/annotation.md" 2>/dev/null || true
style=success
[ "$status" -eq 0 ] || style=error
# The proof can stand and tests fail all the same.
! grep -Eqs '^ *"(failed|errored)": [1-9]' "$folder/$verdict" || style=error
# Where there is no verdict, none of an earlier attempt is to stand.
[ -s "$annotation" ] ||
    echo "**evenshard$suffix: NOT proved.** No verdict: \`evenshard verify\` ended with $status." >"$annotation"
annotate "$style" "$annotation"

if [ "$status" -eq 0 ] && [ -n "${1:-}" ]; then
    if may_publish; then
        export EVENSHARD_SUFFIX=$suffix
        add_steps "publish$suffix" "$1"
    else
        say "the history is left as it is: ${BUILDKITE_BRANCH:-this branch} is not one that adds to it"
    fi
fi
exit "$status"
