#!/usr/bin/env bash
# Brings this folder to where the portal can start (`run`), be checked (`check`) or be tested (`test`): system packages, .venv,
# requirements, translations. Never prompts, changes nothing that is right already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
purpose=${1:-run}

run_packages=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation2)
test_packages=(chromium poppler-utils qpdf postgresql-15)

say() { printf '== %s\n' "$*"; }
fail() { printf 'ERROR: %s\n' "$@" >&2; exit 1; }

find_python() {
    local candidate
    for candidate in "${PYTHON:-python3}" python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "The portal needs Python 3.11; found: $(python3 --version 2>&1 || true)." \
        "Debian 12 has it (apt-get install python3); elsewhere set PYTHON=/path/to/python3.11."
}

missing_packages() {
    local package
    for package in "$@"; do
        case $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) in
            installed) ;;
            *) printf '%s\n' "$package" ;;
        esac
    done
}

install_packages() {
    local by_hand="apt-get update && apt-get install --yes --no-install-recommends $*"
    local as_root=()
    say "installing system packages: $*"
    if [ "$(id -u)" -ne 0 ]; then
        # -n: a password prompt would leave an unattended start hanging.
        sudo -n true 2>/dev/null || fail "These system packages are missing: $*" \
            "and neither root nor sudo without a password is at hand. Install them, then start again:" \
            "    sudo sh -c '$by_hand'"
        as_root=(sudo -n)
    fi
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
    "${apt[@]}" update </dev/null || say "the package lists could not be refreshed, trying with the old ones"
    "${apt[@]}" install --yes --no-install-recommends "$@" </dev/null >"$apt_log" 2>&1 || true
    local left
    left=$(missing_packages "$@" | paste -sd ' ')
    if [ -n "$left" ]; then
        tail -n 15 "$apt_log" >&2
        fail "These system packages could not be installed: $left" \
            "Install them by hand, then start again:" "    $by_hand"
    fi
    rm -f "$apt_log"
}

check_packages() {
    # The stamp holds while the list is the same, on the same machine, and nothing was installed or removed since.
    local stamp=.set-up/packages-$purpose wanted
    wanted="$(uname -n) $*"
    if [ -e "$stamp" ] && [ "$(<"$stamp")" = "$wanted" ] && [ "$stamp" -nt /var/lib/dpkg/status ]; then return; fi
    if ! command -v dpkg-query >/dev/null; then
        [ -n "${SKIP_SYSTEM_PACKAGES:-}" ] || fail "This is no Debian: install what stands for these packages:" \
            "    $*" "then start again with SKIP_SYSTEM_PACKAGES=1."
        return
    fi
    local missing
    mapfile -t missing < <(missing_packages "$@")
    if [ "${#missing[@]}" -gt 0 ]; then install_packages "${missing[@]}"; fi
    printf '%s' "$wanted" >"$stamp"
}

make_venv() {
    # A virtual environment knows its own path: one that was moved or copied here is made again.
    if [ -x .venv/bin/python ] && grep -qsE "^command = .* $PWD/\.venv\$" .venv/pyvenv.cfg \
        && grep -qs '^version = 3\.11\.' .venv/pyvenv.cfg; then return; fi
    say "making .venv"
    rm -rf .venv
    "$python" -m venv .venv </dev/null
}

install_requirements() {
    local name=$1 stamp=.venv/.installed-$1 sum
    sum=$(sha256sum "requirements/build.txt" "requirements/$name.txt")
    if [ -e "$stamp" ] && [ "$(<"$stamp")" = "$sum" ]; then return; fi
    say "installing requirements/$name.txt (takes a minute or two the first time)"
    # The files are complete and every line has its hash; --no-build-isolation keeps the one package that is
    # built here (Flask-Principal) to the build tools that are pinned as well.
    local pip=(.venv/bin/python -m pip --quiet --no-input --disable-pip-version-check install --require-hashes --no-deps)
    "${pip[@]}" --requirement requirements/build.txt </dev/null
    "${pip[@]}" --no-build-isolation --use-pep517 --requirement "requirements/$name.txt" </dev/null
    printf '%s' "$sum" >"$stamp"
}

compile_translations() {
    local source target
    for source in school_portal/translations/*/LC_MESSAGES/*.po; do
        target=${source%.po}.mo
        if [ ! "$source" -nt "$target" ]; then continue; fi
        .venv/bin/pybabel --quiet compile --input-file "$source" --output-file "$target.new" \
            --locale "$(basename "$(dirname "$(dirname "$source")")")"
        mv "$target.new" "$target"
    done
}

case $purpose in
    run | check) packages=("${run_packages[@]}") ;;
    test) packages=("${run_packages[@]}" "${test_packages[@]}") ;;
    *) fail "usage: scripts/set-up.sh [run|check|test]" ;;
esac
mkdir -p .set-up
apt_log=.set-up/apt.log

# Two starts at once must not install into the same folder.
exec 9>.set-up/lock
flock 9

python=$(find_python)
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then packages+=(python3-venv); fi
check_packages "${packages[@]}"
make_venv
install_requirements runtime
if [ "$purpose" != run ]; then install_requirements dev; fi
shopt -s nullglob
compile_translations
