"""A PostgreSQL 15 for one test run, shared by its xdist workers, on a Unix socket in a temporary folder.

A guardian process owns the server and ends it when the run's first process is gone, however it went.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

SUPERUSER = "portal"
START_TIMEOUT = 60.0
BINARIES = (Path("/usr/lib/postgresql/15/bin"), Path("/usr/pgsql-15/bin"))
PR_SET_PDEATHSIG = 1

# Nothing here outlives the run, so nothing needs to reach the disk. ICU collation and the clock of Viet Nam
# are the unkind choice on purpose: a path column without COLLATE "C" or a naive time shows itself.
SERVER_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "Asia/Ho_Chi_Minh",
    "lc_messages": "C",
}


class PostgresUnavailable(RuntimeError):
    """The server's programs are not installed, or it did not start; the message says what to do."""


# -- what tests use --------------------------------------------------------------------------------


def postgres_url(worker_id: str, name: str) -> str:
    """The address of this worker's database `name`; starts the server and makes the database when needed."""
    database = _database_name(worker_id, name)
    with _connect() as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    return _url(database)


def create_database(worker_id: str, name: str, like: str | None = None) -> str:
    """Make the worker's database `name` anew, as a copy of its database `like` when given; its address.

    Nobody may be connected to `like` while it is copied: dispose of its engine first.
    """
    drop_database(worker_id, name)
    template = _database_name(worker_id, like) if like else "template1"
    with _connect() as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(_database_name(worker_id, name)), sql.Identifier(template)
            )
        )
    return _url(_database_name(worker_id, name))


def drop_database(worker_id: str, name: str) -> None:
    """Remove the worker's database `name`, ending the connections that are still open to it."""
    with _connect() as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                sql.Identifier(_database_name(worker_id, name))
            )
        )


def is_installed() -> bool:
    """Whether the server's programs are on this machine."""
    return _binaries() is not None


def pytest_unconfigure(config: object) -> None:
    """The first process of the run ends the server before it leaves, so that nothing is left running."""
    if not hasattr(config, "workerinput"):
        stop()


def stop() -> None:
    """End this run's server, if it was started, and wait until it and its folder are gone."""
    folder = _folder()
    with suppress(FileNotFoundError, ProcessLookupError, ValueError):
        os.kill(int((folder / "guardian.pid").read_text()), signal.SIGTERM)
        _wait_until(lambda: not folder.exists(), START_TIMEOUT)


# -- starting it -----------------------------------------------------------------------------------


def _leader() -> int:
    """The process that stands for the whole run: xdist's controller, or this one when there is no xdist."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def _started_at(pid: int) -> str | None:
    """When a process began, in the kernel's ticks; None when it has ended. Tells a reused number apart."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in {"Z", "X"} else fields[19]


def _folder() -> Path:
    leader = _leader()
    return Path(f"/tmp/portal-pg-{leader}-{_started_at(leader)}")  # short: a socket's path has 107 bytes


def _database_name(worker_id: str, name: str) -> str:
    return f"{worker_id}_{name}".lower()


def _url(database: str) -> str:
    return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={_folder() / 'socket'}"


def _connect() -> psycopg.Connection:
    start()
    return psycopg.connect(
        host=str(_folder() / "socket"), user=SUPERUSER, dbname="postgres", autocommit=True, connect_timeout=30
    )


def start() -> None:
    """Start this run's server unless one of its processes has done so already."""
    folder = _folder()
    if (folder / "ready").exists():
        return
    if not is_installed():
        raise PostgresUnavailable("PostgreSQL 15 is not installed: apt-get install postgresql-15")
    folder.mkdir(mode=0o711, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise PostgresUnavailable(f"{folder} belongs to somebody else")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "ready").exists():
            return
        leader = _leader()
        with (folder / "guardian.log").open("w") as log:
            guardian = subprocess.Popen(
                [sys.executable, "-I", str(Path(__file__).resolve()), str(folder), str(leader)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C ends the tests first and the server after them
            )
        if not _wait_until(lambda: (folder / "ready").exists() or guardian.poll() is not None, START_TIMEOUT):
            guardian.terminate()
        if not (folder / "ready").exists():
            raise PostgresUnavailable(f"PostgreSQL did not start:\n{(folder / 'guardian.log').read_text()}")


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    candidates = [*BINARIES, *([Path(found).resolve().parent] if found else [])]
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


def _wait_until(condition: Callable[[], bool], timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


# -- the guardian: this file run as a program ------------------------------------------------------


def _die_with_parent() -> None:
    """Ask the kernel to stop the server at once should the guardian be killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _server_user() -> dict[str, Any]:
    """Whom to run the server as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            account = pwd.getpwnam(name)
            return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise PostgresUnavailable("run the tests as an ordinary user, or add a user named postgres")


def _guard(folder: Path, leader: int) -> None:
    began = _started_at(leader)
    binaries = _binaries()
    if binaries is None:
        raise PostgresUnavailable("PostgreSQL 15 is not installed")
    user = _server_user()
    data, socket = folder / "data", folder / "socket"
    for own in (data, socket):
        own.mkdir(mode=0o700)
        if user:
            os.chown(own, user["user"], user["group"])
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    locale = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=vi"]
    subprocess.run(
        [
            f"{binaries}/initdb",
            f"--pgdata={data}",
            f"--username={SUPERUSER}",
            "--auth=trust",
            "--no-sync",
            *locale,
        ],
        check=True,
        cwd="/",
        env=environment,
        stdout=subprocess.DEVNULL,
        **user,
    )
    options = [f"--{name}={value}" for name, value in SERVER_OPTIONS.items()]
    server = subprocess.Popen(
        [f"{binaries}/postgres", "-D", str(data), "-k", str(socket), *options],
        cwd="/",
        env=environment,
        preexec_fn=_die_with_parent,
        **user,
    )
    stopping = False

    def on_term(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, on_term)
    try:
        ready = [f"{binaries}/pg_isready", "-q", "-h", str(socket), "-U", SUPERUSER]
        while subprocess.run(ready, env=environment, check=False).returncode != 0:
            if server.poll() is not None or stopping:
                raise PostgresUnavailable("the server ended while starting")
            time.sleep(0.05)
        (folder / "guardian.pid").write_text(str(os.getpid()))
        (folder / "ready").touch()
        while not stopping and server.poll() is None and _started_at(leader) == began:
            time.sleep(0.25)
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGQUIT)  # immediate: the folder goes next
            server.wait()
    shutil.rmtree(folder)


if __name__ == "__main__":
    _guard(Path(sys.argv[1]), int(sys.argv[2]))
