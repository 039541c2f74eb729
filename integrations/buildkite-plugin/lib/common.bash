# shellcheck shell=bash disable=SC2034 # the hooks use what is set here
# What the hooks share: sourced, never run. Needs bash 4.4 and an agent of 3.43 or newer.
#
# Exit codes: 75 try again (for a retry rule), 78 settings contradict.

say() { printf 'evenshard: %s\n' "$*" >&2; }
warn() { say "warning: $*"; }
stop() { # stop CODE WORDS...
    say "error: ${*:2}"
    exit "$1"
}

# option NAME [DEFAULT]: a setting of the plugin.
option() {
    local name=BUILDKITE_PLUGIN_EVENSHARD_$1
    printf '%s' "${!name:-${2:-}}"
}

role=$(option ROLE)
store=$(option STORE "${EVENSHARD_STORE:-}")
folder=$(option FOLDER .)
folder=${folder%/}
scope=$(option SCOPE)
suffix=${scope:+-$scope}

# Artifacts are named from the checkout; files are the same for every suite of one folder.
work=evenshard-ci
[ "$folder" = . ] || work=$folder/$work
plan=$work/plan.json
results=$work/results
earlier=$work/earlier
annotation=$work/annotation.md
plan_key=evenshard-plan$suffix
verdict_key=evenshard-verdict$suffix

check_options() {
    case $scope in
    *[!A-Za-z0-9._-]* | .*) stop 78 "scope: $scope: letters, digits, dots, dashes and _ only" ;;
    esac
    case $role in
    '' | plan | test | verify) ;;
    *) stop 78 "role: $role: plan, test or verify" ;;
    esac
}

# True where the plugin passes plan and results on: with a store, evenshard does that itself.
shares() { [ -z "$store" ] && [ -n "$role" ]; }

# agent COMMAND...: where the agent fails, the job is to be tried again.
agent() {
    buildkite-agent "$@" || stop 75 "buildkite-agent ${*:1:2} failed with $?: to be tried again"
}

# is_set KEY: true where the build's meta-data has the key.
is_set() {
    local status=0
    buildkite-agent meta-data exists "$1" || status=$?
    case $status in
    0) return 0 ;;
    100) return 1 ;;
    *) stop 75 "buildkite-agent meta-data exists failed with $status: to be tried again" ;;
    esac
}

# is_there QUERY: true where an artifact of any attempt matches.
is_there() {
    local found
    found=$(agent artifact search "$1" --allow-empty-results --include-retried-jobs --format '%p\n') || exit
    [ -n "$found" ]
}

# fetch QUERY [FOLDER]: downloads artifacts to where they were, or below a folder. A query that
# ends in * may match one path of several attempts: they are the same, or have other names.
fetch() {
    mkdir -p "${2:-.}"
    agent artifact download "$1" "${2:-.}" --include-retried-jobs
}

plan_artifact() { printf '%s/plan%s-%s.json' "$work" "$suffix" "$1"; }
results_artifacts() { printf '%s/results%s/*' "$work" "$suffix"; }

# Brings the plan of this build.
fetch_plan() {
    local digest
    digest=$(agent meta-data get "$plan_key") || exit
    fetch "$(plan_artifact "$digest")*"
    mv "$(plan_artifact "$digest")" "$plan"
}

# fetch_results FOLDER: brings the results of all jobs and attempts; false where there are none.
fetch_results() {
    rm -rf "$1" "$work/fetched"
    is_there "$(results_artifacts)" || return 1
    fetch "$(results_artifacts)" "$work/fetched"
    mv "$work/fetched/$work/results$suffix" "$1"
    rm -rf "$work/fetched"
}
