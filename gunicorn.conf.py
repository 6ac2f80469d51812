"""The web server's settings; `make run` and the systemd unit of docs/operations.md both start it with this file."""

import os

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


def post_fork(server: object, worker: object) -> None:
    """Forget the connections that were opened before the fork: two processes may not share one."""
    from school_portal.core.db import database

    database.engine.dispose(close=False)
