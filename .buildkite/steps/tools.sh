# shellcheck shell=bash
# Puts evenshard and a Python with pytest on PATH where the agent has none: sourced by the
# example's steps. Agents of your own have both in their image.
if ! command -v evenshard >/dev/null; then
    cargo build --release --locked --package evenshard-cli
    PATH=$PWD/target/release:$PATH
fi
if ! python -c 'import pytest, pytest_retry' 2>/dev/null; then
    scripts/venvs example examples/pytest-parallel/requirements.txt
    PATH=$PWD/target/venvs/example/bin:$PATH
fi
export PATH
