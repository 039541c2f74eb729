#!/usr/bin/env bash
# Adds the results of this build to the history, for the builds that come.
#
# The new history is an artifact; the cache plugin of the step, if it has one, keeps it too.
# Results that are in the history already change nothing.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

may_publish || stop 78 "builds of ${BUILDKITE_BRANCH:-this branch} do not add to the history: nothing is written"
fetch_history
committed=${EVENSHARD_TIMINGS:-}
[ ! -d "$folder/$committed" ] || committed=${committed%/}/timings.json
if [ ! -f "$folder/$history" ] && [ -n "$committed" ] && [ -f "$folder/$committed" ]; then
    mkdir -p "$folder/${history%/*}"
    cp "$folder/$committed" "$folder/$history"
fi
fetch_results || stop 65 "the build has no results to keep"
(cd "$folder" && evenshard timings update --history "$history" --output "$history" \
    "${options[@]}" "$results")
agent artifact upload "$prefix$history"
