#!/usr/bin/env bash
# Adds the results of this build to the history, for the builds that come.
#
# The new history is an artifact; the cache plugin of the step, if it has one, keeps it too.
# Results that are in the history already change nothing.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

may_publish || stop 78 "builds of ${BUILDKITE_BRANCH:-this branch} do not add to the history: nothing is written"
fetch_history
# Without a history, a committed one is gone on from.
committed=${EVENSHARD_TIMINGS:+$folder/$EVENSHARD_TIMINGS}
[ ! -d "$committed" ] || committed=${committed%/}/timings.json
case $committed in
*.json)
    if [ ! -f "$folder/$history" ] && [ -f "$committed" ]; then
        mkdir -p "$folder/${history%/*}"
        cp "$committed" "$folder/$history"
    fi
    ;;
esac
fetch_results || stop 65 "the build has no results to keep"
(cd "$folder" && evenshard timings update --history "$history" --output "$history" \
    "${options[@]}" "$results")
agent artifact upload "$prefix$history"
