#!/usr/bin/env bash
# `make check`: everything that can be said about the code without running it. All of it runs; any failure is red.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/.venv/bin:$PATH"
python_code=(school_portal tests migrations scripts config.py gunicorn.conf.py)
if [ -d benchmarks ]; then python_code+=(benchmarks); fi
failed=()

check() {
    local name=$1
    shift
    printf '== %s\n' "$name"
    "$@" </dev/null || failed+=("$name")
}

check format ruff format --check --quiet "${python_code[@]}"
check lint ruff check --quiet "${python_code[@]}"
check types mypy
check 'import contracts' lint-imports --no-logo
check templates djlint --lint --quiet templates
check translations python scripts/check_translations.py

if [ "${#failed[@]}" -gt 0 ]; then
    printf 'FAILED: %s\n' "${failed[*]}" >&2
    exit 1
fi
echo 'all checks passed'
