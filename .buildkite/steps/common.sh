# shellcheck shell=bash disable=SC2034 # the steps use what is set here
# What the steps share: sourced, never run. docs/buildkite.md explains the whole.
#
#   EVENSHARD_FOLDER         the suite's folder, relative to the checkout (.)
#   EVENSHARD_SCOPE          tells suites of one build apart (none)
#   EVENSHARD_TIMINGS        committed timings, used until there is a history (none)
#   EVENSHARD_HISTORY_BUILD  the build (its UUID) whose history artifact is read where no cache
#                            brought one (none)
#   EVENSHARD_PUBLISH_REFS   branches, as shell patterns, whose builds add to the history (the
#                            pipeline's default branch); pull requests never do
#
# Needs bash 4.4. Exit codes: 75 try again (retry: automatic), 78 settings contradict; else evenshard's own.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=${EVENSHARD_FOLDER:-.}
folder=${folder%/}
scope=${EVENSHARD_SCOPE:-}
suffix=${scope:+-$scope}
options=()
[ -z "$scope" ] || options=(--scope "$scope")

# Artifacts are named from the checkout, files from the suite's folder.
prefix=
[ "$folder" = . ] || prefix=$folder/
work=evenshard-ci
results=$work/results$suffix
history=evenshard-history/timings.json

say() { printf 'evenshard: %s\n' "$*" >&2; }
warn() { say "warning: $*"; }
stop() { # stop CODE WORDS...
    say "error: ${*:2}"
    exit "$1"
}

[ -d "$folder" ] || stop 78 "EVENSHARD_FOLDER=$folder is no folder of this checkout"
case $scope in
*[!A-Za-z0-9._-]* | .*) stop 78 "EVENSHARD_SCOPE=$scope: letters, digits, dots, dashes and _ only" ;;
esac

# The agent; where it fails, the job is to be tried again.
agent() {
    buildkite-agent "$@" || stop 75 "buildkite-agent ${*:1:2} failed with $?: to be tried again"
}

# True where the build's meta-data has the key.
is_set() {
    local status=0
    buildkite-agent meta-data exists "$1" || status=$?
    case $status in
    0) return 0 ;;
    100) return 1 ;;
    *) stop 75 "buildkite-agent meta-data exists failed with $status: to be tried again" ;;
    esac
}

# is_there QUERY [OPTIONS...]: true where an artifact matches.
is_there() {
    local found
    found=$(agent artifact search "$1" --allow-empty-results --format '%p\n' "${@:2}") || exit
    [ -n "$found" ]
}

# fetch QUERY [OPTIONS...]: downloads artifacts to where they were. Those of retried jobs count,
# and a query that ends in * may match several: they are the same, or have other names.
fetch() { agent artifact download "$1" . --include-retried-jobs "${@:2}"; }

plan_key=evenshard-plan$suffix
plan_file() { printf '%s/plan-%s.json' "$work" "$1"; }

# fetch_plan DIGEST: brings the plan, unless it is here.
fetch_plan() {
    [ -f "$folder/$(plan_file "$1")" ] || fetch "$prefix$(plan_file "$1")*"
}

fetch_results() {
    rm -rf "${folder:?}/$results"
    is_there "$prefix$results/*" --include-retried-jobs || return 1
    fetch "$prefix$results/*"
}

# Brings the history where it is not there yet: the cache plugin may have restored it. A store
# that does not answer is asked in three attempts; after that the build goes on without.
fetch_history() {
    local build=${EVENSHARD_HISTORY_BUILD:-} status=0
    [ ! -f "$folder/$history" ] && [ -n "$build" ] || return 0
    (is_there "$prefix$history" --build "$build") || status=$?
    [ "$status" -ne 0 ] || (fetch "$prefix$history*" --build "$build") || status=$?
    [ "$status" -ne 75 ] || [ "${BUILDKITE_RETRY_COUNT:-0}" -ge 2 ] || exit 75
    [ "$status" -eq 0 ] || warn "build $build gives no history: going on without"
}

# True where this build may add to the history.
may_publish() {
    [ "${BUILDKITE_PULL_REQUEST:-false}" = false ] || return 1
    local pattern patterns
    read -ra patterns <<<"${EVENSHARD_PUBLISH_REFS:-${BUILDKITE_PIPELINE_DEFAULT_BRANCH:-}}"
    for pattern in "${patterns[@]}"; do
        # shellcheck disable=SC2053 # it is a pattern
        [[ ${BUILDKITE_BRANCH:-} != $pattern ]] || return 0
    done
    return 1
}

# add_steps KEY FILE: uploads steps, of which KEY is one, unless an earlier attempt did. Where
# that cannot be told, Buildkite refuses the key, and the next attempt sees.
add_steps() {
    if buildkite-agent step get state --step "$1" --build "$BUILDKITE_BUILD_ID" >/dev/null 2>&1; then
        say "step $1 is there already"
        return 0
    fi
    sed "s/EVENSHARD_SHARDS/${EVENSHARD_SHARDS:-1}/" "$2" | agent pipeline upload
}
