#!/usr/bin/env bash
# `make run`: sets up, then starts web (which first brings the database up to date) and worker until Ctrl-C.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export PORTAL_ENV=${PORTAL_ENV:-demo}
export PORTAL_INSTANCE=${PORTAL_INSTANCE:-$PWD/instance}
export PORT=${PORT:-5000}
export WEB_PORT=$PORT # honcho gives each process a PORT of its own
export PUBLIC_URL=${PUBLIC_URL:-http://127.0.0.1:$PORT}
export PORTAL_PREPARE=1 PYTHONUNBUFFERED=1
unset PYTHONDONTWRITEBYTECODE # compiled code halves the time of the next start

if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
    printf 'ERROR: port %s is taken; choose another: PORT=5001 make run\n' "$PORT" >&2
    exit 1
fi

scripts/set-up.sh run
export PATH="$PWD/.venv/bin:$PATH"
printf '== starting; the first time the demo is loaded, which takes a minute\n'

# honcho gets Ctrl-C by itself. A closed terminal, and a `make` that was ended, mean the same.
(trap '' HUP; exec honcho start --env /dev/null --port "$PORT" --no-colour </dev/null) &
honcho=$!
trap : INT
trap 'kill -TERM "$honcho" 2>/dev/null' HUP TERM
status=0
while kill -0 "$honcho" 2>/dev/null; do
    status=0
    wait "$honcho" || status=$?
done
exit "$status"
