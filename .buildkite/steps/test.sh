#!/usr/bin/env bash
# Runs one shard of the plan that the build made.
#
#   test.sh PYTEST COMMAND...
#
# EVENSHARD_DIGEST names the plan; without it, the build's meta-data does.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

digest=${EVENSHARD_DIGEST:-}
if [ -z "$digest" ]; then
    is_set "$plan_key" || stop 75 "this build has no plan yet: to be tried again"
    digest=$(agent meta-data get "$plan_key")
fi
fetch_plan "$digest"

cd "$folder"
rm -rf "$results"
mkdir -p "$results"
echo "+++ Running shard $((BUILDKITE_PARALLEL_JOB + 1)) of $BUILDKITE_PARALLEL_JOB_COUNT"
exec evenshard run --plan "$(plan_file "$digest")" --expect-digest "$digest" "${options[@]}" \
    --junit "$results/" -- "$@"
