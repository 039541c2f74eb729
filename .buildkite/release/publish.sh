#!/usr/bin/env bash
# Publishes what scripts/package left in target/packages, if this build is of a tag that equals
# the version; otherwise it says what it would publish, and publishes nothing.
#
# What is published already stays as it is, so that an attempt may follow one that broke off.
# Exit codes: 75 try again (retry: automatic), 78 this must not be published.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

say() { printf 'release: %s\n' "$*" >&2; }
stop() { # stop CODE WORDS...
    say "error: ${*:2}"
    exit "$1"
}

version=$(scripts/version)
tag=${BUILDKITE_TAG:-}
packages=target/packages
crates=(evenshard-pack evenshard evenshard-report evenshard-store evenshard-cli) # in the order in which they depend on each other

# --- what is there

for crate in "${crates[@]}"; do
    [ -f "$packages/$crate-$version.crate" ] || stop 78 "there is no $packages/$crate-$version.crate"
done
[ -f "$packages/evenshard-$version.tar.gz" ] || stop 78 "there is no $packages/evenshard-$version.tar.gz"
wheels=("$packages/evenshard-$version"-py3-none-manylinux*.whl)
[ -f "${wheels[0]}" ] || stop 78 "there is no wheel of $version in $packages"
for file in "$packages"/evenshard*; do
    case ${file##*/} in
    evenshard-pack-"$version".crate | evenshard-"$version".crate | evenshard-report-"$version".crate) ;;
    evenshard-store-"$version".crate | evenshard-cli-"$version".crate) ;;
    evenshard-"$version".tar.gz | evenshard-"$version"-py3-none-manylinux*.whl) ;;
    *) stop 78 "$file is not of version $version" ;;
    esac
done

# What was tried is what this commit holds: packing it again gives the same bytes.
dirty=()
[ -n "$tag" ] || dirty=(--allow-dirty)
cargo package "${crates[@]/#/--package=}" --locked --no-verify --quiet "${dirty[@]}" ||
    stop 78 "the crates of this checkout cannot be packed: is it clean?"
target=${CARGO_TARGET_DIR:-target}
for crate in "${crates[@]}"; do
    cmp -s "$packages/$crate-$version.crate" "$target/package/$crate-$version.crate" ||
        stop 78 "$crate-$version.crate is not what this checkout packs"
done

# --- whether it goes out

if [ -z "$tag" ]; then
    say "dry run, since this build is of no tag: these would be published as $version"
    printf '%s\n' "${crates[@]/%/-$version.crate}" "evenshard-$version.tar.gz" "${wheels[@]##*/}"
    exit 0
fi
[ "$tag" = "v$version" ] || stop 78 "the tag is $tag, the version $version"
[ "${BUILDKITE_PULL_REQUEST:-false}" = false ] || stop 78 "a pull request publishes nothing"
# Asked of the remote: an agent fetches the commit, perhaps without its tag. What an annotated
# tag points at comes last.
tags=$(git ls-remote origin "refs/tags/$tag" "refs/tags/$tag^{}") ||
    stop 75 "the remote does not tell its tags: to be tried again"
[ "$(tail -n 1 <<<"$tags" | cut -f 1)" = "$(git rev-parse HEAD)" ] ||
    stop 78 "the tag $tag is not of the commit that was built"
grep -q "^## \[*${version//./\\.}\]*\( \|$\)" CHANGELOG.md || stop 78 "CHANGELOG.md has no section for $version"
[ -n "${CARGO_REGISTRY_TOKEN:-}" ] || stop 78 "CARGO_REGISTRY_TOKEN is not set"
[ -n "${MATURIN_PYPI_TOKEN:-}" ] || stop 78 "MATURIN_PYPI_TOKEN is not set"

# --- out

for crate in "${crates[@]}"; do
    # Asked from a folder of no workspace, whose own crates would answer. Where the registry
    # does not answer, publishing is tried: it refuses a version that is there.
    if (cd / && cargo info --quiet --registry crates-io "$crate@$version") >/dev/null 2>&1; then
        say "$crate $version is published already"
        continue
    fi
    # It was compiled and tried. cargo waits until the next crate can depend on it.
    cargo publish --package "$crate" --locked --no-verify ||
        stop 75 "$crate $version could not be published: to be tried again"
done
PATH=${EVENSHARD_VENVS:-target/venvs}/maturin/bin:$PATH
command -v maturin >/dev/null || {
    scripts/venvs maturin scripts/maturin.txt
    hash -r
}
maturin upload --non-interactive --skip-existing "$packages/evenshard-$version.tar.gz" "${wheels[@]}" ||
    stop 75 "the wheel could not be published: to be tried again"
say "$version is published"
