"""The web server's settings; `make run` and the systemd unit of docs/operations.md both start it with this file."""

import os
from pathlib import Path
from typing import Any

bind = f"127.0.0.1:{os.environ.get('PORT', '5000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = 4
# One copy of the code for all workers. Nothing may be rendered before the fork: a chart library that has drawn
# once hangs in the child.
preload_app = True
# Heartbeats in memory: on a slow disk a busy moment would look like a dead worker.
worker_tmp_dir = "/dev/shm"  # noqa: S108
timeout = 60
graceful_timeout = 20
# A second server of the same user would fight over the one default socket.
control_socket_disable = True
errorlog = "-"
# Addresses of cases are personal data; the proxy in front keeps the access log, if any.
accesslog = None


def on_starting(server: Any) -> None:
    """`make run` only: `flask prepare` here, where the code is loaded already, makes each start seconds faster."""
    if os.environ.get("PORTAL_PREPARE") != "1":
        return
    from flask.cli import ScriptInfo

    from school_portal.cli import prepare

    app = server.app.wsgi()
    prepare.main([], obj=ScriptInfo(create_app=lambda: app), standalone_mode=False)


def when_ready(server: Any) -> None:
    """`make run` only: say where to look."""
    if os.environ.get("PORTAL_PREPARE") != "1":
        return
    accounts = Path(os.environ["PORTAL_INSTANCE"]) / "demo-accounts.csv"
    lines = [f"The portal is open at http://{bind} (Ctrl-C stops it)"]
    if accounts.exists():
        lines.append(f"Demo accounts: {accounts}")
    print("", *lines, "", sep="\n", flush=True)


def post_fork(server: Any, worker: Any) -> None:
    """Forget the connections that were opened before the fork: two processes may not share one."""
    from school_portal.core.db import database

    database.engine.dispose(close=False)
